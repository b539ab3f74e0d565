// Package bastion renders what an Amazon Linux 2023 machine for Graviton is told at its first boot, so that operators find
// their tools on it.
//
// The script in files/ does the work; this package installs it through cloud-init and gives it the values of one platform
// in an environment file. It may import the standard library, internal/versions and sigs.k8s.io/yaml only.
package bastion

import (
	"embed"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"text/template"

	"sigs.k8s.io/yaml"

	"example.org/openedx/internal/versions"
)

// userDataLimit is what EC2 takes, counted before base64.
// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-add-user-data.html
const userDataLimit = 16 * 1024

//go:embed files
var files embed.FS

// Machine is the operators' machine of one platform.
type Machine struct {
	// Region is where the platform is.
	Region string
	// Kubernetes is the cluster's minor version, such as 1.35.
	Kubernetes string
	// Cluster is the name of the cluster.
	Cluster string
	// MySQLAuthority is the URL of the certificates that servers of MySQL are checked against.
	MySQLAuthority string
}

var (
	regionName = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
	// https://docs.aws.amazon.com/eks/latest/APIReference/API_CreateCluster.html
	clusterName = regexp.MustCompile(`^[0-9A-Za-z][A-Za-z0-9_-]{0,99}$`)
	httpsURL    = regexp.MustCompile(`^https://[a-z0-9.-]+(/[A-Za-z0-9._-]+)+$`)
)

// Check finds everything that is wrong with what is known before the cluster is there.
func (m Machine) Check() error {
	var problems []error
	if !regionName.MatchString(m.Region) {
		problems = append(problems, fmt.Errorf("region is %q, want an AWS region", m.Region))
	}
	if versions.Kubectl(m.Kubernetes) == "" {
		problems = append(problems, fmt.Errorf("there is no kubectl for Kubernetes %q", m.Kubernetes))
	}
	if !httpsURL.MatchString(m.MySQLAuthority) {
		problems = append(problems, fmt.Errorf("authority of MySQL is at %q, want an HTTPS URL", m.MySQLAuthority))
	}
	return errors.Join(problems...)
}

// cloudConfig is the part of cloud-init's configuration that the machine needs.
type cloudConfig struct {
	WriteFiles  []writtenFile `json:"write_files"`
	RunCommands [][]string    `json:"runcmd"`
}

// writtenFile is a file that cloud-init writes at the first boot.
type writtenFile struct {
	Path        string `json:"path"`
	Permissions string `json:"permissions"`
	Owner       string `json:"owner"`
	Content     string `json:"content"`
}

// everything lists the files of this package and their places on the machine; the environment file is made apart.
var everything = []struct {
	source, target, permissions string
	rendered                    bool
}{
	{source: "bastion-tools.sh", target: "/usr/local/lib/openedx/bastion-tools.sh", permissions: "0755"},
	{source: "bastion-tools.service", target: "/etc/systemd/system/bastion-tools.service", permissions: "0644"},
	{source: "openedx.sh", target: "/etc/profile.d/openedx.sh", permissions: "0644"},
	{source: "mysql-client.cnf", target: "/etc/my.cnf.d/openedx.cnf", permissions: "0644"},
	{source: "kubernetes.repo", target: "/etc/yum.repos.d/kubernetes.repo", permissions: "0644", rendered: true},
	{source: "mongodb-org.repo", target: "/etc/yum.repos.d/mongodb-org.repo", permissions: "0644", rendered: true},
}

// runCommands are what cloud-init does once, at the first boot; every later boot is systemd's. Without --no-block cloud-init
// and the unit would wait for each other.
var runCommands = [][]string{
	{"systemctl", "daemon-reload"},
	{"systemctl", "enable", "--now", "--no-block", "bastion-tools.service"},
}

// UserData returns the machine's cloud-config, after it has found everything that is wrong with the machine. None of it is
// secret.
func UserData(m Machine) (string, error) {
	problem := m.Check()
	if !clusterName.MatchString(m.Cluster) {
		problem = errors.Join(problem, fmt.Errorf("cluster is %q, want the name of one", m.Cluster))
	}
	if problem != nil {
		return "", fmt.Errorf("bastion: %w", problem)
	}
	config := cloudConfig{RunCommands: runCommands, WriteFiles: []writtenFile{{
		Path: "/etc/openedx/bastion.env", Permissions: "0644", Owner: "root:root", Content: m.environment(),
	}}}
	for _, file := range everything {
		content, err := m.content(file.source, file.rendered)
		if err != nil {
			return "", fmt.Errorf("bastion: %q: %w", file.source, err)
		}
		config.WriteFiles = append(config.WriteFiles, writtenFile{
			Path: file.target, Permissions: file.permissions, Owner: "root:root", Content: content,
		})
	}
	text, err := yaml.Marshal(config)
	if err != nil {
		return "", fmt.Errorf("bastion: cloud-config: %w", err)
	}
	return fits("#cloud-config\n" + string(text))
}

// fits refuses what EC2 would refuse.
func fits(text string) (string, error) {
	if len(text) > userDataLimit {
		return "", fmt.Errorf("bastion: the user data is %d bytes, and EC2 takes %d", len(text), userDataLimit)
	}
	return text, nil
}

// content returns a file as it is, or with the machine's values in place. Scripts are never rendered.
func (m Machine) content(source string, rendered bool) (string, error) {
	raw, err := files.ReadFile("files/" + source)
	if err != nil || !rendered {
		return string(raw), err
	}
	parsed, err := template.New(source).Option("missingkey=error").Parse(string(raw))
	if err != nil {
		return "", err
	}
	var text strings.Builder
	err = parsed.Execute(&text, map[string]string{
		"Kubernetes": m.Kubernetes, "MongoSeries": versions.Major(versions.MongoServer),
	})
	return text.String(), err
}

// environment returns the machine's values for the script. Their grammars leave nothing that a shell would take apart.
func (m Machine) environment() string {
	var text strings.Builder
	text.WriteString("# The values of this machine, read by bastion-tools.sh and by operators' shells.\n")
	for _, pair := range [][2]string{
		{"REGION", m.Region},
		{"CLUSTER", m.Cluster},
		{"MYSQL_AUTHORITY", m.MySQLAuthority},
		{"VERSION_KUBECTL", versions.Kubectl(m.Kubernetes)},
		{"VERSION_MONGOSH", versions.MongoShell},
		{"VERSION_PYTHON", versions.TutorPython},
		{"VERSION_TUTOR", versions.Tutor},
		{"VERSION_TUTOR_MFE", versions.TutorMFE},
	} {
		text.WriteString("BASTION_" + pair[0] + "=" + pair[1] + "\n")
	}
	return text.String()
}
