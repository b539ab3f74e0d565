package behaviour

import (
	"strings"
	"testing"
)

func TestATypeIsInOneFileOnly(t *testing.T) {
	var p Package
	part := []byte("resources: {\"aws:ec2/box:Box\": {id: \"box-{hex17}\"}}")
	if err := p.add(part); err != nil || p.Resources["aws:ec2/box:Box"].ID != "box-{hex17}" {
		t.Fatalf("%v, %v", p.Resources, err)
	}
	if err := p.add(part); err == nil || !strings.Contains(err.Error(), "aws:ec2/box:Box") {
		t.Errorf("the same type again: %v", err)
	}
	if err := p.add([]byte("references: {}")); err == nil {
		t.Error("took in what belongs into the package's own file")
	}
}

func TestEveryPackageLoads(t *testing.T) {
	names, err := Names()
	if err != nil || len(names) < 8 {
		t.Fatalf("%q, %v", names, err)
	}
	for _, name := range names {
		if p, err := Load(name); err != nil || len(p.Resources) == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
}
