package iam

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// document is an IAM policy document as far as it is checked.
type document struct {
	Statement []statement
}

// statement is one of its statements. Lists may be written as single texts.
type statement struct {
	Sid       string
	Effect    string
	Action    texts
	Resource  texts
	Condition map[string]map[string]texts
}

// texts is a list of texts, or one text alone.
type texts []string

// UnmarshalJSON accepts both.
func (t *texts) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil {
		*t = texts{one}
		return nil
	}
	var many []string
	err := json.Unmarshal(data, &many)
	*t = many
	return err
}

// Problems tells what a policy document says that AWS does not know: actions that
// no service has, actions on resources that they never work on, and condition
// keys that no request of the action carries. It returns an error for what is no
// policy document.
func Problems(text string) ([]string, error) {
	services, err := load()
	if err != nil {
		return nil, fmt.Errorf("facts: %w", err)
	}
	var d document
	if err := json.Unmarshal([]byte(text), &d); err != nil {
		return nil, fmt.Errorf("policy document: %w", err)
	}
	if len(d.Statement) == 0 {
		return []string{"the document has no statement"}, nil
	}
	var problems []string
	for _, s := range d.Statement {
		problems = append(problems, s.problems(services)...)
	}
	return problems, nil
}

func (s statement) problems(services map[string]Service) []string {
	var problems []string
	if s.Effect != "Allow" && s.Effect != "Deny" {
		problems = append(problems, fmt.Sprintf("effect %q is neither Allow nor Deny", s.Effect))
	}
	if len(s.Action) == 0 {
		problems = append(problems, "no action")
	}
	reached := make([]bool, len(s.Resource))
	for _, action := range s.Action {
		problems = append(problems, s.about(action, services, reached)...)
	}
	for i := range reached {
		if !reached[i] {
			problems = append(problems, fmt.Sprintf("nothing of it ever works on %q", s.Resource[i]))
		}
	}
	problems = append(problems, s.misspelt()...)
	for i, problem := range problems {
		problems[i] = fmt.Sprintf("statement %q: %s", s.Sid, problem)
	}
	return problems
}

// misspelt finds operators that there are not.
func (s statement) misspelt() []string {
	var problems []string
	for operator := range s.Condition {
		if !operators[bare(operator)] {
			problems = append(problems, fmt.Sprintf("there is no condition operator %q", operator))
		}
	}
	return problems
}

// about finds what is wrong with one of the statement's actions, which may have
// wildcards, and marks the resources that it can reach. One that it never reaches
// may be there for another action of the statement.
func (s statement) about(action string, services map[string]Service, reached []bool) []string {
	prefix, name, _ := strings.Cut(action, ":")
	service, known := services[prefix]
	if !known {
		return []string{fmt.Sprintf("service %q of action %q is not among the facts: see internal/iam/distil", prefix, action)}
	}
	actions := service.matching(name)
	if len(actions) == 0 {
		return []string{fmt.Sprintf("%s has no action %q", prefix, name)}
	}
	var problems []string
	works := len(s.Resource) == 0
	for i, resource := range s.Resource {
		if service.worksOn(actions, resource) {
			works, reached[i] = true, true
		}
	}
	if !works {
		problems = append(problems, fmt.Sprintf("%s never works on %s", action, strings.Join(s.Resource, ", ")))
	}
	for _, key := range s.keys() {
		if !service.carries(actions, key) {
			problems = append(problems, fmt.Sprintf("no request of %s carries the key %q", action, key))
		}
	}
	return problems
}

// keys lists the condition keys of a statement in a fixed order.
func (s statement) keys() []string {
	all := map[string]bool{}
	for _, condition := range s.Condition {
		for key := range condition {
			all[key] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

// operators are the condition operators, without what may stand before and behind.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
var operators = map[string]bool{
	"StringEquals": true, "StringNotEquals": true, "StringEqualsIgnoreCase": true, "StringNotEqualsIgnoreCase": true,
	"StringLike": true, "StringNotLike": true, "Bool": true, "BinaryEquals": true, "IpAddress": true, "NotIpAddress": true,
	"NumericEquals": true, "NumericNotEquals": true, "NumericLessThan": true, "NumericLessThanEquals": true,
	"NumericGreaterThan": true, "NumericGreaterThanEquals": true, "DateEquals": true, "DateNotEquals": true,
	"DateLessThan": true, "DateLessThanEquals": true, "DateGreaterThan": true, "DateGreaterThanEquals": true,
	"ArnEquals": true, "ArnLike": true, "ArnNotEquals": true, "ArnNotLike": true, "Null": true,
}

// bare is an operator without ForAllValues:, ForAnyValue: and IfExists.
func bare(operator string) string {
	if _, after, found := strings.Cut(operator, ":"); found {
		operator = after
	}
	return strings.TrimSuffix(operator, "IfExists")
}

// matching lists the service's actions that a name with wildcards means.
func (s Service) matching(pattern string) []Action {
	var found []Action
	for name, action := range s.Actions {
		if meet(glob(strings.ToLower(pattern)), glob(strings.ToLower(name))) {
			found = append(found, action)
		}
	}
	return found
}

// worksOn tells whether any of the actions can be about a resource.
func (s Service) worksOn(actions []Action, resource string) bool {
	if resource == "*" {
		return true
	}
	return slices.ContainsFunc(actions, func(a Action) bool {
		return slices.ContainsFunc(a.On, func(kind string) bool {
			return meet(glob(resource), arnGlob(s.Resources[kind].ARN))
		})
	})
}

// carries tells whether a request of any of the actions can have a condition key.
func (s Service) carries(actions []Action, key string) bool {
	same := func(known string) bool {
		// Keys are the same in capitals and small letters; a placeholder is the operator's own word.
		return meet(glob(strings.ToLower(key)), arnGlob(strings.ToLower(known)))
	}
	if slices.ContainsFunc(globalKeys, same) {
		return true
	}
	return slices.ContainsFunc(actions, func(a Action) bool {
		return slices.ContainsFunc(a.Keys, same) || slices.ContainsFunc(a.On, func(kind string) bool {
			return slices.ContainsFunc(s.Resources[kind].Keys, same)
		})
	})
}
