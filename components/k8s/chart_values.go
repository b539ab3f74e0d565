package k8s

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// enabled is how most charts switch a part on or off.
func enabled(on bool) pulumi.Map { return pulumi.Map{"enabled": pulumi.Bool(on)} }

// resources are what a container asks for: thousandths of a core, and MiB; and how much
// memory it may take. CPU has no limit: nothing is gained by idling.
func resources(cpu, memory, limit int) pulumi.Map {
	return pulumi.Map{
		"requests": pulumi.Map{"cpu": pulumi.String(fmt.Sprintf("%dm", cpu)), "memory": pulumi.String(fmt.Sprintf("%dMi", memory))},
		"limits":   pulumi.Map{"memory": pulumi.String(fmt.Sprintf("%dMi", limit))},
	}
}

// acrossZones puts each pod of a name into another zone. Nodes that are tainted, as
// those of a lost zone are, do not count as a zone.
func acrossZones(name string) pulumi.Array {
	return pulumi.Array{pulumi.Map{
		"maxSkew": pulumi.Int(1), "topologyKey": pulumi.String("topology.kubernetes.io/zone"),
		"whenUnsatisfiable": pulumi.String("DoNotSchedule"), "nodeTaintsPolicy": pulumi.String("Honor"),
		"labelSelector": pulumi.Map{"matchLabels": pulumi.StringMap{"app.kubernetes.io/name": pulumi.String(name)}},
	}}
}
