package firstboot

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const (
	setNameInTests = "school-mongo"
	seedName       = "mongo.school.internal"
	secretKeyFile  = "a2V5ZmlsZS1zZWNyZXQ=\nc2Vjb25kLWxpbmU="
	secretAdmin    = `adm'in "se$cret`
	secretMonitor  = "monitor-secret"
)

func nameOf(index int) string { return fmt.Sprintf("mongo-%d.school.internal", index) }

func volumeOf(index int) string { return fmt.Sprintf("vol-%017x", index+1) }

// memberInTests is one of three members.
func memberInTests(index int) Member {
	secret := "arn:aws:secretsmanager:eu-west-1:123456789012:secret:"
	return Member{
		Name: fmt.Sprintf("mongo-%d", index), DNSName: nameOf(index), Seed: seedName, ReplicaSet: setNameInTests,
		Members:  []Peer{{DNSName: nameOf(0), First: true}, {DNSName: nameOf(1)}, {DNSName: nameOf(2)}},
		Versions: Versions{Server: "7.0.28", Shell: "2.5.8", Tools: "100.13.0"},
		OplogMB:  10240, CacheGB: 1.5, Region: "eu-west-1", Volume: volumeOf(index),
		Secrets: Secrets{KeyFile: secret + "keyfile", TLS: secret + "tls", Admin: secret + "admin", Monitor: secret + "monitor"},
		Backup: Backup{
			Bucket: "school-backup", Prefix: "mongo", Schedule: "*-*-* 02:30:00 UTC",
			KeyARN: "arn:aws:kms:eu-west-1:123456789012:key/0f0e0d0c",
		},
	}
}

// certificate returns the secret that holds a certificate for some names.
func certificate(t *testing.T, names ...string) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	plan := &x509.Certificate{SerialNumber: big.NewInt(1), DNSNames: names, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, plan, plan, &key.PublicKey, key)
	must(t, err)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	secret, err := json.Marshal(map[string]string{
		"ca": text, "certificate": text,
		"privateKey": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private})),
	})
	must(t, err)
	return string(secret)
}

// account returns the secret of a user.
func account(t *testing.T, name, password string) string {
	t.Helper()
	secret, err := json.Marshal(map[string]string{"username": name, "password": password})
	must(t, err)
	return string(secret)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func writeFile(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	must(t, os.MkdirAll(filepath.Dir(path), 0o700))
	must(t, os.WriteFile(path, []byte(content), mode))
}

func read(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(path)
	must(t, err)
	return string(raw)
}

// lines are the lines of a file, none when there is no file.
func lines(t *testing.T, path string) []string {
	t.Helper()
	raw, err := os.ReadFile(path)
	if os.IsNotExist(err) || len(raw) == 0 {
		return nil
	}
	must(t, err)
	return strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}
