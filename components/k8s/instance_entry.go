package k8s

import (
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/apiextensions"
	networkingv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/networking/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/workloads"
)

// readinessGate has a pod behind a target group wait until the load balancer sends
// it traffic: otherwise an update could take the last pod that gets any.
// https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/pod_readiness_gate/
const readinessGate = "elbv2.k8s.aws/pod-readiness-gate-inject"

// createEntry brings traffic to Caddy, which knows what each host is for.
func (i *Instance) createEntry(ctx *pulumi.Context) error {
	if i.args.TargetGroup != nil {
		return i.createCustom(ctx, "targets", platform.Object{
			APIVersion: "elbv2.k8s.aws/v1beta1", Kind: "TargetGroupBinding", Name: workloads.Caddy, Body: i.args.targets(),
		}, i.args.Binder)
	}
	metadata := i.metadata(workloads.Caddy)
	metadata.Annotations = i.args.Ingress.annotations()
	_, err := networkingv1.NewIngress(ctx, i.name+"-ingress", &networkingv1.IngressArgs{
		Metadata: metadata, Spec: i.args.Ingress.spec(),
	}, i.options()...)
	if err != nil {
		return fmt.Errorf("ingress: %w", err)
	}
	return nil
}

// targets keeps the group filled with Caddy's pods. Which addresses may connect to
// them is the balancer's security group's to say.
func (a *InstanceArgs) targets() pulumi.Map {
	return pulumi.Map{"spec": pulumi.Map{
		"serviceRef":     pulumi.Map{"name": pulumi.String(workloads.Caddy), "port": pulumi.Int(portOf(workloads.Caddy)[0])},
		"targetGroupARN": a.TargetGroup.ToStringOutput(),
		"targetType":     pulumi.String("ip"),
	}}
}

// annotations are the class's, and one that keeps Pulumi from waiting for pods that
// Tutor brings only later.
func (g *Ingress) annotations() pulumi.StringMap {
	all := pulumi.ToStringMap(g.Annotations)
	all["pulumi.com/skipAwait"] = pulumi.String("true")
	return all
}

func (g *Ingress) spec() networkingv1.IngressSpecArgs {
	rules := networkingv1.IngressRuleArray{}
	for _, host := range g.Hosts {
		rules = append(rules, networkingv1.IngressRuleArgs{
			Host: pulumi.String(host),
			Http: networkingv1.HTTPIngressRuleValueArgs{Paths: networkingv1.HTTPIngressPathArray{networkingv1.HTTPIngressPathArgs{
				Path: pulumi.String("/"), PathType: pulumi.String("Prefix"),
				Backend: networkingv1.IngressBackendArgs{Service: networkingv1.IngressServiceBackendArgs{
					Name: pulumi.String(workloads.Caddy),
					Port: networkingv1.ServiceBackendPortArgs{Number: pulumi.Int(portOf(workloads.Caddy)[0])},
				}},
			}}},
		})
	}
	spec := networkingv1.IngressSpecArgs{Rules: rules}
	if g.Class != "" {
		spec.IngressClassName = pulumi.String(g.Class)
	}
	if g.TLSSecret != "" {
		spec.Tls = networkingv1.IngressTLSArray{networkingv1.IngressTLSArgs{
			Hosts: pulumi.ToStringArray(g.Hosts), SecretName: pulumi.String(g.TLSSecret),
		}}
	}
	return spec
}

// createCustom creates an object of a kind that an add-on brought, once that runs.
func (i *Instance) createCustom(ctx *pulumi.Context, part string, object platform.Object, addOn []pulumi.Resource) error {
	fields := map[string]any{}
	for name, value := range object.Body {
		fields[name] = value
	}
	_, err := apiextensions.NewCustomResource(ctx, i.name+"-"+part, &apiextensions.CustomResourceArgs{
		ApiVersion: pulumi.String(object.APIVersion), Kind: pulumi.String(object.Kind), Metadata: i.metadata(object.Name), OtherFields: fields,
	}, i.options(pulumi.DependsOn(addOn))...)
	if err != nil {
		return fmt.Errorf("%s: %w", object.Kind, err)
	}
	return nil
}
