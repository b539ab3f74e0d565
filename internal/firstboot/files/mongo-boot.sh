#!/bin/bash
# Makes this machine a member of the MongoDB replica set. Runs at every boot, and again whenever it failed: each step looks
# first whether it is done.
set -euo pipefail

# shellcheck source=mongo-common.sh
. "${ROOT:-}/usr/local/lib/openedx/mongo-common.sh"
# shellcheck source=mongo-volume.sh
. "$LIBRARY/mongo-volume.sh"
# shellcheck source=mongo-join.sh
. "$LIBRARY/mongo-join.sh"

main() {
	one_at_a_time
	install_packages
	prepare_volume
	tune_kernel
	fetch_secrets
	check_certificate
	# mongod listens on the address behind its own name, and does not start without it.
	wait_for "the address of $MONGO_SELF" resolves "$MONGO_SELF"
	systemctl start mongod.service || die "mongod does not start: see journalctl -u mongod"
	wait_for "mongod on this machine" answers localhost
	join_set
	ensure_users
	say "$MONGO_SELF is a member of $MONGO_SET"
}

# one_at_a_time keeps an operator's run by hand from crossing the unit's.
one_at_a_time() {
	exec 9>"$ROOT/run/mongo-boot.lock"
	flock -n 9 || die "another run of this script is under way"
}

# install_packages locks exact versions before it installs them, so that a run that breaks off in between leaves no member
# that "dnf upgrade" moves to another version. The tools are part of most images; the scripts need them in all.
install_packages() {
	local tools=(jq diffutils openssl xfsprogs)
	local packages=(
		"mongodb-org-server-$MONGO_VERSION_SERVER"
		"mongodb-mongosh-shared-openssl3-$MONGO_VERSION_SHELL"
		"mongodb-database-tools-$MONGO_VERSION_TOOLS"
	)
	if rpm -q --quiet "${tools[@]}" "${packages[@]}"; then return 0; fi
	say "installing ${packages[*]}"
	dnf install -y -q 'dnf-command(versionlock)' "${tools[@]}"
	dnf versionlock add -q "${packages[@]}"
	dnf install -y -q "${packages[@]}"
}

# tune_kernel sets what MongoDB 7.0 asks for. Limits on files and processes are in mongod.service.
tune_kernel() {
	local switch
	for switch in enabled defrag; do
		echo never >"$ROOT/sys/kernel/mm/transparent_hugepage/$switch"
	done
	sysctl -q -p "$ROOT/etc/sysctl.d/60-mongo.conf"
	# Sectors of 512 bytes: WiredTiger reads at random, and a long readahead only fills the cache.
	blockdev --setra 16 "$VOLUME"
}

# fetch_secrets fetches at every boot, so that a rotated certificate or key needs no new machine.
fetch_secrets() {
	mkdir -p "$MONGO_SECRETS"
	chmod 0750 "$MONGO_SECRETS"
	chown root:mongod "$MONGO_SECRETS"
	# The administrator's password is needed by this script alone, and by nobody once it ends.
	trap 'rm -f "$MONGO_SECRETS"/admin.json "$MONGO_SECRETS"/*.part' EXIT
	secret "$MONGO_SECRET_KEYFILE" 'select(. != "")' keyfile mongod -R
	secret "$MONGO_SECRET_TLS" '.ca | strings' ca.pem mongod
	secret "$MONGO_SECRET_TLS" '[.certificate, .privateKey] | select(all(type == "string")) | join("\n")' server.pem mongod
	secret "$MONGO_SECRET_ADMIN" 'select((.username | strings) and (.password | strings))' admin.json root
	secret "$MONGO_SECRET_MONITOR" 'select((.username | strings) and (.password | strings))' monitor.json mongod
	# JSON is YAML, which is how mongodump takes a password that must not be an argument.
	secret "$MONGO_SECRET_MONITOR" '{password: .password | strings}' monitor.yaml mongod
}

# secret keeps what a jq filter makes of one secret in a file that only its owner can read. It goes from pipe to file: no
# variable, no argument and no output ever holds it, and jq is silenced, because some of its errors quote what they read. A
# file that would not change is left alone.
secret() {
	local arn=$1 filter=$2 name=$3 owner=$4
	local part=$MONGO_SECRETS/$name.part
	if ! (
		umask 077
		aws secretsmanager get-secret-value --secret-id "$arn" --query SecretString --output text |
			jq -r "${@:5}" "$filter" >"$part" 2>/dev/null
	) || [ ! -s "$part" ]; then
		die "the secret $arn cannot be read, or does not have the form that $name needs"
	fi
	if cmp -s "$part" "$MONGO_SECRETS/$name"; then
		rm "$part"
		return 0
	fi
	chmod 0400 "$part"
	chown "$owner" "$part"
	mv -f "$part" "$MONGO_SECRETS/$name"
}

# check_certificate looks before mongod starts: with a name missing, the scripts, the other members or the applications are
# refused one by one, each with an error of its own. Applications connect to the seed first.
check_certificate() {
	local name
	for name in localhost "$MONGO_SELF" "$MONGO_SEED"; do
		openssl x509 -in "$MONGO_SECRETS/server.pem" -noout -checkhost "$name" | grep -q 'does match' ||
			die "the certificate in $MONGO_SECRET_TLS is not for $name"
	done
}

main
