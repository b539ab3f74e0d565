package provider_test

import (
	"strings"
	"testing"
)

const (
	releaseType = "kubernetes:helm.sh/v3:Release"
	scaledType  = "kubernetes:keda.sh/v1alpha1:ScaledObject"
)

// object has the form that all of Kubernetes has, in a namespace that is there.
func object(version, kind, name string, more props) props {
	all := props{"apiVersion": version, "kind": kind, "metadata": map[string]any{"name": name, "namespace": "kube-system"}}
	for key, value := range more {
		all[key] = value
	}
	return all
}

func chart(name, repository string) props {
	p := props{"chart": name, "name": name, "namespace": "kube-system", "version": "1.0.0"}
	if repository != "" {
		p["repositoryOpts"] = map[string]any{"repo": repository}
	}
	return p
}

func TestAnObjectOfAnAddOnWaitsForItsRelease(t *testing.T) {
	w := open(t, "kubernetes", t.TempDir())
	scaled := object("keda.sh/v1alpha1", "ScaledObject", "lms-worker", props{"spec": map[string]any{"maxReplicaCount": 5}})
	wanted := []string{`no matches for kind "ScaledObject" in version "keda.sh/v1alpha1"`, "chart keda"}
	_, err := w.try(scaledType, "s", scaled, false)
	refused(t, err, wanted...)
	w.create(releaseType, "other", chart("metrics-server", "https://charts.example.org"))
	_, err = w.try(scaledType, "s", scaled, true)
	refused(t, err, wanted...)
	release, err := w.try(releaseType, "keda", chart("keda", "https://charts.example.org"), true)
	if err != nil || release.id != "" {
		t.Fatalf("preview of the release: %v, %v", release, err)
	}
	if _, err = w.try(scaledType, "s", scaled, true); err != nil {
		t.Errorf("a preview that foretold the release refuses what needs it: %v", err)
	}
	// What a preview foretold, the run after it knows nothing of.
	w = open(t, "kubernetes", w.dir)
	_, err = w.try(scaledType, "s", scaled, false)
	refused(t, err, wanted...)
	w.create(releaseType, "keda", chart("keda", "https://charts.example.org"))
	if made := w.create(scaledType, "s", scaled); made.id != "kube-system/lms-worker" {
		t.Errorf("id %q", made.id)
	}
	_, err = w.try(scaledType, "again", scaled, false)
	refused(t, err, "AlreadyExists", "lms-worker")
}

func TestAChartOfARegistryBringsItsKindsToo(t *testing.T) {
	w := open(t, "kubernetes", t.TempDir())
	pool := object("karpenter.sh/v1", "NodePool", "spot", props{"spec": map[string]any{}})
	release := chart("karpenter-crd", "")
	release["chart"] = "oci://registry.example.org/karpenter/karpenter-crd"
	w.create(releaseType, "crd", release)
	made := w.create("kubernetes:karpenter.sh/v1:NodePool", "spot", pool)
	changed := object("karpenter.sh/v1", "NodePool", "on-demand", props{"spec": map[string]any{}})
	if answer, _ := w.diff(made, changed); len(answer.Replaces) == 0 {
		t.Errorf("another name is no replacement: %v", answer)
	}
}

func TestRefusesWhatTheAPIServerRefuses(t *testing.T) {
	w := open(t, "kubernetes", t.TempDir())
	pod := map[string]any{"restartPolicy": "Always", "containers": []any{}}
	target := map[string]any{"apiVersion": "apps/v1", "kind": "Deployment", "name": "lms"}
	for name, each := range map[string]struct {
		token  string
		inputs props
		wanted []string
	}{
		"an autoscaler whose most is less than its least": {
			"kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
			object("autoscaling/v2", "HorizontalPodAutoscaler", "lms", props{"spec": map[string]any{
				"minReplicas": 3, "maxReplicas": 2, "scaleTargetRef": target,
			}}),
			[]string{"spec.maxReplicas", "minReplicas"},
		},
		"a budget with two measures": {
			"kubernetes:policy/v1:PodDisruptionBudget",
			object("policy/v1", "PodDisruptionBudget", "lms", props{"spec": map[string]any{"minAvailable": 1, "maxUnavailable": "50%"}}),
			[]string{"cannot be both set"},
		},
		"a CronJob whose pods never end": {
			"kubernetes:batch/v1:CronJob",
			object("batch/v1", "CronJob", "dump", props{"spec": map[string]any{
				"schedule": "0 3 * * *", "jobTemplate": map[string]any{"spec": map[string]any{"template": map[string]any{"spec": pod}}},
			}}),
			[]string{"restartPolicy", "Never or OnFailure"},
		},
		"an Ingress that leads nowhere": {
			"kubernetes:networking.k8s.io/v1:Ingress",
			object("networking.k8s.io/v1", "Ingress", "lms", props{"spec": map[string]any{"ingressClassName": "x"}}),
			[]string{"defaultBackend or rules"},
		},
		"a priority that is kept for Kubernetes": {
			"kubernetes:scheduling.k8s.io/v1:PriorityClass",
			props{
				"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "value": 1000000001,
				"metadata": map[string]any{"name": "top"},
			},
			[]string{"value", "1000000000"},
		},
		"a limit of an unknown field": {
			"kubernetes:core/v1:LimitRange",
			object("v1", "LimitRange", "defaults", props{"spec": map[string]any{"limits": []any{map[string]any{"typ": "Container"}}}}),
			[]string{"spec.limits[0].typ"},
		},
		"a kind under another's token": {
			scaledType, object("keda.sh/v1alpha1", "ScaledJob", "x", props{"spec": map[string]any{}}), []string{"kind", "ScaledObject"},
		},
		"a chart from nowhere": {releaseType, chart("keda", ""), []string{"no chart keda"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.try(each.token, "x", each.inputs, false)
			refused(t, err, each.wanted...)
		})
	}
}

func TestAPriorityKeepsItsValue(t *testing.T) {
	w := open(t, "kubernetes", t.TempDir())
	class := func(value int) props {
		return props{
			"apiVersion": "scheduling.k8s.io/v1", "kind": "PriorityClass", "value": value, "description": "d",
			"metadata": map[string]any{"name": "web"},
		}
	}
	made := w.create("kubernetes:scheduling.k8s.io/v1:PriorityClass", "web", class(1000))
	_, failures := w.check(made.token, "web", made.inputs, class(2000))
	if len(failures) != 1 || !strings.Contains(failures[0], "may not be changed in an update, from 1000 to 2000") {
		t.Errorf("got %q", failures)
	}
	if _, err := w.update(made, with(class(1000), "description", "another"), false); err != nil {
		t.Error(err)
	}
}

func TestEventsGoToQueuesThatAreThere(t *testing.T) {
	w := newWorld(t)
	queue := w.create("aws:sqs/queue:Queue", "interruptions", props{"name": "interruptions", "sqsManagedSseEnabled": true})
	if queue.id != "https://sqs.eu-west-1.amazonaws.com/123456789012/interruptions" || queue.text("url") != queue.id {
		t.Errorf("id %q, outputs %v", queue.id, queue.outputs)
	}
	w.create("aws:sqs/queuePolicy:QueuePolicy", "p", props{"queueUrl": queue.id, "policy": trust})
	w.create("aws:cloudwatch/eventRule:EventRule", "r", props{"name": "spot", "eventPattern": `{"source":["aws.ec2"]}`})
	to := func(arn string) props { return props{"rule": "spot", "targetId": "queue", "arn": arn} }
	_, err := w.try("aws:cloudwatch/eventTarget:EventTarget", "t", to(queue.text("arn")+"s"), false)
	refused(t, err, "arn", "does not exist")
	w.create("aws:cloudwatch/eventTarget:EventTarget", "t", to(queue.text("arn")))
	_, err = w.try("aws:sqs/queue:Queue", "q", props{"messageRetentionSeconds": 59}, false)
	refused(t, err, "messageRetentionSeconds", "60")
	if answer, _ := w.diff(queue, props{"name": "other", "sqsManagedSseEnabled": true}); len(answer.Replaces) == 0 {
		t.Errorf("another name is no replacement: %v", answer)
	}
}
