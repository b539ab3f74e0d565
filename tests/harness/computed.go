package harness

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// computed are the outputs that a provider adds to the inputs, by type: as many
// as components use, and each different for every resource.
var computed = map[string]func(*Resource) map[string]any{
	"aws:ec2/launchTemplate:LaunchTemplate": func(*Resource) map[string]any { return map[string]any{"latestVersion": 1} },
	"aws:ec2/networkInterface:NetworkInterface": func(r *Resource) map[string]any {
		return map[string]any{"privateIp": r.Name + "-address"}
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
	"aws:kms/key:Key": func(r *Resource) map[string]any { return map[string]any{"keyId": r.Name + "-id"} },
	"aws:opensearch/domain:Domain": func(r *Resource) map[string]any {
		return map[string]any{"endpoint": r.Name + ".example.internal"}
	},
	"aws:rds/cluster:Cluster": func(r *Resource) map[string]any {
		return map[string]any{
			"endpoint": r.Name + ".example.internal", "readerEndpoint": r.Name + "-readers.example.internal",
			"masterUserSecrets": []any{map[string]any{"secretArn": arn(r) + "-admin"}},
		}
	},
	"aws:route53/zone:Zone":    func(r *Resource) map[string]any { return map[string]any{"zoneId": r.Name + "-id"} },
	"aws:s3/bucketV2:BucketV2": func(r *Resource) map[string]any { return map[string]any{"bucket": r.Name} },
	"aws:secretsmanager/secretVersion:SecretVersion": func(r *Resource) map[string]any {
		return map[string]any{"versionId": r.Name + "-version"}
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

// chosen is an object's metadata with the name that Pulumi chooses where a program
// writes none.
func chosen(r *Resource) resource.PropertyValue {
	named := resource.PropertyMap{"name": resource.NewProperty(r.Name + "-chosen")}
	if metadata := r.Inputs["metadata"]; metadata.IsObject() {
		maps.Copy(named, metadata.ObjectValue())
	}
	return resource.NewProperty(named)
}
