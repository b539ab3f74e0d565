package accounts

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/internal/debian"
)

// awkwardPassword has every character that a shell, JSON or jq could take for something else.
const awkwardPassword = `p@ss/w:rd%$(id)` + "`id`" + ` "'\n\`

// fetching is a folder with stand-ins for the commands of the AWS CLI's image.
type fetching struct {
	job                     FetchJob
	folder, record, secrets string
	values                  map[string]string
}

// The stand-ins write down how they were started. aws answers with the file named after the secret.
const (
	fakeAWS = `#!/bin/sh
{ printf 'aws %s\n' "$*"; env; } >>'RECORD'
[ "$1 $2 $3" = "secretsmanager get-secret-value --secret-id" ] && [ "$5 $6 $7 $8" = "--query SecretString --output text" ] || exit 252
cat 'FOLDER/store/'"$4" 2>/dev/null || { echo AccessDeniedException >&2; exit 254; }
`
	fakeCurl = `#!/bin/sh
{ printf 'curl %s\n' "$*"; env; } >>'RECORD'
for last; do :; done
while [ "$1" != --output ]; do shift; done
cat 'FOLDER/web/'"${last##*/}" >"$2" 2>/dev/null || { echo 404 >&2; exit 22; }
`
)

func newFetching(t *testing.T) *fetching {
	t.Helper()
	debian.Need(t, "jq", "jq")
	folder := t.TempDir()
	one := &fetching{folder: folder, record: filepath.Join(folder, "record"), secrets: filepath.Join(folder, "memory", "secrets"), values: map[string]string{}}
	replace := strings.NewReplacer("RECORD", one.record, "FOLDER", folder)
	one.write(t, "bin/aws", replace.Replace(fakeAWS))
	one.write(t, "bin/curl", replace.Replace(fakeCurl))
	one.write(t, "web/bundle.pem", "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----\n")
	names := mustNames(t, "acme")
	credentials, err := names.MySQLCredentials()
	if err != nil {
		t.Fatal(err)
	}
	settings, err := names.MySQLSettings(Server{"sql", 3306}, map[string]string{
		"openedxacme": strings.Repeat("Open1234", 4), "tutoracme": strings.Repeat("Boot1234", 4),
	})
	if err != nil {
		t.Fatal(err)
	}
	one.store(t, "admin", map[string]string{"username": "admin", "password": awkwardPassword})
	one.store(t, "instance", settings)
	one.job = FetchJob{
		Admin: "admin", Instance: "instance", Credentials: credentials, Secrets: one.secrets,
		AuthorityURL: "https://example.org/bundle.pem", Authority: filepath.Join(one.secrets, "authority.pem"),
	}
	one.values = map[string]string{
		AdminUserFile: "admin", AdminPasswordFile: awkwardPassword,
		"openedxacme": settings["OPENEDX_MYSQL_PASSWORD"], "tutoracme": settings["MYSQL_ROOT_PASSWORD"],
	}
	return one
}

func (one *fetching) write(t *testing.T, name, content string) {
	t.Helper()
	path := filepath.Join(one.folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
		t.Fatal(err)
	}
}

func (one *fetching) store(t *testing.T, name string, secret any) {
	t.Helper()
	text, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	one.write(t, "store/"+name, string(text)+"\n")
}

// run runs the script and fails the test if a password is in its output or in how a command was started.
func (one *fetching) run(t *testing.T, changes map[string]string) (string, error) {
	t.Helper()
	script := filepath.Join(one.folder, FetchScriptFile)
	one.write(t, FetchScriptFile, Scripts()[FetchScriptFile])
	env := one.job.Environment()
	env["PATH"] = filepath.Join(one.folder, "bin") + ":" + os.Getenv("PATH")
	maps.Copy(env, changes)
	run := exec.Command("sh", script)
	for name, value := range env {
		run.Env = append(run.Env, name+"="+value)
	}
	out, err := run.CombinedOutput()
	seen := string(out)
	if started, readErr := os.ReadFile(one.record); readErr == nil {
		seen += string(started)
	}
	for file, value := range one.values {
		if file != AdminUserFile && strings.Contains(seen, value) {
			t.Errorf("the password of %q is in the output, an argument or a variable", file)
		}
	}
	return string(out), err
}

func (one *fetching) mustRun(t *testing.T) {
	t.Helper()
	if out, err := one.run(t, nil); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// files are the names of what a run left behind.
func (one *fetching) files(t *testing.T) []string {
	t.Helper()
	entries, err := os.ReadDir(one.secrets)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
		info, err := entry.Info()
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("others may read %s: %v", entry.Name(), info.Mode())
		}
	}
	return names
}

func TestEachPasswordIsLaidIntoAFileOfItsOwnAsItWas(t *testing.T) {
	one := newFetching(t)
	one.mustRun(t)
	for name, want := range one.values {
		if got := read(t, filepath.Join(one.secrets, name)); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	if diff := cmp.Diff([]string{AdminPasswordFile, AdminUserFile, "authority.pem", "openedxacme", "tutoracme"}, one.files(t)); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsFetchedIsWhatTheAccountsAreMadeWith(t *testing.T) {
	one, s := newFetching(t), server(t)
	tenant := newTenant(t, s, "fetched", "discovery")
	settings, err := tenant.MySQLSettings(tenant.job.Server, tenant.passwords, "discovery")
	if err != nil {
		t.Fatal(err)
	}
	one.store(t, "instance", settings)
	one.store(t, "admin", map[string]string{"username": "admin", "password": adminPassword})
	one.write(t, "web/bundle.pem", read(t, tenant.job.Authority))
	if one.job.Credentials, err = tenant.MySQLCredentials("discovery"); err != nil {
		t.Fatal(err)
	}
	one.mustRun(t)
	tenant.job.Secrets, tenant.job.Authority = one.secrets, one.job.Authority
	tenant.mustRun(t)
	for _, user := range []string{"openedxfetched", "discoveryfetched"} {
		accepted(t, s, user, tenant.passwords[user], "SELECT 1")
	}
}

func TestSecretsCanBeFetchedAgainAfterARotation(t *testing.T) {
	one := newFetching(t)
	one.mustRun(t)
	one.values[AdminPasswordFile] = "rotated" + awkwardPassword
	one.store(t, "admin", map[string]string{"username": "admin", "password": one.values[AdminPasswordFile]})
	one.mustRun(t)
	if got := read(t, filepath.Join(one.secrets, AdminPasswordFile)); got != one.values[AdminPasswordFile] {
		t.Errorf("got %q", got)
	}
}

func TestNobodyElseEntersTheFolderAndTheCLIWritesNowhereElse(t *testing.T) {
	one := newFetching(t)
	if err := os.MkdirAll(one.secrets, 0o755); err != nil {
		t.Fatal(err)
	}
	one.mustRun(t)
	info, err := os.Stat(one.secrets)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o700 {
		t.Errorf("the folder is open: %v", info.Mode())
	}
	if seen := read(t, one.record); !strings.Contains(seen, "\nHOME="+one.secrets+"/") {
		t.Errorf("aws was started with %s", seen)
	}
}

func TestAuthoritiesAreFetchedOverVerifiedTLSAndOnlyWhereAsked(t *testing.T) {
	one := newFetching(t)
	one.mustRun(t)
	if seen := read(t, one.record); !strings.Contains(seen, "--fail ") || !strings.Contains(seen, "--proto =https") || strings.Contains(seen, "insecure") {
		t.Errorf("curl was started with %s", seen)
	}
	without := newFetching(t)
	without.job.AuthorityURL = ""
	without.mustRun(t)
	if strings.Contains(read(t, without.record), "curl ") || slices.Contains(without.files(t), "authority.pem") {
		t.Error("an authority was fetched that nobody asked for")
	}
}

func TestMongosSettingIsFetchedLikeMySQLs(t *testing.T) {
	one, names := newFetching(t), mustNames(t, "acme")
	settings, err := names.MongoSettings(Server{"mongo", 27017}, "rs0", strings.Repeat("Mongo123", 4))
	if err != nil {
		t.Fatal(err)
	}
	one.store(t, "instance", settings)
	one.job.Credentials = names.MongoCredentials()
	one.mustRun(t)
	if got := read(t, filepath.Join(one.secrets, names.MongoUser)); got != settings["MONGODB_PASSWORD"] {
		t.Errorf("got %q", got)
	}
}

func TestASecretThatCannotBeReadOrIsIncompleteEndsTheRun(t *testing.T) {
	text := strings.Repeat("Open1234", 4)
	for name, test := range map[string]struct {
		secret string
		value  any
		want   string
	}{
		"no rights":     {"denied", nil, "the secret absent cannot be read"},
		"no username":   {"admin", map[string]string{"password": text}, "has no username"},
		"no password":   {"instance", map[string]string{"OPENEDX_MYSQL_PASSWORD": text}, "has no MYSQL_ROOT_PASSWORD"},
		"empty":         {"instance", map[string]string{"OPENEDX_MYSQL_PASSWORD": "", "MYSQL_ROOT_PASSWORD": text}, "has no OPENEDX_MYSQL_PASSWORD"},
		"not text":      {"instance", map[string]any{"OPENEDX_MYSQL_PASSWORD": 12, "MYSQL_ROOT_PASSWORD": text}, "has no OPENEDX_MYSQL_PASSWORD"},
		"not an object": {"instance", text, "has no OPENEDX_MYSQL_PASSWORD"},
	} {
		t.Run(name, func(t *testing.T) {
			one := newFetching(t)
			if test.value == nil {
				one.job.Admin = "absent"
			} else {
				one.store(t, test.secret, test.value)
			}
			out, err := one.run(t, nil)
			if err == nil || !strings.Contains(out, test.want) || strings.Contains(out, text) {
				t.Errorf("got %v: %s", err, out)
			}
			for _, file := range one.files(t) {
				if strings.HasPrefix(file, ".fetch") {
					t.Error("what was fetched is left behind")
				}
			}
		})
	}
}

func TestWhatIsNoAuthorityEndsTheRun(t *testing.T) {
	for name, test := range map[string]struct{ url, want string }{
		"not there":      {"https://example.org/none.pem", "cannot be had"},
		"no certificate": {"https://example.org/page.html", "no certificate"},
		"no TLS":         {"http://example.org/bundle.pem", "https://"},
	} {
		t.Run(name, func(t *testing.T) {
			one := newFetching(t)
			one.write(t, "web/page.html", "<html>")
			one.job.AuthorityURL = test.url
			if out, err := one.run(t, nil); err == nil || !strings.Contains(out, test.want) {
				t.Errorf("got %v: %s", err, out)
			}
			if slices.Contains(one.files(t), "authority.pem") {
				t.Error("an authority was written")
			}
		})
	}
}

func TestWhatIsNotAUserAndASettingIsRefusedBeforeAnythingIsFetched(t *testing.T) {
	for _, pairs := range []string{"", "user", "user:", ":SETTING", "a:B:C", "../a:B", "a:B-C", "a:B $(id)"} {
		one := newFetching(t)
		if out, err := one.run(t, map[string]string{"PASSWORDS": pairs}); err == nil {
			t.Errorf("%q: accepted: %s", pairs, out)
		}
		if _, err := os.Stat(one.record); err == nil {
			t.Errorf("%q: aws was started", pairs)
		}
	}
}

func TestAnImageWithoutTheToolsIsNamedAsTheReason(t *testing.T) {
	one := newFetching(t)
	one.write(t, "bare/sh", "")
	for _, tool := range []string{"sh", "mkdir", "chmod", "mktemp", "rm", "cat", "mv"} {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		one.write(t, "bare/"+tool, "#!/bin/sh\nexec "+path+" \"$@\"\n")
	}
	one.write(t, "bare/aws", "#!/bin/sh\n")
	if out, err := one.run(t, map[string]string{"PATH": filepath.Join(one.folder, "bare")}); err == nil || !strings.Contains(out, "this image has no jq") {
		t.Errorf("got %v: %s", err, out)
	}
}

func TestAllScriptsLieInOneFolder(t *testing.T) {
	if diff := cmp.Diff([]string{FetchScriptFile, MongoProgramFile, MongoScriptFile, MongoDumpFile, MySQLScriptFile, MySQLDumpFile, UploadDumpsFile}, slices.Sorted(maps.Keys(Scripts()))); diff != "" {
		t.Error(diff)
	}
	for name, content := range Scripts() {
		if content != read(t, name) {
			t.Errorf("%s has another content", name)
		}
	}
}

func TestAnInstancesJobsHaveAServiceAccountOfTheirOwn(t *testing.T) {
	if got := mustNames(t, "north-campus").ServiceAccount(); got != "accounts-north-campus" {
		t.Errorf("got %q", got)
	}
}
