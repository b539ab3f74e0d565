package tutor

import (
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"example.org/openedx/internal/workloads"
)

// The images are never pulled; what counts is whose they are.
const (
	openedxImage     = "docker.io/overhangio/openedx:22.0.0"
	mfeImage         = "docker.io/overhangio/openedx-mfe:22.0.0"
	caddyImage       = "docker.io/caddy:2.11.4"
	meilisearchImage = "docker.io/getmeili/meilisearch:v1.8.4"
)

// mount is a volume and where the container sees it.
type mount struct{ volume, path, configMap, claim string }

// settings are the mounts that all Python pods share.
var settings = []mount{
	{volume: "settings-lms", path: "/openedx/edx-platform/lms/envs/tutor/", configMap: "openedx-settings-lms"},
	{volume: "settings-cms", path: "/openedx/edx-platform/cms/envs/tutor/", configMap: "openedx-settings-cms"},
	{volume: "config", path: "/openedx/config", configMap: "openedx-config"},
}

// deployments are Tutor's: without replicas, since autoscalers set them, without
// probes, without a request for CPU, and with one for memory where people wait.
func deployments() []runtime.Object {
	lms := python(workloads.LMS, workloads.LMS, nil)
	cms := python(workloads.CMS, workloads.CMS, nil)
	for _, web := range []*appsv1.Deployment{lms, cms} {
		web.Spec.Template.Spec.Containers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceMemory: resource.MustParse("2Gi")}
		addMount(web, mount{volume: "uwsgi-config", path: "/openedx/uwsgi.ini", configMap: "openedx-uwsgi-config"}, "uwsgi.ini")
	}
	lmsWorker := python(workloads.LMSWorker, workloads.LMS, celery(workloads.LMS, workloads.CMS))
	cmsWorker := python(workloads.CMSWorker, workloads.CMS, celery(workloads.CMS, workloads.LMS))
	mfe := deployment(workloads.MFE, mfeImage, mount{volume: "config", path: "/etc/caddy/", configMap: "mfe-caddy-config"})
	caddy := deployment(workloads.Caddy, caddyImage, mount{volume: "config", path: "/etc/caddy/", configMap: "caddy-config"})
	caddy.Spec.Template.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "default_site_port", Value: ":80"}}
	return []runtime.Object{caddy, cms, cmsWorker, lms, lmsWorker, mfe, meilisearch()}
}

// celery is what a worker runs: it takes every queue but the other service's.
func celery(service, other string) []string {
	return []string{
		"celery", "--app=" + service + ".celery", "worker", "--loglevel=info", "--hostname=edx." + service + ".core.default.%%h",
		"--max-tasks-per-child=100", "--exclude-queues=edx." + other + ".core.default",
	}
}

// python is a Deployment of the platform's own image.
func python(name, variant string, args []string) *appsv1.Deployment {
	d := deployment(name, openedxImage, settings...)
	spec := &d.Spec.Template.Spec
	spec.SecurityContext = &corev1.PodSecurityContext{RunAsUser: new(int64(1000)), RunAsGroup: new(int64(1000))}
	container := &spec.Containers[0]
	container.Args = args
	container.Env = []corev1.EnvVar{{Name: "SERVICE_VARIANT", Value: variant}, {Name: "DJANGO_SETTINGS_MODULE", Value: variant + ".envs.tutor.production"}}
	container.SecurityContext = &corev1.SecurityContext{AllowPrivilegeEscalation: new(false)}
	return d
}

// meilisearch is the one that keeps data: one pod at a time may use its volume.
func meilisearch() *appsv1.Deployment {
	d := deployment(workloads.Meilisearch, meilisearchImage, mount{volume: "data", path: "/meili_data", claim: workloads.Meilisearch})
	d.Spec.Strategy.Type = appsv1.RecreateDeploymentStrategyType
	policy := corev1.FSGroupChangeOnRootMismatch
	spec := &d.Spec.Template.Spec
	spec.SecurityContext = &corev1.PodSecurityContext{
		RunAsUser: new(int64(1000)), RunAsGroup: new(int64(1000)), FSGroup: new(int64(1000)), FSGroupChangePolicy: &policy,
	}
	spec.Containers[0].SecurityContext = &corev1.SecurityContext{AllowPrivilegeEscalation: new(false)}
	return d
}

// deployment is what all have in common. The other labels are added by kustomize.
func deployment(name, image string, mounts ...mount) *appsv1.Deployment {
	labels := map[string]string{workloads.NameLabel: name}
	d := &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: labels},
		Spec: appsv1.DeploymentSpec{
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: name, Image: image}}},
			},
		},
	}
	if port := port(name); port > 0 {
		d.Spec.Template.Spec.Containers[0].Ports = []corev1.ContainerPort{{ContainerPort: port}}
	}
	for _, m := range mounts {
		addMount(d, m, "")
	}
	return d
}

func addMount(d *appsv1.Deployment, m mount, file string) {
	spec := &d.Spec.Template.Spec
	volume := corev1.Volume{Name: m.volume}
	if m.claim != "" {
		volume.PersistentVolumeClaim = &corev1.PersistentVolumeClaimVolumeSource{ClaimName: m.claim}
	} else {
		volume.ConfigMap = &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: m.configMap}}
	}
	spec.Volumes = append(spec.Volumes, volume)
	spec.Containers[0].VolumeMounts = append(spec.Containers[0].VolumeMounts, corev1.VolumeMount{Name: m.volume, MountPath: m.path, SubPath: file})
}

func port(name string) int32 {
	workload, ok := workloads.Find(name)
	if !ok {
		return 0
	}
	return int32(workload.Port) //nolint:gosec // ports fit
}

// services are one for each Deployment with a port.
func services() []runtime.Object {
	var all []runtime.Object
	for _, workload := range workloads.All() {
		if workload.Port == 0 {
			continue
		}
		labels := map[string]string{workloads.NameLabel: workload.Name}
		service := &corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Name: workload.Name, Labels: labels},
			Spec: corev1.ServiceSpec{
				Type: corev1.ServiceTypeClusterIP, Selector: labels,
				Ports: []corev1.ServicePort{{Port: port(workload.Name), Protocol: corev1.ProtocolTCP}},
			},
		}
		switch workload.Name {
		case workloads.Caddy:
			service.Spec.Ports[0].Name = "http"
		case workloads.MFE:
			service.Spec.Type = corev1.ServiceTypeNodePort
		}
		all = append(all, service)
	}
	return all
}

// volumes is Meilisearch's claim, of the cluster's default storage class.
func volumes() []runtime.Object {
	return []runtime.Object{&corev1.PersistentVolumeClaim{
		ObjectMeta: metav1.ObjectMeta{
			Name:   workloads.Meilisearch,
			Labels: map[string]string{"app.kubernetes.io/component": "volume", workloads.NameLabel: workloads.Meilisearch},
		},
		Spec: corev1.PersistentVolumeClaimSpec{
			AccessModes: []corev1.PersistentVolumeAccessMode{corev1.ReadWriteOnce},
			Resources:   corev1.VolumeResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceStorage: resource.MustParse("5Gi")}},
		},
	}}
}
