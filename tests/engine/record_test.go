//go:build record

package engine

import (
	"context"
	"encoding/json"
	"flag"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pulumi/pulumi/pkg/v3/resource/stack"
	"github.com/stretchr/testify/require"
)

// What make record runs, when a release is made. It is no test, and built for nothing else.

// record is the release whose states are written.
var record = flag.String("record", "", "the release, such as 0.5.0, whose states are to be recorded")

func TestTheStatesOfAReleaseAreRecorded(t *testing.T) {
	for preset, set := range chosen {
		t.Run(preset, func(t *testing.T) {
			settings := texts(t, set)
			maps.Copy(settings, map[string]string{"openedx:instances": instances(t, 0, 1, 4)})
			w := newWorld(t, preset, settings)
			w.up()
			require.Empty(t, w.up(), "the state is not settled")
			w.write(filepath.Join(releases, *record, preset+".json.zst"))
		})
	}
}

// write keeps a stack in a file, which must not be there yet: what a release left
// behind does not change after it.
func (w *world) write(path string) {
	w.t.Helper()
	// Secrets are written as they are: there is no key that could be lost.
	deployment, err := stack.SerializeDeployment(context.Background(), w.snapshot, true)
	require.NoError(w.t, err)
	for i := range deployment.Resources {
		// Where the program registered it is a path of the machine that recorded.
		deployment.Resources[i].SourcePosition, deployment.Resources[i].StackTrace = "", nil
	}
	kept := recorded{Settings: w.settings, Deployment: deployment, Cloud: map[string]json.RawMessage{}}
	cloud := os.DirFS(w.folder)
	require.NoError(w.t, fs.WalkDir(cloud, ".", func(name string, entry fs.DirEntry, walking error) error {
		if walking != nil || entry.IsDir() || filepath.Ext(name) != ".json" {
			return walking
		}
		content, reading := fs.ReadFile(cloud, name)
		kept.Cloud[name] = content
		return reading
	}))
	require.NoError(w.t, os.MkdirAll(filepath.Dir(path), 0o750))
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	require.NoError(w.t, err)
	// The window spans the whole: most of what is in the cloud is in the state too.
	packed, err := zstd.NewWriter(file, zstd.WithEncoderLevel(zstd.SpeedBestCompression), zstd.WithWindowSize(8<<20))
	require.NoError(w.t, err)
	require.NoError(w.t, json.NewEncoder(packed).Encode(kept))
	require.NoError(w.t, packed.Close())
	require.NoError(w.t, file.Close())
}
