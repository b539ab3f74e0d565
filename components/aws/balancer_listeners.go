package aws

import (
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// httpPort is where Tutor's Caddy listens behind somebody else's TLS.
	httpPort = 80

	// listenerPolicy allows TLS 1.3 and 1.2.
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
	listenerPolicy = "ELBSecurityPolicy-TLS13-1-2-2021-06"
)

// createGroup creates the security group of the balancer. It is open to all and
// not to CloudFront alone: Studio's long requests come straight to it.
func (b *Balancer) createGroup(ctx *pulumi.Context) error {
	name := b.name + "-group"
	group, err := ec2.NewSecurityGroup(ctx, name, &ec2.SecurityGroupArgs{
		VpcId:       b.args.VPC.ToStringOutput(),
		Description: pulumi.String("The web, and Caddy behind it"),
		Tags:        b.tags(name),
	}, pulumi.Parent(b))
	if err != nil {
		return fmt.Errorf("security group: %w", err)
	}
	b.Group = group.ID().ToStringOutput()
	if err := b.openGroup(ctx, name); err != nil {
		return err
	}
	return b.reachPods(ctx, name)
}

// openGroup lets the internet in: over HTTP only to be told to come over HTTPS.
func (b *Balancer) openGroup(ctx *pulumi.Context, name string) error {
	for _, open := range []struct {
		part string
		port int
	}{{"https", httpsPort}, {"http", httpPort}} {
		_, err := vpc.NewSecurityGroupIngressRule(ctx, name+"-"+open.part, &vpc.SecurityGroupIngressRuleArgs{
			SecurityGroupId: b.Group,
			Description:     pulumi.String("From everywhere"),
			CidrIpv4:        pulumi.String(everywhere),
			IpProtocol:      pulumi.String("tcp"),
			FromPort:        pulumi.Int(open.port),
			ToPort:          pulumi.Int(open.port),
			Tags:            b.tags(name + "-" + open.part),
		}, pulumi.Parent(b))
		if err != nil {
			return fmt.Errorf("rule %q: %w", open.part, err)
		}
	}
	return nil
}

// reachPods lets the balancer reach Caddy in the pods, and nothing else.
func (b *Balancer) reachPods(ctx *pulumi.Context, name string) error {
	_, err := vpc.NewSecurityGroupEgressRule(ctx, name+"-pods", &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId:           b.Group,
		ReferencedSecurityGroupId: b.args.NodeGroup.ToStringOutput(),
		Description:               pulumi.String("To Caddy"),
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(httpPort),
		ToPort:                    pulumi.Int(httpPort),
		Tags:                      b.tags(name + "-pods"),
	}, pulumi.Parent(b))
	if err != nil {
		return fmt.Errorf("rule to pods: %w", err)
	}
	_, err = vpc.NewSecurityGroupIngressRule(ctx, b.name+"-nodes", &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId:           b.args.NodeGroup.ToStringOutput(),
		ReferencedSecurityGroupId: b.Group,
		Description:               pulumi.String("From the load balancer to Caddy"),
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(httpPort),
		ToPort:                    pulumi.Int(httpPort),
		Tags:                      b.tags(b.name + "-nodes"),
	}, pulumi.Parent(b))
	if err != nil {
		return fmt.Errorf("rule of nodes: %w", err)
	}
	return nil
}

// createListeners answers on both ports of the web. Only HTTPS is ever passed on,
// so that Caddy is always told that the request was HTTPS: otherwise Open edX
// would send the browser round in circles.
func (b *Balancer) createListeners(ctx *pulumi.Context) error {
	var ready []pulumi.Resource
	for _, listener := range b.listeners() {
		name := b.name + "-" + listener.part
		listener.args.LoadBalancerArn, listener.args.Tags = b.ARN, b.tags(name)
		made, err := lb.NewListener(ctx, name, listener.args, pulumi.Parent(b))
		if err != nil {
			return fmt.Errorf("listener %q: %w", listener.part, err)
		}
		ready = append(ready, made)
		if listener.sites {
			b.listener = made.Arn
		}
	}
	b.Host = after(ctx, b.balancer.DnsName, ready...)
	return nil
}

// balancerListener is a listener, and whether sites add their rules to it.
type balancerListener struct {
	part  string
	args  *lb.ListenerArgs
	sites bool
}

func (b *Balancer) listeners() []balancerListener {
	secure := &lb.ListenerArgs{
		Port: pulumi.Int(httpsPort), Protocol: pulumi.String("HTTPS"),
		SslPolicy: pulumi.String(listenerPolicy), CertificateArn: b.args.Certificate.ToStringOutput(),
		// Caddy answers 200 to hosts that it does not know, and CloudFront's hosts are
		// not for those who come past CloudFront: both end here.
		DefaultActions: lb.ListenerDefaultActionArray{lb.ListenerDefaultActionArgs{
			Type: pulumi.String("fixed-response"),
			FixedResponse: lb.ListenerDefaultActionFixedResponseArgs{
				ContentType: pulumi.String("text/plain"), MessageBody: pulumi.String("Not found"), StatusCode: pulumi.String("404"),
			},
		}},
	}
	plain := &lb.ListenerArgs{
		Port: pulumi.Int(httpPort), Protocol: pulumi.String("HTTP"),
		DefaultActions: lb.ListenerDefaultActionArray{lb.ListenerDefaultActionArgs{
			Type: pulumi.String("redirect"),
			Redirect: lb.ListenerDefaultActionRedirectArgs{
				Protocol: pulumi.String("HTTPS"), Port: pulumi.String(strconv.Itoa(httpsPort)), StatusCode: pulumi.String("HTTP_301"),
			},
		}},
	}
	return []balancerListener{{"https", secure, true}, {"http", plain, false}}
}
