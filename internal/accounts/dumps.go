package accounts

import (
	_ "embed"
	"strconv"
	"strings"
)

var (
	//go:embed mysql-dump.sh
	mysqlDump string
	//go:embed mongo-dump.sh
	mongoDump string
	//go:embed upload-dumps.sh
	uploadDumps string
)

// The names under which the scripts of the nightly dumps lie in the folder of Scripts.
const (
	MySQLDumpFile   = "mysql-dump.sh"
	MongoDumpFile   = "mongo-dump.sh"
	UploadDumpsFile = "upload-dumps.sh"
)

// dumpScripts returns the scripts of the nightly dumps, by name.
func dumpScripts() map[string]string {
	return map[string]string{MySQLDumpFile: mysqlDump, MongoDumpFile: mongoDump, UploadDumpsFile: uploadDumps}
}

// DumpServiceAccount returns the name, within Namespace, of the service account that may read the passwords of this
// instance's own accounts and write its dumps.
func (n Names) DumpServiceAccount() string { return "dumps-" + n.Slug }

// DumpFolder returns the folder of the bucket of backups that holds this instance's dumps.
func (n Names) DumpFolder() string { return "dumps/" + n.Slug }

// DumpJob is what the scripts MySQLDumpFile and MongoDumpFile have to know.
type DumpJob struct {
	Server Server
	// Authority is the file with the certificates that the server's is checked against.
	Authority string
	// Secrets is the folder with one file named after each user, and Dumps the one that gets the dumps.
	Secrets, Dumps string
}

// OwnMySQLCredentials returns the users whose passwords the script MySQLDumpFile reads: the bootstrap account owns nothing.
func (n Names) OwnMySQLCredentials(plugins ...string) ([]Credential, error) {
	all, err := n.MySQLCredentials(plugins...)
	if err != nil {
		return nil, err
	}
	return all[:len(all)-1], nil
}

// MySQLDumpEnvironment returns the environment of the script MySQLDumpFile for this instance; none of it is secret.
func (n Names) MySQLDumpEnvironment(job DumpJob, plugins ...string) (map[string]string, error) {
	list, err := n.MySQLAccounts(plugins...)
	if err != nil {
		return nil, err
	}
	pairs := make([]string, len(list))
	for i, account := range list {
		pairs[i] = account.User + ":" + account.Database
	}
	return map[string]string{
		"MYSQL_HOST": job.Server.Host, "MYSQL_PORT": strconv.Itoa(job.Server.Port), "MYSQL_CA": job.Authority,
		"ACCOUNTS": strings.Join(pairs, " "), "SECRETS": job.Secrets, "DUMPS": job.Dumps,
	}, nil
}

// MongoDumpEnvironment returns the environment of the script MongoDumpFile for this instance; none of it is secret.
func (n Names) MongoDumpEnvironment(job DumpJob, replicaSet string) map[string]string {
	return map[string]string{
		"MONGODB_HOST": job.Server.Host, "MONGODB_PORT": strconv.Itoa(job.Server.Port), "MONGODB_REPLICA_SET": replicaSet,
		"MONGODB_CA": job.Authority, "SECRETS": job.Secrets, "DUMPS": job.Dumps,
		"MONGO_USER": n.MongoUser, "MONGO_DATABASE": n.MongoDatabase, "MONGO_AUTH_SOURCE": MongoAuthSource,
	}
}
