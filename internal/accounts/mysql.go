package accounts

import (
	_ "embed"
	"strconv"
	"strings"
)

// Files of the secrets folder that hold an administrator rather than an account.
const (
	AdminUserFile     = "admin-user"
	AdminPasswordFile = "admin-password"
)

//go:embed mysql-accounts.sh
var mysqlScript string

// MySQLScript returns the shell script that creates an instance's MySQL databases and accounts and keeps them as they should be.
func MySQLScript() string { return mysqlScript }

// BootstrapState says whether Tutor's bootstrap account can be used.
type BootstrapState string

const (
	// BootstrapClosed locks the account and takes everything from it; it is how the account stays between init jobs.
	BootstrapClosed BootstrapState = "closed"
	// BootstrapOpen lets Tutor's init job run. Until it is closed again the account can reset the password of any
	// other account, because MySQL ties that to the right to create one.
	BootstrapOpen BootstrapState = "open"
)

// MySQLJob is what a run of MySQLScript has to know.
type MySQLJob struct {
	Server Server
	// Authority is the file with the certificates that the server's is checked against.
	Authority string
	// Secrets is the folder with AdminUserFile, AdminPasswordFile and one file named after each user.
	Secrets   string
	Bootstrap BootstrapState
	// Plugins are the Tutor plugins with a database of their own.
	Plugins []string
}

// MySQLEnvironment returns the environment of MySQLScript for this instance; none of it is secret.
func (n Names) MySQLEnvironment(job MySQLJob) (map[string]string, error) {
	list, err := n.MySQLAccounts(job.Plugins...)
	if err != nil {
		return nil, err
	}
	pairs := make([]string, 0, len(list))
	for _, account := range list {
		pairs = append(pairs, account.User+":"+account.Database)
	}
	return map[string]string{
		"MYSQL_HOST": job.Server.Host, "MYSQL_PORT": strconv.Itoa(job.Server.Port), "MYSQL_CA": job.Authority,
		"ACCOUNTS": strings.Join(pairs, " "), "SECRETS": job.Secrets,
		"BOOTSTRAP": n.Bootstrap, "BOOTSTRAP_STATE": string(job.Bootstrap),
	}, nil
}

// MySQLUsers returns the users whose passwords MySQLScript reads, the bootstrap account last.
func (n Names) MySQLUsers(plugins ...string) ([]string, error) {
	credentials, err := n.MySQLCredentials(plugins...)
	if err != nil {
		return nil, err
	}
	users := make([]string, len(credentials))
	for i, credential := range credentials {
		users[i] = credential.User
	}
	return users, nil
}
