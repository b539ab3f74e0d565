package tutor

import (
	"strconv"

	"example.org/openedx/internal/workloads"
)

// The rhythm of probes, in seconds, and how many may fail. A pod of Open edX that is new on its node reads all of its code
// from there, which takes minutes.
const (
	probePeriod      = 10
	probeTimeout     = 5
	heartbeatTimeout = 10
	startFailures    = 60
	readyFailures    = 3
	aliveFailures    = 12
)

// probes are those of a workload's container. Workers have none: to ask Celery costs a whole start of Open edX, and one
// that ends takes its container with it.
//
// The heartbeat of Open edX asks MySQL and MongoDB. It decides whether a new pod may begin, which also stops a rollout
// that cannot work. It decides nothing later: when a store is away, every pod would be taken out or started again at the
// same moment, and the one page that says so with them. After that a pod is well as long as it takes connections, which
// it no longer does when its processes have hung and its queue is full.
func (i Instance) probes(workload workloads.Workload) map[string]object {
	if workload.Port == 0 {
		return nil
	}
	listens := object{"tcpSocket": object{"port": workload.Port}}
	switch workload.Name {
	case workloads.LMS:
		return asked(heartbeat(workload, i.LMS), listens)
	case workloads.CMS:
		return asked(heartbeat(workload, i.Studio), listens)
	}
	if workload.Health == "" {
		return asked(listens, listens)
	}
	answers := object{"httpGet": object{"path": workload.Health, "port": workload.Port}}
	return asked(answers, answers)
}

// heartbeat asks under the name of a host, without which Django refuses to answer.
func heartbeat(workload workloads.Workload, host string) object {
	return object{
		"httpGet": object{
			"path": workload.Health, "port": workload.Port, "httpHeaders": []object{{"name": "Host", "value": host}},
		},
		"timeoutSeconds": heartbeatTimeout,
	}
}

// asked asks in one way until the container has started, and in another one from then on.
func asked(first, later object) map[string]object {
	return map[string]object{
		"startupProbe":   probe(first, startFailures),
		"readinessProbe": probe(later, readyFailures),
		"livenessProbe":  probe(later, aliveFailures),
	}
}

func probe(how object, failures int) object {
	all := object{"periodSeconds": probePeriod, "timeoutSeconds": probeTimeout, "failureThreshold": failures}
	for key, value := range how {
		all[key] = value
	}
	return all
}

// resources are what a container asks for. It has no limit of CPU: throttled while others idle, it helps nobody.
func resources(pods workloads.Pods) object {
	return object{
		"requests": object{"cpu": strconv.Itoa(pods.CPU) + "m", "memory": mebibytes(pods.Memory)},
		"limits":   object{"memory": mebibytes(pods.MemoryLimit)},
	}
}

func mebibytes(number int) string { return strconv.Itoa(number) + "Mi" }

func gibibytes(number int) string { return strconv.Itoa(number) + "Gi" }
