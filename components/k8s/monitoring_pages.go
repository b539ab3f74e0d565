package k8s

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	corev1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/core/v1"
	metav1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/meta/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/internal/dashboards"
)

const pagesType = "openedx:k8s:Pages"

// PagesArgs is what Grafana shows of the platform.
type PagesArgs struct {
	// Provider reaches the cluster.
	Provider pulumi.ProviderResource
	// Dashboards are loaded while Grafana runs.
	Dashboards []dashboards.Dashboard
	// Sites are what the cloud's metrics call each instance, by its slug.
	Sites map[string]Site
	// Needs is what brings Grafana and the kinds that its Prometheus reads.
	Needs []pulumi.Resource
}

// Site is one instance in the metrics of a cloud's load balancer.
type Site struct {
	// Namespace is the instance's.
	Namespace string
	// Label is what the metrics call it.
	Label pulumi.StringInput
}

// Pages are the dashboards, and what leads from an instance to the cloud's metrics of
// it. Those of one instance are an object of their own.
type Pages struct {
	pulumi.ResourceState
	name string
	args *PagesArgs
}

// NewPages has Grafana show the dashboards.
func NewPages(ctx *pulumi.Context, name string, args *PagesArgs, opts ...pulumi.ResourceOption) (*Pages, error) {
	if err := args.validate(); err != nil {
		return nil, fmt.Errorf("pages %q: %w", name, err)
	}
	p := &Pages{name: name, args: args}
	if err := ctx.RegisterComponentResourceV2(pagesType, name, pulumi.Map{}, p, opts...); err != nil {
		return nil, fmt.Errorf("pages %q: %w", name, err)
	}
	for _, dashboard := range args.Dashboards {
		if err := p.createDashboard(ctx, dashboard); err != nil {
			return nil, fmt.Errorf("pages %q: %w", name, err)
		}
	}
	for _, slug := range slices.Sorted(maps.Keys(args.Sites)) {
		if err := p.createSite(ctx, slug, args.Sites[slug]); err != nil {
			return nil, fmt.Errorf("pages %q: site %q: %w", name, slug, err)
		}
	}
	if err := ctx.RegisterResourceOutputs(p, pulumi.Map{}); err != nil {
		return nil, fmt.Errorf("pages %q: %w", name, err)
	}
	return p, nil
}

func (a *PagesArgs) validate() error {
	if a.Provider == nil {
		return errNoProvider
	}
	if len(a.Dashboards) == 0 {
		return errors.New("no dashboards")
	}
	for slug, site := range a.Sites {
		if site.Namespace == "" || site.Label == nil {
			return fmt.Errorf("site %q has no namespace, or nothing that metrics call it", slug)
		}
	}
	return nil
}

// options make a child that is made through the one provider.
func (p *Pages) options() []pulumi.ResourceOption {
	return []pulumi.ResourceOption{pulumi.Parent(p), pulumi.Provider(p.args.Provider), pulumi.DependsOn(p.args.Needs)}
}

// createDashboard creates the ConfigMap that Grafana's sidecar finds by its label. Its
// name is fixed: of two with the same file the sidecar would delete the file together
// with the older one.
func (p *Pages) createDashboard(ctx *pulumi.Context, dashboard dashboards.Dashboard) error {
	text, err := dashboard.JSON()
	if err != nil {
		return err
	}
	all := labels("monitoring")
	all["grafana_dashboard"] = pulumi.String("1")
	_, err = corev1.NewConfigMap(ctx, p.name+"-"+dashboard.UID, &corev1.ConfigMapArgs{
		Metadata: &metav1.ObjectMetaArgs{
			Name: pulumi.String(dashboard.UID), Namespace: pulumi.String(MonitoringNamespace), Labels: all,
		},
		Data: pulumi.StringMap{dashboard.UID + ".json": pulumi.String(text)},
	}, p.options()...)
	if err != nil {
		return fmt.Errorf("dashboard %q: %w", dashboard.UID, err)
	}
	return nil
}

// createSite has Prometheus remember what the cloud's metrics call an instance.
func (p *Pages) createSite(ctx *pulumi.Context, slug string, site Site) error {
	object := ruleObject("openedx-site-"+slug, pulumi.Array{pulumi.Map{
		"record": pulumi.String(dashboards.SiteSeries), "expr": pulumi.String("vector(1)"),
		"labels": pulumi.Map{"namespace": pulumi.String(site.Namespace), dashboards.SiteLabel: site.Label},
	}})
	return ctx.RegisterResource("kubernetes:"+object.APIVersion+":"+object.Kind, p.name+"-site-"+slug, addOnObject(object), &registered{}, p.options()...)
}
