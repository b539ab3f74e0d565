package plan

import (
	"slices"
	"strconv"

	"example.org/openedx/internal/config"
)

const keyAddOns = "openedx:addons"

// AddOns is what runs in the cluster beside Open edX, as decided. What every
// platform needs is not in it.
type AddOns struct {
	// Replicas is how many of each there are that can be more than one.
	Replicas        int  `json:"replicas"`
	KEDA            bool `json:"keda"`
	CertManager     bool `json:"certManager"`
	ExternalSecrets bool `json:"externalSecrets"`
	ExternalDNS     bool `json:"externalDns"`
	Snapshots       bool `json:"snapshots"`
	Monitoring      bool `json:"monitoring"`
	Logs            bool `json:"logs"`
	CodeJail        bool `json:"codeJail"`
	// Off are those of foundations that are switched off by their own keys.
	Off []string `json:"off,omitempty"`
}

// foundations are the add-ons that others than Open edX may have come to use, and
// that a smaller preset does without. Such a one stays until somebody says otherwise.
func (a AddOns) foundations() Foundations {
	all := Foundations{}
	for name, on := range map[string]bool{
		"certManager": a.CertManager, "externalSecrets": a.ExternalSecrets, "externalDns": a.ExternalDNS, "snapshots": a.Snapshots,
	} {
		all[config.Child(keyAddOns, name)] = strconv.FormatBool(on)
		if slices.Contains(a.Off, name) {
			all[config.Child(keyAddOns, name)] = switchedOff
		}
	}
	return all
}

// switchedOff is what foundations call an add-on that somebody does not want.
const switchedOff = "off"

// AddOnSizing is the part of the sizing table about add-ons.
type AddOnSizing struct {
	AddOnReplicas   int  `row:"Replicas of each add-on" why:"With one, autoscaling and certificates wait some minutes for another node when its node is lost; pods that run go on running. The load balancer's controller has two in any case: pods that nobody registers get no requests."`
	KEDA            bool `row:"Workers scaled by their queues (KEDA)" key:"openedx:addons.keda" why:"A worker that waits for MySQL uses no CPU, however long its queue is: only the queue tells that another worker is needed."`
	CertManager     bool `row:"Certificates inside the cluster (cert-manager)" key:"openedx:addons.certManager" optional:"true" why:"Webhooks then have certificates that are renewed and checked. Without it they sign their own, which does for a few nodes; learners' certificates are ACM's."`
	ExternalSecrets bool `row:"Secrets for add-ons (External Secrets)" key:"openedx:addons.externalSecrets" optional:"true" why:"Tutor's secrets do not need it. Larger sites have services of their own beside Open edX."`
	ExternalDNS     bool `row:"Records for your own services (external-dns)" key:"openedx:addons.externalDns" optional:"true" why:"It has nothing to do until somebody adds hosts of their own, which larger sites do."`
	Snapshots       bool `row:"Copies of volumes from within (snapshot controller)" key:"openedx:addons.snapshots" optional:"true" why:"Where an index of the search takes hours to build again, a copy before an upgrade is worth having."`
	Monitoring      bool `row:"Prometheus, Alertmanager and Grafana" key:"openedx:addons.monitoring" why:"CloudWatch sees machines and stores; what learners wait for is seen from within only."`
	Logs            bool `row:"Logs shipped" key:"openedx:addons.logs" why:"A pod's logs go with its node, and tracking logs are the record of what learners did."`
	CodeJail        bool `row:"Nodes for learners' code" key:"openedx:addons.codeJail" optional:"true" why:"Only courses with problems in Python that are graded by running them need it."`
}

// The add-ons of each preset.
var (
	smallAddOns  = AddOnSizing{AddOnReplicas: 1, KEDA: true, Monitoring: true, Logs: true}
	mediumAddOns = AddOnSizing{
		AddOnReplicas: 2, KEDA: true, CertManager: true, ExternalSecrets: true, ExternalDNS: true, Snapshots: true, Monitoring: true, Logs: true,
	}
	largeAddOns = AddOnSizing{
		AddOnReplicas: 2, KEDA: true, CertManager: true, ExternalSecrets: true, ExternalDNS: true, Snapshots: true, Monitoring: true, Logs: true,
	}
)

func planAddOns(written config.AddOns, sizing AddOnSizing) AddOns {
	return AddOns{
		Replicas:        sizing.AddOnReplicas,
		KEDA:            or(written.KEDA, sizing.KEDA),
		CertManager:     or(written.CertManager, sizing.CertManager),
		ExternalSecrets: or(written.ExternalSecrets, sizing.ExternalSecrets),
		ExternalDNS:     or(written.ExternalDNS, sizing.ExternalDNS),
		Snapshots:       or(written.Snapshots, sizing.Snapshots),
		Monitoring:      or(written.Monitoring, sizing.Monitoring),
		Logs:            or(written.Logs, sizing.Logs),
		CodeJail:        or(written.CodeJail, sizing.CodeJail),
		Off:             off(written),
	}
}

// off lists the add-ons of foundations that were written as false.
func off(written config.AddOns) []string {
	var names []string
	for _, one := range []struct {
		name    string
		written *bool
	}{
		{"certManager", written.CertManager},
		{"externalSecrets", written.ExternalSecrets},
		{"externalDns", written.ExternalDNS},
		{"snapshots", written.Snapshots},
	} {
		if one.written != nil && !*one.written {
			names = append(names, one.name)
		}
	}
	return names
}
