package provider_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/structpb"

	"example.org/openedx/offline/provider"
)

const (
	vpcType    = "aws:ec2/vpc:Vpc"
	subnetType = "aws:ec2/subnet:Subnet"
	roleType   = "aws:iam/role:Role"
	bucketType = "aws:s3/bucketV2:BucketV2"
	groupType  = "aws:ec2/securityGroup:SecurityGroup"
	ruleType   = "aws:ec2/securityGroupRule:SecurityGroupRule"
)

// props is a shorthand for the properties of a resource.
type props map[string]any

// world is a provider behind its real protocol, and an engine's memory of it.
type world struct {
	t      *testing.T
	dir    string
	client pulumirpc.ResourceProviderClient
}

func open(t *testing.T, pkg, dir string) *world { t.Helper(); return openIn(t, pkg, dir, "eu-west-1") }

// openIn gives the provider of a region, where the package has such.
func openIn(t *testing.T, pkg, dir, region string) *world {
	t.Helper()
	port, stop, err := provider.Serve(context.Background(), pkg, dir, "")
	if err != nil {
		t.Fatal(err)
	}
	connection, err := grpc.NewClient(fmt.Sprintf("127.0.0.1:%d", port), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if failed := errors.Join(connection.Close(), stop()); failed != nil {
			t.Error(failed)
		}
	})
	w := &world{t: t, dir: dir, client: pulumirpc.NewResourceProviderClient(connection)}
	config := map[string]props{
		"aws":        {"region": region},
		"kubernetes": {"kubeconfig": `{"clusters":[{"cluster":{"server":"https://ABC.example.org"}}]}`},
	}
	answer, err := w.client.Configure(context.Background(), &pulumirpc.ConfigureRequest{
		Args: w.rpc(toMap(config[pkg])), AcceptSecrets: true, AcceptResources: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	if !answer.AcceptSecrets || !answer.SupportsPreview {
		t.Error("the provider does not take secrets or previews")
	}
	return w
}

func newWorld(t *testing.T) *world { t.Helper(); return open(t, "aws", t.TempDir()) }

// rpc is how the engine sends properties.
func (w *world) rpc(p resource.PropertyMap) *structpb.Struct {
	w.t.Helper()
	marshalled, err := plugin.MarshalProperties(p, plugin.MarshalOptions{KeepSecrets: true, KeepUnknowns: true})
	if err != nil {
		w.t.Fatal(err)
	}
	return marshalled
}

func (w *world) unmarshal(p *structpb.Struct) resource.PropertyMap {
	w.t.Helper()
	unmarshalled, err := plugin.UnmarshalProperties(p, plugin.MarshalOptions{KeepSecrets: true, KeepUnknowns: true})
	if err != nil {
		w.t.Fatal(err)
	}
	return unmarshalled
}

// toMap also takes property values, such as secrets and unknowns.
func toMap(p props) resource.PropertyMap {
	result := resource.PropertyMap{}
	for key, value := range p {
		if known, ok := value.(resource.PropertyValue); ok {
			result[resource.PropertyKey(key)] = known
			continue
		}
		result[resource.PropertyKey(key)] = resource.NewPropertyValue(value)
	}
	return result
}

func (w *world) urn(token, name string) string {
	return fmt.Sprintf("urn:pulumi:dev::test::%s::%s", token, name)
}

// thing is a resource as the engine remembers it.
type thing struct {
	token, name, id string
	inputs, outputs resource.PropertyMap
}

func (s *thing) text(path string) string {
	steps, err := resource.ParsePropertyPath(path)
	if err != nil {
		return err.Error()
	}
	value, _ := steps.Get(resource.NewProperty(s.outputs))
	if !value.IsString() {
		return fmt.Sprint(value)
	}
	return value.StringValue()
}

// check returns the completed inputs and everything that is wrong with them.
func (w *world) check(token, name string, olds resource.PropertyMap, inputs props) (resource.PropertyMap, []string) {
	w.t.Helper()
	request := &pulumirpc.CheckRequest{Urn: w.urn(token, name), News: w.rpc(toMap(inputs))}
	if olds != nil {
		request.Olds = w.rpc(olds)
	}
	answer, err := w.client.Check(context.Background(), request)
	if err != nil {
		return nil, []string{err.Error()}
	}
	var failures []string
	for _, failure := range answer.Failures {
		failures = append(failures, failure.Property+": "+failure.Reason)
	}
	return w.unmarshal(answer.Inputs), failures
}

func (w *world) try(token, name string, inputs props, preview bool) (*thing, error) {
	w.t.Helper()
	checked, failures := w.check(token, name, nil, inputs)
	if len(failures) > 0 {
		return nil, fmt.Errorf("check: %s", strings.Join(failures, "; "))
	}
	return w.createChecked(token, name, checked, preview)
}

func (w *world) createChecked(token, name string, checked resource.PropertyMap, preview bool) (*thing, error) {
	w.t.Helper()
	answer, err := w.client.Create(context.Background(), &pulumirpc.CreateRequest{
		Urn: w.urn(token, name), Properties: w.rpc(checked), Preview: preview,
	})
	if err != nil {
		return nil, err
	}
	return &thing{token, name, answer.Id, checked, w.unmarshal(answer.Properties)}, nil
}

func (w *world) create(token, name string, inputs props) *thing {
	w.t.Helper()
	made, err := w.try(token, name, inputs, false)
	if err != nil {
		w.t.Fatalf("%s %s: %v", token, name, err)
	}
	return made
}

func (w *world) diff(old *thing, inputs props) (*pulumirpc.DiffResponse, resource.PropertyMap) {
	w.t.Helper()
	news, failures := w.check(old.token, old.name, old.inputs, inputs)
	if len(failures) > 0 {
		w.t.Fatalf("check: %v", failures)
	}
	answer, err := w.client.Diff(context.Background(), &pulumirpc.DiffRequest{
		Id: old.id, Urn: w.urn(old.token, old.name), Olds: w.rpc(old.outputs), OldInputs: w.rpc(old.inputs), News: w.rpc(news),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return answer, news
}

func (w *world) update(old *thing, inputs props, preview bool) (*thing, error) {
	w.t.Helper()
	_, news := w.diff(old, inputs)
	answer, err := w.client.Update(context.Background(), &pulumirpc.UpdateRequest{
		Id: old.id, Urn: w.urn(old.token, old.name), Olds: w.rpc(old.outputs), OldInputs: w.rpc(old.inputs), News: w.rpc(news),
		Preview: preview,
	})
	if err != nil {
		return nil, err
	}
	return &thing{old.token, old.name, old.id, news, w.unmarshal(answer.Properties)}, nil
}

// read refreshes a resource; it returns nil if that is gone.
func (w *world) read(old *thing) *thing {
	w.t.Helper()
	answer, err := w.client.Read(context.Background(), &pulumirpc.ReadRequest{
		Id: old.id, Urn: w.urn(old.token, old.name), Properties: w.rpc(old.outputs), Inputs: w.rpc(old.inputs),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if answer.Id == "" {
		return nil
	}
	return &thing{old.token, old.name, answer.Id, w.unmarshal(answer.Inputs), w.unmarshal(answer.Properties)}
}

func (w *world) delete(old *thing) error {
	w.t.Helper()
	_, err := w.client.Delete(context.Background(), &pulumirpc.DeleteRequest{
		Id: old.id, Urn: w.urn(old.token, old.name), Properties: w.rpc(old.outputs), OldInputs: w.rpc(old.inputs),
	})
	return err
}

// edit changes the text of a resource's file, as a person would.
func (w *world) edit(of *thing, old, changed string) {
	w.t.Helper()
	path := w.file(of)
	text, err := os.ReadFile(path)
	if err != nil {
		w.t.Fatal(err)
	}
	if !strings.Contains(string(text), old) {
		w.t.Fatalf("no %q in %s:\n%s", old, path, text)
	}
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(text), old, changed)), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) file(of *thing) string {
	w.t.Helper()
	matches, err := filepath.Glob(filepath.Join(w.dir, "*", "*", "*", of.id+".json"))
	if err != nil || len(matches) != 1 {
		w.t.Fatalf("files of %s: %v %v", of.id, matches, err)
	}
	return matches[0]
}

func (w *world) network() (vpc, subnet *thing) {
	w.t.Helper()
	vpc = w.create(vpcType, "net", props{"cidrBlock": "10.0.0.0/16"})
	return vpc, w.create(subnetType, "a", zone(vpc, "a", "10.0.0.0/24"))
}

func zone(vpc *thing, letter, block string) props {
	return props{"vpcId": vpc.id, "cidrBlock": block, "availabilityZone": "eu-west-1" + letter}
}

func with(p props, key string, value any) props {
	changed := maps.Clone(p)
	changed[key] = value
	return changed
}

// refused fails the test unless the error says all of this.
func refused(t *testing.T, err error, wanted ...string) {
	t.Helper()
	if err == nil {
		t.Fatal("was accepted")
	}
	for _, part := range wanted {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%q is not in: %v", part, err)
		}
	}
}
