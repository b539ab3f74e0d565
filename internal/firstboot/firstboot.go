// Package firstboot renders what an Amazon Linux 2023 machine is told at its first boot, so that it becomes a member of a
// MongoDB replica set and stays one.
//
// The scripts in files/ do the work; this package installs them through cloud-init and gives them the values of one member
// in an environment file. It may import the standard library and sigs.k8s.io/yaml only.
package firstboot

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"fmt"
)

// userDataLimit is what EC2 takes, counted before base64.
const userDataLimit = 16 * 1024

// What the scripts publish to CloudWatch, for the alarms to name.
const (
	// MetricNamespace holds every metric of the replica sets.
	MetricNamespace = "OpenedX/MongoDB"
	// MetricBackupSucceeded is 1 or 0 per set and night; no value at all means that no member could dump.
	MetricBackupSucceeded = "BackupSucceeded"
	// MetricMemberHealthy is 1 while a member is primary or secondary and answers, else 0.
	MetricMemberHealthy = "MemberHealthy"
	// MetricReplicationLag is how many seconds a member is behind the primary.
	MetricReplicationLag = "ReplicationLagSeconds"
	// MetricOplogWindow is how many hours a member may be away without a full copy afterwards.
	MetricOplogWindow = "OplogWindowHours"
	// MetricDiskUsed is how full the data volume of a member is.
	MetricDiskUsed = "DiskUsedPercent"
	// DimensionReplicaSet is on every metric.
	DimensionReplicaSet = "ReplicaSet"
	// DimensionMember is on every metric of one member, and not on MetricBackupSucceeded.
	DimensionMember = "Member"
)

// Port is where every member listens.
const Port = 27017

// Member is one machine of a replica set.
type Member struct {
	// Name is the short name of the member, the dimension of its metrics.
	Name string
	// DNSName is the member's name in the replica set.
	DNSName string
	// Seed is the one DNS name behind which all members stand, for the applications.
	Seed string
	// Members are all members of the set, this one too, in the order of their numbers in the set.
	Members []Peer
	// ReplicaSet is the name of the set; it tells the sets of one account and region apart in CloudWatch.
	ReplicaSet string
	// Versions are the exact versions of the packages.
	Versions Versions
	// OplogMB is the size of the oplog when the volume is first used.
	OplogMB int
	// CacheGB is the size of WiredTiger's cache; 0 leaves it to mongod, which takes half the memory less 1 GB.
	CacheGB float64
	// Region is where the machine, its secrets and its bucket are.
	Region string
	// Volume is the EBS volume that holds the data, such as vol-0123456789abcdef0.
	Volume string
	// Secrets are the secrets that the machine's role may read.
	Secrets Secrets
	// Backup says where and when the set is dumped.
	Backup Backup
}

// Voters returns how many of so many members vote: the last of an even number has a copy of the data and no vote, because an
// even number of voters outlives no more failures than one fewer.
// https://www.mongodb.com/docs/manual/core/replica-set-architectures/#deploy-an-odd-number-of-members
func Voters(members int) int {
	if members%2 == 0 {
		return members - 1
	}
	return members
}

// Peer is a member as the others see it.
type Peer struct {
	// DNSName is the member's name in the replica set.
	DNSName string
	// First marks the one member that initiates a set that does not exist yet.
	First bool
}

// Versions are exact versions in MongoDB's package repository, such as 7.0.28.
type Versions struct {
	// Server is the version of mongod, of the 7.0 series.
	Server string
	// Shell is the version of mongosh.
	Shell string
	// Tools is the version of the database tools, which hold mongodump.
	Tools string
}

// Secrets are ARNs in Secrets Manager.
type Secrets struct {
	// KeyFile holds the shared key of the members as plain text: 6 to 1024 characters of base64.
	KeyFile string
	// TLS holds {"ca", "certificate", "privateKey"}, each in PEM; the certificate is this member's own.
	TLS string
	// Admin holds {"username", "password"} of the administrator.
	Admin string
	// Monitor holds {"username", "password"} of the account that measures and dumps.
	Monitor string
}

// Backup is the nightly dump.
type Backup struct {
	// Bucket is the bucket that takes the dumps.
	Bucket string
	// Prefix is the folder in it, without a slash at either end.
	Prefix string
	// Schedule is a systemd calendar expression such as "*-*-* 02:30:00 UTC".
	Schedule string
	// KeyARN is the KMS key that encrypts the dumps; without one S3's own key does.
	KeyARN string
}

// UserData returns the member's cloud-config, gzipped and in base64: what EC2 takes as user data in base64. The text alone
// would be over EC2's limit; cloud-init unpacks it by itself.
func UserData(member Member) (string, error) {
	text, err := CloudConfig(member)
	if err != nil {
		return "", err
	}
	packed, err := pack(text)
	if err != nil {
		return "", fmt.Errorf("pack the user data of %q: %w", member.Name, err)
	}
	if len(packed) > userDataLimit {
		return "", fmt.Errorf("the user data of %q is %d bytes, and EC2 takes %d", member.Name, len(packed), userDataLimit)
	}
	return base64.StdEncoding.EncodeToString(packed), nil
}

// pack writes no time and no name into the gzip header: equal input gives equal bytes, or every run would change machines.
func pack(text string) ([]byte, error) {
	var packed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := writer.Write([]byte(text)); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return packed.Bytes(), nil
}
