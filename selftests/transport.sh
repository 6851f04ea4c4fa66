#!/bin/bash
# SPDX-License-Identifier: MIT
# Transport mode beyond what the matrix covers: behind a NAT, whose change of
# addresses the transport checksums don't know of; packets that are not between
# the SA's ends; and fragments, which are protected as one datagram.
# On: oldest
. "$(dirname "$0")/lib/test.sh"

# XFRM and we, left behind the NAT, which each sees another address of.
sas() {
	local encap=(encap espinudp 4500 4500 0.0.0.0)

	transform aes128gcm
	ip_batch right <<-END || return
	xfrm state add src $RIGHT dst $LEFT_PUBLIC proto esp spi $SPI_R2L reqid 1 mode transport ${ALG_R2L[@]} encap espinudp 4500 $NAT_PORT 0.0.0.0
	xfrm state add src $LEFT_PUBLIC dst $RIGHT proto esp spi $SPI_L2R reqid 1 mode transport ${ALG_L2R[@]} encap espinudp $NAT_PORT 4500 0.0.0.0 replay-window 32
	END
	for proto in tcp udp icmp; do
		echo "xfrm policy add dir out src $RIGHT dst $LEFT_PUBLIC proto $proto tmpl src $RIGHT dst $LEFT_PUBLIC proto esp reqid 1 mode transport"
		echo "xfrm policy add dir in src $LEFT_PUBLIC dst $RIGHT proto $proto tmpl src $LEFT_PUBLIC dst $RIGHT proto esp reqid 1 mode transport"
	done | grep -v 'proto udp' | ip_batch right || return
	left ipsecvif sa add dev ipsec0 dir in src $RIGHT dst $LEFT spi $SPI_R2L mode transport \
		"${ALG_R2L[@]}" "${encap[@]}" || return
	left ipsecvif sa add dev ipsec0 dir out src $LEFT dst $RIGHT spi $SPI_L2R mode transport \
		"${ALG_L2R[@]}" "${encap[@]}"
}

check "the topology comes up, with a NAT before the left gateway" topology_up nat
# One port, known beforehand.
NAT_PORT=4500
nat nft flush ruleset
nat nft -f - <<-END
table ip nat {
	chain postrouting {
		type nat hook postrouting priority srcnat;
		oifname "outside" snat to $LEFT_PUBLIC
	}
	chain prerouting {
		type nat hook prerouting priority dstnat;
		iifname "outside" udp dport 4500 dnat to $LEFT
	}
}
END
check "the module loads" module_load
modprobe -aq xfrm_user esp4
check "a device" ip -n left link add ipsec0 type ipsecvif
left ipsecvif dev set ipsec0 underlay wan
ip -n left link set ipsec0 up
check "sockets for ESP in UDP, left" natt left
check "and right" natt right xfrm
check "SAs in transport mode" sas
check "a route into the device" ip -n left route add $RIGHT dev ipsec0 src $LEFT
# So that the checksum is looked at: else the ICV is taken for it.
check "checksums are verified" left ethtool -K ipsec0 rx off
check "ping" left ping -n -q -c 2 -i 0.05 -W 2 $RIGHT
check "TCP, left to right" iperf_run right left $RIGHT
check "TCP, right to left" iperf_run right left $RIGHT -R

check "fragments of a datagram" left ping -n -q -c 2 -i 0.05 -W 2 -M dont -s 5000 $RIGHT
capture_start wan left wan 'udp port 4500'
left ping -n -q -c 1 -W 2 -M dont -s 3000 $RIGHT >/dev/null
capture_stop wan
# Ours, and the answer, whose fragments tcpdump can't tell by port.
check_equal "are one ESP packet" 2 "$(capture_count wan 'udp port 4500')"

ip -n left addr add 10.99.99.1/32 dev lo
check_drops "a packet from another address of ours" "transport 1" \
	left ping -n -q -c 1 -W 1 -I 10.99.99.1 $RIGHT
ip -n left route add 10.88.88.88 dev ipsec0
check_drops "a packet to another address than the peer's" "transport 1" \
	left ping -n -q -c 1 -W 1 10.88.88.88

# The peer's NAT gives it another port: authentic, fresh packets say so, and still
# pass; the keyer decides what follows.
background left ipsecvif -j monitor kernel >"$WORK/events"
wait_for 5 eval "left ipsecvif dev set ipsec0 ttl 64 && [ -e $WORK/events ]"
check "the peer comes from port 4501" ip_batch right <<-END
xfrm state del src $RIGHT dst $LEFT_PUBLIC proto esp spi $SPI_R2L
xfrm state add src $RIGHT dst $LEFT_PUBLIC proto esp spi $SPI_R2L reqid 1 mode transport ${ALG_R2L[@]} encap espinudp 4501 4500 0.0.0.0 replay-oseq 100000
END
check "packets pass" left ping -n -q -c 2 -i 0.05 -W 2 $RIGHT
check "an event names the new port" wait_for 5 grep -q '"mapping".*4501\|4501.*"mapping"' "$WORK/events"
check "the SA goes on by its new name" left ipsecvif sa update dev ipsec0 dir in spi $SPI_R2L \
	encap espinudp 4501 4500
check "packets pass" left ping -n -q -c 2 -i 0.05 -W 2 $RIGHT
