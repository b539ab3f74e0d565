// Command offline-cloud is both sides of the offline cloud. Called
// pulumi-resource-<package>, as the Pulumi CLI does, it is the provider plugin
// of that package. Called by its own name it runs the Pulumi CLI so that these
// plugins, and a state of their own, are used.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"example.org/openedx/offline/cloud"
	"example.org/openedx/offline/provider"
	"example.org/openedx/offline/simulation"
)

const (
	pluginPrefix = "pulumi-resource-"
	// parentCheck is how often a plugin looks whether its engine still runs.
	parentCheck = 500 * time.Millisecond
)

const usage = `usage: offline-cloud COMMAND [-stack NAME] [-account NAME] [-- ARGUMENTS FOR PULUMI]

  preview   show what up would do
  up        create or update the stack
  refresh   compare the stack's state with the offline cloud
  destroy   remove the stack
  export    print the stack's state as JSON, its secrets too
  plan      write the preview, as JSON, to build/plan-NAME.json
  output    print an output of the stack as JSON, its secrets too: -stack NAME OUTPUT
  list      count what exists in the offline cloud
  simulate  deploy the stack in a cloud of its own that is slow, in scaled time, and tell
            how long a real cloud takes: -stack NAME -scale 30 -parallel 32`

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "offline-cloud: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	if pkg, ok := strings.CutPrefix(filepath.Base(os.Args[0]), pluginPrefix); ok {
		return servePlugin(strings.TrimSuffix(pkg, ".exe"))
	}
	if len(os.Args) < 2 {
		return errors.New("no command; " + usage)
	}
	flags := flag.NewFlagSet("offline-cloud "+os.Args[1], flag.ContinueOnError)
	stack := flags.String("stack", "medium", "name of the stack: Pulumi.NAME.yaml must exist")
	speed := pace{}
	flags.Float64Var(&speed.scale, "scale", defaultScale, "how many seconds of simulate pass in one")
	flags.IntVar(&speed.parallel, "parallel", simulation.Hands, "how many resources simulate makes at a time")
	account := flags.String("account", "", "name of the account, for stacks that refer to what others have (default: one of the stack's own)")
	if err := flags.Parse(os.Args[2:]); err != nil {
		return err
	}
	d, err := newDriver(*stack, cmp.Or(*account, *stack))
	if err != nil {
		return err
	}
	if os.Args[1] == "simulate" {
		return d.simulate(speed)
	}
	return d.command(os.Args[1], flags.Args())
}

// command does what was asked for.
func (d *driver) command(command string, extra []string) error {
	switch command {
	case "preview", "up", "refresh", "destroy":
		return d.operate(command, extra)
	case "export":
		return d.printState()
	case "plan":
		return d.plan(extra)
	case "output":
		return d.output(extra)
	case "list":
		return list(d.store)
	default:
		return fmt.Errorf("unknown command %q; %s", command, usage)
	}
}

// servePlugin answers for a package until the engine that started it is gone.
func servePlugin(pkg string) error {
	dir, ok := os.LookupEnv(provider.StoreVariable)
	if !ok {
		return fmt.Errorf("%s is not set: use `offline-cloud preview`, not `pulumi preview`, with these plugins", provider.StoreVariable)
	}
	engine := ""
	if len(os.Args) > 1 && !strings.HasPrefix(os.Args[len(os.Args)-1], "-") {
		engine = os.Args[len(os.Args)-1]
	}
	parent := os.Getppid()
	port, stop, err := provider.Serve(context.Background(), pkg, dir, engine)
	if err != nil {
		return err
	}
	// The engine reads the port from the first line.
	if _, err := fmt.Println(port); err != nil {
		return err
	}
	for os.Getppid() == parent {
		time.Sleep(parentCheck)
	}
	return stop()
}

func list(dir string) error {
	records, err := cloud.List(dir)
	if err != nil {
		return err
	}
	counts := map[string]int{}
	for _, record := range records {
		counts[record.Type]++
	}
	for _, token := range slices.Sorted(maps.Keys(counts)) {
		fmt.Printf("%6d  %s\n", counts[token], token)
	}
	fmt.Printf("%6d  in %s\n", len(records), dir)
	return nil
}
