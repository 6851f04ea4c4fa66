#!/bin/bash
# SPDX-License-Identifier: MIT
# A NAT between the gateways: IKE moves to port 4500, ESP goes in UDP, both ways,
# in and out of the keyer's own socket.
# On: newest
. "$(dirname "$0")/lib/test.sh"

check "the topology comes up, with a NAT before the left gateway" topology_up nat
charon_defaults
C_REMOTE=%any
keyer_defaults
check "both daemons start" gateways_start
check "a capture on the wan router" capture_start wan left wan
check "tunnel up" keyer left tunnel up site
check_match "the daemon sees the NAT before itself" true "$(tunnel_field left ike.nat.local)"
check_match "and ESP in UDP" true "$(tunnel_field left ike.nat.encap)"
check "IPv4 from A to B" ping_a_b 3
check "IPv6 from A to B" ping6_a_b 3
check "IPv4 from B to A" ping_b_a 3
check "TCP from A to B" tcp_a_b
check "TCP from B to A" tcp_a_b -R
capture_stop wan
check "ESP in UDP crossed the wan" capture_has wan 'udp port 4500 and not udp[8:4] = 0' 12
check_equal "and no ESP without" 0 "$(capture_count wan esp)"
check_equal "and nothing in clear" 0 "$(capture_count wan "$CLEAR")"
check "strongSwan rekeys the CHILD SA" swanctl_in right --rekey --child c
check "IPv4 from A to B" ping_a_b 3
check "strongSwan rekeys the IKE SA" swanctl_in right --rekey --ike t
check "IPv4 from B to A" ping_b_a 3

K_TUNNEL='nat-keepalive = 1s'
check "a short keepalive" gateways_change
check "tunnel up" keyer left tunnel up site
check "a capture on the wan router" capture_start wan left keep
check "keepalives are sent" wait_for 5 capture_has keep 'udp port 4500 and udp[4:2] = 9' 2
capture_stop keep
check "tunnel down" keyer left tunnel down site

K_AH=sha256 C_AH=sha256
check "AH" gateways_change
keyer left tunnel up site >"$WORK/up" 2>&1
check_match "AH cannot pass a NAT, and we say so" 'AH cannot pass a NAT, and there is one before us' \
	"$(keyer left tunnel why site)"
