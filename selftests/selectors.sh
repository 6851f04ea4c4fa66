#!/bin/bash
# SPDX-License-Identifier: MIT
# What a device's selectors let through, and by which SA: ranges, ICMP types, the
# most specific first, the newest of several SAs, ICMP errors by what they quote,
# and no two peers with the same traffic. The peer is in-kernel XFRM.
# On: oldest
. "$(dirname "$0")/lib/test.sh"

HOST_B_BAD=10.2.0.66

selector() { # add|del [WORDS]...
	local verb=$1

	shift
	left ipsecvif selector "$verb" dev ipsec0 "$@"
}

selectors_shown() {
	left ipsecvif selector show | sed 's/ auto$//'
}

# What `selector add` takes, `selector show` says.
shows() { # WORDS...
	selector add "$@" && [ "$(selectors_shown)" = "ipsec0: $*" ] &&
		selector del "$@" && [ "$(left ipsecvif -j selector show)" = '[]' ]
}

# The SPI that the selector of a given beginning uses now.
selector_sa() { # WORDS...
	selectors_shown | sed -n "s/^ipsec0: $*.* sa \(0x[0-9a-f]*\).*/\1/p"
}

# How many packets an outbound SA has carried.
sa_packets() { # SPI
	left ipsecvif -j sa show dir out spi "$1" | json sum packets
}

sa_out() { # SPI [WORDS]...
	local spi=$1

	shift
	left ipsecvif sa add dev ipsec0 dir out spi "$spi" aead 'rfc4106(gcm(aes))' \
		"$(hexkey 20)" 128 "$@"
}

ping_host() { # ADDRESS [ping's options]
	hosta ping -n -q -c 1 -W $((2 * TIME_SCALE)) "$@"
}

udp_b() { # ADDRESS PORT
	hosta python3 -SE -c 'import socket, sys
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", (sys.argv[1], int(sys.argv[2])))' "$@"
}

check "two gateways with manual keys" manual_tunnel aes128gcm
ip -n left link set ipsec0 mtu 1400
hostb ip addr add $HOST_B_BAD/24 dev site
hosta ip addr add 10.1.0.9/24 dev site

# What is shown is what was said.
check "a prefix" shows src 10.1.0.0/24 dst 10.2.0.0/24
check "a range of IPv4 addresses" shows src 10.1.0.5-10.1.0.9 dst 0.0.0.0/0
check "a range of IPv6 addresses" shows src ::/0 dst fd02::2-fd02::1:0
check "a range that is a prefix" eval 'selector add src 10.1.0.0-10.1.0.255 dst 10.2.0.0/24 &&
	[ "$(selectors_shown)" = "ipsec0: src 10.1.0.0/24 dst 10.2.0.0/24" ] &&
	selector del src 10.1.0.0/24 dst 10.2.0.0-10.2.0.255'
check "ports" shows src 10.1.0.0/24 dst 10.2.0.0/24 proto tcp sport 1024-65535 dport 80
check "an ICMP type with a code" shows src 10.1.0.0/24 dst 10.2.0.0/24 proto icmp type 8 code 0
check "ICMPv6 types" shows src fd01::/64 dst fd02::/64 proto ipv6-icmp type 128-129

# Most specific first, whatever the order of adding.
left ipsecvif -b - <<-END
selector add dev ipsec0 src 0.0.0.0/0 dst 10.2.0.0/16
selector add dev ipsec0 src 10.1.0.0/16 dst 10.2.0.0/16 proto udp
selector add dev ipsec0 src 10.1.0.0/16 dst 10.2.0.0/16
selector add dev ipsec0 src 10.1.0.0/16 dst 10.2.0.0-10.2.255.254
selector add dev ipsec0 src 10.1.0.0/16 dst 10.2.0.0/16 proto udp dport 53
END
check_equal "the most specific comes first" "$(cat <<-END
ipsec0: src 10.1.0.0/16 dst 10.2.0.0-10.2.255.254
ipsec0: src 10.1.0.0/16 dst 10.2.0.0/16 proto udp dport 53
ipsec0: src 10.1.0.0/16 dst 10.2.0.0/16 proto udp
ipsec0: src 10.1.0.0/16 dst 10.2.0.0/16
ipsec0: src 0.0.0.0/0 dst 10.2.0.0/16
END
)" "$(selectors_shown)"
check "all go" left ipsecvif selector flush dev ipsec0

# Ranges and types in the datapath, both ways.
check "a range that B is in, and .66 is not" selector add src 10.1.0.2-10.1.0.8 dst 10.2.0.1-10.2.0.65
check "A reaches B" ping_host $HOST_B
check "B reaches A" ping_b_a 1
check_drops "not .66" "no-selector 1" ping_host $HOST_B_BAD -W 1
check_drops "nor from .9" "no-selector 1" ping_host $HOST_B -I 10.1.0.9 -W 1
check_drops "and .66 not back in" "selector-in 1" hostb ping -n -q -c 1 -W 1 -I $HOST_B_BAD $HOST_A
left ipsecvif selector flush dev ipsec0
check "echo requests only" selector add src $SITE_A dst $SITE_B proto icmp type 8 code 0
check_drops "the reply is of another type" "selector-in 1" ping_host $HOST_B -W 1
check_drops "a large one has fragments without a type" "no-selector 2" \
	ping_host $HOST_B -W 1 -s 2000
check "and replies" selector add src $SITE_A dst $SITE_B proto icmp type 0
check "now ping works" ping_host $HOST_B
left ipsecvif selector flush dev ipsec0

# ICMP errors: the quoted packet decides. Neither gateway's own address is selected.
check "selectors without the gateways" selector add src $HOST_A/32 dst $HOST_B-10.2.0.99
# A socket that waits to be told that 10.2.0.99 has no such port.
background hosta python3 -SE -c 'import socket
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("0.0.0.0", 1024))
sock.connect(("10.2.0.99", 9))
try:
    sock.recv(1)
except ConnectionRefusedError:
    print("told", flush=True)' >"$WORK/told"
check "a sender is there" wait_for 5 eval 'hosta ss -Hun | grep -q 10.2.0.99:9'
drops_mark
right python3 -SE "$SELFTESTS/lib/icmp_error.py" 10.2.0.1 $HOST_A $HOST_A 10.2.0.99
check "a router behind the peer tells it that there is no such port" \
	wait_for 5 grep -q told "$WORK/told"
check_match "and one on our side that a packet's time is over" 'From 10.1.0.1 .*[Tt]ime to live' \
	"$(hostb ping -n -c 1 -t 2 -W $((2 * TIME_SCALE)) $HOST_A 2>&1)"
check_equal "without a drop" "" "$(drops_since)"
check_drops "an error from there about what was never sent" "selector-in 1" \
	right python3 -SE "$SELFTESTS/lib/icmp_error.py" 10.2.0.1 $HOST_A 10.1.0.77 $HOST_B
check_drops "nor one that is sent to another than it is about" "selector-in 1" \
	right python3 -SE "$SELFTESTS/lib/icmp_error.py" 10.2.0.1 10.1.0.9 $HOST_A $HOST_B
check_drops "nor one that quotes half a header" "selector-in 1" \
	right python3 -SE "$SELFTESTS/lib/icmp_error.py" 10.2.0.1 $HOST_A $HOST_A $HOST_B 12
left ipsecvif selector flush dev ipsec0

# Several SAs for one selector: the newest that works, and the old one meanwhile.
check "a selector for an SA" sa_out 0x5001 sel src $SITE_A dst $SITE_B
check "and a second for the same" sa_out 0x5002 sel src $SITE_A dst $SITE_B limit packet-hard 2
check_equal "the newest is used" 0x00005002 "$(selector_sa src)"
check "three packets" eval "for i in 1 2 3; do udp_b $HOST_B 9; done"
check_equal "after its limit the older is used" 0x00005001 "$(selector_sa src)"
check "one more packet" udp_b $HOST_B 9
check_equal "which carries it" 1 "$(sa_packets 0x5001)"
check "an inbound SA for the selector, beside one that is older" left ipsecvif sa add dev ipsec0 \
	dir in spi 0x6001 aead 'rfc4106(gcm(aes))' "$(hexkey 20)" 128 sel src $SITE_B dst $SITE_A
drops_mark
hostb ping -n -q -c 1 -W 1 $HOST_A >/dev/null
check_equal "what comes by the older is taken" "" "$(drops_since)"

# Overlap with another peer.
check_match "another peer can't have the same" \
	'SA 0x00005009 overlaps that of 0x00005001, with another peer|overlaps that of an SA with another peer' \
	"$(sa_out 0x5009 dst 203.0.113.77 sel src $SITE_A dst $SITE_B 2>&1)"
check_match "nor what crosses it, and the sentence says which" \
	"another peer \(src 10.1.0.2/32 dst 10.0.0.0/8\)" \
	"$(sa_out 0x5009 dst 203.0.113.77 sel src 10.1.0.2 dst 10.0.0.0/8 2>&1)"
check_equal "and has no SA then" 0 "$(left ipsecvif -j sa show dir out spi 0x5009 | grep -c 5009)"
check "but what lies within" sa_out 0x5009 dst 203.0.113.77 sel src $SITE_A dst $HOST_B
check_equal "which is met first" "ipsec0: src 10.1.0.0/24 dst 10.2.0.2/32 sa 0x00005009" \
	"$(selectors_shown | head -n 1)"
check_match "binding by hand meets the same rule" 'another peer' \
	"$(selector add src $SITE_A dst $HOST_B sa 0x5001 2>&1)"
check "the same traffic with the same peer is a rekey" sa_out 0x500a sel src $SITE_A dst $SITE_B
