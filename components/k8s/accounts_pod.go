package k8s

import (
	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// What the containers are given. Files in memory count as the memory of the
// container that writes them; mongosh takes most of the rest.
var (
	fetchMemory = memory{request: "128Mi", limit: "256Mi"}
	runMemory   = memory{request: "192Mi", limit: "512Mi"}
)

// The most that files in memory take: certificates and passwords, and what
// clients write on their way.
const (
	memoryLimit    = "16Mi"
	temporaryLimit = "64Mi"
)

type memory struct{ request, limit string }

// pod builds a pod that fetches passwords into memory and then makes accounts.
func (a *Accounts) pod(one job, who pulumi.StringPtrInput) corev1.PodSpecArgs {
	mounts := corev1.VolumeMountArray{
		mount("memory", memoryFolder, false), mount("temporary", temporaryFolder, false), mount("scripts", scriptsFolder, true),
	}
	volumes := corev1.VolumeArray{
		inMemory("memory", memoryLimit), inMemory("temporary", temporaryLimit), files("scripts", a.args.Scripts),
	}
	if one.authority != nil {
		mounts = append(mounts, mount("authority", authorityFolder, true))
		volumes = append(volumes, files("authority", one.authority))
	}
	return corev1.PodSpecArgs{
		ServiceAccountName:           who,
		AutomountServiceAccountToken: pulumi.Bool(false),
		EnableServiceLinks:           pulumi.Bool(false),
		// Each try is another pod: a cloud gives a pod its identity as it is created.
		RestartPolicy: pulumi.String("Never"),
		SecurityContext: corev1.PodSecurityContextArgs{
			RunAsNonRoot:   pulumi.Bool(true),
			RunAsUser:      pulumi.Int(runner),
			RunAsGroup:     pulumi.Int(runner),
			SeccompProfile: corev1.SeccompProfileArgs{Type: pulumi.String("RuntimeDefault")},
		},
		InitContainers: corev1.ContainerArray{one.fetch.container(mounts)},
		Containers:     corev1.ContainerArray{one.run.container(mounts)},
		Volumes:        volumes,
	}
}

// step is what the two containers of a pod differ in.
type step struct {
	name, image, script string
	environment         corev1.EnvVarArrayOutput
	room                memory
}

func (s step) container(mounts corev1.VolumeMountArray) corev1.ContainerArgs {
	return corev1.ContainerArgs{
		Name:         pulumi.String(s.name),
		Image:        pulumi.String(s.image),
		Command:      pulumi.ToStringArray([]string{"sh", scriptsFolder + "/" + s.script}),
		Env:          s.environment,
		VolumeMounts: mounts,
		// What a script says last is why it failed.
		TerminationMessagePolicy: pulumi.String("FallbackToLogsOnError"),
		SecurityContext: corev1.SecurityContextArgs{
			AllowPrivilegeEscalation: pulumi.Bool(false),
			Capabilities:             corev1.CapabilitiesArgs{Drop: pulumi.ToStringArray([]string{"ALL"})},
			ReadOnlyRootFilesystem:   pulumi.Bool(true),
		},
		Resources: corev1.ResourceRequirementsArgs{
			Requests: pulumi.StringMap{"cpu": pulumi.String("100m"), "memory": pulumi.String(s.room.request)},
			Limits:   pulumi.StringMap{"memory": pulumi.String(s.room.limit)},
		},
	}
}

func mount(volume, folder string, readOnly bool) corev1.VolumeMountArgs {
	return corev1.VolumeMountArgs{Name: pulumi.String(volume), MountPath: pulumi.String(folder), ReadOnly: pulumi.Bool(readOnly)}
}

// inMemory is a volume that no disk ever sees and that ends with the pod.
func inMemory(name, limit string) corev1.VolumeArgs {
	return corev1.VolumeArgs{
		Name:     pulumi.String(name),
		EmptyDir: corev1.EmptyDirVolumeSourceArgs{Medium: pulumi.String("Memory"), SizeLimit: pulumi.String(limit)},
	}
}

func files(name string, config pulumi.StringInput) corev1.VolumeArgs {
	return corev1.VolumeArgs{
		Name:      pulumi.String(name),
		ConfigMap: corev1.ConfigMapVolumeSourceArgs{Name: config.ToStringOutput(), DefaultMode: pulumi.Int(0o444)},
	}
}
