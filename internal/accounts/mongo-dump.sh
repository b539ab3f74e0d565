#!/bin/sh
# Dumps one Open edX instance's MongoDB database into a file, with the instance's own account.
#
# It runs in the official MongoDB image. The password goes from its file to a file that mongodump reads: no argument and
# no variable holds it. A dump has its name only once it is whole.
#   MONGODB_HOST, MONGODB_PORT, MONGODB_REPLICA_SET   the servers
#   MONGODB_CA                                        the file with the authority that signed their certificates
#   MONGO_USER, MONGO_DATABASE, MONGO_AUTH_SOURCE     the instance's user and database, and where the user is kept
#   SECRETS/<user>                                    the user's password
#   DUMPS                                             the folder that gets <database>.archive.gz
set -eu
LC_ALL=C
export LC_ALL
umask 077

fail() {
  printf 'mongo-dump: %s\n' "$*" >&2
  exit 1
}

check_name() {
  case $2 in
  '' | [!a-z]* | *[!a-z0-9]*) fail "the $1 '$2' has to be lower-case letters and digits, starting with a letter" ;;
  esac
}

: "${MONGODB_HOST:?}" "${MONGODB_PORT:?}" "${MONGODB_REPLICA_SET:?}" "${MONGODB_CA:?}"
: "${MONGO_USER:?}" "${MONGO_DATABASE:?}" "${MONGO_AUTH_SOURCE:?}" "${SECRETS:?}" "${DUMPS:?}"
check_name user "$MONGO_USER"
check_name database "$MONGO_DATABASE"
check_name 'authentication database' "$MONGO_AUTH_SOURCE"
case $MONGODB_HOST in *[!A-Za-z0-9.-]*) fail "MONGODB_HOST '$MONGODB_HOST' is not one host name" ;; esac
case $MONGODB_PORT in *[!0-9]*) fail "MONGODB_PORT '$MONGODB_PORT' is not a number" ;; esac
case $MONGODB_REPLICA_SET in *[!A-Za-z0-9_-]*) fail "MONGODB_REPLICA_SET '$MONGODB_REPLICA_SET' is not a name" ;; esac
[ -r "$MONGODB_CA" ] || fail "there is no authority file $MONGODB_CA"
[ -w "$DUMPS" ] || fail "nothing can be written to $DUMPS"
[ -r "$SECRETS/$MONGO_USER" ] || fail "there is no secret '$MONGO_USER' in $SECRETS"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
password=$(cat "$SECRETS/$MONGO_USER")
case $password in '' | *[!A-Za-z0-9]*) fail "the password of '$MONGO_USER' has to be letters and digits only" ;; esac
# printf is part of the shell, so what it writes is in no process's arguments.
printf 'password: "%s"\n' "$password" >"$work/login.yaml"
unset password

# A member that nobody writes to is read, if there is one.
part=$DUMPS/$MONGO_DATABASE.archive.gz.part
mongodump --host "$MONGODB_REPLICA_SET/$MONGODB_HOST:$MONGODB_PORT" --ssl --sslCAFile "$MONGODB_CA" \
  --username "$MONGO_USER" --authenticationDatabase "$MONGO_AUTH_SOURCE" --config "$work/login.yaml" \
  --db "$MONGO_DATABASE" --readPreference secondaryPreferred --gzip --archive="$part" || fail "the dump of $MONGO_DATABASE broke off"
gzip -t "$part" || fail "the dump of $MONGO_DATABASE cannot be read"
mv "$part" "${part%.part}"
printf 'dumped\n'
