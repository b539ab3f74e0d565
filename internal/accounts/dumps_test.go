package accounts

import (
	"compress/gzip"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/internal/debian"
)

// dumping is a folder in which one of the scripts runs, with stand-ins before the real commands.
type dumping struct {
	folder, dumps, script string
	env                   map[string]string
	secret                string
}

func newDumping(t *testing.T, script string, env map[string]string) *dumping {
	t.Helper()
	one := &dumping{folder: t.TempDir(), script: script, env: map[string]string{}}
	one.dumps = filepath.Join(one.folder, "dumps")
	if err := os.MkdirAll(one.dumps, 0o700); err != nil {
		t.Fatal(err)
	}
	maps.Copy(one.env, env)
	one.env["DUMPS"], one.env["TMPDIR"] = one.dumps, filepath.Join(one.folder, "temporary")
	one.env["PATH"] = filepath.Join(one.folder, "bin") + ":" + os.Getenv("PATH")
	one.write(t, script, Scripts()[script])
	one.write(t, "temporary/.keep", "")
	return one
}

func (one *dumping) write(t *testing.T, name, content string) {
	t.Helper()
	path := filepath.Join(one.folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
		t.Fatal(err)
	}
}

// record is where stand-ins write down how they were started.
func (one *dumping) record() string { return filepath.Join(one.folder, "record") }

// run runs the script; changes are variables that differ from the Job's.
func (one *dumping) run(t *testing.T, changes map[string]string) (string, error) {
	t.Helper()
	env := maps.Clone(one.env)
	maps.Copy(env, changes)
	run := exec.Command("sh", filepath.Join(one.folder, one.script))
	for name, value := range env {
		run.Env = append(run.Env, name+"="+value)
	}
	out, err := run.CombinedOutput()
	seen := string(out)
	if started, readErr := os.ReadFile(one.record()); readErr == nil {
		seen += string(started)
	}
	if one.secret != "" && strings.Contains(seen, one.secret) {
		t.Errorf("the password is in the output, an argument or a variable:\n%s", seen)
	}
	if left, globErr := filepath.Glob(filepath.Join(one.folder, "temporary", "tmp.*")); globErr != nil || len(left) != 0 {
		t.Errorf("the script left %v, %v", left, globErr)
	}
	return string(out), err
}

// files are the names of what is in the folder of dumps.
func (one *dumping) files(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(one.dumps)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, entry := range entries {
		names = append(names, entry.Name())
		info, infoErr := entry.Info()
		if infoErr != nil {
			t.Fatal(infoErr)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("others may read %s: %v", entry.Name(), info.Mode())
		}
	}
	return names
}

// nothing fails the test if anything in the folder looks like a dump.
func (one *dumping) nothing(t *testing.T) {
	t.Helper()
	for _, name := range one.files(t) {
		if !strings.HasSuffix(name, ".part") {
			t.Errorf("%s is taken for a dump", name)
		}
	}
}

func unzipped(t *testing.T, path string) string {
	t.Helper()
	reader, err := gzip.NewReader(strings.NewReader(read(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// mysqlDumping is the dump of a tenant whose accounts are there.
func mysqlDumping(t *testing.T, slug string, plugins ...string) (*dumping, *tenant) {
	t.Helper()
	debian.Need(t, "mysqldump", "mariadb-client")
	tenant := newTenant(t, server(t), slug, plugins...)
	tenant.mustRun(t)
	env, err := tenant.MySQLDumpEnvironment(DumpJob{Server: tenant.job.Server, Authority: tenant.job.Authority, Secrets: tenant.job.Secrets}, plugins...)
	if err != nil {
		t.Fatal(err)
	}
	one := newDumping(t, MySQLDumpFile, env)
	one.secret = tenant.passwords[tenant.User]
	return one, tenant
}

func TestADumpOfMySQLBringsEverythingBackWithTheInstancesOwnAccount(t *testing.T) {
	one, tenant := mysqlDumping(t, "dumped", "notes")
	accepted(t, tenant.server, tenant.User, tenant.passwords[tenant.User], `USE openedxdumped;
		CREATE TABLE learner (id INT PRIMARY KEY, name VARCHAR(50), picture BLOB) CHARACTER SET utf8mb4;
		INSERT INTO learner VALUES (1, '😀 "quoted"', x'00FF270A');
		CREATE VIEW everybody AS SELECT id FROM learner;
		CREATE TRIGGER shout BEFORE INSERT ON learner FOR EACH ROW SET NEW.name = UPPER(NEW.name);
		CREATE PROCEDURE count_all() SELECT COUNT(*) FROM learner;
		CREATE EVENT tidy ON SCHEDULE EVERY 1 DAY DO DELETE FROM learner WHERE id < 0`)
	if out, err := one.run(t, nil); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if diff := cmp.Diff([]string{"notesdumped.sql.gz", "openedxdumped.sql.gz"}, one.files(t)); diff != "" {
		t.Fatal(diff)
	}
	sql := unzipped(t, filepath.Join(one.dumps, "openedxdumped.sql.gz"))
	for _, unwanted := range []string{"GTID_PURGED", "TABLESPACE", "LOCK TABLES `learner` READ", "CREATE DATABASE", "USE `"} {
		if strings.Contains(sql, unwanted) {
			t.Errorf("the dump has %s", unwanted)
		}
	}
	if !strings.Contains(sql, "0x00FF270A") {
		t.Error("what is no text is in the dump as it is, where any editor or terminal spoils it")
	}
	tenant.server.mustRoot(t, "DROP DATABASE openedxdumped; CREATE DATABASE openedxdumped CHARACTER SET utf8mb4")
	accepted(t, tenant.server, tenant.User, tenant.passwords[tenant.User], "USE openedxdumped;\n"+sql)
	got := tenant.server.mustRoot(t, `USE openedxdumped; SELECT id, name, HEX(picture) FROM learner; SELECT id FROM everybody; CALL count_all();
		SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema = 'openedxdumped';
		SELECT event_name FROM information_schema.events WHERE event_schema = 'openedxdumped'`)
	if want := "1\t😀 \"quoted\"\t00FF270A\n1\n1\nshout\ntidy\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMySQLIsDumpedOverVerifiedTLSAndWithoutAPasswordAmongTheArguments(t *testing.T) {
	one, _ := mysqlDumping(t, "dumptls")
	original, err := exec.LookPath("mysqldump")
	if err != nil {
		t.Fatal(err)
	}
	one.write(t, "bin/mysqldump", "#!/bin/sh\n{ printf '%s\\n' \"$*\"; env; stat -c 'mode %a' \"${1#--defaults-file=}\"; grep -v ^password \"${1#--defaults-file=}\"; } >>'"+one.record()+"'\nexec "+original+" \"$@\"\n")
	if out, runErr := one.run(t, nil); runErr != nil {
		t.Fatalf("%v: %s", runErr, out)
	}
	for _, want := range []string{"mode 600", "single-transaction", "loose-ssl-mode=VERIFY_IDENTITY", "loose-set-gtid-purged=OFF", "no-tablespaces"} {
		if seen := read(t, one.record()); !strings.Contains(seen, want+"\n") {
			t.Errorf("the options lack %s: %s", want, seen)
		}
	}
}

func TestMySQLIsNotDumpedFromAServerThatNobodyVouchesFor(t *testing.T) {
	one, _ := mysqlDumping(t, "dumpfrom")
	stranger := t.TempDir()
	if _, _, err := certify(stranger); err != nil {
		t.Fatal(err)
	}
	// An authority that did not sign the server's certificate, and a name that it is not for.
	for name, value := range map[string]string{"MYSQL_CA": filepath.Join(stranger, "ca.pem"), "MYSQL_HOST": "127.0.0.1"} {
		if out, err := one.run(t, map[string]string{name: value}); err == nil || !strings.Contains(out, "broke off") {
			t.Errorf("%s: %v: %s", name, err, out)
		}
	}
	one.nothing(t)
}

func TestADumpOfMySQLThatBreaksOffIsNoDump(t *testing.T) {
	for name, test := range map[string]struct{ command, want string }{
		"it fails":            {"echo '-- Dump completed'; echo lost >&2; exit 2", "broke off"},
		"it ends too early":   {"echo 'CREATE TABLE learner'", "has no end"},
		"it writes nothing":   {"exit 0", "has no end"},
		"it is ended by TERM": {"echo '-- Dump completed'; kill -TERM $$", "broke off"},
	} {
		t.Run(name, func(t *testing.T) {
			names := mustNames(t, "acme")
			secrets := t.TempDir()
			env, err := names.MySQLDumpEnvironment(DumpJob{Server: Server{"sql", 3306}, Authority: os.DevNull, Secrets: secrets})
			if err != nil {
				t.Fatal(err)
			}
			one := newDumping(t, MySQLDumpFile, env)
			one.secret = strings.Repeat("Open1234", 4)
			if err = os.WriteFile(filepath.Join(secrets, names.User), []byte(one.secret), 0o600); err != nil {
				t.Fatal(err)
			}
			one.write(t, "bin/mysqldump", "#!/bin/sh\n"+test.command+"\n")
			if out, err := one.run(t, nil); err == nil || !strings.Contains(out, test.want) {
				t.Errorf("got %v: %s", err, out)
			}
			one.nothing(t)
		})
	}
}

// mongoDumping is a dump with a stand-in for mongodump, which writes what it was told into the archive.
func mongoDumping(t *testing.T) *dumping {
	t.Helper()
	names, secrets := mustNames(t, "acme"), t.TempDir()
	one := newDumping(t, MongoDumpFile, names.MongoDumpEnvironment(DumpJob{
		Server: Server{"mongo.campus.internal", 27017}, Authority: os.DevNull, Secrets: secrets,
	}, "rs0"))
	one.secret = strings.Repeat("Mongo123", 4)
	if err := os.WriteFile(filepath.Join(secrets, names.MongoUser), []byte(one.secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	one.write(t, "bin/mongodump", `#!/bin/sh
{ printf '%s\n' "$*"; env; } >>'`+one.record()+`'
for word; do
  case $before in --config) config=$word ;; esac
  case $word in --archive=*) archive=${word#--archive=} ;; esac
  before=$word
done
{ stat -c 'mode %a' "$config"; cat "$config"; } | gzip >"$archive"
`)
	return one
}

func TestMongoIsDumpedOverVerifiedTLSFromAMemberThatNobodyWritesTo(t *testing.T) {
	one := mongoDumping(t)
	if out, err := one.run(t, nil); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	started, _, _ := strings.Cut(read(t, one.record()), "\n")
	form := regexp.MustCompile(`^--host rs0/mongo\.campus\.internal:27017 --ssl --sslCAFile /dev/null --username openedxacme ` +
		`--authenticationDatabase admin --config \S+ --db openedxacme --readPreference secondaryPreferred --gzip --archive=\S+/openedxacme\.archive\.gz\.part$`)
	if !form.MatchString(started) {
		t.Errorf("mongodump was started with %s", started)
	}
	if diff := cmp.Diff([]string{"openedxacme.archive.gz"}, one.files(t)); diff != "" {
		t.Error(diff)
	}
	if got, want := unzipped(t, filepath.Join(one.dumps, "openedxacme.archive.gz")), "mode 600\npassword: \""+one.secret+"\"\n"; got != want {
		t.Errorf("mongodump was given %q", got)
	}
}

func TestADumpOfMongoThatBreaksOffIsNoDump(t *testing.T) {
	for name, test := range map[string]struct{ command, want string }{
		"it fails":          {`for last; do :; done; echo whole | gzip >"${last#--archive=}"; exit 1`, "broke off"},
		"it ends too early": {`for last; do :; done; echo whole | gzip | head -c 15 >"${last#--archive=}"`, "cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			one := mongoDumping(t)
			one.write(t, "bin/mongodump", "#!/bin/sh\n"+test.command+"\n")
			if out, err := one.run(t, nil); err == nil || !strings.Contains(out, test.want) {
				t.Errorf("got %v: %s", err, out)
			}
			one.nothing(t)
		})
	}
}

func TestWhatIsNotANameOrASecretIsRefusedBeforeAnythingIsDumped(t *testing.T) {
	names := mustNames(t, "acme")
	mysqlEnv, err := names.MySQLDumpEnvironment(DumpJob{Server: Server{"sql", 3306}, Authority: os.DevNull})
	if err != nil {
		t.Fatal(err)
	}
	mongoEnv := names.MongoDumpEnvironment(DumpJob{Server: Server{"mongo", 27017}, Authority: os.DevNull}, "rs0")
	for _, kind := range []struct {
		script, command, user string
		env                   map[string]string
		wrong                 map[string][]string
	}{
		{MySQLDumpFile, "mysqldump", names.User, mysqlEnv, map[string][]string{
			"MYSQL_HOST": {"", "a,b", `a"b`}, "MYSQL_PORT": {"", "3306x"}, "MYSQL_CA": {"/nonexistent"}, "DUMPS": {"", "/nonexistent"},
			"ACCOUNTS": {"", "openedxacme", "openedxacme:", ":openedxacme", "openedxacme:a;b", "other:openedxacme"}, "SECRETS": {"", "/nonexistent"},
		}},
		{MongoDumpFile, "mongodump", names.MongoUser, mongoEnv, map[string][]string{
			"MONGODB_HOST": {"", "a,b"}, "MONGODB_PORT": {"", "1/x"}, "MONGODB_REPLICA_SET": {"", "rs0/x"}, "MONGODB_CA": {"/nonexistent"},
			"MONGO_USER": {"", "a'b", "other"}, "MONGO_DATABASE": {"", "a.b"}, "MONGO_AUTH_SOURCE": {"", "a b"}, "SECRETS": {"", "/nonexistent"}, "DUMPS": {"", "/nonexistent"},
		}},
	} {
		secrets := t.TempDir()
		if err = os.WriteFile(filepath.Join(secrets, kind.user), []byte(strings.Repeat("Open1234", 4)), 0o600); err != nil {
			t.Fatal(err)
		}
		kind.env["SECRETS"] = secrets
		for name, values := range kind.wrong {
			for _, value := range values {
				refusesToDump(t, kind.script, kind.command, kind.env, map[string]string{name: value})
			}
		}
		if err = os.WriteFile(filepath.Join(secrets, kind.user), []byte(`a"b`), 0o600); err != nil {
			t.Fatal(err)
		}
		refusesToDump(t, kind.script, kind.command, kind.env, nil)
	}
}

// refusesToDump fails the test unless the script ends before it starts a command.
func refusesToDump(t *testing.T, script, command string, env, changes map[string]string) {
	t.Helper()
	one := newDumping(t, script, env)
	one.write(t, "bin/"+command, "#!/bin/sh\n: >'"+one.record()+"'\n")
	if out, err := one.run(t, changes); err == nil {
		t.Errorf("%s: %v is accepted: %s", script, changes, out)
	}
	if _, err := os.Stat(one.record()); err == nil {
		t.Errorf("%s: %v: %s was started", script, changes, command)
	}
}
