package provider

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/blang/semver"

	"example.org/openedx/offline/behaviour"
)

// forbidden judges by what the behaviour file says is refused.
func (e *evaluation) forbidden(deleting bool) ([]refusal, error) {
	strict := *e
	strict.strict = true
	var refusals []refusal
	for _, each := range e.kind.data.Refuse {
		if each.Deleting != deleting {
			continue
		}
		applies, err := strict.applies(each)
		if errors.Is(err, errUndecided) || err == nil && !applies {
			continue
		}
		reason, worded := e.text(each.Reason, each.Property)
		if err = errors.Join(err, worded); err != nil {
			return nil, fmt.Errorf("%s: refusal %s of %s: %w", e.kind.token, each.Code, each.Property, err)
		}
		refusals = append(refusals, refusal{each.Property, each.Code, reason})
	}
	return refusals, nil
}

func (e *evaluation) applies(r *behaviour.Refusal) (bool, error) {
	holds, err := e.all(r.If)
	if err != nil || !holds || len(r.Unless) == 0 {
		return holds, err
	}
	excused, err := e.all(r.Unless)
	return !excused, err
}

func (e *evaluation) all(conditions behaviour.Conditions) (bool, error) {
	for _, subject := range slices.Sorted(maps.Keys(conditions)) {
		holds, err := e.holds(subject, conditions[subject])
		if err != nil || !holds {
			return false, err
		}
	}
	return true, nil
}

func (e *evaluation) holds(subject string, condition behaviour.Condition) (bool, error) {
	if !strings.Contains(subject, "{") {
		return e.exists(subject, condition.Pattern)
	}
	value, err := e.text(subject, "")
	if err != nil {
		return false, err
	}
	other, err := e.text(condition.Equals+condition.In+condition.Below+condition.Ends, "")
	if err != nil {
		return false, err
	}
	switch {
	case condition.Equals != "":
		return value == other, nil
	case condition.In != "":
		return slices.Contains(strings.Split(other, ","), value), nil
	case condition.Below != "":
		return below(value, other), nil
	case condition.Ends != "":
		return strings.HasSuffix(value, other), nil
	default:
		return condition.Pattern.Matches(value), nil
	}
}

// below compares numbers and versions, such as OpenSearch_2.9 with OpenSearch_2.19;
// what is neither is below nothing.
func below(value, limit string) bool {
	number, err := semver.ParseTolerant(strings.TrimLeft(value, letters))
	if err != nil {
		return false
	}
	bound, err := semver.ParseTolerant(strings.TrimLeft(limit, letters))
	return err == nil && number.LT(bound)
}

// letters may stand before the number of a version.
const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-"

// choose gives the branch of a template that counts; there may be none.
func (e *evaluation) choose(template any) (any, error) {
	branches, ok := template.(map[string]any)
	if !ok || branches["if"] == nil {
		return template, nil
	}
	data, err := json.Marshal(branches["if"])
	if err != nil {
		return nil, err
	}
	var conditions behaviour.Conditions
	if err = json.Unmarshal(data, &conditions); err != nil {
		return nil, err
	}
	holds, err := e.all(conditions)
	if err != nil {
		return nil, err
	}
	if holds {
		return branches["then"], nil
	}
	return branches["else"], nil
}

// exists tells whether a resource has such a property.
func (e *evaluation) exists(target string, form behaviour.Pattern) (bool, error) {
	token, path := split(target)
	if e.tx == nil {
		return false, errUndecided
	}
	var unsure error
	for _, record := range e.tx.OfType(token) {
		values, _ := e.p.place(record).texts(path)
		if slices.ContainsFunc(values, form.Matches) {
			return true, nil
		}
		if record.Planned() && len(values) == 0 {
			unsure = errUndecided
		}
	}
	return false, unsure
}
