package cluster

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/discovery/cached/memory"
	clientscheme "k8s.io/client-go/kubernetes/scheme"
)

// Manager is the owner of the fields that Apply sets.
const Manager = "openedx-tests"

// scheme knows the kinds of objects that are given as Go types.
var scheme = func() *runtime.Scheme {
	s := runtime.NewScheme()
	utilruntime.Must(clientscheme.AddToScheme(s))
	utilruntime.Must(apiextensionsv1.AddToScheme(s))
	return s
}()

// order is what has to be there before the rest is accepted. A custom resource needs
// its definition, everything its namespace, and pods their priority class.
var order = []string{"CustomResourceDefinition", "Namespace", "PriorityClass", "StorageClass", "ServiceAccount"}

// Apply sends objects to the API server as Pulumi does, server-side, and strictly:
// a field that the server does not know is an error. What others need goes first.
func (c *Cluster) Apply(ctx context.Context, objects ...runtime.Object) error {
	return c.ApplyTo(ctx, metav1.NamespaceDefault, objects...)
}

// ApplyTo applies objects as Helm does: what has to be in a namespace and names none goes to this one.
func (c *Cluster) ApplyTo(ctx context.Context, namespace string, objects ...runtime.Object) error {
	return c.send(ctx, namespace, nil, objects)
}

// Check is ApplyTo for what must not come into effect: the server does everything but keep it.
func (c *Cluster) Check(ctx context.Context, namespace string, objects ...runtime.Object) error {
	return c.send(ctx, namespace, []string{metav1.DryRunAll}, objects)
}

func (c *Cluster) send(ctx context.Context, namespace string, dryRun []string, objects []runtime.Object) error {
	all := make([]*unstructured.Unstructured, 0, len(objects))
	for _, object := range objects {
		plain, err := Plain(object)
		if err != nil {
			return err
		}
		all = append(all, plain)
	}
	slices.SortStableFunc(all, func(a, b *unstructured.Unstructured) int { return cmp.Compare(rank(a), rank(b)) })
	for _, object := range all {
		if err := c.apply(ctx, namespace, dryRun, object); err != nil {
			return fmt.Errorf("apply %s %s: %w", object.GetKind(), name(object), err)
		}
	}
	return nil
}

func rank(object *unstructured.Unstructured) int {
	if i := slices.Index(order, object.GetKind()); i >= 0 {
		return i
	}
	return len(order)
}

func name(object *unstructured.Unstructured) string {
	return (types.NamespacedName{Namespace: object.GetNamespace(), Name: object.GetName()}).String()
}

func (c *Cluster) apply(ctx context.Context, namespace string, dryRun []string, object *unstructured.Unstructured) error {
	mapping, err := c.mapping(ctx, object)
	if err != nil {
		return err
	}
	text, err := json.Marshal(object)
	if err != nil {
		return err
	}
	force := true
	options := metav1.PatchOptions{FieldManager: Manager, Force: &force, FieldValidation: metav1.FieldValidationStrict, DryRun: dryRun}
	resources := c.Dynamic.Resource(mapping.Resource)
	if mapping.Scope.Name() == meta.RESTScopeNameNamespace {
		_, err = resources.Namespace(cmp.Or(object.GetNamespace(), namespace)).Patch(ctx, object.GetName(), types.ApplyPatchType, text, options)
	} else {
		_, err = resources.Patch(ctx, object.GetName(), types.ApplyPatchType, text, options)
	}
	return err
}

// mapping finds the resource of an object's kind. The server serves a kind some
// moments after it has accepted the definition.
func (c *Cluster) mapping(ctx context.Context, object *unstructured.Unstructured) (mapping *meta.RESTMapping, err error) {
	kind := object.GroupVersionKind()
	limited, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	waited := wait.PollUntilContextCancel(limited, 100*time.Millisecond, true, func(context.Context) (bool, error) {
		if mapping, err = c.mapper.RESTMapping(kind.GroupKind(), kind.Version); meta.IsNoMatchError(err) {
			c.mapper.Reset()
			return false, nil
		}
		return err == nil, err
	})
	if waited != nil {
		return nil, errors.Join(waited, err)
	}
	return mapping, nil
}

func newDiscovery(client discovery.DiscoveryInterface) discovery.CachedDiscoveryInterface {
	return memory.NewMemCacheClient(client)
}

// Plain makes maps of an object that is a Go type, without the status, which is the server's to say.
func Plain(object runtime.Object) (*unstructured.Unstructured, error) {
	if plain, ok := object.(*unstructured.Unstructured); ok {
		return plain, nil
	}
	kinds, _, err := scheme.ObjectKinds(object)
	if err != nil {
		return nil, fmt.Errorf("kind of %T: %w", object, err)
	}
	content, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return nil, fmt.Errorf("convert %T: %w", object, err)
	}
	delete(content, "status")
	plain := &unstructured.Unstructured{Object: content}
	plain.SetGroupVersionKind(kinds[0])
	return plain, nil
}

// Parse reads the objects of a text in YAML or JSON, however many documents it has; lists are taken apart.
func Parse(text []byte) ([]runtime.Object, error) {
	var objects []runtime.Object
	decoder := yaml.NewYAMLOrJSONDecoder(bytes.NewReader(text), len(text)+1)
	for {
		object := &unstructured.Unstructured{}
		err := decoder.Decode(&object.Object)
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, fmt.Errorf("document %d: %w", len(objects)+1, err)
		}
		if len(object.Object) == 0 {
			continue
		}
		if !object.IsList() {
			objects = append(objects, object)
			continue
		}
		err = object.EachListItem(func(item runtime.Object) error {
			objects = append(objects, item)
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("document %d: %w", len(objects)+1, err)
		}
	}
}
