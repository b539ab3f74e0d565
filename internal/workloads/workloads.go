// Package workloads is what Tutor makes of one Open edX instance in Kubernetes:
// the names, labels, ports and queues that everything around those pods goes by.
// It imports the standard library only.
//
// The facts are those of Tutor 21 and 22:
// https://github.com/overhangio/tutor/tree/release/tutor/templates/k8s and, for the
// micro-frontends, https://github.com/overhangio/tutor-mfe.
package workloads

// The Deployments of an instance. Those with a port have a Service of the same name.
const (
	LMS         = "lms"
	CMS         = "cms"
	LMSWorker   = "lms-worker"
	CMSWorker   = "cms-worker"
	MFE         = "mfe"
	Caddy       = "caddy"
	Meilisearch = "meilisearch"
)

// The labels that Tutor's pods carry, those of its Jobs included.
const (
	NameLabel = "app.kubernetes.io/name"
	PartLabel = "app.kubernetes.io/part-of"
	Part      = "openedx"
)

// The priority classes, in the order in which pods give way.
const (
	// PlatformPriority is for what all instances need.
	PlatformPriority = "openedx-platform"
	// WebPriority is for what answers learners and authors.
	WebPriority = "openedx-web"
	// WorkerPriority is for what may wait.
	WorkerPriority = "openedx-worker"
)

// Workload is one Deployment of an instance.
type Workload struct {
	Name string
	// Port is the container's and the Service's; 0 where nobody connects.
	Port int
	// Health is the path that says whether a pod is well; empty where there is none.
	Health string
	// Queues are Celery's, which the workload takes tasks from.
	Queues []string
	// Priority is the name of the priority class.
	Priority string
	// Replicated workloads have a replica in reserve, are scaled and spread; the
	// others have a volume that only one pod can use.
	Replicated bool
}

// Web tells whether learners or authors wait for an answer of the workload.
func (w Workload) Web() bool { return w.Port > 0 && w.Replicated }

// All lists the workloads of an instance in the order in which the docs show them.
func All() []Workload {
	return []Workload{
		{Name: LMS, Port: 8000, Health: "/heartbeat", Priority: WebPriority, Replicated: true},
		{Name: CMS, Port: 8000, Health: "/heartbeat", Priority: WebPriority, Replicated: true},
		{
			Name: LMSWorker, Priority: WorkerPriority, Replicated: true,
			Queues: []string{"edx.lms.core.default", "edx.lms.core.high", "edx.lms.core.high_mem"},
		},
		{
			Name: CMSWorker, Priority: WorkerPriority, Replicated: true,
			Queues: []string{"edx.cms.core.default", "edx.cms.core.high", "edx.cms.core.low"},
		},
		{Name: MFE, Port: 8002, Health: "/", Priority: WebPriority, Replicated: true},
		{Name: Caddy, Port: 80, Priority: WebPriority, Replicated: true},
		{Name: Meilisearch, Port: 7700, Health: "/health", Priority: WebPriority},
	}
}

// Find returns a workload by its name.
func Find(name string) (Workload, bool) {
	for _, workload := range All() {
		if workload.Name == name {
			return workload, true
		}
	}
	return Workload{}, false
}

// Pods is how many pods of a workload an instance has, and what each asks for.
type Pods struct {
	Workload string `json:"workload"`
	Min      int    `json:"min"`
	Max      int    `json:"max"`
	// CPU is what a pod asks for in thousandths of a core. It has no limit: a pod
	// that is throttled while others idle helps nobody.
	CPU int `json:"cpu"`
	// Memory is what a pod asks for in MiB, and MemoryLimit what it may take.
	Memory      int `json:"memory"`
	MemoryLimit int `json:"memoryLimit"`
}

// Target is the share of the CPU it asks for, in percent, at which a workload gets
// another pod: a new one takes minutes until its image is there, in which the
// others need room.
const Target = 65
