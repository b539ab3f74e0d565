package k8s_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/components/k8s"
	"example.org/openedx/internal/workloads"
	"example.org/openedx/tests/harness"
)

func TestEveryReplicatedWorkloadIsScaledByOneThingAndKeptByABudget(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*k8s.InstanceArgs)
		queues bool
	}{
		"queues": {nil, true}, "no queues": {func(a *k8s.InstanceArgs) { a.Queues = nil }, false},
	} {
		t.Run(name, func(t *testing.T) {
			graph := instance(t, test.change)
			scaled, budgets := wantedScalers(test.queues)
			if diff := cmp.Diff(scaled, append(named(t, graph, scalerType, scaledName), named(t, graph, scaledType, scaledName)...)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(budgets, named(t, graph, budgetType, "spec.selector.matchExpressions[0].values[0]")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// scaledName is where an autoscaler says which Deployment it scales.
const scaledName = "spec.scaleTargetRef.name"

// wantedScalers are the autoscalers and the budgets that there should be.
func wantedScalers(queues bool) (scaled, budgets []string) {
	var byQueue []string
	for _, workload := range workloads.All() {
		if !workload.Replicated {
			continue
		}
		budgets = append(budgets, budgetType+" "+workload.Name)
		if queues && len(workload.Queues) > 0 {
			byQueue = append(byQueue, scaledType+" "+workload.Name)
			continue
		}
		scaled = append(scaled, scalerType+" "+workload.Name)
	}
	slices.Sort(scaled)
	slices.Sort(byQueue)
	slices.Sort(budgets)
	return append(scaled, byQueue...), budgets
}

// named lists the objects of a type by what they say they are for.
func named(t *testing.T, graph *harness.Graph, kind, path string) []string {
	t.Helper()
	var names []string
	for _, r := range graph.All(kind) {
		names = append(names, kind+" "+r.Text(t, path))
	}
	slices.Sort(names)
	return names
}

func TestPodsComeQuicklyAndGoSlowlyWithinTheirBounds(t *testing.T) {
	scaler := instance(t, nil).One(t, scalerType, "in-cms-scaler")
	want := map[string]string{
		"spec.scaleTargetRef": "map[apiVersion:apps/v1 kind:Deployment name:cms]",
		"spec.minReplicas":    "3", "spec.maxReplicas": "21",
		"spec.metrics":            "[map[resource:map[name:cpu target:map[averageUtilization:65 type:Utilization]] type:Resource]]",
		"spec.behavior.scaleUp":   "map[policies:[map[periodSeconds:30 type:Percent value:100] map[periodSeconds:30 type:Pods value:4]] selectPolicy:Max stabilizationWindowSeconds:0]",
		"spec.behavior.scaleDown": "map[policies:[map[periodSeconds:60 type:Percent value:25] map[periodSeconds:60 type:Pods value:1]] selectPolicy:Max stabilizationWindowSeconds:300]",
		"metadata.name":           "cms", "metadata.namespace": "instance-north-campus",
	}
	for path, rules := range want {
		if got := text(scaler.Value(t, path)); got != rules {
			t.Errorf("%s is %s, want %s", path, got, rules)
		}
	}
}

func TestWorkersAreScaledByWhatWaitsInTheirQueues(t *testing.T) {
	graph := instance(t, nil)
	scaled := graph.One(t, scaledType, "in-lms-worker-scaler")
	for path, want := range map[string]string{
		"spec.scaleTargetRef": "map[apiVersion:apps/v1 kind:Deployment name:lms-worker]", "spec.minReplicaCount": "4", "spec.maxReplicaCount": "22",
		"spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleDown.stabilizationWindowSeconds": "600",
		"spec.advanced.horizontalPodAutoscalerConfig.behavior.scaleUp.stabilizationWindowSeconds":   "0",
	} {
		if got := text(scaled.Value(t, path)); got != want {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
	var triggers []string
	for _, trigger := range scaled.Value(t, "spec.triggers").ArrayValue() {
		triggers = append(triggers, text(trigger))
	}
	trigger := func(queue string, length int) string {
		return fmt.Sprintf("map[authenticationRef:map[name:celery-broker] metadata:map[address:redis.internal:6379 databaseIndex:6 enableTLS:true "+
			"listLength:%d listName:edx.lms.core.%s] type:redis]", length, queue)
	}
	if diff := cmp.Diff([]string{trigger("default", 10), trigger("high", 10), trigger("high_mem", 1)}, triggers); diff != "" {
		t.Error(diff)
	}
	login := text(graph.One(t, loginType, "in-broker-authentication").Value(t, "spec.secretTargetRef"))
	if want := "[map[key:username name:celery-broker parameter:username] map[key:password name:celery-broker parameter:password]]"; login != want {
		t.Errorf("KEDA logs in with %s", login)
	}
	secret := graph.One(t, secretType, "in-broker-login")
	if got := secret.Text(t, "metadata.name") + " " + text(secret.Value(t, "stringData.username")); got != "celery-broker default" {
		t.Errorf("got %q", got)
	}
}

func TestThePasswordOfTheQueuesIsInOneSecretOnlyAndSecret(t *testing.T) {
	for _, r := range instance(t, nil).Resources {
		if r.Type != secretType && strings.Contains(fmt.Sprint(r.Inputs), "hunter2") {
			t.Errorf("%s shows it", r)
		}
	}
	if got := instance(t, func(a *k8s.InstanceArgs) { a.Queues = nil }); got.Count(secretType)+got.Count(loginType) != 0 {
		t.Errorf("there is a login to queues that nobody scales by:\n%s", got.Inventory())
	}
}

// KEDA's webhook refuses a workload that has an autoscaler already, and Pulumi makes
// the new before it takes away the old.
func TestKEDACanTakeWorkersOver(t *testing.T) {
	graph := instance(t, func(a *k8s.InstanceArgs) { a.Queues = nil })
	for _, scaler := range graph.All(scalerType) {
		want := strings.Contains(scaler.Name, "-worker-")
		if got := strings.Contains(text(scaler.Value(t, "metadata")), "validations.keda.sh/hpa-ownership:false"); got != want {
			t.Errorf("%s: %t", scaler, got)
		}
	}
}

func TestADrainLeavesHalfOfWhatAnswersAndIsNotHeldUpByALoneWorker(t *testing.T) {
	for _, budget := range instance(t, nil).All(budgetType) {
		want := "minAvailable:50%"
		if strings.Contains(budget.Name, "-worker-") {
			want = "maxUnavailable:50%"
		}
		spec := text(budget.Value(t, "spec"))
		if !strings.Contains(spec, want) || strings.Count(spec, "50%") != 1 {
			t.Errorf("%s: %s, want %s", budget, spec, want)
		}
		if !strings.Contains(spec, "unhealthyPodEvictionPolicy:AlwaysAllow") || !strings.Contains(spec, "app.kubernetes.io/part-of:openedx") {
			t.Errorf("%s: %s", budget, spec)
		}
	}
}
