package cluster

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
)

const loopback = "127.0.0.1"

// user is who a program is to the API server.
type user struct{ name, group string }

// users are as a real cluster has them: the controller manager and the scheduler have
// the rights of their roles, no more. The key is also the name of the kubeconfig.
var users = map[string]user{
	"admin":                   {"admin", "system:masters"},
	"kube-controller-manager": {"system:kube-controller-manager", "system:authenticated"},
	"kube-scheduler":          {"system:kube-scheduler", "system:authenticated"},
}

// startServers starts etcd and the API server, and waits for the latter.
func (c *Cluster) startServers(ctx context.Context) error {
	store, err := c.startEtcd()
	if err != nil {
		return err
	}
	port, err := c.ports.next()
	if err != nil {
		return err
	}
	address := "https://" + net.JoinHostPort(loopback, port)
	if err = c.register(address); err != nil {
		return err
	}
	if c.api, err = launch(c.Folder, "kube-apiserver", filepath.Join(c.bin, "kube-apiserver"), nil, c.apiFlags(store, port)...); err != nil {
		return err
	}
	return c.answers(ctx, c.api, address+"/readyz")
}

func (c *Cluster) startEtcd() (address string, err error) {
	var listen [2]string
	for i := range listen {
		var port string
		if port, err = c.ports.next(); err != nil {
			return "", err
		}
		listen[i] = "http://" + net.JoinHostPort(loopback, port)
	}
	c.etcd, err = launch(c.Folder, "etcd", filepath.Join(c.bin, "etcd"), nil,
		"--data-dir="+filepath.Join(c.Folder, "etcd"), "--unsafe-no-fsync", "--log-level=warn",
		"--listen-client-urls="+listen[0], "--advertise-client-urls="+listen[0],
		"--listen-peer-urls="+listen[1], "--initial-advertise-peer-urls="+listen[1], "--initial-cluster=default="+listen[1])
	return listen[0], err
}

// apiFlags are those of the API server. What differs from a production server: it
// listens on loopback, and pods leave a lost node after two seconds instead of the
// five minutes that Defaults speaks of.
func (c *Cluster) apiFlags(store, port string) []string {
	file := func(name string) string { return filepath.Join(c.Folder, name) }
	return []string{
		"--etcd-servers=" + store,
		"--bind-address=" + loopback, "--secure-port=" + port,
		"--advertise-address=" + loopback, "--endpoint-reconciler-type=none",
		"--service-cluster-ip-range=10.96.0.0/16",
		"--tls-cert-file=" + file("server.crt"), "--tls-private-key-file=" + file("server.key"),
		"--client-ca-file=" + file("authority.crt"), "--token-auth-file=" + file("tokens.csv"), "--authorization-mode=RBAC", "--anonymous-auth=true",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + file("service-accounts.key"), "--service-account-signing-key-file=" + file("service-accounts.key"),
		"--requestheader-client-ca-file=" + file("front-proxy-authority.crt"), "--requestheader-allowed-names=front-proxy",
		"--requestheader-username-headers=X-Remote-User", "--requestheader-group-headers=X-Remote-Group",
		"--requestheader-extra-headers-prefix=X-Remote-Extra-",
		"--proxy-client-cert-file=" + file("front-proxy.crt"), "--proxy-client-key-file=" + file("front-proxy.key"),
		"--allow-privileged=true", "--profiling=false",
		fmt.Sprintf("--default-not-ready-toleration-seconds=%d", Fast.Toleration/time.Second),
		fmt.Sprintf("--default-unreachable-toleration-seconds=%d", Fast.Toleration/time.Second),
	}
}

// register writes the tokens that the API server knows, and a kubeconfig for each.
func (c *Cluster) register(address string) error {
	var tokens strings.Builder
	for name, user := range users {
		token := name + "-token"
		if _, err := fmt.Fprintf(&tokens, "%s,%s,%s,%q\n", token, user.name, name, user.group); err != nil {
			return err
		}
		config := api.NewConfig()
		config.Clusters["test"] = &api.Cluster{Server: address, CertificateAuthority: filepath.Join(c.Folder, "authority.crt")}
		config.AuthInfos[name] = &api.AuthInfo{Token: token}
		config.Contexts["test"] = &api.Context{Cluster: "test", AuthInfo: name}
		config.CurrentContext = "test"
		if err := clientcmd.WriteToFile(*config, c.kubeconfig(name)); err != nil {
			return fmt.Errorf("kubeconfig of %s: %w", name, err)
		}
	}
	c.Kubeconfig = c.kubeconfig("admin")
	return write(c.Folder, "tokens.csv", []byte(tokens.String()))
}

func (c *Cluster) kubeconfig(user string) string {
	return filepath.Join(c.Folder, user+".kubeconfig")
}

// answers waits until a program says at an address that it is ready.
func (c *Cluster) answers(ctx context.Context, p *process, address string) error {
	roots := x509.NewCertPool()
	roots.AddCert(c.authority.certificate)
	client := &http.Client{
		Timeout:   5 * time.Second,
		Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, DisableKeepAlives: true},
	}
	var last error
	err := wait.PollUntilContextCancel(ctx, 50*time.Millisecond, true, func(ctx context.Context) (bool, error) {
		if err := p.failure(); err != nil {
			return false, err
		}
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
		if err != nil {
			return false, err
		}
		response, err := client.Do(request)
		if err != nil {
			last = err
			return false, nil
		}
		last = fmt.Errorf("status %s", response.Status)
		return response.StatusCode == http.StatusOK, response.Body.Close()
	})
	if err != nil {
		return fmt.Errorf("%s does not answer: %w", p.name, errors.Join(err, last))
	}
	return nil
}
