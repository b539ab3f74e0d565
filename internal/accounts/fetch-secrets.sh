#!/bin/sh
# Fetches an administrator's and an instance's secret and lays each password into a file of its own, for the scripts that
# create accounts or use them. It runs in the image of the AWS CLI, which has jq since July 2025, and may be run again at any time.
#
# SECRETS has to be a folder in memory. No argument and no variable holds a secret: each goes from file to file.
#   ADMIN_SECRET      optional, the secret {"username", "password"} of an account that may make others
#   INSTANCE_SECRET   the secret with the instance's settings, by Tutor's own names
#   PASSWORDS         words of the form user:SETTING, the setting that holds the user's password
#   SECRETS           gets one file for each user, and admin-user and admin-password for the administrator
#   AUTHORITY_URL     optional, where the certificates are that the server's is checked against
#   AUTHORITY         the file they are to be in
set -eu
LC_ALL=C
export LC_ALL
umask 077

fail() {
  printf 'fetch-secrets: %s\n' "$*" >&2
  exit 1
}

: "${INSTANCE_SECRET:?}" "${PASSWORDS:?}" "${SECRETS:?}"
for pair in $PASSWORDS; do
  case $pair in
  *[!A-Za-z0-9_:]* | :* | *: | *:*:*) fail "'$pair' is not a user and a setting" ;;
  *:*) ;;
  *) fail "'$pair' is not a user and a setting" ;;
  esac
done
for tool in aws jq; do
  command -v "$tool" >/dev/null || fail "this image has no $tool"
done
mkdir -p "$SECRETS"
chmod 0700 "$SECRETS"

# What is fetched lies beside the files, in memory too. The CLI keeps settings in its user's home, which an
# unprivileged container may not write.
work=$(mktemp -d "$SECRETS/.fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
HOME=$work
export HOME

fetch() {
  aws secretsmanager get-secret-value --secret-id "$1" --query SecretString --output text >"$work/secret" ||
    fail "the secret $1 cannot be read"
}

# A setting that is missing, empty or no text ends the run, and the answer of jq is not shown: it may quote its input.
lay() {
  jq -ej --arg key "$1" '.[$key] | select(type == "string" and length > 0)' "$work/secret" >"$work/value" 2>/dev/null ||
    fail "the secret $2 has no $1"
  mv "$work/value" "$SECRETS/$3"
}

if [ -n "${ADMIN_SECRET:-}" ]; then
  fetch "$ADMIN_SECRET"
  lay username "$ADMIN_SECRET" admin-user
  lay password "$ADMIN_SECRET" admin-password
fi
fetch "$INSTANCE_SECRET"
for pair in $PASSWORDS; do
  lay "${pair#*:}" "$INSTANCE_SECRET" "${pair%%:*}"
done

[ -n "${AUTHORITY_URL:-}" ] || exit 0
: "${AUTHORITY:?}"
case $AUTHORITY_URL in https://*) ;; *) fail "'$AUTHORITY_URL' is not an address that begins with https://" ;; esac
command -v curl >/dev/null || fail "this image has no curl"
curl --fail --silent --show-error --proto '=https' --retry 5 --max-time 60 --output "$work/authority" "$AUTHORITY_URL" ||
  fail "the certificates at $AUTHORITY_URL cannot be had"
case $(cat "$work/authority") in
*'-----BEGIN CERTIFICATE-----'*) ;;
*) fail "there is no certificate at $AUTHORITY_URL" ;;
esac
mv "$work/authority" "$AUTHORITY"
