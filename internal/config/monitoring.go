package config

// Monitoring is what was written about metrics and logs.
type Monitoring struct {
	RetentionDays *int `key:"retentionDays" example:"30" doc:"How many days Prometheus keeps metrics, fewer where its volume is full before."`
	VolumeGiB     *int `key:"volumeGiB" example:"200" doc:"The volume of each Prometheus in GiB. One that is there already is made larger by hand, see operations.md, and never smaller."`
	LogDays       *int `key:"logDays" example:"30" doc:"How many days the logs of containers are kept. Tracking logs are not among them: they have a bucket, and are never deleted."`
}
