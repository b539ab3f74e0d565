package aws

import (
	"fmt"

	"github.com/pulumi/pulumi-tls/sdk/v5/go/tls"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/naming"
)

// commonNameLimit is the longest common name of a subject.
// https://www.rfc-editor.org/rfc/rfc5280#appendix-A.1
const commonNameLimit = 64

const hoursPerYear = 365 * 24

// How long certificates last, and how long before the end a run renews them. A
// member takes a new certificate when it boots, so a whole year is left for that.
// The authority is renewed while every certificate it signed is still good; its
// key stays, so that what either of its certificates signed is good under both.
const (
	certificateHours        = 3 * hoursPerYear
	certificateRenewalHours = 1 * hoursPerYear
	authorityHours          = 20 * hoursPerYear
	authorityRenewalHours   = 4 * hoursPerYear
)

// createCertificates creates the set's own authority, and a certificate of each
// member's own.
func (m *Mongo) createCertificates(ctx *pulumi.Context) error {
	key, err := m.createPrivateKey(ctx, m.name+"-authority-key")
	if err != nil {
		return err
	}
	authority, err := tls.NewSelfSignedCert(ctx, m.name+"-authority", &tls.SelfSignedCertArgs{
		PrivateKeyPem: platform.Secret(key.PrivateKeyPem),
		Subject: tls.SelfSignedCertSubjectArgs{
			CommonName: pulumi.String(naming.Fit(commonNameLimit, m.args.ReplicaSet, "authority")),
		},
		IsCaCertificate:     pulumi.Bool(true),
		SetSubjectKeyId:     pulumi.Bool(true),
		AllowedUses:         pulumi.ToStringArray([]string{"cert_signing", "crl_signing"}),
		ValidityPeriodHours: pulumi.Int(authorityHours),
		EarlyRenewalHours:   pulumi.Int(authorityRenewalHours),
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("authority: %w", err)
	}
	m.Authority = authority.CertPem
	for _, machine := range m.machines {
		if err := m.createCertificate(ctx, machine, key, authority); err != nil {
			return fmt.Errorf("certificate of member %q: %w", machine.Name, err)
		}
	}
	return nil
}

// createPrivateKey creates a private key.
func (m *Mongo) createPrivateKey(ctx *pulumi.Context, name string) (*tls.PrivateKey, error) {
	key, err := tls.NewPrivateKey(ctx, name, &tls.PrivateKeyArgs{
		Algorithm:  pulumi.String("ECDSA"),
		EcdsaCurve: pulumi.String("P256"),
	}, pulumi.Parent(m))
	if err != nil {
		return nil, fmt.Errorf("private key %q: %w", name, err)
	}
	return key, nil
}

// createCertificate creates a member's certificate: for the name that the other
// members know, for the seed that applications begin with, and for the scripts
// on the machine. Members are each other's clients with it too.
// https://www.mongodb.com/docs/v7.0/tutorial/configure-ssl/
func (m *Mongo) createCertificate(ctx *pulumi.Context, machine *mongoMachine, signer *tls.PrivateKey, authority *tls.SelfSignedCert) error {
	key, err := m.createPrivateKey(ctx, m.name+"-certificate-key-"+machine.Name)
	if err != nil {
		return err
	}
	request, err := tls.NewCertRequest(ctx, m.name+"-certificate-request-"+machine.Name, &tls.CertRequestArgs{
		PrivateKeyPem: platform.Secret(key.PrivateKeyPem),
		Subject:       tls.CertRequestSubjectArgs{CommonName: pulumi.String(machine.host())},
		DnsNames:      pulumi.ToStringArray([]string{"localhost", m.args.dnsName(machine.MongoMember), m.args.seed()}),
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("request: %w", err)
	}
	certificate, err := tls.NewLocallySignedCert(ctx, m.name+"-certificate-"+machine.Name, &tls.LocallySignedCertArgs{
		CertRequestPem:      request.CertRequestPem,
		CaPrivateKeyPem:     platform.Secret(signer.PrivateKeyPem),
		CaCertPem:           authority.CertPem,
		AllowedUses:         pulumi.ToStringArray([]string{"digital_signature", "server_auth", "client_auth"}),
		ValidityPeriodHours: pulumi.Int(certificateHours),
		EarlyRenewalHours:   pulumi.Int(certificateRenewalHours),
	}, pulumi.Parent(m))
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	machine.tls, err = m.keep(ctx, "tls-"+machine.Name, "Certificate of "+machine.host(), pulumi.JSONMarshal(pulumi.Map{
		"ca":          authority.CertPem,
		"certificate": certificate.CertPem,
		"privateKey":  platform.Secret(key.PrivateKeyPemPkcs8),
	}))
	return err
}
