package aws_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/components/platform"
	"example.org/openedx/internal/versions"
	"example.org/openedx/tests/harness"
)

const (
	eksType      = "eks:index:Cluster"
	nodesType    = "eks:index:ManagedNodeGroup"
	addOnType    = "aws:eks/addon:Addon"
	templateType = "aws:ec2/launchTemplate:LaunchTemplate"
)

func TestTheControlPlaneIsPinnedEncryptedAndLogged(t *testing.T) {
	args := clusterArgs()
	graph := cluster(t, args)
	control := graph.One(t, eksType, "cl-eks")
	for property, want := range map[string]string{
		"name": "test-cluster", "version": args.Version, "vpcId": "vpc-1",
		"kubernetesServiceIpAddressRange": "172.20.0.0/16", "encryptionConfigKeyArn": "secrets-key-arn", "authenticationMode": "API",
		"subnetIds[1]": "subnet-b", "enabledClusterLogTypes[4]": "scheduler",
	} {
		if got := control.Text(t, property); got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
	logs := graph.One(t, "aws:cloudwatch/logGroup:LogGroup", "cl-logs")
	if got := logs.Text(t, "name"); got != "/aws/eks/test-cluster/cluster" {
		t.Errorf("EKS would not write to %q", got)
	}
	if logs.Value(t, "retentionInDays").NumberValue() != 30 || logs.Text(t, "kmsKeyId") != "logs-key-arn" {
		t.Errorf("the log group is %v", logs.Inputs)
	}
	if !graph.Waits(control, logs.URN) {
		t.Error("EKS may make the log group itself")
	}
}

func TestTheAPIIsReachableFromOutsideOnlyWhereAllowed(t *testing.T) {
	for name, allowed := range map[string][]string{"nowhere": nil, "an office": {"203.0.113.0/24"}} {
		t.Run(name, func(t *testing.T) {
			args := clusterArgs()
			args.PublicAccess = allowed
			control := cluster(t, args).One(t, eksType, "cl-eks")
			if !control.Value(t, "endpointPrivateAccess").BoolValue() {
				t.Error("nodes would leave the network to reach the API")
			}
			if got, want := control.Value(t, "endpointPublicAccess").BoolValue(), len(allowed) > 0; got != want {
				t.Errorf("public access is %t, want %t", got, want)
			}
			// pulumi-eks refuses a list beside an endpoint that is off.
			if got, want := control.Value(t, "publicAccessCidrs").IsArray(), len(allowed) > 0; got != want {
				t.Errorf("a list of blocks is given: %t, want %t", got, want)
			}
		})
	}
}

func TestEachPrincipalHasAnEntryOfItsOwn(t *testing.T) {
	args := clusterArgs()
	args.Admins = []string{"arn:aws:iam::111122223333:role/ops", "arn:aws:iam::444455556666:role/ops"}
	args.Viewers = []string{"arn:aws:iam::111122223333:role/team/support"}
	entries := cluster(t, args).One(t, eksType, "cl-eks").Value(t, "accessEntries").ObjectValue()
	got := map[string]string{}
	for key, entry := range entries {
		for _, association := range entry.ObjectValue()["accessPolicies"].ObjectValue() {
			got[string(key)] = entry.ObjectValue()["principalArn"].StringValue() + " " +
				association.ObjectValue()["policyArn"].StringValue()
		}
	}
	const policies = " arn:aws:eks::aws:cluster-access-policy/"
	want := map[string]string{
		"admin-111122223333-role-ops":           args.Admins[0] + policies + "AmazonEKSClusterAdminPolicy",
		"admin-444455556666-role-ops":           args.Admins[1] + policies + "AmazonEKSClusterAdminPolicy",
		"viewer-111122223333-role-team-support": args.Viewers[0] + policies + "AmazonEKSViewPolicy",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheControlPlaneBringsOnlyAddOnsThatWorkWithoutNodes(t *testing.T) {
	args := clusterArgs()
	control := cluster(t, args).One(t, eksType, "cl-eks")
	if control.Value(t, "corednsAddonOptions.enabled").BoolValue() {
		t.Error("CoreDNS would wait for nodes, and nodes for it")
	}
	if !control.Value(t, "skipDefaultNodeGroup").BoolValue() || !control.Value(t, "skipDefaultSecurityGroups").BoolValue() {
		t.Error("pulumi-eks would make nodes or groups of its own")
	}
	if got := control.Text(t, "kubeProxyAddonOptions.version"); got != args.AddOns[versions.KubeProxy] {
		t.Errorf("kube-proxy is %s", got)
	}
	if got := control.Text(t, "vpcCniOptions.addonVersion"); got != args.AddOns[versions.VPCCNI] {
		t.Errorf("vpc-cni is %s", got)
	}
	for _, property := range []string{"enablePrefixDelegation", "enableNetworkPolicy"} {
		if !control.Value(t, "vpcCniOptions."+property).BoolValue() {
			t.Errorf("%s is off", property)
		}
	}
	if got := control.Value(t, "vpcCniOptions.warmPrefixTarget").NumberValue(); got != 1 {
		t.Errorf("%v blocks are kept in reserve", got)
	}
}

func TestNodesStartWithWhatTheyNeedAndNoMore(t *testing.T) {
	graph := cluster(t, clusterArgs())
	template := graph.One(t, templateType, "cl-template")
	for property, want := range map[string]string{
		"instanceType":                            "m6i.xlarge",
		"metadataOptions.httpTokens":              "required",
		"blockDeviceMappings[0].deviceName":       "/dev/xvda",
		"blockDeviceMappings[0].ebs.kmsKeyId":     "data-key-arn",
		"blockDeviceMappings[0].ebs.volumeType":   "gp3",
		"blockDeviceMappings[0].ebs.encrypted":    "true",
		"tagSpecifications[0].resourceType":       "instance",
		"tagSpecifications[1].resourceType":       "volume",
		"tagSpecifications[1].tags.managed-by":    "pulumi-openedx",
		`tagSpecifications[0].tags["Name"]`:       "cl-node",
		"tagSpecifications[2].resourceType":       "network-interface",
		`tagSpecifications[2].tags.openedx-stack`: "test",
	} {
		if got := template.Text(t, property); got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
	if got := template.Value(t, "metadataOptions.httpPutResponseHopLimit").NumberValue(); got != 1 {
		t.Errorf("the metadata service answers over %v hops", got)
	}
	if got := template.Value(t, "blockDeviceMappings[0].ebs.volumeSize").NumberValue(); got != 100 {
		t.Errorf("the disk has %v GiB", got)
	}
	for _, property := range []string{"keyName", "imageId", "userData"} {
		if template.Value(t, property).HasValue() {
			t.Errorf("%s is set", property)
		}
	}
}

func TestTheNodeGroupHoldsTheFewestNodesAndNoMore(t *testing.T) {
	args := clusterArgs()
	nodes := cluster(t, args).One(t, nodesType, "cl-nodes")
	for property, want := range map[string]float64{
		"scalingConfig.minSize": 3, "scalingConfig.maxSize": 3, "scalingConfig.desiredSize": 3,
	} {
		if got := nodes.Value(t, property).NumberValue(); got != want {
			t.Errorf("%s is %v, want %v", property, got, want)
		}
	}
	if nodes.Value(t, "ignoreScalingChanges").HasValue() {
		t.Error("EKS refuses a smallest size above the desired size, so both have to grow together")
	}
	if nodes.Value(t, "taints").HasValue() {
		t.Error("the pods of instances would have nowhere to run until Karpenter does")
	}
	for property, want := range map[string]string{
		"version": args.Version, "amiType": "AL2023_x86_64_STANDARD", "capacityType": "ON_DEMAND",
		"launchTemplate.id": "cl-template-id", "launchTemplate.version": "1", "subnetIds[0]": "subnet-a",
		"nodeRoleArn": "arn:aws:iam:eu-west-1:123456789012:cl-node-role",
	} {
		if got := nodes.Text(t, property); got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
}

func TestTheNodeRoleHoldsNoMoreThanNodesUse(t *testing.T) {
	var got []string
	for _, r := range cluster(t, clusterArgs()).All("aws:iam/rolePolicyAttachment:RolePolicyAttachment") {
		if r.Text(t, "role") == "cl-node-role" {
			got = append(got, r.Text(t, "policyArn"))
		}
	}
	want := []string{
		"arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
		"arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
		"arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNodesJoinOnceTheirNetworkHasItsRights(t *testing.T) {
	graph := cluster(t, clusterArgs())
	nodes := graph.One(t, nodesType, "cl-nodes")
	for _, needed := range []*harness.Resource{
		graph.One(t, eksType, "cl-eks"),
		graph.One(t, addOnType, "cl-addon-eks-pod-identity-agent"),
		graph.One(t, "aws:eks/podIdentityAssociation:PodIdentityAssociation", "cl-network-identity"),
		graph.One(t, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "cl-network-role-policy"),
		graph.One(t, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "cl-node-role-join"),
	} {
		if !graph.Waits(nodes, needed.URN) {
			t.Errorf("nodes may join before %s", needed)
		}
	}
	for _, name := range []string{"cl-addon-coredns", "cl-addon-aws-ebs-csi-driver"} {
		if !graph.Waits(graph.One(t, addOnType, name), nodes.URN) {
			t.Errorf("%s has nowhere to run", name)
		}
	}
}

func TestOnlyNodesWaitForTheWayOut(t *testing.T) {
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		net, err := aws.NewNetwork(ctx, "net", networkArgs())
		if err != nil {
			return err
		}
		args := clusterArgs()
		args.VPC, args.Subnets = net.ID, net.Private
		_, err = aws.NewCluster(ctx, "cl", args)
		return err
	})
	for _, way := range []*harness.Resource{
		graph.One(t, routeType, "net-private-default-b"),
		graph.One(t, "aws:ec2/routeTableAssociation:RouteTableAssociation", "net-private-association-b"),
		graph.One(t, natType, "net-nat-a"),
	} {
		if !graph.Waits(graph.One(t, nodesType, "cl-nodes"), way.URN) {
			t.Errorf("nodes start before %s and cannot pull their images", way)
		}
		if graph.Waits(graph.One(t, eksType, "cl-eks"), way.URN) {
			t.Errorf("ten minutes of control plane wait for %s", way)
		}
	}
}

func TestAddOnsRunAtTheirPinnedVersions(t *testing.T) {
	args := clusterArgs()
	graph := cluster(t, args)
	for _, addOn := range []string{versions.PodIdentityAgent, versions.CoreDNS, versions.EBSCSIDriver} {
		got := graph.One(t, addOnType, "cl-addon-"+addOn)
		for property, want := range map[string]string{
			"addonName": addOn, "addonVersion": args.AddOns[addOn], "clusterName": "test-cluster",
			"resolveConflictsOnCreate": "OVERWRITE", "resolveConflictsOnUpdate": "OVERWRITE",
		} {
			if got.Text(t, property) != want {
				t.Errorf("%s of %s is %q, want %q", property, addOn, got.Text(t, property), want)
			}
		}
	}
}

func TestVolumesThatTheDriverMakesAreTagged(t *testing.T) {
	driver := cluster(t, clusterArgs()).One(t, addOnType, "cl-addon-aws-ebs-csi-driver")
	sameJSON(t, driver.Text(t, "configurationValues"), `{"controller": {"extraVolumeTags": {
		"managed-by": "pulumi-openedx", "openedx-stack": "test", "openedx-component": "cluster", "Name": "cl-volume"
	}}}`)
	if got := driver.Text(t, "podIdentityAssociations[0].serviceAccount"); got != "ebs-csi-controller-sa" {
		t.Errorf("the driver's rights go to %q", got)
	}
}

func TestAPodRoleIsForOneServiceAccountOfThisCluster(t *testing.T) {
	sameJSON(t, cluster(t, clusterArgs()).One(t, "aws:iam/role:Role", "cl-storage-role").Text(t, "assumeRolePolicy"), `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "PodIdentity", "Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"],
			"Principal": {"Service": ["pods.eks.amazonaws.com"]},
			"Condition": {"StringEquals": {
				"aws:RequestTag/eks-cluster-arn": ["arn:aws:eks:eu-west-1:123456789012:cluster/test-cluster"],
				"aws:RequestTag/kubernetes-namespace": ["kube-system"],
				"aws:RequestTag/kubernetes-service-account": ["ebs-csi-controller-sa"]
			}}
		}]
	}`)
}

func TestVolumesAreEncryptedAndLieWhereTheirPodRuns(t *testing.T) {
	graph := cluster(t, clusterArgs())
	class := graph.One(t, "kubernetes:storage.k8s.io/v1:StorageClass", "cl-storage-gp3")
	for property, want := range map[string]string{
		"metadata.name": "gp3", "provisioner": "ebs.csi.aws.com", "volumeBindingMode": "WaitForFirstConsumer",
		"parameters.type": "gp3", "parameters.encrypted": "true",
		`metadata.annotations["storageclass.kubernetes.io/is-default-class"]`: "true",
	} {
		if got := class.Text(t, property); got != want {
			t.Errorf("%s is %q, want %q", property, got, want)
		}
	}
	if !class.Value(t, "allowVolumeExpansion").BoolValue() {
		t.Error("volumes cannot grow")
	}
	provider := graph.One(t, "pulumi:providers:kubernetes", "cl-provider")
	if want := provider.URN + "::cl-provider-id"; class.Provider != want {
		t.Errorf("the provider is %q, want %q", class.Provider, want)
	}
}

func TestTheKubeconfigIsSecret(t *testing.T) {
	var contract platform.Cluster
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		built, err := aws.NewCluster(ctx, "cl", clusterArgs())
		if err == nil {
			contract = built.Cluster
		}
		return err
	})
	if !pulumi.IsSecret(contract.Kubeconfig) {
		t.Error("the contract shows the kubeconfig")
	}
	if !graph.One(t, "pulumi:providers:kubernetes", "cl-provider").Inputs["kubeconfig"].IsSecret() {
		t.Error("the provider shows the kubeconfig")
	}
}

func TestAWrongClusterRegistersNothing(t *testing.T) {
	for name, test := range map[string]struct {
		spoil func(*aws.ClusterArgs)
		want  string
	}{
		"no name":          {func(a *aws.ClusterArgs) { a.Name = "" }, "name, version"},
		"no version":       {func(a *aws.ClusterArgs) { a.Version = "" }, "name, version"},
		"no service block": {func(a *aws.ClusterArgs) { a.ServiceBlock = "" }, "service block"},
		"one zone":         {func(a *aws.ClusterArgs) { a.Subnets = a.Subnets[:1] }, "1 subnets"},
		"no nodes":         {func(a *aws.ClusterArgs) { a.Nodes.Count = 0 }, "0 nodes"},
		"no vpc":           {func(a *aws.ClusterArgs) { a.VPC = nil }, "vpc"},
		"no secrets key":   {func(a *aws.ClusterArgs) { a.SecretsKey = nil }, "secrets key"},
		"no data key":      {func(a *aws.ClusterArgs) { a.DataKey = nil }, "data key"},
		"no logs key":      {func(a *aws.ClusterArgs) { a.Logs.Key = nil }, "logs key"},
		"an add-on unpinned": {
			func(a *aws.ClusterArgs) { a.AddOns = map[string]string{versions.VPCCNI: "v1"} }, `add-on "kube-proxy" has no version`,
		},
		"one principal twice": {func(a *aws.ClusterArgs) {
			a.Admins, a.Viewers = []string{"arn:aws:iam::1:role/x"}, []string{"arn:aws:iam::1:role/x"}
		}, "is there twice"},
	} {
		t.Run(name, func(t *testing.T) {
			args := clusterArgs()
			test.spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewCluster(ctx, "cl", args)
				return err
			}, `cluster "cl"`, test.want)
		})
	}
}

func TestWhatRemoteComponentsLackIsAddedToThem(t *testing.T) {
	graph := cluster(t, clusterArgs())
	for _, r := range []*harness.Resource{graph.One(t, eksType, "cl-eks"), graph.One(t, nodesType, "cl-nodes")} {
		if r.Transforms != 1 {
			t.Errorf("%s has %d transforms, want 1", r, r.Transforms)
		}
	}
}
