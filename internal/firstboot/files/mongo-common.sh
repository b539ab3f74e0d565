# shellcheck shell=bash
# shellcheck disable=SC2034  # the scripts that source this file, aws and mongo.js use its variables
# What the MongoDB scripts share. Sourced, never run.
#
# ROOT is empty on a real machine; the tests point it at a scratch folder. No script ever turns on "set -x": it would
# print what the secrets files hold.

ROOT=${ROOT:-}
LIBRARY=$ROOT/usr/local/lib/openedx
DATA=$ROOT/var/lib/mongo

# Exported, because mongosh hands its environment to mongo.js. The file holds names and sizes, never a secret.
set -o allexport
# shellcheck source=/dev/null
. "$ROOT/etc/openedx/mongo.env"
# /run is a tmpfs: what is fetched at boot is gone when the machine is off, and is in no snapshot of a disk.
MONGO_SECRETS=$ROOT/run/openedx
AWS_REGION=$MONGO_REGION
AWS_PAGER=''
AWS_RETRY_MODE=standard
AWS_MAX_ATTEMPTS=5
set +o allexport

# How often something that is not there yet is asked for again, and how long between: ten minutes as it stands. Then the
# script fails, and systemd starts it again.
: "${MONGO_TRIES:=60}" "${MONGO_PAUSE:=10}"

# say writes to standard error, so that a function can both report progress and answer on standard output.
say() { printf '%s\n' "$*" >&2; }

die() {
	say "error: $*"
	exit 1
}

# wait_for asks a question until the answer is yes, a bounded number of times.
wait_for() {
	local what=$1 try
	shift
	for ((try = 1; try <= MONGO_TRIES; try++)); do
		if "$@"; then return 0; fi
		say "waiting for $what ($try of $MONGO_TRIES)"
		sleep "$MONGO_PAUSE"
	done
	die "$what is still missing after $MONGO_TRIES tries"
}

# ask runs one step of mongo.js on one member. Passwords are in files that mongo.js reads: never in an argument or in the
# environment, where every process of the machine could read them. The connection is direct, so that the answer is that
# member's and nobody else's. An answer is the last line: mongosh may print a warning of its own before it.
ask() {
	local host=$1 step=$2
	MONGO_STEP=$step timeout 120 mongosh \
		"mongodb://$host:27017/admin?directConnection=true&tls=true&serverSelectionTimeoutMS=5000" \
		--quiet --norc --tlsCAFile "$MONGO_SECRETS/ca.pem" --file "$LIBRARY/mongo.js"
}
