package plan

import (
	"fmt"
	"strings"
)

// nodeKeeps is what a node keeps from instances: the system's own share, and what
// runs on every node to connect, watch and log it. On an m6i.xlarge the kubelet alone
// keeps 80m and 1.5 GiB:
// https://github.com/awslabs/amazon-eks-ami/blob/main/nodeadm/internal/kubelet/config.go.
var nodeKeeps = Room{CPU: 600, Memory: 3 * 1024}

// platformTakes is what all add-ons together ask for that do not run on every node.
var platformTakes = Room{CPU: 3000, Memory: 10752}

// Room is CPU in thousandths of a core and memory in MiB.
type Room struct{ CPU, Memory int }

// Times is the same room so many times.
func (r Room) Times(count int) Room { return Room{r.CPU * count, r.Memory * count} }

// Plus is both together.
func (r Room) Plus(other Room) Room { return Room{r.CPU + other.CPU, r.Memory + other.Memory} }

// less is what is left, which may be nothing.
func (r Room) less(other Room) Room {
	return Room{max(r.CPU-other.CPU, 0), max(r.Memory-other.Memory, 0)}
}

// holds tells whether another room fits.
func (r Room) holds(other Room) bool { return r.CPU >= other.CPU && r.Memory >= other.Memory }

// String is the room as people say it.
func (r Room) String() string {
	return fmt.Sprintf("%.1f vCPU and %.1f GiB", float64(r.CPU)/1000, float64(r.Memory)/1024)
}

// NodeRoom is what a node has for the pods of instances and of the platform, where
// its machine is known.
func NodeRoom(machine string) (Room, bool) {
	has, known := machineHas(machine)
	return has.less(nodeKeeps), known
}

// PlatformRoom is what the platform's own pods ask of all nodes together.
func PlatformRoom() Room { return platformTakes }

// machineHas is what a machine of the families that nodes can be of has: one vCPU
// comes with 2 GiB in c, 8 GiB in r and 4 GiB in the others.
// https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-types.html
func machineHas(machine string) (Room, bool) {
	family, size, _ := strings.Cut(machine, ".")
	times, known := map[string]int{"large": 2, "xlarge": 4}[size], strings.Contains(" "+machineFamilies[family]+" ", " "+size+" ")
	if number := 0; times == 0 {
		if _, err := fmt.Sscanf(size, "%dxlarge", &number); err != nil {
			return Room{}, false
		}
		times = 4 * number
	}
	perCPU := 4
	switch {
	case strings.HasPrefix(family, "c"):
		perCPU = 2
	case strings.HasPrefix(family, "r"):
		perCPU = 8
	}
	return Room{1000 * times, 1024 * times * perCPU}, known
}
