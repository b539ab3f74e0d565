#!/bin/bash
# Dumps the whole set to the backup bucket, from one member: every member runs this at the same time, and all but one see
# that it is not their turn.
set -euo pipefail

# shellcheck source=mongo-common.sh
. "${ROOT:-}/usr/local/lib/openedx/mongo-common.sh"

main() {
	local source
	source=$(ask localhost backup-source | tail -n 1) || die "the state of the set is unknown: no dump from here"
	if [ "$source" != "$MONGO_SELF" ]; then
		say "the dump is the work of $source"
		return 0
	fi
	if dump; then
		publish 1
	else
		publish 0
		die "the dump did not succeed"
	fi
}

# dump streams: the dump of a full volume would not fit on the same machine. The upload cannot tell a finished dump from
# one that broke off, so only a dump with a .complete object beside it counts. This machine may write to the bucket and
# not delete from it.
dump() {
	local object size
	object="s3://$MONGO_BACKUP_BUCKET/$MONGO_BACKUP_PREFIX/$MONGO_SET/$(date -u +%Y-%m-%dT%H%M%SZ)-$MONGO_NAME.archive.gz"
	# More than what the dump can be: without it the upload ends at 80 GB.
	size=$(df --output=used -B1 "$DATA" | tail -n 1 | tr -dc 0-9)
	mongodump --host "$MONGO_SELF" --port 27017 --ssl --sslCAFile "$MONGO_SECRETS/ca.pem" \
		--username "$(jq -r .username "$MONGO_SECRETS/monitor.json")" --authenticationDatabase admin \
		--config "$MONGO_SECRETS/monitor.yaml" --oplog --gzip --archive |
		upload "$object" --expected-size "$size" || return 1
	printf '{"server": "%s", "tools": "%s"}\n' "$MONGO_VERSION_SERVER" "$MONGO_VERSION_TOOLS" |
		upload "$object.complete" || return 1
	say "dumped to $object"
}

upload() {
	local encryption=(--sse AES256)
	if [ -n "$MONGO_BACKUP_KEY" ]; then encryption=(--sse aws:kms --sse-kms-key-id "$MONGO_BACKUP_KEY"); fi
	aws s3 cp - "$@" "${encryption[@]}" --only-show-errors
}

# publish says how it ended, for the alarm; when nobody publishes at all, the missing data raises it too.
publish() {
	aws cloudwatch put-metric-data --namespace "$MONGO_METRICS" --metric-name BackupSucceeded --unit Count \
		--value "$1" --dimensions "ReplicaSet=$MONGO_SET"
}

main
