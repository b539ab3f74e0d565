package accounts

import (
	"encoding/json"
	"fmt"
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

type mongoUser struct {
	Password   string              `json:"pwd"`
	Roles      []map[string]string `json:"roles"`
	Mechanisms []string            `json:"mechanisms,omitempty"`
}

// fakeMongo is what testdata/mongosh.js keeps between two runs.
type fakeMongo struct {
	Administrator string               `json:"administrator"`
	Down          bool                 `json:"down"`
	Users         map[string]mongoUser `json:"users"`
	Connections   []struct {
		Host        string            `json:"host"`
		Database    string            `json:"database"`
		Credentials string            `json:"credentials"`
		Options     map[string]string `json:"options"`
	} `json:"connections"`
	Writes []struct {
		Call   string   `json:"call"`
		Name   string   `json:"name"`
		Fields []string `json:"fields"`
	} `json:"writes"`
}

func (f fakeMongo) writes() string { return fmt.Sprint(f.Writes) }

type mongoTenant struct {
	Names
	folder, record string
	passwords      map[string]string
	server         fakeMongo
}

func newMongoTenant(t *testing.T, slug string) *mongoTenant {
	t.Helper()
	one := &mongoTenant{Names: mustNames(t, slug), folder: t.TempDir(), passwords: map[string]string{}}
	one.record = filepath.Join(one.folder, "record")
	for name, content := range MongoScript() {
		one.write(t, name, content)
	}
	node, standIn := debian.Need(t, "node", "nodejs"), filepath.Join(mustAbsolute(t, "testdata"), "mongosh.js")
	one.write(t, "bin/mongosh", "#!/bin/sh\n{ printf '%s\\n' \"$*\"; env; } >>'"+one.record+"'\nexec '"+node+"' '"+standIn+"' \"$@\"\n")
	one.write(t, "ca.pem", "authority")
	one.secret(t, AdminUserFile, "root")
	one.secret(t, AdminPasswordFile, `p@ss/w:rd%$ "'\`)
	one.secret(t, one.MongoUser, strings.Repeat("Mongo123", 4))
	one.server = fakeMongo{Administrator: "root", Users: map[string]mongoUser{"root": {Password: one.passwords[AdminPasswordFile]}}}
	return one
}

func mustAbsolute(t *testing.T, path string) string {
	t.Helper()
	absolute, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return absolute
}

func (one *mongoTenant) write(t *testing.T, name, content string) {
	t.Helper()
	path := filepath.Join(one.folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o700); err != nil {
		t.Fatal(err)
	}
}

func (one *mongoTenant) secret(t *testing.T, name, value string) {
	t.Helper()
	one.passwords[name] = value
	one.write(t, "secrets/"+name, value+"\n")
}

// run runs the script against the users in one.server and reads back what became of them.
func (one *mongoTenant) run(t *testing.T, changes map[string]string) (string, error) {
	t.Helper()
	before, err := json.Marshal(map[string]any{
		"administrator": one.server.Administrator, "down": one.server.Down, "users": one.server.Users, "connections": []any{}, "writes": []any{},
	})
	if err != nil {
		t.Fatal(err)
	}
	one.write(t, "server.json", string(before))
	env := one.MongoEnvironment(MongoJob{
		Server: Server{"mongo.campus.internal", 27017}, ReplicaSet: "rs0",
		Authority: filepath.Join(one.folder, "ca.pem"), Secrets: filepath.Join(one.folder, "secrets"),
	})
	env["PATH"] = filepath.Join(one.folder, "bin") + ":" + os.Getenv("PATH")
	env["FAKE_SERVER"], env["TMPDIR"] = filepath.Join(one.folder, "server.json"), filepath.Join(one.folder, "bin")
	maps.Copy(env, changes)
	run := exec.Command("sh", filepath.Join(one.folder, MongoScriptFile))
	run.Env = nil
	for name, value := range env {
		run.Env = append(run.Env, name+"="+value)
	}
	out, err := run.CombinedOutput()
	after := read(t, filepath.Join(one.folder, "server.json"))
	one.server = fakeMongo{}
	if decodeErr := json.Unmarshal([]byte(after), &one.server); decodeErr != nil {
		t.Fatal(decodeErr)
	}
	for _, name := range []string{AdminPasswordFile, one.MongoUser} {
		if strings.Contains(string(out), one.passwords[name]) {
			t.Errorf("the output has the password of %q: %s", name, out)
		}
	}
	return string(out), err
}

func (one *mongoTenant) mustRun(t *testing.T) string {
	t.Helper()
	out, err := one.run(t, nil)
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return out
}

func (one *mongoTenant) wanted() mongoUser {
	return mongoUser{
		Password: one.passwords[one.MongoUser], Mechanisms: []string{"SCRAM-SHA-256"},
		Roles: []map[string]string{{"role": "readWrite", "db": one.MongoDatabase}},
	}
}

func TestTheFirstRunCreatesAMongoUserThatUsesItsOwnDatabaseOnly(t *testing.T) {
	one := newMongoTenant(t, "north-campus")
	one.mustRun(t)
	if diff := cmp.Diff(one.wanted(), one.server.Users["openedx000gnorthcampus"]); diff != "" {
		t.Error(diff)
	}
	if len(one.server.Writes) != 1 || len(one.server.Users) != 2 {
		t.Errorf("got %+v", one.server)
	}
}

func TestASecondRunWritesNothingToMongo(t *testing.T) {
	one := newMongoTenant(t, "acme")
	one.mustRun(t)
	before := maps.Clone(one.server.Users)
	one.mustRun(t)
	if diff := cmp.Diff(before, one.server.Users); diff != "" || len(one.server.Writes) != 0 {
		t.Errorf("wrote %s: %s", one.server.writes(), diff)
	}
}

func TestARotatedMongoPasswordIsTheOnlyThingWritten(t *testing.T) {
	one := newMongoTenant(t, "acme")
	one.mustRun(t)
	one.secret(t, one.MongoUser, strings.Repeat("Rotated1", 4))
	one.mustRun(t)
	if diff := cmp.Diff(one.wanted(), one.server.Users[one.MongoUser]); diff != "" {
		t.Error(diff)
	}
	if got := one.server.writes(); got != "[{updateUser openedxacme [mechanisms pwd]}]" {
		t.Errorf("wrote %s", got)
	}
}

func TestRolesBeyondTheOwnDatabaseAreTakenAndReported(t *testing.T) {
	own := map[string]string{"role": "readWrite", "db": "openedxacme"}
	for name, roles := range map[string][]map[string]string{
		"one more": {own, {"role": "readWrite", "db": "openedxother"}}, "none": {}, "other": {{"role": "root", "db": "admin"}},
		"read only": {{"role": "read", "db": "openedxacme"}},
	} {
		t.Run(name, func(t *testing.T) {
			one := newMongoTenant(t, "acme")
			one.server.Users[one.MongoUser] = mongoUser{Password: one.passwords[one.MongoUser], Roles: roles, Mechanisms: []string{"SCRAM-SHA-256"}}
			out := one.mustRun(t)
			if diff := cmp.Diff(one.wanted(), one.server.Users[one.MongoUser]); diff != "" {
				t.Error(diff)
			}
			if got := one.server.writes(); got != "[{updateUser openedxacme [roles]}]" || !strings.Contains(out, "had other roles") {
				t.Errorf("wrote %s and said %s", got, out)
			}
		})
	}
}

func TestMongoIsReachedOverVerifiedTLSAndWithoutCredentialsInTheAddress(t *testing.T) {
	one := newMongoTenant(t, "acme")
	one.mustRun(t)
	if len(one.server.Connections) != 1 {
		t.Fatalf("got %d connections", len(one.server.Connections))
	}
	connection := one.server.Connections[0]
	want := map[string]string{
		"replicaSet": "rs0", "tls": "true", "tlsCAFile": filepath.Join(one.folder, "ca.pem"), "retryWrites": "true", "w": "majority",
	}
	if diff := cmp.Diff(want, connection.Options); diff != "" {
		t.Error(diff)
	}
	if connection.Host != "mongo.campus.internal:27017" || connection.Credentials != "" || connection.Database != "/"+MongoAuthSource {
		t.Errorf("got %+v", connection)
	}
}

func TestNoMongoPasswordIsAnArgumentOrVariableAndNoFileIsLeft(t *testing.T) {
	one := newMongoTenant(t, "acme")
	one.mustRun(t)
	seen := read(t, one.record)
	if !strings.Contains(seen, "--nodb --norc --quiet --file") {
		t.Errorf("mongosh was started with %s", seen)
	}
	for _, name := range []string{AdminPasswordFile, one.MongoUser} {
		if strings.Contains(seen, one.passwords[name]) {
			t.Errorf("the password of %q is an argument or a variable", name)
		}
	}
	left, err := filepath.Glob(filepath.Join(one.folder, "bin", "tmp.*"))
	if err != nil || len(left) != 0 {
		t.Errorf("the script left %v, %v", left, err)
	}
}

func TestARefusedMongoAdministratorEndsTheRun(t *testing.T) {
	one := newMongoTenant(t, "acme")
	one.secret(t, AdminPasswordFile, "wrong-password-of-root")
	out, err := one.run(t, nil)
	if err == nil || !strings.Contains(out, "the administrator is refused") || len(one.server.Writes) != 0 {
		t.Errorf("got %v, %s: %s", err, one.server.writes(), out)
	}
}

func TestAnUnreachableMongoIsNotTakenForAWrongPassword(t *testing.T) {
	one := newMongoTenant(t, "acme")
	one.server.Down = true
	out, err := one.run(t, nil)
	if err == nil || !strings.Contains(out, "HostUnreachable") || len(one.server.Writes) != 0 {
		t.Errorf("got %v, %s: %s", err, one.server.writes(), out)
	}
}

func TestWhatIsNotANameOrASecretIsRefusedBeforeMongoIsAsked(t *testing.T) {
	changes := map[string]map[string]string{
		"user":           {"MONGO_USER": "openedx'acme"},
		"database":       {"MONGO_DATABASE": "openedx.acme"},
		"list of hosts":  {"MONGODB_HOST": "a,b,c"},
		"port":           {"MONGODB_PORT": "27017/x"},
		"replica set":    {"MONGODB_REPLICA_SET": "rs0&tls=false"},
		"no replica set": {"MONGODB_REPLICA_SET": ""},
		"authority":      {"MONGODB_CA": "/nonexistent"},
		"secrets folder": {"SECRETS": "/nonexistent"},
	}
	for _, name := range slices.Sorted(maps.Keys(changes)) {
		t.Run(name, func(t *testing.T) {
			one := newMongoTenant(t, "acme")
			one.write(t, "secrets/openedx'acme", strings.Repeat("Mongo123", 4))
			if out, err := one.run(t, changes[name]); err == nil {
				t.Errorf("accepted: %s", out)
			}
			if _, err := os.Stat(one.record); err == nil {
				t.Error("mongosh was started")
			}
		})
	}
	for _, password := range []string{"short", "aaaaaaaaaaaaaaaa'bb", "aaaaaaaaaaaaaaaa\nbb"} {
		one := newMongoTenant(t, "acme")
		one.secret(t, one.MongoUser, password)
		one.passwords[one.MongoUser] = password + password // what the output must not have is longer than a word of it
		if out, err := one.run(t, nil); err == nil || len(one.server.Writes) != 0 {
			t.Errorf("%q: got %s, %s", password, one.server.writes(), out)
		}
	}
}
