package firstboot

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sigs.k8s.io/yaml"

	"example.org/openedx/internal/debian"
)

// stoodIn are the commands that a stand-in answers, and tools the ones that run for real. A script that calls anything else
// fails: it would act on the machine that runs the test. The stand-ins for the disk tools call the genuine ones.
var (
	stoodIn = strings.Fields(`aws blkid blockdev chown df dnf findmnt getent mkfs.xfs mongodump mongosh mount mountpoint
		rpm sleep stat sysctl systemctl wipefs xfs_growfs`)
	tools = map[string]string{
		"awk": "mawk", "bash": "bash", "cat": "coreutils", "chmod": "coreutils", "cmp": "diffutils", "date": "coreutils",
		"env": "coreutils", "flock": "util-linux", "grep": "grep", "head": "coreutils", "jq": "jq", "ln": "coreutils",
		"ls": "coreutils", "mkdir": "coreutils", "mv": "coreutils", "openssl": "openssl",
		"rm": "coreutils", "rmdir": "coreutils", "tail": "coreutils", "test": "coreutils", "timeout": "coreutils",
		"touch": "coreutils", "tr": "coreutils",
	}
	genuine = map[string]string{"blkid": "util-linux", "wipefs": "util-linux", "mkfs.xfs": "xfsprogs", "sleep": "coreutils"}
)

// host is what the stand-in for MongoDB knows about one member.
type host struct {
	Up            bool  `json:"up,omitempty"`
	UpAfter       *int  `json:"upAfter,omitempty"`
	ResolvesAfter int   `json:"resolvesAfter,omitempty"`
	In            bool  `json:"in,omitempty"`
	State         int   `json:"state,omitempty"`
	Optime        int64 `json:"optime,omitempty"`
}

// user is an account in the set.
type user struct {
	Password string   `json:"pwd"`
	Roles    []string `json:"roles"`
}

// replicaSet is the state of the stand-in for MongoDB.
type replicaSet struct {
	Sleeps     int              `json:"sleeps"`
	Hosts      map[string]*host `json:"hosts"`
	Config     *setConfig       `json:"config"`
	Name       string           `json:"name,omitempty"`
	Primary    string           `json:"primary,omitempty"`
	Elects     string           `json:"elects,omitempty"`
	HearsAfter int              `json:"hearsAfter,omitempty"`
	Users      map[string]user  `json:"users"`
	Oplog      [2]int64         `json:"oplog"`
}

// setConfig is the configuration of a replica set.
type setConfig struct {
	ID      string      `json:"_id"`
	Version int         `json:"version"`
	Members []setMember `json:"members"`
}

// setMember is one line of it.
type setMember struct {
	ID     int    `json:"_id"`
	Host   string `json:"host"`
	Hidden bool   `json:"hidden,omitempty"`
	// Votes and Priority are nil where mongod's own 1 holds.
	Votes    *int `json:"votes,omitempty"`
	Priority *int `json:"priority,omitempty"`
}

// cloud is what the machines of one test share.
type cloud struct {
	t   *testing.T
	dir string
}

// machine is a scratch root in which the real scripts run.
type machine struct {
	cloud  *cloud
	member Member
	dir    string
	root   string
	tries  string
}

// mongo is the one process that stands in for MongoDB. It ends with this process, when its standard input is closed: the
// input is kept here, or the garbage collector would close it in the middle of a test.
var mongo struct {
	once  sync.Once
	input io.Closer
	port  string
	err   error
}

func mongoPort(t *testing.T) string {
	t.Helper()
	node := debian.Need(t, "node", "nodejs")
	mongo.once.Do(func() {
		run := exec.Command(node, "testdata/mongosh.cjs")
		run.Stderr = os.Stderr
		output, outputErr := run.StdoutPipe()
		input, inputErr := run.StdinPipe()
		mongo.input = input
		if mongo.err = errors.Join(outputErr, inputErr, run.Start()); mongo.err == nil {
			mongo.port, mongo.err = bufio.NewReader(output).ReadString('\n')
		}
	})
	must(t, mongo.err)
	return strings.TrimSpace(mongo.port)
}

// newCloud makes blank volumes, secrets and three mongods that are not up.
func newCloud(t *testing.T) *cloud {
	t.Helper()
	t.Parallel()
	c := &cloud{t: t, dir: t.TempDir()}
	hosts := map[string]*host{}
	for i := range 3 {
		c.newVolume(volumeOf(i))
		hosts[nameOf(i)] = &host{}
	}
	c.write("secrets/keyfile", secretKeyFile)
	c.write("secrets/admin", account(t, "root", secretAdmin))
	c.write("secrets/monitor", account(t, "monitor", secretMonitor))
	c.write("secrets/tls", certificate(t, "localhost", nameOf(0), nameOf(1), nameOf(2), seedName))
	c.setState(replicaSet{Hosts: hosts, Users: map[string]user{}})
	return c
}

func (c *cloud) write(name, content string) {
	c.t.Helper()
	writeFile(c.t, filepath.Join(c.dir, name), content, 0o600)
}

// newVolume makes a blank volume, or makes one blank again.
func (c *cloud) newVolume(id string) {
	c.t.Helper()
	folder := filepath.Join(c.dir, "volumes", id)
	must(c.t, os.RemoveAll(folder))
	must(c.t, os.MkdirAll(filepath.Join(folder, "content"), 0o700))
	writeFile(c.t, filepath.Join(folder, "device"), "", 0o600)
	// mkfs.xfs takes nothing under 300 MiB; the file is sparse.
	must(c.t, os.Truncate(filepath.Join(folder, "device"), 320<<20))
}

// device is the file that stands for the volume of the first member.
func (c *cloud) device() string {
	return filepath.Join(c.dir, "volumes", volumeOf(0), "device")
}

func (c *cloud) state() replicaSet {
	c.t.Helper()
	raw, err := os.ReadFile(filepath.Join(c.dir, "set.json"))
	must(c.t, err)
	var set replicaSet
	must(c.t, json.Unmarshal(raw, &set))
	return set
}

func (c *cloud) setState(set replicaSet) {
	c.t.Helper()
	raw, err := json.Marshal(set)
	must(c.t, err)
	c.write("set.json", string(raw))
}

// change edits the state of the set.
func (c *cloud) change(edit func(*replicaSet)) {
	c.t.Helper()
	set := c.state()
	edit(&set)
	c.setState(set)
}

// running makes a set of three with its users that has been at work for long.
func (c *cloud) running() {
	c.t.Helper()
	c.change(func(set *replicaSet) {
		set.Config = &setConfig{ID: setNameInTests, Version: 1}
		for i := range 3 {
			set.Config.Members = append(set.Config.Members, setMember{ID: i, Host: nameOf(i) + ":27017"})
			set.Hosts[nameOf(i)] = &host{Up: true, In: true}
		}
		set.Primary = nameOf(1)
		set.Users["root"] = user{Password: secretAdmin}
		set.Users["monitor"] = user{Password: secretMonitor}
	})
}

// commands are the words that mongod was told, as "member verb", without the reading ones.
func (c *cloud) commands() []string {
	c.t.Helper()
	var told []string
	for _, line := range lines(c.t, filepath.Join(c.dir, "commands")) {
		word := strings.SplitN(line, " ", 4)
		switch word[2] {
		case "hello", "usersInfo", "replSetGetConfig", "replSetGetStatus":
		default:
			told = append(told, word[1]+" "+word[2])
		}
	}
	return told
}

// newMachine installs a member's user data on a new root disk, as cloud-init does.
func (c *cloud) newMachine(index int) *machine {
	c.t.Helper()
	return c.newMachineOf(memberInTests(index))
}

func (c *cloud) newMachineOf(member Member) *machine {
	c.t.Helper()
	m := &machine{cloud: c, member: member, dir: c.t.TempDir(), tries: "5"}
	m.root = filepath.Join(m.dir, "root")
	m.installTools()
	text, err := CloudConfig(member)
	must(c.t, err)
	var config cloudConfig
	must(c.t, yaml.Unmarshal([]byte(text), &config))
	for _, file := range config.WriteFiles {
		mode := os.FileMode(0o600)
		if file.Permissions == "0755" {
			mode = 0o700
		}
		writeFile(c.t, filepath.Join(m.root, file.Path), file.Content, mode)
	}
	for _, path := range []string{"enabled", "defrag"} {
		writeFile(c.t, filepath.Join(m.root, "sys/kernel/mm/transparent_hugepage", path), "madvise", 0o600)
	}
	writeFile(c.t, filepath.Join(m.root, "etc/fstab"), "UUID=root / xfs defaults 0 1\n", 0o600)
	must(c.t, os.MkdirAll(filepath.Join(m.root, "run"), 0o700))
	m.plug()
	return m
}

func (m *machine) installTools() {
	t := m.cloud.t
	t.Helper()
	standin, err := filepath.Abs("testdata/standin")
	must(t, err)
	for _, folder := range []string{"bin", "real"} {
		must(t, os.MkdirAll(filepath.Join(m.dir, folder), 0o700))
	}
	for _, command := range stoodIn {
		must(t, os.Symlink(standin, filepath.Join(m.dir, "bin", command)))
	}
	for command, pkg := range tools {
		must(t, os.Symlink(debian.Need(t, command, pkg), filepath.Join(m.dir, "bin", command)))
	}
	for command, pkg := range genuine {
		must(t, os.Symlink(debian.Need(t, command, pkg), filepath.Join(m.dir, "real", command)))
	}
	for _, file := range []string{"installed", "owners", "calls", "environments"} {
		writeFile(t, filepath.Join(m.dir, file), "", 0o600)
	}
}

// link is where EBS shows the member's volume.
func (m *machine) link() string {
	return filepath.Join(m.root, "dev/disk/by-id", "nvme-Amazon_Elastic_Block_Store_"+strings.Replace(m.member.Volume, "-", "", 1))
}

// plug attaches the volume.
func (m *machine) plug() {
	t := m.cloud.t
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(m.link()), 0o700))
	must(t, os.Symlink(filepath.Join(m.cloud.dir, "volumes", m.member.Volume, "device"), m.link()))
}

// reboot empties /run, unmounts the volume and stops mongod.
func (m *machine) reboot() {
	t := m.cloud.t
	t.Helper()
	must(t, os.RemoveAll(filepath.Join(m.root, "run")))
	must(t, os.MkdirAll(filepath.Join(m.root, "run"), 0o700))
	must(t, os.RemoveAll(m.data()))
	must(t, os.MkdirAll(m.data(), 0o700))
	m.cloud.change(func(set *replicaSet) { set.Hosts[m.member.DNSName].Up = false })
	m.forget()
}

// data is the mount point; while the volume is mounted it is a symbolic link to the content of the volume.
func (m *machine) data() string { return filepath.Join(m.root, "var/lib/mongo") }

// tell writes a file that the stand-ins look at.
func (m *machine) tell(name, content string) {
	m.cloud.t.Helper()
	writeFile(m.cloud.t, filepath.Join(m.dir, name), content, 0o700)
}

// forget empties the logs of calls.
func (m *machine) forget() {
	m.cloud.t.Helper()
	m.tell("calls", "")
	must(m.cloud.t, os.RemoveAll(filepath.Join(m.cloud.dir, "commands")))
}

// calls are the logged calls of some commands.
func (m *machine) calls(names ...string) []string {
	m.cloud.t.Helper()
	var calls []string
	for _, line := range lines(m.cloud.t, filepath.Join(m.dir, "calls")) {
		for _, name := range names {
			if strings.HasPrefix(line, name+" ") || line == name {
				calls = append(calls, line)
			}
		}
	}
	return calls
}

// try runs a script and returns its exit code and everything that it printed.
func (m *machine) try(script string) (int, string) {
	m.cloud.t.Helper()
	// No script takes longer: what hangs shows the output so far.
	ctx, cancel := context.WithTimeout(m.cloud.t.Context(), 3*time.Minute)
	defer cancel()
	run := exec.CommandContext(ctx, filepath.Join(m.dir, "bin/bash"), filepath.Join(m.root, library, script))
	run.WaitDelay = time.Second
	run.Env = []string{
		"ROOT=" + m.root, "STANDIN=" + m.dir, "CLOUD=" + m.cloud.dir, "SELF=" + m.member.DNSName,
		"PATH=" + filepath.Join(m.dir, "bin"), "MONGO_TRIES=" + m.tries, "MONGO_PAUSE=7", "HOME=" + m.dir,
		"MONGO_PORT=" + mongoPort(m.cloud.t),
	}
	var output bytes.Buffer
	run.Stdout, run.Stderr = &output, &output
	err := run.Run()
	var exit *exec.ExitError
	if ctx.Err() != nil || (err != nil && !errors.As(err, &exit)) {
		m.cloud.t.Fatalf("%s: %v: %v\n%s", script, ctx.Err(), err, output.String())
	}
	m.tell("output", output.String())
	return run.ProcessState.ExitCode(), output.String()
}

// boot runs the boot script, which must succeed.
func (m *machine) boot() string {
	m.cloud.t.Helper()
	code, output := m.try("mongo-boot.sh")
	if code != 0 {
		m.cloud.t.Fatalf("the boot of %s exits with %d:\n%s", m.member.Name, code, output)
	}
	return output
}

// refuses runs a script, which must fail and say why.
func (m *machine) refuses(script, reason string) {
	m.cloud.t.Helper()
	code, output := m.try(script)
	if code == 0 || !strings.Contains(output, reason) {
		m.cloud.t.Fatalf("%s exits with %d, want an error with %q:\n%s", script, code, reason, output)
	}
}
