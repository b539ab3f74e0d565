package changes_test

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"example.org/openedx/internal/changes"
	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

var update = flag.Bool("update", false, "rewrite the golden summaries")

// resolve plans a stack with a preset and further settings.
func resolve(t *testing.T, preset string, set map[string]string) plan.Plan {
	t.Helper()
	values := map[string]string{
		"aws:region": "eu-west-1", "openedx:cloud": "aws", "openedx:preset": preset, "openedx:name": "campus", "openedx:domain": "campus.example.org",
		"openedx:instances": `{"main":{"slot":0,"lms":"learn.campus.example.org"},"lab":{"slot":1,"lms":"lab.campus.example.org"}}`,
	}
	maps.Copy(values, set)
	settings, problems := config.Read(config.Source{Stack: "school", Values: values, Secret: []string{"openedx:mongoPassword", "openedx:mailPassword"}})
	resolved, more := plan.Resolve(settings)
	if err := problems.Add(more...).Err(); err != nil {
		t.Fatal(err)
	}
	return resolved
}

// between is what becomes of a stack.
func between(before, after plan.Plan) changes.Summary {
	return changes.Between(changes.Of(before), changes.Of(after), after.Replaced(before.Foundations()))
}

func TestAStepBetweenPresetsReadsAsInTheGoldenFile(t *testing.T) {
	for _, step := range [][2]string{{"", "small"}, {"small", "medium"}, {"medium", "large"}} {
		t.Run(strings.Join(step[:], " to "), func(t *testing.T) {
			var before changes.Facts
			if step[0] != "" {
				before = changes.Of(resolve(t, step[0], nil))
			}
			got := changes.Between(before, changes.Of(resolve(t, step[1], nil)), nil).String() + "\n"
			file := filepath.Join("testdata", strings.Trim(strings.Join(step[:], "-"), "-")+".txt")
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := gocmp.Diff(string(want), got); diff != "" {
				t.Errorf("run with -update if this is meant (-want +got):\n%s", diff)
			}
			if lines := strings.Count(got, "\n"); lines > 40 {
				t.Errorf("%d lines are no summary", lines)
			}
		})
	}
}

func TestNothingIsSaidWhereNothingChanges(t *testing.T) {
	for _, preset := range []string{"small", "medium", "large"} {
		if said := between(resolve(t, preset, nil), resolve(t, preset, nil)).String(); said != "" {
			t.Errorf("%s: %s", preset, said)
		}
	}
}

// overrides are further settings.
func overrides(text string) map[string]string { return map[string]string{"openedx:overrides": text} }

// edits of medium, the topics that they are about, and what they do.
var edits = []struct {
	name string
	// preset is medium where it is empty.
	preset                    string
	before, after             map[string]string
	topics, restarts, notices []string
}{
	{name: "another machine for nodes", after: overrides(`{"nodes":{"machine":"m6i.4xlarge"}}`), topics: []string{"nodes"}, restarts: []string{"nodes"}},
	{name: "another family for nodes", after: overrides(`{"nodes":{"machine":"m6a.2xlarge"}}`), topics: []string{"nodes"}, restarts: []string{"nodes"}},
	{name: "larger disks", after: overrides(`{"nodes":{"diskGiB":200}}`), topics: []string{"nodes"}, restarts: []string{"nodes"}},
	{name: "more nodes at most", after: overrides(`{"nodes":{"max":40}}`), topics: []string{"nodes"}},
	{name: "more nodes at least", after: overrides(`{"nodes":{"min":6}}`), topics: []string{"nodes"}},
	{name: "fewer nodes at least", after: overrides(`{"nodes":{"min":4}}`), topics: []string{"nodes"}, restarts: []string{"nodes"}},
	{
		name: "another machine for MySQL with a reader", after: overrides(`{"mysql":{"machine":"db.r7g.2xlarge"}}`),
		topics: []string{"MySQL"}, restarts: []string{"MySQL: one server after the other"},
	},
	{
		name: "another machine for MySQL without a reader", preset: "small",
		after: overrides(`{"mysql":{"machine":"db.r7g.2xlarge"}}`), topics: []string{"MySQL"}, restarts: []string{"MySQL: the only server restarts"},
	},
	{
		name: "another machine for MySQL with a reader to come", preset: "small",
		after:  overrides(`{"mysql":{"machine":"db.r7g.2xlarge","readers":1}}`),
		topics: []string{"MySQL"}, restarts: []string{"MySQL: the new reader comes first"},
	},
	{name: "a reader more", after: overrides(`{"mysql":{"readers":2}}`), topics: []string{"MySQL"}},
	{name: "a reader less", preset: "small", before: overrides(`{"mysql":{"readers":1}}`), topics: []string{"MySQL"}, notices: []string{"MySQL: if the writer"}},
	{
		name: "a newer MySQL", before: map[string]string{"openedx:mysql": `{"version":"8.4.mysql_aurora.8.4.7"}`},
		topics: []string{"MySQL"}, restarts: []string{"MySQL: servers restart"},
	},
	{
		name: "another MySQL", before: map[string]string{"openedx:mysql": `{"version":"8.0.mysql_aurora.3.10.3"}`},
		topics: []string{"MySQL"}, restarts: []string{"MySQL: Aurora upgrades in place"},
	},
	{name: "another machine for MongoDB", after: overrides(`{"mongo":{"machine":"r7g.xlarge"}}`), topics: []string{"MongoDB"}, restarts: []string{"MongoDB: one member after the other"}},
	{name: "larger volumes", after: overrides(`{"mongo":{"volumeGiB":400}}`), topics: []string{"MongoDB"}, notices: []string{"MongoDB: volumes grow"}},
	{name: "more members", after: overrides(`{"mongo":{"members":5}}`), topics: []string{"MongoDB"}, notices: []string{"MongoDB: members that are new"}},
	{
		name: "a member anew", after: map[string]string{"openedx:mongo": `{"images":{"b":"ami-0123456789abcdef1"}}`},
		topics: []string{"MongoDB"}, restarts: []string{"MongoDB: the member's machine"},
	},
	{name: "a Redis node more", after: overrides(`{"cache":{"nodes":3}}`), topics: []string{"Redis"}},
	{name: "another machine for Redis", after: overrides(`{"cache":{"machine":"cache.r7g.xlarge"}}`), topics: []string{"Redis"}, restarts: []string{"Redis: new nodes copy"}},
	{
		name: "queues apart", after: map[string]string{"openedx:cache": `{"split":true}`},
		topics: []string{"Redis", "Redis for the cache alone"}, notices: []string{"Redis: the cache begins empty"},
	},
	{
		name: "queues and cache together again", before: map[string]string{"openedx:cache": `{"split":true}`},
		after:  map[string]string{"openedx:cache": `{"split":false,"moving":true}`},
		topics: []string{"Redis", "Redis for the cache alone"}, notices: []string{"Redis: the cache begins empty"},
	},
	{
		name: "pods have moved", before: map[string]string{"openedx:cache": `{"split":false,"moving":true}`},
		topics: []string{"Redis for the cache alone"},
	},
	{name: "Memcached", after: map[string]string{"openedx:cache": `{"memcached":true}`}, topics: []string{"Memcached"}},
	{name: "masters", after: overrides(`{"search":{"masters":3}}`), topics: []string{"OpenSearch"}, restarts: []string{"OpenSearch: AWS builds"}},
	{name: "one NAT gateway", after: map[string]string{"openedx:network": `{"nat":"single"}`}, topics: []string{"network"}, notices: []string{"network: connections to the internet"}},
	{
		name: "longer backups", after: map[string]string{"openedx:data": `{"backupDays":21}`}, topics: []string{"backups"},
	},
	{name: "fewer images", after: map[string]string{"openedx:registry": `{"images":5}`}, topics: []string{"images"}, notices: []string{"images: images beyond"}},
	{name: "another bastion", after: overrides(`{"bastion":{"machine":"t4g.small"}}`), topics: []string{"bastion"}, restarts: []string{"bastion: sessions"}},
	{name: "no bastion", after: map[string]string{"openedx:bastion": `{"enabled":false}`}, topics: []string{"bastion"}, restarts: []string{"bastion: sessions"}},
	{
		name: "an instance less", after: map[string]string{"openedx:instances": `{"main":{"slot":0,"lms":"learn.campus.example.org"}}`},
		topics: []string{"instance lab"}, notices: []string{"instance lab: hosts and place"},
	},
	{
		name: "an instance heavier", topics: []string{"instance main"},
		after: map[string]string{"openedx:instances": `{"main":{"slot":0,"lms":"learn.campus.example.org","weight":2},"lab":{"slot":1,"lms":"lab.campus.example.org"}}`},
	},
	{name: "no CDN", after: map[string]string{"openedx:cdn": `{"enabled":false}`}, topics: []string{"CDN"}, notices: []string{"CDN: names follow"}},
}

func TestAnEditIsToldByItsTopicsAndWhatItDoes(t *testing.T) {
	for _, e := range edits {
		t.Run(e.name, func(t *testing.T) {
			preset := cmp.Or(e.preset, "medium")
			s := between(resolve(t, preset, e.before), resolve(t, preset, e.after))
			topics := slices.DeleteFunc(labels(s.Changes, false), func(topic string) bool { return topic == "costs" })
			if diff := gocmp.Diff(e.topics, topics); diff != "" {
				t.Errorf("topics (-want +got):\n%s", diff)
			}
			compare(t, "restarts", e.restarts, labels(s.Restarts, true))
			compare(t, "notices", e.notices, labels(s.Effects, true))
			if text := s.String(); strings.Contains(text, "Nothing restarts.") != (len(e.restarts) == 0) || !strings.Contains(text, "Nothing that holds data is made anew.") {
				t.Errorf("got:\n%s", text)
			}
		})
	}
}

// labels are the topics of lines with the names that they are about, and what they say.
func labels(lines []changes.Line, texts bool) []string {
	var all []string
	for _, line := range lines {
		label := strings.TrimSpace(line.Topic + " " + strings.Join(line.Names, " "))
		if texts {
			label += ": " + line.Text
		}
		all = append(all, label)
	}
	return all
}

// compare compares lines by how they begin.
func compare(t *testing.T, what string, want, got []string) {
	t.Helper()
	ok := len(want) == len(got)
	for i := 0; ok && i < len(want); i++ {
		ok = strings.HasPrefix(got[i], want[i])
	}
	if !ok {
		t.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func TestAStoreThatIsMadeAnewIsTheLastThingSaid(t *testing.T) {
	before := resolve(t, "medium", map[string]string{"openedx:allowReplace": `["search"]`, "openedx:search": `{"version":"OpenSearch_2.19"}`})
	after := resolve(t, "medium", map[string]string{"openedx:allowReplace": `["search"]`, "openedx:search": `{"version":"OpenSearch_2.17"}`})
	said := between(before, after).String()
	if !strings.HasSuffix(said, "\nDATA THAT GOES OR STAYS BEHIND: search.") || strings.Contains(said, "Nothing that holds data") {
		t.Errorf("got:\n%s", said)
	}
}

func TestManyInstancesThatChangeAlikeAreOneLine(t *testing.T) {
	var entries []string
	for slot := range 60 {
		entries = append(entries, fmt.Sprintf(`"school%d":{"slot":%d,"lms":"school%d.campus.example.org"}`, slot, slot, slot))
	}
	many := map[string]string{"openedx:instances": "{" + strings.Join(entries, ",") + "}", "openedx:overrides": `{"nodes":{"min":50,"max":100},"learners":100000}`}
	s := between(resolve(t, "medium", many), resolve(t, "large", many))
	var found []changes.Line
	for _, line := range s.Changes {
		if line.Topic == "instance" {
			found = append(found, line)
		}
	}
	if len(found) != 1 || len(found[0].Names) != 60 {
		t.Fatalf("got %d lines", len(found))
	}
	if text := s.String(); !strings.Contains(text, "instances school0, school1, school10 and 57 more  ") {
		t.Errorf("got:\n%s", text)
	}
}

func TestWhatWasDeployedWithoutFactsIsToldInShort(t *testing.T) {
	said := changes.Between(nil, changes.Of(resolve(t, "medium", nil)), nil).String()
	if !strings.HasPrefix(said, "This will be medium:\n") || !strings.Contains(said, "5 to 30 m6i.2xlarge") || !strings.Contains(said, "costs") || strings.Count(said, "\n") > 6 {
		t.Errorf("got:\n%s", said)
	}
}

func TestACostThatIsNotKnownWholeSaysSo(t *testing.T) {
	p := resolve(t, "medium", nil)
	if said := changes.Of(p)["cost"]; !strings.HasPrefix(said, "USD ") || strings.Contains(said, "more") {
		t.Errorf("got %q", said)
	}
	p.Cluster.Nodes.Machine = "m99.2xlarge"
	if said := changes.Of(p)["cost"]; !strings.HasSuffix(said, " and more: of 2 items no price is known") && !strings.HasSuffix(said, " and more: of 1 item no price is known") {
		t.Errorf("got %q", said)
	}
	p.Cloud = config.Azure
	if said := changes.Of(p)["cost"]; !strings.HasPrefix(said, "not known: ") {
		t.Errorf("got %q", said)
	}
}
