# shellcheck shell=bash
# How a running mongod becomes a member of the replica set. Sourced by mongo-boot.sh.
#
# Why two sets can never be made: only the first member ever initiates, and only when its volume never held data, it has no
# configuration itself, and every other member answers that it has none either. A member that does not answer may hold the
# set, so it is waited for. mongod asks the members the same again before it accepts replSetInitiate. No other lock is needed.

join_set() {
	local try
	for ((try = 1; try <= MONGO_TRIES; try++)); do
		look_at localhost
		if [ "$STATE" = primary ] || [ "$STATE" = member ]; then
			rm -f "$NEW"
			return 0
		fi
		one_step
		say "waiting to be in the set $MONGO_SET ($try of $MONGO_TRIES)"
		sleep "$MONGO_PAUSE"
	done
	die "this member is not in the set $MONGO_SET after $MONGO_TRIES tries"
}

# one_step does what brings this member closer to the set, which may be to do nothing and wait.
one_step() {
	survey_peers
	if [ -n "$IN_SET" ]; then
		# The primary's heartbeats bring the configuration, and the data follows by initial sync. Only a member that the
		# set does not know, because the set grows, has to ask.
		say "the set exists: $IN_SET is in it"
		if [ "$PRIMARY" != - ]; then ask "$PRIMARY" add || say "$PRIMARY did not add this member"; fi
	elif [ "$MONGO_SELF" != "$MONGO_FIRST" ]; then
		say "$MONGO_FIRST initiates the set"
	elif [ ! -e "$NEW" ]; then
		die "this volume holds data, but no member has a configuration of the set: initiating it could lose data, restore or decide by hand"
	elif [ -n "$SILENT" ]; then
		say "not initiated while there is no answer from:$SILENT"
	else
		ask localhost initiate || say "the members did not accept the configuration"
	fi
}

# survey_peers sets IN_SET to a peer that is in the set, PRIMARY to the primary that a peer names, SILENT to those who do
# not answer.
survey_peers() {
	local peer named=-
	IN_SET='' SILENT=''
	for peer in $MONGO_MEMBERS; do
		if [ "$peer" = "$MONGO_SELF" ]; then continue; fi
		look_at "$peer"
		case $STATE in
		primary | member)
			IN_SET=$peer
			if [ "$PRIMARY" != - ]; then named=$PRIMARY; fi
			;;
		none) ;;
		*) SILENT+=" $peer" ;;
		esac
	done
	PRIMARY=$named
}

# look_at sets STATE to primary, member, none (a mongod without a configuration) or down, and PRIMARY to the primary that
# the member knows. The question needs no password, so it can be put to a set that has no users yet.
look_at() {
	local answer
	STATE=down PRIMARY=-
	if ! resolves "$1"; then
		say "$1 has no address yet"
	elif answer=$(ask "$1" hello | tail -n 1); then
		read -r STATE PRIMARY <<<"$answer"
	fi
}

resolves() { getent ahosts "$1" >/dev/null; }

answers() {
	look_at "$1"
	[ "$STATE" != down ]
}

# ensure_users ends when the administrator can log in. The primary, whichever member that is, makes the users over its own
# loopback, which is all that the localhost exception allows; the others wait until it has, so that no election in
# between leaves a set without users.
ensure_users() {
	local try
	for ((try = 1; try <= MONGO_TRIES; try++)); do
		look_at localhost
		if [ "$STATE" = primary ]; then
			if ask localhost users; then return 0; fi
		elif [ "$PRIMARY" != - ]; then
			if ask "$PRIMARY" login; then return 0; fi
		fi
		say "waiting for the administrator's account ($try of $MONGO_TRIES)"
		sleep "$MONGO_PAUSE"
	done
	die "the administrator cannot log in: either there is no primary, or the password in Secrets Manager is not the one in the set"
}
