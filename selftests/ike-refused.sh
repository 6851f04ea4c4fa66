#!/bin/bash
# SPDX-License-Identifier: MIT
# Negotiations that must fail, with ipsecvifd calling and called: nobody gets a
# tunnel, and both the command and the log say why in words.
# On: oldest
. "$(dirname "$0")/lib/test.sh"

defaults() {
	charon_defaults
	keyer_defaults
	K_TUNNEL='retransmit-tries = 2
    retransmit-timeout = 1s
    keying-tries = 1'
}

# refused WHAT REGEX: we call, and are refused; the reason is in the words.
refused() {
	check "$1: new configurations" gateways_change
	tunnel_refused "$1" "$2"
	check_equal "$1: no SA" 0 "$(sa_count left)"
}

# refuses WHAT REGEX_OF_OURS REGEX_OF_CHARON: they call, and we refuse.
refuses() {
	: >"$WORK/charon-right/log"
	call_refused "$1" "$2"
	check "$1: strongSwan was told" charon_says right "$3"
}

check "the topology comes up" topology_up
defaults
check "both daemons start" gateways_start
check "with the right settings it works" tunnel_up

K_PSK='another secret'
refused "wrong PSK" '([Aa][Uu][Tt][Hh]|key|identity)'
refuses "wrong PSK" '([Aa]uth|AUTH|key)' 'AUTHENTICATION_FAILED|AUTH_FAILED'

defaults
K_REMOTE_ID=somebody.example.net
refused "another identity than expected" '(identity|ID|id)'

defaults
K_IKE=aes256-sha256-x25519 C_IKE=aes128-sha512-ecp256
refused "no common IKE proposal" '(proposal|PROPOSAL|transform)'
refuses "no common IKE proposal" '(proposal|transform)' 'NO_PROP'

defaults
K_ESP=aes256gcm16 C_ESP=aes128-sha256
refused "no common ESP proposal" '(proposal|PROPOSAL|transform)'
refuses "no common ESP proposal" '(proposal|transform)' 'NO_PROP'

defaults
K_REMOTE_TS=10.77.0.0/24 K_LOCAL_TS=10.1.0.0/24 C_LOCAL_TS=$SITE_B C_REMOTE_TS=$SITE_A
refused "no common selector" '(selector|TS_UNACCEPTABLE)'
refuses "no common selector" '(selector|TS_UNACCEPTABLE)' 'TS_UNACCEPT'

defaults
K_REMOTE=198.51.100.99
wan ip route add blackhole 198.51.100.99/32
refused "a silent peer" '(answer|silent|respon|reach)'

# What is wrong is changed, and all is well again.
defaults
check "right settings again" gateways_change
check "tunnel up" tunnel_up
check "traffic" ping_a_b 2

# A configuration with an error changes nothing.
echo 'tunnel other { interfce = ipsec7 }' >"$WORK/keyer-left/etc/other.conf"
check_not "a reload of a wrong file fails" keyer left reload
check_match "with file, line and column" 'other\.conf:1:[0-9]+' "$(cat "$TAP_LOG")"
check_match "and the nearest key" 'interface' "$(cat "$TAP_LOG")"
rm "$WORK/keyer-left/etc/other.conf"
check_equal "the tunnel did not notice" up "$(tunnel_field left state)"
check "a reload of the same changes nothing" keyer left reload
check "traffic" ping_a_b 2
