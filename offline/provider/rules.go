package provider

import (
	"fmt"
	"net"
	"slices"
	"strings"

	"github.com/apparentlymart/go-cidr/cidr"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"example.org/openedx/offline/behaviour"
	"example.org/openedx/offline/cloud"
)

// rules are the few that data cannot express; behaviour files name them.
var rules = map[string]func(*Provider, *cloud.Tx, *operation) []refusal{
	"zoneInRegion":     zoneInRegion,
	"publicGateway":    publicGateway,
	"endpointSubnets":  endpointSubnets,
	"portRange":        portRange,
	"ruleSource":       ruleSource,
	"releaseNamespace": releaseNamespace,
	"validated":        validated,
	"covered":          covered,
	"wallRules":        wallRules,
}

// clashes returns what is held already by another resource.
func (p *Provider) clashes(tx *cloud.Tx, op *operation) []refusal {
	var refusals []refusal
	props := plain(op.props)
	for i, paths := range op.kind.data.Unique {
		key := p.uniqueKey(op.kind, i, p.scope, props)
		// What did not change was accepted before, if under another URN.
		if key == "" || len(op.olds) > 0 && key == p.uniqueKey(op.kind, i, p.scope, plain(op.olds)) {
			continue
		}
		for _, holder := range tx.Named(key) {
			if op.own(holder) {
				continue
			}
			var values []string
			for _, path := range paths {
				if value := text(props, path); value != "" {
					values = append(values, fmt.Sprintf("%s %q", path, value))
				}
			}
			refusals = append(refusals, refusal{paths[0], op.kind.clash(), fmt.Sprintf("a %s with %s exists already, %q of %s",
				op.kind.token, strings.Join(values, " and "), holder.ID, holder.URN)})
		}
	}
	return refusals
}

// misplaced refuses a block outside its parent's or over one of its siblings.
func (p *Provider) misplaced(tx *cloud.Tx, op *operation) []refusal {
	rule := op.kind.data.CIDR
	block, parentID := text(op.props, rule.Property), text(op.props, rule.Parent)
	_, network, err := net.ParseCIDR(block)
	if err != nil || parentID == "" {
		return nil
	}
	// What did not change was accepted before, if under another URN.
	if len(op.olds) > 0 && text(op.olds, rule.Property) == block && text(op.olds, rule.Parent) == parentID {
		return nil
	}
	refusals := p.outside(tx, op, parentID, network)
	for _, sibling := range tx.Users(parentID) {
		if sibling.Type == op.kind.token && !op.own(sibling) {
			refusals = append(refusals, overlap(rule, sibling, network)...)
		}
	}
	return refusals
}

func overlap(rule *behaviour.CIDR, sibling *cloud.Record, network *net.IPNet) []refusal {
	for _, taken := range networks(resource.NewPropertyMapFromMap(sibling.Properties), rule.Property) {
		if taken.Contains(network.IP) || network.Contains(taken.IP) {
			return []refusal{{rule.Property, rule.Code + ".Conflict", fmt.Sprintf("%s overlaps %s of %s", network, taken, sibling.URN)}}
		}
	}
	return nil
}

// outside refuses a block that is in none of its parent's.
func (p *Provider) outside(tx *cloud.Tx, op *operation, parentID string, network *net.IPNet) []refusal {
	rule := op.kind.data.CIDR
	token, path := split(rule.Within)
	parent := p.referred(tx, op.kind, rule.Parent, parentID)
	if parent == nil || parent.Type != token {
		return nil
	}
	blocks := networks(resource.NewPropertyMapFromMap(parent.Properties), path)
	inside := func(outer *net.IPNet) bool { return cidr.VerifyNoOverlap([]*net.IPNet{network}, outer) == nil }
	if len(blocks) == 0 || slices.ContainsFunc(blocks, inside) {
		return nil
	}
	return []refusal{{rule.Property, rule.Code + ".Range", fmt.Sprintf(
		"%s lies outside %v of %s %q", network, blocks, token, parent.ID)}}
}

// networks reads the block, or the list of blocks, at a path.
func networks(props resource.PropertyMap, path string) []*net.IPNet {
	value, _, found := at(props, path)
	if !found {
		return nil
	}
	values := []resource.PropertyValue{value}
	if value.IsArray() {
		values = value.ArrayValue()
	}
	var blocks []*net.IPNet
	for _, value := range values {
		if !value.IsString() {
			continue
		}
		if _, block, err := net.ParseCIDR(value.StringValue()); err == nil {
			blocks = append(blocks, block)
		}
	}
	return blocks
}

// adopt gives a planned resource its planned parent: in the preview of a first
// run the parent's id is unknown, but if only one parent is planned and none
// exists it can be no other. With several, only the real run can tell.
func (p *Provider) adopt(tx *cloud.Tx, op *operation) {
	rule := op.kind.data.CIDR
	if rule == nil {
		return
	}
	value, _, found := at(op.props, rule.Parent)
	token, _ := split(rule.Within)
	parents := tx.OfType(token)
	if found && value.IsComputed() && len(parents) == 1 && parents[0].Planned() {
		op.props[resource.PropertyKey(rule.Parent)] = resource.NewProperty(parents[0].ID)
	}
}

// unadopt makes the parent unknown again in what the engine is told.
func (p *Provider) unadopt(op *operation) {
	rule := op.kind.data.CIDR
	if rule != nil && strings.HasPrefix(text(op.props, rule.Parent), plannedPrefix) {
		op.props[resource.PropertyKey(rule.Parent)] = unknown()
	}
}

func zoneInRegion(p *Provider, _ *cloud.Tx, op *operation) []refusal {
	zone := text(op.props, "availabilityZone")
	if zone == "" || strings.HasPrefix(zone, p.scope) && len(zone) == len(p.scope)+1 {
		return nil
	}
	return []refusal{{"availabilityZone", "InvalidParameterValue", fmt.Sprintf("%q is not a zone of region %s", zone, p.scope)}}
}

// publicGateway wants a way out of the VPC before a public NAT gateway.
func publicGateway(p *Provider, tx *cloud.Tx, op *operation) []refusal {
	if op.phase != applying || len(op.olds) > 0 || text(op.props, "connectivityType") != "public" {
		return nil
	}
	if text(op.props, "allocationId") == "" {
		return []refusal{{"allocationId", "MissingParameter", "a public NAT gateway needs an elastic IP address"}}
	}
	subnet := p.referred(tx, op.kind, "subnetId", text(op.props, "subnetId"))
	if subnet == nil {
		return nil
	}
	network := text(resource.NewPropertyMapFromMap(subnet.Properties), "vpcId")
	attached := slices.ContainsFunc(tx.Users(network), func(r *cloud.Record) bool {
		return r.Type == "aws:ec2/internetGateway:InternetGateway"
	})
	if attached {
		return nil
	}
	return []refusal{{"subnetId", "Gateway.NotAttached", fmt.Sprintf(
		"network %q has no internet gateway attached; let the NAT gateway depend on it", network)}}
}

// zones returns the zones of known subnets; complete is false if one is not known.
func (p *Provider) zones(tx *cloud.Tx, op *operation, path string) (zones []string, complete bool) {
	value, _, found := at(op.props, path)
	if !found || !value.IsArray() {
		return nil, false
	}
	complete = true
	for _, item := range value.ArrayValue() {
		id := text(resource.PropertyMap{"id": item}, "id")
		subnet := p.referred(tx, op.kind, "subnetIds", id)
		if subnet == nil {
			complete = false
			continue
		}
		zones = append(zones, text(resource.NewPropertyMapFromMap(subnet.Properties), "availabilityZone"))
	}
	return zones, complete
}

// endpointSubnets holds an interface endpoint to one subnet a zone, and its
// private name to a VPC that resolves names.
func endpointSubnets(p *Provider, tx *cloud.Tx, op *operation) []refusal {
	var refusals []refusal
	zones, _ := p.zones(tx, op, "subnetIds")
	slices.Sort(zones)
	if count := len(zones); len(slices.Compact(zones)) < count {
		refusals = append(refusals, refusal{
			"subnetIds", "DuplicateSubnetsInSameZone", "an endpoint takes one subnet in each zone",
		})
	}
	network := p.referred(tx, op.kind, "vpcId", text(op.props, "vpcId"))
	if network == nil || text(op.props, "privateDnsEnabled") != "true" {
		return refusals
	}
	props := resource.NewPropertyMapFromMap(network.Properties)
	if text(props, "enableDnsSupport") != "true" || text(props, "enableDnsHostnames") != "true" {
		refusals = append(refusals, refusal{"privateDnsEnabled", "InvalidParameter", fmt.Sprintf(
			"VPC %q must have enableDnsSupport and enableDnsHostnames on", network.ID)})
	}
	return refusals
}

const highestPort = 65535

// portRange judges a rule of a security group, or all that are written in it.
func portRange(_ *Provider, _ *cloud.Tx, op *operation) []refusal {
	refusals := ports("", plain(op.props))
	for _, list := range []string{"ingress", "egress"} {
		value, _, found := at(op.props, list)
		if !found || !value.IsArray() {
			continue
		}
		for i, rule := range value.ArrayValue() {
			if rule.IsObject() {
				refusals = append(refusals, ports(fmt.Sprintf("%s[%d].", list, i), plain(rule.ObjectValue()))...)
			}
		}
	}
	return refusals
}

func ports(at string, rule resource.PropertyMap) []refusal {
	from, hasFrom := number(rule, "fromPort")
	to, hasTo := number(rule, "toPort")
	protocol := text(rule, "protocol") + text(rule, "ipProtocol")
	// ICMP keeps types and codes there, and all protocols have no ports.
	if !hasFrom || !hasTo || strings.HasPrefix(protocol, "icmp") {
		return nil
	}
	problem := misfit(protocol, from, to)
	if problem == "" {
		return nil
	}
	return []refusal{{at + "fromPort", "InvalidParameterValue", fmt.Sprintf("%g to %g %s", from, to, problem)}}
}

// misfit tells what is wrong with a range of ports.
func misfit(protocol string, from, to float64) string {
	switch {
	case protocol == "-1" && (from != to || from > 0):
		return "does not go with protocol -1, which means all ports: both must be 0"
	case protocol != "-1" && (from < 0 || to > highestPort || from > to):
		return fmt.Sprintf("is no port range: from 0 to %d, the lower port first", highestPort)
	default:
		return ""
	}
}

func number(props resource.PropertyMap, path string) (float64, bool) {
	value, _, found := at(props, path)
	if !found || !value.IsNumber() {
		return 0, false
	}
	return value.NumberValue(), true
}

// ruleSource wants to know whom a security group rule lets through.
func ruleSource(_ *Provider, _ *cloud.Tx, op *operation) []refusal {
	names := []string{
		"cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "sourceSecurityGroupId", "cidrIpv4", "cidrIpv6", "prefixListId",
		"referencedSecurityGroupId",
	}
	given := slices.ContainsFunc(names, func(name string) bool {
		_, _, found := at(op.props, name)
		return found
	})
	if given || text(op.props, "self") == "true" {
		return nil
	}
	return []refusal{{"", "MissingParameter", "a rule needs addresses, a prefix list or a security group to apply to"}}
}

// releaseNamespace wants a chart's namespace to exist unless the chart brings it.
func releaseNamespace(p *Provider, tx *cloud.Tx, op *operation) []refusal {
	namespace, _, _ := at(op.props, "namespace")
	reference := p.data.References["metadata.namespace"]
	if text(op.props, "createNamespace") == "true" || !namespace.IsString() ||
		reference.Outside.Matches(namespace.StringValue()) ||
		find(tx, p.scope, mention{"namespace", namespace.StringValue(), reference}) != nil {
		return nil
	}
	return []refusal{{"namespace", "NotFound", fmt.Sprintf("namespace %q does not exist", namespace.StringValue())}}
}
