package aws

import (
	"encoding/json"
	"fmt"

	awssdk "github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

// Login is how the stack's settings say that AWS is to be entered. The default
// provider reads it by itself; one for another region has to be told.
type Login struct {
	profile              *string
	accessKey, secretKey pulumi.StringPtrInput
	token                pulumi.StringPtrInput
	role                 *assumedRole
}

// assumedRole is the setting aws:assumeRole, as far as this program passes it on.
type assumedRole struct {
	RoleARN     string `json:"roleArn"`
	ExternalID  string `json:"externalId"`
	SessionName string `json:"sessionName"`
}

// CurrentLogin reads the settings of the default provider. What is in
// environment variables or files of the AWS CLI every provider finds by itself.
func CurrentLogin(ctx *pulumi.Context) (Login, error) {
	settings := config.New(ctx, "aws")
	var login Login
	if profile := settings.Get("profile"); profile != "" {
		login.profile = &profile
	}
	for key, into := range map[string]*pulumi.StringPtrInput{
		"accessKey": &login.accessKey, "secretKey": &login.secretKey, "token": &login.token,
	} {
		if value := settings.Get(key); value != "" {
			*into = pulumi.ToSecret(pulumi.String(value)).(pulumi.StringOutput) //nolint:errcheck // ToSecret keeps the type of its argument
		}
	}
	if text := settings.Get("assumeRole"); text != "" {
		login.role = &assumedRole{}
		if err := json.Unmarshal([]byte(text), login.role); err != nil {
			return Login{}, fmt.Errorf("aws:assumeRole: %w", err)
		}
	}
	return login, nil
}

// provider builds the arguments of a provider for one region of one account.
func (l Login) provider(account Account) *awssdk.ProviderArgs {
	args := &awssdk.ProviderArgs{
		Region: pulumi.String(account.Region),
		// A login that is for somewhere else must not build half of a platform there.
		AllowedAccountIds: pulumi.ToStringArray([]string{account.ID}),
		AccessKey:         l.accessKey, SecretKey: l.secretKey, Token: l.token,
	}
	if l.profile != nil {
		args.Profile = pulumi.StringPtr(*l.profile)
	}
	if l.role != nil {
		args.AssumeRole = awssdk.ProviderAssumeRoleArgs{
			RoleArn: optional(l.role.RoleARN), ExternalId: optional(l.role.ExternalID), SessionName: optional(l.role.SessionName),
		}
	}
	return args
}

// optional is a text, or nothing where it is empty.
func optional(text string) pulumi.StringPtrInput {
	if text == "" {
		return nil
	}
	return pulumi.StringPtr(text)
}
