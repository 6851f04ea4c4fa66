#!/bin/bash
# SPDX-License-Identifier: MIT
# The harness itself: without a tunnel nothing passes between the sites, and
# with in-kernel XFRM or two charons everything does, encrypted. A fault here
# is one of the tests, and not of what they test.
# On: newest
. "$(dirname "$0")/lib/test.sh"

check "the topology comes up" topology_up
check "the gateways reach each other" left ping -n -q -c 2 -i 0.05 $RIGHT
check_not "the sites do not, without a tunnel" ping_a_b 1 -W 1

transform aes128gcm
check "XFRM on the left gateway" xfrm_left replay-window 32
check "XFRM on the right gateway" xfrm_right replay-window 32
check "a capture on the wan router" capture_start wan right wan
check "IPv4 from A to B" ping_a_b 3
check "IPv6 from B to A" ping6_b_a 3
check "TCP from A to B" tcp_a_b
capture_stop wan
check "ESP was captured" capture_has wan "esp and src $LEFT" 6
check_equal "and nothing in clear" 0 "$(capture_count wan "$CLEAR")"
for netns in left right; do
	ip -n $netns xfrm state flush
	ip -n $netns xfrm policy flush
done

charon_defaults
check "charon on the right gateway" charon_start right
C_LOCAL=$LEFT C_REMOTE=$RIGHT
C_LOCAL_ID=left.example.net C_REMOTE_ID=right.example.net
C_LOCAL_TS=$SITE_A C_REMOTE_TS=$SITE_B
check "charon on the left gateway" charon_start left
check "they agree on a tunnel" swanctl_in left --initiate --child c
check "IPv4 from A to B through it" ping_a_b 3

# The NAT that other tests put before the left gateway.
stop_all
check "the topology comes up with a NAT" topology_up nat
check "a capture behind the NAT" capture_start wan left nat icmp
check "the left gateway reaches the right one" left ping -n -q -c 2 -i 0.05 $RIGHT
capture_stop nat
check "by the NAT's address" capture_has nat "src $LEFT_PUBLIC and dst $RIGHT" 2
check_equal "and never by its own" 0 "$(capture_count nat "src $LEFT")"
