package capacity_test

import (
	"regexp"
	"strings"
	"testing"

	"example.org/openedx/internal/capacity"
	"example.org/openedx/internal/config"
)

func TestAStacksAnswerNamesInstancesAndWhatIsShort(t *testing.T) {
	s := change(settings(config.Small, 100, 150), func(s *config.Settings) { s.Capacity = map[string]float64{"packing": 0.8} })
	for name, test := range map[string]struct {
		settings config.Settings
		known    map[string]float64
		want     []string // patterns
		never    string
	}{
		"too many": {s, nil, []string{
			`^stack small: these 2 instances expect 250 concurrent learners, small is built for 200\.\n`,
			`  LMS pods of i0 +5 +10 +50 %  `, `  LMS pods of i1 +8 +10 +80 %  `, `  nodes m6i.xlarge +6 +5 +120 %  pods of the instances ÷ 0\.8,`,
			`\nWarning: these 2 instances expect 250 concurrent learners, small is built for 200: take medium, or raise`, `packing = 0\.8 \(usually 0\.9\)`,
		}, "carries them"},
		"what is known beside wins": {s, map[string]float64{"packing": 1, "requestsPerLearner": 0.1}, []string{
			`packing = 1 \(usually 0\.9\)`, `requestsPerLearner = 0\.1 \(usually 0\.2\)`, `  LMS pods of i1 +4 +10 `,
		}, "because they need"},
		"as it is":     {settings(config.Small, 100), nil, []string{`instance i0 expects 100 concurrent learners, small is built for 200\.`, `\nIt carries them as it is\.\n`}, "Warning"},
		"nobody says":  {settings(config.Small, 0), nil, []string{`no instance says how many concurrent learners it expects`, `small is built for 200\. With the fewest pods:`}, "carries them"},
		"it was meant": {change(s, func(s *config.Settings) { s.Overrides.Learners = ptr(300) }), nil, []string{`by openedx:overrides\.learners the platform is built for 300\.`}, "take medium"},
	} {
		got := capacity.OfStack(resolve(t, test.settings), test.known)
		for _, want := range test.want {
			if !regexp.MustCompile(want).MatchString(got) {
				t.Errorf("%s: the answer lacks %q:\n%s", name, want, got)
			}
		}
		if strings.Contains(got, test.never) {
			t.Errorf("%s: the answer has %q:\n%s", name, test.never, got)
		}
	}
}
