package aws

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// When a changed parameter takes effect. RDS refuses the first for parameters
// that the server reads only as it starts.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/USER_WorkingWithParamGroups.html
const (
	atOnce    = "immediate"
	atRestart = "pending-reboot"
)

const (
	// mysqlPacket is the longest statement, in bytes. An import writes whole
	// structures of courses as one value; this is twice the default.
	mysqlPacket = 128 << 20
	// mysqlLockWait is how long a statement waits for a row, in seconds. It is as
	// long as load balancers wait for an answer: nobody is left to be told after that.
	mysqlLockWait = 60
	// mysqlIdle is how long a connection may say nothing, in seconds. Open edX
	// closes its connections after each request, so one that is silent for longer is
	// lost, and the default keeps it for eight hours.
	mysqlIdle = 1800
	// mysqlSlow is from when on a statement is logged as slow, in seconds.
	mysqlSlow = 2
)

// mysqlParameter is one setting of the server.
type mysqlParameter struct{ name, value, when string }

// mysqlParameters are all settings that differ from what Aurora chooses, each
// one of MySQL 8.0 and 8.4 both. They are for the whole cluster: no instance has
// parameters of its own. The buffer pool and the most connections follow the
// machine's memory, as long as nobody sets them.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Reference.ParameterGroups.html
//
// There are 20 at most, which the provider sends in one request: in two, a
// collation may come before its character set, and is refused.
//
// The group is there before its cluster, so that everything holds from the first
// start. What waits for a restart is what the server reads only then, what no
// running client may see change, and what a family may have as its default: a
// default is kept as "pending-reboot" whatever is asked, and any other wish
// would be a difference in every preview.
// https://github.com/hashicorp/terraform-provider-aws/issues/18035
//
// TLS versions are not here: since 8.0.28 MySQL knows 1.2 and 1.3 only.
var mysqlParameters = []mysqlParameter{
	// Databases that Tutor creates take the server's character set, and without
	// the four-byte one the first emoji is an error.
	// https://github.com/overhangio/tutor/pull/1236
	{"character_set_server", "utf8mb4", atRestart},
	{"character_set_database", "utf8mb4", atRestart},
	{"character_set_client", "utf8mb4", atRestart},
	{"character_set_connection", "utf8mb4", atRestart},
	{"character_set_results", "utf8mb4", atRestart},
	// Not the collation that 8.0 made its default: databases brought along from
	// older servers have this one, and to compare texts of both is an error.
	{"collation_server", "utf8mb4_unicode_ci", atRestart},
	{"collation_connection", "utf8mb4_unicode_ci", atRestart},
	{"time_zone", "UTC", atRestart},
	// The default of 8.4, but not of 8.0.
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Compare-v3-v84.html
	{"require_secure_transport", "ON", atRestart},
	// Blue/green deployments and change data capture read the binary log, by row.
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/blue-green-deployments-creating.html
	{"binlog_format", "ROW", atRestart},
	// With a binary log, migrations that create triggers or functions would
	// otherwise want a right that nobody has on RDS.
	// https://dev.mysql.com/doc/refman/8.4/en/stored-programs-logging.html
	{"log_bin_trust_function_creators", "1", atOnce},
	// Only what is logged to files reaches CloudWatch.
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Integrating.CloudWatch.html
	{"log_output", "FILE", atRestart},
	{"slow_query_log", "1", atOnce},
	{"long_query_time", strconv.Itoa(mysqlSlow), atOnce},
	{"innodb_print_all_deadlocks", "1", atOnce},
	{"innodb_lock_wait_timeout", strconv.Itoa(mysqlLockWait), atOnce},
	{"max_allowed_packet", strconv.Itoa(mysqlPacket), atOnce},
	{"wait_timeout", strconv.Itoa(mysqlIdle), atOnce},
}

// parameters builds the cluster's parameter group. It has no fixed name: another
// family is another group, which must be there before the cluster can leave the old one.
func (a *MySQLArgs) parameters(name string) *rds.ClusterParameterGroupArgs {
	list := make(rds.ClusterParameterGroupParameterArray, len(mysqlParameters))
	for i, parameter := range mysqlParameters {
		list[i] = rds.ClusterParameterGroupParameterArgs{
			Name:        pulumi.String(parameter.name),
			Value:       pulumi.String(parameter.value),
			ApplyMethod: pulumi.String(parameter.when),
		}
	}
	return &rds.ClusterParameterGroupArgs{
		Description: pulumi.String("Open edX on Aurora MySQL"),
		Family:      pulumi.String(a.Family),
		Parameters:  list,
		Tags:        pulumi.ToStringMap(a.Tags.For("mysql", name)),
	}
}

// createParameters creates the cluster's parameter group.
func (m *MySQL) createParameters(ctx *pulumi.Context) (*rds.ClusterParameterGroup, error) {
	name := m.name + "-parameters"
	group, err := rds.NewClusterParameterGroup(ctx, name, m.args.parameters(name), pulumi.Parent(m))
	if err != nil {
		return nil, fmt.Errorf("parameter group: %w", err)
	}
	return group, nil
}
