package k8s

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	batchv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/batch/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/tags"
)

// Where things lie in a pod.
const (
	scriptsFolder   = "/scripts"
	authorityFolder = "/authority"
	authorityFile   = "ca.pem"
	// commonAuthorities are those that the images, which are Debian's kin, know already.
	commonAuthorities = "/etc/ssl/certs/ca-certificates.crt"
	// memoryFolder is a volume whose owner is root, so that the scripts close a
	// folder of their own within.
	memoryFolder     = "/memory"
	secretsFolder    = memoryFolder + "/secrets"
	fetchedAuthority = secretsFolder + "/authority.pem"
	temporaryFolder  = "/tmp"
)

// runner is who all containers run as. The images of MySQL and MongoDB both have
// this user, and what one container writes the next one reads.
const runner = 999

// How long a Job tries. Rights that were just given may not be there yet, and the
// first node may still have to start: seven pods within 15 minutes, the last six
// with longer and longer pauses. Pulumi waits longer than that, so that it is the
// Job that says how it ended.
const (
	jobRetries  = 6
	jobSeconds  = 15 * 60
	jobTimeout  = "20m"
	revisionKey = "openedx-revision"
)

// job is what the Jobs of two stores differ in.
type job struct {
	store      accounts.Store
	fetch, run step
	version    pulumi.StringInput
	// authority is a ConfigMap, nil where the authority is fetched.
	authority pulumi.StringInput
	// needs have to be there before the Job can connect.
	needs []pulumi.Resource
}

func (a *Accounts) mysqlJob() job {
	m := a.args.MySQL
	return job{
		store: accounts.MySQL, version: m.Secret.Version, needs: m.Store.Needs,
		run: run(m.Image, accounts.MySQLScriptFile, environment(func(values []string) (map[string]string, error) {
			return a.names.MySQLEnvironment(accounts.MySQLJob{
				Server: accounts.Server{Host: values[0], Port: m.Store.Port}, Authority: fetchedAuthority,
				Secrets: secretsFolder, Bootstrap: m.Bootstrap,
			})
		}, m.Store.Host)),
		fetch: a.fetch(m.Store, m.Secret, func(job *accounts.FetchJob) (err error) {
			job.AuthorityURL, job.Authority = m.AuthorityURL, fetchedAuthority
			job.Credentials, err = a.names.MySQLCredentials()
			return err
		}),
	}
}

func (a *Accounts) mongoJob() job {
	m, authority := a.args.Mongo, commonAuthorities
	if m.Authority != nil {
		authority = authorityFolder + "/" + authorityFile
	}
	return job{
		store: accounts.MongoDB, version: m.Secret.Version, needs: m.Store.Needs, authority: m.Authority,
		run: run(m.Image, accounts.MongoScriptFile, environment(func(values []string) (map[string]string, error) {
			return a.names.MongoEnvironment(accounts.MongoJob{
				Server: accounts.Server{Host: values[0], Port: m.Store.Port}, ReplicaSet: m.Store.ReplicaSet,
				Authority: authority, Secrets: secretsFolder,
			}), nil
		}, m.Store.Host)),
		fetch: a.fetch(m.Store.Endpoint, m.Secret, func(job *accounts.FetchJob) error {
			job.Credentials = a.names.MongoCredentials()
			return nil
		}),
	}
}

// run is the step that makes accounts.
func run(image, script string, environment corev1.EnvVarArrayOutput) step {
	return step{name: "accounts", image: image, script: script, environment: environment, room: runMemory}
}

// fetch is the step that fetches passwords. Its environment names secrets and
// holds none.
func (a *Accounts) fetch(store platform.Endpoint, secret Secret, complete func(*accounts.FetchJob) error) step {
	variables := environment(func(values []string) (map[string]string, error) {
		job := accounts.FetchJob{Admin: values[0], Instance: values[1], Secrets: secretsFolder}
		if err := complete(&job); err != nil {
			return nil, err
		}
		all := maps.Clone(a.args.Fetch.Environment)
		if all == nil {
			all = map[string]string{}
		}
		maps.Copy(all, job.Environment())
		return all, nil
	}, store.AdminSecret, secret.Name)
	return step{name: "fetch", image: a.args.Fetch.Image, script: a.args.Fetch.Script, environment: variables, room: fetchMemory}
}

// environment makes a container's environment, sorted, once its values are there.
func environment(named func(values []string) (map[string]string, error), values ...pulumi.StringInput) corev1.EnvVarArrayOutput {
	//nolint:errcheck // the function gives a list of variables
	return pulumi.StringArray(values).ToStringArrayOutput().ApplyT(func(values []string) ([]corev1.EnvVar, error) {
		all, err := named(values)
		if err != nil {
			return nil, err
		}
		variables := make([]corev1.EnvVar, 0, len(all))
		for _, name := range slices.Sorted(maps.Keys(all)) {
			value := all[name]
			variables = append(variables, corev1.EnvVar{Name: name, Value: &value})
		}
		return variables, nil
	}).(corev1.EnvVarArrayOutput)
}

// labels are the platform's own, because Tutor deletes Jobs by labels of
// app.kubernetes.io.
func (a *Accounts) labels() pulumi.StringMap {
	all := labels("accounts")
	all[tags.Instance] = pulumi.String(a.args.Slug)
	return all
}

// job builds one Job. It is never tidied away by Kubernetes, which Pulumi would
// take for a loss to be made good; the next Job takes its place.
func (a *Accounts) job(one job, who pulumi.StringPtrInput) *batchv1.JobArgs {
	metadata := within(a.args.Namespace, a.labels())
	// A Job that failed never becomes ready: the next run has to make another.
	metadata.Annotations = pulumi.StringMap{"pulumi.com/replaceUnready": pulumi.String("true")}
	return &batchv1.JobArgs{
		Metadata: metadata,
		Spec: batchv1.JobSpecArgs{
			BackoffLimit:          pulumi.Int(jobRetries),
			ActiveDeadlineSeconds: pulumi.Int(jobSeconds),
			Template: corev1.PodTemplateSpecArgs{
				Metadata: metav1.ObjectMetaArgs{
					Labels:      a.labels(),
					Annotations: pulumi.StringMap{revisionKey: revision(one.version)},
				},
				Spec: a.pod(one, who),
			},
		},
	}
}

// revision is another one when the scripts or the passwords are: everything else
// that matters stands in the template itself.
func revision(version pulumi.StringInput) pulumi.StringOutput {
	//nolint:errcheck // the function gives a string
	return version.ToStringOutput().ApplyT(func(version string) string {
		sum := sha256.New()
		scripts := accounts.Scripts()
		for _, name := range slices.Sorted(maps.Keys(scripts)) {
			sum.Write([]byte(name + "\x00" + scripts[name] + "\x00"))
		}
		sum.Write([]byte(version))
		return hex.EncodeToString(sum.Sum(nil))
	}).(pulumi.StringOutput)
}
