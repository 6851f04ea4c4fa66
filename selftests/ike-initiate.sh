#!/bin/bash
# SPDX-License-Identifier: MIT
# ipsecvifd calls strongSwan: the tunnel comes up by one command, carries both
# families, shows itself truly, and goes down without a trace; with every
# transform that we claim.
# On: newest
. "$(dirname "$0")/lib/test.sh"

charon_sas() {
	swanctl_in right --list-sas | grep -c ESTABLISHED
}

check "the topology comes up" topology_up
charon_defaults
keyer_defaults
check "both daemons start" gateways_start
check "a capture on the wan router" capture_start wan left wan
check "tunnel up" keyer left tunnel up site
check_equal "strongSwan has the IKE SA" 1 "$(charon_sas)"
check "carrier on" wait_for 2 carrier_is left ipsec0 1
check_equal "the daemon says up" up "$(tunnel_field left state)"
check_equal "and that it called" initiator "$(tunnel_field left ike.role)"
check_match "a route to site B leads into the tunnel" 'dev ipsec0' "$(ip -n left route get $HOST_B)"
check_match "and one for IPv6" 'dev ipsec0' "$(ip -n left -6 route get $HOST_B6)"
check "IPv4 from A to B" ping_a_b 3
check "IPv6 from A to B" ping6_a_b 3
check "IPv4 from B to A" ping_b_a 3
check "IPv6 from B to A" ping6_b_a 3
check "TCP from A to B" tcp_a_b
capture_stop wan
check "IKE and ESP crossed the wan" capture_has wan esp 10
check_equal "and nothing in clear" 0 "$(capture_count wan "$CLEAR")"
check "the pre-shared key shows nowhere" psk_is_secret

check "tunnel down" keyer left tunnel down site
check_equal "strongSwan was told" 0 "$(charon_sas)"
check "carrier off" wait_for 2 eval '[ "$(carrier left ipsec0)" != 1 ]'
check_equal "no SA is left" 0 "$(sa_count left)"
check "nothing passes in clear" capture_start wan left clear
check_not "no traffic" ping_a_b 2 -W 1
capture_stop clear
check_equal "and none in clear" 0 "$(capture_count clear 'icmp and net 10.0.0.0/8')"

# The peer has only the second of our groups: INVALID_KE_PAYLOAD.
K_IKE=aes256-sha256-x25519-ecp384 C_IKE=aes256-sha256-ecp384
check "new configurations" gateways_change
check "tunnel up after INVALID_KE_PAYLOAD" keyer left tunnel up site
check "traffic" ping_a_b 1

for ike in aes128-sha256-ecp256 aes256-sha384-modp2048 aes256-sha512-modp3072 \
	aes128gcm16-prfsha256-x25519 aes256gcm16-prfsha384-ecp384 aes256-sha256-modp4096; do
	K_IKE=$ike C_IKE=$ike
	gateways_change >"$TAP_LOG" 2>&1 || diag <"$TAP_LOG"
	check "IKE with $ike" keyer left tunnel up site
	check_match "$ike was agreed on" "$ike" "$(tunnel_field left ike.proposal)"
done
K_IKE=aes256-sha256-x25519 C_IKE=aes256-sha256-x25519
for esp in aes128gcm16-x25519 aes256gcm16 aes128-sha256-ecp256 aes256-sha256 \
	aes256gcm16-x25519-esn; do
	K_ESP=${esp%-esn} C_ESP=$esp
	gateways_change >"$TAP_LOG" 2>&1 || diag <"$TAP_LOG"
	check "ESP with $esp" keyer left tunnel up site
	check "traffic with $esp" ping_a_b 2
done

# On demand: what brings the tunnel up is its first packet, and waits for it.
K_ESP=aes256gcm16-x25519 C_ESP=aes256gcm16-x25519 K_START=on-demand
check "a tunnel on demand" gateways_change
check "waits" wait_for 5 tunnel_is left waiting
check "its first packet has a reply" ping_a_b 1 -W $((15 * TIME_SCALE))
check_equal "for it came up" up "$(tunnel_field left state)"
K_START=respond

# Narrowing: we ask for more than strongSwan allows.
K_ESP=aes256gcm16-x25519 C_ESP=aes256gcm16-x25519
K_LOCAL_TS=10.0.0.0/8 K_REMOTE_TS=10.0.0.0/8 C_LOCAL_TS=$SITE_B C_REMOTE_TS=$SITE_A
check "wide selectors here, narrow ones there" gateways_change
check "tunnel up" keyer left tunnel up site
check_match "the selectors were narrowed" "$SITE_A" "$(tunnel_field left children.0.ts_local)"
check "traffic" ping_a_b 2
check "the daemon ends" keyer_stop left
check "its tunnel with it" wait_for 5 eval '[ "$(charon_sas)" = 0 ]'
