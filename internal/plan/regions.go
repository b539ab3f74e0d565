package plan

import (
	"maps"
	"slices"

	"example.org/openedx/internal/cidr"
)

// zones holds, for each region, the letters of the zones a network may use. The
// place of a letter in its string is the zone's slot in the address lattice, so
// a letter may be added at the end, but none ever moved or removed.
//
// A region is here if it is commercial and has three zones for new customers:
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html.
// At most four are listed, which is what the lattice has room for.
//
// Accounts older than November 2025 have the zones of the oldest regions behind
// letters in an order of their own, and a few such accounts miss a letter that
// is listed here or have one that is not. In us-east-1 one zone (use1-az3, e in
// new accounts) carries no EKS control plane, nor does cac1-az3 in
// ca-central-1: https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html.
var zones = map[string]string{
	"af-south-1":     "abc",
	"ap-east-1":      "abc",
	"ap-east-2":      "abc",
	"ap-northeast-1": "acd",
	"ap-northeast-2": "abcd",
	"ap-northeast-3": "abc",
	"ap-south-1":     "abc",
	"ap-south-2":     "abc",
	"ap-southeast-1": "abc",
	"ap-southeast-2": "abc",
	"ap-southeast-3": "abc",
	"ap-southeast-4": "abc",
	"ap-southeast-5": "abc",
	"ap-southeast-6": "abc",
	"ap-southeast-7": "abc",
	"ca-central-1":   "abd",
	"ca-west-1":      "abc",
	"eu-central-1":   "abc",
	"eu-central-2":   "abc",
	"eu-north-1":     "abc",
	"eu-south-1":     "abc",
	"eu-south-2":     "abc",
	"eu-west-1":      "abc",
	"eu-west-2":      "abc",
	"eu-west-3":      "abc",
	"il-central-1":   "abc",
	"me-central-1":   "abc",
	"me-south-1":     "abc",
	"mx-central-1":   "abc",
	"sa-east-1":      "abc",
	"us-east-1":      "abcd",
	"us-east-2":      "abc",
	"us-west-2":      "abcd",
}

// refusedRegions holds the regions that exist and cannot be used, with the reason.
var refusedRegions = map[string]string{
	"us-west-1":      "has only two availability zones for new customers, and the database replica set needs three",
	"cn-north-1":     "is in the separate China partition, which is not supported",
	"cn-northwest-1": "is in the separate China partition, which is not supported",
	"us-gov-east-1":  "is in the separate GovCloud partition, which is not supported",
	"us-gov-west-1":  "is in the separate GovCloud partition, which is not supported",
}

// Regions lists, sorted, the regions that can be used.
func Regions() []string { return slices.Sorted(maps.Keys(zones)) }

// ZoneLetters lists the letters of a region's zones in the order of their slots.
func ZoneLetters(region string) []string {
	letters := make([]string, 0, cidr.Slots)
	for _, letter := range zones[region] {
		letters = append(letters, string(letter))
	}
	return letters
}
