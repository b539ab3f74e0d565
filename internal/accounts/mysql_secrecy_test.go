package accounts

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"example.org/openedx/internal/debian"
)

func TestAnotherAuthoritysServerGetsNoPassword(t *testing.T) {
	s := server(t)
	one := newTenant(t, s, "impostor")
	folder := t.TempDir()
	if _, _, err := certify(folder); err != nil {
		t.Fatal(err)
	}
	one.job.Authority = filepath.Join(folder, "ca.pem")
	if out, err := one.run(t, nil); err == nil || !strings.Contains(strings.ToLower(out), "certificate") {
		t.Errorf("got %v: %s", err, out)
	}
}

func TestAServerOfAnotherNameGetsNoPassword(t *testing.T) {
	one := newTenant(t, server(t), "misnamed")
	one.job.Server.Host = "127.0.0.1" // the certificate is for localhost
	if out, err := one.run(t, nil); err == nil || !strings.Contains(strings.ToLower(out), "certificate") {
		t.Errorf("got %v: %s", err, out)
	}
}

func TestTheClientsOfMySQLAndMariaDBAreBothToldToVerifyTheServer(t *testing.T) {
	one := newTenant(t, server(t), "clients")
	record := one.standIn(t, `cat "${1#--defaults-file=}" >>"$RECORD"`)
	if out, err := one.run(t, nil); err == nil {
		t.Errorf("got %s", out)
	}
	for _, line := range []string{"protocol=tcp", `ssl-ca="` + one.job.Authority + `"`, "loose-ssl-mode=VERIFY_IDENTITY", "loose-ssl-verify-server-cert"} {
		if seen := read(t, record); !strings.Contains(seen, line+"\n") {
			t.Errorf("no line %s in %s", line, strings.ReplaceAll(seen, adminPassword, "..."))
		}
	}
}

func TestTheScriptRunsWithoutPrivileges(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("every other test runs without privileges already")
	}
	const nobody = 65534
	one := newTenant(t, server(t), "nobody", "notes")
	folder, err := os.MkdirTemp("", "nobody")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if removeErr := os.RemoveAll(folder); removeErr != nil {
			t.Error(removeErr)
		}
	})
	authority := read(t, one.job.Authority)
	one.job.Secrets, one.temporary, one.job.Authority = folder, folder, filepath.Join(folder, "ca.pem")
	for name, value := range one.passwords {
		one.secret(t, name, value)
		err = errors.Join(err, os.Chown(filepath.Join(folder, name), nobody, nobody))
	}
	err = errors.Join(err, os.WriteFile(one.job.Authority, []byte(authority), 0o644), os.Chown(folder, nobody, nobody))
	if err != nil {
		t.Fatal(err)
	}
	one.attributes = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	one.mustRun(t)
	one.secret(t, "notesnobody", strings.Repeat("New4", 8))
	one.mustRun(t)
	accepted(t, one.server, "notesnobody", one.passwords["notesnobody"], "SELECT 1")
}

// standIn puts a mysql of the test's own before the real one; it finds the real one in $REAL.
func (one *tenant) standIn(t *testing.T, body string) (record string) {
	t.Helper()
	folder := t.TempDir()
	record = filepath.Join(folder, "record")
	text := "#!/bin/sh\nRECORD='" + record + "'\nREAL='" + debian.Need(t, "mysql", "mariadb-client") + "'\n" + body
	if err := os.WriteFile(filepath.Join(folder, "mysql"), []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	one.path = folder + ":"
	return record
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func TestNoPasswordIsAnArgumentOrVariableAndNoFileIsLeft(t *testing.T) {
	one := newTenant(t, server(t), "argv")
	one.job.Bootstrap = BootstrapOpen
	record := one.standIn(t, `{ printf '%s\n' "$*"; env; stat -c %a "${1#--defaults-file=}"; } >>"$RECORD"; exec "$REAL" "$@"`)
	one.mustRun(t)
	seen := read(t, record)
	if !strings.Contains(seen, "--defaults-file=") {
		t.Fatalf("nothing was recorded: %s", seen)
	}
	for name, secret := range one.passwords {
		if name != AdminUserFile && strings.Contains(seen, secret) {
			t.Errorf("the password of %q is an argument or a variable", name)
		}
	}
	if modes := strings.Count(seen, "\n400\n"); modes != strings.Count(seen, "--defaults-file=") {
		t.Errorf("%d option files are readable by their owner only:\n%s", modes, seen)
	}
	left, err := os.ReadDir(one.temporary)
	if err != nil || len(left) != 0 {
		t.Errorf("the script left %v, %v", left, err)
	}
}

func TestNothingIsSentOverAConnectionThatIsNotEncrypted(t *testing.T) {
	one := newTenant(t, server(t), "plain")
	record := one.standIn(t, `cat >>"$RECORD"; printf 'Ssl_cipher\t\n'`)
	if out, err := one.run(t, nil); err == nil || !strings.Contains(out, "not encrypted") {
		t.Errorf("got %v: %s", err, out)
	}
	if sent := read(t, record); strings.TrimSpace(sent) != "SHOW SESSION STATUS LIKE 'Ssl_cipher';" {
		t.Errorf("it sent %s", sent)
	}
}

func TestAServersAnswerIsShownUnlessItRepeatsThePassword(t *testing.T) {
	const answer = `statement=$(cat)
case $statement in
SHOW*) printf 'Ssl_cipher\tTLS\n' ;;
*"$1"*|*CREATE*DATABASE*) printf 'ERROR 1064 near %s\n' "$statement" >&2; exit 1 ;;
esac`
	one := newTenant(t, server(t), "answer")
	one.standIn(t, answer)
	if out, err := one.run(t, nil); err == nil || !strings.Contains(out, "ERROR 1064 near CREATE DATABASE") {
		t.Errorf("got %v: %s", err, out)
	}
	one.standIn(t, strings.Replace(answer, "*CREATE*DATABASE*", "*CREATE*USER*", 1))
	if out, err := one.run(t, nil); err == nil || !strings.Contains(out, "is not shown") || !strings.Contains(out, one.User) {
		t.Errorf("got %v: %s", err, out)
	}
}

func TestWhatCouldBreakOutOfAStatementIsRefusedBeforeTheServerIsAsked(t *testing.T) {
	s := server(t)
	for name, changes := range map[string]map[string]string{
		"user":           {"ACCOUNTS": "openedx'bad:openedxbad"},
		"upper case":     {"ACCOUNTS": "Openedxbad:openedxbad"},
		"digit first":    {"ACCOUNTS": "1openedx:openedxbad"},
		"database":       {"ACCOUNTS": "openedxbad:openedx_bad"},
		"no database":    {"ACCOUNTS": "openedxbad:"},
		"too long":       {"ACCOUNTS": strings.Repeat("a", 33) + ":openedxbad"},
		"no accounts":    {"ACCOUNTS": ""},
		"bootstrap":      {"BOOTSTRAP": "tutor`bad"},
		"state":          {"BOOTSTRAP_STATE": "ajar"},
		"host":           {"MYSQL_HOST": "local host"},
		"port":           {"MYSQL_PORT": "33 06"},
		"authority":      {"MYSQL_CA": "/nonexistent"},
		"secrets folder": {"SECRETS": "/nonexistent"},
	} {
		t.Run(name, func(t *testing.T) {
			one := newTenant(t, s, "bad")
			record := one.standIn(t, `cat >>"$RECORD"`)
			if out, err := one.run(t, changes); err == nil || !strings.Contains(out, "mysql-accounts") {
				t.Errorf("got %v: %s", err, out)
			}
			if _, err := os.Stat(record); err == nil {
				t.Errorf("it sent %s", read(t, record))
			}
		})
	}
}

func TestAPasswordThatCouldBreakOutOfAStatementIsNeverSent(t *testing.T) {
	s := server(t)
	for _, password := range []string{"aaaaaaaaaaaaaaaa'", "aaaaaaaaaaaaaaaa bbb", "aaaaaaaaaaaaaaaa\nbbb", "short", ""} {
		for _, user := range []string{"openedxbreak", "tutorbreak"} {
			one := newTenant(t, s, "break")
			one.secret(t, user, password)
			record := one.standIn(t, `cat >>"$RECORD"; printf 'Ssl_cipher\tTLS\n'`)
			if password == "short" || password == "" {
				delete(one.passwords, user) // too short to tell from an ordinary word of the output
			}
			if out, err := one.run(t, nil); err == nil || !strings.Contains(out, "the password of '"+user+"'") {
				t.Errorf("%q: got %v: %s", password, err, out)
			}
			if sent := read(t, record); strings.Contains(sent, "'"+user+"'") {
				t.Errorf("%q: it sent %s", password, sent)
			}
		}
	}
}
