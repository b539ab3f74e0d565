package versions

import (
	"regexp"
	"slices"
	"strings"
)

// DefaultMySQL is the Aurora MySQL of a stack that names none: the MySQL that
// Tutor itself runs.
const DefaultMySQL = "8.4.mysql_aurora.8.4.8"

// mysql lists the Aurora MySQL versions that can be chosen, oldest first: the
// long-term support release of 8.0, and 8.4. Ask
// `aws rds describe-db-engine-versions --engine aurora-mysql` before adding one.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraMySQLReleaseNotes/AuroraMySQL.release-calendars.html
var mysql = []string{
	"8.0.mysql_aurora.3.10.0", "8.0.mysql_aurora.3.10.1", "8.0.mysql_aurora.3.10.2", "8.0.mysql_aurora.3.10.3",
	"8.4.mysql_aurora.8.4.7", "8.4.mysql_aurora.8.4.8",
}

// MySQL lists the Aurora MySQL versions that can be chosen, oldest first.
func MySQL() []string { return slices.Clone(mysql) }

// The grammar of an Aurora MySQL version: MySQL's own major version, and the
// number of Aurora's release, of which a part says the major version again.
// https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Updates.Versions.html
var mysqlVersion = regexp.MustCompile(`^([0-9]+\.[0-9]+)\.mysql_aurora\.([0-9]+)\.([0-9]+)\.[0-9]+$`)

// IsMySQL tells whether a text reads as an Aurora MySQL version, of any family or none.
func IsMySQL(version string) bool { return mysqlVersion.MatchString(version) }

// MySQLFamily returns the parameter group family of an Aurora MySQL version, or
// nothing where the two halves of the version belong to different families.
func MySQLFamily(version string) string {
	parts := mysqlVersion.FindStringSubmatch(version)
	switch {
	case parts == nil:
		return ""
	case parts[1] == "8.0" && parts[2] == "3", parts[1] == "8.4" && parts[2]+"."+parts[3] == "8.4":
		return "aurora-mysql" + parts[1]
	}
	return ""
}

// DefaultCache is the version, by engine, of a stack that names none.
func DefaultCache(engine string) string {
	return map[string]string{"valkey": "8.0", "redis": "7.1"}[engine]
}

// Memcached is the version of the Memcached cluster, which knows TLS since 1.6.12.
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/engine-versions.html
const Memcached = "1.6.22"

// DefaultSearch is the OpenSearch version of a stack that names none: the last
// whose answers the clients of Elasticsearch 7 still understand.
const DefaultSearch = "OpenSearch_2.19"

// Search lists the OpenSearch versions that can be chosen, oldest first.
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/what-is.html
func Search() []string {
	return []string{"OpenSearch_2.17", "OpenSearch_2.19", "OpenSearch_3.1", "OpenSearch_3.3"}
}

// The packages of the MongoDB members, as https://repo.mongodb.org has them for
// Amazon Linux 2023. Open edX pins a driver that does not speak to MongoDB 8;
// the server is the one that Tutor 22 runs.
const (
	MongoServer = "7.0.35"
	MongoShell  = "2.5.8"
	MongoTools  = "100.13.0"
)

// Major returns what a version begins with: everything before the last dot.
func Major(version string) string {
	return version[:max(0, strings.LastIndex(version, "."))]
}
