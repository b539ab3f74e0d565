package config

// AddOns is what was written about what runs in the cluster beside Open edX. The
// metrics server, the load balancer's controller and what adds nodes have no switch:
// without them nothing is scaled, and nobody is let in.
type AddOns struct {
	KEDA            *bool `key:"keda" example:"true" doc:"Whether Celery's workers are scaled by how many tasks wait for them. Without it they are scaled by their CPU, which says little about a queue."`
	CertManager     *bool `key:"certManager" example:"true" doc:"Whether cert-manager renews the certificates inside the cluster. Those of learners' hosts are ACM's in any case."`
	ExternalSecrets *bool `key:"externalSecrets" example:"true" doc:"Whether add-ons can be given secrets from Secrets Manager. Tutor's own are not among them."`
	ExternalDNS     *bool `key:"externalDns" example:"true" doc:"Whether Services and Ingresses that you add yourself get records below openedx:domain. Those of the instances are there in any case."`
	Snapshots       *bool `key:"snapshots" example:"true" doc:"Whether a volume can be copied from within the cluster, by a VolumeSnapshot."`
	Monitoring      *bool `key:"monitoring" example:"true" doc:"Whether Prometheus, Alertmanager and Grafana watch the platform and its instances."`
	Logs            *bool `key:"logs" example:"true" doc:"Whether the logs of containers go to CloudWatch and the tracking logs to their bucket. Without it they are lost with their node."`
	CodeJail        *bool `key:"codeJail" example:"true" doc:"Whether there are nodes of their own for code that learners write. What runs there is the plugin codejail of Tutor, which each instance that wants it has to enable too: see operations.md."`
}
