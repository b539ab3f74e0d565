package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

const (
	// StoreVariable tells plugins where the offline cloud is kept.
	StoreVariable = "OFFLINE_CLOUD"
	// LatencyVariable makes the offline cloud take its time to answer, once the
	// work is done, so that a run can be cut off with operations in flight.
	LatencyVariable = "OFFLINE_CLOUD_LATENCY"
)

// server adds components to what the SDK's server does for a provider.
type server struct {
	pulumirpc.ResourceProviderServer
	provider *Provider
}

// NewServer returns the protocol's side of a provider.
func NewServer(p *Provider) pulumirpc.ResourceProviderServer {
	return &server{ResourceProviderServer: plugin.NewProviderServer(p), provider: p}
}

// Construct makes the children of a remote component through the engine.
func (s *server) Construct(ctx context.Context, req *pulumirpc.ConstructRequest) (*pulumirpc.ConstructResponse, error) {
	known, err := s.provider.schemas.Resource(req.GetType())
	if err != nil {
		return nil, err
	}
	if !known.Component() {
		return nil, fmt.Errorf("%s is no component", req.GetType())
	}
	// The SDK closes the connection when the component is done.
	engine, err := s.provider.dial()
	if err != nil {
		return nil, err
	}
	return provider.Construct(ctx, req, engine, construct)
}

// Serve answers for a package on a port of its own until stop is called.
func Serve(ctx context.Context, pkg, dir, engine string) (port int, stop func() error, err error) {
	p, err := New(pkg, dir)
	if err != nil {
		return 0, nil, err
	}
	if err = p.Attach(engine); err != nil {
		return 0, nil, err
	}
	if p.pace, err = newPace(); err != nil {
		return 0, nil, err
	}
	cancel := make(chan bool)
	handle, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: cancel,
		Init: func(s *grpc.Server) error {
			pulumirpc.RegisterResourceProviderServer(s, NewServer(p))
			return nil
		},
	})
	if err != nil {
		return 0, nil, fmt.Errorf("package %q: %w", pkg, err)
	}
	return handle.Port, func() error {
		close(cancel)
		select {
		case err := <-handle.Done:
			return err
		case <-ctx.Done():
			return errors.Join(ctx.Err())
		}
	}, nil
}

// dial opens another connection to the engine.
func (p *Provider) dial() (*grpc.ClientConn, error) {
	p.mutex.Lock()
	defer p.mutex.Unlock()
	if p.address == "" {
		return nil, nil
	}
	connection, err := grpc.NewClient(p.address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		rpcutil.GrpcChannelOptions())
	if err != nil {
		return nil, fmt.Errorf("engine at %q: %w", p.address, err)
	}
	return connection, nil
}
