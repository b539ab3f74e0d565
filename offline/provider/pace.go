package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"example.org/openedx/offline/simulation"
)

const (
	// ScaleVariable makes the offline cloud take as long to make a resource as a real
	// one does, divided by this number.
	ScaleVariable = "OFFLINE_CLOUD_SCALE"
	// LogVariable names the file in which it then writes down what it made when.
	LogVariable = "OFFLINE_CLOUD_LOG"
)

// pace is how slow the offline cloud is: as a rule not at all.
type pace struct {
	// latency is what every creation takes.
	latency time.Duration
	// times are those of a real cloud, of which scale seconds pass in one; nil for none.
	times *simulation.Times
	scale float64
	log   string
}

// newPace reads from the environment how slow the offline cloud shall be.
func newPace() (pace, error) {
	var p pace
	var err error
	if latency, ok := os.LookupEnv(LatencyVariable); ok {
		if p.latency, err = time.ParseDuration(latency); err != nil {
			return p, fmt.Errorf("%s: %w", LatencyVariable, err)
		}
	}
	scale, ok := os.LookupEnv(ScaleVariable)
	if !ok {
		return p, nil
	}
	if p.scale, err = strconv.ParseFloat(scale, 64); err != nil || p.scale <= 0 {
		return p, fmt.Errorf("%s: %q is not a number above 0", ScaleVariable, scale)
	}
	p.log, _ = os.LookupEnv(LogVariable)
	p.times, err = simulation.LoadTimes()
	return p, err
}

// took lets the time pass that a creation takes. Several pass side by side.
func (p pace) took(ctx context.Context, urn resource.URN, props resource.PropertyMap, began time.Time) error {
	lasts := p.latency
	if p.times != nil {
		seconds, _ := p.times.Of(string(urn.Type()), func(name string) string { return text(props, name) })
		lasts += time.Duration(seconds / p.scale * float64(time.Second))
	}
	if lasts > 0 {
		select {
		case <-time.After(time.Until(began.Add(lasts))):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if p.log == "" {
		return nil
	}
	return p.note(simulation.Made{URN: string(urn), Start: began, End: time.Now()})
}

// note appends a line to the log, in one piece: several plugins write to it.
func (p pace) note(made simulation.Made) (err error) {
	line, err := json.Marshal(made)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(p.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("log of the offline cloud: %w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	_, err = file.Write(append(line, '\n'))
	return err
}
