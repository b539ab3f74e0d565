package collector_test

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"example.org/openedx/internal/collector"
)

const id = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

func TestTheLineOfAnEventIsToldFromAllOthers(t *testing.T) {
	const (
		begin = `2026-01-31 12:00:00,123 INFO 17 [tracking] `
		event = `{"name": "/courses/course-v1:X+Y+Z/", "context": {"user_id": 5, "path": "/a - {b}"}, "event": "{\"GET\": {}}"}`
	)
	for line, want := range map[string]string{
		begin + `[user 5] [ip 203.0.113.7] logger.py:41 - ` + event:                               event,
		begin + `[user None] [ip None] logger.py:41 - ` + event:                                   event,
		begin + `[user 5] [ip 2001:db8::1] logger.py:41 - ` + event + "\n":                        event,
		begin + `[user 5] [ip 203.0.113.7] logger.py:41 - no JSON`:                                "",
		`2026-01-31 12:00:00,123 INFO 17 [root] [user 5] [ip 203.0.113.7] a.py:1 - ` + event:      "",
		`2026-01-31 12:00:00,123 INFO 17 [root] [user 5] [ip 1] a.py:1 - saw [tracking] ` + event: "",
		`[pid: 17|app: 0|req: 1/1] 10.0.0.1 () {56 vars} [tracking]`:                              "",
		event: "",
	} {
		found := regexp.MustCompile(collector.EventPattern).FindStringSubmatch(line)
		got := ""
		if found != nil {
			got = found[1]
		}
		if got != want {
			t.Errorf("%q: the event is %q, want %q", line, got, want)
		}
		// What is sent to the bucket is taken out of the logs, and nothing else.
		if left := !regexp.MustCompile(collector.EventLine).MatchString(line); left != (want == "") {
			t.Errorf("%q is left among the logs: %t", line, left)
		}
	}
}

// lines reads the settings of each section, in their order.
func lines(t *testing.T, text string) []map[string]string {
	t.Helper()
	var all []map[string]string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "[") {
			all = append(all, map[string]string{"section": strings.Trim(line, "[]")})
			continue
		}
		key, value, found := strings.Cut(strings.TrimPrefix(line, "    "), " ")
		if !found || len(all) == 0 || strings.HasPrefix(key, " ") {
			t.Fatalf("%q is no setting", line)
		}
		all[len(all)-1][key] = value
	}
	return all
}

func TestTheNameOfEveryFileIsTakenApart(t *testing.T) {
	name := regexp.MustCompile(collector.FileName)
	for file, want := range map[string][3]string{
		"lms-7f9c-abcde_instance-main_lms-" + id + ".log":            {"lms-7f9c-abcde", "instance-main", "lms"},
		"dump-main-29411-x_openedx-system_dump-mysql-" + id + ".log": {"dump-main-29411-x", "openedx-system", "dump-mysql"},
		"etcd-ip-10-0-0-1.internal_kube-system_etcd-" + id + ".log":  {"etcd-ip-10-0-0-1.internal", "kube-system", "etcd"},
	} {
		found := name.FindStringSubmatch("/var/log/containers/" + file)
		if len(found) != 4 || [3]string(found[1:]) != want {
			t.Errorf("%s is %q, want %q", file, found, want)
		}
	}
	for _, part := range name.SubexpNames()[1:] {
		if tag := collector.Tag; !strings.Contains(tag, "<"+part+">") {
			t.Errorf("the tag %s has no %s", collector.Tag, part)
		}
	}
}

// matches tells whether any of some patterns, between commas, is of a file.
func matches(t *testing.T, patterns, file string) bool {
	t.Helper()
	return slices.ContainsFunc(strings.Split(patterns, ","), func(pattern string) bool {
		matched, err := path.Match(pattern, file)
		if err != nil {
			t.Fatal(err)
		}
		return matched
	})
}

func TestEventsAreReadOfInstancesWebServersAndWorkersAndCalledAfterTheSlug(t *testing.T) {
	inputs := lines(t, collector.ExtraInputs())
	if len(inputs) != 1 || inputs[0]["section"] != "INPUT" || inputs[0]["Tag"] != "tracking.<slug>" {
		t.Fatalf("inputs %v", inputs)
	}
	slug := regexp.MustCompile(inputs[0]["Tag_Regex"])
	for file, want := range map[string]string{
		"lms-1_instance-main_lms-":                    "main",
		"lms-worker-1_instance-my-campus_lms-worker-": "my-campus",
		"cms-1_instance-main_cms-":                    "main",
		"cms-worker-1_instance-main_cms-worker-":      "main",
		"caddy-1_instance-main_caddy-":                "",
		"lms-1_other_lms-":                            "",
	} {
		got := ""
		if matches(t, inputs[0]["Path"], "/var/log/containers/"+file+id+".log") {
			got = slug.FindStringSubmatch(file)[1]
		}
		if got != want {
			t.Errorf("%s is read for %q, want %q", file, got, want)
		}
	}
}

func TestTheTwoWaysNeverMeet(t *testing.T) {
	filters := lines(t, collector.ExtraFilters())
	var got []string
	for _, filter := range filters {
		got = append(got, filter["section"]+" "+filter["Name"]+" "+filter["Match"])
	}
	want := "FILTER parser tracking.*, FILTER grep tracking.*, FILTER grep kube.instance-*"
	if strings.Join(got, ", ") != want {
		t.Errorf("filters: %s, want %s", strings.Join(got, ", "), want)
	}
	// The parser comes first: what it finds is what the next one asks for.
	if filters[0]["Key_Name"] != collector.Line || filters[1]["Regex"] != collector.Event+` ^\{` || filters[2]["Exclude"] != collector.Line+" "+collector.EventLine {
		t.Errorf("filters %v", filters)
	}
	parsers := lines(t, collector.ExtraParsers())
	if len(parsers) != 1 || parsers[0]["Name"] != filters[0]["Parser"] || parsers[0]["Regex"] != collector.EventPattern {
		t.Errorf("parsers %v", parsers)
	}
	inputs := lines(t, collector.ExtraInputs())
	if inputs[0]["DB"] == collector.Positions {
		t.Error("both ways keep their place in one file")
	}
}

func TestEventsAreKeptByInstanceAndDay(t *testing.T) {
	if want := "/tracking/$TAG[1]/%Y/%m/%d/%H%M%S-$UUID.jsonl.gz"; collector.ObjectNames != want {
		t.Errorf("objects are called %s, want %s", collector.ObjectNames, want)
	}
}
