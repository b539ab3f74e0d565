package declared

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
)

// What is not plain JSON bears a mark in a state that says what it is.
const (
	mark       = "4dabf18193072939515e22adb298388d"
	secretMark = "1b47061264138c4ac30d75fd1eb44270"
)

// plainMap opens what is marked as secret, and makes whole numbers integers, as
// Kubernetes' own decoder does.
func plainMap(values map[string]any) (map[string]any, error) {
	opened, err := plain(values)
	if err != nil {
		return nil, err
	}
	all, ok := opened.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("%T where properties should be", opened)
	}
	return all, nil
}

func plain(value any) (any, error) {
	switch v := value.(type) {
	case map[string]any:
		if v[mark] == secretMark {
			return secret(v)
		}
		return plainGroup(v)
	case []any:
		opened := make([]any, len(v))
		for i, one := range v {
			var err error
			if opened[i], err = plain(one); err != nil {
				return nil, fmt.Errorf("%d: %w", i, err)
			}
		}
		return opened, nil
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < 1<<53 {
			return int64(v), nil
		}
	}
	return value, nil
}

func plainGroup(group map[string]any) (map[string]any, error) {
	opened := make(map[string]any, len(group))
	for key, one := range group {
		var err error
		if opened[key], err = plain(one); err != nil {
			return nil, fmt.Errorf("%s: %w", key, err)
		}
	}
	return opened, nil
}

// secret opens a secret, which an export holds as JSON.
func secret(marked map[string]any) (any, error) {
	text, ok := marked["plaintext"].(string)
	if !ok {
		return nil, errors.New("a secret that is not open")
	}
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return nil, fmt.Errorf("a secret: %w", err)
	}
	return plain(value)
}
