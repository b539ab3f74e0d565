// Package k8s holds what runs in the cluster, whichever cloud it is in. It may
// import the Kubernetes SDK, the contracts in platform and the pure packages
// under internal; it knows no cloud, no preset and no settings.
package k8s

import (
	"errors"

	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/tags"
)

// errNoProvider is for a component that would reach whatever cluster the
// operator's own kubeconfig names.
var errNoProvider = errors.New("no Kubernetes provider")

// within is the metadata of an object that Kubernetes need not know by a certain
// name: Pulumi chooses one, so that a successor can be there before it goes.
func within(namespace pulumi.StringInput, labels pulumi.StringMap) *metav1.ObjectMetaArgs {
	return &metav1.ObjectMetaArgs{Namespace: namespace.ToStringOutput(), Labels: labels}
}

// labels say what an object is part of. The keys are the platform's own: Tutor
// deletes by those of app.kubernetes.io.
func labels(component string) pulumi.StringMap {
	return pulumi.StringMap{tags.Component: pulumi.String(component)}
}
