package engine

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/pulumi/pulumi/pkg/v3/resource/stack"
	"github.com/pulumi/pulumi/pkg/v3/secrets/b64"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/require"
)

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
