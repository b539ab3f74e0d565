# shellcheck shell=bash
# The data volume: found, formatted when it is blank and never otherwise, mounted, grown. Sourced by mongo-boot.sh.

# EBS shows a volume under its own id whatever device name it was attached with.
VOLUME=$ROOT/dev/disk/by-id/nvme-Amazon_Elastic_Block_Store_${MONGO_VOLUME/-/}

# The file that says "nothing was ever stored here": made on an empty file system, removed once this member is in the set.
# The first member initiates only while it is there.
NEW=$DATA/new-volume

prepare_volume() {
	wait_for "the data volume $MONGO_VOLUME" test -e "$VOLUME"
	if blank; then
		say "the data volume is blank: making a file system"
		# Without -f: mkfs.xfs refuses by itself to overwrite anything it knows.
		mkfs.xfs -q -L mongo "$VOLUME"
	fi
	mount_volume
	mark_if_empty
	give_to_mongod
}

# blank says whether the volume may be formatted, and stops the script when it holds anything but XFS. Three witnesses
# must agree: blkid's probe of the device itself (-p, no cache), wipefs, and the first MiB, which is all zero on a new EBS
# volume. A wrong yes would cost the data of a member, a wrong no costs an operator one command.
blank() {
	local found code=0
	found=$(blkid -p -o export "$VOLUME") || code=$?
	case $code in
	0)
		if grep -qx 'TYPE=xfs' <<<"$found"; then return 1; fi
		refuse "$(grep -E '^(TYPE|PTTYPE)=' <<<"$found" | tr '\n' ' ')"
		;;
	2) ;; # nothing recognised
	*) refuse "signatures that contradict each other (blkid exits with $code)" ;;
	esac
	found=$(wipefs --noheadings "$VOLUME") || refuse "something that wipefs cannot read"
	[ -z "$found" ] || refuse "$found"
	head -c 1048576 "$VOLUME" | cmp -s -n 1048576 - /dev/zero || refuse "data without a file system"
}

refuse() {
	die "the data volume $MONGO_VOLUME holds $1: it is not formatted; attach the right volume, or erase this one by hand"
}

# mount_volume mounts by UUID: a device name can be another disk's at the next boot.
mount_volume() {
	local uuid line
	uuid=$(blkid -p -o value -s UUID "$VOLUME")
	[ -n "$uuid" ] || die "the file system of the data volume has no UUID"
	# With nofail a missing volume stops MongoDB, not the boot: Session Manager still gets in.
	line="UUID=$uuid $DATA xfs noatime,nofail,x-systemd.device-timeout=60 0 2"
	if ! grep -qxF "$line" "$ROOT/etc/fstab"; then
		# A line of an earlier volume goes, or the machine would mount that one at the next boot.
		{ awk -v at="$DATA" '$2 != at' "$ROOT/etc/fstab" && printf '%s\n' "$line"; } >"$ROOT/etc/fstab.new"
		mv "$ROOT/etc/fstab.new" "$ROOT/etc/fstab"
		systemctl daemon-reload
	fi
	if ! mountpoint -q "$DATA"; then
		mkdir -p "$DATA"
		mount "$DATA"
	fi
	[ "$(findmnt -n -o UUID "$DATA")" = "$uuid" ] || die "another file system is mounted on $DATA"
	# An enlarged volume is used from the next boot on; when nothing grew, nothing happens.
	xfs_growfs -d "$DATA" >/dev/null
}

# mark_if_empty also runs when an earlier boot was cut off between making the file system and starting mongod.
mark_if_empty() {
	if [ -z "$(ls -A "$DATA")" ]; then touch "$NEW"; fi
}

# give_to_mongod repairs the owner: a new machine may number the mongod user differently from the one that wrote the volume.
give_to_mongod() {
	mkdir -p "$DATA/db"
	if [ "$(stat -c %U "$DATA/db")" != mongod ]; then chown -R mongod:mongod "$DATA/db"; fi
}
