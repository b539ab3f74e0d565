package tutor

import (
	"fmt"
	"maps"
	"strings"

	"sigs.k8s.io/yaml"

	"example.org/openedx/internal/workloads"
)

// object is a part of an object of Kubernetes.
type object = map[string]any

// drainSeconds is how long a pod that is on its way out goes on before it is told to stop: the load balancer lets the
// requests that it has passed on end for 60 seconds, and takes a moment to notice.
const drainSeconds = 65

// How long pods may take to stop, in all. A worker finishes the tasks that it has begun, and those take minutes.
const (
	webGraceSeconds    = drainSeconds + 25
	workerGraceSeconds = 600
	searchGraceSeconds = 60
)

// spread are the constraints that bring a workload's pods to all zones and, as far as possible, to many nodes.
//
// Without nodeTaintsPolicy the nodes of a zone that is lost would count as places for pods, and the replacements wait for
// them. The pods of another revision do not count, or a rollout would wait for the old pods to go.
//
// Nobody waits for a worker: it runs in whatever zone has room, where the few nodes of a small platform would keep it
// waiting for a node in another one.
func spread(workload workloads.Workload) []object {
	zones := "DoNotSchedule"
	if !workload.Web() {
		zones = "ScheduleAnyway"
	}
	var constraints []object
	for _, one := range []struct{ key, otherwise string }{
		{"topology.kubernetes.io/zone", zones}, {"kubernetes.io/hostname", "ScheduleAnyway"},
	} {
		constraints = append(constraints, object{
			"topologyKey": one.key, "whenUnsatisfiable": one.otherwise, "maxSkew": 1, "nodeTaintsPolicy": "Honor",
			"labelSelector":  object{"matchLabels": object{workloads.NameLabel: workload.Name}},
			"matchLabelKeys": []string{"pod-template-hash"},
		})
	}
	return constraints
}

// override writes what is merged into the objects that Tutor makes. It names no replicas: autoscalers own them.
func (i Instance) override() (string, error) {
	var documents []object
	for _, workload := range workloads.All() {
		documents = append(documents, i.deployment(workload))
	}
	documents = append(documents, i.job("lms", workloads.LMS), i.job("cms", workloads.CMS), i.searchVolume())
	var text strings.Builder
	for _, document := range documents {
		written, err := yaml.Marshal(document)
		if err != nil {
			return "", err
		}
		text.WriteString("---\n")
		text.Write(written)
	}
	if !i.CodeJail {
		return text.String(), nil
	}
	jail, err := yaml.Marshal(codeJail())
	if err != nil {
		return "", err
	}
	// Not every instance has the plugin, and kustomize refuses to patch what is not there.
	fmt.Fprintf(&text, "{%% if %q in PLUGINS %%}\n---\n%s{%% endif %%}\n", workloads.CodeJailPlugin, jail)
	return text.String(), nil
}

// tolerating lets pods onto the nodes of a pool.
func tolerating(pool string) []object {
	return []object{{"key": workloads.PoolLabel, "operator": "Equal", "value": pool, "effect": "NoSchedule"}}
}

// preferring has pods run on the nodes of a pool as long as there are any.
func preferring(pool string) object {
	return object{
		"tolerations": tolerating(pool),
		"affinity": object{"nodeAffinity": object{"preferredDuringSchedulingIgnoredDuringExecution": []object{{
			"weight": 100,
			"preference": object{"matchExpressions": []object{
				{"key": workloads.PoolLabel, "operator": "In", "values": []string{pool}},
			}},
		}}}},
	}
}

// codeJail keeps what learners write on nodes of its own.
func codeJail() object {
	return object{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": object{"name": workloads.CodeJail},
		"spec": object{"template": object{"spec": object{
			"nodeSelector": object{workloads.PoolLabel: workloads.CodeJailPool},
			"tolerations":  tolerating(workloads.CodeJailPool),
			// Nothing that it runs has a use for the instance's rights.
			"automountServiceAccountToken": false,
		}}},
	}
}

// deployment is what is merged into a Deployment.
func (i Instance) deployment(workload workloads.Workload) object {
	pods, _ := i.pods(workload.Name)
	container := i.container(workload.Name, pods)
	for name, probe := range i.probes(workload) {
		container[name] = probe
	}
	pod := i.pod(workload.Name, container)
	pod["priorityClassName"] = workload.Priority
	spec := object{"template": object{"spec": pod}}
	if workload.Replicated {
		pod["topologySpreadConstraints"] = spread(workload)
	}
	switch {
	case workload.Web():
		pod["terminationGracePeriodSeconds"] = webGraceSeconds
		container["lifecycle"] = object{"preStop": object{"sleep": object{"seconds": drainSeconds}}}
		spec["strategy"] = object{"type": "RollingUpdate", "rollingUpdate": object{"maxUnavailable": 0, "maxSurge": "25%"}}
	case workload.Replicated:
		pod["terminationGracePeriodSeconds"] = workerGraceSeconds
		if i.Spot {
			maps.Copy(pod, preferring(workloads.SpotPool))
		}
	default:
		pod["terminationGracePeriodSeconds"] = searchGraceSeconds
	}
	return object{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": object{"name": workload.Name}, "spec": spec,
	}
}

// job is what is merged into the Job in which Tutor runs a service's tasks. Tutor merges into Jobs since 21.0.7.
// https://github.com/overhangio/tutor/pull/1383
func (i Instance) job(service, like string) object {
	pods, _ := i.pods(like)
	pod := i.pod(service, i.container(service, pods))
	return object{
		"apiVersion": "batch/v1", "kind": "Job", "metadata": object{"name": service + "-job"},
		"spec": object{"template": object{"spec": pod}},
	}
}

// container is what is merged into a workload's container.
func (i Instance) container(name string, pods workloads.Pods) object {
	container := object{"name": name, "resources": resources(pods)}
	if !platform(name) {
		return container
	}
	// Pod Identity gives a role and no region, and not every client of Open edX is told one by its settings.
	container["env"] = []object{
		{"name": "AWS_REGION", "value": i.Bucket.Region}, {"name": "AWS_DEFAULT_REGION", "value": i.Bucket.Region},
	}
	if i.fetches() {
		container["volumeMounts"] = []object{{"name": authorities, "mountPath": authoritiesFolder, "readOnly": true}}
	}
	return container
}

// pod is what is merged into the pods of a container.
func (i Instance) pod(name string, container object) object {
	pod := object{
		"containers":      []object{container},
		"securityContext": object{"seccompProfile": object{"type": "RuntimeDefault"}},
	}
	if platform(name) && i.fetches() {
		pod["initContainers"] = []object{i.fetcher()}
		pod["volumes"] = []object{{"name": authorities, "emptyDir": object{"sizeLimit": "4Mi"}}}
	}
	return pod
}

// platform tells whether a container runs Open edX itself, which connects to the stores.
func platform(name string) bool {
	switch name {
	case workloads.LMS, workloads.CMS, workloads.LMSWorker, workloads.CMSWorker:
		return true
	default:
		return false
	}
}

// searchVolume makes Meilisearch's volume as large as it was planned.
func (i Instance) searchVolume() object {
	return object{
		"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": object{"name": workloads.Meilisearch},
		"spec": object{"resources": object{"requests": object{"storage": gibibytes(i.SearchGiB)}}},
	}
}
