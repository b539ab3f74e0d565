package aws_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/tests/harness"
)

func TestOnlyClientsAndMembersReachASetAndMembersReachNoFurtherThanHTTPS(t *testing.T) {
	graph := mongo(t, mongoArgs())
	got := map[string]string{}
	for _, typ := range []string{"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"} {
		for _, rule := range graph.All(typ) {
			peer := "cidrIpv4"
			if rule.Value(t, "referencedSecurityGroupId").HasValue() {
				peer = "referencedSecurityGroupId"
			}
			from, to := rule.Value(t, "fromPort").NumberValue(), rule.Value(t, "toPort").NumberValue()
			if from != to || rule.Text(t, "ipProtocol") != "tcp" || rule.Text(t, "securityGroupId") != "mg-group-id" {
				t.Errorf("%s is %v", rule, rule.Inputs)
			}
			got[rule.Name] = rule.Text(t, peer) + map[float64]string{27017: " 27017", 443: " 443"}[from]
		}
	}
	want := map[string]string{
		"mg-group-from-nodes": "nodes-group 27017", "mg-group-peers-in": "mg-group-id 27017",
		"mg-group-peers-out": "mg-group-id 27017", "mg-group-https-out": "0.0.0.0/0 443",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheSeedLeadsToEveryMemberAndEachNameToOne(t *testing.T) {
	graph := mongo(t, mongoArgs())
	zone := graph.One(t, "aws:route53/zone:Zone", "mg-zone")
	if zone.Text(t, "name") != "campus-prod.internal" || zone.Text(t, "vpcs[0].vpcId") != "vpc-1" {
		t.Errorf("the zone is %v", zone.Inputs)
	}
	got := map[string][]string{}
	for _, record := range graph.All(mongoRecordType) {
		if record.Text(t, "type") != "A" || record.Text(t, "zoneId") != "mg-zone-id" || record.Value(t, "ttl").NumberValue() > 60 {
			t.Errorf("%s is %v", record, record.Inputs)
		}
		for _, address := range record.Value(t, "records").ArrayValue() {
			got[record.Text(t, "name")] = append(got[record.Text(t, "name")], address.StringValue())
		}
	}
	const a, b, c = "mg-interface-a-address", "mg-interface-b-address", "mg-interface-c-address"
	want := map[string][]string{
		"mongo.campus-prod.internal": {a, b, c}, "mongo-a.campus-prod.internal": {a},
		"mongo-b.campus-prod.internal": {b}, "mongo-c.campus-prod.internal": {c},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestACertificateIsForTheMemberTheSeedAndTheMachineItself(t *testing.T) {
	graph := mongo(t, mongoArgs())
	holds(t, graph.One(t, "tls:index/certRequest:CertRequest", "mg-certificate-request-b"), map[string]any{
		"dnsNames":           []any{"localhost", "mongo-b.campus-prod.internal", "mongo.campus-prod.internal"},
		"subject.commonName": "mongo-b",
	})
	holds(t, graph.One(t, "tls:index/locallySignedCert:LocallySignedCert", "mg-certificate-b"), map[string]any{
		// Members are each other's clients.
		"allowedUses":    []any{"digital_signature", "server_auth", "client_auth"},
		"certRequestPem": "mg-certificate-request-b-pem", "caCertPem": "mg-authority-pem", "caPrivateKeyPem": "mg-authority-key-pem",
	})
	holds(t, graph.One(t, "tls:index/selfSignedCert:SelfSignedCert", "mg-authority"), map[string]any{
		"isCaCertificate": true, "setSubjectKeyId": true, "allowedUses": []any{"cert_signing", "crl_signing"},
		"subject.commonName": "campus-prod-authority",
	})
	for _, key := range graph.All("tls:index/privateKey:PrivateKey") {
		holds(t, key, map[string]any{"algorithm": "ECDSA", "ecdsaCurve": "P256"})
	}
}

func TestCertificatesAreRenewedLongBeforeTheyEnd(t *testing.T) {
	const year = 365 * 24
	graph := mongo(t, mongoArgs())
	authority := graph.One(t, "tls:index/selfSignedCert:SelfSignedCert", "mg-authority")
	certificate := graph.One(t, "tls:index/locallySignedCert:LocallySignedCert", "mg-certificate-a")
	lasts := certificate.Value(t, "validityPeriodHours").NumberValue()
	if early := certificate.Value(t, "earlyRenewalHours").NumberValue(); early < year || early >= lasts {
		t.Errorf("a certificate of %v hours is renewed %v before its end", lasts, early)
	}
	if early := authority.Value(t, "earlyRenewalHours").NumberValue(); early <= lasts || early >= authority.Value(t, "validityPeriodHours").NumberValue() {
		t.Errorf("a certificate may outlive its authority, which is renewed %v hours before its end", early)
	}
}

func TestEverySecretIsSecretEncryptedAndInTheFormThatMembersRead(t *testing.T) {
	for disposable, days := range map[bool]float64{false: 30, true: 0} {
		args := mongoArgs()
		args.Disposable = disposable
		graph := mongo(t, args)
		values := map[string]string{}
		for _, version := range graph.All("aws:secretsmanager/secretVersion:SecretVersion") {
			if !version.Inputs["secretString"].ContainsSecrets() {
				t.Errorf("%s is plain text in the state", version)
			}
			secret := graph.One(t, "aws:secretsmanager/secret:Secret", strings.TrimSuffix(version.Name, "-value"))
			if got := version.Text(t, "secretId"); got != secret.Name+"-id" {
				t.Errorf("%s belongs to %s", version, got)
			}
			if secret.Text(t, "kmsKeyId") != mongoSecretsKey || secret.Value(t, "recoveryWindowInDays").NumberValue() != days {
				t.Errorf("%s is %v", secret, secret.Inputs)
			}
			values[secret.Text(t, "name")] = version.Text(t, "secretString")
		}
		tls := func(letter string) string {
			return `{"ca":"mg-authority-pem","certificate":"mg-certificate-` + letter +
				`-pem","privateKey":"mg-certificate-key-` + letter + `-pkcs8"}`
		}
		want := map[string]string{
			"/campus/prod/mongo/keyfile": harness.Password("mg-keyfile-password", 1008),
			"/campus/prod/mongo/admin":   `{"password":"` + harness.Password("mg-admin-password", 32) + `","username":"admin"}`,
			"/campus/prod/mongo/monitor": `{"password":"` + harness.Password("mg-monitor-password", 32) + `","username":"monitor"}`,
			"/campus/prod/mongo/tls-a":   tls("a"), "/campus/prod/mongo/tls-b": tls("b"), "/campus/prod/mongo/tls-c": tls("c"),
		}
		if diff := cmp.Diff(want, values); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestThePrivateKeysAreSecretWhereverTheyGo(t *testing.T) {
	graph := mongo(t, mongoArgs())
	for typ, property := range map[string]string{
		"tls:index/selfSignedCert:SelfSignedCert": "privateKeyPem", "tls:index/certRequest:CertRequest": "privateKeyPem",
		"tls:index/locallySignedCert:LocallySignedCert": "caPrivateKeyPem",
	} {
		for _, r := range graph.All(typ) {
			for key, value := range r.Inputs {
				if string(key) == property && !value.ContainsSecrets() {
					t.Errorf("%s holds a key in plain text", r)
				}
			}
		}
	}
}

func TestTheKeyOfTheMembersIsBase64ThatMongodTakes(t *testing.T) {
	for _, password := range mongo(t, mongoArgs()).All("random:index/randomPassword:RandomPassword") {
		if !password.Value(t, "special").IsBool() || password.Value(t, "special").BoolValue() {
			t.Errorf("%s may hold what base64, a URL or a shell does not take", password)
		}
		length := password.Value(t, "length").NumberValue()
		if password.Name == "mg-keyfile-password" {
			if length < 512 || length > 1024 || int(length)%4 != 0 {
				t.Errorf("the key has %v characters", length)
			}
		} else if length < 32 {
			t.Errorf("%s has %v characters", password, length)
		}
	}
}

func TestAMemberMayReadItsSecretsAddDumpsAndMeasureAndNothingElse(t *testing.T) {
	graph := mongo(t, mongoArgs())
	const secret = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:mg-"
	sameJSON(t, graph.One(t, mongoPolicyType, "mg-role-rights").Text(t, "policy"), `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "ReadSecrets", "Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"],
			"Resource": ["`+secret+`keyfile", "`+secret+`admin", "`+secret+`monitor"]
		}, {
			"Sid": "DecryptSecrets", "Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": ["`+mongoSecretsKey+`"],
			"Condition": {"StringEquals": {"kms:ViaService": ["secretsmanager.eu-west-1.amazonaws.com"]}}
		}, {
			"Sid": "Measure", "Effect": "Allow", "Action": ["cloudwatch:PutMetricData"], "Resource": ["*"],
			"Condition": {"StringEquals": {"cloudwatch:namespace": ["OpenedX/MongoDB"]}}
		}, {
			"Sid": "Dump", "Effect": "Allow", "Action": ["s3:PutObject", "s3:AbortMultipartUpload"],
			"Resource": ["`+mongoBucket+`/mongo/campus-prod/*"]
		}, {
			"Sid": "EncryptDumps", "Effect": "Allow", "Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": ["`+mongoDataKey+`"],
			"Condition": {"StringEquals": {"kms:ViaService": ["s3.eu-west-1.amazonaws.com"]}}
		}]
	}`)
	sameJSON(t, graph.One(t, mongoPolicyType, "mg-role-tls-b").Text(t, "policy"), `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "ReadSecrets", "Effect": "Allow", "Action": ["secretsmanager:GetSecretValue"], "Resource": ["`+secret+`tls-b"]
		}]
	}`)
	if got := graph.Count(mongoPolicyType); got != 4 {
		t.Errorf("%d policies, want the shared one and one a member", got)
	}
	attached := graph.One(t, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "mg-role-session")
	if got := attached.Text(t, "policyArn"); got != "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore" {
		t.Errorf("the role has %s", got)
	}
}

func TestOnlyMachinesTakeTheMembersRole(t *testing.T) {
	graph := mongo(t, mongoArgs())
	sameJSON(t, graph.One(t, "aws:iam/role:Role", "mg-role").Text(t, "assumeRolePolicy"), `{
		"Version": "2012-10-17",
		"Statement": [{"Sid": "Machines", "Effect": "Allow", "Action": ["sts:AssumeRole"], "Principal": {"Service": ["ec2.amazonaws.com"]}}]
	}`)
	if got := graph.One(t, "aws:iam/instanceProfile:InstanceProfile", "mg-profile").Text(t, "role"); got != "mg-role" {
		t.Errorf("machines take the role %s", got)
	}
}

func TestTheDisksOfThisSetAreBackedUpAndNoOthers(t *testing.T) {
	graph := mongo(t, mongoArgs())
	for _, volume := range graph.All(mongoVolumeType) {
		if got := volume.Text(t, "tags.openedx-backup"); got != "test" {
			t.Errorf("%s is marked with %q", volume, got)
		}
	}
	for _, machine := range graph.All(mongoMachineType) {
		for _, tags := range []string{"rootBlockDevice.tags", "tags"} {
			if machine.Value(t, tags+".openedx-backup").HasValue() {
				t.Errorf("the root disk of %s is copied for nothing", machine)
			}
		}
	}
}

// Tags and names are read by anybody; no part of a secret may be in them.
func TestNoTagOrNameHoldsASecret(t *testing.T) {
	for _, r := range mongo(t, mongoArgs()).Resources {
		for _, property := range []string{"tags", "name", "description", "comment"} {
			raw, err := json.Marshal(r.Value(t, property).Mappable())
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range []string{"-result", "-pkcs8", "-pem"} {
				if strings.Contains(string(raw), part) {
					t.Errorf("%s of %s holds a secret: %s", property, r, raw)
				}
			}
		}
	}
}

func TestWhatCanBeTaggedIsTagged(t *testing.T) {
	untaggable := map[string]bool{
		mongoRecordType: true, mongoPolicyType: true, "aws:iam/rolePolicyAttachment:RolePolicyAttachment": true,
		"aws:ec2/volumeAttachment:VolumeAttachment": true, "aws:secretsmanager/secretVersion:SecretVersion": true,
	}
	for _, r := range mongo(t, mongoArgs()).Resources {
		if !strings.HasPrefix(r.Type, "aws:") || untaggable[r.Type] {
			continue
		}
		if got := r.Text(t, "tags.openedx-component"); got != "mongo" || r.Text(t, "tags.Name") != r.Name {
			t.Errorf("%s has the tags %v", r, r.Value(t, "tags"))
		}
	}
}
