#!/bin/sh
# Creates one Open edX instance's MySQL databases and accounts, and may be run again at any time.
#
# It runs inside the network, in the official MySQL image. Passwords are read from files, reach the client through an
# option file that only its owner can read, or through standard input, and are never arguments or variables that a
# child process inherits. A run that finds everything in place changes nothing.
#
# The environment names things, the folder SECRETS holds what is secret:
#   MYSQL_HOST, MYSQL_PORT   the server
#   MYSQL_CA                 the file with the authority that signed the server's certificate
#   ACCOUNTS                 words of the form user:database
#   BOOTSTRAP                the account that Tutor knows as root
#   BOOTSTRAP_STATE          open while Tutor's init job runs, closed otherwise
#   SECRETS/admin-user, SECRETS/admin-password, and SECRETS/<user> with the password of each account
set -eu
LC_ALL=C
export LC_ALL

fail() {
  printf 'mysql-accounts: %s\n' "$*" >&2
  exit 1
}

# Names and passwords go into SQL as they are, so nothing but these characters may pass.
check_name() {
  case $2 in
  '' | [!a-z]* | *[!a-z0-9]*) fail "the $1 '$2' has to be lower-case letters and digits, starting with a letter" ;;
  esac
  [ "${#2}" -le 32 ] || fail "the $1 '$2' is longer than 32 characters"
}

check_password() {
  case $2 in
  '' | *[!A-Za-z0-9]*) fail "the password of '$1' has to be letters and digits only" ;;
  esac
  [ "${#2}" -ge 16 ] || fail "the password of '$1' is shorter than 16 characters"
}

secret() {
  [ -r "$SECRETS/$1" ] || fail "there is no secret '$1' in $SECRETS"
  cat "$SECRETS/$1"
}

# RDS chooses the admin's password among all printable characters. In a quoted value of an option file only the
# backslash has a meaning.
escape() {
  rest=$1
  while :; do
    case $rest in
    *\\*)
      printf '%s%s' "${rest%%\\*}" "\\\\"
      rest=${rest#*\\}
      ;;
    *) break ;;
    esac
  done
  printf '%s' "$rest"
}

# The MySQL client knows ssl-mode, the MariaDB client ssl-verify-server-cert: "loose" makes each ignore the other's.
write_options() {
  rm -f "$1"
  {
    printf '[client]\nhost="%s"\nport=%s\nprotocol=tcp\nconnect-timeout=10\n' "$MYSQL_HOST" "$MYSQL_PORT"
    printf 'user="%s"\npassword="%s"\n' "$2" "$(escape "$3")"
    printf 'ssl-ca="%s"\nloose-ssl-mode=VERIFY_IDENTITY\nloose-ssl-verify-server-cert\n' "$MYSQL_CA"
  } >"$1" || fail "cannot write $1"
  chmod 0400 "$1"
}

# printf is part of the shell, so what it writes is in no process's arguments.
ask() {
  printf '%s\n' "$1" | mysql --defaults-file="$work/admin.cnf" --batch --skip-column-names 2>"$work/said" || give_up
}

run() {
  printf '%s\n' "$1" | mysql --defaults-file="$work/admin.cnf" --batch >/dev/null 2>"$work/said" || give_up
}

# A server may repeat a part of the statement it refuses, with the password in it: only an answer without one is shown.
give_up() {
  said=$(cat "$work/said")
  case $said in
  *"${password:-$work}"*) fail "the server refused a statement about '$user'; its answer repeats the password and is not shown" ;;
  esac
  printf '%s\n' "$said" | while IFS= read -r line; do
    case $line in *loose-ssl*) ;; *) printf '%s\n' "$line" >&2 ;; esac
  done
  fail "the server at $MYSQL_HOST answered with an error"
}

# What an account holds beyond its databases. $1 is the user, $2 its databases as a list of SQL strings, $3 its global
# privileges likewise, $4 whether it may grant (YES or NO).
surplus() {
  grantee="'''$1''@''%'''"
  ask "SELECT privilege_type, 'ON *.*' FROM information_schema.user_privileges WHERE grantee = $grantee
      AND privilege_type <> 'USAGE' AND (privilege_type NOT IN ($3) OR is_grantable = 'YES');
    SELECT privilege_type, 'ON', table_schema FROM information_schema.schema_privileges WHERE grantee = $grantee
      AND (table_schema NOT IN ($2) OR (is_grantable = 'YES' AND '$4' = 'NO'));
    SELECT privilege_type, 'ON', table_schema, table_name FROM information_schema.table_privileges
      WHERE grantee = $grantee;
    SELECT privilege_type, 'ON', table_schema, table_name, column_name FROM information_schema.column_privileges
      WHERE grantee = $grantee;
    SELECT proc_priv, 'ON', db, routine_name FROM mysql.procs_priv WHERE user = '$1' AND host = '%';"
}

# Grants are taken away only where there is something to take: the account could do nothing until they are given back.
revoke_surplus() {
  found=$(surplus "$@")
  [ -n "$found" ] || return 0
  printf '%s held more than it should, all is revoked:\n%s\n' "$1" "$found"
  run "REVOKE ALL PRIVILEGES, GRANT OPTION FROM '$1'@'%';"
}

accepts_password() {
  write_options "$work/user.cnf" "$1" "$2"
  printf 'SELECT 1;\n' | mysql --defaults-file="$work/user.cnf" --batch >/dev/null 2>&1
}

# A password that works is left alone: setting it again would write a new hash.
set_password() {
  accepts_password "$1" "$2" && return 0
  run "ALTER USER '$1'@'%' IDENTIFIED BY '$2';"
  accepts_password "$1" "$2" || fail "'$1' is refused with the password that was just set: is the account locked?"
  printf '%s has a new password\n' "$1"
}

# utf8mb4 is written out: the server's default may be another, and a database made by Tutor has that default.
create_database() {
  run "CREATE DATABASE IF NOT EXISTS $1 CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;"
  other=$(ask "SELECT default_collation_name FROM information_schema.schemata
    WHERE schema_name = '$1' AND default_collation_name <> 'utf8mb4_unicode_ci';")
  [ -n "$other" ] || return 0
  printf '%s had the collation %s: new tables get utf8mb4, convert the old ones\n' "$1" "$other"
  run "ALTER DATABASE $1 CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;"
}

create_account() {
  user=$1
  database=$2
  password=$(secret "$user")
  check_password "$user" "$password"
  create_database "$database"
  run "CREATE USER IF NOT EXISTS '$user'@'%' IDENTIFIED BY '$password' REQUIRE SSL;"
  run "ALTER USER '$user'@'%' REQUIRE SSL;"
  revoke_surplus "$user" "'$database'" "''" NO
  run "GRANT ALL PRIVILEGES ON $database.* TO '$user'@'%';"
  set_password "$user" "$password"
}

# Tutor's init job creates users, and a server lets whoever may do that change every other account as well: MySQL has no
# narrower privilege, and the SYSTEM_USER that would shield the others is not given out by RDS. So this account exists
# all the time, but is locked and holds nothing except while Tutor's init job is to run.
bootstrap_account() {
  user=$BOOTSTRAP
  password=$(secret "$user")
  check_password "$user" "$password"
  run "CREATE USER IF NOT EXISTS '$user'@'%' IDENTIFIED BY '$password' REQUIRE SSL;"
  if [ "$BOOTSTRAP_STATE" = closed ]; then
    run "ALTER USER '$user'@'%' REQUIRE SSL ACCOUNT LOCK;"
    revoke_surplus "$user" "''" "''" NO
    return
  fi
  revoke_surplus "$user" "$databases" "'CREATE USER'" YES
  for pair in $ACCOUNTS; do
    run "GRANT ALL PRIVILEGES ON ${pair#*:}.* TO '$user'@'%' WITH GRANT OPTION;"
  done
  run "GRANT CREATE USER ON *.* TO '$user'@'%';"
  run "ALTER USER '$user'@'%' REQUIRE SSL ACCOUNT UNLOCK;"
  set_password "$user" "$password"
  printf '%s is open and can change every account of the server: close it after the init job\n' "$user"
}

: "${MYSQL_HOST:?}" "${MYSQL_PORT:?}" "${MYSQL_CA:?}" "${ACCOUNTS:?}" "${BOOTSTRAP:?}" "${SECRETS:?}"
case ${BOOTSTRAP_STATE:?} in
open | closed) ;;
*) fail "BOOTSTRAP_STATE is '$BOOTSTRAP_STATE', it has to be open or closed" ;;
esac
case $MYSQL_HOST in *[!A-Za-z0-9.-]*) fail "MYSQL_HOST '$MYSQL_HOST' is not a host name" ;; esac
case $MYSQL_PORT in *[!0-9]*) fail "MYSQL_PORT '$MYSQL_PORT' is not a number" ;; esac
[ -r "$MYSQL_CA" ] || fail "there is no authority file $MYSQL_CA"

# All names are checked before the first statement is run.
check_name bootstrap "$BOOTSTRAP"
databases=
for pair in $ACCOUNTS; do
  check_name user "${pair%%:*}"
  check_name database "${pair#*:}"
  databases="${databases:+$databases, }'${pair#*:}'"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
password=
user=
admin=$(secret admin-user)
admin_password=$(secret admin-password)
write_options "$work/admin.cnf" "$admin" "$admin_password"
status=$(ask "SHOW SESSION STATUS LIKE 'Ssl_cipher';")
case $status in
*"$(printf '\t')"?*) ;;
*) fail "the connection to $MYSQL_HOST is not encrypted" ;;
esac

for pair in $ACCOUNTS; do
  create_account "${pair%%:*}" "${pair#*:}"
done
bootstrap_account
printf 'accounts are in place\n'
