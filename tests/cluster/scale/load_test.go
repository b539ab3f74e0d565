package scale

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"example.org/openedx/tests/cluster/cluster"
)

// workload is a Deployment of an instance.
type workload struct{ namespace, name string }

// load is the work that learners and authors make, by workload, in thousandths of a
// core. The pods that run share it.
type load struct {
	seen *sight

	lock  sync.Mutex
	total map[workload]int64
}

// set lets load rise or fall to a share of what would keep so many pods at their target.
func (l *load) set(total map[workload]int64) {
	l.lock.Lock()
	defer l.lock.Unlock()
	l.total = total
}

// follow shares the load out anew, again and again, until the context ends.
func (l *load) follow(ctx context.Context) error {
	// metrics-server looks every ten seconds: more often would be for nobody.
	ticker := time.NewTicker(4 * time.Second)
	defer ticker.Stop()
	for {
		if err := l.share(ctx); err != nil && ctx.Err() == nil {
			return fmt.Errorf("share the load: %w", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// share gives each running pod its part. One that is a little off stays as it is.
func (l *load) share(ctx context.Context) error {
	const few, off = 8, 0.1
	running := map[workload][]*corev1.Pod{}
	for _, pod := range l.seen.openedx() {
		if pod.Status.Phase == corev1.PodRunning && pod.DeletionTimestamp == nil {
			one := workloadOf(pod)
			running[one] = append(running[one], pod)
		}
	}
	l.lock.Lock()
	total := l.total
	l.lock.Unlock()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(few)
	for one, pods := range running {
		part := total[one] / int64(len(pods))
		for _, pod := range pods {
			now, err := resource.ParseQuantity(pod.Annotations[cluster.UsageCPU])
			if err == nil && math.Abs(float64(now.MilliValue()-part)) <= off*float64(part) {
				continue
			}
			group.Go(func() error { return l.use(ctx, pod, part) })
		}
	}
	return group.Wait()
}

// use lets a pod use so much.
func (l *load) use(ctx context.Context, pod *corev1.Pod, part int64) error {
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:"%dm"}}}`, cluster.UsageCPU, part)
	_, err := l.seen.cluster.Kubernetes.CoreV1().Pods(pod.Namespace).Patch(ctx, pod.Name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}
