package simulation

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"example.org/openedx/internal/schedule"
)

// Made is one line of the log that the offline cloud keeps in scaled time: what was
// made, and from when to when.
type Made struct {
	URN   string    `json:"urn"`
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// Measured looks at a deployment that was really run, so many times faster than a
// cloud would be. Whatever the engine and the program took themselves is in it, as
// many times longer.
func Measured(state []Resource, log []byte, scale float64, hands int) (*Report, error) {
	tasks, unknown, err := Deployment(state)
	if err != nil {
		return nil, err
	}
	spans, err := readLog(log, scale)
	if err != nil {
		return nil, err
	}
	named := tasksByName(tasks)
	for _, task := range tasks {
		fill(task.Name, named, spans)
	}
	return report(state, tasks, spans, hands, unknown)
}

func tasksByName(tasks []schedule.Task) map[string]schedule.Task {
	named := make(map[string]schedule.Task, len(tasks))
	for _, task := range tasks {
		named[task.Name] = task
	}
	return named
}

// readLog turns the log into seconds of the simulated time from the first line's start.
func readLog(log []byte, scale float64) (schedule.Plan, error) {
	var all []Made
	lines := bufio.NewScanner(bytes.NewReader(log))
	for lines.Scan() {
		var made Made
		if err := json.Unmarshal(lines.Bytes(), &made); err != nil {
			return nil, fmt.Errorf("log of the offline cloud: %w", err)
		}
		all = append(all, made)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("the log of the offline cloud is empty")
	}
	began := all[0].Start
	for _, made := range all {
		if made.Start.Before(began) {
			began = made.Start
		}
	}
	spans := schedule.Plan{}
	for _, made := range all {
		spans[made.URN] = schedule.Span{Start: made.Start.Sub(began).Seconds() * scale, End: made.End.Sub(began).Seconds() * scale}
	}
	return spans, lines.Err()
}

// fill gives what no cloud makes, such as a component, the time at which the last of
// what it waits for was there.
func fill(name string, tasks map[string]schedule.Task, spans schedule.Plan) schedule.Span {
	if span, there := spans[name]; there {
		return span
	}
	var at float64
	for _, other := range tasks[name].Waits {
		at = max(at, fill(other, tasks, spans).End)
	}
	spans[name] = schedule.Span{Start: at, End: at}
	return spans[name]
}
