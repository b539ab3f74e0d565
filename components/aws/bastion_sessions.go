package aws

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// A document has at most 128 characters in its name: what all documents of a
// bastion begin with, a hyphen, and a part of its own.
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_CreateDocument.html
const (
	documentsLimit = 87
	partLimit      = 40
)

// shellPart is the part of the name that the document of shells has.
const shellPart = "shell"

// How long a shell may be left alone, and how long it may last, in minutes: a
// working day.
const (
	idleMinutes    = "20"
	sessionMinutes = "480"
)

// firstUserPort is the first port that a laptop gives to anybody.
const firstUserPort = 1024

var partGrammar = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// BastionLogGroup is where a bastion's sessions are recorded.
func BastionLogGroup(stack, name string) string { return "/openedx/" + stack + "/" + name }

// createSessions creates the record of sessions, and the document that every
// shell is opened with: what is typed and answered goes into the record as it
// happens, and under a key.
func (b *Bastion) createSessions(ctx *pulumi.Context) error {
	name := b.name + "-log"
	group, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		Name:            pulumi.String(b.args.LogGroup),
		RetentionInDays: pulumi.Int(b.args.LogDays),
		KmsKeyId:        b.args.LogsKey.ToStringOutput(),
		Tags:            b.tags(name),
	}, pulumi.Parent(b))
	if err != nil {
		return fmt.Errorf("log group: %w", err)
	}
	b.ShellDocument, err = b.createDocument(ctx, b.name+"-"+shellPart, shellPart, b.args.shell(group.Name))
	return err
}

// shell is the content of the document of shells. The schema wants all of the
// inputs, those of a bucket too, where nothing is sent.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-schema.html
func (a *BastionArgs) shell(group pulumi.StringInput) pulumi.Map {
	return pulumi.Map{
		"schemaVersion": pulumi.String("1.0"),
		"description":   pulumi.String("A recorded shell on the bastion"),
		"sessionType":   pulumi.String("Standard_Stream"),
		"inputs": pulumi.Map{
			"kmsKeyId":                    a.LogsKey,
			"cloudWatchLogGroupName":      group,
			"cloudWatchEncryptionEnabled": pulumi.Bool(true),
			"cloudWatchStreamingEnabled":  pulumi.Bool(true),
			"s3BucketName":                pulumi.String(""),
			"s3KeyPrefix":                 pulumi.String(""),
			"s3EncryptionEnabled":         pulumi.Bool(true),
			"idleSessionTimeout":          pulumi.String(idleMinutes),
			"maxSessionDuration":          pulumi.String(sessionMinutes),
			"runAsEnabled":                pulumi.Bool(false),
			"runAsDefaultUser":            pulumi.String(""),
			// A shell that reads /etc/profile.d, where the cluster is named.
			"shellProfile": pulumi.Map{"linux": pulumi.String("exec bash -l"), "windows": pulumi.String("")},
		},
	}
}

// createDocument creates a session document and returns its name, which
// operators type. It never changes: another name would be another document.
func (b *Bastion) createDocument(ctx *pulumi.Context, name, part string, content pulumi.Map) (pulumi.StringOutput, error) {
	made, err := ssm.NewDocument(ctx, name, &ssm.DocumentArgs{
		Name:           pulumi.String(b.documents + "-" + part),
		DocumentType:   pulumi.String("Session"),
		DocumentFormat: pulumi.String("JSON"),
		Content:        pulumi.JSONMarshal(content),
		Tags:           b.tags(name),
		// Where the provider makes a document anew, the old one has its name.
	}, pulumi.Parent(b), pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("document %q: %w", part, err)
	}
	return made.Name, nil
}

// ForwardArgs is a port of a laptop that leads to something in the network.
type ForwardArgs struct {
	// Name is what operators call it, such as "mysql".
	Name string
	Host pulumi.StringInput
	Port int
	// LocalPort is the port of the laptop.
	LocalPort int
}

// Forward creates the document that leads from an operator's laptop to one host
// and port: both are part of the document, so that the right to it is the right
// to nothing else in the network. What goes through it is not on record, only who
// opened it and when; it is the store that asks for a password.
func (b *Bastion) Forward(ctx *pulumi.Context, name string, args *ForwardArgs) error {
	if err := b.reserve(args); err != nil {
		return fmt.Errorf("bastion %q: forward %q: %w", b.name, args.Name, err)
	}
	if _, err := b.createDocument(ctx, name, args.Name, args.content()); err != nil {
		return fmt.Errorf("bastion %q: %w", b.name, err)
	}
	return nil
}

func (f *ForwardArgs) validate() error {
	switch {
	case f.Host == nil:
		return errors.New("no host")
	case len(f.Name) > partLimit || !partGrammar.MatchString(f.Name):
		return fmt.Errorf("want at most %d lower-case letters, digits and single hyphens, a letter first", partLimit)
	case f.Port < 1 || f.Port > lastPort:
		return fmt.Errorf("port %d, want 1 to %d", f.Port, lastPort)
	case f.LocalPort < firstUserPort || f.LocalPort > lastPort:
		return fmt.Errorf("port %d of the laptop, want %d to %d", f.LocalPort, firstUserPort, lastPort)
	}
	return nil
}

// reserve refuses a forward that is in the way of another.
func (b *Bastion) reserve(f *ForwardArgs) error {
	if err := f.validate(); err != nil {
		return err
	}
	port := strconv.Itoa(f.LocalPort)
	switch {
	case f.Name == shellPart || b.forwards[f.Name]:
		return errors.New("the name is taken")
	case b.forwards[port]:
		return fmt.Errorf("port %s of the laptop leads to something else already", port)
	}
	// No name is a number.
	b.forwards[f.Name], b.forwards[port] = true, true
	return nil
}

// content is what the document says. The laptop's port alone can be chosen when
// it is taken, with --parameters localPortNumber=....
func (f *ForwardArgs) content() pulumi.Map {
	return pulumi.Map{
		"schemaVersion": pulumi.String("1.0"),
		"description":   pulumi.String("Leads to " + f.Name),
		"sessionType":   pulumi.String("Port"),
		"parameters": pulumi.Map{"localPortNumber": pulumi.Map{
			"type":           pulumi.String("String"),
			"description":    pulumi.String("The port of the laptop"),
			"allowedPattern": pulumi.String("^[1-9][0-9]{3,4}$"),
			"default":        pulumi.String(strconv.Itoa(f.LocalPort)),
		}},
		"properties": pulumi.Map{
			"type":            pulumi.String("LocalPortForwarding"),
			"host":            f.Host,
			"portNumber":      pulumi.String(strconv.Itoa(f.Port)),
			"localPortNumber": pulumi.String("{{ localPortNumber }}"),
		},
	}
}

// createOperators creates the policy that operators are given, by whatever role
// or group they have.
func (b *Bastion) createOperators(ctx *pulumi.Context) error {
	name := b.name + "-operators"
	policy, err := iam.NewPolicy(ctx, name, &iam.PolicyArgs{
		Description: pulumi.String("Sessions on the bastion"),
		Policy:      b.operators(),
		Tags:        b.tags(name),
	}, pulumi.Parent(b))
	if err != nil {
		return fmt.Errorf("policy of operators: %w", err)
	}
	b.Operators = policy.Arn
	return nil
}

// operators may open sessions on this machine, and with its own documents only:
// without the check any document would do, AWS's own too, which record nothing and
// forward to anywhere. Forwards come later, so that the documents are named by
// what they begin with.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-specify-session-document.html
func (b *Bastion) operators() pulumi.StringOutput {
	account := b.args.Account
	return documentAbout(pulumi.StringArray{b.InstanceID, b.args.LogsKey}, func(made []string) []statement {
		return []statement{
			allow("Open", "ssm:StartSession").
				on(account.arn("ec2", "instance/"+made[0]), account.arn("ssm", "document/"+b.documents+"-*")).
				when(condition{"BoolIfExists": {"ssm:SessionDocumentAccessCheck": {"true"}}}),
			// A session is called after the user, or after the role's id and session.
			allow("OwnSessions", "ssm:ResumeSession", "ssm:TerminateSession", "ssmmessages:OpenDataChannel").
				on(account.arn("ssm", "session/${aws:username}-*"), account.arn("ssm", "session/${aws:userid}-*")),
			// A federated one is only tagged with who opened it.
			allow("OwnTaggedSessions", "ssm:ResumeSession", "ssm:TerminateSession").on(account.arn("ssm", "session/*")).
				when(condition{"StringLike": {"ssm:resourceTag/aws:ssmmessages:session-id": {"${aws:userid}"}}}),
			allow("Encrypt", "kms:GenerateDataKey").on(made[1]),
		}
	})
}
