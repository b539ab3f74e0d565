package aws_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// mysqlSettings are a database's parameters by name: the value, and when it takes effect.
func mysqlSettings(t *testing.T) map[string][2]string {
	t.Helper()
	settings := map[string][2]string{}
	for _, one := range mysql(t, mysqlArgs()).One(t, mysqlParametersType, "db-parameters").Value(t, "parameters").ArrayValue() {
		text := func(key resource.PropertyKey) string { return one.ObjectValue()[key].StringValue() }
		if _, twice := settings[text("name")]; twice {
			t.Errorf("parameter %q is there twice", text("name"))
		}
		settings[text("name")] = [2]string{text("value"), text("applyMethod")}
	}
	return settings
}

func TestEverythingIsWrittenInFourByteCharacters(t *testing.T) {
	settings := mysqlSettings(t)
	for _, name := range []string{"server", "client", "connection", "database", "results"} {
		if got := settings["character_set_"+name][0]; got != "utf8mb4" {
			t.Errorf("character_set_%s is %q: an emoji is an error", name, got)
		}
	}
	for _, name := range []string{"server", "connection"} {
		if got := settings["collation_"+name][0]; got != "utf8mb4_unicode_ci" {
			t.Errorf("collation_%s is %q", name, got)
		}
	}
}

func TestTheServerIsSetUpForOpenEdX(t *testing.T) {
	settings := mysqlSettings(t)
	for name, want := range map[string]string{
		"time_zone": "UTC", "require_secure_transport": "ON", "binlog_format": "ROW", "log_bin_trust_function_creators": "1",
		"log_output": "FILE", "slow_query_log": "1", "long_query_time": "2", "innodb_print_all_deadlocks": "1",
		"innodb_lock_wait_timeout": "60", "max_allowed_packet": "134217728", "wait_timeout": "1800",
	} {
		if got := settings[name][0]; got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if _, there := settings["innodb_buffer_pool_size"]; there {
		t.Error("the buffer pool no longer follows the machine's memory")
	}
}

func TestWhatTheServerReadsAsItStartsWaitsForARestart(t *testing.T) {
	want := map[string]string{
		"character_set_server": "pending-reboot", "character_set_database": "pending-reboot", "character_set_client": "pending-reboot",
		"character_set_connection": "pending-reboot", "character_set_results": "pending-reboot",
		"collation_server": "pending-reboot", "collation_connection": "pending-reboot", "time_zone": "pending-reboot",
		"require_secure_transport": "pending-reboot", "binlog_format": "pending-reboot", "log_output": "pending-reboot",
		"log_bin_trust_function_creators": "immediate", "slow_query_log": "immediate", "long_query_time": "immediate",
		"innodb_print_all_deadlocks": "immediate", "innodb_lock_wait_timeout": "immediate",
		"max_allowed_packet": "immediate", "wait_timeout": "immediate",
	}
	got := map[string]string{}
	for name, setting := range mysqlSettings(t) {
		got[name] = setting[1]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAllParametersAreSetInOneRequest(t *testing.T) {
	if got := len(mysqlSettings(t)); got > 20 {
		t.Errorf("%d parameters; the provider sends 20 at a time, and a collation may then come before its character set", got)
	}
}

func TestAParameterGroupCanComeBeforeTheOneItReplaces(t *testing.T) {
	graph := mysql(t, mysqlArgs())
	group := graph.One(t, mysqlParametersType, "db-parameters")
	holds(t, group, map[string]any{"family": "aurora-mysql8.4"})
	for _, fixed := range []string{"name", "namePrefix"} {
		if got := group.Value(t, fixed); got.HasValue() {
			t.Errorf("%s is %v", fixed, got)
		}
	}
	holds(t, graph.One(t, mysqlClusterType, "db-cluster"), map[string]any{"dbClusterParameterGroupName": "db-parameters"})
}
