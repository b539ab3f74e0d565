package capacity

import (
	"fmt"

	"example.org/openedx/internal/load"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/workloads"
)

// needed is a workload of an instance with the pods that its learners need.
type needed struct {
	workloads.Pods
	// count is never below the fewest, which are there in any case.
	count int
	// how is the arithmetic in words.
	how string
	// uwsgi and celery are the processes in each.
	uwsgi, celery int
}

// podsOf lists what each workload of an instance needs for its learners.
func podsOf(instance plan.Instance, assumed load.Assumptions) []needed {
	all := make([]needed, len(instance.Pods))
	for i, pods := range instance.Pods {
		one, count := need(pods, instance, assumed)
		one.Pods, one.count = pods, max(up(count), pods.Min)
		if pods.Max > pods.Min {
			one.how += fmt.Sprintf("; never fewer than %d", pods.Min)
		}
		all[i] = one
	}
	return all
}

// need is what a workload needs, the fewest pods left out.
func need(pods workloads.Pods, instance plan.Instance, a load.Assumptions) (one needed, count float64) {
	asked := a.Of(instance.Learners)
	uwsgi, celery := instance.UWSGIWorkers, instance.CeleryChildren
	switch pods.Workload {
	case workloads.LMS:
		// The autoscaler adds no pod before the others are as busy as it wants them.
		target := float64(pods.CPU) * workloads.Target / 100
		return needed{uwsgi: uwsgi, how: fmt.Sprintf("%d processes in a pod; or, if that is more, requests × %g ms of CPU in pods of %dm that are %d %% busy",
			uwsgi, a.CPUPerRequest, pods.CPU, workloads.Target)}, max(asked.Processes/float64(uwsgi), asked.CPU/target)
	case workloads.CMS:
		return needed{uwsgi: uwsgi, how: fmt.Sprintf("learners × %g authors × %g requests a second ÷ %g a process ÷ %d processes",
			a.AuthorsPerLearner, a.RequestsPerAuthor, a.RequestsPerStudioProcess, uwsgi)}, asked.StudioProcesses / float64(uwsgi)
	case workloads.LMSWorker:
		return needed{celery: celery, how: fmt.Sprintf("requests × %g tasks × %g s ÷ %d processes",
			a.TasksPerRequest, a.SecondsPerTask, celery)}, asked.Children / float64(celery)
	case workloads.CMSWorker:
		return needed{celery: celery, how: fmt.Sprintf("learners × %g authors × %g tasks a second × %g s ÷ %d processes",
			a.AuthorsPerLearner, a.TasksPerAuthor, a.SecondsPerStudioTask, celery)}, asked.StudioChildren / float64(celery)
	case workloads.MFE:
		return needed{how: fmt.Sprintf("requests × %g files ÷ %g a second", a.FilesPerRequest, a.FilesPerMFE)}, asked.Files / a.FilesPerMFE
	case workloads.Caddy:
		return needed{how: fmt.Sprintf("requests and their %g files ÷ %g a second", a.FilesPerRequest, a.RequestsPerCaddy)},
			(asked.Requests + asked.Files) / a.RequestsPerCaddy
	}
	return needed{how: "there is one, for authors"}, 1
}

// names are the workloads as people call them.
var names = map[string]string{
	workloads.LMS: "LMS pods", workloads.CMS: "CMS pods", workloads.LMSWorker: "LMS workers", workloads.CMSWorker: "CMS workers",
	workloads.MFE: "micro-frontend pods", workloads.Caddy: "Caddy pods", workloads.Meilisearch: "Meilisearch pods",
}

// resource is the pods as a resource of their instance.
func (n needed) resource(instance plan.Instance) Resource {
	resource := Resource{Instance: instance.Slug, Name: names[n.Workload], How: n.how, Needs: n.count, Has: n.Max}
	key := plan.KeyPods(n.Workload)
	if !resource.Short() || key == "" {
		return resource
	}
	usual := n.Max / instance.Weight
	resource.Weight, _ = least(instance.Weight, plan.MostWeight, func(w int) bool { return usual*w >= n.count })
	if pods, enough := least(usual, plan.MostPods, func(p int) bool { return p*instance.Weight >= n.count }); enough {
		resource.Mend = Setting{key, fmt.Sprint(pods)}
	}
	return resource
}

// nodes is what holds the pods of all instances and the platform's own. Those that
// only learners' code runs on hold none of them.
func nodes(p plan.Plan, room plan.Room, assumed load.Assumptions) []Resource {
	planned := p.Cluster.Nodes
	node, known := plan.NodeRoom(planned.Machine)
	if !known {
		return nil // another cloud's
	}
	jail := planned.Pools(p.AddOns.CodeJail).CodeJail
	packed := plan.Room{CPU: up(float64(room.CPU) / assumed.Packing), Memory: up(float64(room.Memory) / assumed.Packing)}
	needs := max(nodesFor(node, packed.Plus(plan.PlatformRoom())), planned.Min)
	resource := Resource{
		Name: "nodes " + planned.Machine,
		How: fmt.Sprintf("pods of the instances ÷ %g, and the platform's own (%s), in nodes with room for %s; never fewer than %d",
			assumed.Packing, plan.PlatformRoom(), node, planned.Min),
		Needs: needs, Has: planned.Max - jail,
	}
	if resource.Short() && needs+jail <= plan.MostNodes {
		resource.Mend = Setting{plan.KeyNodes, fmt.Sprint(needs + jail)}
	}
	return []Resource{resource}
}
