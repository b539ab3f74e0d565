package aws

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/tags"
)

const mongoExternalType = "openedx:aws:MongoExternal"

// MongoExternalArgs says where somebody else's MongoDB is.
type MongoExternalArgs struct {
	// Host is one name behind which all members stand.
	Host       string
	Port       int
	ReplicaSet string
	// Username and Password are of an account that may make others.
	Username string
	Password pulumi.StringInput
	// Authority is the certificate that the servers' are checked against, in PEM;
	// empty where any machine knows it already.
	Authority string
	// Path is the beginning of the secret's name, such as "/campus/prod".
	Path string
	// SecretsKey is the ARN of the key that encrypts the password.
	SecretsKey pulumi.StringInput
	Disposable bool
	Tags       tags.Set
}

// MongoExternal is somebody else's MongoDB; all that is made of it is the secret
// by which the platform's own jobs make its instances' accounts.
type MongoExternal struct {
	pulumi.ResourceState
	platform.Mongo
}

// NewMongoExternal keeps the way to a MongoDB that is there already.
func NewMongoExternal(ctx *pulumi.Context, name string, args *MongoExternalArgs, opts ...pulumi.ResourceOption) (*MongoExternal, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("mongo external %q: %w", name, err)
	}
	m := &MongoExternal{}
	if err := ctx.RegisterComponentResourceV2(mongoExternalType, name, args.inputs(), m, opts...); err != nil {
		return nil, fmt.Errorf("mongo external %q: %w", name, err)
	}
	admin, err := newSecret(ctx, m, name+"-admin", &secretArgs{
		Name: args.Path + "/mongo/admin", Description: "Account that may make others",
		Value: credentials(args.Username, args.Password), Key: args.SecretsKey, Disposable: args.Disposable,
		Tags: args.Tags.For("mongo", name+"-admin"),
	})
	if err != nil {
		return nil, fmt.Errorf("mongo external %q: %w", name, err)
	}
	m.Mongo = platform.Mongo{ReplicaSet: args.ReplicaSet, Endpoint: platform.Endpoint{
		Host: pulumi.String(args.Host).ToStringOutput(), Port: args.Port, TLS: true, AdminSecret: admin.ARN,
	}}
	if args.Authority != "" {
		m.Authority = pulumi.String(args.Authority)
	}
	if err := ctx.RegisterResourceOutputs(m, pulumi.Map{"host": m.Host}); err != nil {
		return nil, fmt.Errorf("mongo external %q: %w", name, err)
	}
	return m, nil
}

func (a *MongoExternalArgs) validate() error {
	switch {
	case a.Host == "" || a.Port == 0 || a.Username == "" || a.Path == "":
		return errors.New("host, port, username and path must be given")
	case a.Password == nil || a.SecretsKey == nil:
		return errors.New("no password, or no key to encrypt it with")
	}
	return nil
}

func (a *MongoExternalArgs) inputs() pulumi.Map {
	return pulumi.Map{"host": pulumi.String(a.Host), "port": pulumi.Int(a.Port), "replicaSet": pulumi.String(a.ReplicaSet)}
}
