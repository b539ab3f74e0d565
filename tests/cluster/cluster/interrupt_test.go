package cluster_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"example.org/openedx/tests/cluster/cluster"
)

// victimVariable makes a test binary start a control plane, say where, and wait to be killed.
const victimVariable = "OPENEDX_TESTS_VICTIM"

func beVictim() int {
	c, err := cluster.New(context.Background(), cluster.Options{})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Println(c.Folder)
	select {}
}

func TestNothingOfAControlPlaneOutlivesATestThatIsKilled(t *testing.T) {
	command := exec.CommandContext(t.Context(), os.Args[0])
	command.Env = append(os.Environ(), victimVariable+"=yes")
	command.Stderr = os.Stderr
	output, err := command.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	line, err := bufio.NewReader(output).ReadString('\n')
	require.NoError(t, err)
	folder := strings.TrimSpace(line)
	require.Len(t, using(t, folder), 4, "programs of the control plane")

	require.NoError(t, command.Process.Signal(syscall.SIGKILL))
	require.ErrorContains(t, command.Wait(), "killed")
	_, err = shared.Wait(t.Context(), "all programs have ended", 10*time.Second, func(context.Context) (bool, error) {
		return len(using(t, folder)) == 0, nil
	})
	require.NoError(t, err)

	// What is left is the folder, and the next control plane takes it away.
	require.DirExists(t, filepath.Join(folder, "etcd"))
	next := cluster.Start(t, cluster.Options{})
	require.NoDirExists(t, folder)
	require.DirExists(t, next.Folder)
	require.DirExists(t, shared.Folder)
}

// using lists the processes that work in a folder.
func using(t *testing.T, folder string) []int {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	require.NoError(t, err)
	var found []int
	for _, link := range links {
		target, err := os.Readlink(link)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, os.ErrPermission) || errors.Is(err, syscall.ESRCH) {
			continue
		}
		require.NoError(t, err)
		if target == folder {
			id, err := strconv.Atoi(filepath.Base(filepath.Dir(link)))
			require.NoError(t, err)
			found = append(found, id)
		}
	}
	return found
}
