// Package provider answers for the genuine provider plugins: it speaks their
// protocol and behaves as offline/behaviour says, on the resources that
// offline/cloud holds. It may import those, offline/schema and the Pulumi core
// SDK, but no provider SDK.
package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"

	"example.org/openedx/offline/behaviour"
	"example.org/openedx/offline/cloud"
	"example.org/openedx/offline/schema"
)

const (
	// defaultsKey lists, in the inputs, what the provider filled in; bridged
	// providers keep it there.
	defaultsKey = "__defaults"
	// kubeconfig is the setting by which clusters are told apart.
	kubeconfig = "kubeconfig"
)

// Provider stands in for one provider plugin.
type Provider struct {
	plugin.UnimplementedProvider
	pkg     string
	version semver.Version
	schemas *schema.Package
	data    *behaviour.Package
	store   *cloud.Store
	// targets are the properties, by type, that references may name.
	targets map[string][]string

	// The engine configures a provider before it asks anything else of it.
	config resource.PropertyMap
	scope  string

	pace pace

	mutex sync.Mutex
	// address is where the engine listens, if it told.
	address string
}

// New returns the stand-in for a package; dir holds the offline cloud.
func New(pkg, dir string) (*Provider, error) {
	schemas, err := schema.Load(pkg)
	if err != nil {
		return nil, err
	}
	data, err := behaviour.Load(pkg)
	if err != nil {
		return nil, err
	}
	version, err := semver.ParseTolerant(schemas.Version)
	if err != nil {
		return nil, fmt.Errorf("version of package %q: %w", pkg, err)
	}
	p := &Provider{pkg: pkg, version: version, schemas: schemas, data: data, targets: map[string][]string{}}
	if err = p.collectTargets(); err != nil {
		return nil, err
	}
	p.store, err = cloud.Open(dir, pkg, p.index)
	return p, err
}

func (p *Provider) collectTargets() error {
	tables := []map[string]*behaviour.Reference{p.data.References}
	for _, data := range p.data.Resources {
		tables = append(tables, data.References)
	}
	known := map[string]bool{}
	for _, table := range tables {
		for name, reference := range table {
			if reference == nil {
				continue
			}
			for _, target := range reference.To {
				token, path := split(target)
				if p.data.Resources[token] == nil {
					return fmt.Errorf("offline/behaviour/%s.yaml: %s refers to %s, which is no resource there", p.pkg, name, token)
				}
				if !known[target] {
					known[target] = true
					p.targets[token] = append(p.targets[token], path)
				}
			}
		}
	}
	return nil
}

// kind is a resource type with all that is known of it.
type kind struct {
	token  string
	data   *behaviour.Resource
	schema *schema.Resource
}

func (p *Provider) kind(token tokens.Type) (*kind, error) {
	known, err := p.schemas.Resource(string(token))
	if err != nil {
		return nil, err
	}
	data := p.data.Resources[string(token)]
	if data == nil {
		return nil, fmt.Errorf("no behaviour for %q: add it to offline/behaviour/%s.yaml", token, p.pkg)
	}
	return &kind{token: string(token), data: data, schema: known}, nil
}

func (k *kind) clash() string {
	if k.data.Clash == "" {
		return "AlreadyExists"
	}
	return k.data.Clash
}

// setting returns a word of the provider's configuration or a constant.
func (p *Provider) setting(name string) string {
	if value := text(p.config, name); value != "" {
		return value
	}
	return p.data.Constants[name]
}

// Handshake tells the engine what kinds of value it may send.
func (p *Provider) Handshake(
	_ context.Context, req plugin.ProviderHandshakeRequest,
) (*plugin.ProviderHandshakeResponse, error) {
	if req.EngineAddress != "" {
		if err := p.Attach(req.EngineAddress); err != nil {
			return nil, err
		}
	}
	return &plugin.ProviderHandshakeResponse{
		AcceptSecrets: true, AcceptResources: true, AcceptOutputs: true, SupportsAutonamingConfiguration: true,
	}, nil
}

// Attach tells the provider where the engine listens.
func (p *Provider) Attach(address string) error {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	p.address = address
	return nil
}

// warn shows a warning beside a resource, if there is an engine to show it.
func (p *Provider) warn(ctx context.Context, urn resource.URN, message string) (err error) {
	engine, err := p.dial()
	if err != nil || engine == nil {
		return err
	}
	defer func() { err = errors.Join(err, engine.Close()) }()
	_, err = pulumirpc.NewEngineClient(engine).Log(ctx, &pulumirpc.LogRequest{
		Severity: pulumirpc.LogSeverity_WARNING, Message: message, Urn: string(urn),
	})
	return err
}

// Close has nothing to release.
func (p *Provider) Close() error { return nil }

// SignalCancellation has nothing to stop: no operation takes long.
func (p *Provider) SignalCancellation(context.Context) error { return nil }

// GetPluginInfo gives the version of the plugin that this one stands in for.
func (p *Provider) GetPluginInfo(context.Context) (plugin.PluginInfo, error) {
	return plugin.PluginInfo{Version: &p.version}, nil
}

// GetSchema gives no more than the engine asks for: the package's name.
func (p *Provider) GetSchema(context.Context, plugin.GetSchemaRequest) (plugin.GetSchemaResponse, error) {
	data, err := json.Marshal(map[string]string{"name": p.pkg, "version": p.version.String()})
	return plugin.GetSchemaResponse{Schema: data}, err
}

// CheckConfig checks the provider's own settings.
func (p *Provider) CheckConfig(
	_ context.Context, req plugin.CheckConfigRequest,
) (plugin.CheckConfigResponse, error) {
	resp := plugin.CheckConfigResponse{Properties: req.News}
	for name, form := range p.data.Provider.Required {
		value, _, found := at(req.News, name)
		if found && (value.IsComputed() || value.IsString() && form.Matches(value.StringValue())) {
			continue
		}
		resp.Failures = append(resp.Failures, plugin.CheckFailure{
			Property: resource.PropertyKey(name),
			Reason:   fmt.Sprintf("%q is not a %s; set %s:%s", text(req.News, name), name, p.pkg, name),
		})
	}
	return resp, nil
}

// DiffConfig asks for a new provider when its resources would be elsewhere.
func (p *Provider) DiffConfig(_ context.Context, req plugin.DiffConfigRequest) (plugin.DiffResult, error) {
	detail := inputDiff(req.OldInputs, req.NewInputs)
	was, is := clusterOf(req.OldInputs), clusterOf(req.NewInputs)
	if change, ok := detail[kubeconfig]; ok && p.data.Provider.Scope == kubeconfig && was != is && is != "" {
		detail[kubeconfig] = change.ToReplace()
	}
	return diffResult(detail), nil
}

// Configure takes the provider's settings.
func (p *Provider) Configure(_ context.Context, req plugin.ConfigureRequest) (plugin.ConfigureResponse, error) {
	p.config = plain(req.Inputs)
	switch p.data.Provider.Scope {
	case "":
	case kubeconfig:
		p.scope = clusterOf(p.config)
	default:
		p.scope = text(p.config, p.data.Provider.Scope)
	}
	return plugin.ConfigureResponse{}, p.store.View(func(tx *cloud.Tx) error {
		tx.Forget()
		return nil
	})
}

// clusterOf names the cluster that a kubeconfig leads to.
func clusterOf(config resource.PropertyMap) string {
	var parsed struct {
		Clusters []struct {
			Cluster struct {
				Server string `json:"server"`
			} `json:"cluster"`
		} `json:"clusters"`
	}
	if json.Unmarshal([]byte(text(config, kubeconfig)), &parsed) != nil || len(parsed.Clusters) == 0 {
		return ""
	}
	host, _, _ := strings.Cut(strings.TrimPrefix(parsed.Clusters[0].Cluster.Server, "https://"), ".")
	return strings.ToLower(host)
}

// Invoke answers a function call.
func (p *Provider) Invoke(_ context.Context, req plugin.InvokeRequest) (plugin.InvokeResponse, error) {
	function, err := p.schemas.Function(string(req.Tok))
	if err != nil {
		return plugin.InvokeResponse{}, err
	}
	answer, ok := p.data.Functions[string(req.Tok)]
	if !ok {
		return plugin.InvokeResponse{}, fmt.Errorf("no answer for %q: add it to offline/behaviour/%s.yaml", req.Tok, p.pkg)
	}
	var failures []plugin.CheckFailure
	for _, failure := range function.Check(req.Args) {
		failures = append(failures, plugin.CheckFailure{Property: resource.PropertyKey(failure.Property), Reason: failure.Reason})
	}
	if len(failures) > 0 {
		return plugin.InvokeResponse{Failures: failures}, nil
	}
	e := &evaluation{p: p, kind: &kind{data: &behaviour.Resource{}}, urn: resource.URN(req.Tok), props: plain(req.Args)}
	result, err := e.value(map[string]any(answer), "")
	if err != nil {
		return plugin.InvokeResponse{}, fmt.Errorf("%s: %w", req.Tok, err)
	}
	return plugin.InvokeResponse{Properties: result.ObjectValue()}, nil
}
