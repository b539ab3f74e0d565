package k8s

import (
	"fmt"
	"strconv"
	"strings"

	autoscalingv2 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/autoscaling/v2"
	policyv1 "github.com/pulumi/pulumi-kubernetes/sdk/v4/go/kubernetes/policy/v1"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"example.org/openedx/components/platform"
	"example.org/openedx/internal/accounts"
	"example.org/openedx/internal/workloads"
)

const (
	kedaVersion = "keda.sh/v1alpha1"
	// notKEDAs lets KEDA take a workload over from an autoscaler that is about to go.
	// https://github.com/kedacore/keda/blob/main/apis/keda/v1alpha1/scaledobject_types.go
	notKEDAs = "validations.keda.sh/hpa-ownership"
	// brokerObject is what the objects are called that open the queues to KEDA.
	brokerObject = "celery-broker"

	deployments = "apps/v1"
	deployment  = "Deployment"
)

// How fast pods come and go. Learners arrive all at once when a class begins, so the
// number may double every half minute; four at least, because two doubled are few.
// They leave in ones and twos, and a break of five minutes is no reason to let pods
// go that take minutes to come back.
const (
	upSeconds, upPercent, upPods = 30, 100, 4
	downSeconds, downPercent     = 60, 25
	restSeconds                  = 300
	// workersRestSeconds is longer, because a worker that goes finishes its task first.
	workersRestSeconds = 600
)

// How many waiting tasks are worth a worker. Those of high_mem are reports of whole
// courses, which take minutes each.
const (
	tasksPerWorker = 10
	heavyPerWorker = 1
	heavyQueue     = ".high_mem"
	pollSeconds    = 15
)

// createScalers creates what adds and removes pods.
func (i *Instance) createScalers(ctx *pulumi.Context) error {
	if err := i.createQueueLogin(ctx); err != nil {
		return err
	}
	for n, workload := range workloads.All() {
		if !workload.Replicated {
			continue
		}
		create := i.createAutoscaler
		if i.args.Queues != nil && len(workload.Queues) > 0 {
			create = i.createQueueScaler
		}
		if err := create(ctx, workload, i.args.Pods[n]); err != nil {
			return fmt.Errorf("autoscaler of %q: %w", workload.Name, err)
		}
	}
	return nil
}

func (i *Instance) createAutoscaler(ctx *pulumi.Context, workload workloads.Workload, pods workloads.Pods) error {
	metadata := i.metadata(workload.Name)
	if !workload.Web() {
		metadata.Annotations = pulumi.StringMap{notKEDAs: pulumi.String("false")}
	}
	_, err := autoscalingv2.NewHorizontalPodAutoscaler(ctx, i.name+"-"+workload.Name+"-scaler", &autoscalingv2.HorizontalPodAutoscalerArgs{
		Metadata: metadata, Spec: autoscaler(workload, pods),
	}, i.options()...)
	return err
}

// autoscaler scales by CPU, of which every pod asks for some.
func autoscaler(workload workloads.Workload, pods workloads.Pods) autoscalingv2.HorizontalPodAutoscalerSpecArgs {
	return autoscalingv2.HorizontalPodAutoscalerSpecArgs{
		ScaleTargetRef: autoscalingv2.CrossVersionObjectReferenceArgs{
			ApiVersion: pulumi.String(deployments), Kind: pulumi.String(deployment), Name: pulumi.String(workload.Name),
		},
		MinReplicas: pulumi.Int(pods.Min),
		MaxReplicas: pulumi.Int(pods.Max),
		Metrics: autoscalingv2.MetricSpecArray{autoscalingv2.MetricSpecArgs{
			Type: pulumi.String("Resource"),
			Resource: autoscalingv2.ResourceMetricSourceArgs{
				Name: pulumi.String("cpu"),
				Target: autoscalingv2.MetricTargetArgs{
					Type: pulumi.String("Utilization"), AverageUtilization: pulumi.Int(workloads.Target),
				},
			},
		}},
		Behavior: autoscalingv2.HorizontalPodAutoscalerBehaviorArgs{
			ScaleUp: autoscalingv2.HPAScalingRulesArgs{
				StabilizationWindowSeconds: pulumi.Int(0), SelectPolicy: pulumi.String("Max"),
				Policies: autoscalingv2.HPAScalingPolicyArray{pace("Percent", upPercent, upSeconds), pace("Pods", upPods, upSeconds)},
			},
			ScaleDown: autoscalingv2.HPAScalingRulesArgs{
				StabilizationWindowSeconds: pulumi.Int(rest(workload)), SelectPolicy: pulumi.String("Max"),
				Policies: autoscalingv2.HPAScalingPolicyArray{pace("Percent", downPercent, downSeconds), pace("Pods", 1, downSeconds)},
			},
		},
	}
}

func pace(kind string, value, seconds int) autoscalingv2.HPAScalingPolicyArgs {
	return autoscalingv2.HPAScalingPolicyArgs{Type: pulumi.String(kind), Value: pulumi.Int(value), PeriodSeconds: pulumi.Int(seconds)}
}

func rest(workload workloads.Workload) int {
	if workload.Web() {
		return restSeconds
	}
	return workersRestSeconds
}

// createQueueLogin opens the queues to KEDA. The password is one that the
// instance's own pods have too.
//
// The Secret is registered by token: its Go type marks the whole of stringData as
// secret, known or not, for which see platform.SecretOnceKnown.
func (i *Instance) createQueueLogin(ctx *pulumi.Context) error {
	queues := i.args.Queues
	if queues == nil {
		return nil
	}
	err := ctx.RegisterResource("kubernetes:core/v1:Secret", i.name+"-broker-login", pulumi.Map{
		"apiVersion": pulumi.String("v1"), "kind": pulumi.String("Secret"), "metadata": i.metadata(brokerObject),
		"stringData": pulumi.StringMap{
			"username": pulumi.String(accounts.RedisUser), "password": platform.SecretOnceKnown(queues.Broker.Password),
		},
	}, &registered{}, i.options(pulumi.AdditionalSecretOutputs([]string{"data", "stringData"}))...)
	if err != nil {
		return fmt.Errorf("login to the queues: %w", err)
	}
	reference := func(key string) pulumi.Map {
		return pulumi.Map{"parameter": pulumi.String(key), "name": pulumi.String(brokerObject), "key": pulumi.String(key)}
	}
	return i.createCustom(ctx, "broker-authentication", platform.Object{
		APIVersion: kedaVersion, Kind: "TriggerAuthentication", Name: brokerObject,
		Body: pulumi.Map{"spec": pulumi.Map{"secretTargetRef": pulumi.Array{reference("username"), reference("password")}}},
	}, queues.Scaler)
}

func (i *Instance) createQueueScaler(ctx *pulumi.Context, workload workloads.Workload, pods workloads.Pods) error {
	return i.createCustom(ctx, workload.Name+"-scaler", platform.Object{
		APIVersion: kedaVersion, Kind: "ScaledObject", Name: workload.Name,
		Body: pulumi.Map{"spec": i.args.queueScaler(workload, pods)},
	}, i.args.Queues.Scaler)
}

// queueScaler scales by what waits in the longest queue. CPU is no part of it: KEDA
// refuses a trigger for CPU as long as the Deployment is not there, and Tutor makes
// it after this. A worker that computes without anything waiting is enough.
// https://github.com/kedacore/keda/blob/main/apis/keda/v1alpha1/scaledobject_webhook.go
func (a *InstanceArgs) queueScaler(workload workloads.Workload, pods workloads.Pods) pulumi.Map {
	triggers := pulumi.Array{}
	for _, queue := range workload.Queues {
		length := tasksPerWorker
		if strings.HasSuffix(queue, heavyQueue) {
			length = heavyPerWorker
		}
		triggers = append(triggers, pulumi.Map{
			"type": pulumi.String("redis"),
			"metadata": pulumi.StringMap{
				"address":       pulumi.Sprintf("%s:%d", a.Queues.Broker.Host, a.Queues.Broker.Port),
				"listName":      pulumi.String(queue),
				"listLength":    pulumi.String(strconv.Itoa(length)),
				"databaseIndex": pulumi.String(strconv.Itoa(a.Queues.Database)),
				"enableTLS":     pulumi.String(strconv.FormatBool(a.Queues.Broker.TLS)),
			},
			"authenticationRef": pulumi.Map{"name": pulumi.String(brokerObject)},
		})
	}
	speed := func(kind string, value, seconds int) pulumi.Map {
		return pulumi.Map{"type": pulumi.String(kind), "value": pulumi.Int(value), "periodSeconds": pulumi.Int(seconds)}
	}
	return pulumi.Map{
		"scaleTargetRef":  pulumi.Map{"apiVersion": pulumi.String(deployments), "kind": pulumi.String(deployment), "name": pulumi.String(workload.Name)},
		"minReplicaCount": pulumi.Int(pods.Min),
		"maxReplicaCount": pulumi.Int(pods.Max),
		"pollingInterval": pulumi.Int(pollSeconds),
		"advanced": pulumi.Map{"horizontalPodAutoscalerConfig": pulumi.Map{"behavior": pulumi.Map{
			"scaleUp": pulumi.Map{
				"stabilizationWindowSeconds": pulumi.Int(0), "selectPolicy": pulumi.String("Max"),
				"policies": pulumi.Array{speed("Percent", upPercent, upSeconds), speed("Pods", upPods, upSeconds)},
			},
			"scaleDown": pulumi.Map{
				"stabilizationWindowSeconds": pulumi.Int(workersRestSeconds), "selectPolicy": pulumi.String("Max"),
				"policies": pulumi.Array{speed("Percent", downPercent, downSeconds), speed("Pods", 1, downSeconds)},
			},
		}}},
		"triggers": triggers,
	}
}

// createBudgets says how many pods may be taken away at once.
func (i *Instance) createBudgets(ctx *pulumi.Context) error {
	for _, workload := range workloads.All() {
		if !workload.Replicated {
			continue
		}
		_, err := policyv1.NewPodDisruptionBudget(ctx, i.name+"-"+workload.Name+"-budget", &policyv1.PodDisruptionBudgetArgs{
			Metadata: i.metadata(workload.Name), Spec: budget(workload),
		}, i.options()...)
		if err != nil {
			return fmt.Errorf("disruption budget of %q: %w", workload.Name, err)
		}
	}
	return nil
}

// budget keeps half of what answers, rounded up: of two pods one may go, and of a
// lone one, which there is before the autoscaler has seen the Deployment, none. A
// larger share would let nobody drain a node of an instance with two pods; a number
// would be too few of many, or too many of few. A third, which is a zone, can go at
// once. Workers may be down to one, whose node has to be drained too: their tasks
// wait. A pod that is not well stands in nobody's way.
// https://kubernetes.io/docs/tasks/run-application/configure-pdb/
func budget(workload workloads.Workload) policyv1.PodDisruptionBudgetSpecArgs {
	spec := policyv1.PodDisruptionBudgetSpecArgs{
		Selector:                   Selector{Only: []string{workload.Name}}.labels(),
		UnhealthyPodEvictionPolicy: pulumi.String("AlwaysAllow"),
	}
	if workload.Web() {
		spec.MinAvailable = pulumi.String("50%")
	} else {
		spec.MaxUnavailable = pulumi.String("50%")
	}
	return spec
}
