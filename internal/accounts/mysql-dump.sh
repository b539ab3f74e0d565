#!/bin/sh
# Dumps one Open edX instance's MySQL databases into files, with the instance's own accounts.
#
# It runs in the official MySQL image. Passwords are read from files and reach the client through an option file that only
# its owner can read. A dump has its name only once it is whole and was read back.
#   MYSQL_HOST, MYSQL_PORT   the server
#   MYSQL_CA                 the file with the authority that signed the server's certificate
#   ACCOUNTS                 words of the form user:database
#   SECRETS/<user>           the password of each account
#   DUMPS                    the folder that gets <database>.sql.gz
set -eu
LC_ALL=C
export LC_ALL
umask 077

fail() {
  printf 'mysql-dump: %s\n' "$*" >&2
  exit 1
}

check_name() {
  case $2 in
  '' | [!a-z]* | *[!a-z0-9]*) fail "the $1 '$2' has to be lower-case letters and digits, starting with a letter" ;;
  esac
}

: "${MYSQL_HOST:?}" "${MYSQL_PORT:?}" "${MYSQL_CA:?}" "${ACCOUNTS:?}" "${SECRETS:?}" "${DUMPS:?}"
case $MYSQL_HOST in *[!A-Za-z0-9.-]*) fail "MYSQL_HOST '$MYSQL_HOST' is not a host name" ;; esac
case $MYSQL_PORT in *[!0-9]*) fail "MYSQL_PORT '$MYSQL_PORT' is not a number" ;; esac
[ -r "$MYSQL_CA" ] || fail "there is no authority file $MYSQL_CA"
[ -w "$DUMPS" ] || fail "nothing can be written to $DUMPS"
for pair in $ACCOUNTS; do
  case $pair in *:*) ;; *) fail "'$pair' is not a user and a database" ;; esac
  check_name user "${pair%%:*}"
  check_name database "${pair#*:}"
  [ -r "$SECRETS/${pair%%:*}" ] || fail "there is no secret '${pair%%:*}' in $SECRETS"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# One transaction sees the whole database at one moment and locks nothing. What belongs to the server rather than to the
# database (GTIDs, tablespaces) is left out, so that the dump can be loaded under another name or elsewhere, and an account
# without rights on the server may dump. "loose" makes each client ignore the options of the other one.
write_options() {
  case $2 in '' | *[!A-Za-z0-9]*) fail "the password of '$1' has to be letters and digits only" ;; esac
  rm -f "$work/dump.cnf"
  {
    printf '[client]\nhost="%s"\nport=%s\nprotocol=tcp\n' "$MYSQL_HOST" "$MYSQL_PORT"
    printf 'user="%s"\npassword="%s"\n' "$1" "$2"
    printf 'ssl-ca="%s"\nloose-ssl-mode=VERIFY_IDENTITY\nloose-ssl-verify-server-cert\n' "$MYSQL_CA"
    printf '[mysqldump]\nsingle-transaction\nquick\nroutines\ntriggers\nevents\nhex-blob\nno-tablespaces\n'
    printf 'loose-set-gtid-purged=OFF\ndefault-character-set=utf8mb4\nmax-allowed-packet=1G\n'
  } >"$work/dump.cnf" || fail "cannot write the options"
}

# The shell knows only how the last command of a pipe ended; that the first one did not is written down.
dump() {
  part=$DUMPS/$2.sql.gz.part
  write_options "$1" "$(cat "$SECRETS/$1")"
  { mysqldump --defaults-file="$work/dump.cnf" "$2" 2>"$work/said" || : >"$work/broken"; } | gzip >"$part" || fail "the dump of $2 cannot be written"
  if [ -e "$work/broken" ]; then
    cat "$work/said" >&2
    fail "the dump of $2 broke off"
  fi
  case $(gzip -dc "$part" | tail -n 1) in
  '-- Dump completed'*) ;;
  *) fail "the dump of $2 has no end" ;;
  esac
  mv "$part" "${part%.part}"
}

for pair in $ACCOUNTS; do
  dump "${pair%%:*}" "${pair#*:}"
done
printf 'dumped\n'
