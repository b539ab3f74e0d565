# shellcheck shell=sh
# What an operator's shell knows from the start. An operator's own kubeconfig comes first, so that what kubectl is told to
# remember goes there: the common one is not theirs to write.
# shellcheck source=/dev/null
. /etc/openedx/bastion.env
KUBECONFIG=${HOME}/.kube/config:/etc/openedx/kubeconfig
AWS_REGION=$BASTION_REGION
export KUBECONFIG AWS_REGION
