#!/bin/bash
# SPDX-License-Identifier: MIT
# strongSwan calls ipsecvifd, which waits; and a packet calls strongSwan, when
# the tunnel is on demand.
# On: oldest
. "$(dirname "$0")/lib/test.sh"

check "the topology comes up" topology_up
charon_defaults
keyer_defaults
check "both daemons start" gateways_start
check_equal "no tunnel yet: carrier off" 0 "$(carrier left ipsec0)"
check "strongSwan calls" swanctl_in right --initiate --child c
check "carrier on" wait_for 5 carrier_is left ipsec0 1
check_equal "the daemon says up" up "$(tunnel_field left state)"
check_equal "and that it was called" responder "$(tunnel_field left ike.role)"
check "IPv4 from B to A" ping_b_a 3
check "IPv6 from A to B" ping6_a_b 3
check "TCP from A to B" tcp_a_b
check "strongSwan hangs up" swanctl_in right --terminate --ike t
check "carrier off" wait_for 5 eval '[ "$(carrier left ipsec0)" != 1 ]'
check "no SA is left" wait_for 2 eval '[ "$(sa_count left)" = 0 ]'
check "it calls again" swanctl_in right --initiate --child c
check "traffic" ping_a_b 2

# A second call of the same peer replaces the first.
charon_kill right
check "strongSwan dies and starts anew" charon_start right
check "and calls" swanctl_in right --initiate --child c
check "traffic" ping_b_a 2

for ike in aes128-sha256-ecp256 aes256-sha512-modp2048 aes256gcm16-prfsha384-ecp384; do
	K_IKE=$ike C_IKE=$ike
	gateways_change >"$TAP_LOG" 2>&1 || diag <"$TAP_LOG"
	check "called with $ike" swanctl_in right --initiate --child c
	check "traffic with $ike" ping_b_a 1
done

# The peer offers more than one group, and guesses the wrong one.
K_IKE=aes256-sha256-ecp384 C_IKE=aes256-sha256-x25519-ecp384
check "new configurations" gateways_change
check "the peer is told another group" swanctl_in right --initiate --child c
check "traffic" ping_b_a 1

# On demand: the first packet brings it up.
K_IKE=aes256-sha256-x25519 C_IKE=aes256-sha256-x25519 K_START=on-demand
check "on demand" gateways_change
check_not "no tunnel yet" tunnel_is left up
check "a packet brings it up" ping_a_b 1 -w $((5 * TIME_SCALE))
check_equal "the daemon says up" up "$(tunnel_field left state)"
check "traffic" ping_a_b 3
