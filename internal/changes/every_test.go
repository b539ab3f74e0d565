package changes_test

import (
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"example.org/openedx/internal/changes"
	"example.org/openedx/internal/plan"
)

// untold are the decisions that are no fact, by the beginning of their path, and why.
var untold = map[string]string{
	// A change of these is refused, or is another stack.
	"stack": "another stack", "cloud": "refused", "name": "refused", "domain": "refused with its hosts", "region": "refused",
	"network.cidr": "refused", "network.public": "follows", "network.private": "follows", "network.data": "follows",
	"network.zones.name": "follows", "network.zones.public": "follows", "network.zones.private": "follows", "network.zones.data": "follows",
	"instances.slot": "refused",
	// These follow from what is told.
	"cluster.serviceBlock": "the same for all", "cluster.nodes.machines": "follows from the machine", "cluster.nodes.cpus": "follows from the machine",
	"cluster.nodes.pods": "follows from the machine", "stores.mysql.family": "follows from the version", "stores.mysql.memoryGiB": "follows from the machine",
	"stores.mysql.connections": "follows from the machine", "stores.mongo.members.zone": "follows from the zones",
	"instances.quota": "follows from the pods", "instances.dumpSchedule": "follows from the slug",
	// Who may come in, who is told, and what things are called: no sizes, and some are
	// not for everybody who reads a pull request.
	"tags": "no size", "cluster.publicAccess": "who may come in", "cluster.admins": "who may come in", "cluster.viewers": "who may come in",
	"stores.alarms.emails": "who is told", "stores.replaceable": "a permission", "addOns.off": "a permission", "stores.mongo.external.username": "who may come in",
	"stores.mongo.external.authority": "a certificate", "stores.search.createRole": "an account's",
	"edge.zoneId": "a name", "edge.parent": "a name", "instances.shared": "follows from the parent", "stores.redis.databases": "kept as they are", "edge.firewall.allow": "who may come in", "edge.firewall.deny": "who may come in",
	"edge.firewall.allowCountries": "who may come in", "edge.firewall.denyCountries": "who may come in",
	"edge.mail.domain": "a name", "edge.mail.from": "a name", "edge.mail.dmarc": "a record", "edge.mail.reports": "who is told",
	"edge.mail.smtp.username": "who may come in", "edge.github": "who may come in", "edge.costs.allocationTags": "an account's",
	"instances.lms": "a name", "instances.studio": "a name", "instances.apps": "a name", "instances.meilisearch": "a name", "instances.domain": "a name",
	"instances.zoneId": "a name", "instances.certificate": "a certificate", "instances.cdnCertificate": "a certificate", "instances.contact": "a name",
	"capacity": "what the capacity model assumes",
}

func TestEveryDecisionIsToldOrNoSize(t *testing.T) {
	told, seen := map[string]bool{}, map[string]bool{}
	for _, set := range []map[string]string{
		{"openedx:preset": "small", "openedx:mysql": `{"serverless":true}`},
		{"openedx:addons": `{"codeJail":true}`, "openedx:cluster": `{"quietHours":["0 8 * * mon-fri 10h"]}`},
		{"openedx:preset": "medium", "openedx:cache": `{"split":false,"moving":true}`},
		{"openedx:cache": `{"memcached":true}`, "openedx:mongo": `{"images":{"a":"ami-0123456789abcdef0"}}`},
		{"openedx:mongo": `{"kind":"atlas","atlas":{"project":"5f1a2b3c4d5e6f7a8b9c0d1e"}}`},
		{"openedx:mongoPassword": "correct-horse-battery", "openedx:mongo": `{"kind":"external","external":{"host":"mongo.example.org","replicaSet":"rs0"}}`},
		{"openedx:mailPassword": "correct-horse-battery", "openedx:mail": `{"kind":"smtp","smtp":{"host":"smtp.example.org","username":"campus"}}`},
	} {
		p := resolve(t, "large", set)
		before := withoutCost(p)
		leaves(reflect.ValueOf(&p).Elem(), "", func(path string) {
			seen[path] = true
			if !maps.Equal(before, withoutCost(p)) {
				told[path] = true
			}
		})
	}
	for _, path := range slices.Sorted(maps.Keys(seen)) {
		_, exempt := untold[path]
		for above := range untold {
			exempt = exempt || strings.HasPrefix(path, above+".")
		}
		if exempt == told[path] {
			t.Errorf("%s: is a fact %t, is exempt %t", path, told[path], exempt)
		}
	}
}

// withoutCost are the facts but the cost, which follows from most of them.
func withoutCost(p plan.Plan) changes.Facts {
	all := changes.Of(p)
	delete(all, "cost")
	return all
}

// leaves changes one value after the other, calls visit with its path, and puts it back.
func leaves(v reflect.Value, path string, visit func(string)) {
	switch v.Kind() { //nolint:exhaustive // the kinds that a plan has
	case reflect.Struct:
		for i := range v.NumField() {
			name, _, _ := strings.Cut(v.Type().Field(i).Tag.Get("json"), ",")
			leaves(v.Field(i), strings.TrimPrefix(path+"."+name, "."), visit)
		}
	case reflect.Slice:
		elements(v, path, visit)
	case reflect.Map:
		filled := reflect.MakeMap(v.Type())
		filled.SetMapIndex(reflect.ValueOf("other"), reflect.Zero(v.Type().Elem()))
		change(v, filled, path, visit)
	case reflect.String:
		change(v, reflect.ValueOf(v.String()+"x").Convert(v.Type()), path, visit)
	case reflect.Bool:
		change(v, reflect.ValueOf(!v.Bool()), path, visit)
	case reflect.Int:
		change(v, reflect.ValueOf(int(v.Int())+1).Convert(v.Type()), path, visit)
	default:
		change(v, reflect.ValueOf(v.Float()+1), path, visit)
	}
}

// elements changes what is first in a list, or makes a list of an empty one.
func elements(v reflect.Value, path string, visit func(string)) {
	switch {
	case v.Len() > 0:
		leaves(v.Index(0), path, visit)
	case v.Type().Elem().Kind() != reflect.Struct: // of those there are some in another plan
		change(v, reflect.Append(v, reflect.Zero(v.Type().Elem())), path, visit)
	}
}

// change sets a value while it is visited.
func change(v, other reflect.Value, path string, visit func(string)) {
	was := reflect.New(v.Type()).Elem()
	was.Set(v)
	v.Set(other)
	visit(path)
	v.Set(was)
}
