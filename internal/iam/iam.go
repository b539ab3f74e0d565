// Package iam knows which actions, resources and condition keys the AWS services
// really have, and finds what an IAM policy document says about others: a
// misspelt action grants nothing, and a misspelt condition denies everything,
// both without a word.
//
// The facts are in services/, one file a service, distilled from AWS' own Service
// Authorization Reference by ./distil. The package imports the standard library only.
package iam

import (
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"strings"
	"sync"
)

//go:embed services/*.json
var files embed.FS

// Service is what one service's actions can be.
type Service struct {
	// Actions are by name, such as PutObject.
	Actions map[string]Action `json:"actions"`
	// Resources are by the service's own word, such as bucket.
	Resources map[string]Resource `json:"resources"`
}

// Action is one action of a service.
type Action struct {
	// On are the resources it works on; without any, a statement has to be on "*".
	On []string `json:"on,omitempty"`
	// Keys are its condition keys, beside those of its resources.
	Keys []string `json:"keys,omitempty"`
}

// Resource is one kind of resource.
type Resource struct {
	// ARN has placeholders such as ${BucketName}.
	ARN string `json:"arn"`
	// Keys are its condition keys.
	Keys []string `json:"keys,omitempty"`
}

// load reads every service once.
var load = sync.OnceValues(func() (map[string]Service, error) {
	entries, err := files.ReadDir("services")
	if err != nil {
		return nil, err
	}
	services := map[string]Service{}
	for _, entry := range entries {
		text, err := files.ReadFile(path.Join("services", entry.Name()))
		if err != nil {
			return nil, err
		}
		var service Service
		if err := json.Unmarshal(text, &service); err != nil {
			return nil, fmt.Errorf("%s: %w", entry.Name(), err)
		}
		services[strings.TrimSuffix(entry.Name(), ".json")] = service
	}
	return services, nil
})
