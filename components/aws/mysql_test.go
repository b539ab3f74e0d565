package aws_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/tests/harness"
)

const (
	mysqlClusterType    = "aws:rds/cluster:Cluster"
	mysqlInstanceType   = "aws:rds/clusterInstance:ClusterInstance"
	mysqlParametersType = "aws:rds/clusterParameterGroup:ClusterParameterGroup"
	mysqlLogsType       = "aws:cloudwatch/logGroup:LogGroup"
)

// mysqlArgs are arguments that a test changes one of.
func mysqlArgs() *aws.MySQLArgs {
	args := &aws.MySQLArgs{
		StoreArgs: storeArgs(), Identifier: "test-db", Version: "8.4.mysql_aurora.8.4.8", Family: "aurora-mysql8.4",
		Machine: "db.r7g.large", Readers: 1, MemoryGiB: 16, MostConnections: 1000, InsightsDays: 7,
	}
	args.BackupDays = 14
	args.Thresholds = aws.Thresholds{CPU: 80, FreeMemory: 10, UsedStorage: 75, Connections: 60, LagSeconds: 2, Minutes: 5}
	return args
}

// serverlessArgs are the arguments of a serverless database.
func serverlessArgs() *aws.MySQLArgs {
	args := mysqlArgs()
	args.Machine, args.Capacity = "db.serverless", aws.Capacity{Min: 1, Max: 8}
	return args
}

// mysqlProgram is a program that is one database, which it hands over.
func mysqlProgram(args *aws.MySQLArgs, made **aws.MySQL) pulumi.RunFunc {
	return func(ctx *pulumi.Context) error {
		m, err := aws.NewMySQL(ctx, "db", args)
		if made != nil {
			*made = m
		}
		return err
	}
}

// mysql runs a program that is one database.
func mysql(t *testing.T, args *aws.MySQLArgs) *harness.Graph {
	t.Helper()
	return harness.Run(t, nil, mysqlProgram(args, nil))
}

// mysqlEdit runs two programs and returns the inputs that an edit changed, as name.input.
func mysqlEdit(t *testing.T, before *aws.MySQLArgs, edit func(*aws.MySQLArgs)) []string {
	t.Helper()
	was := mysql(t, before)
	edit(before)
	is := mysql(t, before)
	var list []string
	for _, name := range changed(was, is) {
		old := slices.IndexFunc(was.Resources, func(r *harness.Resource) bool { return r.Name == name })
		now := is.ByURN(was.Resources[old].URN)
		if now == nil {
			list = append(list, name+" is gone")
			continue
		}
		if diff := was.Resources[old].Inputs.Diff(now.Inputs); diff != nil {
			for _, key := range diff.ChangedKeys() {
				list = append(list, name+"."+string(key))
			}
		}
	}
	return list
}

func TestADatabaseIsReachedByItsClientsOnly(t *testing.T) {
	graph := mysql(t, mysqlArgs())
	holds(t, graph.One(t, "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "db-group-from-nodes"), map[string]any{
		"securityGroupId": "db-group-id", "referencedSecurityGroupId": "nodes-group", "fromPort": 3306.0, "toPort": 3306.0,
	})
	holds(t, graph.One(t, mysqlClusterType, "db-cluster"), map[string]any{
		"vpcSecurityGroupIds": []any{"db-group-id"}, "port": 3306.0, "dbSubnetGroupName": "db-subnets",
	})
	holds(t, graph.One(t, "aws:rds/subnetGroup:SubnetGroup", "db-subnets"), map[string]any{
		"subnetIds": []any{"subnet-a", "subnet-b", "subnet-c"},
	})
	for _, instance := range graph.All(mysqlInstanceType) {
		holds(t, instance, map[string]any{"publiclyAccessible": false, "dbSubnetGroupName": "db-subnets"})
	}
}

func TestADatabaseIsEncrypted(t *testing.T) {
	graph := mysql(t, mysqlArgs())
	holds(t, graph.One(t, mysqlClusterType, "db-cluster"), map[string]any{"storageEncrypted": true, "kmsKeyId": "data-key-arn"})
	for _, instance := range graph.All(mysqlInstanceType) {
		holds(t, instance, map[string]any{"performanceInsightsKmsKeyId": "data-key-arn"})
	}
}

func TestNobodyButRDSKnowsTheAdminsPassword(t *testing.T) {
	cluster := mysql(t, mysqlArgs()).One(t, mysqlClusterType, "db-cluster")
	holds(t, cluster, map[string]any{
		"manageMasterUserPassword": true, "masterUserSecretKmsKeyId": "secrets-key-arn", "masterUsername": "admin",
	})
	if cluster.Value(t, "masterPassword").HasValue() {
		t.Error("the password is in the state, and wrong after a week")
	}
}

func TestThoseWhoConnectLearnWhereAndWhoTheAdminIs(t *testing.T) {
	var made *aws.MySQL
	harness.Run(t, nil, mysqlProgram(mysqlArgs(), &made))
	got := map[string]string{
		"host":   await(t, made.Endpoint.Host),
		"reader": await(t, made.Reader),
		"secret": await(t, made.Endpoint.AdminSecret),
	}
	want := map[string]string{
		"host":   "db-cluster.example.internal",
		"reader": "db-cluster-readers.example.internal",
		"secret": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-cluster-admin",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if made.Endpoint.Port != 3306 || !made.Endpoint.TLS || made.Endpoint.Password != nil || made.Endpoint.Authority != nil {
		t.Errorf("the endpoint is %+v", made.Endpoint)
	}
}

func TestNobodyConnectsBeforeTheWriterIsThere(t *testing.T) {
	program := func(ctx *pulumi.Context) error {
		made, err := aws.NewMySQL(ctx, "db", mysqlArgs())
		if err != nil {
			return err
		}
		for name, value := range map[string]pulumi.StringInput{
			"/writer": made.Endpoint.Host, "/reader": made.Reader, "/alarm": made.Alarms[0].Dimensions["DBClusterIdentifier"],
		} {
			inputs := pulumi.Map{"name": pulumi.String(name), "kmsKeyId": value}
			if err := ctx.RegisterResource(mysqlLogsType, name, inputs, &pulumi.CustomResourceState{}); err != nil {
				return err
			}
		}
		return nil
	}
	graph := harness.Run(t, nil, program)
	for user, instance := range map[string]string{"/writer": "db-instance-a", "/reader": "db-instance-b", "/alarm": "db-instance-b"} {
		if needs := graph.One(t, mysqlInstanceType, instance); !graph.Waits(graph.One(t, mysqlLogsType, user), needs.URN) {
			t.Errorf("%s does not wait for %s", user, needs)
		}
	}
}

func TestAPreviewOfADatabaseRegistersWhatAnUpdateDoes(t *testing.T) {
	for _, args := range []*aws.MySQLArgs{mysqlArgs(), serverlessArgs()} {
		update := mysql(t, args)
		preview := harness.Preview(t, nil, mysqlProgram(args, nil))
		if diff := cmp.Diff(update.Inventory(), preview.Inventory()); diff != "" {
			t.Errorf("(-update +preview):\n%s", diff)
		}
	}
}

func TestDatabasesHaveIdentifiersThatRDSTakes(t *testing.T) {
	for _, test := range []struct{ stack, name, want string }{
		{"prod", "campus-mysql", "prod-campus-mysql"},
		{"Prod_EU", "campus-mysql", "prod-eu-campus-mysql"},
		{"a__b-", "campus-mysql", "a-b-campus-mysql"},
		{"2026", "campus-mysql", "s2026-campus-mysql"},
	} {
		if got := aws.MySQLIdentifier(test.stack, test.name); got != test.want {
			t.Errorf("%s and %s give %q, want %q", test.stack, test.name, got, test.want)
		}
	}
	args := mysqlArgs()
	args.Identifier = aws.MySQLIdentifier(strings.Repeat("long-", 20), "campus-mysql")
	for _, instance := range mysql(t, args).All(mysqlInstanceType) {
		if got := instance.Text(t, "identifier"); len(got) > 63 {
			t.Errorf("%q has %d characters", got, len(got))
		}
	}
}

func TestAWrongDatabaseRegistersNothing(t *testing.T) {
	serverless := func(least, most float64) func(*aws.MySQLArgs) {
		return func(a *aws.MySQLArgs) { a.Machine, a.Capacity = "db.serverless", aws.Capacity{Min: least, Max: most} }
	}
	for name, test := range map[string]struct {
		spoil func(*aws.MySQLArgs)
		want  string
	}{
		"what every store wants": {func(a *aws.MySQLArgs) { a.DataKey = nil }, "no data key"},
		"identifier missing":     {func(a *aws.MySQLArgs) { a.Identifier = "" }, `name ""`},
		"identifier in capitals": {func(a *aws.MySQLArgs) { a.Identifier = "Campus" }, `name "Campus"`},
		"identifier with a gap":  {func(a *aws.MySQLArgs) { a.Identifier = "campus--db" }, `name "campus--db"`},
		"identifier too long":    {func(a *aws.MySQLArgs) { a.Identifier = strings.Repeat("a", 62) }, "name"},
		"backups for too long":   {func(a *aws.MySQLArgs) { a.BackupDays = 36 }, "36 days"},
		"insights for a day":     {func(a *aws.MySQLArgs) { a.InsightsDays = 1 }, "insights are kept 1 days"},
		"insights for no days":   {func(a *aws.MySQLArgs) { a.InsightsDays = 0 }, "insights are kept 0 days"},
		"insights for 24 months": {func(a *aws.MySQLArgs) { a.InsightsDays = 744 }, "insights are kept 744 days"},
		"version left open":      {func(a *aws.MySQLArgs) { a.Version = "8.4" }, `version "8.4" is not exact`},
		"family of another":      {func(a *aws.MySQLArgs) { a.Family = "aurora-mysql8.0" }, `whose family is "aurora-mysql8.4"`},
		"machine of another":     {func(a *aws.MySQLArgs) { a.Machine = "r7g.large" }, `machine "r7g.large"`},
		"machine without sight":  {func(a *aws.MySQLArgs) { a.Machine = "db.t3.medium" }, "Performance Insights"},
		"machine without memory": {func(a *aws.MySQLArgs) { a.MemoryGiB = 0 }, "0 GiB"},
		"machine nobody reaches": {func(a *aws.MySQLArgs) { a.MostConnections = 0 }, "0 connections"},
		"capacity to spare":      {func(a *aws.MySQLArgs) { a.Capacity = aws.Capacity{Min: 1, Max: 2} }, "no capacity to choose"},
		"capacity missing":       {serverless(0, 0), "without capacity"},
		"capacity asleep":        {serverless(0, 2), "capacity 0 to 2"},
		"capacity of one size":   {serverless(0.5, 0.5), "capacity 0.5 to 0.5"},
		"capacity reversed":      {serverless(4, 2), "capacity 4 to 2"},
		"capacity without end":   {serverless(1, 256.5), "capacity 1 to 256.5"},
		"capacity in thirds":     {serverless(0.75, 2), "steps of 0.5"},
		"more readers than room": {func(a *aws.MySQLArgs) { a.Readers = 3 }, "3 readers in 3 zones"},
		"fewer readers than no":  {func(a *aws.MySQLArgs) { a.Readers = -1 }, "-1 readers"},
		"a zone twice":           {func(a *aws.MySQLArgs) { a.Subnets[1].Zone = "a" }, `zone "a" is there twice`},
	} {
		t.Run(name, func(t *testing.T) {
			args := mysqlArgs()
			test.spoil(args)
			refuses(t, mysqlProgram(args, nil), `mysql "db"`, test.want)
		})
	}
}

func TestADatabaseAtItsLimitsIsAccepted(t *testing.T) {
	for name, stretch := range map[string]func(*aws.MySQLArgs){
		"longest identifier":  func(a *aws.MySQLArgs) { a.Identifier = strings.Repeat("a", 61) },
		"longest backups":     func(a *aws.MySQLArgs) { a.BackupDays = 35 },
		"a month of insights": func(a *aws.MySQLArgs) { a.InsightsDays = 31 },
		"longest months":      func(a *aws.MySQLArgs) { a.InsightsDays = 713 },
		"longest insights":    func(a *aws.MySQLArgs) { a.InsightsDays = 731 },
		"no readers":          func(a *aws.MySQLArgs) { a.Readers = 0 },
		"a reader a zone":     func(a *aws.MySQLArgs) { a.Readers = 2 },
		"a small machine":     func(a *aws.MySQLArgs) { a.Machine = "db.t4g.medium" },
		"the older major":     func(a *aws.MySQLArgs) { a.Version, a.Family = "8.0.mysql_aurora.3.10.4", "aurora-mysql8.0" },
		"all capacity":        func(a *aws.MySQLArgs) { a.Machine, a.Capacity = "db.serverless", aws.Capacity{Min: 0.5, Max: 256} },
		"least capacity":      func(a *aws.MySQLArgs) { a.Machine, a.Capacity = "db.serverless", aws.Capacity{Min: 0.5, Max: 1} },
	} {
		t.Run(name, func(t *testing.T) {
			args := mysqlArgs()
			stretch(args)
			mysql(t, args)
		})
	}
}
