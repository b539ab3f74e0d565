package cluster

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
)

// needed are the programs that make builds.
var needed = []string{
	"etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl", "kwok", "karpenter-kwok", "metrics-server",
}

// programs finds bin/k8s in the repository that the tests run in.
func programs() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err = os.Stat(filepath.Join(folder, "tools", "control-plane", "go.mod")); err == nil {
			break
		}
		if folder == filepath.Dir(folder) {
			return "", errors.New("the repository with tools/control-plane is not above the working directory")
		}
		folder = filepath.Dir(folder)
	}
	bin := filepath.Join(folder, "bin", "k8s")
	for _, name := range needed {
		if _, err = os.Stat(filepath.Join(bin, name)); err != nil {
			return "", fmt.Errorf("the control plane is not built: run make control-plane (%w)", err)
		}
	}
	return bin, nil
}

const folderPrefix = "openedx-cluster-"

// newFolder makes the folder of a control plane. Its name holds the number of the
// process that works in it; folders of processes that were killed are removed, since
// each holds a hundred megabytes of etcd's.
func newFolder() (string, error) {
	old, err := filepath.Glob(filepath.Join(os.TempDir(), folderPrefix+"*", "etcd"))
	if err != nil {
		return "", err
	}
	for _, data := range old {
		owner, _, found := strings.Cut(strings.TrimPrefix(filepath.Base(filepath.Dir(data)), folderPrefix), "-")
		number, err := strconv.Atoi(owner)
		if err != nil || !found || !errors.Is(syscall.Kill(number, 0), syscall.ESRCH) {
			continue
		}
		if err = os.RemoveAll(filepath.Dir(data)); err != nil {
			return "", err
		}
	}
	return os.MkdirTemp("", fmt.Sprintf("%s%d-", folderPrefix, os.Getpid()))
}

// ports gives out free ports, none twice. They are below those that the kernel
// gives to connections (net.ipv4.ip_local_port_range begins at 32768), so that no
// connection takes one before the program listens.
type ports struct {
	lock  *sync.Mutex
	taken map[int]bool
}

func newPorts() ports { return ports{lock: &sync.Mutex{}, taken: map[int]bool{}} }

func (p ports) next() (string, error) {
	const first, count, attempts = 20000, 12000, 200
	p.lock.Lock()
	defer p.lock.Unlock()
	for range attempts {
		port := first + rand.IntN(count) //nolint:gosec // nobody is to be kept from guessing it
		if p.taken[port] {
			continue
		}
		listener, err := net.Listen("tcp", net.JoinHostPort(loopback, strconv.Itoa(port)))
		if err != nil {
			continue
		}
		p.taken[port] = true
		return strconv.Itoa(port), listener.Close()
	}
	return "", fmt.Errorf("no free port among %d tries", attempts)
}
