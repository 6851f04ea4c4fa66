#!/bin/bash
# SPDX-License-Identifier: MIT
# Mutated requests to the netlink family (lib/fuzz.py): the kernel survives, no
# key comes out, and right requests still work. FUZZ=COUNT requests, FUZZ_SEED=N
# the same ones again, DURATION=SECONDS at most.
# On: oldest
. "$(dirname "$0")/lib/test.sh"

check "the topology comes up" topology_up
check "the module loads" module_load
check "a device, with routes" ipsecvif_device ipsec0
check "another" ip -n left link add ipsec1 type ipsecvif
points python3 -SE "$SELFTESTS/lib/fuzz.py" "${FUZZ:-1500}" \
	"${FUZZ_SEED:-$((RANDOM * 32768 + RANDOM))}" "${DURATION:-0}"
