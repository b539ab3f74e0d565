package firstboot

import (
	"crypto/sha256"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"example.org/openedx/internal/debian"
)

// digest tells whether anything changed in the part of a volume where every file system begins.
func digest(t *testing.T, path string) [32]byte {
	t.Helper()
	file, err := os.Open(path)
	must(t, err)
	hash := sha256.New()
	_, err = io.CopyN(hash, file, 4<<20)
	must(t, err)
	must(t, file.Close())
	return [32]byte(hash.Sum(nil))
}

// put writes bytes into a volume.
func put(t *testing.T, path, content string, offset int64) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	must(t, err)
	_, err = file.WriteAt([]byte(content), offset)
	must(t, err)
	must(t, file.Close())
}

func runTool(t *testing.T, input, command, pkg string, arguments ...string) {
	t.Helper()
	run := exec.Command(debian.Need(t, command, pkg), arguments...)
	run.Stdin = strings.NewReader(input)
	if output, err := run.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v: %s", command, err, output)
	}
}

func TestAVolumeThatHoldsAnythingElseIsNeverFormatted(t *testing.T) {
	for name, fill := range map[string]struct {
		reason string
		fill   func(t *testing.T, m *machine, device string)
	}{
		"another file system": {"TYPE=ext4", func(t *testing.T, _ *machine, device string) {
			runTool(t, "", "mkfs.ext4", "e2fsprogs", "-q", "-F", device)
		}},
		"a partition table": {"PTTYPE=gpt", func(t *testing.T, _ *machine, device string) {
			runTool(t, "label: gpt\n,,\n", "sfdisk", "fdisk", "-q", device)
		}},
		"an old partition table": {"PTTYPE=dos", func(t *testing.T, _ *machine, device string) {
			runTool(t, "label: dos\n,,\n", "sfdisk", "fdisk", "-q", device)
		}},
		"swap space": {"TYPE=swap", func(t *testing.T, _ *machine, device string) {
			runTool(t, "", "mkswap", "util-linux", "-q", device)
		}},
		"an encrypted volume": {"TYPE=crypto_LUKS", func(t *testing.T, _ *machine, device string) {
			put(t, device, "LUKS\xba\xbe\x00\x01", 0)
		}},
		"data without any signature": {"data without a file system", func(t *testing.T, _ *machine, device string) {
			put(t, device, "records of a program of its own", 65536)
		}},
		"signatures that contradict each other": {"signatures that contradict each other", func(_ *testing.T, m *machine, _ string) {
			m.tell("blkid-exits", "8")
		}},
		"a signature that only wipefs knows": {"somewhere", func(_ *testing.T, m *machine, _ string) {
			m.tell("wipefs-says", "somewhere")
		}},
		"what wipefs cannot read": {"something that wipefs cannot read", func(_ *testing.T, m *machine, _ string) {
			m.tell("fail-wipefs", "")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			othersUp(c)
			m := c.newMachine(0)
			fill.fill(t, m, c.device())
			before := digest(t, c.device())
			m.refuses("mongo-boot.sh", "holds "+fill.reason)
			if calls := m.calls("mkfs.xfs", "mount", "systemctl start"); len(calls) != 0 {
				t.Errorf("it called %q", calls)
			}
			if digest(t, c.device()) != before {
				t.Error("the volume was written to")
			}
		})
	}
}

func TestAVolumeThatHoldsDataIsMountedOnAReplacedMachineAndGivenToItsMongod(t *testing.T) {
	c := newCloud(t)
	c.running()
	c.newMachine(2).boot()
	writeFile(t, filepath.Join(c.dir, "volumes", volumeOf(2), "content/db/collection-1.wt"), "courses", 0o600)
	c.change(func(set *replicaSet) { set.Hosts[nameOf(2)].Up = false })

	m := c.newMachine(2)
	m.forget()
	m.boot()
	if calls := m.calls("mkfs.xfs"); len(calls) != 0 {
		t.Errorf("it called %q", calls)
	}
	if told := c.commands(); len(told) != 0 {
		t.Errorf("it told mongod %q", told)
	}
	if read(t, filepath.Join(m.data(), "db/collection-1.wt")) != "courses" {
		t.Error("the data are gone")
	}
	// The new machine may number its users differently.
	if calls := m.calls("chown -R"); len(calls) != 1 {
		t.Errorf("the data were not given to mongod: %q", calls)
	}
}

func TestABlankXFSVolumeIsTreatedAsNewAndNotFormattedAgain(t *testing.T) {
	c := newCloud(t)
	othersUp(c)
	runTool(t, "", "mkfs.xfs", "xfsprogs", "-q", c.device())
	m := c.newMachine(0)
	m.boot()
	if calls := m.calls("mkfs.xfs"); len(calls) != 0 {
		t.Errorf("it called %q", calls)
	}
	if c.state().Primary != nameOf(0) {
		t.Error("the set was not made")
	}
}

func TestAVolumeThatIsAttachedLateIsWaitedFor(t *testing.T) {
	c := newCloud(t)
	c.running()
	m := c.newMachine(2)
	must(t, os.Rename(m.link(), filepath.Join(m.dir, "unplugged")))
	m.tell("link", m.link())
	m.boot()
	if sleeps := c.state().Sleeps; sleeps != 2 {
		t.Errorf("it slept %d times", sleeps)
	}
}

func TestAVolumeThatNeverComesIsAnErrorInBoundedTime(t *testing.T) {
	c := newCloud(t)
	m := c.newMachine(2)
	must(t, os.Remove(m.link()))
	m.refuses("mongo-boot.sh", "the data volume "+volumeOf(2)+" is still missing after 5 tries")
	if calls := m.calls("sleep"); len(calls) != 5 || calls[0] != "sleep 7" {
		t.Errorf("it slept %q", calls)
	}
}

func TestAnotherVolumeTakesThePlaceOfTheOldOneInFstab(t *testing.T) {
	c := newCloud(t)
	c.running()
	m := c.newMachine(2)
	stale := "UUID=0b0b0b0b-0000-0000-0000-000000000000 " + m.data() + " xfs noatime 0 2\n"
	writeFile(t, filepath.Join(m.root, "etc/fstab"), "UUID=root / xfs defaults 0 1\n"+stale, 0o600)
	m.boot()
	fstab := lines(t, filepath.Join(m.root, "etc/fstab"))
	if len(fstab) != 2 || fstab[0] != "UUID=root / xfs defaults 0 1" || strings.Contains(fstab[1], "0b0b0b0b") {
		t.Errorf("fstab is %q", fstab)
	}
}

func TestAnotherFileSystemOnTheMountPointStopsTheBoot(t *testing.T) {
	c := newCloud(t)
	c.running()
	m := c.newMachine(2)
	m.boot()
	m.tell("mounted", "0b0b0b0b-0000-0000-0000-000000000000")
	m.refuses("mongo-boot.sh", "another file system is mounted")
}

func TestAnEnlargedVolumeIsUsedFromTheNextBootOn(t *testing.T) {
	c := newCloud(t)
	c.running()
	m := c.newMachine(2)
	m.boot()
	if calls := m.calls("xfs_growfs"); len(calls) != 1 || calls[0] != "xfs_growfs -d "+m.data() {
		t.Errorf("it called %q", calls)
	}
}
