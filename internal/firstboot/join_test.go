package firstboot

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gofrs/flock"
	"github.com/google/go-cmp/cmp"
)

func lockFile(t *testing.T, path string) *flock.Flock {
	t.Helper()
	lock := flock.New(path)
	must(t, lock.Lock())
	return lock
}

// lost takes the volume of a running member away: the machine is new, and so is the volume.
func (c *cloud) lost(index int) {
	c.t.Helper()
	c.newVolume(volumeOf(index))
	c.change(func(set *replicaSet) { set.Hosts[nameOf(index)] = &host{} })
}

func TestAReplacedFirstMemberWithAnEmptyVolumeJoinsAndNeverInitiates(t *testing.T) {
	c := newCloud(t)
	c.running()
	c.lost(0)
	c.change(func(set *replicaSet) { set.HearsAfter = 2 })
	m := c.newMachine(0)
	m.boot()
	if told := c.commands(); len(told) != 0 {
		t.Errorf("it told mongod %q", told)
	}
	if len(m.calls("mkfs.xfs")) != 1 || !c.state().Hosts[nameOf(0)].In {
		t.Error("it did not join with a new file system")
	}
	if exists(filepath.Join(m.data(), "new-volume")) {
		t.Error("the volume is still marked as new: a later boot could initiate")
	}
}

func TestAReplacedFirstMemberDoesNotInitiateWhenOnlyOnePeerHasTheSet(t *testing.T) {
	c := newCloud(t)
	c.running()
	c.lost(0)
	c.lost(1)
	c.change(func(set *replicaSet) {
		set.Hosts[nameOf(1)].Up = true
		set.Primary = ""
	})
	m := c.newMachine(0)
	m.refuses("mongo-boot.sh", "not in the set "+setNameInTests+" after 5 tries")
	if told := c.commands(); len(told) != 0 {
		t.Errorf("it told mongod %q", told)
	}
}

func TestTheFirstMemberDoesNotInitiateWhileAnyPeerIsSilent(t *testing.T) {
	c := newCloud(t)
	c.running()
	c.lost(0)
	c.lost(1)
	c.change(func(set *replicaSet) {
		set.Hosts[nameOf(1)].Up = true
		set.Hosts[nameOf(2)].Up = false // it alone still has the set
		set.Primary = ""
	})
	m := c.newMachine(0)
	m.refuses("mongo-boot.sh", "not initiated while there is no answer from: "+nameOf(2))
	if told := c.commands(); len(told) != 0 {
		t.Errorf("it told mongod %q", told)
	}
	if calls := m.calls("sleep"); len(calls) != 5 {
		t.Errorf("it slept %d times", len(calls))
	}
}

func TestAPeerThatIsNotUpYetIsWaitedForWithProgress(t *testing.T) {
	c := newCloud(t)
	after := 3
	c.change(func(set *replicaSet) {
		set.Hosts[nameOf(1)].Up = true
		set.Hosts[nameOf(2)].UpAfter = &after
	})
	m := c.newMachine(0)
	output := m.boot()
	for _, line := range []string{"no answer from: " + nameOf(2), "waiting to be in the set " + setNameInTests + " (3 of 5)"} {
		if !strings.Contains(output, line) {
			t.Errorf("there is no line %q in\n%s", line, output)
		}
	}
	if got := len(slices.DeleteFunc(c.commands(), func(line string) bool { return !strings.HasSuffix(line, "replSetInitiate") })); got != 1 {
		t.Errorf("initiated %d times", got)
	}
}

func TestAPeerWithoutAnAddressIsWaitedFor(t *testing.T) {
	c := newCloud(t)
	othersUp(c)
	c.change(func(set *replicaSet) { set.Hosts[nameOf(2)].ResolvesAfter = 2 })
	output := c.newMachine(0).boot()
	if !strings.Contains(output, nameOf(2)+" has no address yet") || c.state().Primary != nameOf(0) {
		t.Errorf("it did not wait for the address:\n%s", output)
	}
}

func TestMongodIsNotStartedBeforeItsOwnNameHasAnAddress(t *testing.T) {
	c := newCloud(t)
	c.change(func(set *replicaSet) { set.Hosts[nameOf(0)].ResolvesAfter = 100 })
	m := c.newMachine(0)
	m.refuses("mongo-boot.sh", "the address of "+nameOf(0)+" is still missing after 5 tries")
	if calls := m.calls("systemctl start"); len(calls) != 0 {
		t.Errorf("it called %q", calls)
	}
}

func TestAnotherMemberWaitsForTheFirstAndNeverInitiates(t *testing.T) {
	c := newCloud(t)
	c.change(func(set *replicaSet) {
		set.Hosts[nameOf(0)].Up = true
		set.Hosts[nameOf(2)].Up = true
	})
	m := c.newMachine(1)
	m.refuses("mongo-boot.sh", nameOf(0)+" initiates the set")
	if told := c.commands(); len(told) != 0 {
		t.Errorf("it told mongod %q", told)
	}
	if calls := m.calls("sleep"); len(calls) != 5 {
		t.Errorf("it slept %d times", len(calls))
	}
}

func TestTheFirstMemberDoesNotInitiateOverDataOfItsOwn(t *testing.T) {
	c := newCloud(t)
	othersUp(c)
	runTool(t, "", "mkfs.xfs", "xfsprogs", "-q", c.device())
	writeFile(t, filepath.Join(c.dir, "volumes", volumeOf(0), "content/db/collection-1.wt"), "courses", 0o600)
	m := c.newMachine(0)
	m.refuses("mongo-boot.sh", "this volume holds data")
	if told := c.commands(); len(told) != 0 {
		t.Errorf("it told mongod %q", told)
	}
}

func TestABootThatBrokeOffBeforeInitiatingIsTakenUpAgain(t *testing.T) {
	c := newCloud(t)
	m := c.newMachine(0)
	m.refuses("mongo-boot.sh", "not initiated while there is no answer from")
	m.reboot()
	othersUp(c)
	m.boot()
	if c.state().Primary != nameOf(0) || len(m.calls("mkfs.xfs")) != 0 {
		t.Error("the second boot did not make the set on the same file system")
	}
}

func TestAMemberOfAnotherSetIsNoAnswer(t *testing.T) {
	c := newCloud(t)
	c.running()
	c.lost(0)
	c.change(func(set *replicaSet) { set.Name = "other" })
	m := c.newMachine(0)
	m.refuses("mongo-boot.sh", "a member of the set other")
	if told := c.commands(); len(told) != 0 {
		t.Errorf("it told mongod %q", told)
	}
}

// joins boots a member that the set of three, or of more, does not know yet.
func (c *cloud) joins(index int) {
	c.t.Helper()
	c.newVolume(volumeOf(index))
	c.change(func(set *replicaSet) { set.Hosts[nameOf(index)] = &host{} })
	c.write("secrets/tls", certificate(c.t, "localhost", nameOf(index), seedName))
	member := memberInTests(index)
	for i := 3; i <= index; i++ {
		member.Members = append(member.Members, Peer{DNSName: nameOf(i)})
	}
	c.newMachineOf(member).boot()
}

// voteless is a member that has a copy of the data only.
func voteless(index int) setMember {
	none := 0
	return setMember{ID: index, Host: nameOf(index) + ":27017", Votes: &none, Priority: &none}
}

func TestAFourthMemberAsksThePrimaryToAddItAndHasNoVote(t *testing.T) {
	c := newCloud(t)
	c.running()
	c.joins(3)
	want := []string{nameOf(1) + " replSetReconfig"}
	if diff := cmp.Diff(want, c.commands()); diff != "" {
		t.Errorf("mongod was told something else (-want +got):\n%s", diff)
	}
	config := c.state().Config
	if diff := cmp.Diff(voteless(3), config.Members[len(config.Members)-1]); diff != "" {
		t.Errorf("added otherwise (-want +got):\n%s", diff)
	}
}

func TestAFifthMemberBringsTheFourthItsVote(t *testing.T) {
	c := newCloud(t)
	c.running()
	c.joins(3)
	c.joins(4)
	// The server takes one voter more at a time.
	want := []string{nameOf(1) + " replSetReconfig", nameOf(1) + " replSetReconfig", nameOf(1) + " replSetReconfig"}
	if diff := cmp.Diff(want, c.commands()); diff != "" {
		t.Errorf("mongod was told something else (-want +got):\n%s", diff)
	}
	one := 1
	members := []setMember{{ID: 3, Host: nameOf(3) + ":27017", Votes: &one, Priority: &one}, {ID: 4, Host: nameOf(4) + ":27017"}}
	if diff := cmp.Diff(members, c.state().Config.Members[3:]); diff != "" {
		t.Errorf("added otherwise (-want +got):\n%s", diff)
	}
}

func TestASetThatIsMadeOfFourHasThreeVoters(t *testing.T) {
	c := newCloud(t)
	othersUp(c)
	c.change(func(set *replicaSet) { set.Hosts[nameOf(3)] = &host{Up: true} })
	member := memberInTests(0)
	member.Members = append(member.Members, Peer{DNSName: nameOf(3)})
	c.newMachineOf(member).boot()
	members := c.state().Config.Members
	if diff := cmp.Diff(setMember{ID: 2, Host: nameOf(2) + ":27017"}, members[2]); diff != "" {
		t.Errorf("the third is configured otherwise (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(voteless(3), members[3]); diff != "" {
		t.Errorf("the fourth is configured otherwise (-want +got):\n%s", diff)
	}
	for count, want := range map[int]int{3: 3, 4: 3, 5: 5} {
		if got := Voters(count); got != want {
			t.Errorf("%d of %d members vote, want %d", got, count, want)
		}
	}
}

func TestTheMemberThatWasElectedMakesTheUsersAndTheFirstWaitsForThem(t *testing.T) {
	c := newCloud(t)
	othersUp(c)
	c.change(func(set *replicaSet) { set.Elects = nameOf(1) })
	first := c.newMachine(0)
	first.refuses("mongo-boot.sh", "the administrator cannot log in")
	if told := c.commands(); !slices.Equal(told, []string{nameOf(0) + " replSetInitiate"}) {
		t.Errorf("the first told mongod %q", told)
	}
	c.newMachine(1).boot()
	if len(c.state().Users) != 2 {
		t.Errorf("the users are %v", c.state().Users)
	}
	first.boot()
}

func TestAnAdministratorWithAnotherPasswordIsAnErrorAndIsLeftAlone(t *testing.T) {
	c := newCloud(t)
	c.running()
	c.change(func(set *replicaSet) {
		set.Users["root"] = user{Password: "changed by hand"}
		set.Primary = nameOf(2)
	})
	m := c.newMachine(2)
	m.refuses("mongo-boot.sh", "the password in Secrets Manager is not the one in the set")
	if c.state().Users["root"].Password != "changed by hand" {
		t.Error("the password was changed")
	}
}

func TestAMissingMonitorIsMadeByThePrimaryAndAPresentOneIsLeftAlone(t *testing.T) {
	c := newCloud(t)
	c.running()
	c.change(func(set *replicaSet) {
		delete(set.Users, "monitor")
		set.Primary = nameOf(2)
	})
	m := c.newMachine(2)
	m.boot()
	m.boot()
	if diff := cmp.Diff([]string{nameOf(2) + " createUser"}, c.commands()); diff != "" {
		t.Errorf("mongod was told something else (-want +got):\n%s", diff)
	}
}
