package cluster

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"time"

	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
)

// authority signs certificates that every program of the control plane trusts.
type authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
}

// lifetime is more than any run of the tests takes.
const lifetime = 24 * time.Hour

func newAuthority(name string) (authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return authority{}, fmt.Errorf("key of %s: %w", name, err)
	}
	certificate, err := cert.NewSelfSignedCACert(cert.Config{CommonName: name}, key)
	if err != nil {
		return authority{}, fmt.Errorf("certificate of %s: %w", name, err)
	}
	return authority{certificate, key}, nil
}

func (a authority) pem() ([]byte, error) { return cert.EncodeCertificates(a.certificate) }

// issue writes NAME.crt and NAME.key of somebody who serves on loopback, or calls.
func (a authority) issue(folder, name string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("key of %s: %w", name, err)
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return fmt.Errorf("serial number of %s: %w", name, err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    now.Add(-time.Minute), NotAfter: now.Add(lifetime),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		DNSNames:    []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "metrics-server.kube-system.svc"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, a.certificate, key.Public(), a.key)
	if err != nil {
		return fmt.Errorf("certificate of %s: %w", name, err)
	}
	parsed, err := x509.ParseCertificate(signed)
	if err != nil {
		return fmt.Errorf("certificate of %s: %w", name, err)
	}
	text, err := cert.EncodeCertificates(parsed)
	if err != nil {
		return fmt.Errorf("certificate of %s: %w", name, err)
	}
	return errors.Join(write(folder, name+".crt", text), writeKey(folder, name, key))
}

func writeKey(folder, name string, key crypto.Signer) error {
	text, err := keyutil.MarshalPrivateKeyToPEM(key)
	if err != nil {
		return fmt.Errorf("key of %s: %w", name, err)
	}
	return write(folder, name+".key", text)
}

func write(folder, name string, text []byte) error {
	return os.WriteFile(filepath.Join(folder, name), text, 0o600)
}

// certify writes all certificates and keys of a control plane into a folder.
func certify(folder string) (authority, error) {
	root, err := newAuthority("control-plane")
	if err != nil {
		return authority{}, err
	}
	// The API server speaks for its users to the servers behind it as "front-proxy";
	// with the same authority any user could say so.
	front, err := newAuthority("front-proxy-authority")
	if err != nil {
		return authority{}, err
	}
	for name, a := range map[string]authority{"authority.crt": root, "front-proxy-authority.crt": front} {
		text, encodeErr := a.pem()
		if err = errors.Join(err, encodeErr, write(folder, name, text)); err != nil {
			return authority{}, err
		}
	}
	accounts, err := newAuthority("service-accounts")
	if err != nil {
		return authority{}, err
	}
	return root, errors.Join(root.issue(folder, "server"), front.issue(folder, "front-proxy"), writeKey(folder, "service-accounts", accounts.key))
}
