package firstboot

import (
	"embed"
	"errors"
	"fmt"
	"strings"
	"text/template"

	"sigs.k8s.io/yaml"
)

//go:embed files
var files embed.FS

// library is where the scripts live on the machine.
const library = "/usr/local/lib/openedx/"

// cloudConfig is the part of cloud-init's configuration that a member needs.
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

// installed is a file of this package and its place on the machine.
type installed struct {
	source, target, permissions string
	rendered                    bool
}

// everything lists the files that do not differ in how they are installed; the environment file is made apart.
var everything = []installed{
	{source: "mongo-boot.sh", target: library + "mongo-boot.sh", permissions: "0755"},
	{source: "mongo-backup.sh", target: library + "mongo-backup.sh", permissions: "0755"},
	{source: "mongo-metrics.sh", target: library + "mongo-metrics.sh", permissions: "0755"},
	{source: "mongo-common.sh", target: library + "mongo-common.sh", permissions: "0644"},
	{source: "mongo-volume.sh", target: library + "mongo-volume.sh", permissions: "0644"},
	{source: "mongo-join.sh", target: library + "mongo-join.sh", permissions: "0644"},
	{source: "mongo.js", target: library + "mongo.js", permissions: "0644"},
	{source: "mongod.conf", target: "/etc/openedx/mongod.conf", permissions: "0644", rendered: true},
	{source: "mongosh.conf", target: "/etc/mongosh.conf", permissions: "0644"},
	{source: "mongodb-org.repo", target: "/etc/yum.repos.d/mongodb-org-7.0.repo", permissions: "0644"},
	{source: "60-mongo.conf", target: "/etc/sysctl.d/60-mongo.conf", permissions: "0644"},
	{source: "mongod.service", target: "/etc/systemd/system/mongod.service", permissions: "0644"},
	{source: "mongo-boot.service", target: "/etc/systemd/system/mongo-boot.service", permissions: "0644"},
	{source: "mongo-backup.service", target: "/etc/systemd/system/mongo-backup.service", permissions: "0644"},
	{source: "mongo-backup.timer", target: "/etc/systemd/system/mongo-backup.timer", permissions: "0644", rendered: true},
	{source: "mongo-metrics.service", target: "/etc/systemd/system/mongo-metrics.service", permissions: "0644"},
	{source: "mongo-metrics.timer", target: "/etc/systemd/system/mongo-metrics.timer", permissions: "0644"},
}

// runCommands are what cloud-init does once, at the first boot; every later boot is systemd's. Without --no-block cloud-init
// and the units would wait for each other.
var runCommands = [][]string{
	{"systemctl", "daemon-reload"},
	{"systemctl", "enable", "--now", "--no-block", "mongo-boot.service", "mongo-backup.timer", "mongo-metrics.timer"},
}

// CloudConfig returns the member's cloud-config as text, after it has found everything that is wrong with the member.
func CloudConfig(member Member) (string, error) {
	if err := errors.Join(member.Check(), member.checkProduced()); err != nil {
		return "", fmt.Errorf("replica set member %q: %w", member.Name, err)
	}
	config := cloudConfig{RunCommands: runCommands, WriteFiles: []writtenFile{{
		Path: "/etc/openedx/mongo.env", Permissions: "0644", Owner: "root:root", Content: environment(member),
	}}}
	for _, file := range everything {
		content, err := file.content(member)
		if err != nil {
			return "", err
		}
		config.WriteFiles = append(config.WriteFiles, writtenFile{
			Path: file.target, Permissions: file.permissions, Owner: "root:root", Content: content,
		})
	}
	text, err := yaml.Marshal(config)
	if err != nil {
		return "", fmt.Errorf("write the cloud-config of %q: %w", member.Name, err)
	}
	return "#cloud-config\n" + string(text), nil
}

// content returns the file as it is, or with the member's values in place. Scripts are never rendered.
func (i installed) content(member Member) (string, error) {
	raw, err := files.ReadFile("files/" + i.source)
	if err != nil || !i.rendered {
		return string(raw), err
	}
	parsed, err := template.New(i.source).Option("missingkey=error").Parse(string(raw))
	if err != nil {
		return "", err
	}
	var rendered strings.Builder
	err = parsed.Execute(&rendered, member)
	return rendered.String(), err
}

// environment returns the values of one member for the scripts. None of them is a secret.
func environment(member Member) string {
	var text strings.Builder
	text.WriteString("# The values of this member, read by the scripts in " + strings.TrimSuffix(library, "/") + ".\n")
	for _, pair := range [][2]string{
		{"MONGO_NAME", member.Name},
		{"MONGO_SELF", member.DNSName},
		{"MONGO_SEED", member.Seed},
		{"MONGO_FIRST", member.first()},
		{"MONGO_MEMBERS", strings.Join(member.names(), " ")},
		{"MONGO_SET", member.ReplicaSet},
		{"MONGO_VOLUME", member.Volume},
		{"MONGO_REGION", member.Region},
		{"MONGO_VERSION_SERVER", member.Versions.Server},
		{"MONGO_VERSION_SHELL", member.Versions.Shell},
		{"MONGO_VERSION_TOOLS", member.Versions.Tools},
		{"MONGO_SECRET_KEYFILE", member.Secrets.KeyFile},
		{"MONGO_SECRET_TLS", member.Secrets.TLS},
		{"MONGO_SECRET_ADMIN", member.Secrets.Admin},
		{"MONGO_SECRET_MONITOR", member.Secrets.Monitor},
		{"MONGO_BACKUP_BUCKET", member.Backup.Bucket},
		{"MONGO_BACKUP_PREFIX", member.Backup.Prefix},
		{"MONGO_BACKUP_KEY", member.Backup.KeyARN},
		{"MONGO_METRICS", MetricNamespace},
	} {
		text.WriteString(pair[0] + "=" + quote(pair[1]) + "\n")
	}
	return text.String()
}

// quote makes one word of any text for a shell: inside single quotes only the single quote itself means something.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// names returns the DNS names of all members in order.
func (m Member) names() []string {
	names := make([]string, 0, len(m.Members))
	for _, peer := range m.Members {
		names = append(names, peer.DNSName)
	}
	return names
}

// first returns the DNS name of the member that initiates.
func (m Member) first() string {
	for _, peer := range m.Members {
		if peer.First {
			return peer.DNSName
		}
	}
	return ""
}
