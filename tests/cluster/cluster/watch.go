package cluster

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// Watch follows every change of the pods of a namespace, and keeps for each value of
// a label the fewest pods that were ready at any moment.
type Watch struct {
	cluster          *Cluster
	stream           watch.Interface
	namespace, label string
	ended            chan struct{}

	lock   sync.Mutex
	ready  map[string]map[string]bool // label value to the names of its ready pods
	fewest map[string]int
	events int
	broken error
}

// Watch begins to watch the pods of a namespace by a label.
func (c *Cluster) Watch(ctx context.Context, namespace, label string) (*Watch, error) {
	list, err := c.Kubernetes.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: label})
	if err != nil {
		return nil, err
	}
	w := &Watch{cluster: c, namespace: namespace, label: label, ended: make(chan struct{}), ready: map[string]map[string]bool{}, fewest: map[string]int{}}
	for i := range list.Items {
		w.note(&list.Items[i], false)
	}
	for value, pods := range w.ready {
		w.fewest[value] = len(pods)
	}
	// Later changes follow one by one from the moment of the list; none is missed.
	w.stream, err = c.Kubernetes.CoreV1().Pods(namespace).Watch(ctx, metav1.ListOptions{LabelSelector: label, ResourceVersion: list.ResourceVersion})
	if err != nil {
		return nil, err
	}
	go w.follow()
	return w, nil
}

func (w *Watch) follow() {
	defer close(w.ended)
	for event := range w.stream.ResultChan() {
		pod, ok := event.Object.(*corev1.Pod)
		w.lock.Lock()
		if !ok {
			w.broken = fmt.Errorf("the watch says %s: %v", event.Type, event.Object)
		} else {
			w.events++
			w.note(pod, event.Type == watch.Deleted)
		}
		w.lock.Unlock()
		if !ok {
			return
		}
	}
}

// note takes the state of a pod into account.
func (w *Watch) note(pod *corev1.Pod, gone bool) {
	value := pod.Labels[w.label]
	if w.ready[value] == nil {
		w.ready[value] = map[string]bool{}
	}
	if Ready(pod) && !gone {
		w.ready[value][pod.Name] = true
	} else {
		delete(w.ready[value], pod.Name)
	}
	if fewest, known := w.fewest[value]; known {
		w.fewest[value] = min(fewest, len(w.ready[value]))
	}
}

// Stop ends the watch when it has seen everything up to now, and returns, for each
// value of the label, the fewest pods that were ready at once, and how many changes it saw.
func (w *Watch) Stop(ctx context.Context) (fewest map[string]int, events int, err error) {
	_, err = w.cluster.Wait(ctx, "the watch has seen what is there", time.Minute, w.caughtUp)
	select {
	case <-w.ended:
		err = errors.Join(err, errors.New("the watch ended by itself, and has not seen the rest"))
	default:
	}
	w.lock.Lock()
	defer w.lock.Unlock()
	w.stream.Stop()
	return maps.Clone(w.fewest), w.events, errors.Join(err, w.broken)
}

// caughtUp tells whether the watch knows the same ready pods as the server.
func (w *Watch) caughtUp(ctx context.Context) (bool, error) {
	list, err := w.cluster.Kubernetes.CoreV1().Pods(w.namespace).List(ctx, metav1.ListOptions{LabelSelector: w.label})
	if err != nil {
		return false, err
	}
	now := Watch{label: w.label, ready: map[string]map[string]bool{}}
	for i := range list.Items {
		now.note(&list.Items[i], false)
	}
	w.lock.Lock()
	defer w.lock.Unlock()
	for value := range w.ready {
		if !maps.Equal(w.ready[value], now.ready[value]) {
			return false, w.broken
		}
	}
	return len(now.ready) <= len(w.ready), w.broken
}
