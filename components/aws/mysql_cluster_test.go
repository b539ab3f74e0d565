package aws_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/aws"
	"example.org/openedx/tests/harness"
)

func TestADatabaseIsProtectedUnlessTheStackIsNot(t *testing.T) {
	for _, protect := range []bool{true, false} {
		args := mysqlArgs()
		args.Protect = protect
		graph := mysql(t, args)
		holds(t, graph.One(t, mysqlClusterType, "db-cluster"), map[string]any{"deletionProtection": protect})
		for _, r := range graph.Resources {
			if want := protect && r.Type == mysqlClusterType; r.Protect != want {
				t.Errorf("%s is protected: %t, want %t", r, r.Protect, want)
			}
		}
	}
}

func TestWhatAWantedDatabaseHeldOutlivesIt(t *testing.T) {
	for _, disposable := range []bool{false, true} {
		args := mysqlArgs()
		args.Disposable = disposable
		holds(t, mysql(t, args).One(t, mysqlClusterType, "db-cluster"), map[string]any{
			"skipFinalSnapshot": disposable, "deleteAutomatedBackups": disposable, "finalSnapshotIdentifier": "test-db-final",
		})
	}
}

func TestADatabaseIsBackedUpInItsWindow(t *testing.T) {
	graph := mysql(t, mysqlArgs())
	holds(t, graph.One(t, mysqlClusterType, "db-cluster"), map[string]any{
		"backupRetentionPeriod": 14.0, "preferredBackupWindow": "02:00-03:00", "preferredMaintenanceWindow": "sun:03:30-sun:04:30",
		"copyTagsToSnapshot": true, `tags["openedx-backup"]`: "test",
	})
	for _, instance := range graph.All(mysqlInstanceType) {
		holds(t, instance, map[string]any{"preferredMaintenanceWindow": "sun:03:30-sun:04:30"})
		if instance.Value(t, "preferredBackupWindow").HasValue() {
			t.Errorf("%s has a window for backups beside the cluster's", instance)
		}
	}
}

func TestAClusterNamesNoZonesAndNoDatabase(t *testing.T) {
	cluster := mysql(t, mysqlArgs()).One(t, mysqlClusterType, "db-cluster")
	for _, input := range []string{"availabilityZones", "databaseName", "storageType"} {
		if got := cluster.Value(t, input); got.HasValue() {
			t.Errorf("%s is %v", input, got)
		}
	}
}

func TestADatabaseIsOfTheVersionThatTheOperatorChose(t *testing.T) {
	graph := mysql(t, mysqlArgs())
	holds(t, graph.One(t, mysqlClusterType, "db-cluster"), map[string]any{
		"engine": "aurora-mysql", "engineVersion": "8.4.mysql_aurora.8.4.8", "clusterIdentifier": "test-db",
		"allowMajorVersionUpgrade": true, "applyImmediately": true, "iamDatabaseAuthenticationEnabled": true,
	})
	for _, instance := range graph.All(mysqlInstanceType) {
		holds(t, instance, map[string]any{"engine": "aurora-mysql", "autoMinorVersionUpgrade": false, "applyImmediately": true})
		// The cluster's upgrade would leave it behind.
		if instance.Value(t, "engineVersion").HasValue() {
			t.Errorf("%s has a version of its own", instance)
		}
	}
}

func TestADatabaseLogsIntoGroupsThatEndAndAreEncrypted(t *testing.T) {
	graph := mysql(t, mysqlArgs())
	cluster := graph.One(t, mysqlClusterType, "db-cluster")
	holds(t, cluster, map[string]any{"enabledCloudwatchLogsExports": []any{"error", "slowquery"}})
	want := []string{"/aws/rds/cluster/test-db/error", "/aws/rds/cluster/test-db/slowquery"}
	if diff := cmp.Diff(want, aws.MySQLLogGroups("test-db")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for i, name := range []string{"db-logs-error", "db-logs-slowquery"} {
		group := graph.One(t, mysqlLogsType, name)
		holds(t, group, map[string]any{"name": want[i], "retentionInDays": 30.0, "kmsKeyId": "logs-key-arn"})
		if !graph.Waits(cluster, group.URN) {
			t.Errorf("RDS may make %s first", group)
		}
	}
}

func TestInstancesAreSpreadOverTheZones(t *testing.T) {
	args := mysqlArgs()
	args.Readers = 2
	graph := mysql(t, args)
	for _, want := range []struct {
		letter string
		tier   float64
	}{{"a", 0}, {"b", 1}, {"c", 1}} {
		holds(t, graph.One(t, mysqlInstanceType, "db-instance-"+want.letter), map[string]any{
			"identifier": "test-db-" + want.letter, "availabilityZone": "eu-west-1" + want.letter, "promotionTier": want.tier,
			"clusterIdentifier": "test-db", "instanceClass": "db.r7g.large", "caCertIdentifier": "rds-ca-rsa2048-g1",
		})
	}
	if got := graph.Count(mysqlInstanceType); got != 3 {
		t.Errorf("%d instances, want 3", got)
	}
}

func TestInstancesChangeOneAfterAnotherAndTheWriterLast(t *testing.T) {
	args := mysqlArgs()
	args.Readers = 2
	graph := mysql(t, args)
	instances := graph.All(mysqlInstanceType)
	for i := 1; i < len(instances); i++ {
		if !graph.Waits(instances[i-1], instances[i].URN) {
			t.Errorf("%s changes together with %s", instances[i-1], instances[i])
		}
	}
}

func TestAtFirstReadersAreMadeSideBySide(t *testing.T) {
	args := mysqlArgs()
	args.Readers, args.Fresh = 2, true
	graph := mysql(t, args)
	writer, readers := graph.All(mysqlInstanceType)[0], graph.All(mysqlInstanceType)[1:]
	for _, reader := range readers {
		if !graph.Waits(reader, writer.URN) {
			t.Errorf("%s may come to write instead of %s", reader, writer)
		}
	}
	if graph.Waits(readers[1], readers[0].URN) {
		t.Errorf("%s waits for %s", readers[1], readers[0])
	}
}

func TestTheWriterOfAStandingClusterChangesLast(t *testing.T) {
	args := mysqlArgs()
	args.Readers = 2
	graph := mysql(t, args)
	one := func(letter string) *harness.Resource { return graph.One(t, mysqlInstanceType, "db-instance-"+letter) }
	if !graph.Waits(one("a"), one("b").URN) || !graph.Waits(one("b"), one("c").URN) {
		t.Error("the writer changes before those that would take over from it")
	}
}

func TestAServerlessDatabaseHasItsCapacity(t *testing.T) {
	graph := mysql(t, serverlessArgs())
	holds(t, graph.One(t, mysqlClusterType, "db-cluster"), map[string]any{
		"serverlessv2ScalingConfiguration": map[string]any{"minCapacity": 1.0, "maxCapacity": 8.0},
	})
	holds(t, graph.One(t, mysqlInstanceType, "db-instance-a"), map[string]any{"instanceClass": "db.serverless"})
	if mysql(t, mysqlArgs()).One(t, mysqlClusterType, "db-cluster").Value(t, "serverlessv2ScalingConfiguration").HasValue() {
		t.Error("a fixed machine has a capacity")
	}
}

func TestEditsOfADatabaseChangeInputsThatAreUpdatedInPlace(t *testing.T) {
	for name, test := range map[string]struct {
		edit func(*aws.MySQLArgs)
		want []string
	}{
		"machine":    {func(a *aws.MySQLArgs) { a.Machine = "db.r7g.xlarge" }, []string{"db-instance-a.instanceClass", "db-instance-b.instanceClass"}},
		"reader":     {func(a *aws.MySQLArgs) { a.Readers = 2 }, []string{"db-events-instances.sourceIds"}},
		"version":    {func(a *aws.MySQLArgs) { a.Version = "8.4.mysql_aurora.8.4.9" }, []string{"db-cluster.engineVersion"}},
		"retention":  {func(a *aws.MySQLArgs) { a.BackupDays = 7 }, []string{"db-cluster.backupRetentionPeriod"}},
		"backup":     {func(a *aws.MySQLArgs) { a.Windows.Backup = "01:00-02:00" }, []string{"db-cluster.preferredBackupWindow"}},
		"protection": {func(a *aws.MySQLArgs) { a.Protect = false }, []string{"db-cluster.deletionProtection"}},
		"insights": {func(a *aws.MySQLArgs) { a.InsightsDays = 31 }, []string{
			"db-instance-a.performanceInsightsRetentionPeriod", "db-instance-b.performanceInsightsRetentionPeriod",
		}},
		"maintenance": {func(a *aws.MySQLArgs) { a.Windows.Maintenance = "mon:03:30-mon:04:30" }, []string{
			"db-cluster.preferredMaintenanceWindow", "db-instance-a.preferredMaintenanceWindow", "db-instance-b.preferredMaintenanceWindow",
		}},
		"logs": {func(a *aws.MySQLArgs) { a.LogDays = 7 }, []string{"db-logs-error.retentionInDays", "db-logs-slowquery.retentionInDays"}},
		// Of these only the family cannot be changed in place: the group of the new one comes first.
		"major version": {
			func(a *aws.MySQLArgs) { a.Version, a.Family = "8.0.mysql_aurora.3.10.4", "aurora-mysql8.0" },
			[]string{"db-cluster.engineVersion", "db-parameters.family"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := mysqlEdit(t, mysqlArgs(), test.edit)
			slices.Sort(got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestMoreCapacityIsAnEditOfTheCluster(t *testing.T) {
	got := mysqlEdit(t, serverlessArgs(), func(a *aws.MySQLArgs) { a.Capacity.Max = 16 })
	if diff := cmp.Diff([]string{"db-cluster.serverlessv2ScalingConfiguration"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestACopyOfTheDatabaseFindsItsZones(t *testing.T) {
	graph := harness.Run(t, nil, func(ctx *pulumi.Context) error {
		made, err := aws.NewMySQL(ctx, "db", mysqlArgs())
		if err != nil {
			return err
		}
		return useName(ctx, made.SubnetGroup)
	})
	texts(t, graph.One(t, "random:index/randomId:RandomId", "user"), map[string]string{"keepers.name": "db-subnets"})
}
