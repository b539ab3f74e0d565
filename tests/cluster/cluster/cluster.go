// Package cluster runs a real Kubernetes control plane on loopback for tests: etcd,
// the API server, the controller manager and the scheduler from bin/k8s, with nodes
// that KWOK simulates in zones that can fail. Containers, networks and volumes are
// not there; everything that decides about them is. It knows nothing of Open edX.
package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
)

// Options are what a test may choose of its control plane.
type Options struct {
	// PodStart is how long a pod takes on its node until it is ready.
	PodStart time.Duration
	// PodStop is how long a pod takes to end after it was told to.
	PodStop time.Duration
	// Grace is how long a node may be silent until it counts as lost: Fast.Grace, if it
	// is not given. The shorter it is, the more often every node has to speak, which a
	// hundred of them feel.
	Grace time.Duration
	// Karpenter are settings of Karpenter, as NAME=value. The last of a name counts.
	Karpenter []string
}

// Cluster is a running control plane.
type Cluster struct {
	// Kubernetes and Dynamic are clients with all rights and no limit on requests.
	Kubernetes kubernetes.Interface
	Dynamic    dynamic.Interface
	Config     *rest.Config
	// Kubeconfig is the file with which any other program gets the same rights.
	Kubeconfig string
	// Folder holds the logs of all programs, and their data.
	Folder string

	options   Options
	bin       string
	authority authority
	mapper    *restmapper.DeferredDiscoveryRESTMapper
	etcd, api *process
	// clients are what runs against the API server, in the order of their start.
	clients []*process
	zones   map[string]*zone
	// endVolumes ends what makes volumes, and volumes then says how it went.
	endVolumes context.CancelFunc
	volumes    chan error
	ports      ports
	lock       sync.Mutex
}

// start is the longest that a program may take until it answers. It takes three
// seconds alone, and many times that beside a build.
const start = 2 * time.Minute

// Start runs a control plane until the test ends. If the test fails, the folder with the logs stays.
func Start(t testing.TB, options Options) *Cluster {
	t.Helper()
	began := time.Now()
	c, err := New(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("the control plane is ready after %.1f s", time.Since(began).Seconds())
	t.Cleanup(func() {
		if err = c.Stop(t.Failed()); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("the logs of the control plane are in %s", c.Folder)
		}
	})
	return c
}

// Run runs the tests of a package with one control plane for all of them, which is
// given to prepare first, and returns what the process should end with.
func Run(m *testing.M, options Options, prepare func(context.Context, *Cluster) error) int {
	ctx := context.Background()
	c, err := New(ctx, options)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := 1
	if err = prepare(ctx, c); err == nil {
		code = m.Run()
	}
	if err = errors.Join(err, c.Stop(code != 0)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	if code != 0 {
		fmt.Fprintln(os.Stderr, "the logs of the control plane are in", c.Folder)
	}
	return code
}

// New starts a control plane; Stop ends it.
func New(ctx context.Context, options Options) (*Cluster, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	folder, err := newFolder()
	if err != nil {
		return nil, err
	}
	c := &Cluster{options: options, bin: bin, Folder: folder, zones: map[string]*zone{}, ports: newPorts()}
	if err = c.start(ctx); err != nil {
		return nil, errors.Join(err, c.Stop(true))
	}
	return c, nil
}

func (c *Cluster) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, start)
	defer cancel()
	var err error
	if c.authority, err = certify(c.Folder); err != nil {
		return err
	}
	if err = c.startServers(ctx); err != nil {
		return err
	}
	if err = c.connect(); err != nil {
		return err
	}
	if err = c.startControllers(ctx); err != nil {
		return err
	}
	if err = c.Apply(ctx, storageClass()); err != nil {
		return err
	}
	var volumes context.Context
	volumes, c.endVolumes = context.WithCancel(context.Background())
	c.volumes = make(chan error, 1)
	go func() { c.volumes <- c.provision(volumes) }()
	return nil
}

// grace is how long a node may be silent.
func (c *Cluster) grace() time.Duration { return cmp.Or(c.options.Grace, Fast.Grace) }

// connect makes the clients. They have no limit: the limits are there for others.
func (c *Cluster) connect() error {
	var err error
	if c.Config, err = clientcmd.BuildConfigFromFlags("", c.Kubeconfig); err != nil {
		return fmt.Errorf("kubeconfig: %w", err)
	}
	c.Config.QPS = -1
	c.Config.WarningHandler = rest.NoWarnings{}
	if c.Kubernetes, err = kubernetes.NewForConfig(c.Config); err != nil {
		return fmt.Errorf("client: %w", err)
	}
	if c.Dynamic, err = dynamic.NewForConfig(c.Config); err != nil {
		return fmt.Errorf("dynamic client: %w", err)
	}
	c.mapper = restmapper.NewDeferredDiscoveryRESTMapper(newDiscovery(c.Kubernetes.Discovery()))
	return nil
}

// Stop ends all programs, those first that use others, and removes what they left
// behind; keep leaves the logs.
func (c *Cluster) Stop(keep bool) error {
	c.lock.Lock()
	defer c.lock.Unlock()
	var problems []error
	if c.endVolumes != nil {
		c.endVolumes()
		problems = append(problems, <-c.volumes)
	}
	for _, p := range slices.Backward(c.clients) {
		problems = append(problems, p.kill())
	}
	// The API server waits for a minute if etcd is gone before it.
	if c.api != nil {
		problems = append(problems, c.api.stop(5*time.Second))
	}
	if c.etcd != nil {
		problems = append(problems, c.etcd.kill())
	}
	data := c.Folder
	if keep {
		data = filepath.Join(c.Folder, "etcd")
	}
	return errors.Join(append(problems, os.RemoveAll(data))...)
}

// run starts a program that uses the API server.
func (c *Cluster) run(name, program string, environment []string, args ...string) (*process, error) {
	p, err := launch(c.Folder, name, filepath.Join(c.bin, program), environment, args...)
	if err != nil {
		return nil, err
	}
	c.lock.Lock()
	defer c.lock.Unlock()
	c.clients = append(c.clients, p)
	return p, nil
}
