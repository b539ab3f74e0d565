#!/bin/bash
# Publishes what the alarms watch, once a minute. A member that cannot answer is published as unhealthy: that is the point.
set -euo pipefail

# shellcheck source=mongo-common.sh
. "${ROOT:-}/usr/local/lib/openedx/mongo-common.sh"

main() {
	local answer used=null
	answer=$(ask localhost metrics | tail -n 1) || answer='{"healthy": 0}'
	# Without the volume df would tell about the root disk.
	if mountpoint -q "$DATA"; then used=$(df --output=pcent "$DATA" | tail -n 1 | tr -dc 0-9); fi
	aws cloudwatch put-metric-data --namespace "$MONGO_METRICS" --metric-data "$(metrics "$answer" "$used")"
}

# metrics leaves out what is not known: a zero would look like a perfect value.
metrics() {
	jq -cn --argjson answer "$1" --argjson used "$2" --arg set "$MONGO_SET" --arg member "$MONGO_NAME" '
		[{Name: "ReplicaSet", Value: $set}, {Name: "Member", Value: $member}] as $of
		| [
			{MetricName: "MemberHealthy", Value: $answer.healthy, Unit: "Count"},
			{MetricName: "ReplicationLagSeconds", Value: $answer.lagSeconds, Unit: "Seconds"},
			{MetricName: "OplogWindowHours", Value: $answer.oplogHours, Unit: "None"},
			{MetricName: "DiskUsedPercent", Value: $used, Unit: "Percent"}
		]
		| map(select(.Value != null) + {Dimensions: $of})'
}

main
