package versions

import (
	"slices"
	"strings"
)

// Chart is a chart of the platform's add-ons, pinned.
type Chart struct {
	// Name is the chart's own, and that of its release in the cluster.
	Name string
	// Repository is where Helm fetches it: an https:// address of a repository, or
	// an oci:// address that ends with the chart's name.
	Repository string
	Version    string
	// Module and Folder say where the same chart, at the same version, is found as
	// source through the Go module proxy: tests render it from there. Module is a
	// path and a version with @ between; it is empty where no module holds the chart.
	Module, Folder string
	// Marked is the version that the source bears where releasing the chart writes
	// another one into it; it is empty where the two are the same.
	Marked string
}

// The names of the charts.
const (
	BalancerController  = "aws-load-balancer-controller"
	CertManager         = "cert-manager"
	ExternalDNS         = "external-dns"
	ExternalSecrets     = "external-secrets"
	FluentBit           = "aws-for-fluent-bit"
	Karpenter           = "karpenter"
	KarpenterCRD        = "karpenter-crd"
	KEDA                = "keda"
	KubePrometheusStack = "kube-prometheus-stack"
	MetricsServer       = "metrics-server"
)

// The collections of charts that are several charts' source.
const (
	awsCharts        = "github.com/aws/eks-charts@v0.0.243-0.20260821194545-743f98a89b5b"
	karpenterCharts  = "github.com/aws/karpenter-provider-aws@v1.14.1"
	prometheusCharts = "github.com/prometheus-community/helm-charts@v0.0.0-20260828105119-ed5d7d9b5933"
)

// charts is the table, sorted by name.
//
// A version is the newest whose source is to be had as a module, so that what is
// deployed is what was tested. Each was read in Chart.yaml in the folder of the
// module, but for those that are marked otherwise there: cert-manager and Karpenter
// write a chart's version only as they release it, under the number of the tag. The
// source of external-dns holds some of its next version too, which needs policy to
// be set; external-secrets has the chart of a release in the tag of the next.
var charts = []Chart{
	{
		Name: FluentBit, Repository: "https://aws.github.io/eks-charts", Version: "0.2.0",
		Module: awsCharts, Folder: "stable/aws-for-fluent-bit",
	},
	{
		Name: BalancerController, Repository: "https://aws.github.io/eks-charts", Version: "3.5.0",
		Module: awsCharts, Folder: "stable/aws-load-balancer-controller",
	},
	{
		Name: CertManager, Repository: "https://charts.jetstack.io", Version: "v1.21.2",
		Module: "github.com/cert-manager/cert-manager@v1.21.2", Folder: "deploy/charts/cert-manager", Marked: "v0.0.0",
	},
	{
		Name: ExternalDNS, Repository: "https://kubernetes-sigs.github.io/external-dns", Version: "1.21.1",
		Module: "sigs.k8s.io/external-dns@v0.22.0", Folder: "charts/external-dns",
	},
	{
		Name: ExternalSecrets, Repository: "https://charts.external-secrets.io", Version: "1.3.1",
		Module: "github.com/external-secrets/external-secrets@v1.3.2", Folder: "deploy/charts/external-secrets",
	},
	{
		Name: Karpenter, Repository: "oci://public.ecr.aws/karpenter/karpenter", Version: "1.14.1",
		Module: karpenterCharts, Folder: "charts/karpenter", Marked: "1.13.0",
	},
	{
		Name: KarpenterCRD, Repository: "oci://public.ecr.aws/karpenter/karpenter-crd", Version: "1.14.1",
		Module: karpenterCharts, Folder: "charts/karpenter-crd", Marked: "1.13.0",
	},
	{
		Name: KEDA, Repository: "https://kedacore.github.io/charts", Version: "2.20.2",
		Module: "github.com/kedacore/charts@v2.20.3-0.20260903105638-fe065f4d8938+incompatible", Folder: "keda",
	},
	{
		Name: KubePrometheusStack, Repository: "https://prometheus-community.github.io/helm-charts", Version: "88.6.1",
		Module: prometheusCharts, Folder: "charts/kube-prometheus-stack",
	},
	{
		Name: MetricsServer, Repository: "https://kubernetes-sigs.github.io/metrics-server", Version: "3.13.1",
		Module: "sigs.k8s.io/metrics-server@v0.9.0", Folder: "charts/metrics-server",
	},
}

// OCI tells whether the chart is in a registry, where its address is its own, rather
// than in a repository.
func (c Chart) OCI() bool { return strings.HasPrefix(c.Repository, "oci://") }

// Charts lists the charts of all add-ons, sorted by name.
func Charts() []Chart { return slices.Clone(charts) }

// FindChart returns a chart by its name.
func FindChart(name string) (Chart, bool) {
	i := slices.IndexFunc(charts, func(c Chart) bool { return c.Name == name })
	if i < 0 {
		return Chart{}, false
	}
	return charts[i], true
}
