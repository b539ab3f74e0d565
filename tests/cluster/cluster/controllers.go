package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
)

// Timeouts say when the pods of a lost node run elsewhere.
type Timeouts struct {
	// Grace is how long a node may be silent until it counts as lost.
	Grace time.Duration
	// Toleration is how long its pods stay after that.
	Toleration time.Duration
	// Rate is how many nodes of one zone lose their pods in a second.
	Rate float64
}

var (
	// Fast are the time-outs of the tests.
	Fast = Timeouts{Grace: 8 * time.Second, Toleration: 2 * time.Second, Rate: 10}
	// Defaults are Kubernetes' own, which EKS leaves as they are:
	// --node-monitor-grace-period and --node-eviction-rate of
	// https://kubernetes.io/docs/reference/command-line-tools-reference/kube-controller-manager/
	// and tolerationSeconds of
	// https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/#taint-based-evictions
	Defaults = Timeouts{Grace: 50 * time.Second, Toleration: 300 * time.Second, Rate: 0.1}
)

// Until is when the pods of the last of so many nodes, lost together in one zone, are told to go.
func (t Timeouts) Until(nodes int) time.Duration {
	return t.Grace + t.Toleration + time.Duration(float64(max(0, nodes-1))/t.Rate*float64(time.Second))
}

// startControllers starts what turns objects into pods on nodes, and waits for it.
func (c *Cluster) startControllers(ctx context.Context) error {
	manager, managerAddress, err := c.startController("kube-controller-manager", "/healthz",
		"--use-service-account-credentials=true",
		"--service-account-private-key-file="+filepath.Join(c.Folder, "service-accounts.key"),
		"--root-ca-file="+filepath.Join(c.Folder, "authority.crt"),
		"--flex-volume-plugin-dir="+filepath.Join(c.Folder, "flex"),
		// The limits on its requests would make the start take twice as long.
		"--kube-api-qps=500", "--kube-api-burst=1000",
		"--node-monitor-period=1s", "--node-monitor-grace-period="+c.grace().String(),
		fmt.Sprintf("--node-eviction-rate=%g", Fast.Rate), fmt.Sprintf("--secondary-node-eviction-rate=%g", Fast.Rate),
		"--horizontal-pod-autoscaler-sync-period=5s", "--horizontal-pod-autoscaler-downscale-stabilization=10s",
		"--horizontal-pod-autoscaler-cpu-initialization-period=1s", "--horizontal-pod-autoscaler-initial-readiness-delay=1s")
	if err != nil {
		return err
	}
	scheduler, schedulerAddress, err := c.startController("kube-scheduler", "/readyz",
		"--kube-api-qps=500", "--kube-api-burst=1000")
	if err != nil {
		return err
	}
	return errors.Join(
		c.answers(ctx, manager, managerAddress),
		c.answers(ctx, scheduler, schedulerAddress),
		c.acceptsPods(ctx))
}

// startController starts a program with the flags that all controllers of Kubernetes share.
func (c *Cluster) startController(name, health string, flags ...string) (p *process, address string, err error) {
	port, err := c.ports.next()
	if err != nil {
		return nil, "", err
	}
	kubeconfig := c.kubeconfig(name)
	p, err = c.run(name, name, nil, append([]string{
		"--bind-address=" + loopback, "--secure-port=" + port, "--leader-elect=false", "--profiling=false",
		"--tls-cert-file=" + filepath.Join(c.Folder, "server.crt"), "--tls-private-key-file=" + filepath.Join(c.Folder, "server.key"),
		"--kubeconfig=" + kubeconfig, "--authentication-kubeconfig=" + kubeconfig, "--authorization-kubeconfig=" + kubeconfig,
	}, flags...)...)
	return p, "https://" + net.JoinHostPort(loopback, port) + health, err
}

// acceptsPods waits for the account that pods without one of their own run as.
func (c *Cluster) acceptsPods(ctx context.Context) error {
	return wait.PollUntilContextCancel(ctx, 50*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		_, err := c.Kubernetes.CoreV1().ServiceAccounts(metav1.NamespaceDefault).Get(ctx, "default", metav1.GetOptions{})
		if apierrors.IsNotFound(err) {
			return false, nil
		}
		return err == nil, err
	})
}
