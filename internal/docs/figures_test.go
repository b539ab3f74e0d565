package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestOnlyTheBlocksOfAPageAreFilled(t *testing.T) {
	page := "By hand.\n<!-- figures: scale -->old<!-- end of figures --> learners, by hand."
	got, err := filled(page)
	if err != nil {
		t.Fatal(err)
	}
	scale, err := scaleFigures()
	if err != nil {
		t.Fatal(err)
	}
	if want := strings.Replace(page, "old", scale, 1); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestFiguresThatNobodyKnowsAreRefused(t *testing.T) {
	if _, err := filled("<!-- figures: weather --><!-- end of figures -->"); err == nil || !strings.Contains(err.Error(), `"weather"`) {
		t.Errorf("got %v", err)
	}
}

// byHand are the figures that the README may hold outside its blocks: examples of what
// is typed, versions of what a reader installs, which a machine of theirs has or has not, and AWS' own limits.
var byHand = regexp.MustCompile(`LEARNERS=\d+|--parallel \d+|Go 1\.26|S3|s3:|EC2|EKS|Route 53|x86|IMDSv2|allows 5 Elastic|^\d+\. `)

func TestTheReadmeHasNoFigureOfItsOwn(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := block.FindAllString(string(text), -1)
	if len(blocks) < 3 {
		t.Errorf("%d blocks of figures: the rest of this test needs some", len(blocks))
	}
	for _, line := range strings.Split(block.ReplaceAllString(string(text), ""), "\n") {
		if found := regexp.MustCompile(`\d[\d,.]*`).FindString(byHand.ReplaceAllString(line, "")); found != "" {
			t.Errorf("%s is typed by hand, and will not change with the code: %s", found, line)
		}
	}
}
