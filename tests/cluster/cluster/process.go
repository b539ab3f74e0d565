package cluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// process is one running program.
type process struct {
	name    string
	log     string
	command *exec.Cmd
	// ended is closed when the program is gone, and err then says how.
	ended chan struct{}
	err   error
	// told is set when the tests want the program to end.
	told atomic.Bool
}

// starter takes what has to run on the one thread that starts programs. The
// kernel kills a child when the thread that started it ends, not when the process
// does, and Go ends threads as it likes; this one lives as long as the tests.
var starter = sync.OnceValue(func() chan<- func() {
	jobs := make(chan func())
	go func() {
		runtime.LockOSThread()
		for job := range jobs {
			job()
		}
	}()
	return jobs
})

// collection has the programs, which are Go's, seldom look for memory to give back:
// there is enough, and a third of the few processors' time would go into that.
const collection = "GOGC=400"

// launch starts a program that ends when this one does, however that happens.
func launch(folder, name, program string, environment []string, args ...string) (*process, error) {
	log := filepath.Join(folder, name+".log")
	file, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // the folder is the tests' own
	if err != nil {
		return nil, fmt.Errorf("log of %s: %w", name, err)
	}
	command := exec.Command(program, args...) //nolint:gosec // the program is one of bin/k8s
	// Of this process's environment nothing but the path reaches the program.
	path, _ := os.LookupEnv("PATH")
	command.Dir, command.Env = folder, append([]string{"HOME=" + folder, "PATH=" + path, collection}, environment...)
	command.Stdout, command.Stderr = file, file
	// A group of its own, so that Ctrl-C reaches only the test, which stops the rest in order.
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	started := make(chan error)
	starter() <- func() { started <- command.Start() }
	if err = <-started; err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", name, err), file.Close())
	}
	p := &process{name: name, log: log, command: command, ended: make(chan struct{})}
	go func() {
		p.err = errors.Join(command.Wait(), file.Close())
		close(p.ended)
	}()
	return p, nil
}

// failure says how the program ended and what it said last, or nothing while it runs.
func (p *process) failure() error {
	select {
	case <-p.ended:
		return fmt.Errorf("%s ended (%w); the end of %s:\n%s", p.name, p.err, p.log, tail(p.log))
	default:
		return nil
	}
}

// stop asks the program to end, and makes it after so long.
func (p *process) stop(patience time.Duration) error {
	return errors.Join(p.signal(syscall.SIGTERM, patience), p.kill())
}

// kill ends the program at once, as a machine that loses its power.
func (p *process) kill() error {
	return p.signal(syscall.SIGKILL, 10*time.Second)
}

func (p *process) signal(signal syscall.Signal, patience time.Duration) error {
	p.told.Store(true)
	if p.failure() != nil {
		return nil
	}
	if err := p.command.Process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("%s to %s: %w", signal, p.name, err)
	}
	select {
	case <-p.ended:
	case <-time.After(patience):
	}
	return nil
}

// tail returns the last lines of a file, or why there are none.
func tail(name string) string {
	const most = 2000
	text, err := os.ReadFile(name) //nolint:gosec // the tests' own log
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-most):])
}
