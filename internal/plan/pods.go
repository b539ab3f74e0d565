package plan

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"regexp"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/workloads"
)

// Quota is the most that one instance may ask the cluster for, whatever else is in
// its namespace. CPU is in thousandths of a core, memory in MiB.
type Quota struct {
	CPU         int `json:"cpu"`
	Memory      int `json:"memory"`
	MemoryLimit int `json:"memoryLimit"`
	Pods        int `json:"pods"`
	Volumes     int `json:"volumes"`
	StorageGiB  int `json:"storageGiB"`
}

const (
	defaultWeight = 1
	// spare is how many pods of any number are always there, whatever the weight:
	// they are for when one is lost, not for load.
	spare = 2
	// surge is one part in how many a rolling update has beside the pods there are:
	// https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-surge.
	surge = 4
	// extraPods of the size of LMS's are for Tutor's Jobs and what plugins bring.
	extraPods = 4
	// volumes are Meilisearch's, and another one while it is moved.
	volumes = 2
)

// podRow is one workload of the sizing table, with what was written about it.
type podRow struct {
	workload, key string
	size          PodSize
	min, max      int
	written       config.PodsRange
}

// podRows lists the workloads in the order of workloads.All.
func podRows(sizing PodSizing, written config.PodsOverride) []podRow {
	return []podRow{
		{workloads.LMS, "lms", sizing.LMS, sizing.LMSMin, sizing.LMSMax, written.LMS},
		{workloads.CMS, "cms", sizing.CMS, sizing.CMSMin, sizing.CMSMax, written.CMS},
		{workloads.LMSWorker, "lmsWorker", sizing.LMSWorker, sizing.LMSWorkerMin, sizing.LMSWorkerMax, written.LMSWorker},
		{workloads.CMSWorker, "cmsWorker", sizing.CMSWorker, sizing.CMSWorkerMin, sizing.CMSWorkerMax, written.CMSWorker},
		{workloads.MFE, "mfe", sizing.MFE, sizing.MFEMin, sizing.MFEMax, written.MFE},
		{workloads.Caddy, "caddy", sizing.Caddy, sizing.CaddyMin, sizing.CaddyMax, written.Caddy},
		{workload: workloads.Meilisearch, size: sizing.Meilisearch, min: 1, max: 1},
	}
}

// pods are the row's in an instance of a weight. The ones in reserve and the one
// that there can only be are the same in all.
func (r podRow) pods(weight int) workloads.Pods {
	fewest, most := or(r.written.Min, r.min), or(r.written.Max, r.max)
	if fewest > spare {
		fewest = spare + (fewest-spare)*weight
	}
	if r.key != "" {
		most *= weight
	}
	return workloads.Pods{
		Workload: r.workload, Min: fewest, Max: most,
		CPU: r.size.CPU, Memory: r.size.Memory, MemoryLimit: r.size.MemoryLimit,
	}
}

// planPods are the pods of an instance. They depend on no other instance, so that
// one more or less changes nobody else's objects.
func planPods(settings config.Settings, sizing PodSizing, weight int) []workloads.Pods {
	rows := podRows(sizing, settings.Overrides.Pods)
	pods := make([]workloads.Pods, len(rows))
	for i, row := range rows {
		pods[i] = row.pods(weight)
	}
	return pods
}

// planQuota has room for all pods at their most while every workload is replaced,
// and for what comes and goes beside them.
func planQuota(pods []workloads.Pods, sizing PodSizing, searchGiB int) Quota {
	quota := Quota{Volumes: volumes, StorageGiB: volumes * searchGiB}
	for _, p := range pods {
		quota.add(p.Max+(p.Max+surge-1)/surge, PodSize{p.CPU, p.Memory, p.MemoryLimit})
	}
	quota.add(extraPods, sizing.LMS)
	return quota
}

// add makes room for some pods of one size.
func (q *Quota) add(pods int, size PodSize) {
	q.Pods += pods
	q.CPU += pods * size.CPU
	q.Memory += pods * size.Memory
	q.MemoryLimit += pods * size.MemoryLimit
}

// sized is an instance with its pods.
func (i Instance) sized(settings config.Settings, sizing Sizing) Instance {
	i.Weight = or(settings.Instances[i.Slug].Weight, defaultWeight)
	i.Learners = or(settings.Instances[i.Slug].Learners, 0)
	i.Pods = planPods(settings, sizing.PodSizing, i.Weight)
	i.SearchGiB, i.DumpGiB = or(settings.Overrides.Meilisearch.VolumeGiB, sizing.SearchGiB), sizing.DumpGiB
	i.Quota = planQuota(i.Pods, sizing.PodSizing, i.SearchGiB)
	i.UWSGIWorkers, i.CeleryChildren = sizing.UWSGIWorkers, sizing.CeleryChildren
	i.DumpSchedule = dumpSchedule(or(settings.Data.BackupWindow, defaultBackupWindow), i.Slug)
	return i
}

// windowStart is the first time of a daily window.
var windowStart = regexp.MustCompile(`^([0-9]{2}):([0-9]{2})`)

// dumpSchedule is a minute of the first hour of the backup window, in UTC and in
// cron's notation. It follows from the slug, so that many instances do not begin at
// the same time and none moves when another comes.
func dumpSchedule(window, slug string) string {
	start := windowStart.FindStringSubmatch(window)
	if start == nil {
		return "" // which the rules have refused already
	}
	sum := sha256.Sum256([]byte(slug))
	minute := (minuteOf(start[1:]) + int(binary.BigEndian.Uint32(sum[:4])%shortestWindow)) % minutesADay
	return fmt.Sprintf("%d %d * * *", minute%60, minute/60)
}
