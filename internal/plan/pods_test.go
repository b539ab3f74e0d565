package plan_test

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
	"example.org/openedx/internal/workloads"
)

// bounds are an instance's pods by workload, as fewest-most.
func bounds(instance plan.Instance) map[string]string {
	all := map[string]string{}
	for _, p := range instance.Pods {
		all[p.Workload] = fmt.Sprintf("%d-%d", p.Min, p.Max)
	}
	return all
}

func TestEveryPresetSizesEveryWorkloadAndKeepsAPodInReserve(t *testing.T) {
	for _, preset := range config.Presets() {
		for _, instance := range resolve(t, settings(t, preset)).Instances {
			for i, workload := range workloads.All() {
				pods := instance.Pods[i]
				if pods.Workload != workload.Name {
					t.Fatalf("%s: %s is where %s should be", preset, pods.Workload, workload.Name)
				}
				if least := map[bool]int{true: 2, false: 1}[workload.Web()]; pods.Min < least {
					t.Errorf("%s: %s has %d pods, want %d at least", preset, pods.Workload, pods.Min, least)
				}
				if grows := pods.Max > pods.Min; grows != workload.Replicated {
					t.Errorf("%s: %s grows from %d to %d", preset, pods.Workload, pods.Min, pods.Max)
				}
				if pods.CPU < 1 || pods.Memory < 64 || pods.MemoryLimit < pods.Memory {
					t.Errorf("%s: %s asks for %+v", preset, pods.Workload, pods)
				}
			}
		}
	}
}

func TestAProcessHasHalfAGiBOfItsPod(t *testing.T) {
	for _, preset := range config.Presets() {
		for _, instance := range resolve(t, settings(t, preset)).Instances {
			processes := map[string]int{
				workloads.LMS: instance.UWSGIWorkers, workloads.CMS: instance.UWSGIWorkers,
				workloads.LMSWorker: instance.CeleryChildren, workloads.CMSWorker: instance.CeleryChildren,
			}
			for _, pods := range instance.Pods {
				if need := 512 * processes[pods.Workload]; pods.Memory < need {
					t.Errorf("%s: %s has %d MiB for %d processes", preset, pods.Workload, pods.Memory, processes[pods.Workload])
				}
			}
		}
	}
}

// The figures of machines are AWS's, written down a second time: m6i has 4 GiB for
// each vCPU. What the platform keeps is what its add-ons were seen to ask for.
func TestTheStarterStacksFitTheirFewestNodesAtNightAndTheirMostInTheBusiestHour(t *testing.T) {
	cores := map[string]int{"m6i.xlarge": 4, "m6i.2xlarge": 8, "m6i.4xlarge": 16}
	for _, preset := range config.Presets() {
		resolved := resolve(t, settings(t, preset))
		nodes := resolved.Cluster.Nodes
		for _, test := range []struct {
			when  string
			nodes int
			count func(workloads.Pods) int
		}{
			{"at their fewest", nodes.Min, func(p workloads.Pods) int { return p.Min }},
			{"at their fewest, with a node lost", nodes.Min - 1, func(p workloads.Pods) int { return p.Min }},
			{"at their most", nodes.Max, func(p workloads.Pods) int { return p.Max }},
		} {
			cpu, memory := 0, 0
			for _, instance := range resolved.Instances {
				for _, p := range instance.Pods {
					cpu, memory = cpu+p.CPU*test.count(p), memory+p.Memory*test.count(p)
				}
			}
			hasCPU, hasMemory := test.nodes*(cores[nodes.Machine]*1000-1500), test.nodes*(cores[nodes.Machine]*4-5)*1024
			if cpu > hasCPU || memory > hasMemory {
				t.Errorf("%s: %s pods ask for %dm and %d MiB, %d nodes have %dm and %d MiB", preset, test.when, cpu, memory, test.nodes, hasCPU, hasMemory)
			}
		}
	}
}

func TestAWeightMultipliesTheMostAndTheFewestBeyondTwo(t *testing.T) {
	s := settings(t, config.Large)
	main := s.Instances["north"]
	main.Weight = ptr(3)
	s.Instances["north"] = main
	got := resolve(t, s).Instances
	want := map[string]string{
		"lms": "20-750", "cms": "5-48", "lms-worker": "5-120", "cms-worker": "2-48", "mfe": "5-24", "caddy": "5-72", "meilisearch": "1-1",
	}
	if diff := cmp.Diff(want, bounds(got[0])); got[0].Weight != 3 || diff != "" {
		t.Errorf("weight %d: %s", got[0].Weight, diff)
	}
	if diff := cmp.Diff(resolve(t, settings(t, config.Large)).Instances[1], got[1]); diff != "" {
		t.Errorf("another instance is another: %s", diff)
	}
}

func TestAnOverrideOfPodsIsTheUsualInstances(t *testing.T) {
	s := settings(t, config.Small)
	main := s.Instances["main"]
	main.Weight = ptr(2)
	s.Instances["main"] = main
	s.Overrides.Pods = config.PodsOverride{
		LMS: config.PodsRange{Min: ptr(3), Max: ptr(5)}, CMS: config.PodsRange{Max: ptr(2)},
		LMSWorker: config.PodsRange{Max: ptr(7)}, CMSWorker: config.PodsRange{Min: ptr(2)},
		MFE: config.PodsRange{Max: ptr(6)}, Caddy: config.PodsRange{Min: ptr(4)},
	}
	want := map[string]string{
		"lms": "4-10", "cms": "2-4", "lms-worker": "1-14", "cms-worker": "2-4", "mfe": "2-12", "caddy": "6-8", "meilisearch": "1-1",
	}
	if diff := cmp.Diff(want, bounds(resolve(t, s).Instances[0])); diff != "" {
		t.Error(diff)
	}
}

func TestAQuotaHoldsAllPodsAtTheirMostWhileTheyAreReplacedAndTutorsJobs(t *testing.T) {
	for _, preset := range config.Presets() {
		for _, instance := range resolve(t, settings(t, preset)).Instances {
			pods, cpu, memory, limit := 0, 0, 0, 0
			lms := instance.Pods[0]
			for _, p := range instance.Pods {
				surged := p.Max + (p.Max+3)/4
				pods, cpu, memory, limit = pods+surged, cpu+surged*p.CPU, memory+surged*p.Memory, limit+surged*p.MemoryLimit
			}
			want := plan.Quota{
				CPU: cpu + 4*lms.CPU, Memory: memory + 4*lms.Memory, MemoryLimit: limit + 4*lms.MemoryLimit, Pods: pods + 4,
				Volumes: 2, StorageGiB: 2 * instance.SearchGiB,
			}
			if diff := cmp.Diff(want, instance.Quota); diff != "" {
				t.Errorf("%s: %s", preset, diff)
			}
		}
	}
}

func TestDumpsBeginInTheFirstHourOfTheWindowEachAtItsOwnMinute(t *testing.T) {
	s := settings(t, config.Large)
	s.Data.BackupWindow = text("23:30-01:00")
	form := regexp.MustCompile(`^(3[0-9]|4[0-9]|5[0-9]) 23 \* \* \*$|^([0-9]|[12][0-9]) 0 \* \* \*$`)
	minutes := map[string]bool{}
	for i := range 20 {
		s.Instances[fmt.Sprintf("i%02d", i)] = config.Instance{LMS: fmt.Sprintf("i%02d.university.example.org", i), Slot: ptr(i + 3)}
	}
	for _, instance := range resolve(t, s).Instances {
		if !form.MatchString(instance.DumpSchedule) {
			t.Errorf("%s is dumped at %q", instance.Slug, instance.DumpSchedule)
		}
		minutes[instance.DumpSchedule] = true
	}
	if len(minutes) < 12 {
		t.Errorf("23 instances are dumped at %d different times", len(minutes))
	}
}
