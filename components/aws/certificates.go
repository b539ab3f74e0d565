package aws

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/tags"
)

const certificatesType = "openedx:aws:Certificates"

const (
	// subjectLimit is the longest subject of a certificate; further names may be longer.
	// https://docs.aws.amazon.com/acm/latest/APIReference/API_RequestCertificate.html
	subjectLimit = 64

	// certificateKey is an elliptic curve, which spares both sides work at every
	// handshake. It is the one that CloudFront takes; load balancers take any.
	// https://docs.aws.amazon.com/acm/latest/userguide/import-certificate-prerequisites.html
	certificateKey = "EC_prime256v1"

	// issuePatience is how long a run waits for a certificate. With a new zone that
	// is until somebody has told the registrar its name servers, and caches have
	// forgotten that there were none; ACM itself waits for 72 hours.
	// https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
	issuePatience = "2h"

	// proofSeconds is how long the answer that proves a name may be kept.
	proofSeconds = 300
)

// CertificatesArgs describes certificates for the same names in one or two regions.
type CertificatesArgs struct {
	Account Account
	// Names are what the certificates are for, the subject first; "*.x" is any name
	// one label below x.
	Names []string
	// Zone is the id of the public zone that holds all the names.
	Zone pulumi.StringInput
	// Regional asks for a certificate in the account's region, for load balancers.
	Regional bool
	// Edge makes things in the one region that CloudFront takes certificates from;
	// nil asks for no certificate there.
	Edge pulumi.ProviderResource
	// Slug is the instance that they belong to, or empty where they are the platform's.
	Slug string
	Tags tags.Set
}

// Certificates are issued certificates that ACM renews by itself.
type Certificates struct {
	pulumi.ResourceState
	// Regional and Edge are ARNs, once the certificate is issued; one that was not
	// asked for is the zero value.
	Regional, Edge pulumi.StringOutput

	name string
	args *CertificatesArgs
}

// requested is one certificate on its way.
type requested struct {
	// part is the certificate's part of logical names.
	part        string
	options     []pulumi.ResourceOption
	certificate *acm.Certificate
	// issued is where its ARN goes.
	issued *pulumi.StringOutput
}

// NewCertificates creates certificates and waits until they are issued.
func NewCertificates(ctx *pulumi.Context, name string, args *CertificatesArgs, opts ...pulumi.ResourceOption) (*Certificates, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("certificates %q: %w", name, err)
	}
	c := &Certificates{name: name, args: args}
	inputs := pulumi.Map{"region": pulumi.String(args.Account.Region), "names": pulumi.ToStringArray(args.Names)}
	if err := ctx.RegisterComponentResourceV2(certificatesType, name, inputs, c, opts...); err != nil {
		return nil, fmt.Errorf("certificates %q: %w", name, err)
	}
	wanted := c.wanted()
	if err := c.build(ctx, wanted); err != nil {
		return nil, fmt.Errorf("certificates %q: %w", name, err)
	}
	outputs := pulumi.Map{}
	for _, one := range wanted {
		outputs[one.part] = *one.issued
	}
	if err := ctx.RegisterResourceOutputs(c, outputs); err != nil {
		return nil, fmt.Errorf("certificates %q: %w", name, err)
	}
	return c, nil
}

func (a *CertificatesArgs) validate() error {
	if err := a.Account.validate(); err != nil {
		return err
	}
	switch {
	case a.Zone == nil:
		return errors.New("no zone to prove the names in")
	case len(a.Names) == 0:
		return errors.New("no names")
	case len(a.Names[0]) > subjectLimit:
		return fmt.Errorf("subject %q has more than %d characters", a.Names[0], subjectLimit)
	case !a.Regional && a.Edge == nil:
		return errors.New("neither regional nor for CloudFront")
	}
	if err := unique("name", a.Names); err != nil {
		return err
	}
	return uniqueHosts("name", a.proofs())
}

// proofs are the names that are proved. ACM asks for the same record for x and
// for *.x, and in every region of an account, so that one record serves all.
// https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
func (a *CertificatesArgs) proofs() []string {
	var bases []string
	seen := map[string]bool{}
	for _, name := range a.Names {
		if base := proved(name); !seen[base] {
			seen[base] = true
			bases = append(bases, base)
		}
	}
	return bases
}

// proved is the name that has to be proved for another.
func proved(name string) string { return strings.TrimPrefix(name, "*.") }

// wanted lists the certificates that were asked for.
func (c *Certificates) wanted() []*requested {
	var all []*requested
	if c.args.Regional {
		all = append(all, &requested{part: "regional", issued: &c.Regional})
	}
	if c.args.Edge != nil {
		all = append(all, &requested{part: "edge", issued: &c.Edge, options: []pulumi.ResourceOption{pulumi.Provider(c.args.Edge)}})
	}
	return all
}

// build asks for the certificates, proves the names, and waits.
func (c *Certificates) build(ctx *pulumi.Context, wanted []*requested) error {
	for _, one := range wanted {
		name := c.name + "-" + one.part
		certificate, err := acm.NewCertificate(ctx, name, c.args.certificate(name), append(one.options, pulumi.Parent(c))...)
		if err != nil {
			return fmt.Errorf("%s certificate: %w", one.part, err)
		}
		one.certificate = certificate
	}
	proofs, err := c.prove(ctx, wanted[0].certificate)
	if err != nil {
		return err
	}
	for _, one := range wanted {
		validation, err := acm.NewCertificateValidation(ctx, c.name+"-"+one.part+"-issued", &acm.CertificateValidationArgs{
			CertificateArn:        one.certificate.Arn,
			ValidationRecordFqdns: proofs,
		}, append(one.options, pulumi.Parent(c), pulumi.Timeouts(&pulumi.CustomTimeouts{Create: issuePatience}))...)
		if err != nil {
			return fmt.Errorf("%s validation: %w", one.part, err)
		}
		*one.issued = validation.CertificateArn
	}
	return nil
}

func (a *CertificatesArgs) certificate(name string) *acm.CertificateArgs {
	return &acm.CertificateArgs{
		DomainName:              pulumi.String(a.Names[0]),
		SubjectAlternativeNames: pulumi.ToStringArray(a.Names[1:]),
		ValidationMethod:        pulumi.String("DNS"),
		KeyAlgorithm:            pulumi.String(certificateKey),
		Tags:                    ownedTags(a.Tags, "certificates", name, a.Slug),
	}
}

// prove creates the records that prove the names, for as long as ACM is to renew.
func (c *Certificates) prove(ctx *pulumi.Context, certificate *acm.Certificate) (pulumi.StringArray, error) {
	bases := c.args.proofs()
	proofs := make(pulumi.StringArray, len(bases))
	for i, base := range bases {
		option := proofOf(certificate, base)
		record, err := route53.NewRecord(ctx, c.name+"-proof-"+dashed(base), &route53.RecordArgs{
			ZoneId:  c.args.Zone,
			Name:    option.ResourceRecordName().Elem(),
			Type:    option.ResourceRecordType().Elem(),
			Records: pulumi.StringArray{option.ResourceRecordValue().Elem()},
			Ttl:     pulumi.Int(proofSeconds),
			// A certificate that somebody else in the account has for the name left the
			// very same record.
			AllowOverwrite: pulumi.Bool(true),
		}, pulumi.Parent(c))
		if err != nil {
			return nil, fmt.Errorf("proof of %q: %w", base, err)
		}
		proofs[i] = record.Fqdn
	}
	return proofs, nil
}

// proofOf is what ACM wants to see for a name; it lists them in no order.
func proofOf(certificate *acm.Certificate, base string) acm.CertificateDomainValidationOptionOutput {
	//nolint:errcheck // the function returns an option
	return certificate.DomainValidationOptions.ApplyT(
		func(all []acm.CertificateDomainValidationOption) (acm.CertificateDomainValidationOption, error) {
			for _, option := range all {
				if option.DomainName != nil && proved(*option.DomainName) == base {
					return option, nil
				}
			}
			return acm.CertificateDomainValidationOption{}, fmt.Errorf("ACM asks for no proof of %q", base)
		}).(acm.CertificateDomainValidationOptionOutput)
}
