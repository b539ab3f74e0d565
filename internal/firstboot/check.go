package firstboot

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
)

// maxVoters is how many members of a replica set may vote.
const maxVoters = 7

// minOplogMB is the smallest oplog that mongod takes.
const minOplogMB = 990

// minCacheGB and maxCacheGB are the limits of WiredTiger's cache.
const (
	minCacheGB = 0.25
	maxCacheGB = 10000
)

var (
	shortName    = regexp.MustCompile(`^[a-z][a-z0-9-]{0,61}[a-z0-9]$`)
	dnsName      = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$`)
	setName      = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_-]{0,62}$`)
	regionName   = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
	serverSeries = regexp.MustCompile(`^7\.0\.(0|[1-9][0-9]*)$`)
	exactVersion = regexp.MustCompile(`^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)$`)
	volumeID     = regexp.MustCompile(`^vol-([0-9a-f]{8}|[0-9a-f]{17})$`)
	secretARN    = regexp.MustCompile(`^arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[A-Za-z0-9/_+=.@-]+$`)
	keyARN       = regexp.MustCompile(`^(arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+)?$`)
	bucketName   = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)
	objectPrefix = regexp.MustCompile(`^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*$`)
	calendar     = regexp.MustCompile(`^[A-Za-z0-9*][A-Za-z0-9*:,/.~ -]*$`)
)

// rule is a text and the form that it must have.
type rule struct {
	field, got string
	form       *regexp.Regexp
	want       string
}

// Check finds everything that is wrong with what is decided before any resource exists: names, versions, sizes, the
// schedule. What resources produce (the volume, the secrets, the bucket, the key) is checked by UserData.
func (m Member) Check() error {
	problems := broken([]rule{
		{"name", m.Name, shortName, "a lower-case name"},
		{"DNS name", m.DNSName, dnsName, "a lower-case DNS name"},
		{"seed", m.Seed, dnsName, "a lower-case DNS name"},
		{"replica set", m.ReplicaSet, setName, "a letter, then letters, digits, _ or -"},
		{"region", m.Region, regionName, "an AWS region"},
		{"server version", m.Versions.Server, serverSeries, "an exact version of the 7.0 series"},
		{"shell version", m.Versions.Shell, exactVersion, "an exact version"},
		{"tools version", m.Versions.Tools, exactVersion, "an exact version"},
		{"backup prefix", m.Backup.Prefix, objectPrefix, "folders without a slash at either end"},
		{"backup schedule", m.Backup.Schedule, calendar, "a systemd calendar expression"},
	})
	problems = append(problems, m.checkMembers()...)
	if m.OplogMB < minOplogMB {
		problems = append(problems, fmt.Errorf("oplog size is %d MB, want at least %d", m.OplogMB, minOplogMB))
	}
	if m.CacheGB != 0 && (m.CacheGB < minCacheGB || m.CacheGB > maxCacheGB) {
		problems = append(problems, fmt.Errorf("cache size is %v GB, want 0 or %v to %v", m.CacheGB, minCacheGB, maxCacheGB))
	}
	return errors.Join(problems...)
}

// checkProduced finds what is wrong with the values that resources produce.
func (m Member) checkProduced() error {
	return errors.Join(broken([]rule{
		{"volume", m.Volume, volumeID, "the id of an EBS volume"},
		{"key file secret", m.Secrets.KeyFile, secretARN, "the ARN of a secret"},
		{"TLS secret", m.Secrets.TLS, secretARN, "the ARN of a secret"},
		{"admin secret", m.Secrets.Admin, secretARN, "the ARN of a secret"},
		{"monitor secret", m.Secrets.Monitor, secretARN, "the ARN of a secret"},
		{"backup bucket", m.Backup.Bucket, bucketName, "the name of a bucket"},
		{"backup key", m.Backup.KeyARN, keyARN, "the ARN of a KMS key, or nothing"},
	})...)
}

// checkMembers also counts: two members lose their majority with either of them.
func (m Member) checkMembers() []error {
	var problems []error
	names := make([]string, 0, len(m.Members))
	first := 0
	for i, peer := range m.Members {
		problems = append(problems, broken([]rule{
			{fmt.Sprintf("member %d", i), peer.DNSName, dnsName, "a lower-case DNS name"},
		})...)
		if slices.Contains(names, peer.DNSName) {
			problems = append(problems, fmt.Errorf("member %q is there twice", peer.DNSName))
		}
		names = append(names, peer.DNSName)
		if peer.First {
			first++
		}
	}
	if len(names) < 3 || len(names) > maxVoters {
		problems = append(problems, fmt.Errorf("there are %d members, want 3 to %d", len(names), maxVoters))
	}
	if first != 1 {
		problems = append(problems, fmt.Errorf("%d members are marked as the first, want one", first))
	}
	if !slices.Contains(names, m.DNSName) {
		problems = append(problems, fmt.Errorf("%q is not one of the members %q", m.DNSName, names))
	}
	if slices.Contains(names, m.Seed) {
		problems = append(problems, fmt.Errorf("seed %q is the name of a member, want one of its own", m.Seed))
	}
	return problems
}

// broken returns an error for every text that does not have its form.
func broken(rules []rule) []error {
	var problems []error
	for _, r := range rules {
		if !r.form.MatchString(r.got) {
			problems = append(problems, fmt.Errorf("%s is %q, want %s", r.field, r.got, r.want))
		}
	}
	return problems
}
