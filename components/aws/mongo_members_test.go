package aws_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/tests/harness"
)

// bootText is what a machine is told at its first boot.
func bootText(t *testing.T, machine *harness.Resource) string {
	t.Helper()
	packed, err := base64.StdEncoding.DecodeString(machine.Text(t, "userDataBase64"))
	if err != nil {
		t.Fatal(err)
	}
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestEveryMemberHasAMachineADiskAndAnAddressInItsZone(t *testing.T) {
	graph := mongo(t, mongoArgs())
	for _, letter := range []string{"a", "b", "c"} {
		address := graph.One(t, mongoInterfaceType, "mg-interface-"+letter)
		if address.Text(t, "subnetId") != "subnet-"+letter || address.Text(t, "securityGroups[0]") != "mg-group-id" {
			t.Errorf("the address of %s is %v", letter, address.Inputs)
		}
		volume := graph.One(t, mongoVolumeType, "mg-volume-"+letter)
		if got := volume.Text(t, "availabilityZone"); got != "eu-west-1"+letter {
			t.Errorf("the disk of %s is in %s", letter, got)
		}
		machine := graph.One(t, mongoMachineType, "mg-machine-"+letter)
		if got := machine.Text(t, "networkInterfaces[0].networkInterfaceId"); got != address.Name+"-id" {
			t.Errorf("machine %s has the address %s", letter, got)
		}
		attachment := graph.One(t, "aws:ec2/volumeAttachment:VolumeAttachment", "mg-attachment-"+letter)
		if !graph.Waits(attachment, volume.URN) || attachment.Text(t, "instanceId") != machine.Name+"-id" ||
			attachment.Text(t, "deviceName") != "/dev/sdf" {
			t.Errorf("%s is %v", attachment, attachment.Inputs)
		}
		if !attachment.Value(t, "stopInstanceBeforeDetaching").BoolValue() {
			t.Errorf("the disk of %s may be pulled from under mongod", letter)
		}
	}
}

func TestAMachineOfTheSetIsClosed(t *testing.T) {
	for _, machine := range mongo(t, mongoArgs()).All(mongoMachineType) {
		holds(t, machine, map[string]any{
			"instanceType": "t4g.medium", "iamInstanceProfile": "mg-profile", "maintenanceOptions.autoRecovery": "default",
			"metadataOptions.httpTokens": "required", "metadataOptions.httpEndpoint": "enabled", "metadataOptions.httpPutResponseHopLimit": 1.0,
			"rootBlockDevice.encrypted": true, "rootBlockDevice.kmsKeyId": mongoDataKey, "rootBlockDevice.volumeType": "gp3",
			"rootBlockDevice.volumeSize": 20.0, "rootBlockDevice.tags.openedx-stack": "test",
			"monitoring": true, "disableApiTermination": true, "networkInterfaces[0].deviceIndex": 0.0,
		})
		// With an interface of their own machines get no public address, and the API refuses these beside one.
		for _, property := range []string{"keyName", "associatePublicIpAddress", "subnetId", "vpcSecurityGroupIds", "privateIp"} {
			if machine.Value(t, property).HasValue() {
				t.Errorf("%s: %s is given", machine, property)
			}
		}
	}
	if got := mongo(t, mongoArgs()).Count("aws:ec2/eip:Eip"); got != 0 {
		t.Errorf("%d public addresses", got)
	}
}

func TestMembersAreWhereTrafficCanAlreadyLeave(t *testing.T) {
	args := mongoArgs()
	args.Subnets[0].Routed = pulumi.String("routed-a").ToStringOutput()
	if got := mongo(t, args).One(t, mongoInterfaceType, "mg-interface-a").Text(t, "subnetId"); got != "routed-a" {
		t.Errorf("the first boot may download packages over a subnet without a way out: %s", got)
	}
}

func TestTerminationProtectionFollowsTheStack(t *testing.T) {
	args := mongoArgs()
	args.Protect = false
	if mongo(t, args).One(t, mongoMachineType, "mg-machine-a").Value(t, "disableApiTermination").BoolValue() {
		t.Error("a machine that nobody protects cannot be terminated")
	}
}

func TestDisksAreEncryptedAndOutliveMistakes(t *testing.T) {
	for _, disposable := range []bool{false, true} {
		args := mongoArgs()
		args.Disposable, args.Protect = disposable, !disposable
		graph := mongo(t, args)
		for _, volume := range graph.All(mongoVolumeType) {
			if volume.Protect == disposable {
				t.Errorf("disposable %t: %s has protection %t", disposable, volume, volume.Protect)
			}
			holds(t, volume, map[string]any{
				"finalSnapshot": !disposable, "type": "gp3", "encrypted": true, "kmsKeyId": mongoDataKey,
				"size": 50.0, "iops": 3000.0, "throughput": 125.0,
			})
		}
		for _, r := range graph.Resources {
			if r.Protect && r.Type != mongoVolumeType {
				t.Errorf("%s holds no data", r)
			}
		}
	}
}

func TestMachinesAreMadeAndStoppedOneAfterAnother(t *testing.T) {
	graph := mongo(t, mongoArgs())
	for before, next := range map[string]string{"a": "b", "b": "c"} {
		attachment := graph.One(t, "aws:ec2/volumeAttachment:VolumeAttachment", "mg-attachment-"+before)
		if !graph.Waits(graph.One(t, mongoMachineType, "mg-machine-"+next), attachment.URN) {
			t.Errorf("%s and %s may be away at once", before, next)
		}
	}
}

func TestAtFirstMachinesAreMadeSideBySide(t *testing.T) {
	args := mongoArgs()
	args.Fresh = true
	graph := mongo(t, args)
	for _, machine := range graph.All(mongoMachineType) {
		for _, attachment := range graph.All("aws:ec2/volumeAttachment:VolumeAttachment") {
			if graph.Waits(machine, attachment.URN) {
				t.Errorf("%s waits for %s", machine, attachment)
			}
		}
	}
}

func TestAMachineStartsOnceAllItReadsIsThere(t *testing.T) {
	graph := mongo(t, mongoArgs())
	machine := graph.One(t, mongoMachineType, "mg-machine-a")
	for _, typ := range []string{
		mongoRecordType, mongoPolicyType, "aws:secretsmanager/secretVersion:SecretVersion",
		"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
	} {
		for _, r := range graph.All(typ) {
			if strings.HasPrefix(r.Name, "mg-tls-") && r.Name != "mg-tls-a-value" {
				continue
			}
			if !graph.Waits(machine, r.URN) {
				t.Errorf("the first machine may start before %s", r)
			}
		}
	}
}

func TestAMachineIsToldItsOwnDiskNamesAndSecrets(t *testing.T) {
	graph := mongo(t, mongoArgs())
	text := bootText(t, graph.One(t, mongoMachineType, "mg-machine-b"))
	const secret = "'arn:aws:secretsmanager:eu-west-1:123456789012:secret:mg-"
	for _, want := range []string{
		"MONGO_NAME='mongo-b'", "MONGO_SELF='mongo-b.campus-prod.internal'", "MONGO_SEED='mongo.campus-prod.internal'",
		"MONGO_FIRST='mongo-a.campus-prod.internal'", "MONGO_SET='campus-prod'", "MONGO_VOLUME='vol-", "MONGO_REGION='eu-west-1'",
		"MONGO_MEMBERS='mongo-a.campus-prod.internal mongo-b.campus-prod.internal mongo-c.campus-prod.internal'",
		"MONGO_SECRET_KEYFILE=" + secret + "keyfile'", "MONGO_SECRET_TLS=" + secret + "tls-b'",
		"MONGO_SECRET_ADMIN=" + secret + "admin'", "MONGO_SECRET_MONITOR=" + secret + "monitor'",
		"MONGO_BACKUP_BUCKET='test-backups'", "MONGO_BACKUP_PREFIX='mongo'", "MONGO_BACKUP_KEY='" + mongoDataKey + "'",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing", want)
		}
	}
	for _, value := range []string{"-result", "-pkcs8", "-pem"} {
		if strings.Contains(text, value) {
			t.Errorf("the user data, which anybody on the machine reads, holds a secret: %q", value)
		}
	}
	if bootText(t, graph.One(t, mongoMachineType, "mg-machine-a")) == text {
		t.Error("two machines are told the same")
	}
}

func TestARunningMemberIsNeverReplacedForAnImageOrAScript(t *testing.T) {
	args := mongoArgs()
	args.Members[2].Image = "ami-2"
	graph := mongo(t, args)
	for letter, want := range map[string][]string{
		"a": {"userDataBase64", "ami"}, "b": {"userDataBase64", "ami"}, "c": {"userDataBase64"},
	} {
		if diff := cmp.Diff(want, graph.One(t, mongoMachineType, "mg-machine-"+letter).IgnoreChanges); diff != "" {
			t.Errorf("member %s ignores something else (-want +got):\n%s", letter, diff)
		}
	}
}
