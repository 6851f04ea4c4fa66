#!/bin/bash
# SPDX-License-Identifier: MIT
# Packets that a hostile network or peer can make, by the thousand, from one
# process that encrypts for itself (lib/hostile.py): every bit and every length
# wrong, every order at the window's edges, every next header, padding, nesting,
# forged ICMP, floods. Nothing but counters moves.
# On: newest
. "$(dirname "$0")/lib/test.sh"

export LEFT RIGHT HOST_A HOST_B TIME_SCALE

check "the topology comes up" topology_up
check "the module loads" module_load
modprobe -aq algif_aead
modprobe -aq xfrm_user esp4
check "a device, with routes" ipsecvif_device ipsec0
points python3 -SE "$SELFTESTS/lib/hostile.py"
