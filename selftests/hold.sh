#!/bin/bash
# SPDX-License-Identifier: MIT
# Packets wait for an SA: the first packet of a tunnel is not lost, they arrive
# in order, the oldest goes when there are too many, none waits for ever, and
# nothing waits that nobody would bring an SA for. And strict devices take in
# clear nothing that they protect.
# On: newest
. "$(dirname "$0")/lib/test.sh"

# Numbered packets from A to B, or to another host there.
numbers() { # COUNT [ADDRESS]
	hosta python3 -SE -c 'import socket, sys
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for i in range(1, int(sys.argv[1]) + 1):
    sock.sendto(b"%d" % i, (sys.argv[2], 9000))' "$1" "${2:-$HOST_B}"
}

held() { # the packets that all selectors of ipsec0 hold
	left ipsecvif -j selector show dev ipsec0 | json sum held
}

held_is() {
	[ "$(held)" = "$1" ]
}

# New keys and SAs at both ends; words go to our outbound one.
tunnel() { # [words]
	transform aes128gcm
	ip -n right xfrm state flush
	ip -n right xfrm policy flush
	xfrm_right replay-window 32 || return
	left ipsecvif -b - <<-END
	sa flush dev ipsec0
	sa add dev ipsec0 dir in spi $SPI_R2L ${ALG_R2L[@]@Q}
	sa add dev ipsec0 dir out spi $SPI_L2R ${ALG_L2R[@]@Q} $@
	END
}

received() {
	tr '\n' ' ' <"$WORK/received"
}

received_is() {
	[ "$(received)" = "$1" ]
}

drops_clear() { # what strict refuses, on the left gateway
	drops_since | grep -o 'clear-in [0-9]*'
}

check "the topology comes up" topology_up
check "the module is loaded" module_load
check "a device" ipsecvif_device ipsec0
check "a selector that is wider than the sites" left ipsecvif selector add dev ipsec0 \
	src 10.0.0.0/8 dst 10.0.0.0/8
check "a capture on the wan router" capture_start wan left clear

check_drops "with nobody to bring an SA a packet is dropped" "no-sa 1" numbers 1
background left ipsecvif -j monitor kernel >"$WORK/events"
check "a listener" wait_for 5 eval 'left ipsecvif dev set ipsec0 ttl 63; left ipsecvif sa allocspi dev ipsec0 >/dev/null
	numbers 1; [ "$(held)" != 0 ]'

# What waits for too long goes; seen at the end, on the other gateway.
background right ipsecvif monitor kernel >"$WORK/events.right"
ip -n right link add ipsec1 type ipsecvif
ip -n right link set ipsec1 up
ip -n right route add 10.77.0.0/24 dev ipsec1
right ping -n -q -c 2 -i 0.05 -W 1 10.77.0.1 >/dev/null
waiting=$EPOCHSECONDS

check "the oldest goes when there are too many" left ipsecvif dev set ipsec0 hold 4
left ipsecvif selector flush dev ipsec0
left ipsecvif selector add dev ipsec0 src 10.0.0.0/8 dst 10.0.0.0/8
background hostb python3 -SE -u -c 'import socket
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("0.0.0.0", 9000))
while True:
    print(sock.recv(100).decode())' >"$WORK/received"
check "a receiver at B" wait_for 5 eval 'hostb ss -Huln | grep -q :9000'
check_drops "two of six" "hold-full 2" numbers 6
check_equal "four wait" 4 "$(held)"
check_match "and it is shown" 'dst 10.0.0.0/8 held 4' "$(left ipsecvif selector show)"
check_match "the first made an event" '"event":"acquire"' "$(cat "$WORK/events")"
drops_mark
check "an SA with narrower selectors" tunnel sel src $SITE_A dst $SITE_B
check "the four arrive in order" wait_for 5 received_is "3 4 5 6 "
check_equal "none is left" 0 "$(held)"
check_equal "nor dropped" "" "$(drops_since)"
check_equal "each was counted once" 4 "$(left ipsecvif -j selector show dev ipsec0 |
	json sum packets)"

left ipsecvif sa flush dev ipsec0
hosta ping -n -c 1 -W $((10 * TIME_SCALE)) $HOST_B >"$WORK/ping" &
ping=$!
check "a ping waits" wait_for 5 held_is 1
check "an SA" tunnel
check "the ping gets its reply" wait $ping

left ipsecvif sa flush dev ipsec0
check "three packets wait" eval 'numbers 3; held_is 3'
check_drops "and go with the link" "link-down 3" ip -n left link set ipsec0 down
ip -n left link set ipsec0 up
ip -n left route add $SITE_B dev ipsec0
ip -n left route add $SITE_B6 dev ipsec0
check "two packets wait" eval 'numbers 2; held_is 2'
check_drops "and go with their selector" "no-sa 2" left ipsecvif selector flush dev ipsec0
check_drops "without a selector packets wait, too" "" numbers 2
: >"$WORK/received"
check "an SA" tunnel
check "they arrive" wait_for 5 eval '[[ "$(received)" = *"1 2 " ]]'
left ipsecvif sa flush dev ipsec0
check "none is to wait" left ipsecvif dev set ipsec0 hold 0
check_drops "none does" "no-sa 1" numbers 1
capture_stop clear
check_equal "nothing crossed the wan in clear" 0 "$(capture_count clear "$CLEAR")"

# Strict: the wan router sends what only the tunnel may bring.
check "an SA" tunnel
check "selectors of both families" left ipsecvif -b - <<-END
selector add dev ipsec0 src $SITE_A dst $SITE_B
selector add dev ipsec0 src $SITE_A6 dst $SITE_B6
selector add dev ipsec0 src $LEFT dst 0.0.0.0/0
END
wan ip addr add 10.2.0.77/32 dev lo
wan ip route add $SITE_A via $LEFT
in_clear() {
	wan ping -n -q -c 1 -W 1 -I 10.2.0.77 $HOST_A
	:
}
check_drops "clear text comes in unless the device is strict" "" in_clear
check "strict" left ipsecvif dev set ipsec0 strict on
check_match "which is shown" 'strict on' "$(left ipsecvif dev show ipsec0)"
check_drops "now it does not" "clear-in 1" in_clear
wan ip addr add fd02::77/128 dev lo nodad
left ip addr add fd99::1/64 dev wan nodad
wan ip addr add fd99::2/64 dev left nodad
wan ip route add $SITE_A6 via fd99::1
check_drops "nor over IPv6" "clear-in 1" wan ping -6 -n -q -c 1 -W 1 -I fd02::77 $HOST_A6
check "the tunnel itself works" ping_a_b 2
check "both ways" ping6_b_a 2
# The last selector covers the routers, too, and ESP: but they are not refused.
check_drops "the router's own packets are refused" "clear-in 1" wan ping -n -q -c 1 -W 1 $LEFT
wan ip link set right mtu 1300
drops_mark
check_not "a packet that is too large for the path" ping_a_b 1 -W 1 -M do -s 1300
check_equal "the router's report about it is not refused" "" "$(drops_clear)"
check "the gateway believed it" wait_for 5 eval "ip -n left route get $RIGHT | grep -q 'mtu 1300'"
netns_add tenant
check "it moves to another namespace" ip -n left link set ipsec0 netns tenant
check_drops "where it sees nothing of this one" "" in_clear
check "and back" ip -n tenant link set ipsec0 netns left
ip -n left link set ipsec0 up
check_drops "strict again" "clear-in 1" in_clear
check "not strict" left ipsecvif dev set ipsec0 strict off
check_drops "clear text comes in again" "" in_clear

drops_are_timed_out() {
	right ipsecvif drops dev ipsec1 | grep -Eq 'hold-timeout +2 '
}
check "what waited for 30 s is gone" wait_for 40 drops_are_timed_out
check "and not before" test $((EPOCHSECONDS - waiting)) -ge 28
# The namespace ends, and the module goes, with packets that wait.
check "packets wait at the end" left ipsecvif dev set ipsec0 hold 16
left ipsecvif sa flush dev ipsec0
ip -n left route replace $SITE_B dev ipsec0
check "of a selector" eval 'numbers 3; held_is 3'
