package rules

import (
	"strings"
	"testing"

	"example.org/openedx/internal/dashboards"
)

// trouble is what goes wrong, and when somebody is to hear of it.
type trouble struct {
	// series begin with minutes in which all is well, and go wrong at minute 10.
	series string
	// silent is how many minutes of it nobody hears of, and fires what is said after that.
	silent int
	fires  []string
}

// troubles has one for each alert.
func troubles() map[string]trouble {
	const (
		web  = `{namespace="instance-main", deployment="lms"}`
		job  = `namespace="openedx-system", job_name="dump-main-29411"`
		hpa  = `{namespace="instance-main", horizontalpodautoscaler="lms"}`
		keda = `{namespace="instance-main", scaledObject="lms-worker", scaler="redisScaler", metric="s0-redis-edx-lms-core-default", type="scaledobject"}`
	)
	return map[string]trouble{
		"OpenEdXDown": {
			series: `kube_deployment_status_replicas_available` + web + ` 2x9 0x60
				kube_deployment_spec_replicas` + web + ` 2x70`,
			silent: 5, fires: []string{"critical", "lms in instance-main", "kubectl -n instance-main"},
		},
		"OpenEdXReplicasMissing": {
			series: `kube_deployment_status_replicas_available` + web + ` 2x9 1x60
				kube_deployment_spec_replicas` + web + ` 2x70`,
			silent: 20, fires: []string{"warning", "lms in instance-main"},
		},
		"OpenEdXCrashLooping": {
			series: `kube_pod_container_status_waiting_reason{namespace="instance-main", pod="lms-1", container="lms", reason="CrashLoopBackOff"} 0x9 1x60`,
			silent: 5, fires: []string{"lms of lms-1 in instance-main", "logs lms-1 -c lms"},
		},
		"OpenEdXPodPending": {
			series: `kube_pod_status_phase{namespace="instance-main", pod="lms-1", phase="Pending"} 0x9 1x60`,
			silent: 15, fires: []string{"lms-1 in instance-main"},
		},
		"OpenEdXAtMostReplicas": {
			series: `kube_horizontalpodautoscaler_status_current_replicas` + hpa + ` 2x9 4x60
				kube_horizontalpodautoscaler_spec_max_replicas` + hpa + ` 4x70`,
			silent: 15, fires: []string{"lms in instance-main"},
		},
		"OpenEdXQueueLong": {
			series: `keda_scaler_metrics_value` + keda + ` 5x9 1001x60`,
			silent: 15, fires: []string{"s0-redis-edx-lms-core-default in instance-main", "pods of lms-worker"},
		},
		"OpenEdXQueueGrowing": {
			series: `keda_scaler_metrics_value` + keda + ` 5x9 101+1x100`,
			silent: 30, fires: []string{"s0-redis-edx-lms-core-default in instance-main"},
		},
		"OpenEdXQuotaNearlyUsed": {
			series: `kube_resourcequota{namespace="instance-main", resourcequota="quota", resource="requests.cpu", type="used"} 1x9 91x60
				kube_resourcequota{namespace="instance-main", resourcequota="quota", resource="requests.cpu", type="hard"} 100x70`,
			silent: 15, fires: []string{"instance-main", "requests.cpu"},
		},
		"OpenEdXNodesAtLimit": {
			series: `karpenter_nodepools_usage{nodepool="default", resource_type="nodes"} 3x9 25x60
				karpenter_nodepools_limit{nodepool="default", resource_type="nodes"} 25x70`,
			silent: 15, fires: []string{"pool default", "limit of nodes"},
		},
		"OpenEdXNodeNotReady": {
			series: `kube_node_status_condition{node="ip-10-0-0-1", condition="Ready", status="true"} 1x9 0x60`,
			silent: 10, fires: []string{"node ip-10-0-0-1"},
		},
		"OpenEdXVolumeNearlyFull": {
			series: `kubelet_volume_stats_available_bytes{namespace="instance-main", persistentvolumeclaim="meilisearch"} 50x9 14x60
				kubelet_volume_stats_capacity_bytes{namespace="instance-main", persistentvolumeclaim="meilisearch"} 100x70`,
			silent: 15, fires: []string{"volume meilisearch in instance-main"},
		},
		"OpenEdXJobFailed": {
			series: `kube_job_failed{` + job + `, condition="true"} 0x9 1x60
				kube_job_owner{` + job + `, owner_kind="CronJob", owner_name="dump-main"} 1x70`,
			silent: 1, fires: []string{"dump-main in openedx-system"},
		},
		"OpenEdXJobOverdue": {
			// The clock begins at 0, so that the last success was 36 hours before minute 10.
			series: `kube_cronjob_status_last_successful_time{namespace="openedx-system", cronjob="dump-main"} -129001x70`,
			silent: 15, fires: []string{"dump-main in openedx-system", "36 hours"},
		},
	}
}

func TestEveryAlertFiresOnceItsTroubleHasLasted(t *testing.T) {
	all := troubles()
	for _, group := range dashboards.Rules() {
		for _, rule := range group.Rules {
			if rule.Alert == "" {
				continue
			}
			t.Run(rule.Alert, func(t *testing.T) {
				wrong, there := all[rule.Alert]
				if !there {
					t.Fatal("nothing makes it fire")
				}
				wrong.hold(t, rule.Alert)
			})
		}
	}
}

// hold fails the test unless an alert is silent for as long as it should be, and then
// says what it should.
func (tr trouble) hold(t *testing.T, alert string) {
	t.Helper()
	w := load(t, tr.series)
	w.pass(t, 10+tr.silent)
	if got := only(alert, w.firing()); len(got) != 0 {
		t.Fatalf("it fires too soon: %s", got)
	}
	// Ten more, for averages that see the trouble late.
	w.pass(t, 10)
	got := only(alert, w.firing())
	if len(got) != 1 || strings.Contains(got[0], "no value") {
		t.Fatalf("it says %q", got)
	}
	for _, part := range tr.fires {
		if !strings.Contains(got[0], part) {
			t.Errorf("it says %q without %q", got[0], part)
		}
	}
}

// only picks the sentences of one alert.
func only(alert string, all []string) []string {
	var picked []string
	for _, one := range all {
		if strings.HasPrefix(one, alert+": ") {
			picked = append(picked, one)
		}
	}
	return picked
}

func TestNobodyIsToldOfAPlatformThatIsWell(t *testing.T) {
	w := load(t, `
		kube_deployment_status_replicas_available{namespace="instance-main", deployment="lms"} 2x120
		kube_deployment_spec_replicas{namespace="instance-main", deployment="lms"} 2x120
		kube_deployment_status_replicas_available{namespace="instance-main", deployment="stopped"} 0x120
		kube_deployment_spec_replicas{namespace="instance-main", deployment="stopped"} 0x120
		kube_pod_container_status_waiting_reason{namespace="instance-main", pod="lms-1", container="lms", reason="ContainerCreating"} 1x120
		kube_pod_status_phase{namespace="instance-main", pod="lms-1", phase="Running"} 1x120
		kube_pod_status_phase{namespace="instance-main", pod="lms-1", phase="Pending"} 0x120
		kube_horizontalpodautoscaler_status_current_replicas{namespace="instance-main", horizontalpodautoscaler="lms"} 3x120
		kube_horizontalpodautoscaler_spec_max_replicas{namespace="instance-main", horizontalpodautoscaler="lms"} 4x120
		keda_scaler_metrics_value{namespace="instance-main", scaledObject="lms-worker", metric="s0-redis-edx-lms-core-default"} 900-5x120
		keda_scaler_metrics_value{namespace="instance-main", scaledObject="lms-worker", metric="s3-cpu"} 5000x120
		kube_resourcequota{namespace="instance-main", resource="pods", type="used"} 0x120
		kube_resourcequota{namespace="instance-main", resource="pods", type="hard"} 0x120
		karpenter_nodepools_usage{nodepool="default", resource_type="cpu"} 80x120
		karpenter_nodepools_limit{nodepool="default", resource_type="cpu"} 100x120
		kube_node_status_condition{node="ip-10-0-0-1", condition="Ready", status="true"} 1x120
		kube_node_status_condition{node="ip-10-0-0-1", condition="Ready", status="false"} 0x120
		kubelet_volume_stats_available_bytes{namespace="instance-main", persistentvolumeclaim="meilisearch"} 50x120
		kubelet_volume_stats_capacity_bytes{namespace="instance-main", persistentvolumeclaim="meilisearch"} 100x120
		kube_job_failed{namespace="instance-main", job_name="lms-job-20260101", condition="true"} 1x120
		kube_cronjob_status_last_successful_time{namespace="openedx-system", cronjob="suspended"} -200000x120
		kube_cronjob_spec_suspend{namespace="openedx-system", cronjob="suspended"} 1x120
		kube_cronjob_status_last_successful_time{namespace="openedx-system", cronjob="dump-main"} 0x120
	`)
	w.pass(t, 100)
	if got := w.firing(); len(got) != 0 {
		t.Errorf("somebody is told: %q", got)
	}
}

func TestTheRulesSpeakOfNoOtherNamespace(t *testing.T) {
	w := load(t, `
		kube_deployment_status_replicas_available{namespace="kube-system", deployment="coredns"} 0x60
		kube_deployment_spec_replicas{namespace="kube-system", deployment="coredns"} 2x60
		kube_pod_status_phase{namespace="my-instance-1", pod="a", phase="Pending"} 1x60
	`)
	w.pass(t, 60)
	if got := w.firing(); len(got) != 0 {
		t.Errorf("they speak of others: %q", got)
	}
}
