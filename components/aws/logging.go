package aws

import (
	"errors"
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/collector"
	"example.org/openedx/internal/tags"
	"example.org/openedx/internal/versions"
	"example.org/openedx/internal/workloads"
)

const loggingType = "openedx:aws:Logging"

// LoggingNamespace is where the collector runs. It reads files of the node, which only
// the weakest of Kubernetes's three standards for pods allows.
// https://kubernetes.io/docs/concepts/security/pod-security-standards/
const LoggingNamespace = "logging"

// collectorAccount is the collector's service account.
const collectorAccount = "log-collector"

// ContainerLogGroup is where the logs of containers are kept.
func ContainerLogGroup(stack, name string) string { return "/openedx/" + stack + "/" + name }

// LoggingArgs says where the logs of containers go.
type LoggingArgs struct {
	Account Account
	// ClusterName waits until the cluster is there.
	ClusterName pulumi.StringInput
	// LogGroup keeps all lines for some days, under the key of logs.
	LogGroup string
	LogDays  int
	LogsKey  pulumi.StringInput
	// Tracking is the bucket that keeps what learners did, and DataKey its key.
	Tracking BucketRef
	DataKey  pulumi.StringInput
	Tags     tags.Set
}

// Logging is where the logs of containers go, and the right to write there.
type Logging struct {
	pulumi.ResourceState
	// AddOn is the collector, which runs on every node.
	AddOn platform.AddOn

	name string
	args *LoggingArgs
}

// NewLogging creates the log group of the containers and the collector's rights.
func NewLogging(ctx *pulumi.Context, name string, args *LoggingArgs, opts ...pulumi.ResourceOption) (*Logging, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("logging %q: %w", name, err)
	}
	l := &Logging{name: name, args: args}
	if err := ctx.RegisterComponentResourceV2(loggingType, name, args.inputs(), l, opts...); err != nil {
		return nil, fmt.Errorf("logging %q: %w", name, err)
	}
	if err := l.build(ctx); err != nil {
		return nil, fmt.Errorf("logging %q: %w", name, err)
	}
	if err := ctx.RegisterResourceOutputs(l, pulumi.Map{"logGroup": pulumi.String(args.LogGroup)}); err != nil {
		return nil, fmt.Errorf("logging %q: %w", name, err)
	}
	return l, nil
}

func (a *LoggingArgs) validate() error {
	if err := a.Account.validate(); err != nil {
		return err
	}
	switch {
	case a.ClusterName == nil:
		return errors.New("no cluster")
	case a.LogGroup == "" || a.LogDays < 1 || a.LogsKey == nil:
		return errors.New("log group, days and key must be given")
	case a.Tracking.Name == nil || a.Tracking.ARN == nil || a.DataKey == nil:
		return errors.New("bucket of tracking logs and its key must be given")
	}
	return nil
}

func (a *LoggingArgs) inputs() pulumi.Map {
	return pulumi.Map{"logGroup": pulumi.String(a.LogGroup), "logDays": pulumi.Int(a.LogDays)}
}

// build creates the group first: the collector may not create one, which would have
// neither a key nor an end.
func (l *Logging) build(ctx *pulumi.Context) error {
	name := l.name + "-containers"
	group, err := cloudwatch.NewLogGroup(ctx, name, &cloudwatch.LogGroupArgs{
		Name:            pulumi.String(l.args.LogGroup),
		RetentionInDays: pulumi.Int(l.args.LogDays),
		KmsKeyId:        l.args.LogsKey.ToStringOutput(),
		Tags:            pulumi.ToStringMap(l.args.Tags.For("logging", name)),
	}, pulumi.Parent(l))
	if err != nil {
		return fmt.Errorf("log group: %w", err)
	}
	identity, err := NewPodIdentity(ctx, l.name+"-collector", &PodIdentityArgs{
		Account: l.args.Account, ClusterName: l.args.ClusterName, Namespace: LoggingNamespace, ServiceAccount: collectorAccount,
		Purpose: "Sends the logs of containers",
		Policy: documentAbout(pulumi.StringArray{l.args.Tracking.ARN, l.args.DataKey}, func(arns []string) []statement {
			return l.args.rights(arns[0], arns[1])
		}),
		Tags: l.args.Tags,
	}, pulumi.Parent(l))
	if err != nil {
		return err
	}
	l.AddOn = platform.AddOn{
		Chart: versions.FluentBit, Namespace: LoggingNamespace, Values: l.args.values(),
		Needs: append([]pulumi.Resource{group}, identity.Needs...),
	}
	return nil
}

// rights are to add, and neither to read nor to delete. S3 puts the parts of a large
// object together only for who may decrypt them.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html#mpuAndPermissions
func (a *LoggingArgs) rights(bucket, key string) []statement {
	return []statement{
		allow("Lines", "logs:CreateLogStream", "logs:PutLogEvents").on(a.Account.logGroup(a.LogGroup) + ":*"),
		allow("Events", "s3:PutObject").on(bucket + "/" + collector.Folder + "/*"),
		allow("Key", "kms:Decrypt", "kms:GenerateDataKey").on(key).when(condition{
			"StringEquals": {"kms:ViaService": {"s3." + a.Account.Region + ".amazonaws.com"}},
			// S3 names the bucket where a bucket key is used, and the object where none is.
			// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
			"StringLike": {"kms:EncryptionContext:aws:s3:arn": {bucket, bucket + "/*"}},
		}),
	}
}

// values tell the chart how the collector runs.
// https://github.com/aws/eks-charts/blob/master/stable/aws-for-fluent-bit/values.yaml
func (a *LoggingArgs) values() pulumi.Map {
	varLog := func(more pulumi.Map) pulumi.Array {
		more["name"] = pulumi.String("varlog")
		return pulumi.Array{more}
	}
	return pulumi.Map{
		"service": pulumi.Map{"extraParsers": pulumi.String(collector.ExtraParsers())},
		"input": pulumi.Map{
			"tag": pulumi.String(collector.Tag), "path": pulumi.String(collector.Files), "db": pulumi.String(collector.Positions),
			"multilineParser": pulumi.String(collector.Parsers), "memBufLimit": pulumi.String("20MB"),
			"extraInputs": pulumi.String("Tag_Regex " + collector.FileName),
		},
		"additionalInputs":  pulumi.String(collector.ExtraInputs()),
		"additionalFilters": pulumi.String(collector.ExtraFilters()),
		// The name of a file says which pod wrote it: asking Kubernetes for more would cost
		// the API a watch from each node.
		"filter":         pulumi.Map{"enabled": pulumi.Bool(false)},
		"cloudWatchLogs": a.lines(),
		"s3":             a.events(),

		"serviceAccount":    pulumi.Map{"name": pulumi.String(collectorAccount)},
		"priorityClassName": pulumi.String("system-node-critical"),
		"tolerations":       everyNode(),
		"resources": pulumi.Map{
			"requests": pulumi.Map{"cpu": pulumi.String("50m"), "memory": pulumi.String("128Mi")},
			"limits":   pulumi.Map{"memory": pulumi.String("512Mi")},
		},
		// It is root, since the files are; and nothing else that root could be.
		"containerSecurityContext": pulumi.Map{
			"allowPrivilegeEscalation": pulumi.Bool(false),
			"capabilities":             pulumi.Map{"drop": pulumi.ToStringArray([]string{"ALL"})},
			"seccompProfile":           pulumi.Map{"type": pulumi.String("RuntimeDefault")},
		},
		"volumes":      varLog(pulumi.Map{"hostPath": pulumi.Map{"path": pulumi.String("/var/log")}}),
		"volumeMounts": varLog(pulumi.Map{"mountPath": pulumi.String("/var/log")}),
	}
}

// everyNode lets the collector run on every node, but for those that are on their way
// out: Karpenter drains all pods that do not tolerate its taint, the collector last, and
// it is by being asked to stop that the collector sends what it still has.
// https://karpenter.sh/docs/concepts/disruption/#termination-controller
func everyNode() pulumi.Array {
	return pulumi.Array{
		pulumi.Map{"operator": pulumi.String("Exists"), "effect": pulumi.String("NoExecute")},
		pulumi.Map{"key": pulumi.String(workloads.PoolLabel), "operator": pulumi.String("Exists"), "effect": pulumi.String("NoSchedule")},
	}
}

// lines send every line, as it was written, to a stream of its container.
func (a *LoggingArgs) lines() pulumi.Map {
	return pulumi.Map{
		"match": pulumi.String(collector.AllTags), "region": pulumi.String(a.Account.Region),
		"logGroupName": pulumi.String(a.LogGroup), "logStreamPrefix": pulumi.String("containers/"),
		"logKey": pulumi.String(collector.Line), "autoCreateGroup": pulumi.Bool(false),
	}
}

// events send what learners did to the bucket, in files of some minutes. A file waits on
// the node until it is sent, for as long as there is room.
func (a *LoggingArgs) events() pulumi.Map {
	return pulumi.Map{
		"enabled": pulumi.Bool(true), "match": pulumi.String(collector.TrackingTags),
		"bucket": a.Tracking.Name.ToStringOutput(), "region": pulumi.String(a.Account.Region),
		"logKey": pulumi.String(collector.Event), "s3KeyFormat": pulumi.String(collector.ObjectNames),
		"compression": pulumi.String("gzip"), "usePutObject": pulumi.Bool(true),
		"totalFileSize": pulumi.String("20M"), "uploadTimeout": pulumi.String("10m"), "retryLimit": pulumi.Int(10),
		"storeDir": pulumi.String(collector.Waiting), "storeDirLimitSize": pulumi.String("2G"),
	}
}
