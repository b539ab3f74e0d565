package redis

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"example.org/openedx/internal/debian"
)

const token = "AuthToken0123456789AuthToken0123"

// connection speaks Redis's protocol as far as the tests need it.
type connection struct {
	net.Conn
	in *bufio.Reader
}

// start runs a real server with the parameters of a role and returns the socket that it listens on.
func start(t *testing.T, role Role, extra ...string) (socket string) {
	t.Helper()
	daemon := debian.Need(t, "redis-server", "redis-server")
	parameters, err := Parameters(role, RedisOSS, "7.0", Databases)
	must(t, err)
	// The path of a socket has to be short.
	folder, err := os.MkdirTemp("", "redis")
	must(t, err)
	socket = filepath.Join(folder, "s")
	arguments := []string{"--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder, "--requirepass", token}
	for _, parameter := range parameters {
		if parameter.Name != ReservedMemory {
			arguments = append(arguments, "--"+parameter.Name, parameter.Value)
		}
	}
	process := exec.Command(daemon, append(arguments, extra...)...)
	log, err := os.Create(filepath.Join(folder, "log"))
	must(t, err)
	process.Stdout, process.Stderr = log, log
	must(t, process.Start())
	t.Cleanup(func() {
		must(t, process.Process.Kill())
		// Killed, the server reports an error: it is ours.
		var killed *exec.ExitError
		if waitErr := process.Wait(); !errors.As(waitErr, &killed) {
			t.Error(waitErr)
		}
		must(t, errors.Join(log.Close(), os.RemoveAll(folder)))
	})
	awaitSocket(t, socket, log.Name())
	return socket
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func awaitSocket(t *testing.T, socket, log string) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if conn, err := net.Dial("unix", socket); err == nil {
			must(t, conn.Close())
			return
		}
	}
	said, err := os.ReadFile(log)
	t.Fatalf("redis-server does not answer: %s, %v", said, err)
}

func connect(t *testing.T, socket string) *connection {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	must(t, err)
	t.Cleanup(func() { must(t, conn.Close()) })
	return &connection{Conn: conn, in: bufio.NewReader(conn)}
}

// do sends one command and returns the answer as text; an error of the server starts with "-".
func (c *connection) do(t *testing.T, words ...string) string {
	t.Helper()
	var command strings.Builder
	fmt.Fprintf(&command, "*%d\r\n", len(words))
	for _, word := range words {
		fmt.Fprintf(&command, "$%d\r\n%s\r\n", len(word), word)
	}
	if _, err := io.WriteString(c, command.String()); err != nil {
		t.Fatal(err)
	}
	answer, err := c.answer()
	if err != nil {
		t.Fatalf("%v: %v", words, err)
	}
	return answer
}

func (c *connection) answer() (string, error) {
	line, err := c.in.ReadString('\n')
	if err != nil {
		return "", err
	}
	kind, rest := line[0], strings.TrimRight(line[1:], "\r\n")
	switch kind {
	case '$':
		return c.text(rest)
	case '*':
		return c.list(rest)
	case '-':
		return "-" + rest, nil
	default:
		return rest, nil
	}
}

func (c *connection) text(length string) (string, error) {
	n, err := strconv.Atoi(length)
	if err != nil || n < 0 {
		return "", err
	}
	text := make([]byte, n+2)
	_, err = io.ReadFull(c.in, text)
	return string(text[:n]), err
}

func (c *connection) list(length string) (string, error) {
	n, err := strconv.Atoi(length)
	parts := make([]string, n)
	for i := 0; i < n && err == nil; i++ {
		parts[i], err = c.answer()
	}
	return strings.Join(parts, " "), err
}

// number does a command whose answer is a number.
func (c *connection) number(t *testing.T, words ...string) int {
	t.Helper()
	n, err := strconv.Atoi(c.do(t, words...))
	if err != nil {
		t.Fatalf("%v: %v", words, err)
	}
	return n
}

// evicted is how many keys the server dropped because its memory was full.
func (c *connection) evicted(t *testing.T) int {
	t.Helper()
	for _, line := range strings.Split(c.do(t, "INFO", "stats"), "\r\n") {
		if value, found := strings.CutPrefix(line, "evicted_keys:"); found {
			n, err := strconv.Atoi(value)
			must(t, err)
			return n
		}
	}
	t.Fatal("the server does not say how many keys it evicted")
	return 0
}

func authenticated(t *testing.T, socket string) *connection {
	t.Helper()
	c := connect(t, socket)
	// Tutor has to be given the user's name, or it leaves the password out of the cache's URL.
	if got := c.do(t, "AUTH", "default", token); got != "OK" {
		t.Fatal(got)
	}
	return c
}

// queue puts tasks where Celery does: in a list without an end of life.
func queue(t *testing.T, c *connection, tasks int) {
	t.Helper()
	for range tasks {
		if got := c.do(t, "LPUSH", "edx.lms.core.default", strings.Repeat("t", 1000)); strings.HasPrefix(got, "-") {
			t.Fatal(got)
		}
	}
}

func TestTheLastDatabaseCanBeSelectedAndTheOneBeyondCannot(t *testing.T) {
	c := authenticated(t, start(t, Shared))
	last := Fits(Databases)*databasesPerInstance - 1
	if got := c.do(t, "SELECT", strconv.Itoa(last)); got != "OK" {
		t.Errorf("database %d: %s", last, got)
	}
	if got := c.do(t, "SELECT", strconv.Itoa(last+1)); !strings.Contains(got, "DB index is out of range") {
		t.Errorf("database %d: %s", last+1, got)
	}
}

func TestTheServerKnowsEveryParameterAndHoldsItsValue(t *testing.T) {
	for role := range policies {
		c := authenticated(t, start(t, role))
		parameters, err := Parameters(role, RedisOSS, "7.0", Databases)
		if err != nil {
			t.Fatal(err)
		}
		for _, parameter := range parameters {
			want := parameter.Name + " " + parameter.Value
			if parameter.Name == ReservedMemory {
				want = ""
			}
			if got := c.do(t, "CONFIG", "GET", parameter.Name); got != want {
				t.Errorf("%s: got %q, want %q", role, got, want)
			}
		}
	}
}

func TestNothingIsAnsweredWithoutTheToken(t *testing.T) {
	socket := start(t, Shared)
	c := connect(t, socket)
	if got := c.do(t, "GET", "session"); !strings.HasPrefix(got, "-NOAUTH") {
		t.Errorf("got %s", got)
	}
	if got := c.do(t, "AUTH", "default", token+"x"); !strings.HasPrefix(got, "-WRONGPASS") {
		t.Errorf("got %s", got)
	}
	if got := authenticated(t, socket).do(t, "SET", "session", "1"); got != "OK" {
		t.Errorf("got %s", got)
	}
}

func TestTheCacheOfOneInstanceIsNotAnothers(t *testing.T) {
	c := authenticated(t, start(t, Shared))
	for _, step := range [][]string{{"SELECT", "1"}, {"SET", "django.contrib.sessions.cachex", "acme"}, {"SELECT", "3"}} {
		if got := c.do(t, step...); got != "OK" {
			t.Fatal(got)
		}
	}
	if got := c.do(t, "GET", "django.contrib.sessions.cachex"); got != "" {
		t.Errorf("the other instance reads %q", got)
	}
}

func TestASharedGroupThatIsFullDropsCachedKeysAndNoTask(t *testing.T) {
	c := authenticated(t, start(t, Shared, "--maxmemory", "4mb"))
	queue(t, c, 500)
	for i := range 4000 {
		if got := c.do(t, "SET", "page"+strconv.Itoa(i), strings.Repeat("p", 1000), "EX", "600"); got != "OK" {
			t.Fatalf("page %d: %s", i, got)
		}
	}
	if tasks := c.number(t, "LLEN", "edx.lms.core.default"); tasks != 500 {
		t.Errorf("%d of 500 tasks are left", tasks)
	}
	if c.evicted(t) == 0 {
		t.Error("the group was not full")
	}
}

func TestASharedGroupFullOfTasksRefusesATaskRatherThanDropOne(t *testing.T) {
	refusesWhenFull(t, Shared)
}

func TestABrokerThatIsFullRefusesATaskRatherThanDropOne(t *testing.T) {
	refusesWhenFull(t, Broker)
}

func refusesWhenFull(t *testing.T, role Role) {
	t.Helper()
	c := authenticated(t, start(t, role, "--maxmemory", "4mb"))
	sent := 0
	for ; sent < 10000; sent++ {
		got := c.do(t, "LPUSH", "edx.lms.core.default", strings.Repeat("t", 1000))
		if strings.HasPrefix(got, "-OOM") {
			break
		}
		if strings.HasPrefix(got, "-") {
			t.Fatal(got)
		}
	}
	if sent == 10000 {
		t.Fatal("nothing was refused")
	}
	if tasks := c.number(t, "LLEN", "edx.lms.core.default"); tasks != sent {
		t.Errorf("%d of %d tasks are left", tasks, sent)
	}
	if got := c.do(t, "RPOP", "edx.lms.core.default"); strings.HasPrefix(got, "-") {
		t.Errorf("a full broker gives out no task: %s", got)
	}
}

func TestABrokerDropsNothingThatExpiresEither(t *testing.T) {
	// Celery's results and its unacknowledged tasks may expire, and are not to go earlier.
	c := authenticated(t, start(t, Broker, "--maxmemory", "4mb"))
	written := 0
	for ; written < 10000 && c.do(t, "SET", "result"+strconv.Itoa(written), strings.Repeat("r", 1000), "EX", "600") == "OK"; written++ {
	}
	if written == 10000 || c.number(t, "DBSIZE") != written || c.evicted(t) != 0 {
		t.Errorf("%d keys of %d are left, %d were evicted", c.number(t, "DBSIZE"), written, c.evicted(t))
	}
}

func TestACacheGoesOnAcceptingKeysThatNeverExpire(t *testing.T) {
	c := authenticated(t, start(t, Cache, "--maxmemory", "4mb"))
	for i := range 8000 {
		if got := c.do(t, "SET", "structure"+strconv.Itoa(i), strings.Repeat("s", 1000)); got != "OK" {
			t.Fatalf("key %d: %s", i, got)
		}
	}
	if c.evicted(t) == 0 {
		t.Error("the group was not full")
	}
}

func TestTheCachesPolicyWouldDropQueuedTasksSoItIsNoBrokers(t *testing.T) {
	c := authenticated(t, start(t, Cache, "--maxmemory", "4mb"))
	queue(t, c, 500)
	for i := 0; i < 200000 && c.number(t, "EXISTS", "edx.lms.core.default") == 1; i++ {
		if got := c.do(t, "SET", "page"+strconv.Itoa(i), strings.Repeat("p", 1000), "EX", "600"); got != "OK" {
			t.Fatal(got)
		}
	}
	if c.number(t, "LLEN", "edx.lms.core.default") != 0 {
		t.Error("the tasks outlived the policy of a cache: is it another one now?")
	}
}
