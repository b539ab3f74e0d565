package cli

import (
	"regexp"
	"strconv"
	"testing"
	"time"
)

// How a measured deployment may differ from the computed one: it is never faster,
// but for rounding, and slower by no more than the engine and the program take. On an
// idle machine that is three seconds, and on a busy one several times as much.
const (
	simulationScale = 60
	rounding        = 0.02
	ownTime         = 15 * time.Second
)

// everything is the line with the whole time, of which there is one measured and one
// computed.
var everything = regexp.MustCompile(`\| everything \| (\d+):(\d\d) \|`)

func TestADeploymentInScaledTimeTakesAsLongAsIsComputed(t *testing.T) {
	p := newProject(t)
	output := p.must("simulate", "-stack", "small", "-scale", strconv.Itoa(simulationScale))
	lines := everything.FindAllStringSubmatch(output, -1)
	if len(lines) != 2 {
		t.Fatalf("%d times, want one measured and one computed:\n%s", len(lines), output)
	}
	measured, computed := seconds(t, lines[0]), seconds(t, lines[1])
	if measured < computed*(1-rounding) || measured > computed+ownTime.Seconds()*simulationScale {
		t.Errorf("measured are %v s and computed %v s:\n%s", measured, computed, output)
	}
	if output := p.must("list", "-stack", "small"); !regexp.MustCompile(`(?m)^ +0  in `).MatchString(output) {
		t.Errorf("the simulation left something in the stack's own cloud:\n%s", output)
	}
}

// seconds reads m:ss.
func seconds(t *testing.T, match []string) float64 {
	t.Helper()
	var parts [2]int
	for i := range parts {
		part, err := strconv.Atoi(match[i+1])
		if err != nil {
			t.Fatal(err)
		}
		parts[i] = part
	}
	return float64(60*parts[0] + parts[1])
}
