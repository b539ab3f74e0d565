package provider_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

func TestPasswordsAreOfTheWantedKind(t *testing.T) {
	dir := t.TempDir()
	w := open(t, "random", dir)
	const token = "random:index/randomPassword:RandomPassword"
	password := w.create(token, "p", props{"length": 24, "special": false, "minNumeric": 4})
	result := password.outputs["result"]
	if !result.IsSecret() || !password.outputs["bcryptHash"].IsSecret() {
		t.Fatalf("not secret: %v", password.outputs)
	}
	text := result.SecretValue().Element.StringValue()
	if !regexp.MustCompile(`^[0-9A-Za-z]{24}$`).MatchString(text) || len(regexp.MustCompile(`\d`).FindAllString(text, -1)) < 4 {
		t.Errorf("got %q", text)
	}
	again := w.create(token, "p", props{"length": 24, "special": false, "minNumeric": 4})
	if again.outputs["result"].SecretValue().Element.StringValue() == text {
		t.Error("a replacement has the same password")
	}
	if same := w.read(password); fmt.Sprint(same.outputs) != fmt.Sprint(password.outputs) {
		t.Errorf("drift: %v", same.outputs)
	}
	assertNotOnDisk(t, dir, text)
}

func TestAPasswordIsUnknownAndSecretInAPreview(t *testing.T) {
	w := open(t, "random", t.TempDir())
	preview, err := w.try("random:index/randomPassword:RandomPassword", "q", props{"length": 8}, true)
	if err != nil || !preview.outputs["result"].ContainsUnknowns() || !preview.outputs["result"].IsSecret() {
		t.Errorf("preview: %v, %v", preview, err)
	}
	id := w.create("random:index/randomId:RandomId", "i", props{"byteLength": 4})
	if !regexp.MustCompile(`^[0-9a-f]{8}$`).MatchString(id.text("hex")) {
		t.Errorf("got %v", id.outputs)
	}
}

func TestKeysAndCertificatesAreReal(t *testing.T) {
	w := open(t, "tls", t.TempDir())
	open := func(of *thing, name string) string {
		value := of.outputs[resource.PropertyKey(name)]
		for value.IsSecret() {
			value = value.SecretValue().Element
		}
		return value.StringValue()
	}
	key := w.create("tls:index/privateKey:PrivateKey", "k", props{"algorithm": "ECDSA", "ecdsaCurve": "P256"})
	if !key.outputs["privateKeyPem"].IsSecret() || !strings.HasPrefix(open(key, "publicKeyOpenssh"), "ecdsa-sha2-nistp256 ") {
		t.Errorf("got %v", key.outputs)
	}
	authority := w.create("tls:index/selfSignedCert:SelfSignedCert", "ca", props{
		"privateKeyPem": open(key, "privateKeyPem"), "isCaCertificate": true, "validityPeriodHours": 24,
		"allowedUses": []any{"cert_signing"}, "subject": map[string]any{"commonName": "ca"},
	})
	request := w.create("tls:index/certRequest:CertRequest", "r", props{
		"privateKeyPem": open(key, "privateKeyPem"), "dnsNames": []any{"lms.example.org"},
		"subject": map[string]any{"commonName": "lms"},
	})
	leaf := w.create("tls:index/locallySignedCert:LocallySignedCert", "l", props{
		"caPrivateKeyPem": open(key, "privateKeyPem"), "caCertPem": open(authority, "certPem"),
		"certRequestPem": open(request, "certRequestPem"), "validityPeriodHours": 12, "allowedUses": []any{"server_auth"},
	})
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM([]byte(open(authority, "certPem"))) {
		t.Fatal("no certificate")
	}
	block, _ := pem.Decode([]byte(open(leaf, "certPem")))
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := certificate.Verify(x509.VerifyOptions{Roots: roots, DNSName: "lms.example.org"}); err != nil {
		t.Error(err)
	}
}

func TestCommandsAreNeverRun(t *testing.T) {
	dir := t.TempDir()
	w := open(t, "command", dir)
	mark := filepath.Join(dir, "ran")
	made := w.create("command:local:Command", "c", props{"create": "touch " + mark})
	if _, err := os.Stat(mark); !os.IsNotExist(err) {
		t.Error("the command ran")
	}
	if made.text("stdout") != "" {
		t.Errorf("stdout %q", made.text("stdout"))
	}
}

func TestAzureIdsHaveTheirForm(t *testing.T) {
	w := open(t, "azure-native", t.TempDir())
	group := w.create("azure-native:resources:ResourceGroup", "campus", props{"location": "westeurope"})
	if !regexp.MustCompile(`^/subscriptions/[0-9a-f-]{36}/resourceGroups/campus[0-9a-f]{8}$`).MatchString(group.id) {
		t.Errorf("id %q", group.id)
	}
	_, err := w.try("azure-native:network:VirtualNetwork", "v", props{
		"resourceGroupName": "none", "addressSpace": map[string]any{"addressPrefixes": []any{"10.0.0.0/16"}},
	}, false)
	refused(t, err, "resourceGroupName", "does not exist")
}

func TestAnyChangeOfAPasswordMakesAnother(t *testing.T) {
	w := open(t, "random", t.TempDir())
	password := w.create("random:index/randomPassword:RandomPassword", "p", props{"length": 24, "keepers": map[string]any{"turn": "1"}})
	for name, inputs := range map[string]props{
		"length":       {"length": 32, "keepers": map[string]any{"turn": "1"}},
		"keepers.turn": {"length": 24, "keepers": map[string]any{"turn": "2"}},
		"special":      {"length": 24, "keepers": map[string]any{"turn": "1"}, "special": false},
	} {
		if answer, _ := w.diff(password, inputs); !slices.Contains(answer.Replaces, name) {
			t.Errorf("%s: %v", name, answer)
		}
	}
}

func TestOnlyKnownParametersHaveAValue(t *testing.T) {
	w := newWorld(t)
	get := func(name string) (*pulumirpc.InvokeResponse, error) {
		return w.client.Invoke(context.Background(), &pulumirpc.InvokeRequest{
			Tok: "aws:ssm/getParameter:getParameter", Args: w.rpc(toMap(props{"name": name})),
		})
	}
	const images = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-"
	for _, architecture := range []string{"x86_64", "arm64"} {
		answer, err := get(images + architecture)
		if err != nil || !strings.HasPrefix(answer.Return.Fields["value"].GetStringValue(), "ami-") {
			t.Errorf("%s: %v, %v", architecture, answer, err)
		}
	}
	_, err := get(images + "riscv")
	refused(t, err, "riscv", "constant")
}

func TestFunctionsAnswer(t *testing.T) {
	w := newWorld(t)
	answer, err := w.client.Invoke(context.Background(), &pulumirpc.InvokeRequest{
		Tok: "aws:index/getRegion:getRegion", Args: w.rpc(resource.PropertyMap{}),
	})
	if err != nil || answer.Return.Fields["name"].GetStringValue() != "eu-west-1" {
		t.Errorf("got %v, %v", answer, err)
	}
}
