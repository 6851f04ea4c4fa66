#!/bin/bash
# SPDX-License-Identifier: MIT
# Bad requests to the netlink family: refused with a sentence, changing nothing;
# from the wrong namespace and without privilege. Random ones: netlink-fuzz.sh.
# On: newest
. "$(dirname "$0")/lib/test.sh"

bad_input=$SELFTESTS/lib/bad_input.py

check "the module loads" module_load
netns_add left right
check "a device" ip -n left link add ipsec0 type ipsecvif
ip -n left link set ipsec0 up
points left python3 -SE "$bad_input" all
points right python3 -SE "$bad_input" foreign

# The tree may be where only root can read.
mkdir -p "$WORK/copy/selftests/lib" "$WORK/copy/uapi/linux"
cp "$SELFTESTS"/lib/{genl,bad_input}.py "$WORK/copy/selftests/lib/"
cp "$TOP/uapi/linux/ipsecvif.h" "$WORK/copy/uapi/linux/"
chmod -R a+rX "$WORK"
bad_input=$WORK/copy/selftests/lib/bad_input.py
points left setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all \
	python3 -SE "$bad_input" unprivileged
# Root of a user namespace of its own is nobody in that of the device.
points left unshare -U -r python3 -SE "$bad_input" unprivileged
