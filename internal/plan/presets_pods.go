package plan

import "fmt"

// PodSize is what one pod asks for and what it may take.
type PodSize struct {
	// CPU is in thousandths of a core, and Memory and MemoryLimit are in MiB.
	CPU, Memory, MemoryLimit int
}

// String is the size as the docs show it.
func (s PodSize) String() string {
	return fmt.Sprintf("%dm, %d MiB, at most %d MiB", s.CPU, s.Memory, s.MemoryLimit)
}

// PodSizing is the part of the sizing table about the pods of one instance.
//
// A process of uWSGI takes about half a GiB. How many requests it answers and how many
// a learner makes is an assumption of package load.
type PodSizing struct {
	LMSMin int     `row:"LMS pods, fewest" key:"openedx:overrides.pods.lms.min" why:"Two at least: one answers while the other is moved or replaced. Larger presets keep more at night, because a class that begins takes less time than a node."`
	LMSMax int     `row:"LMS pods, most" key:"openedx:overrides.pods.lms.max" why:"What the most of the preset's learners need, if one instance has all of them."`
	LMS    PodSize `row:"LMS pod (CPU, memory)" why:"Half a GiB for each process and as much for what they share and grow by. No limit on CPU: a pod that is throttled while its node idles helps nobody."`

	CMSMin int     `row:"CMS pods, fewest" key:"openedx:overrides.pods.cms.min" why:"Two, so that one can go. Authors are few."`
	CMSMax int     `row:"CMS pods, most" key:"openedx:overrides.pods.cms.max" why:"Imports and exports keep a process busy for minutes, so authors need more of them than their number says."`
	CMS    PodSize `row:"CMS pod (CPU, memory)" why:"The same program as LMS."`

	LMSWorkerMin int     `row:"LMS workers, fewest" key:"openedx:overrides.pods.lmsWorker.min" why:"Tasks wait in Redis while a lone worker is moved; the larger presets do not let them wait."`
	LMSWorkerMax int     `row:"LMS workers, most" key:"openedx:overrides.pods.lmsWorker.max" why:"Grading a whole class, certificates and mail to everybody come all at once; what is not done by morning was too few."`
	LMSWorker    PodSize `row:"LMS worker (CPU, memory)" why:"Each process holds the whole program and what its task has read; grade reports read much."`

	CMSWorkerMin int     `row:"CMS workers, fewest" key:"openedx:overrides.pods.cmsWorker.min" why:"As for LMS."`
	CMSWorkerMax int     `row:"CMS workers, most" key:"openedx:overrides.pods.cmsWorker.max" why:"Publishing a course and indexing it for search are its tasks."`
	CMSWorker    PodSize `row:"CMS worker (CPU, memory)" why:"A course that is imported is in memory as a whole."`

	MFEMin int     `row:"Micro-frontend pods, fewest" key:"openedx:overrides.pods.mfe.min" why:"Two, so that one can go."`
	MFEMax int     `row:"Micro-frontend pods, most" key:"openedx:overrides.pods.mfe.max" why:"They hand out files, most of which CloudFront has already."`
	MFE    PodSize `row:"Micro-frontend pod (CPU, memory)" why:"A web server with a few MiB of files."`

	CaddyMin int     `row:"Caddy pods, fewest" key:"openedx:overrides.pods.caddy.min" why:"Two, so that one can go: everything comes in through them."`
	CaddyMax int     `row:"Caddy pods, most" key:"openedx:overrides.pods.caddy.max" why:"Each passes on several hundred requests a second, and uploads of 250 MB."`
	Caddy    PodSize `row:"Caddy pod (CPU, memory)" why:"It compresses every answer, and holds none."`

	Meilisearch PodSize `row:"Meilisearch pod (CPU, memory)" why:"There is one: its volume is in one zone. It serves authors only, and its memory is a cache of its index."`
	SearchGiB   int     `row:"Meilisearch volume, GiB" key:"openedx:overrides.meilisearch.volumeGiB" why:"The index of all courses' texts, twice while it is built anew. It can be made again from the courses."`

	UWSGIWorkers   int `row:"uWSGI processes in an LMS or CMS pod" why:"Fewer, larger pods where there are many: what every pod takes once is shared by more processes."`
	CeleryChildren int `row:"Celery processes in a worker" why:"Without a number Celery starts one for each core of the node, whatever memory the pod has."`
	DumpGiB        int `row:"Volume for a nightly dump, GiB" why:"A dump is whole before it is uploaded. Course assets in MongoDB are most of it; the volume lives as long as the pod."`
}

// The pods of an instance in each preset.
var (
	smallPods = PodSizing{
		LMSMin: 2, LMSMax: 10, LMS: PodSize{500, 2048, 3072},
		CMSMin: 2, CMSMax: 3, CMS: PodSize{500, 2048, 3072},
		LMSWorkerMin: 1, LMSWorkerMax: 3, LMSWorker: PodSize{500, 1536, 3072},
		CMSWorkerMin: 1, CMSWorkerMax: 2, CMSWorker: PodSize{500, 1536, 3072},
		MFEMin: 2, MFEMax: 3, MFE: PodSize{50, 64, 256},
		CaddyMin: 2, CaddyMax: 4, Caddy: PodSize{100, 128, 512},
		Meilisearch: PodSize{500, 1024, 2048}, SearchGiB: 10,
		UWSGIWorkers: 2, CeleryChildren: 2, DumpGiB: 20,
	}
	mediumPods = PodSizing{
		LMSMin: 4, LMSMax: 100, LMS: PodSize{500, 2048, 3072},
		CMSMin: 2, CMSMax: 8, CMS: PodSize{500, 2048, 3072},
		LMSWorkerMin: 2, LMSWorkerMax: 12, LMSWorker: PodSize{500, 1536, 3072},
		CMSWorkerMin: 2, CMSWorkerMax: 6, CMSWorker: PodSize{500, 1536, 3072},
		MFEMin: 2, MFEMax: 4, MFE: PodSize{50, 64, 256},
		CaddyMin: 2, CaddyMax: 8, Caddy: PodSize{100, 128, 512},
		Meilisearch: PodSize{1000, 4096, 6144}, SearchGiB: 50,
		UWSGIWorkers: 2, CeleryChildren: 2, DumpGiB: 100,
	}
	largePods = PodSizing{
		LMSMin: 8, LMSMax: 250, LMS: PodSize{1500, 4096, 6144},
		CMSMin: 3, CMSMax: 16, CMS: PodSize{1500, 4096, 6144},
		LMSWorkerMin: 3, LMSWorkerMax: 40, LMSWorker: PodSize{1000, 3072, 6144},
		CMSWorkerMin: 2, CMSWorkerMax: 16, CMSWorker: PodSize{1000, 3072, 6144},
		MFEMin: 3, MFEMax: 8, MFE: PodSize{100, 128, 256},
		CaddyMin: 3, CaddyMax: 24, Caddy: PodSize{250, 256, 1024},
		Meilisearch: PodSize{2000, 8192, 12288}, SearchGiB: 100,
		UWSGIWorkers: 4, CeleryChildren: 4, DumpGiB: 250,
	}
)
