#!/bin/bash
# Installs what operators work with. Runs at every boot, and again whenever it failed: each step looks first whether it is
# done. Nothing here is secret, and nothing is kept that a new machine would not make again.
#
# ROOT is empty on a real machine; the tests point it at a scratch folder.
set -euo pipefail

ROOT=${ROOT:-}
# shellcheck source=/dev/null
. "$ROOT/etc/openedx/bastion.env"
export AWS_REGION=$BASTION_REGION AWS_PAGER='' AWS_RETRY_MODE=standard AWS_MAX_ATTEMPTS=5

TUTOR=$ROOT/opt/openedx/tutor
KUBECONFIG_FILE=$ROOT/etc/openedx/kubeconfig

main() {
	one_at_a_time
	install_packages
	install_tutor
	fetch_authority
	write_kubeconfig
	say "the tools are ready"
}

say() { printf '%s\n' "$*" >&2; }

die() {
	say "error: $*"
	exit 1
}

# one_at_a_time keeps an operator's run by hand from crossing the unit's.
one_at_a_time() {
	exec 9>"$ROOT/run/bastion-tools.lock"
	flock -n 9 || die "another run of this script is under way"
}

# install_packages locks the exact versions before it installs them, so that "dnf upgrade" moves none of them. The others
# are Amazon Linux's own: the image locks their repository. All are signed.
install_packages() {
	local others=(mariadb105 mariadb-connector-c valkey jq "python$BASTION_VERSION_PYTHON" "python$BASTION_VERSION_PYTHON-pip")
	local exact=("kubectl-$BASTION_VERSION_KUBECTL" "mongodb-mongosh-shared-openssl3-$BASTION_VERSION_MONGOSH")
	if rpm -q --quiet "${others[@]}" "${exact[@]}"; then return 0; fi
	say "installing ${others[*]} ${exact[*]}"
	dnf install -y -q 'dnf-command(versionlock)' "${others[@]}"
	dnf versionlock add -q "${exact[@]}"
	dnf install -y -q "${exact[@]}"
}

# install_tutor gives Tutor a Python environment of its own. The file that names the versions is written last: an
# environment without it broke off half way, or is of other versions, and is made anew.
install_tutor() {
	local wanted="tutor==$BASTION_VERSION_TUTOR tutor-mfe==$BASTION_VERSION_TUTOR_MFE"
	if [ "$(cat "$TUTOR/versions" 2>/dev/null)" = "$wanted" ]; then return 0; fi
	say "installing $wanted"
	rm -rf "$TUTOR"
	mkdir -p "${TUTOR%/*}" "$ROOT/usr/local/bin"
	"python$BASTION_VERSION_PYTHON" -m venv "$TUTOR"
	# The index is named, so that nothing on the machine can name another.
	# shellcheck disable=SC2086  # two requirements
	"$TUTOR/bin/pip" --isolated install --quiet --no-cache-dir --index-url https://pypi.org/simple $wanted
	ln -sfn "${TUTOR#"$ROOT"}/bin/tutor" "$ROOT/usr/local/bin/tutor"
	printf '%s\n' "$wanted" >"$TUTOR/versions"
}

# fetch_authority fetches the certificates that the servers of MySQL are checked against, at every boot: AWS adds to them.
# Nobody signs the file; the host it comes from is checked as any host is.
fetch_authority() {
	local file=$ROOT/etc/openedx/mysql-authority.pem
	curl --fail --silent --show-error --proto =https --max-time 60 --output "$file.part" "$BASTION_MYSQL_AUTHORITY"
	grep -q 'BEGIN CERTIFICATE' "$file.part" || die "$BASTION_MYSQL_AUTHORITY holds no certificate"
	chmod 0644 "$file.part"
	mv -f "$file.part" "$file"
}

# write_kubeconfig names the cluster; what opens it is the machine's role, for whom kubectl asks the AWS CLI each time.
write_kubeconfig() {
	aws eks update-kubeconfig --name "$BASTION_CLUSTER" --kubeconfig "$KUBECONFIG_FILE" >/dev/null
	chmod 0644 "$KUBECONFIG_FILE"
}

main
