#!/bin/bash
# SPDX-License-Identifier: MIT
# Either end moves to another address, behind a NAT and out of it, from IPv4 to IPv6
# and back, while a ping runs; strongSwan is the one that was called, and then the one that calls. The SAs
# stay the same: no rekey, no new tunnel.
# On: newest
. "$(dirname "$0")/lib/test.sh"

# More were answered than lost: a move costs some, no tunnel costs all.
pings_went_on() {
	pings_end | awk '{ print $1 " sent, " $2 " answered"; exit !($1 > 10 && $2 > $1 / 2) }'
}

# The new one first: the route through the old one goes with it.
address_becomes() { # NETNS GATEWAY OLD NEW
	ip -n "$1" addr add "$4/24" dev wan
	ip -n "$1" addr del "$3/24" dev wan
	ip -n "$1" route replace default via "$2"
}

left_becomes() { # OLD NEW
	address_becomes left 203.0.113.1 "$@"
}

right_becomes() { # OLD NEW
	address_becomes right 198.51.100.1 "$@"
}

ike_is() { # FIELD VALUE
	[ "$(tunnel_field left "ike.$1")" = "$2" ]
}

ike_address() { # local|remote ADDRESS
	tunnel_field left "ike.$1" | grep -qF "$2"
}

same_sas() {
	[ "$(spi_out)" = "$SPI" ] || {
		echo "the SPI was $SPI, and is $(spi_out)"
		return 1
	}
}

moves() { # WORDS: LOCAL and REMOTE after it, and whether ESP is in UDP
	check "$1: we know" wait_for 12 eval "ike_address local '$2' && ike_address remote '$3'"
	check "$1: ESP in UDP is $4" wait_for 4 ike_is nat.encap "$4"
	check "$1: traffic" wait_for 4 ping_a_b 3
	check "$1: traffic back" wait_for 4 ping_b_a 3
	check "$1: the SAs are the same" same_sas
}

both_ends_move() { # WHO CALLS
	SPI=$(spi_out)
	pings_start
	check "our address changes" left_becomes 203.0.113.10 203.0.113.11
	moves "$1 called, we moved" 203.0.113.11 198.51.100.7 false
	check "and back" left_becomes 203.0.113.11 203.0.113.10
	moves "$1 called, we are back" 203.0.113.10 198.51.100.7 false
	check "strongSwan's address changes" right_becomes 198.51.100.7 198.51.100.8
	moves "$1 called, strongSwan moved" 203.0.113.10 198.51.100.8 false
	check "and back" right_becomes 198.51.100.8 198.51.100.7
	moves "$1 called, strongSwan is back" 203.0.113.10 198.51.100.7 false
	# Who called may get behind a NAT, the other one cannot be found there (RFC 4555 1.2).
	if [ "$1" = we ]; then
		check "we get behind a NAT" left_becomes 203.0.113.10 203.0.113.99
		moves "$1 called, and are behind a NAT" 203.0.113.99 198.51.100.7 true
		check "and out of it" left_becomes 203.0.113.99 203.0.113.10
	else
		check "strongSwan gets behind a NAT" right_becomes 198.51.100.7 198.51.100.99
		moves "$1 called, and is behind a NAT" 203.0.113.10 203.0.113.1 true
		check "and out of it" right_becomes 198.51.100.99 198.51.100.7
	fi
	moves "$1 called, no NAT any more" 203.0.113.10 198.51.100.7 false
	check "the pings went on" pings_went_on
	check_equal "carrier is on" 1 "$(carrier left ipsec0)"
	check_equal "no SA is left over" 2 "$(sa_count left)"
}

# One family of an end's addresses is all that is left.
four_goes() { # NETNS
	ip -n "$1" addr del "${FOUR[$1]}/24" dev wan
}

six_goes() { # NETNS
	ip -n "$1" -6 route del default
	ip -n "$1" addr del "${SIX[$1]}/64" dev wan
}

four_comes() { # NETNS
	ip -n "$1" addr add "${FOUR[$1]}/24" dev wan
	ip -n "$1" route replace default via "${FOUR[$1]%.*}.1"
}

six_comes() { # NETNS
	ip -n "$1" addr add "${SIX[$1]}/64" dev wan
	ip -n "$1" -6 route replace default via "${SIX[$1]%::*}::1"
}

mtu_is() { # BYTES
	[ "$(left cat /sys/class/net/ipsec0/mtu)" = "$1" ]
}

declare -A FOUR=([left]=$LEFT [right]=$RIGHT) SIX=([left]=$LEFT6 [right]=$RIGHT6)

# strongSwan tells of an address that came, and does not leave the path meanwhile.
strongswan_told() {
	charon_log right | awk '/ appeared on wan/ { came = NR }
		/sending address list update/ { asked = NR }
		/parsed INFORMATIONAL response/ { answered = NR }
		END { exit !(came < asked && asked < answered) }'
}

# Who called finds its IPv4 gone, and then the other one its IPv6.
both_families() { # WHO CALLS, ITS NETNS, THE OTHER ONE'S
	local mtu

	SPI=$(spi_out)
	mtu=$(left cat /sys/class/net/ipsec0/mtu)
	pings_start
	check "$1 called, and IPv4 goes" four_goes "$2"
	moves "$1 called: IPv6" "$LEFT6" "$RIGHT6" false
	check "the larger header is in the MTU" wait_for 4 mtu_is $((mtu - 20))
	check "IPv4 comes back" four_comes "$2"
	[ "$2" = left ] || check "and strongSwan told of it" wait_for 5 strongswan_told
	check "and IPv6 goes at the other end" six_goes "$3"
	moves "$1 called: IPv4 again" "$LEFT" "$RIGHT" false
	check "the MTU is as before" wait_for 4 mtu_is "$mtu"
	check "IPv6 comes back" six_comes "$3"
	check "the pings went on" pings_went_on
	check_equal "no SA is left over" 2 "$(sa_count left)"
}

check "the topology comes up" topology_up
left sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/promote_secondaries'
right sh -c 'echo 1 >/proc/sys/net/ipv4/conf/all/promote_secondaries'
# A NAT for one address of each side only.
wan nft -f - <<-'END'
	table ip nat {
		chain postrouting {
			type nat hook postrouting priority srcnat;
			ip saddr 203.0.113.99 oifname "right" masquerade random
			ip saddr 198.51.100.99 oifname "left" masquerade random
		}
	}
END
charon_defaults
keyer_defaults
C_LOCAL=%any C_REMOTE=203.0.113.10,%any C_CHARON='retransmit_base = 1.2'
K_LOCAL=any K_REMOTE='198.51.100.7' K_TUNNEL='dpd-delay = 2s'
C_CONNECTION='dpd_delay = 2'
check "both daemons start" gateways_start
check "tunnel up" keyer left tunnel up site
check "traffic" ping_a_b 2
both_ends_move we
IKE_SPI=$(tunnel_field left ike.spi_local)
check "strongSwan rekeys the IKE SA" swanctl_in right --rekey --ike t
check "it is another one" wait_for 5 ike_spi_changed "$IKE_SPI"
SPI=$(spi_out)
check "our address changes after that" left_becomes 203.0.113.10 203.0.113.11
moves "we lead still" 203.0.113.11 198.51.100.7 false
check "and back" left_becomes 203.0.113.11 203.0.113.10
moves "we lead still, back" 203.0.113.10 198.51.100.7 false

K_REMOTE=any
check "now strongSwan is to call" gateways_change
check "strongSwan calls" swanctl_in right --initiate --child c
check "traffic" ping_b_a 2
both_ends_move strongSwan

# Both ends tell of an address of each family.
K_LOCAL="$LEFT, $LEFT6"
check "we tell of both addresses" gateways_change
check "strongSwan calls" swanctl_in right --initiate --child c
check "traffic" ping_b_a 2
both_families strongSwan right left
K_REMOTE=$RIGHT
check "and we are to call" gateways_change
check "tunnel up" keyer left tunnel up site
both_families we left right

K_LOCAL=any
# Without it an address that goes takes the tunnel along.
K_TUNNEL='mobike = no' K_REMOTE=198.51.100.7
check "MOBIKE off" gateways_change
check "tunnel up" keyer left tunnel up site
check "our address changes" left_becomes 203.0.113.10 203.0.113.11
check "the tunnel goes" wait_for 4 eval 'keyer_says left "the local address 203.0.113.10 is gone"'
