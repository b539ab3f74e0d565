package firstboot

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// secretParts are texts that must be nowhere but in the secrets' own files.
var secretParts = []string{"a2V5ZmlsZS1zZWNyZXQ", "c2Vjb25kLWxpbmU", `se$cret`, secretMonitor, "PRIVATE KEY"}

func TestTheSecretsAreFilesThatOnlyTheirOwnerReads(t *testing.T) {
	c := newCloud(t)
	othersUp(c)
	m := c.newMachine(0)
	m.boot()
	folder := filepath.Join(m.root, "run/openedx")
	for name, content := range map[string]string{
		"keyfile": secretKeyFile + "\n", "ca.pem": "BEGIN CERTIFICATE", "server.pem": "BEGIN PRIVATE KEY",
		"monitor.json": secretMonitor, "monitor.yaml": `"password": "` + secretMonitor,
	} {
		path := filepath.Join(folder, name)
		info, err := os.Stat(path)
		must(t, err)
		if info.Mode().Perm() != 0o400 || !strings.Contains(read(t, path), content) {
			t.Errorf("%s has mode %v and holds\n%s", name, info.Mode(), read(t, path))
		}
		if calls := m.calls("chown mongod " + path + ".part"); len(calls) != 1 {
			t.Errorf("%s does not belong to mongod", name)
		}
	}
	entries, err := os.ReadDir(folder)
	must(t, err)
	if len(entries) != 5 {
		t.Errorf("the administrator's password, or a part, is left behind: %v", entries)
	}
	info, err := os.Stat(folder)
	must(t, err)
	if info.Mode().Perm() != 0o750 || len(m.calls("chown root:mongod "+folder)) != 1 {
		t.Errorf("the folder has mode %v", info.Mode())
	}
}

func TestNoSecretIsInAnyOutputArgumentEnvironmentOrFile(t *testing.T) {
	for name, prepare := range map[string]func(*cloud){
		"when all goes well": func(c *cloud) { c.running() },
		"at the first boot":  func(c *cloud) { othersUp(c) },
		"when the login fails": func(c *cloud) {
			c.running()
			c.change(func(set *replicaSet) { set.Users["root"] = user{}; set.Primary = nameOf(0) })
		},
		"when a secret is wrong": func(c *cloud) { c.write("secrets/admin", `{"user": "root", "password": "`+secretMonitor+`"}`) },
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			prepare(c)
			m := c.newMachine(0)
			var printed []string
			for _, script := range []string{"mongo-boot.sh", "mongo-metrics.sh", "mongo-backup.sh"} {
				_, output := m.try(script)
				printed = append(printed, output)
			}
			m.tell("printed", strings.Join(printed, "\n"))
			must(t, filepath.WalkDir(m.dir, func(path string, entry fs.DirEntry, err error) error {
				if err != nil || !entry.Type().IsRegular() || strings.HasPrefix(path, filepath.Join(m.root, "run/openedx")) {
					return err
				}
				content := read(t, path)
				for _, part := range secretParts {
					if strings.Contains(content, part) {
						t.Errorf("%q holds %q", path, part)
					}
				}
				return nil
			}))
		})
	}
}

func TestMongodIsNotStartedWithSecretsThatDoNotFit(t *testing.T) {
	for name, secret := range map[string]struct{ file, content, part string }{
		"an empty key":                {"keyfile", "", "keyfile"},
		"no authority":                {"tls", `{"certificate": "c", "privateKey": "k"}`, "ca.pem"},
		"no private key":              {"tls", `{"ca": "a", "certificate": "c"}`, "server.pem"},
		"no administrator's name":     {"admin", `{"password": "p"}`, "admin.json"},
		"a password that is a number": {"monitor", `{"username": "m", "password": 5}`, "monitor.json"},
		"no JSON":                     {"monitor", "password", "monitor.json"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			c.write("secrets/"+secret.file, secret.content)
			m := c.newMachine(0)
			m.refuses("mongo-boot.sh", ":"+secret.file+" cannot be read, or does not have the form that "+secret.part+" needs")
			if calls := m.calls("systemctl start"); len(calls) != 0 {
				t.Errorf("it called %q", calls)
			}
		})
	}
}

func TestMongodIsNotStartedWhenSecretsManagerDoesNotAnswer(t *testing.T) {
	c := newCloud(t)
	m := c.newMachine(0)
	m.tell("fail-aws", "half an answer")
	m.refuses("mongo-boot.sh", ":keyfile cannot be read")
	if calls := m.calls("systemctl start"); len(calls) != 0 {
		t.Errorf("it called %q", calls)
	}
}

func TestMongodIsNotStartedWithACertificateForOtherNames(t *testing.T) {
	for missing, names := range map[string][]string{
		"localhost": {nameOf(0), seedName},
		nameOf(0):   {"localhost", seedName},
		seedName:    {"localhost", nameOf(0)},
	} {
		t.Run(missing, func(t *testing.T) {
			c := newCloud(t)
			c.write("secrets/tls", certificate(t, names...))
			m := c.newMachine(0)
			m.refuses("mongo-boot.sh", "is not for "+missing)
			if calls := m.calls("systemctl start"); len(calls) != 0 {
				t.Errorf("it called %q", calls)
			}
		})
	}
}

func TestARotatedCertificateIsThereAfterTheNextRun(t *testing.T) {
	c := newCloud(t)
	c.running()
	m := c.newMachine(0)
	m.boot()
	before := read(t, filepath.Join(m.root, "run/openedx/server.pem"))
	c.write("secrets/tls", certificate(t, "localhost", nameOf(0), seedName))
	m.boot()
	if read(t, filepath.Join(m.root, "run/openedx/server.pem")) == before {
		t.Error("the old certificate is still there")
	}
}
