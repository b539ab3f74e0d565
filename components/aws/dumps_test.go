package aws_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

// dumpsArgs are arguments that a test changes one of.
func dumpsArgs() *aws.DumpsArgs {
	return &aws.DumpsArgs{
		Account: account, Slug: "acme",
		Bucket:  aws.BucketRef{Name: pulumi.String("backups"), ARN: pulumi.String("arn:aws:s3:::backups"), Prefix: "dumps/acme"},
		Secrets: pulumi.StringArray{pulumi.String("sql-arn"), pulumi.String("mongo-arn")}, SecretsKey: pulumi.String("secrets-key-arn"),
		DataKey: pulumi.String("data-key-arn"), ClusterName: pulumi.String("test-cluster"),
		Namespace: accounts.Namespace, ServiceAccount: "dumps-acme", Tags: tags.New("test", nil),
	}
}

// dumps runs a program whose Job writes to the destination.
func dumps(t *testing.T) *harness.Graph {
	t.Helper()
	return harness.Run(t, nil, func(ctx *pulumi.Context) error {
		made, err := aws.NewDumps(ctx, "du", dumpsArgs())
		if err != nil {
			return err
		}
		return ctx.RegisterResource("test:index:Job", "job", pulumi.Map{"destination": made.Destination}, &struct{ pulumi.CustomResourceState }{})
	})
}

func TestWhoDumpsReadsTheInstancesOwnPasswordsAndOnlyAddsToItsFolder(t *testing.T) {
	sameJSON(t, dumps(t).One(t, "aws:iam/rolePolicy:RolePolicy", "du-role-policy").Text(t, "policy"), `{
		"Version": "2012-10-17",
		"Statement": [
			{"Sid": "Secrets", "Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"], "Resource": ["sql-arn", "mongo-arn"]},
			{"Sid": "SecretsKey", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": ["secrets-key-arn"],
			 "Condition": {"StringEquals": {"kms:ViaService": ["secretsmanager.eu-west-1.amazonaws.com"]}}},
			{"Sid": "Dump", "Effect": "Allow", "Action": ["s3:PutObject", "s3:AbortMultipartUpload"], "Resource": ["arn:aws:s3:::backups/dumps/acme/*"]},
			{"Sid": "EncryptDumps", "Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": ["data-key-arn"],
			 "Condition": {"StringEquals": {"kms:ViaService": ["s3.eu-west-1.amazonaws.com"]}}}
		]
	}`)
}

func TestOnlyTheServiceAccountOfTheDumpsHasTheirRole(t *testing.T) {
	graph := dumps(t)
	sameJSON(t, graph.One(t, "aws:iam/role:Role", "du-role").Text(t, "assumeRolePolicy"), `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "PodIdentity", "Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"],
			"Principal": {"Service": ["pods.eks.amazonaws.com"]},
			"Condition": {"StringEquals": {
				"aws:RequestTag/eks-cluster-arn": ["arn:aws:eks:eu-west-1:123456789012:cluster/test-cluster"],
				"aws:RequestTag/kubernetes-namespace": ["openedx-system"],
				"aws:RequestTag/kubernetes-service-account": ["dumps-acme"]
			}}
		}]
	}`)
	association := graph.One(t, "aws:eks/podIdentityAssociation:PodIdentityAssociation", "du-identity")
	want := map[string]string{"clusterName": "test-cluster", "namespace": "openedx-system", "serviceAccount": "dumps-acme", "roleArn": "arn:aws:iam:eu-west-1:123456789012:du-role"}
	got := map[string]string{}
	for key := range want {
		got[key] = association.Text(t, key)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestWhoDumpsWaitsUntilItMay(t *testing.T) {
	graph := dumps(t)
	job := graph.One(t, "test:index:Job", "job")
	if got := job.Text(t, "destination"); got != "s3://backups/dumps/acme" {
		t.Errorf("it goes to %q", got)
	}
	for typ, name := range map[string]string{
		"aws:iam/rolePolicy:RolePolicy": "du-role-policy", "aws:eks/podIdentityAssociation:PodIdentityAssociation": "du-identity",
	} {
		if !graph.Waits(job, graph.One(t, typ, name).URN) {
			t.Errorf("the Job does not wait for %s", name)
		}
	}
}

func TestWrongDumpsRegisterNothing(t *testing.T) {
	for name, spoil := range map[string]func(*aws.DumpsArgs){
		"no account":         func(a *aws.DumpsArgs) { a.Account = aws.Account{} },
		"no slug":            func(a *aws.DumpsArgs) { a.Slug = "" },
		"no bucket":          func(a *aws.DumpsArgs) { a.Bucket.Name = nil },
		"no folder":          func(a *aws.DumpsArgs) { a.Bucket.Prefix = "" },
		"no secrets":         func(a *aws.DumpsArgs) { a.Secrets = nil },
		"no secrets key":     func(a *aws.DumpsArgs) { a.SecretsKey = nil },
		"no data key":        func(a *aws.DumpsArgs) { a.DataKey = nil },
		"no cluster":         func(a *aws.DumpsArgs) { a.ClusterName = nil },
		"no service account": func(a *aws.DumpsArgs) { a.ServiceAccount = "" },
	} {
		t.Run(name, func(t *testing.T) {
			graph, err := harness.Try(nil, false, func(ctx *pulumi.Context) error {
				args := dumpsArgs()
				spoil(args)
				_, err := aws.NewDumps(ctx, "du", args)
				return err
			})
			if err == nil || len(graph.Resources) != 0 {
				t.Errorf("%v, having registered %d", err, len(graph.Resources))
			}
		})
	}
}
