// Package tutor makes the Kubernetes objects that Tutor makes for one Open edX
// instance, without Open edX: the same names, labels, ports, requests and volumes,
// put together by kustomize as `tutor k8s` lets kubectl do it.
//
// The facts are those of Tutor's own templates,
// https://github.com/overhangio/tutor/tree/release/tutor/templates/k8s with
// ENABLE_WEB_PROXY, RUN_MYSQL, RUN_MONGODB, RUN_REDIS and RUN_SMTP false, and of
// https://github.com/overhangio/tutor-mfe for the micro-frontends.
package tutor

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/api/types"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"

	"example.org/openedx/internal/workloads"
	"example.org/openedx/tests/cluster/cluster"
)

// Instance is what Tutor knows of one Open edX instance.
type Instance struct {
	// ID is Tutor's own, a random word that it keeps; it is part of the selectors.
	ID        string
	Namespace string
	// Override is the text of the plugin's patch k8s-override: any number of
	// strategic merge patches, one document each.
	Override string
}

// Objects returns the objects as they would be sent to the cluster.
func (i Instance) Objects() ([]runtime.Object, error) {
	files := filesys.MakeFsInMemory()
	kustomization := types.Kustomization{
		TypeMeta:  types.TypeMeta{APIVersion: types.KustomizationVersion, Kind: types.KustomizationKind},
		Namespace: i.Namespace,
		Labels: []types.Label{{IncludeSelectors: true, Pairs: map[string]string{
			"app.kubernetes.io/instance":   "openedx-" + i.ID,
			workloads.PartLabel:            workloads.Part,
			"app.kubernetes.io/managed-by": "tutor",
		}}},
	}
	for name, objects := range map[string][]runtime.Object{"deployments.yml": deployments(), "services.yml": services(), "volumes.yml": volumes()} {
		text, err := documents(objects)
		if err != nil {
			return nil, err
		}
		if err = files.WriteFile(name, text); err != nil {
			return nil, err
		}
		kustomization.Resources = append(kustomization.Resources, name)
	}
	if i.Override != "" {
		if err := files.WriteFile("override.yml", []byte(i.Override)); err != nil {
			return nil, err
		}
		kustomization.Patches = []types.Patch{{Path: "override.yml"}}
	}
	text, err := yaml.Marshal(kustomization)
	if err != nil {
		return nil, err
	}
	if err = files.WriteFile("kustomization.yaml", text); err != nil {
		return nil, err
	}
	return build(files)
}

// build runs kustomize.
func build(files filesys.FileSystem) ([]runtime.Object, error) {
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(files, ".")
	if err != nil {
		return nil, fmt.Errorf("kustomize: %w", err)
	}
	text, err := resources.AsYaml()
	if err != nil {
		return nil, fmt.Errorf("kustomize: %w", err)
	}
	return cluster.Parse(text)
}

// documents writes objects one after the other.
func documents(objects []runtime.Object) ([]byte, error) {
	var text []byte
	for _, object := range objects {
		plain, err := cluster.Plain(object)
		if err != nil {
			return nil, err
		}
		document, err := yaml.Marshal(plain.Object)
		if err != nil {
			return nil, err
		}
		text = append(append(text, "---\n"...), document...)
	}
	return text, nil
}
