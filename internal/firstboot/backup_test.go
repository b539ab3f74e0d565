package firstboot

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// threeMembers gives every member of a running set, whose primary is the second, a machine as a boot leaves it.
func threeMembers(t *testing.T) (*cloud, []*machine) {
	t.Helper()
	c := newCloud(t)
	c.running()
	var machines []*machine
	for i := range 3 {
		machines = append(machines, c.newMachine(i).booted())
	}
	return c, machines
}

// booted leaves what the two other scripts find after a boot.
func (m *machine) booted() *machine {
	t := m.cloud.t
	t.Helper()
	secrets := filepath.Join(m.root, "run/openedx")
	writeFile(t, filepath.Join(secrets, "ca.pem"), "", 0o600)
	writeFile(t, filepath.Join(secrets, "monitor.json"), account(t, "monitor", secretMonitor), 0o600)
	must(t, os.MkdirAll(filepath.Dir(m.data()), 0o700))
	must(t, os.Symlink(filepath.Join(m.cloud.dir, "volumes", m.member.Volume, "content"), m.data()))
	return m
}

// dumps are the objects in the bucket.
func (c *cloud) dumps() []string {
	c.t.Helper()
	found, err := filepath.Glob(filepath.Join(c.dir, "s3/school-backup/mongo", setNameInTests, "*"))
	must(c.t, err)
	return found
}

// backUpAll runs the backup on every member, as their timers do.
func backUpAll(t *testing.T, machines []*machine) {
	t.Helper()
	for _, m := range machines {
		if code, output := m.try("mongo-backup.sh"); code != 0 {
			t.Fatalf("the backup of %s exits with %d:\n%s", m.member.Name, code, output)
		}
	}
}

func TestOneSecondaryDumpsTheSetToTheBucket(t *testing.T) {
	c, machines := threeMembers(t)
	backUpAll(t, machines)
	dumps := c.dumps()
	if len(dumps) != 2 || dumps[1] != dumps[0]+".complete" || read(t, dumps[0]) != "the dump of the set" {
		t.Fatalf("the bucket holds %q", dumps)
	}
	if !regexp.MustCompile(`/\d{4}-\d\d-\d\dT\d{6}Z-mongo-0\.archive\.gz$`).MatchString(dumps[0]) {
		t.Errorf("the dump is named %q", dumps[0])
	}
	folder := machines[0].root + "/run/openedx/"
	want := []string{"mongodump --host " + nameOf(0) + " --port 27017 --ssl --sslCAFile " + folder + "ca.pem --username monitor" +
		" --authenticationDatabase admin --config " + folder + "monitor.yaml --oplog --gzip --archive"}
	if diff := cmp.Diff(want, machines[0].calls("mongodump")); diff != "" {
		t.Errorf("dumped otherwise (-want +got):\n%s", diff)
	}
	for _, m := range machines[1:] {
		if calls := m.calls("aws", "mongodump"); len(calls) != 0 {
			t.Errorf("%s had no turn and called %q", m.member.Name, calls)
		}
	}
}

func TestADumpThatSucceededIsPublishedForTheSet(t *testing.T) {
	_, machines := threeMembers(t)
	backUpAll(t, machines)
	want := "aws cloudwatch put-metric-data --namespace OpenedX/MongoDB --metric-name BackupSucceeded --unit Count --value 1" +
		" --dimensions ReplicaSet=" + setNameInTests
	if diff := cmp.Diff([]string{want}, machines[0].calls("aws cloudwatch")); diff != "" {
		t.Errorf("published otherwise (-want +got):\n%s", diff)
	}
}

func TestTheSourceOfTheDumpIsChosenAlikeByAllMembers(t *testing.T) {
	for name, example := range map[string]struct {
		edit func(*replicaSet)
		want string
	}{
		"the lowest secondary":                 {func(*replicaSet) {}, nameOf(0)},
		"never the primary":                    {func(set *replicaSet) { set.Primary = nameOf(0) }, nameOf(1)},
		"the hidden one before others":         {func(set *replicaSet) { set.Config.Members[2].Hidden = true }, nameOf(2)},
		"not a member that is down":            {func(set *replicaSet) { set.Hosts[nameOf(0)].Up = false }, nameOf(2)},
		"not a member that still synchronises": {func(set *replicaSet) { set.Hosts[nameOf(0)].State = 5 }, nameOf(2)},
	} {
		t.Run(name, func(t *testing.T) {
			c, machines := threeMembers(t)
			c.change(example.edit)
			for _, m := range machines {
				code, output := m.try("mongo-backup.sh")
				if !c.state().Hosts[m.member.DNSName].Up {
					continue
				}
				turn := strings.Contains(output, "dumped to s3://")
				if code != 0 || turn != (m.member.DNSName == example.want) {
					t.Errorf("%s exits with %d:\n%s", m.member.Name, code, output)
				}
			}
		})
	}
}

func TestADumpThatBreaksOffIsPublishedAndNotCalledComplete(t *testing.T) {
	for _, broken := range []string{"fail-mongodump", "fail-upload"} {
		t.Run(broken, func(t *testing.T) {
			c, machines := threeMembers(t)
			machines[0].tell(broken, "half a dump")
			machines[0].refuses("mongo-backup.sh", "the dump did not succeed")
			for _, object := range c.dumps() {
				if strings.HasSuffix(object, ".complete") {
					t.Errorf("%q calls half a dump complete", object)
				}
			}
			calls := machines[0].calls("aws cloudwatch")
			if len(calls) != 1 || !strings.Contains(calls[0], "--metric-name BackupSucceeded --unit Count --value 0 ") {
				t.Errorf("published %q", calls)
			}
		})
	}
}

func TestAMemberThatDoesNotKnowTheSetNeitherDumpsNorPublishes(t *testing.T) {
	c, machines := threeMembers(t)
	c.change(func(set *replicaSet) { set.Hosts[nameOf(0)].Up = false })
	machines[0].refuses("mongo-backup.sh", "the state of the set is unknown")
	if calls := machines[0].calls("aws", "mongodump"); len(calls) != 0 {
		t.Errorf("it called %q", calls)
	}
}

func TestEveryUploadIsEncrypted(t *testing.T) {
	for key, want := range map[string]string{
		memberInTests(0).Backup.KeyARN: "--sse aws:kms --sse-kms-key-id " + memberInTests(0).Backup.KeyARN + " --only-show-errors",
		"":                             "--sse AES256 --only-show-errors",
	} {
		t.Run("key "+key, func(t *testing.T) {
			c := newCloud(t)
			c.running()
			member := memberInTests(0)
			member.Backup.KeyARN = key
			m := c.newMachineOf(member).booted()
			if code, output := m.try("mongo-backup.sh"); code != 0 {
				t.Fatal(output)
			}
			uploads := m.calls("aws s3")
			if len(uploads) != 2 || !strings.Contains(uploads[0], " --expected-size 123456 ") {
				t.Errorf("uploaded with %q", uploads)
			}
			for _, upload := range uploads {
				if !strings.HasSuffix(upload, want) {
					t.Errorf("uploaded with %q, want %q", upload, want)
				}
			}
		})
	}
}

// published are the values that one run of the metrics script sent.
func published(t *testing.T, m *machine) map[string]float64 {
	t.Helper()
	m.forget()
	if code, output := m.try("mongo-metrics.sh"); code != 0 {
		t.Fatalf("the metrics exit with %d:\n%s", code, output)
	}
	calls := m.calls("aws cloudwatch")
	if len(calls) != 1 {
		t.Fatalf("published %q", calls)
	}
	_, data, _ := strings.Cut(calls[0], "--namespace "+MetricNamespace+" --metric-data ")
	var metrics []struct {
		MetricName string
		Value      float64
		Dimensions []struct{ Name, Value string }
	}
	must(t, json.Unmarshal([]byte(data), &metrics))
	values := map[string]float64{}
	for _, metric := range metrics {
		values[metric.MetricName] = metric.Value
		want := []struct{ Name, Value string }{{DimensionReplicaSet, setNameInTests}, {DimensionMember, m.member.Name}}
		if diff := cmp.Diff(want, metric.Dimensions); diff != "" {
			t.Errorf("dimensions of %s (-want +got):\n%s", metric.MetricName, diff)
		}
	}
	return values
}

func TestTheMetricsTellHowAMemberIs(t *testing.T) {
	for name, example := range map[string]struct {
		edit func(*replicaSet)
		want map[string]float64
	}{
		"a secondary that is behind": {func(*replicaSet) {}, map[string]float64{
			MetricMemberHealthy: 1, MetricReplicationLag: 12.5, MetricOplogWindow: 48, MetricDiskUsed: 42,
		}},
		"the primary": {func(set *replicaSet) { set.Primary = nameOf(0) }, map[string]float64{
			MetricMemberHealthy: 1, MetricReplicationLag: 0, MetricOplogWindow: 48, MetricDiskUsed: 42,
		}},
		"a secondary that knows more than the primary told": {func(set *replicaSet) { set.Hosts[nameOf(0)].Optime = 2_000_000 }, map[string]float64{
			MetricMemberHealthy: 1, MetricReplicationLag: 0, MetricOplogWindow: 48, MetricDiskUsed: 42,
		}},
		"a member that synchronises has no lag yet": {func(set *replicaSet) { set.Hosts[nameOf(0)].State = 5 }, map[string]float64{
			MetricMemberHealthy: 0, MetricOplogWindow: 48, MetricDiskUsed: 42,
		}},
		"a set without a primary": {func(set *replicaSet) { set.Primary = "" }, map[string]float64{
			MetricMemberHealthy: 1, MetricOplogWindow: 48, MetricDiskUsed: 42,
		}},
		"a member that does not answer": {func(set *replicaSet) { set.Hosts[nameOf(0)].Up = false }, map[string]float64{
			MetricMemberHealthy: 0, MetricDiskUsed: 42,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c, machines := threeMembers(t)
			c.change(func(set *replicaSet) {
				set.Hosts[nameOf(0)].Optime = 1_000_000
				set.Hosts[nameOf(1)].Optime = 1_012_500
				set.Oplog = [2]int64{0, 48 * 3600 * 1000}
				example.edit(set)
			})
			if diff := cmp.Diff(example.want, published(t, machines[0])); diff != "" {
				t.Errorf("published otherwise (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTheRootDiskIsNotTakenForTheDataVolume(t *testing.T) {
	c := newCloud(t)
	m := c.newMachine(0)
	if diff := cmp.Diff(map[string]float64{MetricMemberHealthy: 0}, published(t, m)); diff != "" {
		t.Errorf("published otherwise (-want +got):\n%s", diff)
	}
}
