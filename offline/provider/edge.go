package provider

import (
	"cmp"
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"example.org/openedx/offline/cloud"
)

// makers make the outputs that no template can; behaviour files name them.
var makers = map[string]func(*evaluation) resource.PropertyValue{"validationOptions": validationOptions}

func (e *evaluation) made(name string) (resource.PropertyValue, error) {
	maker, ok := makers[name]
	if !ok {
		return resource.PropertyValue{}, fmt.Errorf("no Go function %q makes values", name)
	}
	return maker(e), nil
}

// certified lists the names that a certificate is for, each once.
func certified(certificate resource.PropertyMap) []string {
	names := []string{text(certificate, "domainName")}
	alternatives, _ := place{props: certificate}.texts("subjectAlternativeNames")
	for _, name := range alternatives {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// validationOptions are the records that prove who owns the names of a
// certificate. ACM asks for the same record in every region of an account, and
// for *.x the one of x. The provider keeps the list in the order of its hashes,
// so programs can rely on none.
func validationOptions(e *evaluation) resource.PropertyValue {
	options := []resource.PropertyValue{}
	if text(e.props, "validationMethod") != "DNS" {
		return resource.NewProperty(options)
	}
	names := certified(e.props)
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(hash(a), hash(b)) })
	for _, name := range names {
		base := strings.TrimPrefix(name, "*.")
		source := stream(e.p.setting("account") + "\x00" + base)
		token, answer := pick(source, alphabets["hex"], 32), pick(source, alphabets["hex"], 32)
		options = append(options, resource.NewProperty(resource.PropertyMap{
			"domainName":          resource.NewProperty(name),
			"resourceRecordName":  resource.NewProperty("_" + token + "." + base + "."),
			"resourceRecordType":  resource.NewProperty("CNAME"),
			"resourceRecordValue": resource.NewProperty("_" + answer + "." + pick(source, alphanumerics, 10) + ".acm-validations.aws."),
		}))
	}
	return resource.NewProperty(options)
}

// hash is by what the provider's SDK sorts the members of a set.
func hash(name string) string {
	return strconv.FormatUint(uint64(crc32.ChecksumIEEE([]byte(name))), 10)
}

// validated wants every record that a certificate asks for, with its value.
func validated(p *Provider, tx *cloud.Tx, op *operation) []refusal {
	certificate := p.referred(tx, op.kind, "certificateArn", text(op.props, "certificateArn"))
	hosts, known := place{props: op.props}.texts("validationRecordFqdns")
	if certificate == nil || certificate.Planned() || !known {
		return nil
	}
	options, _, _ := at(resource.NewPropertyMapFromMap(certificate.Properties), "domainValidationOptions")
	var refusals []refusal
	for i := range options.ArrayValue() {
		option := options.ArrayValue()[i].ObjectValue()
		host := strings.TrimSuffix(text(option, "resourceRecordName"), ".")
		proven := slices.ContainsFunc(tx.Named(nameKey("aws:route53/record:Record.fqdn", host)), func(r *cloud.Record) bool {
			answer := text(resource.NewPropertyMapFromMap(r.Properties), "records[0]")
			return strings.TrimSuffix(answer, ".") == strings.TrimSuffix(text(option, "resourceRecordValue"), ".")
		})
		if !proven || len(hosts) > 0 && !slices.Contains(hosts, host) {
			refusals = append(refusals, refusal{"validationRecordFqdns", "", fmt.Sprintf(
				"missing %s DNS validation record: %s", text(option, "domainName"), host)})
		}
	}
	return refusals
}

// covered wants the certificate of a distribution to be for all of its names.
func covered(p *Provider, tx *cloud.Tx, op *operation) []refusal {
	const path = "viewerCertificate.acmCertificateArn"
	issued := p.referred(tx, op.kind, path, text(op.props, path))
	if issued == nil {
		return nil
	}
	validation := p.place(issued)
	certificate := p.reached(tx, validation, "certificateArn", text(validation.props, "certificateArn"))
	aliases, known := place{props: op.props}.texts("aliases")
	if certificate == nil || !known {
		return nil
	}
	names := certified(resource.NewPropertyMapFromMap(certificate.Properties))
	var refusals []refusal
	for _, alias := range aliases {
		_, parent, _ := strings.Cut(alias, ".")
		if !slices.Contains(names, alias) && !slices.Contains(names, "*."+parent) {
			refusals = append(refusals, refusal{"aliases", "InvalidViewerCertificate", fmt.Sprintf(
				"%s: the certificate that is attached to your distribution doesn't cover the alternate domain name (CNAME)", alias)})
		}
	}
	return refusals
}

// wallRules wants the rules of a web ACL to have names and priorities of their own.
func wallRules(_ *Provider, _ *cloud.Tx, op *operation) []refusal {
	listed, _, found := at(op.props, "rules")
	if !found || !listed.IsArray() {
		return nil
	}
	var refusals []refusal
	seen := map[string]bool{}
	for i, rule := range listed.ArrayValue() {
		for _, property := range []string{"name", "priority"} {
			value := text(resource.PropertyMap{"rule": rule}, "rule."+property)
			if value != "" && seen[property+value] {
				refusals = append(refusals, refusal{fmt.Sprintf("rules[%d].%s", i, property), "WAFInvalidParameterException", fmt.Sprintf(
					"another rule of the web ACL has the %s %s", property, value)})
			}
			seen[property+value] = true
		}
	}
	return refusals
}
