package accounts

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"example.org/openedx/internal/debian"
)

// adminPassword has what an option file could misread; RDS excludes only / @ " and spaces from the ones it makes.
const adminPassword = `#a\s\\b"';$(id)%!~{}\`

// mariadb is one real server that all tests of the package share, each with instances of its own.
type mariadb struct {
	folder, socket, authority string
	port                      int
	process                   *exec.Cmd
}

var shared struct {
	sync.Mutex
	server *mariadb
	err    error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.server != nil {
		shared.server.stop()
	}
	os.Exit(code)
}

// server starts the real server once, or skips the test where there is none.
func server(t *testing.T) *mariadb {
	t.Helper()
	install := debian.Need(t, "mariadb-install-db", "mariadb-server")
	daemon := debian.Need(t, "mariadbd", "mariadb-server")
	debian.Need(t, "mysql", "mariadb-client")
	shared.Lock()
	defer shared.Unlock()
	if shared.server == nil && shared.err == nil {
		shared.server, shared.err = start(install, daemon)
	}
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.server
}

func start(install, daemon string) (*mariadb, error) {
	folder, err := os.MkdirTemp("", "mariadb")
	if err != nil {
		return nil, err
	}
	s := &mariadb{folder: folder, socket: filepath.Join(folder, "s"), authority: filepath.Join(folder, "ca.pem")}
	certificate, key, err := certify(folder)
	if err != nil {
		return nil, err
	}
	if s.port, err = freePort(); err != nil {
		return nil, err
	}
	data := filepath.Join(folder, "data")
	// Nothing of this has to survive a loss of power, and syncing would take most of the time.
	whole := []string{"--no-defaults", "--datadir=" + data, "--innodb-flush-method=nosync", "--innodb-log-file-size=8M", "--innodb-buffer-pool-size=16M"}
	if os.Geteuid() == 0 {
		whole = append(whole, "--user=root")
	}
	if out, installErr := exec.Command(install, append(whole, "--auth-root-authentication-method=normal", "--skip-test-db")...).CombinedOutput(); installErr != nil {
		return nil, fmt.Errorf("%w: %s", installErr, out)
	}
	// The server's own default is not utf8mb4, so that a database has it only when the script says so.
	s.process = exec.Command(daemon, append(whole, "--socket="+s.socket, "--port="+strconv.Itoa(s.port), "--bind-address=127.0.0.1",
		"--character-set-server=latin1", "--ssl-cert="+certificate, "--ssl-key="+key,
		"--pid-file="+filepath.Join(folder, "pid"))...)
	log, err := os.Create(filepath.Join(folder, "log"))
	if err != nil {
		return nil, err
	}
	s.process.Stderr = log
	if err = s.process.Start(); err != nil {
		return nil, err
	}
	return s, s.prepare()
}

// prepare waits for the server and creates an administrator with no more than the privileges of an RDS master user.
func (s *mariadb) prepare() error {
	deadline := time.Now().Add(3 * time.Minute)
	for {
		out, err := s.asRoot("SELECT 1")
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			log, readErr := os.ReadFile(filepath.Join(s.folder, "log"))
			return errors.Join(err, readErr, fmt.Errorf("%s%s", out, log))
		}
		time.Sleep(100 * time.Millisecond)
	}
	// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.MasterAccounts.html, less what MariaDB
	// does not know, and with DELETE HISTORY, which MariaDB counts among all privileges of a database.
	_, err := s.asRoot(`DELETE FROM mysql.global_priv WHERE user = '' OR host NOT IN ('localhost'); FLUSH PRIVILEGES;
		CREATE USER admin@'%' IDENTIFIED BY '` + strings.NewReplacer(`\`, `\\`, `'`, `''`).Replace(adminPassword) + `';
		GRANT ALTER, ALTER ROUTINE, CREATE, CREATE ROUTINE, CREATE TEMPORARY TABLES, CREATE USER, CREATE VIEW, DELETE,
			DELETE HISTORY, DROP, EVENT, EXECUTE, INDEX, INSERT, LOCK TABLES, PROCESS, REFERENCES, RELOAD, REPLICATION CLIENT,
			REPLICATION SLAVE, SELECT, SHOW DATABASES, SHOW VIEW, TRIGGER, UPDATE ON *.* TO admin@'%' WITH GRANT OPTION`)
	return err
}

func (s *mariadb) stop() {
	err := s.process.Process.Kill()
	// Killed, the server reports an error: it is ours.
	var killed *exec.ExitError
	if waitErr := s.process.Wait(); !errors.As(waitErr, &killed) {
		err = errors.Join(err, waitErr)
	}
	if err = errors.Join(err, os.RemoveAll(s.folder)); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

// asRoot runs statements past every privilege.
func (s *mariadb) asRoot(statements string) (string, error) {
	return client(statements, nil, "--socket="+s.socket, "--user=root")
}

func (s *mariadb) mustRoot(t *testing.T, statements string) string {
	t.Helper()
	out, err := s.asRoot(statements)
	if err != nil {
		t.Fatalf("%s: %v", statements, err)
	}
	return out
}

// as runs statements over the network as a user.
func (s *mariadb) as(user, password, statements string, options ...string) (string, error) {
	options = append([]string{"--host=localhost", "--protocol=tcp", "--port=" + strconv.Itoa(s.port), "--ssl-ca=" + s.authority, "--user=" + user}, options...)
	return client(statements, []string{"MYSQL_PWD=" + password}, options...)
}

func client(statements string, env []string, options ...string) (string, error) {
	run := exec.Command("mysql", append(append([]string{"--no-defaults"}, options...), "--batch", "--skip-column-names", "--default-character-set=utf8mb4")...)
	run.Stdin, run.Env = strings.NewReader(statements), append(os.Environ(), env...)
	out, err := run.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, out)
	}
	return string(out), nil
}

// certify makes an authority and a certificate for localhost signed by it.
func certify(folder string) (certificate, key string, err error) {
	now := time.Now()
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"}, NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	leaf := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(time.Hour), ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	rootKey, rootErr := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	leafKey, leafErr := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err = errors.Join(rootErr, leafErr); err != nil {
		return "", "", err
	}
	rootDER, rootErr := x509.CreateCertificate(rand.Reader, root, root, rootKey.Public(), rootKey)
	leafDER, leafErr := x509.CreateCertificate(rand.Reader, leaf, root, leafKey.Public(), rootKey)
	keyDER, keyErr := x509.MarshalPKCS8PrivateKey(leafKey)
	certificate, key = filepath.Join(folder, "server.pem"), filepath.Join(folder, "server.key")
	return certificate, key, errors.Join(rootErr, leafErr, keyErr,
		writePEM(filepath.Join(folder, "ca.pem"), "CERTIFICATE", rootDER), writePEM(certificate, "CERTIFICATE", leafDER), writePEM(key, "PRIVATE KEY", keyDER))
}

func writePEM(path, kind string, der []byte) error {
	return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600)
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close() //nolint:errcheck // a TCP listener has a TCP address
}

// tenant is one instance with its secrets, as the job that runs the script has them.
type tenant struct {
	Names
	server    *mariadb
	job       MySQLJob
	passwords map[string]string
	path      string // what stands before PATH
	temporary string
	// attributes say as whom the script runs, if not as the test itself.
	attributes *syscall.SysProcAttr
}

func newTenant(t *testing.T, s *mariadb, slug string, plugins ...string) *tenant {
	t.Helper()
	one := &tenant{Names: mustNames(t, slug), server: s, passwords: map[string]string{}, temporary: t.TempDir()}
	one.job = MySQLJob{
		Server: Server{"localhost", s.port}, Authority: s.authority, Secrets: t.TempDir(), Bootstrap: BootstrapClosed, Plugins: plugins,
	}
	users, err := one.MySQLUsers(plugins...)
	if err != nil {
		t.Fatal(err)
	}
	one.secret(t, AdminUserFile, "admin")
	one.secret(t, AdminPasswordFile, adminPassword)
	for _, user := range users {
		one.secret(t, user, rand.Text()+"abcdef")
	}
	return one
}

func (one *tenant) secret(t *testing.T, name, value string) {
	t.Helper()
	one.passwords[name] = value
	if err := os.WriteFile(filepath.Join(one.job.Secrets, name), []byte(value), 0o600); err != nil {
		t.Fatal(err)
	}
}

// run runs the script as the job does; changes are variables that differ from the job's.
func (one *tenant) run(t *testing.T, changes map[string]string) (string, error) {
	t.Helper()
	script := filepath.Join(one.job.Secrets, "mysql-accounts.sh")
	if err := os.WriteFile(script, []byte(MySQLScript()), 0o644); err != nil {
		t.Fatal(err)
	}
	env, err := one.MySQLEnvironment(one.job)
	if err != nil {
		t.Fatal(err)
	}
	env["PATH"], env["TMPDIR"] = one.path+os.Getenv("PATH"), one.temporary
	maps.Copy(env, changes)
	run := exec.Command("sh", script)
	run.Env, run.SysProcAttr = nil, one.attributes
	for name, value := range env {
		run.Env = append(run.Env, name+"="+value)
	}
	out, err := run.CombinedOutput()
	for name, secret := range one.passwords {
		if name != AdminUserFile && strings.Contains(string(out), secret) {
			t.Errorf("the output has the password of %q: %s", name, out)
		}
	}
	return string(out), err
}

func (one *tenant) mustRun(t *testing.T) string {
	t.Helper()
	out, err := one.run(t, nil)
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return out
}

// state is everything the server knows about the tenant's accounts and databases.
func (one *tenant) state(t *testing.T) string {
	t.Helper()
	users, err := one.MySQLUsers(one.job.Plugins...)
	if err != nil {
		t.Fatal(err)
	}
	all := "'" + strings.Join(users, "', '") + "'"
	var statements strings.Builder
	for _, table := range []string{"global_priv", "db", "tables_priv", "columns_priv", "procs_priv", "proxies_priv"} {
		fmt.Fprintf(&statements, "SELECT '%s', t.* FROM mysql.%s t WHERE user IN (%s) ORDER BY user;\n", table, table, all)
	}
	for _, user := range users {
		fmt.Fprintf(&statements, "SHOW GRANTS FOR '%s'@'%%';\n", user)
	}
	for _, user := range users[:len(users)-1] {
		fmt.Fprintf(&statements, "SHOW CREATE DATABASE %s;\n", user)
	}
	return one.server.mustRoot(t, statements.String())
}
