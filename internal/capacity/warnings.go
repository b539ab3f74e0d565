package capacity

import (
	"fmt"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"example.org/openedx/internal/config"
	"example.org/openedx/internal/plan"
)

// apart is the way out where no preset and no setting is one.
const apart = "have another stack for some of them"

// Warnings says where a plan cannot carry the learners that its instances expect, and
// which settings would mend it: first of the platform, then of single instances.
// Without anybody who expects learners there is nothing to say.
func Warnings(p plan.Plan) []string {
	report := Of(p)
	if report.Learners == 0 {
		return nil
	}
	shared, own := []Resource{}, map[string][]Resource{}
	for _, short := range report.Short() {
		if short.Instance == "" {
			shared = append(shared, short)
		} else {
			own[short.Instance] = append(own[short.Instance], short)
		}
	}
	var warnings []string
	if report.Learners > p.Learners || len(shared) > 0 {
		warnings = append(warnings, platformWarning(p, report, shared))
	}
	for _, instance := range p.Instances {
		if short := own[instance.Slug]; len(short) > 0 {
			warnings = append(warnings, instanceWarning(instance, short))
		}
	}
	return warnings
}

// platformWarning is about all instances together.
func platformWarning(p plan.Plan, report Report, short []Resource) string {
	mends, hopeless := mendsOf(short)
	text := expectation(p.Instances, report.Learners)
	if report.Learners <= p.Learners {
		return fmt.Sprintf("%s, which need %s: %s.", text, needs(short), ways(mends, hopeless))
	}
	text += fmt.Sprintf(", %s is built for %s: %s", builder(p), thousands(p.Learners), advice(p.Preset, report.Learners))
	if len(hopeless) == 0 {
		text += ", or raise " + list(append([]string{fmt.Sprintf("%s to %d", plan.KeyLearners, report.Learners)}, mends...))
	}
	if len(short) > 0 {
		text += ", because they need " + needs(short)
	}
	return text + "."
}

// builder is who promised to carry so many learners: the preset, or the operator.
func builder(p plan.Plan) string {
	sizing, _ := plan.SizingOf(p.Preset)
	if p.Learners != sizing.Learners.Max {
		return "by " + plan.KeyLearners + " the platform"
	}
	return string(p.Preset)
}

// advice is the way out that needs no counting: another preset, or another stack.
func advice(preset config.Preset, learners int) string {
	if sizing, _ := plan.SizingOf(preset); learners <= sizing.Learners.Max {
		return "leave " + plan.KeyLearners + " out"
	}
	better, found := presetFor(learners)
	if !found {
		return apart
	}
	return "take " + string(better)
}

// expectation is who expects how many learners, and who says nothing.
func expectation(instances []plan.Instance, learners int) string {
	var say []string
	for _, instance := range instances {
		if instance.Learners > 0 {
			say = append(say, instance.Slug)
		}
	}
	who := fmt.Sprintf("these %d instances expect", len(say))
	if len(say) == 1 {
		who = fmt.Sprintf("instance %s expects", say[0])
	}
	text := fmt.Sprintf("%s %s concurrent learners", who, thousands(learners))
	if silent := len(instances) - len(say); silent > 0 {
		text += fmt.Sprintf(" (and %d of %d do not say how many)", silent, len(instances))
	}
	return text
}

// instanceWarning is about one instance, whose own pods are too few.
func instanceWarning(instance plan.Instance, short []Resource) string {
	mends, hopeless := mendsOf(short)
	mend := ways(mends, hopeless)
	if weight := weightFor(short); weight > 0 {
		mend = fmt.Sprintf("raise %s to %d", plan.KeyWeight(instance.Slug), weight)
		if len(hopeless) == 0 {
			mend += ", or " + list(mends)
		}
	}
	return fmt.Sprintf("instance %s expects %s concurrent learners, which need %s: %s.",
		instance.Slug, thousands(instance.Learners), needs(short), mend)
}

// weightFor is the weight of their instance that mends all shortages, or 0.
func weightFor(short []Resource) int {
	weight := 0
	for _, r := range short {
		if r.Weight == 0 {
			return 0
		}
		weight = max(weight, r.Weight)
	}
	return weight
}

// needs lists what there is too little of.
func needs(short []Resource) string {
	all := make([]string, len(short))
	for i, r := range short {
		all[i] = fmt.Sprintf("%s %s (the most is %s)", thousands(r.Needs), r.Name, thousands(r.Has))
	}
	return list(all)
}

// mendsOf lists which settings mend shortages, and those that none can mend.
func mendsOf(short []Resource) (mends, hopeless []string) {
	for _, r := range short {
		if r.Mend.Key == "" {
			hopeless = append(hopeless, r.Name)
		} else {
			mends = append(mends, r.Mend.String())
		}
	}
	return mends, hopeless
}

// ways says what to do about shortages.
func ways(mends, hopeless []string) string {
	if len(hopeless) > 0 {
		return apart + ", because no setting gives enough " + list(hopeless)
	}
	return "raise " + list(mends)
}

// list is an enumeration as it is read.
func list(all []string) string {
	last := len(all) - 1
	if last < 1 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:last], ", ") + " and " + all[last]
}

// thousands is a number as it is read.
func thousands(number int) string { return message.NewPrinter(language.English).Sprintf("%d", number) }
