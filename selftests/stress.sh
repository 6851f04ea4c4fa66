#!/bin/bash
# SPDX-License-Identifier: MIT
# On: newest
# Everything at once (lib/stress.py): SAs, selectors, links, namespaces, sockets
# and packets come and go together, and the module too. DURATION=SECONDS, else
# short. Afterwards a tunnel works.
. "$(dirname "$0")/lib/test.sh"

export LEFT RIGHT HOST_B MODULE TIME_SCALE

check "the topology comes up" topology_up
check "the module loads" module_load
check "a device, with routes" ipsecvif_device ipsec0
check "another" ip -n left link add ipsec1 type ipsecvif
ip -n left link set ipsec1 up
points python3 -SE "$SELFTESTS/lib/stress.py" "${DURATION:-$((3 * TIME_SCALE))}"
for device in ipsec0 ipsec1; do
	check "$device goes" ip -n left link del $device
done
wait_for 10 eval "! ip -n left link show type ipsecvif | grep ."
check "no device is left" eval "! ip -n left link show type ipsecvif | grep ."

transform aes128gcm
check "a new device" ipsecvif_device ipsec0
check "XFRM" xfrm_right replay-window 32
check "SAs" ipsecvif_sas ipsec0
check "it works" ping_a_b 3
check "both ways" ping6_b_a 3
