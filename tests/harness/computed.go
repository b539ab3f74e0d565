package harness

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// computed are the outputs that a provider adds to the inputs, by type: as many
// as components use, and each different for every resource.
var computed = map[string]func(*Resource) map[string]any{
	"aws:acm/certificate:Certificate": func(r *Resource) map[string]any {
		return map[string]any{"domainValidationOptions": proofs(r)}
	},
	"aws:cloudfront/distribution:Distribution": func(r *Resource) map[string]any {
		return map[string]any{"domainName": r.Name + ".example.net", "hostedZoneId": "Z2FDTNDATAQYW2"}
	},
	"aws:ec2/launchTemplate:LaunchTemplate": func(*Resource) map[string]any { return map[string]any{"latestVersion": 1} },
	"aws:ec2/networkInterface:NetworkInterface": func(r *Resource) map[string]any {
		return map[string]any{"privateIp": r.Name + "-address"}
	},
	"aws:ecr/repository:Repository": func(r *Resource) map[string]any {
		return map[string]any{"repositoryUrl": Account + ".dkr.ecr." + Region + ".amazonaws.com/" + r.Inputs["name"].StringValue()}
	},
	"aws:elasticache/cluster:Cluster": func(r *Resource) map[string]any {
		return map[string]any{"clusterAddress": r.Name + ".example.internal"}
	},
	"aws:elasticache/replicationGroup:ReplicationGroup": func(r *Resource) map[string]any {
		return map[string]any{
			"primaryEndpointAddress": r.Name + ".example.internal",
			// As a group that lost its first node has them, in no order.
			"memberClusters": []any{r.Name + "-003", r.Name + "-002"},
		}
	},
	"aws:iam/accessKey:AccessKey": func(r *Resource) map[string]any {
		// As SES makes them: in Base64, whose signs not every template takes.
		return map[string]any{"secret": r.Name + "/secret+", "sesSmtpPasswordV4": r.Name + "/smtp+password="}
	},
	"aws:kms/key:Key": func(r *Resource) map[string]any { return map[string]any{"keyId": r.Name + "-id"} },
	"aws:lb/loadBalancer:LoadBalancer": func(r *Resource) map[string]any {
		return map[string]any{"dnsName": r.Name + ".elb.example.com", "zoneId": r.Name + "-zone"}
	},
	"aws:opensearch/domain:Domain": func(r *Resource) map[string]any {
		return map[string]any{"endpoint": r.Name + ".example.internal"}
	},
	"aws:rds/cluster:Cluster": func(r *Resource) map[string]any {
		return map[string]any{
			"endpoint": r.Name + ".example.internal", "readerEndpoint": r.Name + "-readers.example.internal",
			"masterUserSecrets": []any{map[string]any{
				"secretArn": fmt.Sprintf("arn:aws:secretsmanager:%s:%s:secret:%s-admin", Region, Account, r.Name),
			}},
		}
	},
	"aws:route53/record:Record": func(r *Resource) map[string]any { return map[string]any{"fqdn": r.Inputs["name"].Mappable()} },
	"aws:route53/zone:Zone": func(r *Resource) map[string]any {
		return map[string]any{"zoneId": r.Name + "-id", "nameServers": []any{r.Name + ".ns.example.com"}}
	},
	"aws:s3/bucketV2:BucketV2": func(r *Resource) map[string]any {
		return map[string]any{"bucket": r.Name, "bucketRegionalDomainName": r.Name + ".s3." + Region + ".amazonaws.com"}
	},
	"aws:secretsmanager/secretVersion:SecretVersion": func(r *Resource) map[string]any {
		return map[string]any{"versionId": r.Name + "-version"}
	},
	"aws:sesv2/emailIdentity:EmailIdentity": func(r *Resource) map[string]any {
		return map[string]any{"dkimSigningAttributes": map[string]any{
			"tokens": []any{r.Name + "-one", r.Name + "-two", r.Name + "-three"},
		}}
	},
	"eks:index:Cluster": func(r *Resource) map[string]any {
		return map[string]any{
			"kubeconfigJson":         `{"apiVersion":"v1","kind":"Config"}`,
			"oidcProviderUrl":        "https://oidc.eks." + Region + ".amazonaws.com/id/TEST",
			"clusterSecurityGroupId": r.Name + "-group",
		}
	},
	"mongodbatlas:index/advancedCluster:AdvancedCluster": func(r *Resource) map[string]any {
		return map[string]any{"connectionStrings": []any{map[string]any{
			"privateEndpoints": []any{map[string]any{"srvConnectionString": "mongodb+srv://" + r.Name + ".example.net"}},
		}}}
	},
	"mongodbatlas:index/privateLinkEndpoint:PrivateLinkEndpoint": func(r *Resource) map[string]any {
		return map[string]any{
			"endpointServiceName": "com.amazonaws.vpce." + Region + "." + r.Name, "privateLinkId": r.Name + "-private",
		}
	},
	"random:index/randomId:RandomId": func(r *Resource) map[string]any {
		return map[string]any{"hex": Password(r.Name, 2*int(r.Inputs["byteLength"].NumberValue()))}
	},
	"random:index/randomPassword:RandomPassword": func(r *Resource) map[string]any {
		return map[string]any{"result": Password(r.Name, int(r.Inputs["length"].NumberValue()))}
	},
	"tls:index/certRequest:CertRequest": func(r *Resource) map[string]any {
		return map[string]any{"certRequestPem": r.Name + "-pem"}
	},
	"tls:index/locallySignedCert:LocallySignedCert": func(r *Resource) map[string]any {
		return map[string]any{"certPem": r.Name + "-pem"}
	},
	"tls:index/privateKey:PrivateKey": func(r *Resource) map[string]any {
		return map[string]any{"privateKeyPem": r.Name + "-pem", "privateKeyPemPkcs8": r.Name + "-pkcs8"}
	},
	"tls:index/selfSignedCert:SelfSignedCert": func(r *Resource) map[string]any {
		return map[string]any{"certPem": r.Name + "-pem"}
	},
}

// Password is what a random password of this name holds: another one for each,
// and of the length that is asked for.
func Password(name string, length int) string {
	sum := sha256.Sum256([]byte(name))
	text := hex.EncodeToString(sum[:])
	return strings.Repeat(text, length/len(text)+1)[:length]
}

// proofs are the records that ACM wants to see for the names of a certificate, in
// no order: the same for x and *.x, whatever the region.
func proofs(r *Resource) []any {
	names := []resource.PropertyValue{r.Inputs["domainName"]}
	if further := r.Inputs["subjectAlternativeNames"]; further.IsArray() {
		names = slices.Concat(further.ArrayValue(), names)
	}
	all := make([]any, len(names))
	for i, name := range names {
		base := strings.TrimPrefix(name.StringValue(), "*.")
		all[i] = map[string]any{
			"domainName": name.StringValue(), "resourceRecordType": "CNAME",
			"resourceRecordName": "_proof." + base, "resourceRecordValue": "_" + base + ".acm-validations.aws",
		}
	}
	return all
}

// chosen is an object's metadata with the name that Pulumi chooses where a program
// writes none.
func chosen(r *Resource) resource.PropertyValue {
	named := resource.PropertyMap{"name": resource.NewProperty(r.Name + "-chosen")}
	if metadata := r.Inputs["metadata"]; metadata.IsObject() {
		maps.Copy(named, metadata.ObjectValue())
	}
	return resource.NewProperty(named)
}
