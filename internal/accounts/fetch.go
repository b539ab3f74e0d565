package accounts

import (
	_ "embed"
	"maps"
	"strings"
)

//go:embed fetch-secrets.sh
var fetchScript string

// The names under which MySQLScript and FetchScript lie in the folder of Scripts.
const (
	MySQLScriptFile = "mysql-accounts.sh"
	FetchScriptFile = "fetch-secrets.sh"
)

// Scripts returns all files that a run needs, by name; they lie in one folder.
func Scripts() map[string]string {
	files := map[string]string{MySQLScriptFile: mysqlScript, FetchScriptFile: fetchScript}
	maps.Copy(files, MongoScript())
	maps.Copy(files, dumpScripts())
	return files
}

// Credential is a user and the setting of Tutor that holds the user's password.
type Credential struct{ User, Setting string }

// MySQLCredentials returns the users whose passwords MySQLScript reads, the bootstrap account last.
func (n Names) MySQLCredentials(plugins ...string) ([]Credential, error) {
	list, err := n.MySQLAccounts(plugins...)
	if err != nil {
		return nil, err
	}
	credentials := make([]Credential, 0, len(list)+1)
	for _, account := range list {
		credentials = append(credentials, Credential{account.User, n.settingsPrefix(account) + "PASSWORD"})
	}
	return append(credentials, Credential{n.Bootstrap, bootstrapSetting}), nil
}

// MongoCredentials returns the one user whose password MongoScript reads.
func (n Names) MongoCredentials() []Credential { return []Credential{{n.MongoUser, mongoSetting}} }

// FetchJob is what a run of the script FetchScriptFile has to know.
type FetchJob struct {
	// Admin and Instance are the two secrets that it reads, as the cloud's secret store names them. Admin is empty for
	// who needs no administrator.
	Admin, Instance string
	Credentials     []Credential
	// Secrets is the folder that gets AdminUserFile, AdminPasswordFile and one file named after each user.
	Secrets string
	// AuthorityURL is where the certificates are that the server's is checked against, and Authority the file that they
	// are written to; both are empty where the file is there already.
	AuthorityURL, Authority string
}

// Environment returns the environment of the script; none of it is secret.
func (j FetchJob) Environment() map[string]string {
	pairs := make([]string, len(j.Credentials))
	for i, credential := range j.Credentials {
		pairs[i] = credential.User + ":" + credential.Setting
	}
	environment := map[string]string{
		"INSTANCE_SECRET": j.Instance, "PASSWORDS": strings.Join(pairs, " "), "SECRETS": j.Secrets,
	}
	if j.Admin != "" {
		environment["ADMIN_SECRET"] = j.Admin
	}
	if j.AuthorityURL != "" {
		environment["AUTHORITY_URL"], environment["AUTHORITY"] = j.AuthorityURL, j.Authority
	}
	return environment
}
