package cli

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// generated are the outputs of the types whose whole purpose is a secret.
var generated = map[string][]string{
	"aws:iam/accessKey:AccessKey":                {"secret", "sesSmtpPasswordV4"},
	"random:index/randomPassword:RandomPassword": {"result"},
	"tls:index/privateKey:PrivateKey":            {"privateKeyPem", "privateKeyPemPkcs8"},
}

// secretMark says in an export that a value is a secret, which is then JSON in plaintext.
const secretMark = "4dabf18193072939515e22adb298388d"

// secrets are all that a stack has generated, by the resource's name and output.
func (p project) secrets(stack string) map[string]string {
	p.t.Helper()
	home := filepath.Join(p.folder, ".offline")
	export := exec.CommandContext(p.t.Context(), filepath.Join(p.root, "bin", "pulumi"), "stack", "export", "--show-secrets", "--stack", stack)
	export.Dir = p.folder
	export.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "PULUMI_HOME=" + filepath.Join(home, "home"),
		"PULUMI_BACKEND_URL=file://" + filepath.Join(home, "state"), "PULUMI_CONFIG_PASSPHRASE=offline", "PULUMI_SKIP_UPDATE_CHECK=true",
	}
	text, err := export.Output()
	if err != nil {
		p.t.Fatalf("export: %v", err)
	}
	var state struct {
		Deployment struct {
			Resources []struct {
				URN     string                     `json:"urn"`
				Type    string                     `json:"type"`
				Outputs map[string]json.RawMessage `json:"outputs"`
			} `json:"resources"`
		} `json:"deployment"`
	}
	if err := json.Unmarshal(text, &state); err != nil {
		p.t.Fatal(err)
	}
	found := map[string]string{}
	for _, r := range state.Deployment.Resources {
		for _, output := range generated[r.Type] {
			var value map[string]string
			var secret string
			if err := json.Unmarshal(r.Outputs[output], &value); err != nil || value[secretMark] == "" {
				p.t.Fatalf("%s: %s is no secret in the state", r.URN, output)
			}
			if err := json.Unmarshal([]byte(value["plaintext"]), &secret); err != nil {
				p.t.Fatalf("%s: %v", r.URN, err)
			}
			found[r.URN+" "+output] = secret
		}
	}
	return found
}

func TestNoGeneratedSecretIsReadableAnywhere(t *testing.T) {
	t.Parallel()
	p := newProject(t)
	logs := p.must("preview", "-stack", "large", "--", "--diff") + p.must("up", "-stack", "large", "--", "--diff")
	p.must("plan", "-stack", "large")
	found := p.secrets("large")
	// Three passwords for each of three instances, two tokens, three of MongoDB, the keys
	// of an authority and three members in two forms each, what CloudFront is known by,
	// and the key of the user that sends mail as such and as a password; for Tutor three
	// texts and a key in two forms for each instance; and Grafana's password.
	if want := 3*3 + 2 + 3 + 4*2 + 1 + 2 + 3*(3+2) + 1; len(found) != want {
		t.Fatalf("%d secrets were generated, want %d", len(found), want)
	}
	// Three of the stores' accounts, two tokens, one of mail, and four of Tutor's own.
	printed, config := p.handOver("large", "north")
	if handed := holding(config, found); handed != 10 {
		t.Errorf("Tutor is handed %d of the secrets", handed)
	}
	places := map[string]string{"what the commands print": logs, "what make tutor prints": printed}
	err := filepath.WalkDir(p.folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() || entry.Type()&os.ModeSymlink != 0 {
			return err
		}
		// The name counts as well: it is made from the resource's.
		places[path] = path + "\n" + p.readPath(path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for place, text := range places {
		for name, secret := range found {
			if strings.Contains(text, longestLine(secret)) {
				t.Errorf("%s is readable in %s", name, place)
			}
		}
	}
}

// holding counts the secrets that a text holds.
func holding(text string, secrets map[string]string) int {
	count := 0
	for _, secret := range secrets {
		if strings.Contains(text, longestLine(secret)) {
			count++
		}
	}
	return count
}

// longestLine is the line of a text that says most: a key has several, which JSON
// writes in another way.
func longestLine(text string) string {
	longest := ""
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); len(line) > len(longest) {
			longest = line
		}
	}
	return longest
}
