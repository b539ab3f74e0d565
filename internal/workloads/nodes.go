package workloads

// PoolLabel says which nodes a node is one of, where it is for some pods only. It is
// also the key of the taint that keeps the others away: a pod that is to run there
// has to tolerate it, and to ask for the label.
const PoolLabel = "openedx-pool"

// The values of PoolLabel.
const (
	// SpotPool is for what may be interrupted at two minutes' notice: Celery workers
	// may go there, and prefer to.
	SpotPool = "spot"
	// CodeJailPool is for what learners write.
	CodeJailPool = "code-jail"
)

// The code jail is not Tutor's own: a plugin brings it, with a Deployment and a
// Service of this name. https://github.com/eduNEXT/tutor-contrib-codejail
const (
	CodeJailPlugin = "codejail"
	CodeJail       = "codejailservice"
	CodeJailPort   = 8550
)
