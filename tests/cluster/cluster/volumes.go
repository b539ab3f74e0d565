package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// StorageClass is the default one that Start makes. Its volumes are like EBS's: made
// in the zone of the first pod that uses them, and never to leave it.
const StorageClass = "zonal"

const (
	provisioner = "volumes.cluster.test"
	// selectedNode is how the scheduler tells a provisioner where the pod is going to be.
	selectedNode = "volume.kubernetes.io/selected-node"
)

func storageClass() *storagev1.StorageClass {
	mode, policy := storagev1.VolumeBindingWaitForFirstConsumer, corev1.PersistentVolumeReclaimDelete
	return &storagev1.StorageClass{
		ObjectMeta:  metav1.ObjectMeta{Name: StorageClass, Annotations: map[string]string{"storageclass.kubernetes.io/is-default-class": "true"}},
		Provisioner: provisioner, VolumeBindingMode: &mode, ReclaimPolicy: &policy,
	}
}

// provision makes a volume for every claim that the scheduler has found a node for,
// until the context ends. Control planes have no provisioner of their own.
func (c *Cluster) provision(ctx context.Context) error {
	ticker := time.NewTicker(200 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		claims, err := c.Kubernetes.CoreV1().PersistentVolumeClaims("").List(ctx, metav1.ListOptions{})
		for i := 0; err == nil && i < len(claims.Items); i++ {
			err = c.provisionClaim(ctx, &claims.Items[i])
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			return fmt.Errorf("provision volumes: %w", err)
		}
	}
}

func (c *Cluster) provisionClaim(ctx context.Context, claim *corev1.PersistentVolumeClaim) error {
	node := claim.Annotations[selectedNode]
	if node == "" || claim.Spec.VolumeName != "" || claim.Spec.StorageClassName == nil {
		return nil
	}
	zones, err := c.zonesOfNodes(ctx)
	if err != nil {
		return err
	}
	volume := &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: "pvc-" + string(claim.UID)},
		Spec: corev1.PersistentVolumeSpec{
			Capacity: claim.Spec.Resources.Requests, AccessModes: claim.Spec.AccessModes, StorageClassName: *claim.Spec.StorageClassName,
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimRetain,
			ClaimRef:                      &corev1.ObjectReference{Kind: "PersistentVolumeClaim", APIVersion: "v1", Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID},
			PersistentVolumeSource:        corev1.PersistentVolumeSource{CSI: &corev1.CSIPersistentVolumeSource{Driver: provisioner, VolumeHandle: string(claim.UID)}},
			NodeAffinity: &corev1.VolumeNodeAffinity{Required: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{{
				MatchExpressions: []corev1.NodeSelectorRequirement{{Key: corev1.LabelTopologyZone, Operator: corev1.NodeSelectorOpIn, Values: []string{zones[node]}}},
			}}}},
		},
	}
	if _, err = c.Kubernetes.CoreV1().PersistentVolumes().Create(ctx, volume, metav1.CreateOptions{}); apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}
