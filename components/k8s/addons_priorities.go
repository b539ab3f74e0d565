package k8s

import (
	"fmt"

	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	schedulingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/scheduling/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/workloads"
)

// priorities are the classes of pods, highest first. A pod that finds no room takes
// that of a pod of a lower class, at once, while a new node takes a minute or two.
//
// Pods of no class have 0: Tutor's own jobs, such as migrations, which should
// rather not be interrupted. So workers are below them: they are asked to finish
// their task, and what they do not finish is done by another one.
// https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
var priorities = []struct {
	name, description string
	value             int
	preemption        string
}{
	{workloads.PlatformPriority, "What all instances need: controllers, autoscalers, monitoring.", 1_000_000, "PreemptLowerPriority"},
	{workloads.WebPriority, "What answers learners and authors.", 100_000, "PreemptLowerPriority"},
	// A queue can wait for a node; a worker that chased away another would gain nothing.
	{workloads.WorkerPriority, "What may wait.", -100, "Never"},
}

// createPriorities makes the classes under the names that pods ask for.
func (a *AddOns) createPriorities(ctx *pulumi.Context) ([]pulumi.Resource, error) {
	made := make([]pulumi.Resource, 0, len(priorities))
	for _, class := range priorities {
		one, err := schedulingv1.NewPriorityClass(ctx, a.name+"-priority-"+class.name, &schedulingv1.PriorityClassArgs{
			Metadata:         &metav1.ObjectMetaArgs{Name: pulumi.String(class.name), Labels: labels("addons")},
			Description:      pulumi.String(class.description),
			Value:            pulumi.Int(class.value),
			PreemptionPolicy: pulumi.String(class.preemption),
		}, a.options()...)
		if err != nil {
			return nil, fmt.Errorf("priority class %q: %w", class.name, err)
		}
		made = append(made, one)
	}
	return made, nil
}
