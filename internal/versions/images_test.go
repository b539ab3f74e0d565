package versions_test

import (
	"regexp"
	"testing"

	"example.org/openedx/internal/versions"
)

func TestImagesArePinnedToAPatchAndNeedNoAccountToPull(t *testing.T) {
	exact := regexp.MustCompile(`^public\.ecr\.aws/[a-z0-9/-]+:[0-9]+\.[0-9]+\.[0-9]+$`)
	for _, image := range []string{versions.AWSCLIImage, versions.MySQLImage, versions.MongoImage} {
		if !exact.MatchString(image) {
			t.Errorf("%q is not pinned to a patch, or in another registry", image)
		}
	}
}
