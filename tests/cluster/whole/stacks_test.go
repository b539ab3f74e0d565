package whole

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"example.org/openedx/internal/versions"
	"example.org/openedx/tests/cluster/declared"
)

// switches are the add-ons that have one, with what each brings.
var switches = []string{"keda", "certManager", "externalSecrets", "externalDns", "snapshots", "monitoring", "logs", "codeJail"}

func switched(stack declared.Stack, on bool) declared.Stack {
	all := map[string]any{}
	for _, name := range switches {
		all[name] = on
	}
	return stack.With(map[string]any{"openedx:addons": all})
}

// stacks are the starters, and the same with everything on and everything off.
var stacks = []struct {
	name  string
	stack declared.Stack
}{
	{"all off", switched(declared.Starter("small"), false)},
	{"small", declared.Starter("small")},
	{"medium", declared.Starter("medium")},
	{"large", declared.Starter("large")},
	{"all on", switched(declared.Starter("medium"), true)},
}

func TestTheServerAcceptsAllThatAStackDeclaresAndItsAddOnsRunOnItsOwnNodes(t *testing.T) {
	for _, test := range stacks {
		t.Run(test.name, func(t *testing.T) {
			p := load(t, test.stack)
			clearAll(t)
			p.nodes(t, p.fewest(t))
			began := time.Now()
			count := p.install(t)
			standIns(t, p)
			t.Logf("%d releases, %d objects, applied in %.1f s", len(p.releases), count, time.Since(began).Seconds())
			began = time.Now()
			var steady []maker
			for _, m := range p.addOns(t) {
				// Jobs end, and CronJobs wait for their hour.
				if !strings.HasSuffix(m.kind, "Job") {
					steady = append(steady, m)
				}
			}
			require.NotEmpty(t, steady)
			for name, found := range running(t, steady) {
				require.Equal(t, min(len(found), len(zones)), distinct(found), "%s is in the zones %v", name, found)
			}
			t.Logf("%d workloads of add-ons run on the %d fewest nodes after %.1f s", len(steady), p.fewest(t), time.Since(began).Seconds())
		})
	}
}

func TestEveryContainerAsksForWhatItNeedsAndEveryPodHasAPriority(t *testing.T) {
	for _, test := range stacks {
		t.Run(test.name, func(t *testing.T) {
			p := load(t, test.stack)
			for _, m := range slices.Concat(p.addOns(t), p.own(t)) {
				missing := lacks(m.pods.Spec)
				// The hooks of a release run before there is anything that could push them aside.
				if strings.HasSuffix(m.kind, "Job") {
					missing = slices.DeleteFunc(missing, func(what string) bool { return what == "a priority class" })
				}
				if len(missing) > 0 {
					t.Errorf("%s lacks %s", m, strings.Join(missing, ", "))
				}
			}
		})
	}
}

// onAWS are the charts whose pods call AWS.
var onAWS = []string{versions.BalancerController, versions.ExternalDNS, versions.ExternalSecrets, versions.FluentBit, versions.Karpenter}

func TestEveryPodThatCallsAWSHasAnIdentityAndNoIdentityIsForNobody(t *testing.T) {
	for _, test := range stacks {
		t.Run(test.name, func(t *testing.T) {
			p := load(t, test.stack)
			used, called := p.accounts(t), map[string]bool{}
			for _, identity := range p.state.OfType("aws:eks/podIdentityAssociation:PodIdentityAssociation") {
				account := strings.Join([]string{input(t, identity, "namespace"), input(t, identity, "serviceAccount")}, "/")
				called[account] = true
				if used[account] == "" && !others(account) {
					t.Errorf("%s is for %s, which no pod runs as", identity.Name, account)
				}
			}
			for _, r := range p.releases {
				if !slices.Contains(onAWS, r.Name) {
					continue
				}
				identified := slices.ContainsFunc(makersOf(t, r.Namespace, r.objects), func(m maker) bool {
					return called[m.namespace+"/"+m.pods.Spec.ServiceAccountName]
				})
				require.True(t, identified, "%s has no identity", r.Name)
			}
		})
	}
}

// accounts are those that pods run as, and of which.
func (p platform) accounts(t *testing.T) map[string]string {
	t.Helper()
	used := map[string]string{}
	for _, m := range slices.Concat(p.addOns(t), p.own(t)) {
		used[m.namespace+"/"+m.pods.Spec.ServiceAccountName] = m.String()
	}
	// Grafana's chart is in no module: here its values say what its pods run as.
	for _, r := range p.releases {
		if name, found, err := unstructured.NestedString(r.Values, "grafana", "serviceAccount", "name"); found && err == nil {
			used[r.Namespace+"/"+name] = "grafana"
		}
	}
	return used
}

// others tells whether an account is of pods that are not declared: EKS' own add-ons',
// and Tutor's.
func others(account string) bool {
	namespace, name, _ := strings.Cut(account, "/")
	return slices.Contains([]string{"kube-system/aws-node", "kube-system/ebs-csi-controller-sa"}, account) ||
		strings.HasPrefix(namespace, "instance-") && name == "default"
}

func input(t *testing.T, resource declared.Resource, key string) string {
	t.Helper()
	value, ok := resource.Inputs[key].(string)
	require.True(t, ok, "%s of %s", key, resource.Name)
	return value
}

func TestNothingOfTheAddOnsIsHidden(t *testing.T) {
	kinds := map[string]bool{}
	p := load(t, stacks[len(stacks)-1].stack)
	for _, object := range p.state.Objects {
		kinds[kind(object)] = true
	}
	for _, want := range []string{
		"ScaledObject", "TriggerAuthentication", "NodePool", "EC2NodeClass", "TargetGroupBinding", "PrometheusRule",
		"HorizontalPodAutoscaler", "NetworkPolicy", "ResourceQuota", "LimitRange", "PodDisruptionBudget", "CronJob",
	} {
		require.True(t, kinds[want], "no %s is declared: then none is proven here", want)
	}
}

func TestARealDefinitionRefusesAWrongFieldInACustomResource(t *testing.T) {
	p := load(t, declared.Starter("medium"))
	clearAll(t)
	p.install(t)
	tried := map[string]bool{}
	for _, object := range p.state.Objects {
		plain, ok := object.(*unstructured.Unstructured)
		require.True(t, ok)
		if !strings.Contains(plain.GroupVersionKind().Group, ".") || strings.HasSuffix(plain.GroupVersionKind().Group, ".k8s.io") || tried[plain.GetKind()] {
			continue
		}
		tried[plain.GetKind()] = true
		plain = plain.DeepCopy()
		require.NoError(t, unstructured.SetNestedField(plain.Object, "x", "spec", "noSuchField"))
		require.ErrorContains(t, shared.Check(t.Context(), "default", plain), "noSuchField", plain.GetKind())
	}
	require.NotEmpty(t, tried)
}
