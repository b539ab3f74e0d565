package scale

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/tools/cache"

	"example.org/openedx/internal/workloads"
	"example.org/openedx/tests/cluster/cluster"
)

// sight is what is there, as a watch tells it: asking for more than a thousand pods
// again and again would take more of the machine than all else.
type sight struct {
	cluster     *cluster.Cluster
	factory     informers.SharedInformerFactory
	part        labels.Selector
	autoscalers func() ([]*autoscalingv2.HorizontalPodAutoscaler, error)

	lock  sync.Mutex
	nodes map[string]bool
	// mostNodes is the most nodes that there were at any moment.
	mostNodes int
}

// look begins to watch.
func look(ctx context.Context, t *testing.T, c *cluster.Cluster) *sight {
	t.Helper()
	s := &sight{
		cluster: c, factory: informers.NewSharedInformerFactory(c.Kubernetes, 0), nodes: map[string]bool{},
		part: labels.SelectorFromSet(labels.Set{workloads.PartLabel: workloads.Part}),
	}
	autoscalers := s.factory.Autoscaling().V2().HorizontalPodAutoscalers().Lister()
	s.autoscalers = func() ([]*autoscalingv2.HorizontalPodAutoscaler, error) { return autoscalers.List(labels.Everything()) }
	s.factory.Core().V1().Pods().Lister()
	_, err := s.factory.Core().V1().Nodes().Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(node any) { s.note(node, true) },
		DeleteFunc: func(node any) { s.note(node, false) },
	})
	require.NoError(t, err)
	s.factory.Start(ctx.Done())
	s.factory.WaitForCacheSync(ctx.Done())
	return s
}

func (s *sight) note(node any, there bool) {
	name, err := cache.DeletionHandlingMetaNamespaceKeyFunc(node)
	s.lock.Lock()
	defer s.lock.Unlock()
	if err != nil || there {
		s.nodes[name] = true
	} else {
		delete(s.nodes, name)
	}
	s.mostNodes = max(s.mostNodes, len(s.nodes))
}

// count is how many nodes there are, and the most that there ever were.
func (s *sight) count() (now, most int) {
	s.lock.Lock()
	defer s.lock.Unlock()
	return len(s.nodes), s.mostNodes
}

// pods lists pods by a selector, from what was seen.
func (s *sight) pods(selector labels.Selector) []*corev1.Pod {
	pods, err := s.factory.Core().V1().Pods().Lister().List(selector)
	if err != nil {
		return nil // which a cache in memory does not do
	}
	return pods
}

// openedx lists the pods of all instances.
func (s *sight) openedx() []*corev1.Pod { return s.pods(s.part) }

func workloadOf(pod *corev1.Pod) workload {
	return workload{pod.Namespace, pod.Labels[workloads.NameLabel]}
}

// running counts the pods of all instances that are ready.
func (s *sight) running() int {
	count := 0
	for _, pod := range s.openedx() {
		if cluster.Ready(pod) {
			count++
		}
	}
	return count
}

// missing says where there are other pods than wanted, or another number of them
// ready; nothing if all is as wanted.
func (s *sight) missing(wanted map[workload]int32) (string, error) {
	there, ready := map[workload]int32{}, map[workload]int32{}
	for _, pod := range s.openedx() {
		there[workloadOf(pod)]++
		if cluster.Ready(pod) {
			ready[workloadOf(pod)]++
		}
	}
	autoscalers, err := s.autoscalers()
	if err != nil {
		return "", err
	}
	if len(autoscalers) != len(wanted) {
		return fmt.Sprintf("%d of %d autoscalers", len(autoscalers), len(wanted)), nil
	}
	var missing []string
	for _, autoscaler := range autoscalers {
		one := workload{autoscaler.Namespace, autoscaler.Spec.ScaleTargetRef.Name}
		status, want := autoscaler.Status, wanted[one]
		if status.DesiredReplicas != want || status.CurrentReplicas != want || there[one] != want || ready[one] != want {
			missing = append(missing, fmt.Sprintf("%s/%s %d ready of %d of %d, of which %d are wanted: %s",
				one.namespace, one.name, ready[one], there[one], status.DesiredReplicas, want, conditions(status)))
		}
	}
	return strings.Join(missing, "\n"), nil
}

func conditions(status autoscalingv2.HorizontalPodAutoscalerStatus) string {
	var all []string
	for _, condition := range status.Conditions {
		all = append(all, string(condition.Type)+" "+string(condition.Status)+" "+condition.Reason)
	}
	return strings.Join(all, ", ")
}
