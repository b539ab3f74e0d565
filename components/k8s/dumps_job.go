package k8s

import (
	"fmt"
	"maps"

	batchv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/batch/v1"
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/accounts"
)

// dumpsFolder is where a dump lies until it is uploaded: a volume of its own, which
// goes with the pod. A node's disk may be too small, and an upload that read from the
// dump as it grows would take one that broke off for whole.
const dumpsFolder = "/dumps"

// How long a dump may take, and how often it is tried. One that could not begin
// within the hour waits for the next night, when learners sleep again.
const (
	dumpSeconds      = 5 * 60 * 60
	dumpRetries      = 2
	dumpStartSeconds = 60 * 60
	// A pod that ended keeps its volume, which costs: of what went well nothing is
	// kept, and of what failed one night's, for a day.
	keptSuccesses, keptFailures = 0, 1
	keptSeconds                 = 24 * 60 * 60
)

var (
	// dumpMemory holds the largest row twice, and what compresses.
	dumpMemory = memory{request: "256Mi", limit: "2Gi"}
	// uploadMemory holds ten parts of a large upload at a time.
	uploadMemory = memory{request: "192Mi", limit: "768Mi"}
)

// dump is what the CronJobs of two stores differ in.
type dump struct {
	store      accounts.Store
	fetch, run step
	// authority is a ConfigMap, nil where the authority is fetched or common.
	authority pulumi.StringInput
	needs     []pulumi.Resource
}

func (d *Dumps) mysql() dump {
	m := d.args.MySQL
	return dump{
		store: accounts.MySQL, needs: m.Store.Needs,
		fetch: d.fetch(m.Secret, func(job *accounts.FetchJob) (err error) {
			job.AuthorityURL, job.Authority = m.AuthorityURL, fetchedAuthority
			job.Credentials, err = d.names.OwnMySQLCredentials()
			return err
		}),
		run: dumping(m.Image, accounts.MySQLDumpFile, m.Store, fetchedAuthority, func(job accounts.DumpJob) (map[string]string, error) {
			return d.names.MySQLDumpEnvironment(job)
		}),
	}
}

func (d *Dumps) mongo() dump {
	m, authority := d.args.Mongo, commonAuthorities
	if m.Authority != nil {
		authority = authorityFolder + "/" + authorityFile
	}
	return dump{
		store: accounts.MongoDB, needs: m.Store.Needs, authority: m.Authority,
		fetch: d.fetch(m.Secret, func(job *accounts.FetchJob) error {
			job.Credentials = d.names.MongoCredentials()
			return nil
		}),
		run: dumping(m.Image, accounts.MongoDumpFile, m.Store.Endpoint, authority, func(job accounts.DumpJob) (map[string]string, error) {
			return d.names.MongoDumpEnvironment(job, m.Store.ReplicaSet), nil
		}),
	}
}

// fetch is the step that fetches the instance's own passwords and no others.
func (d *Dumps) fetch(secret pulumi.StringInput, complete func(*accounts.FetchJob) error) step {
	variables := environment(func(values []string) (map[string]string, error) {
		job := accounts.FetchJob{Instance: values[0], Secrets: secretsFolder}
		if err := complete(&job); err != nil {
			return nil, err
		}
		return merged(d.args.Fetch.Environment, job.Environment()), nil
	}, secret)
	return step{name: "fetch", image: d.args.Fetch.Image, script: d.args.Fetch.Script, environment: variables, room: fetchMemory}
}

// dumping is the step that dumps.
func dumping(
	image, script string, store platform.Endpoint, authority string, complete func(accounts.DumpJob) (map[string]string, error),
) step {
	variables := environment(func(values []string) (map[string]string, error) {
		return complete(accounts.DumpJob{
			Server: accounts.Server{Host: values[0], Port: store.Port}, Authority: authority, Secrets: secretsFolder, Dumps: dumpsFolder,
		})
	}, store.Host)
	return step{name: "dump", image: image, script: script, environment: variables, room: dumpMemory}
}

// upload is the step that uploads what was dumped.
func (d *Dumps) upload() step {
	variables := environment(func(values []string) (map[string]string, error) {
		return merged(d.args.Upload.Environment, map[string]string{"DUMPS": dumpsFolder, "DESTINATION": values[0]}), nil
	}, d.args.Destination)
	return step{name: "upload", image: d.args.Upload.Image, script: d.args.Upload.Script, environment: variables, room: uploadMemory}
}

// merged is both, the second before the first.
func merged(one, other map[string]string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, one)
	maps.Copy(all, other)
	return all
}

// cronJob builds one CronJob. Its name is its own, and not one that Pulumi ends with
// digits: Kubernetes takes 52 characters.
// https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#writing-a-cronjob-spec
func (d *Dumps) cronJob(one dump, who pulumi.StringPtrInput) *batchv1.CronJobArgs {
	return &batchv1.CronJobArgs{
		Metadata: d.metadata(fmt.Sprintf("dump-%s-%s", d.args.Slug, one.store)),
		Spec: batchv1.CronJobSpecArgs{
			Schedule: pulumi.String(d.args.Schedule),
			TimeZone: pulumi.String("Etc/UTC"),
			// Two would read the same database at once, each for twice as long.
			ConcurrencyPolicy:          pulumi.String("Forbid"),
			StartingDeadlineSeconds:    pulumi.Int(dumpStartSeconds),
			SuccessfulJobsHistoryLimit: pulumi.Int(keptSuccesses),
			FailedJobsHistoryLimit:     pulumi.Int(keptFailures),
			JobTemplate: batchv1.JobTemplateSpecArgs{
				Metadata: metav1.ObjectMetaArgs{Labels: d.labels()},
				Spec: batchv1.JobSpecArgs{
					BackoffLimit:            pulumi.Int(dumpRetries),
					ActiveDeadlineSeconds:   pulumi.Int(dumpSeconds),
					TtlSecondsAfterFinished: pulumi.Int(keptSeconds),
					Template: corev1.PodTemplateSpecArgs{
						Metadata: metav1.ObjectMetaArgs{
							Labels: d.labels(),
							// Whoever tidies nodes waits until it is done.
							Annotations: pulumi.StringMap{"karpenter.sh/do-not-disrupt": pulumi.String("true")},
						},
						Spec: d.pod(one, who),
					},
				},
			},
		},
	}
}

// pod builds a pod that fetches passwords into memory, dumps with them, and uploads
// once the dump is whole. What uploads sees no password.
func (d *Dumps) pod(one dump, who pulumi.StringPtrInput) corev1.PodSpecArgs {
	common := corev1.VolumeMountArray{mount("temporary", temporaryFolder, false), mount("scripts", scriptsFolder, true)}
	secret := append(corev1.VolumeMountArray{mount("memory", memoryFolder, false)}, common...)
	dumps := mount("dumps", dumpsFolder, false)
	dumped := append(corev1.VolumeMountArray{dumps}, secret...)
	volumes := corev1.VolumeArray{
		inMemory("memory", memoryLimit), inMemory("temporary", temporaryLimit), files("scripts", d.args.Scripts), d.volume(),
	}
	if one.authority != nil {
		dumped = append(dumped, mount("authority", authorityFolder, true))
		volumes = append(volumes, files("authority", one.authority))
	}
	return corev1.PodSpecArgs{
		ServiceAccountName:           who,
		AutomountServiceAccountToken: pulumi.Bool(false),
		EnableServiceLinks:           pulumi.Bool(false),
		// Each try is another pod with another volume.
		RestartPolicy: pulumi.String("Never"),
		SecurityContext: corev1.PodSecurityContextArgs{
			RunAsNonRoot: pulumi.Bool(true),
			RunAsUser:    pulumi.Int(runner),
			RunAsGroup:   pulumi.Int(runner),
			// Who owns a new volume.
			FsGroup:        pulumi.Int(runner),
			SeccompProfile: corev1.SeccompProfileArgs{Type: pulumi.String("RuntimeDefault")},
		},
		InitContainers: corev1.ContainerArray{one.fetch.container(secret), one.run.container(dumped)},
		Containers:     corev1.ContainerArray{d.upload().container(append(corev1.VolumeMountArray{dumps}, common...))},
		Volumes:        volumes,
	}
}

// volume is of the cluster's default class, which encrypts, and goes with the pod.
func (d *Dumps) volume() corev1.VolumeArgs {
	return corev1.VolumeArgs{Name: pulumi.String("dumps"), Ephemeral: corev1.EphemeralVolumeSourceArgs{
		VolumeClaimTemplate: corev1.PersistentVolumeClaimTemplateArgs{
			Metadata: metav1.ObjectMetaArgs{Labels: d.labels()},
			Spec: corev1.PersistentVolumeClaimSpecArgs{
				AccessModes: pulumi.ToStringArray([]string{"ReadWriteOnce"}),
				Resources: corev1.VolumeResourceRequirementsArgs{
					Requests: pulumi.StringMap{"storage": pulumi.String(fmt.Sprintf("%dGi", d.args.VolumeGiB))},
				},
			},
		},
	}}
}
