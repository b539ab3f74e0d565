#!/bin/sh
# Uploads whole dumps to a bucket, under names that begin with the time. It runs in the image of the AWS CLI; S3 shows an
# object only once all of it is there.
#   DUMPS         the folder with the dumps; what ends in .part is none
#   DESTINATION   s3://bucket/folder
set -eu
LC_ALL=C
export LC_ALL

fail() {
  printf 'upload-dumps: %s\n' "$*" >&2
  exit 1
}

: "${DUMPS:?}" "${DESTINATION:?}"
case $DESTINATION in s3://?*/?*) ;; *) fail "'$DESTINATION' is no folder of a bucket" ;; esac
# The CLI keeps settings in its user's home, which an unprivileged container may not write.
HOME=$(mktemp -d)
export HOME
trap 'rm -rf "$HOME"' EXIT
trap 'exit 1' HUP INT TERM

now=$(date -u +%Y-%m-%dT%H%M%SZ)
found=
for file in "$DUMPS"/*.gz; do
  [ -s "$file" ] || continue
  found=$file
  aws s3 cp "$file" "${DESTINATION%/}/$now-${file##*/}" --only-show-errors || fail "${file##*/} cannot be uploaded"
  printf 'uploaded %s\n' "$now-${file##*/}"
done
[ -n "$found" ] || fail "there is no dump in $DUMPS"
