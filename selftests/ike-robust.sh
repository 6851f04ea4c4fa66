#!/bin/bash
# SPDX-License-Identifier: MIT
# Messages in fragments, both ways and over IPv6, childless beginnings, post-quantum
# pre-shared keys, and a demand for cookies, with strongSwan on the other side.
# On: newest
. "$(dirname "$0")/lib/test.sh"

# So many selectors that IKE_AUTH takes several datagrams.
many() { # A.B SEPARATOR
	local i

	printf '%s.0.0/24' "$1"
	for i in $(seq 1 27); do
		printf '%s%s.%s.0/24' "$2" "$1" "$i"
	done
}

call() { # ROLE
	if [ "$1" = we ]; then
		keyer left tunnel up site
	else
		swanctl_in right --initiate --child c
	fi && ping_a_b 1 && ping_b_a 1
}

fragments() { # COUNT: datagrams whose first payload is an Encrypted Fragment
	capture_has wan 'udp and (udp[24] = 53 or udp[28] = 53)' "$1"
}

check "the topology comes up" topology_up
charon_defaults
keyer_defaults
check "both daemons start" gateways_start

K_TUNNEL='fragment-size = 600' C_CHARON='fragment_size = 600'
K_LOCAL_TS="$(many 10.1 ', ')" K_REMOTE_TS=$SITE_B
C_LOCAL_TS=$SITE_B C_REMOTE_TS="$(many 10.1 ,)"
check "strongSwan with a small fragment size" eval 'charon_stop right && charon_start right'
check "long messages" gateways_change
check "a capture on the wan router" capture_start wan left wan
check "we call, in fragments" call we
check "strongSwan rekeys the CHILD SA" swanctl_in right --rekey --child c
check "traffic" ping_a_b 1
check "strongSwan rekeys the IKE SA" swanctl_in right --rekey --ike t
check "and the CHILD SA on the new one" swanctl_in right --rekey --child c
check "traffic" ping_b_a 1
check "strongSwan hangs up" swanctl_in right --terminate --ike t
check "strongSwan calls, in fragments" call they
capture_stop wan
check "fragments crossed the wan" fragments 8

K_TUNNEL='fragment-size = never'
check "no fragments here" gateways_change
check "we call, in datagrams as long as they are" call we

K_TUNNEL='' C_CHARON=''
K_LOCAL=$LEFT6 K_REMOTE=$RIGHT6 C_LOCAL=$RIGHT6 C_REMOTE=$LEFT6
K_TUNNEL='fragment-size = 600'
check "over IPv6" gateways_change
check "a capture on the wan router" capture_start wan left wan6
check "we call, in fragments" call we
check "strongSwan hangs up" swanctl_in right --terminate --ike t
check "strongSwan calls" call they
capture_stop wan6
# tcpdump does not look behind an IPv6 header for UDP's bytes
check "fragments crossed the wan" capture_has wan6 'ip6 and udp and (ip6[64] = 53 or ip6[68] = 53)' 4

K_TUNNEL='nat-t = always'
check "UDP encapsulation, forced, over IPv6" gateways_change
check "a capture on the wan router" capture_start wan left udp6
check "we call" call we
capture_stop udp6
check "ESP in UDP crossed the wan" capture_has udp6 'ip6 and udp port 4500' 6
check_equal "and no ESP without" 0 "$(capture_count udp6 'ip6 proto 50')"

keyer_defaults
charon_defaults
C_CONNECTION='childless = force' K_TUNNEL='childless = prefer' K_ESP=aes256gcm16-ecp256
C_ESP=$K_ESP
check "strongSwan insists on childless beginnings" gateways_change
check "we call" call we
check_match "the first child had a key exchange of its own" ecp256 "$(tunnel_field left children.0.proposal)"
check "strongSwan hangs up" swanctl_in right --terminate --ike t
check "strongSwan calls" call they

# RFC 8784: both have it; strongSwan alone insists on it; it has another.
charon_defaults
keyer_defaults
(umask 077 && echo "a quantum secret of some length" >"$WORK/keyer-left/etc/secrets/site.ppk")
K_TUNNEL='ppk-id = quantum
    ppk-file = secrets/site.ppk
    ppk-required = yes'
C_CONNECTION='ppk_id = quantum
    ppk_required = yes'
C_SECRETS='ppk-1 {
    id = quantum
    secret = "a quantum secret of some length"
  }'
check "both have a post-quantum key, and insist" gateways_change
check "we call" call we
check "strongSwan used it" charon_says right 'using PPK for PPK_ID'
check "strongSwan hangs up" swanctl_in right --terminate --ike t
check "strongSwan calls" call they
check_not "the key is in no log" grep -q 'a quantum secret' "$WORK/keyer-left/log"
K_TUNNEL=''
check "we have none" gateways_change
check_not "strongSwan insists" keyer left tunnel up site
K_TUNNEL='ppk-id = photon
    ppk-file = secrets/site.ppk'
C_CONNECTION=''
check "strongSwan has none, and we do not insist" gateways_change
check "we call" call we
C_CONNECTION='ppk_id = quantum'
check "strongSwan has another, and does not insist" gateways_change
check "strongSwan calls" call they

# charon asks everybody for a cookie from the first half-open SA on.
charon_defaults
keyer_defaults
C_CHARON='cookie_threshold_ip = 1
  cookie_threshold = 1
  init_limit_half_open = 50
  block_threshold = 50'
check "strongSwan wants cookies" eval 'charon_stop right && charon_start right && gateways_change'
check "we call" call we
