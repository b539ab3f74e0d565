#!/bin/sh
# Creates one Open edX instance's MongoDB user; runs mongo-accounts.js, which lies beside it, in the official MongoDB image.
#
# Passwords stay in their files until the script in mongosh reads them: no argument and no variable holds one.
#   MONGODB_HOST, MONGODB_PORT, MONGODB_REPLICA_SET   the servers
#   MONGODB_CA                                        the file with the authority that signed their certificates
#   MONGO_USER, MONGO_DATABASE                        the instance's user and database
#   SECRETS/admin-user, SECRETS/admin-password, SECRETS/<user>
set -eu
LC_ALL=C
export LC_ALL

fail() {
  printf 'mongo-accounts: %s\n' "$*" >&2
  exit 1
}

check_name() {
  case $2 in
  '' | [!a-z]* | *[!a-z0-9]*) fail "the $1 '$2' has to be lower-case letters and digits, starting with a letter" ;;
  esac
}

: "${MONGODB_HOST:?}" "${MONGODB_PORT:?}" "${MONGODB_REPLICA_SET:?}" "${MONGODB_CA:?}"
: "${MONGO_USER:?}" "${MONGO_DATABASE:?}" "${SECRETS:?}"
check_name user "$MONGO_USER"
check_name database "$MONGO_DATABASE"
case $MONGODB_HOST in *[!A-Za-z0-9.-]*) fail "MONGODB_HOST '$MONGODB_HOST' is not one host name" ;; esac
case $MONGODB_PORT in *[!0-9]*) fail "MONGODB_PORT '$MONGODB_PORT' is not a number" ;; esac
case $MONGODB_REPLICA_SET in *[!A-Za-z0-9_-]*) fail "MONGODB_REPLICA_SET '$MONGODB_REPLICA_SET' is not a name" ;; esac
[ -r "$MONGODB_CA" ] || fail "there is no authority file $MONGODB_CA"
for name in admin-user admin-password "$MONGO_USER"; do
  [ -r "$SECRETS/$name" ] || fail "there is no secret '$name' in $SECRETS"
done

# mongosh keeps settings and logs in its user's home, which an unprivileged container may not write.
HOME=$(mktemp -d)
export HOME
trap 'rm -rf "$HOME"' EXIT
trap 'exit 1' HUP INT TERM
mongosh --nodb --norc --quiet --file "${0%/*}/mongo-accounts.js"
