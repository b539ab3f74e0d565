// Package main is the yardstick of the benchmark: a Pulumi program that registers
// as many resources of one trivial type as it is told to, and does nothing else.
// It imports the core SDK only.
package main

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func main() { pulumi.Run(run) }

func run(ctx *pulumi.Context) error {
	text, _ := ctx.GetConfig("bare:count")
	count, err := strconv.Atoi(text)
	if err != nil {
		return fmt.Errorf("bare:count %q: want a whole number: %w", text, err)
	}
	for i := range count {
		var id pulumi.CustomResourceState
		inputs := pulumi.Map{"byteLength": pulumi.Int(8)}
		if err := ctx.RegisterResource("random:index/randomId:RandomId", fmt.Sprintf("bare-%d", i), inputs, &id); err != nil {
			return fmt.Errorf("resource %d: %w", i, err)
		}
	}
	return nil
}
