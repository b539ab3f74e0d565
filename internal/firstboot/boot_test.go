package firstboot

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// others are up without a configuration, as they are while a set is made.
func othersUp(c *cloud) {
	c.change(func(set *replicaSet) {
		set.Hosts[nameOf(1)].Up = true
		set.Hosts[nameOf(2)].Up = true
	})
}

func TestTheFirstBootOfTheFirstMemberMakesTheSetAndItsUsers(t *testing.T) {
	c := newCloud(t)
	othersUp(c)
	m := c.newMachine(0)
	m.boot()

	want := []string{nameOf(0) + " replSetInitiate", nameOf(0) + " createUser", nameOf(0) + " createUser"}
	if diff := cmp.Diff(want, c.commands()); diff != "" {
		t.Errorf("mongod was told something else (-want +got):\n%s", diff)
	}
	set := c.state()
	members := []setMember{{ID: 0, Host: nameOf(0) + ":27017"}, {ID: 1, Host: nameOf(1) + ":27017"}, {ID: 2, Host: nameOf(2) + ":27017"}}
	if diff := cmp.Diff(&setConfig{ID: setNameInTests, Version: 1, Members: members}, set.Config); diff != "" {
		t.Errorf("the set is configured otherwise (-want +got):\n%s", diff)
	}
	users := map[string]user{
		"root":    {secretAdmin, []string{"root@admin"}},
		"monitor": {secretMonitor, []string{"clusterMonitor@admin", "backup@admin"}},
	}
	if diff := cmp.Diff(users, set.Users); diff != "" {
		t.Errorf("the users are others (-want +got):\n%s", diff)
	}
	if exists(filepath.Join(m.data(), "new-volume")) {
		t.Error("the volume is still marked as new: a later boot could initiate again")
	}
}

func TestTheFirstBootFormatsABlankVolumeAndMountsItByUUID(t *testing.T) {
	c := newCloud(t)
	othersUp(c)
	m := c.newMachine(0)
	m.boot()

	if diff := cmp.Diff([]string{"mkfs.xfs -q -L mongo " + m.link()}, m.calls("mkfs.xfs")); diff != "" {
		t.Errorf("formatted otherwise (-want +got):\n%s", diff)
	}
	uuid := strings.TrimSpace(read(t, filepath.Join(m.dir, "mounted")))
	want := "UUID=root / xfs defaults 0 1\n" +
		"UUID=" + uuid + " " + m.data() + " xfs noatime,nofail,x-systemd.device-timeout=60 0 2\n"
	if diff := cmp.Diff(want, read(t, filepath.Join(m.root, "etc/fstab"))); diff != "" {
		t.Errorf("fstab is otherwise (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"chown -R mongod:mongod " + m.data() + "/db"}, m.calls("chown -R")); diff != "" {
		t.Errorf("the data belong to somebody else (-want +got):\n%s", diff)
	}
}

func TestTheFirstBootLocksExactVersionsAndInstallsThem(t *testing.T) {
	c := newCloud(t)
	othersUp(c)
	m := c.newMachine(0)
	m.boot()
	packages := "mongodb-org-server-7.0.28 mongodb-mongosh-shared-openssl3-2.5.8 mongodb-database-tools-100.13.0"
	want := []string{
		"dnf install -y -q dnf-command(versionlock) jq diffutils openssl xfsprogs",
		"dnf versionlock add -q " + packages,
		"dnf install -y -q " + packages,
	}
	if diff := cmp.Diff(want, m.calls("dnf")); diff != "" {
		t.Errorf("installed otherwise (-want +got):\n%s", diff)
	}
}

func TestEveryBootTunesTheKernelBeforeMongodStarts(t *testing.T) {
	c := newCloud(t)
	othersUp(c)
	m := c.newMachine(0)
	for _, boot := range []string{"first boot", "reboot"} {
		m.boot()
		for _, file := range []string{"enabled", "defrag"} {
			path := filepath.Join(m.root, "sys/kernel/mm/transparent_hugepage", file)
			if read(t, path) != "never\n" {
				t.Errorf("%s: transparent huge pages are on in %q", boot, file)
			}
			writeFile(t, path, "madvise", 0o600)
		}
		want := []string{
			"sysctl -q -p " + m.root + "/etc/sysctl.d/60-mongo.conf",
			"blockdev --setra 16 " + m.link(),
			"systemctl start mongod.service",
		}
		if diff := cmp.Diff(want, m.calls("sysctl", "blockdev", "systemctl start")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", boot, diff)
		}
		m.reboot()
	}
}

func TestARebootFormatsNothingInstallsNothingInitiatesNothingAndMakesNoUser(t *testing.T) {
	c := newCloud(t)
	othersUp(c)
	m := c.newMachine(0)
	m.boot()
	fstab := read(t, filepath.Join(m.root, "etc/fstab"))
	m.reboot()
	m.boot()
	if calls := m.calls("mkfs.xfs", "dnf", "chown -R"); len(calls) != 0 {
		t.Errorf("a reboot called %q", calls)
	}
	if told := c.commands(); len(told) != 0 {
		t.Errorf("a reboot told mongod %q", told)
	}
	if diff := cmp.Diff(fstab, read(t, filepath.Join(m.root, "etc/fstab"))); diff != "" {
		t.Errorf("a reboot changed fstab (-want +got):\n%s", diff)
	}
	if calls := m.calls("mount", "systemctl start"); len(calls) != 2 {
		t.Errorf("a reboot must mount the volume and start mongod, it called %q", calls)
	}
}

func TestASecondRunInARowChangesNothing(t *testing.T) {
	c := newCloud(t)
	othersUp(c)
	m := c.newMachine(0)
	m.boot()
	before := times(t, m.root)
	m.forget()
	m.boot()
	if calls := m.calls("mkfs.xfs", "dnf", "mount", "chown -R", "sleep", "systemctl daemon-reload"); len(calls) != 0 {
		t.Errorf("the second run called %q", calls)
	}
	if told := c.commands(); len(told) != 0 {
		t.Errorf("the second run told mongod %q", told)
	}
	if diff := cmp.Diff(before, times(t, m.root)); diff != "" {
		t.Errorf("the second run wrote files (-before +after):\n%s", diff)
	}
}

// times are the modification times of the files that a run could have written for nothing.
func times(t *testing.T, root string) map[string]int64 {
	t.Helper()
	found := map[string]int64{}
	for _, path := range []string{
		"etc/fstab", "run/openedx/keyfile", "run/openedx/ca.pem", "run/openedx/server.pem",
		"run/openedx/monitor.json", "run/openedx/monitor.yaml",
	} {
		info, err := os.Stat(filepath.Join(root, path))
		must(t, err)
		found[path] = info.ModTime().UnixNano()
	}
	return found
}

func TestThreeMembersBootingAtOnceMakeOneSet(t *testing.T) {
	c := newCloud(t)
	outputs := make(chan string)
	for i := range 3 {
		m := c.newMachine(i)
		m.tries = "200"
		go func() {
			code, output := m.try("mongo-boot.sh")
			if code == 0 {
				output = ""
			}
			outputs <- output
		}()
	}
	for range 3 {
		if output := <-outputs; output != "" {
			t.Errorf("a member did not come up:\n%s", output)
		}
	}
	want := []string{nameOf(0) + " replSetInitiate", nameOf(0) + " createUser", nameOf(0) + " createUser"}
	if diff := cmp.Diff(want, c.commands()); diff != "" {
		t.Errorf("mongod was told something else (-want +got):\n%s", diff)
	}
}

func TestAnotherRunUnderWayIsNotCrossed(t *testing.T) {
	c := newCloud(t)
	m := c.newMachine(0)
	lock := lockFile(t, filepath.Join(m.root, "run/mongo-boot.lock"))
	m.refuses("mongo-boot.sh", "another run of this script is under way")
	must(t, lock.Unlock())
	if calls := m.calls(stoodIn...); len(calls) != 0 {
		t.Errorf("it called %q all the same", calls)
	}
}

func TestAnotherVersionOnTheSameMachineIsInstalled(t *testing.T) {
	c := newCloud(t)
	c.running()
	m := c.newMachine(2)
	m.boot()
	m.forget()
	path := filepath.Join(m.root, "etc/openedx/mongo.env")
	writeFile(t, path, strings.Replace(read(t, path), "7.0.28", "7.0.29", 1), 0o600)
	m.boot()
	if calls := m.calls("dnf"); len(calls) != 3 || !strings.Contains(calls[1], "add -q mongodb-org-server-7.0.29") ||
		!strings.Contains(calls[2], "mongodb-org-server-7.0.29") {
		t.Errorf("dnf was called with %q", calls)
	}
}

func TestMongodThatDoesNotStartIsAnErrorThatSaysWhereToLook(t *testing.T) {
	c := newCloud(t)
	m := c.newMachine(0)
	m.tell("fail-systemctl-start", "")
	m.refuses("mongo-boot.sh", "journalctl -u mongod")
}
