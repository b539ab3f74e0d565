package engine

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/pkg/v3/engine"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/require"

	"example.org/openedx/internal/changes"
	"example.org/openedx/internal/config"
	"example.org/openedx/stacks"
)

// parts are the names of the resources, less the platform's own, that each topic of a
// summary is about.
var parts = map[string]*regexp.Regexp{
	"nodes":                     regexp.MustCompile(`^(cluster-(template|nodes)$|addons-karpenter-|karpenter-)`),
	"Kubernetes":                regexp.MustCompile(`^(cluster-|bastion-(machine|operators)$)`),
	"network":                   regexp.MustCompile(`^network-(nat-|flow-logs|private-default-)`),
	"endpoints":                 regexp.MustCompile(`^(network-endpoint|system-traffic$)`),
	"MySQL":                     regexp.MustCompile(`^(mysql-|alarms-mysql-)`),
	"MongoDB":                   regexp.MustCompile(`^(mongo-|alarms-mongo-)`),
	"Redis":                     regexp.MustCompile(`^(redis-(parameters|redis)$|alarms-redis-[a-z]+-[0-9]$|accounts-.*-redis-value$)`),
	"Redis for the cache alone": regexp.MustCompile(`^(redis-cache|bastion-cache$|alarms-redis-cache-)`),
	"Memcached":                 regexp.MustCompile(`^(memcached-|alarms-memcached-|instance-.*-application-out$)`),
	"OpenSearch":                regexp.MustCompile(`^(search-|bastion-search$|alarms-search-|instance-.*-application-out$)`),
	"backups":                   regexp.MustCompile(`^(backup-|copies-|mysql-cluster$)`),
	"days of logs":              regexp.MustCompile(`(-logs?(-error|-slowquery|-containers)?|-slow-log|-engine-log|-slow|-application|logging-containers|^(logs|tracking|backups)-lifecycle)$`),
	"uploads":                   regexp.MustCompile(`^(uploads-.*|tracking|logs|backups)-lifecycle$`),
	"images":                    regexp.MustCompile(`^registry-`),
	"CDN":                       regexp.MustCompile(`^cdn-`),
	"firewall":                  regexp.MustCompile(`^(cdn-)?firewall-acl$`),
	"bastion":                   regexp.MustCompile(`^bastion-`),
	"add-ons":                   regexp.MustCompile(`^(addons?-|cluster-(addon|snapshot)-)`),
	"monitoring":                regexp.MustCompile(`^addons-kube-prometheus-stack$`),
	"alarms":                    regexp.MustCompile(`^alarms-`),
	"budget":                    regexp.MustCompile(`^costs-`),
	"instance":                  regexp.MustCompile(`^instance-.*-(quota|defaults|[a-z-]+-scaler)$`),
	"pod":                       regexp.MustCompile(`^instance-.*-(quota|defaults)$`),
	"processes":                 nil,
	"volumes":                   regexp.MustCompile(`^(nightly-|instance-.*-quota$)`),
	"built for":                 nil,
	"costs":                     nil,
}

// stops are the properties of each kind of server that cannot change while it runs,
// by the topic that the server belongs to.
var stops = map[string][]struct {
	name       *regexp.Regexp
	properties []resource.PropertyKey
}{
	"nodes": {
		{regexp.MustCompile(`^cluster-template$`), []resource.PropertyKey{"instanceType", "blockDeviceMappings"}},
		{regexp.MustCompile(`^addons-karpenter-standard$`), []resource.PropertyKey{"spec"}},
	},
	"Kubernetes": {{regexp.MustCompile(`^cluster-eks-eksCluster$`), []resource.PropertyKey{"version"}}},
	"MySQL": {
		{regexp.MustCompile(`^mysql-instance-`), []resource.PropertyKey{"instanceClass"}},
		{regexp.MustCompile(`^mysql-cluster$`), []resource.PropertyKey{"engineVersion"}},
	},
	"MongoDB":    {{regexp.MustCompile(`^mongo-machine-`), []resource.PropertyKey{"instanceType", "ami"}}},
	"Redis":      {{regexp.MustCompile(`^redis-redis$`), []resource.PropertyKey{"nodeType", "engine", "engineVersion"}}},
	"OpenSearch": {{regexp.MustCompile(`^search-domain$`), []resource.PropertyKey{"clusterConfig", "ebsOptions", "engineVersion"}}},
	"bastion":    {{regexp.MustCompile(`^bastion-machine$`), []resource.PropertyKey{"instanceType"}}},
	"monitoring": {{regexp.MustCompile(`^addons-kube-prometheus-stack$`), []resource.PropertyKey{"values"}}},
}

// listener is a log that remembers what the program says to its operator.
type listener struct {
	pulumi.Log
	said *[]string
}

// Info remembers.
func (l listener) Info(text string, args *pulumi.LogArgs) error {
	*l.said = append(*l.said, text)
	return l.Log.Info(text, args)
}

// Warn remembers.
func (l listener) Warn(text string, args *pulumi.LogArgs) error {
	*l.said = append(*l.said, text)
	return l.Log.Warn(text, args)
}

// listen keeps what the program says from now on.
func (w *world) listen() *[]string {
	said := &[]string{}
	w.program = func(ctx *pulumi.Context, source config.Source) error {
		ctx.Log = listener{ctx.Log, said}
		return stacks.Run(ctx, source)
	}
	return said
}

// sizing is the output that the next run compares with.
func (w *world) sizing() changes.Facts {
	outputs, err := w.GetStackOutputs(w.t.Context(), "", nil)
	require.NoError(w.t, err)
	facts := changes.Facts{}
	for name, value := range outputs.Get("sizing").AsMap().All {
		facts[name] = value.AsString()
	}
	return facts
}

// inputs are those of every resource in the state, by the name less the platform's.
func (w *world) inputs() map[string]resource.PropertyMap {
	all := map[string]resource.PropertyMap{}
	for _, state := range w.snapshot.Resources {
		all[short(state.URN)] = state.Inputs
	}
	return all
}

// short is a resource's name less the platform's.
func short(urn resource.URN) string { return strings.TrimPrefix(urn.Name(), "campus-") }

// topics are what lines are about.
func topics(lines []changes.Line) []string {
	all := map[string]bool{}
	for _, line := range lines {
		all[line.Topic] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// resized are edits one after another, from small.
var resized = []struct {
	name string
	set  map[string]string
}{
	{"small to medium", map[string]string{"openedx:preset": "medium"}},
	{"medium to large", map[string]string{"openedx:preset": "large"}},
	{"one machine of MongoDB's", map[string]string{"openedx:overrides": `{"mongo":{"machine":"r7g.4xlarge"}}`}},
	{"a reader less and larger disks of nodes", map[string]string{"openedx:overrides": `{"mongo":{"machine":"r7g.4xlarge"},"mysql":{"readers":1},"nodes":{"diskGiB":300}}`}},
	{"Memcached", map[string]string{"openedx:cache": `{"memcached":true}`}},
	{"another class of CDN", map[string]string{"openedx:cdn": `{"priceClass":"PriceClass_200"}`}},
	{"an instance of more weight", map[string]string{"openedx:instances": `{"main":{"slot":0,"lms":"learn.campus.example.org","weight":2},"lab":{"slot":1,"lms":"lab.campus.example.org"}}`}},
}

func TestTheSummaryOfAnEditAgreesWithWhatTheEngineDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "small", nil)
	said := w.listen()
	w.up()
	require.Contains(t, (*said)[0], "This will be small:")
	for _, edit := range resized {
		t.Run(edit.name, func(t *testing.T) {
			facts, inputs := w.sizing(), w.inputs()
			maps.Copy(w.settings, edit.set)
			*said = nil
			planned, done := w.preview(), w.up()
			require.Equal(t, done.destructive(), planned.destructive(), "the preview and the run replace and delete other things")
			summary := changes.Between(facts, w.sizing(), nil)
			require.Contains(t, *said, summary.String(), "what was said before the run is not what the run did")
			everythingIsTold(t, done, topics(summary.Changes))
			require.Equal(t, stopped(inputs, w.inputs()), topics(summary.Restarts), "what restarts")
		})
	}
	*said = nil
	require.Empty(t, w.up())
	require.NotContains(t, strings.Join(*said, "\n"), "What changes", "nothing changes and something is said")
}

// everythingIsTold looks for the topic of each operation, and for operations of each topic.
func everythingIsTold(t *testing.T, done operations, told []string) {
	t.Helper()
	idle := map[string]bool{}
	for _, topic := range told {
		pattern, known := parts[topic]
		require.True(t, known, "what is %q about?", topic)
		idle[topic] = pattern != nil
	}
	for operation, urns := range done {
		for _, urn := range urns {
			found := topicsOf(urn, told)
			for _, topic := range found {
				idle[topic] = false
			}
			if len(found) == 0 && !shows(urn) {
				t.Errorf("%s of %s is in none of %v", operation, urn.Name(), told)
			}
		}
	}
	for topic, nothing := range idle {
		if nothing {
			t.Errorf("%s is told, and nothing is done about it", topic)
		}
	}
}

// shows tells whether a resource only shows what others are: components, the
// dashboard, the stack.
func shows(urn resource.URN) bool {
	return strings.HasPrefix(string(urn.Type()), "openedx:") || strings.HasSuffix(urn.Name(), "-dashboard") || urn.QualifiedType() == resource.RootStackType
}

// topicsOf are those of some topics that a resource belongs to.
func topicsOf(urn resource.URN, told []string) []string {
	return slices.DeleteFunc(slices.Clone(told), func(topic string) bool {
		return parts[topic] == nil || !parts[topic].MatchString(short(urn))
	})
}

// stopped are the topics of the servers that cannot have gone on as they were.
func stopped(before, after map[string]resource.PropertyMap) []string {
	all := map[string]bool{}
	for topic, kinds := range stops {
		for _, kind := range kinds {
			for name, was := range before {
				is, there := after[name]
				if !there || !kind.name.MatchString(name) {
					continue
				}
				for _, property := range kind.properties {
					if !was[property].DeepEquals(is[property]) {
						all[topic] = true
					}
				}
			}
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func TestARefusedEditIsRefusedBeforeAnythingIsSaidOfIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "medium", nil)
	said := w.listen()
	w.up()
	*said = nil
	w.settings["openedx:preset"] = "small"
	_, err := w.run(engine.Update, true)
	require.ErrorContains(t, err, "openedx:overrides.mongo.volumeGiB")
	require.Empty(t, *said)
}
