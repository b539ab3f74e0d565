package firstboot

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"example.org/openedx/internal/debian"
)

var update = flag.Bool("update", false, "write the golden files anew")

// unpack undoes UserData.
func unpack(t *testing.T, data string) (packed []byte, text string) {
	t.Helper()
	packed, err := base64.StdEncoding.DecodeString(data)
	must(t, err)
	reader, err := gzip.NewReader(bytes.NewReader(packed))
	must(t, err)
	raw, err := io.ReadAll(reader)
	must(t, err)
	return packed, string(raw)
}

// The golden file names the digest of the packed bytes too: other bytes would be other user data for running machines, even
// when they unpack to the same text. The scripts are in it by digest, because they are in files/ to read.
func TestTheUserDataOfAMemberIsTheGoldenOne(t *testing.T) {
	data, err := UserData(memberInTests(0))
	must(t, err)
	packed, text := unpack(t, data)
	var config cloudConfig
	must(t, yaml.Unmarshal([]byte(strings.TrimPrefix(text, "#cloud-config\n")), &config))
	for i, file := range config.WriteFiles {
		if strings.HasPrefix(file.Path, library) {
			config.WriteFiles[i].Content = "sha256 " + sum([]byte(file.Content))
		}
	}
	readable, err := yaml.Marshal(config)
	must(t, err)
	got := fmt.Sprintf("#cloud-config, packed: %d bytes, sha256 %s\n%s", len(packed), sum(packed), readable)
	golden := filepath.Join("testdata", "user-data.golden.yaml")
	if *update {
		must(t, os.WriteFile(golden, []byte(got), 0o600))
	}
	if diff := cmp.Diff(read(t, golden), got); diff != "" {
		t.Errorf("the user data changed, which go test -update accepts (-want +got):\n%s", diff)
	}
}

func sum(content []byte) string {
	digest := sha256.Sum256(content)
	return hex.EncodeToString(digest[:])
}

func TestTheUserDataIsTheCloudConfigAndTheSameEveryTime(t *testing.T) {
	first, err := UserData(memberInTests(0))
	must(t, err)
	second, err := UserData(memberInTests(0))
	must(t, err)
	if first != second {
		t.Error("the same member has other user data the second time")
	}
	want, err := CloudConfig(memberInTests(0))
	must(t, err)
	if _, text := unpack(t, first); text != want {
		t.Error("the user data unpacks to something else")
	}
}

func TestEveryFileIsInstalledAsItIsInTheRepository(t *testing.T) {
	text, err := CloudConfig(memberInTests(0))
	must(t, err)
	var config cloudConfig
	must(t, yaml.Unmarshal([]byte(text), &config))
	contents := map[string]string{}
	for _, file := range config.WriteFiles {
		contents[filepath.Base(file.Path)] = file.Content
	}
	entries, err := files.ReadDir("files")
	must(t, err)
	for _, entry := range entries {
		name := entry.Name()
		switch name {
		case "mongod.conf", "mongo-backup.timer": // rendered; the golden file shows them
			continue
		case "mongodb-org.repo":
			contents[name] = contents["mongodb-org-7.0.repo"]
		}
		if contents[name] != read(t, filepath.Join("files", name)) {
			t.Errorf("%q is not installed as it is", name)
		}
	}
}

// largest is a member for which every text is about as long as AWS lets it be.
func largest() Member {
	member := memberInTests(0)
	label := strings.Repeat("a", 62)
	name := func(i int) string { return fmt.Sprintf("m%d.%s.%s.internal", i, label, label) }
	member.Members = nil
	for i := range maxVoters {
		member.Members = append(member.Members, Peer{DNSName: name(i), First: i == 0})
	}
	member.DNSName, member.Seed, member.ReplicaSet = name(0), name(maxVoters), strings.Repeat("r", 63)
	for _, arn := range []*string{&member.Secrets.KeyFile, &member.Secrets.TLS, &member.Secrets.Admin, &member.Secrets.Monitor} {
		*arn += strings.Repeat("/secret", 60)
	}
	member.Backup.Prefix = strings.Repeat("p", 200)
	return member
}

func TestTheUserDataOfTheLargestMemberFitsWhatEC2Takes(t *testing.T) {
	data, err := UserData(largest())
	must(t, err)
	packed, _ := unpack(t, data)
	if len(packed) > userDataLimit {
		t.Errorf("%d bytes, and EC2 takes %d", len(packed), userDataLimit)
	}
}

func TestUserDataOverTheLimitIsAnError(t *testing.T) {
	member := memberInTests(0)
	var noise strings.Builder // what gzip cannot shorten
	for i := range 400 {
		noise.WriteString(sum([]byte{byte(i), byte(i >> 8)}))
	}
	member.Backup.Prefix = noise.String()
	if _, err := UserData(member); err == nil || !strings.Contains(err.Error(), "EC2 takes 16384") {
		t.Errorf("got %v", err)
	}
}

func TestAMemberThatIsWrongIsRefusedWithAllItsProblemsAtOnce(t *testing.T) {
	_, err := UserData(Member{})
	if err == nil {
		t.Fatal("an empty member is accepted")
	}
	for _, part := range []string{
		"name is", "DNS name is", "seed is", "replica set is", "region is", "server version is", "shell version is",
		"tools version is", "backup prefix is", "backup schedule is", "there are 0 members", "0 members are marked",
		"is not one of the members", "oplog size", "volume is", "key file secret is", "TLS secret is", "admin secret is",
		"monitor secret is", "backup bucket is",
	} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not among the problems:\n%v", part, err)
		}
	}
}

func TestEachFieldIsCheckedAtItsBoundary(t *testing.T) {
	for name, example := range map[string]struct {
		edit func(*Member)
		want string // empty: accepted
	}{
		"server of the series":     {func(m *Member) { m.Versions.Server = "7.0.0" }, ""},
		"server of another series": {func(m *Member) { m.Versions.Server = "8.0.4" }, `server version is "8.0.4"`},
		"server without a patch":   {func(m *Member) { m.Versions.Server = "7.0" }, `server version is "7.0"`},
		"a shell that floats":      {func(m *Member) { m.Versions.Shell = "2.5.*" }, `shell version is "2.5.*"`},
		"smallest oplog":           {func(m *Member) { m.OplogMB = 990 }, ""},
		"oplog too small":          {func(m *Member) { m.OplogMB = 989 }, "oplog size is 989 MB"},
		"no cache size":            {func(m *Member) { m.CacheGB = 0 }, ""},
		"smallest cache":           {func(m *Member) { m.CacheGB = 0.25 }, ""},
		"cache too small":          {func(m *Member) { m.CacheGB = 0.2 }, "cache size is 0.2 GB"},
		"cache too large":          {func(m *Member) { m.CacheGB = 10001 }, "cache size is 10001 GB"},
		"an address for a name":    {func(m *Member) { m.Members[1].DNSName = "10.0.0.1" }, `member 1 is "10.0.0.1"`},
		"two members":              {func(m *Member) { m.Members = m.Members[:2] }, "there are 2 members"},
		"eight members": {func(m *Member) {
			for i := 3; i < 8; i++ {
				m.Members = append(m.Members, Peer{DNSName: nameOf(i)})
			}
		}, "there are 8 members"},
		"a member twice":           {func(m *Member) { m.Members[2] = m.Members[1] }, "is there twice"},
		"no first":                 {func(m *Member) { m.Members[0].First = false }, "0 members are marked as the first"},
		"two firsts":               {func(m *Member) { m.Members[1].First = true }, "2 members are marked as the first"},
		"a stranger":               {func(m *Member) { m.DNSName = nameOf(7) }, "is not one of the members"},
		"a seed that is a member":  {func(m *Member) { m.Seed = nameOf(1) }, "is the name of a member"},
		"a volume by device":       {func(m *Member) { m.Volume = "/dev/sdf" }, `volume is "/dev/sdf"`},
		"an old volume id":         {func(m *Member) { m.Volume = "vol-0123abcd" }, ""},
		"a secret by name":         {func(m *Member) { m.Secrets.TLS = "mongo/tls" }, `TLS secret is "mongo/tls"`},
		"no key of its own":        {func(m *Member) { m.Backup.KeyARN = "" }, ""},
		"a key by alias":           {func(m *Member) { m.Backup.KeyARN = "alias/mongo" }, `backup key is "alias/mongo"`},
		"a prefix with a slash":    {func(m *Member) { m.Backup.Prefix = "mongo/" }, `backup prefix is "mongo/"`},
		"a schedule of two lines":  {func(m *Member) { m.Backup.Schedule = "daily\nOnBootSec=1" }, "backup schedule is"},
		"a bucket in capitals":     {func(m *Member) { m.Backup.Bucket = "School" }, `backup bucket is "School"`},
		"a name that is a command": {func(m *Member) { m.Name = "$(reboot)" }, `name is "$(reboot)"`},
	} {
		t.Run(name, func(t *testing.T) {
			member := memberInTests(0)
			example.edit(&member)
			_, err := UserData(member)
			if example.want == "" {
				must(t, err)
				return
			}
			if err == nil || !strings.Contains(err.Error(), example.want) {
				t.Errorf("got %v, want an error with %q", err, example.want)
			}
		})
	}
}

func TestWhatNoResourceHasProducedYetCanBeLeftOutOfTheCheck(t *testing.T) {
	member := memberInTests(0)
	member.Volume, member.Secrets = "", Secrets{}
	member.Backup.Bucket, member.Backup.KeyARN = "", ""
	must(t, member.Check())
}

func TestQuotedTextReachesTheShellAsItIs(t *testing.T) {
	for _, text := range []string{"", "plain", "it's", `"$(id)" \ ` + "`id`", "two\nlines", "'; reboot; '"} {
		run := exec.Command(debian.Need(t, "bash", "bash"), "-c", "printf %s "+quote(text))
		output, err := run.Output()
		must(t, err)
		if string(output) != text {
			t.Errorf("%q became %q", text, output)
		}
	}
}

func TestTheScriptsPublishTheMetricsThatThisPackageNames(t *testing.T) {
	for script, names := range map[string][]string{
		"mongo-metrics.sh": {MetricMemberHealthy, MetricReplicationLag, MetricOplogWindow, MetricDiskUsed, DimensionReplicaSet, DimensionMember},
		"mongo-backup.sh":  {MetricBackupSucceeded, DimensionReplicaSet},
	} {
		text := read(t, filepath.Join("files", script))
		for _, name := range names {
			if !strings.Contains(text, name) {
				t.Errorf("%q is not in %s", name, script)
			}
		}
	}
}
