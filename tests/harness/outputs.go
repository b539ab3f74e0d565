package harness

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// The account that every run is deployed into.
const (
	Account = "123456789012"
	Region  = "eu-west-1"
)

// Above is a stack beside the one that runs, and Bare one that has no outputs.
const (
	Above = "above"
	Bare  = "bare"
)

// stackOutputs is what a reference to another stack shows.
func stackOutputs(name string) resource.PropertyMap {
	outputs := map[string]any{}
	if strings.HasSuffix(name, "/"+Above) {
		outputs = map[string]any{"zoneId": "Z0ABOVE", "domain": "campus.example.org"}
	}
	return resource.NewPropertyMapFromMap(map[string]any{"name": name, "outputs": outputs})
}

// Call answers the questions a program may ask of a cloud.
func (r *recorder) Call(args pulumi.MockCallArgs) (resource.PropertyMap, error) {
	switch args.Token {
	case "aws:index/getCallerIdentity:getCallerIdentity":
		return text(map[string]string{
			"id": Account, "accountId": Account, "userId": "AIDATEST", "arn": "arn:aws:iam::" + Account + ":user/test",
		}), nil
	case "aws:index/getPartition:getPartition":
		return text(map[string]string{"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com"}), nil
	case "aws:ssm/getParameter:getParameter":
		return text(map[string]string{"id": "image", "insecureValue": "ami-0123456789abcdef0"}), nil
	case "pulumi:pulumi:readStackOutputs":
		if name := args.Args["name"].StringValue(); !strings.HasSuffix(name, "/"+Stack) {
			return stackOutputs(name), nil
		}
		return resource.PropertyMap{"outputs": resource.NewProperty(r.before)}, nil
	default:
		return nil, fmt.Errorf("the harness has no answer to %q", args.Token)
	}
}

// identify gives a resource an id; components have none.
func identify(r *Resource) string {
	switch {
	case !r.Custom:
		return ""
	case r.Type == "aws:ebs/volume:Volume":
		// What is told to machines is checked for the form of real ids.
		sum := sha256.Sum256([]byte(r.Name))
		return "vol-" + hex.EncodeToString(sum[:])[:17]
	default:
		return r.Name + "-id"
	}
}

// plannedID is the id that a preview knows: none, but for an access key, whose id
// is a part of secrets, as planned says.
func plannedID(r *Resource) string {
	if r.Type == "aws:iam/accessKey:AccessKey" {
		return identify(r)
	}
	return ""
}

// planned are the outputs that a preview knows: the inputs, and, unlike in a real
// one, what programs mark as secret, because the mocks cannot carry a secret
// that is unknown.
func planned(r *Resource, known resource.PropertyMap) resource.PropertyMap {
	if strings.HasPrefix(r.Type, "random:") || strings.HasPrefix(r.Type, "tls:") || slices.Contains(reachSecrets, r.Type) {
		return outputs(r)
	}
	return known
}

// reachSecrets are the types whose outputs programs make secrets of.
var reachSecrets = []string{
	"eks:index:Cluster", "aws:iam/accessKey:AccessKey", "aws:rds/cluster:Cluster", "aws:elasticache/replicationGroup:ReplicationGroup",
	"mongodbatlas:index/advancedCluster:AdvancedCluster",
}

// outputs are a resource's inputs with what a provider would add.
func outputs(r *Resource) resource.PropertyMap {
	all := r.Inputs.Copy()
	add := func(more map[string]any) {
		for key, value := range resource.NewPropertyMapFromMap(more) {
			all[key] = completed(all[key], value)
		}
	}
	if compute := computed[r.Type]; compute != nil {
		add(compute(r))
	}
	if strings.HasPrefix(r.Type, "aws:") {
		add(map[string]any{"arn": arn(r), "name": r.Name})
	}
	if strings.HasPrefix(r.Type, "kubernetes:") {
		all["metadata"] = chosen(r)
	}
	return all
}

// completed is what was written, and, of what was not, what a provider would add.
func completed(written, added resource.PropertyValue) resource.PropertyValue {
	switch {
	case written.V == nil:
		return added
	case !written.IsObject() || !added.IsObject():
		return written
	}
	all := written.ObjectValue().Copy()
	for key, value := range added.ObjectValue() {
		all[key] = completed(all[key], value)
	}
	return resource.NewProperty(all)
}

// arn is an ARN in the form of the resource's service.
func arn(r *Resource) string {
	switch r.Type {
	case "aws:ecr/repository:Repository":
		return fmt.Sprintf("arn:aws:ecr:%s:%s:repository/%s", Region, Account, r.Name)
	case "aws:s3/bucketV2:BucketV2":
		return "arn:aws:s3:::" + r.Name
	case "aws:secretsmanager/secret:Secret":
		return fmt.Sprintf("arn:aws:secretsmanager:%s:%s:secret:%s", Region, Account, r.Name)
	case "aws:kms/key:Key":
		return fmt.Sprintf("arn:aws:kms:%s:%s:key/%s", Region, Account, r.Name)
	}
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
