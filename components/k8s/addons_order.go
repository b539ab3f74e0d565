package k8s

import (
	"errors"
	"fmt"
	"slices"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/versions"
)

// validate wants add-ons that can be installed, and returns them in an order in
// which each comes after those that it needs.
func (a *AddOnsArgs) validate() ([]platform.AddOn, error) {
	if a.Provider == nil {
		return nil, errNoProvider
	}
	there := map[string]platform.AddOn{}
	for _, addOn := range a.AddOns {
		if err := validateAddOn(addOn); err != nil {
			return nil, fmt.Errorf("%s: %w", addOn.Chart, err)
		}
		if _, twice := there[addOn.Chart]; twice {
			return nil, fmt.Errorf("%s is there twice", addOn.Chart)
		}
		there[addOn.Chart] = addOn
	}
	return inOrder(a.AddOns, there)
}

func validateAddOn(addOn platform.AddOn) error {
	if _, pinned := versions.FindChart(addOn.Chart); !pinned {
		return fmt.Errorf("chart %q is not pinned", addOn.Chart)
	}
	if addOn.Namespace == "" {
		return errors.New("no namespace")
	}
	seen := map[string]bool{}
	for _, object := range addOn.Objects {
		if object.APIVersion == "" || object.Kind == "" || object.Name == "" {
			return fmt.Errorf("object %+v is of no kind or has no name", object)
		}
		// They would have one name in the program too.
		key := object.APIVersion + " " + object.Kind + " " + object.Name
		if seen[key] {
			return fmt.Errorf("%s %q is there twice", object.Kind, object.Name)
		}
		seen[key] = true
	}
	return nil
}

// inOrder puts add-ons after those that they need, and leaves them as they were
// beside that.
func inOrder(addOns []platform.AddOn, there map[string]platform.AddOn) ([]platform.AddOn, error) {
	var ordered []platform.AddOn
	done := map[string]bool{}
	var place func(addOn platform.AddOn, path []string) error
	place = func(addOn platform.AddOn, path []string) error {
		if done[addOn.Chart] {
			return nil
		}
		if slices.Contains(path, addOn.Chart) {
			return fmt.Errorf("%s waits for itself, by way of %v", addOn.Chart, path)
		}
		for _, name := range addOn.After {
			before, ok := there[name]
			if !ok {
				return fmt.Errorf("%s comes after %q, which is not there", addOn.Chart, name)
			}
			if err := place(before, append(slices.Clone(path), addOn.Chart)); err != nil {
				return err
			}
		}
		done[addOn.Chart] = true
		ordered = append(ordered, addOn)
		return nil
	}
	for _, addOn := range addOns {
		if err := place(addOn, nil); err != nil {
			return nil, err
		}
	}
	return ordered, nil
}
