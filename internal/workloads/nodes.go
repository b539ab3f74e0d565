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
