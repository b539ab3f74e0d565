package aws

import (
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/opensearch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
)

// arn is the domain's own; the service keeps the name it had before.
func (a *SearchArgs) arn() string { return a.Account.arn("es", "domain/"+a.DomainName) }

// domain builds the domain.
func (a *SearchArgs) domain(group *ec2.SecurityGroup) (*opensearch.DomainArgs, error) {
	quiet, err := a.quietHour()
	if err != nil {
		return nil, err
	}
	return &opensearch.DomainArgs{
		DomainName:    pulumi.String(a.DomainName),
		EngineVersion: pulumi.String(a.Version),
		ClusterConfig: a.cluster(),
		EbsOptions: opensearch.DomainEbsOptionsArgs{
			EbsEnabled: pulumi.Bool(true),
			VolumeType: pulumi.String("gp3"),
			VolumeSize: pulumi.Int(a.StorageGiB),
		},
		VpcOptions: opensearch.DomainVpcOptionsArgs{
			// One subnet a zone, exactly: the service refuses more.
			SubnetIds:        platform.IDs(a.Subnets[:a.zones()]),
			SecurityGroupIds: pulumi.StringArray{group.ID()},
		},
		AccessPolicies:       document(allow("Clients", "es:ESHttp*").toAnybody().on(a.arn() + "/*")),
		EncryptAtRest:        opensearch.DomainEncryptAtRestArgs{Enabled: pulumi.Bool(true), KmsKeyId: a.DataKey.ToStringOutput()},
		NodeToNodeEncryption: opensearch.DomainNodeToNodeEncryptionArgs{Enabled: pulumi.Bool(true)},
		DomainEndpointOptions: opensearch.DomainDomainEndpointOptionsArgs{
			EnforceHttps: pulumi.Bool(true),
			// https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DomainEndpointOptions.html
			TlsSecurityPolicy: pulumi.String("Policy-Min-TLS-1-2-PFS-2023-10"),
		},
		// Patches of the service come in the quiet hours; the engine's version does not change.
		SoftwareUpdateOptions: opensearch.DomainSoftwareUpdateOptionsArgs{AutoSoftwareUpdateEnabled: pulumi.Bool(true)},
		OffPeakWindowOptions: opensearch.DomainOffPeakWindowOptionsArgs{
			Enabled: pulumi.Bool(true),
			OffPeakWindow: opensearch.DomainOffPeakWindowOptionsOffPeakWindowArgs{
				WindowStartTime: opensearch.DomainOffPeakWindowOptionsOffPeakWindowWindowStartTimeArgs{
					Hours: pulumi.Int(quiet.Hour()), Minutes: pulumi.Int(quiet.Minute()),
				},
			},
		},
		AutoTuneOptions: a.autoTune(),
	}, nil
}

// cluster builds what the domain consists of.
func (a *SearchArgs) cluster() opensearch.DomainClusterConfigArgs {
	cluster := opensearch.DomainClusterConfigArgs{
		InstanceType:           pulumi.String(a.Machine),
		InstanceCount:          pulumi.Int(a.Nodes),
		DedicatedMasterEnabled: pulumi.Bool(a.Masters > 0),
		ZoneAwarenessEnabled:   pulumi.Bool(a.zones() > 1),
	}
	if a.Masters > 0 {
		cluster.DedicatedMasterType = pulumi.String(a.MasterMachine)
		cluster.DedicatedMasterCount = pulumi.Int(a.Masters)
	}
	if a.zones() > 1 {
		cluster.ZoneAwarenessConfig = opensearch.DomainClusterConfigZoneAwarenessConfigArgs{
			AvailabilityZoneCount: pulumi.Int(a.zones()),
		}
	}
	return cluster
}

// autoTune lets the service tune memory and queues in the quiet hours. The
// smallest machines cannot be tuned, and a domain that was on larger ones could
// not move to them without being told so.
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/supported-instance-types.html
func (a *SearchArgs) autoTune() opensearch.DomainAutoTuneOptionsArgs {
	if strings.HasPrefix(a.Machine, "t2.") || strings.HasPrefix(a.Machine, "t3.") {
		return opensearch.DomainAutoTuneOptionsArgs{DesiredState: pulumi.String("DISABLED")}
	}
	return opensearch.DomainAutoTuneOptionsArgs{
		DesiredState: pulumi.String("ENABLED"), UseOffPeakWindow: pulumi.Bool(true),
	}
}
