package aws_test

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

const associationType = "aws:eks/podIdentityAssociation:PodIdentityAssociation"

func podIdentityArgs() *aws.PodIdentityArgs {
	return &aws.PodIdentityArgs{
		Account: account, ClusterName: pulumi.String("test-cluster"), Namespace: "external-dns", ServiceAccount: "external-dns",
		Purpose: "Keeps DNS records", Policy: pulumi.String(`{"Statement":[]}`), Tags: tags.New("test", nil),
	}
}

func TestOnePodIdentityServesOneServiceAccount(t *testing.T) {
	var made *aws.PodIdentity
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) (err error) {
		made, err = aws.NewPodIdentity(ctx, "id", podIdentityArgs())
		return err
	})
	role := graph.One(t, "aws:iam/role:Role", "id-role")
	sameJSON(t, role.Text(t, "assumeRolePolicy"), `{"Version": "2012-10-17", "Statement": [{
		"Sid": "PodIdentity", "Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"],
		"Principal": {"Service": ["pods.eks.amazonaws.com"]},
		"Condition": {"StringEquals": {
			"aws:RequestTag/eks-cluster-arn": ["`+"arn:aws:eks:"+harness.Region+":"+harness.Account+":cluster/test-cluster"+`"],
			"aws:RequestTag/kubernetes-namespace": ["external-dns"],
			"aws:RequestTag/kubernetes-service-account": ["external-dns"]}}}]}`)
	if got := graph.One(t, "aws:iam/rolePolicy:RolePolicy", "id-role-policy").Text(t, "policy"); got != `{"Statement":[]}` {
		t.Errorf("its policy is %s", got)
	}
	tie := graph.One(t, associationType, "id-identity")
	for property, want := range map[string]string{
		"clusterName": "test-cluster", "namespace": "external-dns", "serviceAccount": "external-dns",
	} {
		if got := tie.Text(t, property); got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
	if !graph.Waits(tie, role.URN) {
		t.Error("it is tied to another role")
	}
	if len(made.Needs) != 2 {
		t.Errorf("pods wait for %d resources, want the policy and the association", len(made.Needs))
	}
}

func TestAPodIdentityForNobodyOrNothingRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.PodIdentityArgs)
		want  string
	}{
		"no account":         {func(a *aws.PodIdentityArgs) { a.Account.ID = "" }, "account"},
		"no cluster":         {func(a *aws.PodIdentityArgs) { a.ClusterName = nil }, "no cluster"},
		"no namespace":       {func(a *aws.PodIdentityArgs) { a.Namespace = "" }, "no service account"},
		"no service account": {func(a *aws.PodIdentityArgs) { a.ServiceAccount = "" }, "no service account"},
		"no policy":          {func(a *aws.PodIdentityArgs) { a.Policy = nil }, "no policy"},
	} {
		t.Run(name, func(t *testing.T) {
			refuses(t, func(ctx *pulumi.Context) error {
				args := podIdentityArgs()
				test.spoil(args)
				_, err := aws.NewPodIdentity(ctx, "id", args)
				return err
			}, `pod identity "id"`, test.want)
		})
	}
}
