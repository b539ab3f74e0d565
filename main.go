// Command openedx is a Pulumi program that builds a platform for Open edX.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/config"
	"example.org/openedx/stacks"
)

func main() {
	var source config.Source
	pulumi.Run(
		func(ctx *pulumi.Context) error { return stacks.Run(ctx, source) },
		func(info *pulumi.RunInfo) {
			source = config.Source{Stack: info.Stack, Values: info.Config, Secret: info.ConfigSecretKeys}
		},
	)
}
