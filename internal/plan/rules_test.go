package plan_test

import (
	"fmt"
	"strings"
	"testing"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

func network(change func(n *config.Network, value string)) func(*config.Settings, string) {
	return func(s *config.Settings, value string) { change(&s.Network, value) }
}

func cluster(change func(c *config.Cluster, value string)) func(*config.Settings, string) {
	return func(s *config.Settings, value string) { change(&s.Cluster, value) }
}

func nodes(change func(n *config.NodesOverride, value string)) func(*config.Settings, string) {
	return func(s *config.Settings, value string) { change(&s.Overrides.Nodes, value) }
}

func instance(change func(i *config.Instance, value string)) func(*config.Settings, string) {
	return func(s *config.Settings, value string) {
		i := config.Instance{LMS: "learn.example.org", Slot: ptr(0)}
		change(&i, value)
		s.Domain = "example.org"
		s.Instances = map[string]config.Instance{"main": i}
	}
}

func number(value string) *int {
	var n int
	if _, err := fmt.Sscan(value, &n); err != nil {
		return nil
	}
	return &n
}

func list(value string) []string { return strings.Fields(value) }

func TestEveryRuleHoldsAtItsBoundary(t *testing.T) {
	label := strings.Repeat("a", 63)
	longest := strings.Repeat(label+".", 3) + strings.Repeat("a", 49) + ".example.org"
	tooLong := strings.Repeat(label+".", 3) + strings.Repeat("a", 50) + ".example.org"
	role := "arn:aws:iam::123456789012:role/"
	for _, b := range []boundary{
		{
			name: "cloud", key: "openedx:cloud",
			set:  func(s *config.Settings, v string) { s.Cloud = config.Cloud(v) },
			good: []string{"aws"}, bad: []string{"azure", "existing"},
		},
		{
			name: "region", key: "aws:region", preset: config.Small,
			// Not every region has SES by SMTP, which is another rule's.
			set:  func(s *config.Settings, v string) { s.Region, s.Mail, s.MailPassword = v, elsewhere(), "secret" },
			good: plan.Regions(), bad: []string{"us-west-1", "eu-west-4", "cn-north-1", "us-gov-west-1", "eu-west-1a", "EU-WEST-1"},
		},
		{
			name: "name", key: "openedx:name",
			set:  func(s *config.Settings, v string) { s.Name = v },
			good: []string{"abc", "a1b", "my-campus", "a2345678901234567890"},
			bad:  []string{"ab", "a23456789012345678901", "1abc", "-abc", "abc-", "a--b", "aBc", "a_b", "a.b", "ä23"},
		},
		{
			name: "domain", key: "openedx:domain",
			set:  func(s *config.Settings, v string) { s.Domain, s.Instances = v, nil },
			good: []string{"example.org", "campus.example.co.uk", "xn--hochschule-mnchen-n6b.example.org", longest, label + ".example.org"},
			bad: []string{
				"org", "co.uk", "example", "example.org.", ".example.org", "a..example.org", "-a.example.org", "a-.example.org", "a_b.example.org",
				"example.local", "campus.internal", "10.1.2.3", "2001:db8::1", "http://example.org", "example.org/x", "example.org:443", "*.example.org",
				"Example.org", tooLong, label + "a.example.org", "exämple.org", "example .org",
			},
		},
		{
			name: "address block", key: "openedx:network.cidr", preset: config.Small,
			set: network(func(n *config.Network, v string) { n.CIDR = &v }),
			good: []string{
				"10.0.0.0/16", "10.255.0.0/16", "10.20.16.0/20", "172.16.0.0/16", "172.18.0.0/16", "172.19.0.0/16", "172.21.0.0/16", "172.31.0.0/16",
				"192.168.0.0/16", "192.168.240.0/20", "100.64.0.0/16", "100.127.240.0/20",
			},
			bad: []string{
				"10.0.0.0/15", "10.0.0.0/21", "10.0.0.0/28", "9.255.0.0/16", "11.0.0.0/16", "172.15.0.0/16", "172.32.0.0/16", "192.167.0.0/16", "192.169.0.0/16",
				"100.63.0.0/16", "100.128.0.0/16", "172.17.0.0/16", "172.17.240.0/20", "172.20.0.0/16", "172.20.16.0/20", "169.254.0.0/16", "203.0.113.0/20",
				"10.20.0.1/16", "10.20.8.0/20", "10.20.0.0", "10.20.0.0/33", "fd00::/16", "::ffff:10.20.0.0/112", "ten",
			},
		},
		{
			name: "address block for 30 nodes", key: "openedx:network.cidr", preset: config.Medium,
			set:  network(func(n *config.Network, v string) { n.CIDR = &v }),
			good: []string{"10.20.0.0/20"},
		},
		{
			name: "address block for 100 nodes", key: "openedx:network.cidr", preset: config.Large,
			set:  network(func(n *config.Network, v string) { n.CIDR = &v }),
			good: []string{"10.20.0.0/18"}, bad: []string{"10.20.0.0/19", "192.168.224.0/19"},
		},
		{
			name: "number of zones", key: "openedx:network.zones",
			set:  func(s *config.Settings, v string) { s.Region = "us-east-1"; s.Network.Zones = list(v) },
			good: []string{"a b c", "d c b", "a b c d"}, bad: []string{"a b", "a", ""},
		},
		{
			name: "zone", key: "openedx:network.zones[2]",
			set:  func(s *config.Settings, v string) { s.Region = "ap-northeast-1"; s.Network.Zones = list(v) },
			good: []string{"a c d"}, bad: []string{"a c b", "a c A", "a c a", "a c ad"},
		},
		{
			name: "endpoint", key: "openedx:network.endpoints[0]",
			set:  network(func(n *config.Network, v string) { n.Endpoints = list(v) }),
			good: []string{"", "sts", "kms", "ecr.api ecr.dkr", "ssm ssmmessages"},
			bad:  []string{"s3", "dynamodb", "com.amazonaws.eu-west-1.sts", "STS", "stss"},
		},
		{
			name: "pairs of endpoints", key: "openedx:network.endpoints",
			set:  network(func(n *config.Network, v string) { n.Endpoints = list(v) }),
			good: []string{"ecr.api ecr.dkr"}, bad: []string{"ecr.api", "ecr.dkr sts", "ssm", "ssmmessages"},
		},
		{
			name: "endpoint twice", key: "openedx:network.endpoints[1]",
			set:  network(func(n *config.Network, v string) { n.Endpoints = list(v) }),
			good: []string{"sts kms"}, bad: []string{"sts sts"},
		},
		{
			name: "flow log retention", key: "openedx:network.flowLogDays",
			set:  network(func(n *config.Network, v string) { n.FlowLogDays = number(v) }),
			good: []string{"1", "3", "30", "365", "3653"}, bad: []string{"-1", "0", "2", "31", "366", "3654"},
		},
		{
			name: "cluster log retention", key: "openedx:cluster.logDays",
			set:  cluster(func(c *config.Cluster, v string) { c.LogDays = number(v) }),
			good: []string{"1", "3653"}, bad: []string{"0", "3654"},
		},
		{
			name: "Kubernetes version", key: "openedx:cluster.version",
			set:  cluster(func(c *config.Cluster, v string) { c.Version = &v }),
			good: []string{"1.34", "1.35", "1.36"}, bad: []string{"1.33", "1.37", "1.35.1", "v1.35", "1", "latest"},
		},
		{
			name: "public access", key: "openedx:cluster.publicAccess[0]",
			set:  cluster(func(c *config.Cluster, v string) { c.PublicAccess = list(v) }),
			good: []string{"", "203.0.113.0/24", "203.0.113.7/32", "198.51.0.0/16", "9.0.0.0/16", "11.0.0.0/16", "223.255.0.0/16"},
			bad: []string{
				"0.0.0.0/0", "128.0.0.0/1", "9.0.0.0/8", "198.50.0.0/15", "203.0.113.1/24", "203.0.113.7", "10.0.0.0/16", "172.16.0.0/16", "192.168.1.0/24",
				"100.64.0.0/16", "127.0.0.0/16", "0.1.0.0/16", "169.254.0.0/16", "224.0.0.0/16", "255.255.255.255/32", "2001:db8::/32", "::/0", "office",
			},
		},
		{
			name: "public access twice", key: "openedx:cluster.publicAccess[1]",
			set:  cluster(func(c *config.Cluster, v string) { c.PublicAccess = list(v) }),
			good: []string{"203.0.113.0/24 198.51.100.0/24"}, bad: []string{"203.0.113.0/24 203.0.113.0/24"},
		},
		{
			name: "number of public blocks", key: "openedx:cluster.publicAccess",
			set: cluster(func(c *config.Cluster, v string) {
				c.PublicAccess = nil
				for i := range *number(v) {
					c.PublicAccess = append(c.PublicAccess, fmt.Sprintf("203.0.113.%d/32", i))
				}
			}),
			good: []string{"40"}, bad: []string{"41"},
		},
		{
			name: "admin", key: "openedx:cluster.admins[0]",
			set: cluster(func(c *config.Cluster, v string) { c.Admins = []string{v} }),
			good: []string{
				role + "ops", "arn:aws:iam::123456789012:user/anna", role + "team/ops", role + strings.Repeat("a", 64),
				role + "aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO_Admin_0123456789abcdef",
			},
			bad: []string{
				"ops", role, role + "*", role + "a*", role + strings.Repeat("a", 65), "arn:aws:iam::12345678901:role/ops", "arn:aws:iam::1234567890123:role/ops",
				"arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:group/ops", "arn:aws-cn:iam::123456789012:role/ops", "*",
				"arn:aws:sts::123456789012:assumed-role/ops/anna", role + "ops ", "arn:aws:iam::aws:policy/AdministratorAccess",
			},
		},
		{
			name: "admin twice", key: "openedx:cluster.admins[1]",
			set:  cluster(func(c *config.Cluster, v string) { c.Admins = list(v) }),
			good: []string{role + "a " + role + "b"}, bad: []string{role + "a " + role + "a"},
		},
		{
			name: "viewer who is an admin", key: "openedx:cluster.viewers[0]",
			set:  cluster(func(c *config.Cluster, v string) { c.Admins, c.Viewers = []string{role + "ops"}, []string{v} }),
			good: []string{role + "support"}, bad: []string{role + "ops"},
		},
		{
			name: "machine in small", key: "openedx:overrides.nodes.machine", preset: config.Small,
			set:  nodes(func(n *config.NodesOverride, v string) { n.Machine = &v }),
			good: []string{"m6i.large", "t3.large", "t3a.2xlarge", "c6i.xlarge", "r7a.48xlarge", "m7i-flex.xlarge"},
			bad:  []string{"m6i.medium", "c6i.large", "t3.medium", "t2.large", "m6i", "m6i.", ".large", "m6i.64xlarge", "m6g.large", "t4g.large", "c7gn.xlarge", "g5.xlarge", "M6I.large", "m6i.large "},
		},
		{
			name: "machine in medium", key: "openedx:overrides.nodes.machine", preset: config.Medium,
			set:  nodes(func(n *config.NodesOverride, v string) { n.Machine = &v }),
			good: []string{"m6i.large"}, bad: []string{"t3.large", "t3a.2xlarge"},
		},
		{
			name: "fewest nodes", key: "openedx:overrides.nodes.min", preset: config.Small,
			set:  nodes(func(n *config.NodesOverride, v string) { n.Min = number(v) }),
			good: []string{"3", "5"}, bad: []string{"-1", "0", "2", "6", "451"},
		},
		{
			name: "most nodes", key: "openedx:overrides.nodes.max", preset: config.Small,
			set:  nodes(func(n *config.NodesOverride, v string) { n.Max = number(v) }),
			good: []string{"3", "450"}, bad: []string{"0", "2", "451"},
		},
		{
			name: "most nodes below the preset's fewest", key: "openedx:overrides.nodes.max", preset: config.Large,
			set:  nodes(func(n *config.NodesOverride, v string) { n.Max = number(v) }),
			good: []string{"10"}, bad: []string{"9"},
		},
		{
			name: "node disk", key: "openedx:overrides.nodes.diskGiB",
			set:  nodes(func(n *config.NodesOverride, v string) { n.DiskGiB = number(v) }),
			good: []string{"50", "16384"}, bad: []string{"-50", "0", "49", "16385"},
		},
		{
			name: "host", key: "openedx:instances.main.lms",
			set: instance(func(i *config.Instance, v string) {
				i.LMS, i.Studio, i.Apps, i.Meilisearch = v, "studio.example.org", "apps.example.org", "search.example.org"
				i.Certificate, i.CDNCertificate = certificateIn("eu-west-1"), certificateIn("us-east-1")
			}),
			good: []string{"learn.example.org", "example.org", longest},
			bad:  []string{"learn", "learn.example.org/", "https://learn.example.org", "*.example.org", "studio.example.org.", "10.0.0.1", tooLong, "learn.local"},
		},
		{
			name: "studio beside its host", key: "openedx:instances.main.studio",
			set:  instance(func(i *config.Instance, v string) { i.Studio = v }),
			good: []string{"", "studio.example.org"}, bad: []string{"learn.example.org", "studio"},
		},
		{
			name: "apps beside the derived studio", key: "openedx:instances.main.apps",
			set:  instance(func(i *config.Instance, v string) { i.Apps = v }),
			good: []string{"", "apps.example.org"}, bad: []string{"studio.learn.example.org", "learn.example.org"},
		},
		{
			name: "tag key", key: "openedx:tags",
			set:  func(s *config.Settings, v string) { s.Tags = map[string]string{v: "x"} },
			good: []string{"team", "Cost Centre", "a.b_c=d+e@f-g", strings.Repeat("k", 128)},
			bad:  []string{"", "name", "Name", "openedx-stack", "OPENEDX-STACK", "aws:x", "AWS:x", "kubernetes.io/role", "a:b", " a", "a ", "a<b", "ü", strings.Repeat("k", 129)},
		},
		{
			name: "tag value", key: "openedx:tags",
			set:  func(s *config.Settings, v string) { s.Tags = map[string]string{"team": v} },
			good: []string{"x", "a b.c:d/e=f+g@h-i_j", strings.Repeat("v", 256)}, bad: []string{"a;b", "ü", "a\nb", strings.Repeat("v", 257)},
		},
		{
			name: "number of tags", key: "openedx:tags",
			set: func(s *config.Settings, v string) {
				s.Tags = map[string]string{}
				for i := range *number(v) {
					s.Tags[fmt.Sprint("tag", i)] = "x"
				}
			},
			good: []string{"0", "40"}, bad: []string{"41"},
		},
		{
			name: "slug", key: "openedx:instances",
			set: func(s *config.Settings, v string) {
				s.Instances = map[string]config.Instance{v: {LMS: "learn.campus.example.org", Slot: ptr(0)}}
			},
			good: []string{"ab", "main", "summer-2027", "a2345678901234567890"},
			bad:  []string{"a", "a23456789012345678901", "Main", "1st", "-a", "a-", "a--b", "a_b", "a.b", "", "default", "kube-system", "kube-x"},
		},
	} {
		t.Run(b.name, b.run)
	}
}

func TestAnUnknownPresetBringsNoProblemsOfItsMakingWithIt(t *testing.T) {
	s := settings(t, config.Medium)
	s.Preset = ""
	s.Overrides.Nodes = config.NodesOverride{Min: number("400"), Machine: text("t3.large")}
	s.Network.CIDR = text("10.20.0.0/20")
	if _, problems := plan.Resolve(s); len(problems) > 0 {
		t.Errorf("got %v", problems)
	}
}

func text(value string) *string { return &value }

func TestAWrongPrincipalIsCalledWhatItIs(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:sts::123456789012:assumed-role/ops/anna": "is a session of a role",
		"arn:aws:iam::123456789012:group/ops":             "is a group",
		"arn:aws:iam::123456789012:root":                  "is a whole account",
		"arn:aws:iam::123456789012:role/*":                "has a wildcard",
		"arn:aws-cn:iam::123456789012:role/ops":           "is in another partition",
		"ops":                                             "is no IAM principal",
	} {
		s := settings(t, config.Medium)
		s.Cluster.Viewers = []string{arn}
		_, problems := plan.Resolve(s)
		if len(problems) != 1 || !strings.HasPrefix(problems[0].Want, want) {
			t.Errorf("%s: got %v, want one problem that %s", arn, problems, want)
		}
	}
}

func TestAnEntryThatCouldNotBeReadBringsNoFurtherProblem(t *testing.T) {
	s := settings(t, config.Medium)
	s.Network.Zones = []string{"a", "", ""}
	s.Network.Endpoints = []string{"", ""}
	s.Cluster.PublicAccess = []string{"", ""}
	s.Cluster.Admins, s.Cluster.Viewers = []string{"", ""}, []string{"", ""}
	s.Firewall = config.Firewall{Allow: []string{"", ""}, Deny: []string{"", ""}, AllowCountries: []string{"", ""}}
	s.Registry.Repositories = []string{"", ""}
	s.Tags = map[string]string{"team": ""}
	s.Instances = map[string]config.Instance{"main": {}, "staff": {}}
	s.Name, s.Domain, s.Region, s.Cloud = "", "", "", ""
	if _, problems := plan.Resolve(s); len(problems) > 0 {
		t.Errorf("got %v", problems)
	}
}

// TestASuggestedFixIsGood follows commands that set a single value and expects
// the problem to be gone.
func TestASuggestedFixIsGood(t *testing.T) {
	for _, typed := range []struct {
		key, value, want string
		set              func(s *config.Settings, value string)
	}{
		{"openedx:name", "My_Great--University-Of-Somewhere", "my-great-university", func(s *config.Settings, v string) { s.Name = v }},
		{"openedx:name", "2nd-Campus", "nd-campus", func(s *config.Settings, v string) { s.Name = v }},
		{"openedx:name", "7", "campus", func(s *config.Settings, v string) { s.Name = v }},
		{"openedx:domain", "HTTPS://School.Example.org:443/x", "school.example.org", func(s *config.Settings, v string) { s.Domain, s.Instances = v, nil }},
		{"openedx:domain", "*.school.example.org.", "school.example.org", func(s *config.Settings, v string) { s.Domain, s.Instances = v, nil }},
		{"openedx:domain", "schüler.example.org", "xn--schler-5ya.example.org", func(s *config.Settings, v string) { s.Domain, s.Instances = v, nil }},
		{"openedx:domain", "localhost", "campus.example.org", func(s *config.Settings, v string) { s.Domain, s.Instances = v, nil }},
		{"aws:region", "us-est-2", "us-east-2", func(s *config.Settings, v string) { s.Region = v }},
		{"aws:region", "moon", "eu-west-1", func(s *config.Settings, v string) { s.Region = v }},
		{"openedx:network.cidr", "10.0.0.0/8", "10.0.0.0/16", func(s *config.Settings, v string) { s.Network.CIDR = &v }},
		{"openedx:network.cidr", "10.0.77.0/18", "10.0.64.0/18", func(s *config.Settings, v string) { s.Network.CIDR = &v }},
		{"openedx:network.flowLogDays", "45", "30", func(s *config.Settings, v string) { s.Network.FlowLogDays = number(v) }},
		{"openedx:network.flowLogDays", "46", "60", func(s *config.Settings, v string) { s.Network.FlowLogDays = number(v) }},
		{"openedx:cluster.version", "v1.34.9", "1.34", func(s *config.Settings, v string) { s.Cluster.Version = &v }},
		{"openedx:overrides.nodes.machine", "m7i.xlrge", "m7i.xlarge", func(s *config.Settings, v string) { s.Overrides.Nodes.Machine = &v }},
		{"openedx:overrides.nodes.max", "4", "5", func(s *config.Settings, v string) { s.Overrides.Nodes.Max = number(v) }},
	} {
		s := settings(t, config.Medium)
		typed.set(&s, typed.value)
		_, problems := plan.Resolve(s)
		if len(problems) != 1 {
			t.Errorf("%s %q: got %v, want one problem", typed.key, typed.value, problems)
			continue
		}
		if want := config.SetCommand(s.Stack, typed.key, typed.want); problems[0].Fix != want {
			t.Errorf("%s %q: got %s, want %s", typed.key, typed.value, problems[0].Fix, want)
		}
		typed.set(&s, typed.want)
		if _, problems := plan.Resolve(s); len(problems) > 0 {
			t.Errorf("%s %q: %q is no better: %v", typed.key, typed.value, typed.want, problems)
		}
	}
}
