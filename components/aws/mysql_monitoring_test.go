package aws_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/components/aws"
	"example.org/openedx/tests/harness"
)

const mysqlEventsType = "aws:rds/eventSubscription:EventSubscription"

func TestInstancesAreMeasuredFromTheirFirstMinute(t *testing.T) {
	graph := mysql(t, mysqlArgs())
	rights := graph.One(t, "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "db-monitoring-role-write")
	holds(t, rights, map[string]any{"policyArn": "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"})
	for _, instance := range graph.All(mysqlInstanceType) {
		holds(t, instance, map[string]any{
			"performanceInsightsEnabled": true, "performanceInsightsRetentionPeriod": 7.0,
			"monitoringInterval": 60.0, "monitoringRoleArn": "arn:aws:iam:eu-west-1:123456789012:db-monitoring-role",
		})
		if !graph.Waits(instance, rights.URN) {
			t.Errorf("%s may be refused for want of rights", instance)
		}
	}
}

func TestTheMonitoringRoleServesThisDatabaseOnly(t *testing.T) {
	sameJSON(t, mysql(t, mysqlArgs()).One(t, "aws:iam/role:Role", "db-monitoring-role").Text(t, "assumeRolePolicy"), `{
		"Version": "2012-10-17",
		"Statement": [{
			"Sid": "Monitoring", "Effect": "Allow", "Action": ["sts:AssumeRole"],
			"Principal": {"Service": ["monitoring.rds.amazonaws.com"]},
			"Condition": {
				"StringEquals": {"aws:SourceAccount": ["123456789012"]},
				"ArnLike": {"aws:SourceArn": ["arn:aws:rds:eu-west-1:123456789012:db:test-db-*"]}
			}
		}]
	}`)
}

func TestSomebodyIsToldWhatHappensToADatabase(t *testing.T) {
	graph := mysql(t, mysqlArgs())
	holds(t, graph.One(t, mysqlEventsType, "db-events-cluster"), map[string]any{
		"snsTopic": "topic-arn", "sourceType": "db-cluster", "sourceIds": []any{"test-db"},
		"eventCategories": []any{"failover", "failure", "maintenance", "notification"},
	})
	holds(t, graph.One(t, mysqlEventsType, "db-events-instances"), map[string]any{
		"snsTopic": "topic-arn", "sourceType": "db-instance", "sourceIds": []any{"test-db-a", "test-db-b"},
		"eventCategories": []any{"availability", "failure", "low storage", "maintenance", "notification", "recovery"},
	})
}

// watch is what an alarm watches, and from when on it is raised.
type watch struct {
	Metric, Role, Statistic, Comparison, Missing string
	Threshold                                    float64
}

// mysqlWatches are a database's alarms by name.
func mysqlWatches(t *testing.T, args *aws.MySQLArgs) map[string]watch {
	t.Helper()
	var made *aws.MySQL
	harness.Run(t, nil, mysqlProgram(args, &made))
	watches := map[string]watch{}
	for _, alarm := range made.Alarms {
		if alarm.Means == "" || alarm.Namespace != "AWS/RDS" || alarm.PeriodSeconds != 60 || alarm.Periods != 5 {
			t.Errorf("alarm %+v", alarm)
		}
		if got := await(t, alarm.Dimensions["DBClusterIdentifier"]); got != "test-db" {
			t.Errorf("alarm %q watches %q", alarm.Name, got)
		}
		role := ""
		if value, there := alarm.Dimensions["Role"]; there {
			role = await(t, value)
		}
		if _, twice := watches[alarm.Name]; twice {
			t.Errorf("alarm %q is there twice", alarm.Name)
		}
		watches[alarm.Name] = watch{alarm.Metric, role, alarm.Statistic, alarm.Comparison, alarm.Missing, alarm.Threshold}
	}
	return watches
}

func TestADatabaseSaysWhatIsToBeWatched(t *testing.T) {
	const above, below, good, bad = "GreaterThanThreshold", "LessThanThreshold", "notBreaching", "breaching"
	every := map[string]watch{
		"cpu":         {"CPUUtilization", "", "Maximum", above, bad, 80},
		"memory":      {"FreeableMemory", "", "Minimum", below, good, 1717986918.4}, // a tenth of 16 GiB
		"connections": {"DatabaseConnections", "", "Maximum", above, good, 600},
		"deadlocks":   {"Deadlocks", "", "Maximum", above, good, 0},
		"replica-lag": {"AuroraReplicaLag", "READER", "Maximum", above, good, 2000}, // milliseconds
	}
	for name, test := range map[string]struct {
		args    *aws.MySQLArgs
		further map[string]watch
	}{
		// A quarter of twice 16 GiB.
		"machine":    {mysqlArgs(), map[string]watch{"local-storage": {"FreeLocalStorage", "", "Minimum", below, good, 8589934592}}},
		"serverless": {serverlessArgs(), map[string]watch{"capacity": {"ACUUtilization", "", "Maximum", above, good, 80}}},
	} {
		t.Run(name, func(t *testing.T) {
			want := test.further
			for alarm, one := range every {
				want[alarm] = one
			}
			if diff := cmp.Diff(want, mysqlWatches(t, test.args)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestNobodyWaitsForReplicasThatAreNotThere(t *testing.T) {
	args := mysqlArgs()
	args.Readers = 0
	if _, there := mysqlWatches(t, args)["replica-lag"]; there {
		t.Error("the lag of no replica is watched")
	}
}
