package accounts

import (
	_ "embed"
	"strconv"
)

// MongoAuthSource is the database that holds every instance's MongoDB user. It is the one Tutor takes unless told
// otherwise, and user names are unique there because they are unique by instance.
const MongoAuthSource = "admin"

//go:embed mongo-accounts.sh
var mongoScript string

//go:embed mongo-accounts.js
var mongoProgram string

// The names under which the two files returned by MongoScript lie in one folder.
const (
	MongoScriptFile  = "mongo-accounts.sh"
	MongoProgramFile = "mongo-accounts.js"
)

// MongoScript returns, by file name, the shell script that creates an instance's MongoDB user and the mongosh program it runs.
func MongoScript() map[string]string {
	return map[string]string{MongoScriptFile: mongoScript, MongoProgramFile: mongoProgram}
}

// MongoJob is what a run of MongoScript has to know.
type MongoJob struct {
	Server     Server
	ReplicaSet string
	// Authority is the file with the certificates that the servers' are checked against.
	Authority string
	// Secrets is the folder with AdminUserFile, AdminPasswordFile and one file named after the user.
	Secrets string
}

// MongoEnvironment returns the environment of MongoScript for this instance; none of it is secret.
func (n Names) MongoEnvironment(job MongoJob) map[string]string {
	return map[string]string{
		"MONGODB_HOST": job.Server.Host, "MONGODB_PORT": strconv.Itoa(job.Server.Port),
		"MONGODB_REPLICA_SET": job.ReplicaSet, "MONGODB_CA": job.Authority, "SECRETS": job.Secrets,
		"MONGO_USER": n.MongoUser, "MONGO_DATABASE": n.MongoDatabase,
	}
}
