package engine

import (
	"context"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pulumi/pulumi/pkg/v3/resource/stack"
	"github.com/pulumi/pulumi/pkg/v3/secrets/b64"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"
)

// record is the release whose states are written instead of upgraded.
var record = flag.String("record", "", "the release, such as 0.5.0, whose states are to be recorded")

// releases holds a folder for each release of this project.
const releases = "testdata/releases"

// recorded is a stack as a release left it behind. Whatever is secret in it was
// made by the offline cloud and opens nothing.
type recorded struct {
	Settings   map[string]string     `json:"settings"`
	Deployment *apitype.DeploymentV3 `json:"deployment"`
	// Cloud are the files of the offline cloud, by their paths.
	Cloud map[string]json.RawMessage `json:"cloud"`
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

// left gives the stack that a release left behind, in a cloud as it was then.
func left(t *testing.T, path string) *world {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer func() { require.NoError(t, file.Close()) }()
	unpacked, err := zstd.NewReader(file)
	require.NoError(t, err)
	defer unpacked.Close()
	var kept recorded
	require.NoError(t, json.NewDecoder(unpacked).Decode(&kept))
	snapshot, err := stack.DeserializeDeploymentV3(context.Background(), *kept.Deployment, b64.Base64SecretsProvider)
	require.NoError(t, err)
	folder := t.TempDir()
	for name, content := range kept.Cloud {
		name = filepath.Join(folder, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o750))
		require.NoError(t, os.WriteFile(name, content, 0o600))
	}
	return worldIn(t, folder, kept.Settings, snapshot)
}
