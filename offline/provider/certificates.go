package provider

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	random "math/rand/v2"
	"net"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"golang.org/x/crypto/ssh"
)

// curves are those that the tls provider knows.
var curves = map[string]elliptic.Curve{
	"P224": elliptic.P224(), "P256": elliptic.P256(), "P384": elliptic.P384(), "P521": elliptic.P521(),
}

// usages are the tls provider's words for what a certificate is good for.
var usages = map[string]struct {
	key      x509.KeyUsage
	extended []x509.ExtKeyUsage
}{
	"digital_signature": {key: x509.KeyUsageDigitalSignature},
	"key_encipherment":  {key: x509.KeyUsageKeyEncipherment},
	"key_agreement":     {key: x509.KeyUsageKeyAgreement},
	"data_encipherment": {key: x509.KeyUsageDataEncipherment},
	"cert_signing":      {key: x509.KeyUsageCertSign},
	"crl_signing":       {key: x509.KeyUsageCRLSign},
	"server_auth":       {extended: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}},
	"client_auth":       {extended: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}},
}

func encode(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func newKey(props resource.PropertyMap) (key crypto.Signer, name string, err error) {
	switch algorithm := text(props, "algorithm"); algorithm {
	case "RSA":
		bits, _ := number(plain(props), "rsaBits")
		key, err = rsa.GenerateKey(rand.Reader, int(bits))
		return key, "RSA PRIVATE KEY", err
	case "ECDSA":
		curve, ok := curves[text(props, "ecdsaCurve")]
		if !ok {
			return nil, "", fmt.Errorf("ecdsaCurve: unknown curve %q", text(props, "ecdsaCurve"))
		}
		key, err = ecdsa.GenerateKey(curve, rand.Reader)
		return key, "EC PRIVATE KEY", err
	case "ED25519":
		_, key, err = ed25519.GenerateKey(rand.Reader)
		return key, "PRIVATE KEY", err
	default:
		return nil, "", fmt.Errorf("algorithm: unknown algorithm %q", algorithm)
	}
}

func privateKey(e *evaluation) (map[string]string, error) {
	key, name, err := newKey(e.props)
	if err != nil {
		return nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return nil, err
	}
	traditional := pkcs8
	switch key := key.(type) {
	case *rsa.PrivateKey:
		traditional = x509.MarshalPKCS1PrivateKey(key)
	case *ecdsa.PrivateKey:
		if traditional, err = x509.MarshalECPrivateKey(key); err != nil {
			return nil, err
		}
	}
	outputs := map[string]string{
		"privateKeyPem":      encode(name, traditional),
		"privateKeyPemPkcs8": encode("PRIVATE KEY", pkcs8),
		"publicKeyPem":       encode("PUBLIC KEY", public),
		"privateKeyOpenssh":  "", "publicKeyOpenssh": "", "publicKeyFingerprintMd5": "", "publicKeyFingerprintSha256": "",
	}
	// OpenSSH has no P-224; the genuine provider leaves these outputs empty too.
	if login, err := ssh.NewPublicKey(key.Public()); err == nil {
		block, err := ssh.MarshalPrivateKey(key, "")
		if err != nil {
			return nil, err
		}
		outputs["privateKeyOpenssh"] = string(pem.EncodeToMemory(block))
		outputs["publicKeyOpenssh"] = string(ssh.MarshalAuthorizedKey(login))
		outputs["publicKeyFingerprintMd5"] = ssh.FingerprintLegacyMD5(login)
		outputs["publicKeyFingerprintSha256"] = ssh.FingerprintSHA256(login)
	}
	return outputs, nil
}

// decode reads one PEM block.
func decode(props resource.PropertyMap, property string) ([]byte, error) {
	block, _ := pem.Decode([]byte(text(props, property)))
	if block == nil {
		return nil, fmt.Errorf("%s: is not PEM", property)
	}
	return block.Bytes, nil
}

func readKey(props resource.PropertyMap, property string) (crypto.Signer, string, error) {
	der, err := decode(props, property)
	if err != nil {
		return nil, "", err
	}
	if key, other := x509.ParsePKCS1PrivateKey(der); other == nil {
		return key, "RSA", nil
	}
	if key, other := x509.ParseECPrivateKey(der); other == nil {
		return key, "ECDSA", nil
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, "", fmt.Errorf("%s: %w", property, err)
	}
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return key, "RSA", nil
	case *ecdsa.PrivateKey:
		return key, "ECDSA", nil
	case ed25519.PrivateKey:
		return key, "ED25519", nil
	default:
		return nil, "", fmt.Errorf("%s: unknown kind of key", property)
	}
}

func list(props resource.PropertyMap, property string) []string {
	value, _, found := at(props, property)
	if !found || !value.IsArray() {
		return nil
	}
	var texts []string
	for _, item := range value.ArrayValue() {
		texts = append(texts, text(resource.PropertyMap{"item": item}, "item"))
	}
	return texts
}

func subject(props resource.PropertyMap) pkix.Name {
	name := pkix.Name{CommonName: text(props, "subject.commonName"), SerialNumber: text(props, "subject.serialNumber")}
	for property, field := range map[string]*[]string{
		"organization": &name.Organization, "organizationalUnit": &name.OrganizationalUnit, "country": &name.Country,
		"locality": &name.Locality, "province": &name.Province,
	} {
		if value := text(props, "subject."+property); value != "" {
			*field = []string{value}
		}
	}
	return name
}

func addresses(props resource.PropertyMap) []net.IP {
	var ips []net.IP
	for _, address := range list(props, "ipAddresses") {
		ips = append(ips, net.ParseIP(address))
	}
	return ips
}

func certRequest(e *evaluation) (map[string]string, error) {
	key, algorithm, err := readKey(e.props, "privateKeyPem")
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{
		Subject: subject(e.props), DNSNames: list(e.props, "dnsNames"), IPAddresses: addresses(e.props),
	}, key)
	return map[string]string{"certRequestPem": encode("CERTIFICATE REQUEST", der), "keyAlgorithm": algorithm}, err
}

// template holds what every certificate takes from its inputs.
func template(e *evaluation) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 128))
	if err != nil {
		return nil, err
	}
	hours, _ := number(plain(e.props), "validityPeriodHours")
	now := time.Now().UTC().Truncate(time.Second)
	certificate := &x509.Certificate{
		SerialNumber: serial, NotBefore: now, NotAfter: now.Add(time.Duration(hours) * time.Hour),
		BasicConstraintsValid: true, IsCA: text(e.props, "isCaCertificate") == "true",
	}
	for _, use := range list(e.props, "allowedUses") {
		certificate.KeyUsage |= usages[use].key
		certificate.ExtKeyUsage = append(certificate.ExtKeyUsage, usages[use].extended...)
	}
	return certificate, nil
}

func issued(der []byte, certificate *x509.Certificate, algorithm string) map[string]string {
	return map[string]string{
		"certPem": encode("CERTIFICATE", der), "keyAlgorithm": algorithm, "caKeyAlgorithm": algorithm,
		"validityStartTime": certificate.NotBefore.Format(time.RFC3339),
		"validityEndTime":   certificate.NotAfter.Format(time.RFC3339),
	}
}

func selfSignedCert(e *evaluation) (map[string]string, error) {
	key, algorithm, err := readKey(e.props, "privateKeyPem")
	if err != nil {
		return nil, err
	}
	certificate, err := template(e)
	if err != nil {
		return nil, err
	}
	certificate.Subject = subject(e.props)
	certificate.DNSNames, certificate.IPAddresses = list(e.props, "dnsNames"), addresses(e.props)
	der, err := x509.CreateCertificate(rand.Reader, certificate, certificate, key.Public(), key)
	return issued(der, certificate, algorithm), err
}

func locallySignedCert(e *evaluation) (map[string]string, error) {
	key, algorithm, err := readKey(e.props, "caPrivateKeyPem")
	if err != nil {
		return nil, err
	}
	issuerDER, issuerErr := decode(e.props, "caCertPem")
	requestDER, requestErr := decode(e.props, "certRequestPem")
	if err = errors.Join(issuerErr, requestErr); err != nil {
		return nil, err
	}
	issuer, issuerErr := x509.ParseCertificate(issuerDER)
	request, requestErr := x509.ParseCertificateRequest(requestDER)
	if err = errors.Join(issuerErr, requestErr); err != nil {
		return nil, err
	}
	certificate, err := template(e)
	if err != nil {
		return nil, err
	}
	certificate.Subject, certificate.DNSNames, certificate.IPAddresses = request.Subject, request.DNSNames, request.IPAddresses
	der, err := x509.CreateCertificate(rand.Reader, certificate, issuer, request.PublicKey, key)
	return issued(der, certificate, algorithm), err
}

// authority makes a cluster's certificate authority, always the same for the
// same source: Ed25519 keys and signatures need no other randomness.
func authority(source *random.Rand, name string) (string, error) {
	seed := make([]byte, ed25519.SeedSize)
	if _, err := (randomBytes{source}).Read(seed); err != nil {
		return "", err
	}
	key := ed25519.NewKeyFromSeed(seed)
	born := time.Date(2025, time.January, 1, 0, 0, 0, 0, time.UTC)
	certificate := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: strings.ToLower(name)},
		NotBefore: born, NotAfter: born.AddDate(10, 0, 0), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(randomBytes{source}, certificate, certificate, key.Public(), key)
	return base64.StdEncoding.EncodeToString([]byte(encode("CERTIFICATE", der))), err
}
