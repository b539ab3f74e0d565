package changes

import (
	"fmt"
	"strings"

	"example.org/openedx/internal/cost"
	"example.org/openedx/internal/plan"
)

const (
	// What a pod asks for, and how many processes it has, stands in what Tutor renders.
	resized      = handOver + ": pods get their size there"
	instanceGone = "hosts and place in the cluster go at once; databases and uploads stay"
)

// instanceFacts are about the instances.
var instanceFacts = []fact{
	{name: "instance.", topic: "instance", each: instances, then: goes(instanceGone)},
	{name: "pod.", topic: "pod", each: podSizes, then: func(c change) effect {
		return effect{says: choice(c.was == "" || c.is == "", "", resized)}
	}},
	{name: "podProcesses", topic: "processes", say: ofInstances(func(i plan.Instance) string {
		return fmt.Sprintf("%d in a web pod, %d in a worker", i.UWSGIWorkers, i.CeleryChildren)
	}), then: does(resized)},
	{name: "podVolumes", topic: "volumes", say: ofInstances(func(i plan.Instance) string {
		return fmt.Sprintf("%d GiB for Meilisearch, %d GiB for a dump", i.SearchGiB, i.DumpGiB)
	})},
}

// costFacts are about money, and come last.
var costFacts = []fact{{name: costName, topic: costTopic, say: costs}}

// The last fact, and what a summary calls it.
const costName, costTopic = "cost", "costs"

// instances says of each how many pods it may have.
func instances(p plan.Plan) map[string]string {
	all := map[string]string{}
	for _, instance := range p.Instances {
		texts := []string{fmt.Sprintf("weight %d", instance.Weight)}
		if instance.Learners > 0 {
			texts = append(texts, count(instance.Learners, "learner"))
		}
		for _, pods := range instance.Pods {
			texts = append(texts, fmt.Sprintf("%s %d to %d", pods.Workload, pods.Min, pods.Max))
		}
		all[instance.Slug] = strings.Join(texts, ", ")
	}
	return all
}

// podSizes are the same in all instances.
func podSizes(p plan.Plan) map[string]string {
	all := map[string]string{}
	for _, instance := range p.Instances[:min(1, len(p.Instances))] {
		for _, pods := range instance.Pods {
			all[pods.Workload] = fmt.Sprintf("%dm, %d MiB, at most %d MiB", pods.CPU, pods.Memory, pods.MemoryLimit)
		}
	}
	return all
}

// ofInstances is for what all instances have alike.
func ofInstances(say func(plan.Instance) string) func(plan.Plan) string {
	return func(p plan.Plan) string {
		if len(p.Instances) == 0 {
			return ""
		}
		return say(p.Instances[0])
	}
}

// costs is the month with the fewest nodes and learners, and with the most.
func costs(p plan.Plan) string {
	estimate, err := cost.Of(p)
	if err != nil {
		return "not known: " + err.Error()
	}
	text := fmt.Sprintf("USD %s to %s a month", cost.Dollars(estimate.Low()), cost.Dollars(estimate.High()))
	var unpriced int
	for _, line := range estimate.Lines {
		if line.Unpriced {
			unpriced++
		}
	}
	return text + choice(unpriced > 0, fmt.Sprintf(" and more: of %s no price is known", count(unpriced, "item")), "")
}
