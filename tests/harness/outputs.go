package harness

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The account that every run is deployed into.
const (
	Account = "123456789012"
	Region  = "eu-west-1"
)

// Call answers the questions a program may ask of a cloud.
func (r *recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	switch args.Token {
	case "aws:index/getCallerIdentity:getCallerIdentity":
		return text(map[string]string{
			"id": Account, "accountId": Account, "userId": "AIDATEST", "arn": "arn:aws:iam::" + Account + ":user/test",
		}), nil
	case "aws:index/getPartition:getPartition":
		return text(map[string]string{"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com"}), nil
	default:
		return nil, fmt.Errorf("the harness has no answer to %q", args.Token)
	}
}

// identify gives a resource an id; components have none.
func identify(r *Resource) string {
	if !r.Custom {
		return ""
	}
	return r.Name + "-id"
}

// planned are the outputs that a preview knows: the inputs, and, unlike in a real
// one, what programs mark as secret, because the mocks cannot carry a secret
// that is unknown.
func planned(r *Resource, known resource.PropertyMap) resource.PropertyMap {
	all := known.Copy()
	if r.Type == "eks:index:Cluster" {
		all["kubeconfigJson"] = outputs(r)["kubeconfigJson"]
	}
	return all
}

// outputs are a resource's inputs with what a provider would add.
func outputs(r *Resource) resource.PropertyMap {
	all := r.Inputs.Copy()
	add := func(more map[string]string) {
		for key, value := range text(more) {
			if _, written := all[key]; !written {
				all[key] = value
			}
		}
	}
	switch r.Type {
	case "eks:index:Cluster":
		add(map[string]string{
			"kubeconfigJson":         `{"apiVersion":"v1","kind":"Config"}`,
			"oidcProviderUrl":        "https://oidc.eks." + Region + ".amazonaws.com/id/TEST",
			"clusterSecurityGroupId": r.Name + "-group",
		})
	case "aws:ec2/launchTemplate:LaunchTemplate":
		all["latestVersion"] = resource.NewProperty(1.0)
	case "aws:kms/key:Key":
		add(map[string]string{"keyId": r.Name + "-id"})
	}
	if strings.HasPrefix(r.Type, "aws:") {
		add(map[string]string{"arn": arn(r), "name": r.Name})
	}
	return all
}

// arn is an ARN in the form of the resource's service.
func arn(r *Resource) string {
	service, _, _ := strings.Cut(strings.TrimPrefix(r.Type, "aws:"), "/")
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, Region, Account, r.Name)
}

// text turns strings into properties.
func text(values map[string]string) resource.PropertyMap {
	all := resource.PropertyMap{}
	for key, value := range values {
		all[resource.PropertyKey(key)] = resource.NewProperty(value)
	}
	return all
}
