package simulation

import (
	"slices"
	"strings"
	"testing"
)

func TestNothingMayHoldTheClusterUp(t *testing.T) {
	state := cluster()
	state[9].Dependencies = urns([]string{"nodes"}) // without the database
	if held, err := HeldUp(state); err != nil || len(held) > 0 {
		t.Fatalf("%v; held up are %v", err, held)
	}
	for _, one := range []Resource{
		made("certificate", "aws:acm/certificateValidation:CertificateValidation", nil, nil),
		made("cdn", "aws:cloudfront/distribution:Distribution", nil, nil),
		made("cache", "aws:elasticache/replicationGroup:ReplicationGroup", nil, nil),
	} {
		late := append(slices.Clone(state), one)
		late[7].Dependencies = append(slices.Clone(late[7].Dependencies), one.URN)
		held, err := HeldUp(late)
		if err != nil {
			t.Fatal(err)
		}
		want := "the cluster's nodes and add-ons: nodes waits for " + one.Name()
		if !slices.Contains(held, want) || len(held) != 3 { // both releases wait for the nodes
			t.Errorf("held up are %v, want three, and %q among them", strings.Join(held, "; "), want)
		}
	}
}
