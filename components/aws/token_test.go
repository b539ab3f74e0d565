package aws

import (
	"os"
	"regexp"
	"testing"
)

func TestResourcesMadeByTokenUseTheProviderThatTheSchemasAreMadeFrom(t *testing.T) {
	for _, one := range []struct{ file, pattern, version string }{
		{"../../go.mod", `pulumi-aws/sdk/v6 v(\S+)`, awsProvider},
		{"../../offline/generate/sources.yaml", `pulumi-mongodbatlas/sdk/v3\n\s+version: v(\S+)`, atlasProvider},
	} {
		text, err := os.ReadFile(one.file)
		if err != nil {
			t.Fatal(err)
		}
		if found := regexp.MustCompile(one.pattern).FindSubmatch(text); found == nil || string(found[1]) != one.version {
			t.Errorf("%s has %q, the tokens ask for %s", one.file, found, one.version)
		}
	}
}
