package aws_test

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/internal/tags"
	"example.org/openedx/tests/harness"
)

const atlasPackage = "mongodbatlas:index/"

func atlasArgs() *aws.MongoAtlasArgs {
	return &aws.MongoAtlasArgs{StoreArgs: storeArgs(), Cluster: "campus-mongo-test", Project: "5f1a2b3c4d5e6f7a8b9c0d1e", Tier: "M30"}
}

func atlasProgram(args *aws.MongoAtlasArgs, into **aws.MongoAtlas) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		made, err := aws.NewMongoAtlas(ctx, "at", args)
		if err != nil {
			return err
		}
		*into = made
		return made.NewUser(ctx, "main", "openedxmain", "openedxmain", pulumi.String("hidden"))
	}
}

func atlas(t *testing.T, args *aws.MongoAtlasArgs) (*harness.Graph, *aws.MongoAtlas) {
	t.Helper()
	var made *aws.MongoAtlas
	return harness.Run(t, nil, atlasProgram(args, &made)), made
}

func TestAtlasIsReachedPrivatelyAndByASingleName(t *testing.T) {
	graph, made := atlas(t, atlasArgs())
	endpoint := graph.One(t, "aws:ec2/vpcEndpoint:VpcEndpoint", "at-endpoint")
	texts(t, endpoint, map[string]string{"vpcEndpointType": "Interface", "serviceName": "com.amazonaws.vpce.eu-west-1.at-link", "securityGroupIds[0]": "at-group-id"})
	way := graph.One(t, atlasPackage+"privateLinkEndpointService:PrivateLinkEndpointService", "at-link-endpoint")
	texts(t, way, map[string]string{"endpointServiceId": "at-endpoint-id", "privateLinkId": "at-link-private"})
	cluster := graph.One(t, atlasPackage+"advancedCluster:AdvancedCluster", "at-cluster")
	if !graph.Waits(cluster, way.URN) {
		t.Error("the cluster may be there before the private way to it, and would not tell its private address")
	}
	counts(t, graph.One(t, groupRuleType, "at-group-from-nodes"), map[string]float64{"fromPort": 1024, "toPort": 65535})
	if got := await(t, made.Host); !strings.HasPrefix(got, "mongodb+srv://") || strings.Contains(got, ",") {
		t.Errorf("the host is %q, on which Tutor's init job would wait in vain", got)
	}
}

func TestAtlasKeepsBackupsAndIsProtected(t *testing.T) {
	for _, protect := range []bool{true, false} {
		args := atlasArgs()
		args.Protect, args.Disposable = protect, !protect
		graph, _ := atlas(t, args)
		cluster := graph.One(t, atlasPackage+"advancedCluster:AdvancedCluster", "at-cluster")
		if cluster.Protect != protect {
			t.Errorf("protection is %t, want %t", cluster.Protect, protect)
		}
		facts(t, cluster, map[string]bool{
			"backupEnabled": true, "pitEnabled": true, "retainBackupsEnabled": protect, "terminationProtectionEnabled": protect,
		})
		texts(t, cluster, map[string]string{
			"mongoDbMajorVersion": "7.0", "clusterType": "REPLICASET", "advancedConfiguration.minimumEnabledTlsProtocol": "TLS1_2",
			"replicationSpecs[0].regionConfigs[0].regionName":                  "EU_WEST_1",
			"replicationSpecs[0].regionConfigs[0].electableSpecs.instanceSize": "M30",
		})
	}
}

func TestAnAtlasUserMayUseItsDatabaseOnly(t *testing.T) {
	graph, _ := atlas(t, atlasArgs())
	user := graph.One(t, atlasPackage+"databaseUser:DatabaseUser", "at-user-main")
	texts(t, user, map[string]string{
		"username": "openedxmain", "authDatabaseName": "admin", "roles[0].roleName": "readWrite", "roles[0].databaseName": "openedxmain",
		"scopes[0].type": "CLUSTER", "scopes[0].name": "campus-mongo-test",
	})
	if len(user.Value(t, "roles").ArrayValue()) != 1 {
		t.Errorf("the user has more than one role: %v", user.Value(t, "roles"))
	}
	if !user.Inputs["password"].IsSecret() {
		t.Error("the password is shown")
	}
}

func TestAPreviewOfAtlasIsItsUpdate(t *testing.T) {
	var made *aws.MongoAtlas
	sameInPreview(t, atlasProgram(atlasArgs(), &made))
}

func externalArgs() *aws.MongoExternalArgs {
	return &aws.MongoExternalArgs{
		Host: "mongo.example.org", Port: 27018, ReplicaSet: "rs0", Username: "root", Password: pulumi.String("hidden"),
		Authority: "PEM", Path: "/campus/test", SecretsKey: pulumi.String("secrets-key-arn"), Tags: tags.New("test", nil),
	}
}

func TestAnExternalMongoIsKnownByItsSecretOnly(t *testing.T) {
	var made *aws.MongoExternal
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) (err error) {
		made, err = aws.NewMongoExternal(ctx, "ex", externalArgs())
		return err
	})
	texts(t, graph.One(t, secretType, "ex-admin"), map[string]string{"name": "/campus/test/mongo/admin", "kmsKeyId": "secrets-key-arn"})
	value := graph.One(t, "aws:secretsmanager/secretVersion:SecretVersion", "ex-admin-value")
	if !value.Inputs["secretString"].IsSecret() {
		t.Error("the password is shown")
	}
	sameJSON(t, value.Text(t, "secretString"), `{"username": "root", "password": "hidden"}`)
	if host := await(t, made.Host); host != "mongo.example.org" || made.Port != 27018 || made.ReplicaSet != "rs0" || !made.TLS {
		t.Errorf("got %q and %+v", host, made.Mongo)
	}
}

func TestAWrongExternalMongoRegistersNothing(t *testing.T) {
	for name, spoil := range map[string]func(*aws.MongoExternalArgs){
		"no host":     func(a *aws.MongoExternalArgs) { a.Host = "" },
		"no port":     func(a *aws.MongoExternalArgs) { a.Port = 0 },
		"no user":     func(a *aws.MongoExternalArgs) { a.Username = "" },
		"no password": func(a *aws.MongoExternalArgs) { a.Password = nil },
		"no key":      func(a *aws.MongoExternalArgs) { a.SecretsKey = nil },
	} {
		t.Run(name, func(t *testing.T) {
			args := externalArgs()
			spoil(args)
			refuses(t, func(ctx *pulumi.Context) error {
				_, err := aws.NewMongoExternal(ctx, "ex", args)
				return err
			}, `mongo external "ex"`)
		})
	}
}
