// Package load knows what concurrent learners ask of a platform: how many requests,
// tasks and megabytes each of them stands for. Nothing in it is about a preset or a
// machine. It imports the standard library only.
package load

// Assumptions is every constant of the capacity model. The tags are the source of the
// table in docs/sizing.md: key is the name by which openedx:capacity and
// `make capacity ASSUME=…` change it, doc says what it is, unit what it is counted in,
// source where the default is from, most the largest value that makes sense.
//
// An estimate is called one. Open edX publishes no capacity figures; what is public of
// load tests is named where it was of use.
type Assumptions struct {
	RequestsPerLearner float64 `key:"requestsPerLearner" default:"0.2" unit:"requests a second" doc:"What a concurrent learner asks of LMS, files not counted." source:"Estimate: twice of what edX measured with its own mix of pages in 2016 (600 learners made 3,000 requests a minute, 1,250 made 6,600: https://openedx.atlassian.net/wiki/spaces/AC/pages/54362685/Subsection+Gating+Load+Testing), because a page of today's frontends makes several requests where there was one."`
	RequestsPerProcess float64 `key:"requestsPerProcess" default:"2" unit:"requests a second" doc:"What a uWSGI process of LMS answers and still keeps learners from waiting for one." source:"Estimate: about 350 ms each, seven tenths of the time. In the same test half of the pages of a course took 670 ms or less, and they are the slowest of the frequent requests."`
	CPUPerRequest      float64 `key:"cpuPerRequest" default:"80" unit:"ms" doc:"The processor time of one request; autoscaling goes by it." source:"Estimate: a process waits for a store most of the time. Compare with Prometheus: container_cpu_usage_seconds_total of LMS by requests."`
	FilesPerRequest    float64 `key:"filesPerRequest" default:"0.2" unit:"files" doc:"Files that CloudFront does not have yet and that come through Caddy, for each request." source:"Estimate: a page is about twenty files, of which CloudFront answers nine in ten once one learner has had them."`
	RequestsPerCaddy   float64 `key:"requestsPerCaddy" default:"250" unit:"requests a second" doc:"What a pod of Caddy passes on." source:"Estimate, a careful one: with a tenth of a core and compression."`
	FilesPerMFE        float64 `key:"filesPerMFE" default:"250" unit:"files a second" doc:"What a pod of the micro-frontends hands out." source:"Estimate, as for Caddy."`

	TasksPerRequest float64 `key:"tasksPerRequest" default:"0.1" unit:"tasks" doc:"Celery tasks that a request to LMS leads to." source:"Estimate: an answer to a problem leads to a few (grades, completion); a fifth of edX's requests were to blocks of a course, most of them no answers: https://github.com/edx/edx-load-tests/blob/master/loadtests/lms/locustfile.py."`
	SecondsPerTask  float64 `key:"secondsPerTask" default:"0.5" unit:"seconds" doc:"How long such a task keeps a Celery process." source:"Estimate. Reports and bulk mail take much longer and may wait."`

	AuthorsPerLearner        float64 `key:"authorsPerLearner" default:"0.01" unit:"authors" doc:"Authors who are at work in Studio, for each concurrent learner." source:"Estimate: one for a hundred learners."`
	RequestsPerAuthor        float64 `key:"requestsPerAuthor" default:"0.3" unit:"requests a second" doc:"What an author asks of CMS." source:"Estimate: half as much again as a learner."`
	RequestsPerStudioProcess float64 `key:"requestsPerStudioProcess" default:"1" unit:"requests a second" doc:"What a uWSGI process of CMS answers." source:"Estimate: half of one of LMS, because imports and exports take minutes."`
	TasksPerAuthor           float64 `key:"tasksPerAuthor" default:"0.05" unit:"tasks a second" doc:"Celery tasks that an author's work leads to." source:"Estimate: one change in six is published, which leads to some."`
	SecondsPerStudioTask     float64 `key:"secondsPerStudioTask" default:"5" unit:"seconds" doc:"How long such a task keeps a Celery process." source:"Estimate: a whole course is read and indexed."`

	Packing float64 `key:"packing" default:"0.9" most:"1" unit:"share" doc:"How much of a node's room pods fill: what is left is smaller than the next pod." source:"Follows from the sizes: six LMS pods of 2 GiB in the 13 GiB of an m6i.xlarge are 0.92 of it."`
	Surge   float64 `key:"surge" default:"0.25" most:"1" unit:"share" doc:"Pods that there are more of while a new release is rolled out, each with its connections." source:"Kubernetes' maxSurge: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#max-surge."`

	ConnectionsPerProcess float64 `key:"connectionsPerProcess" default:"1" unit:"connections" doc:"Connections to MySQL that a process of uWSGI or Celery holds." source:"Django opens one for each thread that is at a request, and these have one thread: https://docs.djangoproject.com/en/4.2/ref/databases/#connection-management."`
	ConnectionsBeside     float64 `key:"connectionsBeside" default:"20" unit:"connections" doc:"Connections of dumps, of Jobs and of people." source:"Estimate."`

	RedisConnections float64 `key:"redisConnections" default:"3" unit:"connections" doc:"Connections to Redis of a process of uWSGI or Celery: cache, queue and results." source:"Estimate: one pool for each, of which one connection is in use at a time."`
	RedisClients     float64 `key:"redisClients" default:"65000" unit:"connections" doc:"The most that a node of ElastiCache lets in." source:"https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/BestPractices.Clients.Redis.Connections.html"`
	RedisPerLearner  float64 `key:"redisPerLearner" default:"0.5" unit:"MiB" doc:"What the cache holds for each concurrent learner: the sessions of ten students, of whom one is online, and blocks rendered for that one." source:"Estimate."`
	RedisPerInstance float64 `key:"redisPerInstance" default:"200" unit:"MiB" doc:"What the cache holds of each instance's courses, and what waits in its queues." source:"Estimate."`
	RedisReserved    float64 `key:"redisReserved" default:"0.25" most:"0.9" unit:"share" doc:"Memory of a Redis machine that is kept for snapshots and failover." source:"reserved-memory-percent: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/redis-memory-management.html"`

	LearnersPerCourse float64 `key:"learnersPerCourse" default:"50" unit:"learners" doc:"Concurrent learners for each course that is open." source:"Estimate: a lecture."`
	MongoPerCourse    float64 `key:"mongoPerCourse" default:"20" unit:"MiB" doc:"What MongoDB keeps in memory of a course that is open: its structures and definitions." source:"Estimate: a structure of a large course is a few MiB, and several versions are read."`
	MongoShare        float64 `key:"mongoShare" default:"0.5" most:"1" unit:"share" doc:"How much of a machine's memory, less 1 GiB, is MongoDB's cache." source:"https://www.mongodb.com/docs/v7.0/core/wiredtiger/#memory-use"`
}

// Load is what some learners ask for, all day long if the busiest hour were all day.
type Load struct {
	// Requests are those to LMS in a second, and Files those for files beside them.
	Requests, Files float64
	// Processes and Children are of uWSGI and Celery, and those of Studio apart.
	Processes, Children             float64
	StudioProcesses, StudioChildren float64
	// CPU is that of LMS in thousandths of a core.
	CPU float64
	// RedisMiB and MongoMiB are what has to be in memory for them.
	RedisMiB, MongoMiB float64
}

// Of is the load of some learners.
func (a Assumptions) Of(learners int) Load {
	count := float64(learners)
	requests := count * a.RequestsPerLearner
	authors := count * a.AuthorsPerLearner
	return Load{
		Requests: requests, Files: requests * a.FilesPerRequest, CPU: requests * a.CPUPerRequest,
		Processes: requests / a.RequestsPerProcess, Children: requests * a.TasksPerRequest * a.SecondsPerTask,
		StudioProcesses: authors * a.RequestsPerAuthor / a.RequestsPerStudioProcess,
		StudioChildren:  authors * a.TasksPerAuthor * a.SecondsPerStudioTask,
		RedisMiB:        count * a.RedisPerLearner, MongoMiB: count / a.LearnersPerCourse * a.MongoPerCourse,
	}
}
