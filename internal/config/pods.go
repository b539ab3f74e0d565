package config

// PodsOverride departs from the preset's numbers of pods.
type PodsOverride struct {
	LMS       PodsRange `key:"lms" doc:"LMS, which learners use."`
	CMS       PodsRange `key:"cms" doc:"CMS, which authors know as Studio."`
	LMSWorker PodsRange `key:"lmsWorker" doc:"The Celery workers of LMS."`
	CMSWorker PodsRange `key:"cmsWorker" doc:"The Celery workers of CMS."`
	MFE       PodsRange `key:"mfe" doc:"The micro-frontends."`
	Caddy     PodsRange `key:"caddy" doc:"Caddy, which everything comes in through."`
}

// PodsRange is between how many pods a workload is scaled.
type PodsRange struct {
	Min *int `key:"min" example:"3" doc:"The fewest pods: two at least where somebody waits for an answer, one for workers."`
	Max *int `key:"max" example:"12" doc:"The most pods."`
}
