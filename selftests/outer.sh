#!/bin/bash
# SPDX-License-Identifier: MIT
# What an observer sees of the outer header: IPv6 flow labels, UDP checksums,
# lengths with padding against traffic analysis (in-kernel XFRM takes it off
# again); and a narrow IPv6 path whose ICMP is believed when it quotes an SA.
. "$(dirname "$0")/lib/test.sh"

# sas WORDS: keys on both sides, IPv6 outside; the words go to our outbound SA.
sas() {
	left ipsecvif sa flush dev ipsec0
	ip -n right xfrm state flush
	transform aes128gcm
	SPI_L2R=$(printf '0x%08x' $((SPI_L2R + 16))) SPI_R2L=$(printf '0x%08x' $((SPI_R2L + 16)))
	ip_batch right <<-END || return
	xfrm state add src $R dst $L proto esp spi $SPI_R2L reqid 1 mode tunnel ${ALG_R2L[@]} $THEIRS flag af-unspec
	xfrm state add src $L dst $R proto esp spi $SPI_L2R reqid 1 mode tunnel ${ALG_L2R[@]} $THEIRS flag af-unspec replay-window 32
	END
	left ipsecvif sa add dev ipsec0 dir in src $R dst $L spi $SPI_R2L "${ALG_R2L[@]}" $THEIRS || return
	left ipsecvif sa add dev ipsec0 dir out src $L dst $R spi $SPI_L2R "${ALG_L2R[@]}" $THEIRS "$@"
}

policies() {
	local pair site other

	for pair in "$SITE_B $SITE_A" "$SITE_B6 $SITE_A6"; do
		read -r site other <<<"$pair"
		cat <<-END
		xfrm policy add dir out src $site dst $other tmpl src $R dst $L proto esp reqid 1 mode tunnel
		xfrm policy add dir in src $other dst $site tmpl src $L dst $R proto esp reqid 1 mode tunnel
		xfrm policy add dir fwd src $other dst $site tmpl src $L dst $R proto esp reqid 1 mode tunnel
		END
	done | ip_batch right
}

# fields FIELD...: of our packets in the capture, each combination once.
fields() {
	local field words=()

	for field; do
		words+=(-e "$field")
	done
	HOME=$WORK tshark -n -r "$WORK/wan.pcap" -o udp.check_checksum:TRUE \
		-Y "ipv6.src == $LEFT6 or ip.src == $LEFT" -T fields "${words[@]}" 2>/dev/null | sort -u
}

# observe FIELD...: the fields of what A sends to B meanwhile.
observe() {
	capture_start wan left wan "src host $L and (esp or udp)" || return
	{ ping_a_b 2 -s 10 && ping6_a_b 2 -s 1000; } >/dev/null || echo "no answer"
	capture_stop wan
	fields "$@"
}

check "the topology comes up" topology_up
check "the module loads" module_load
modprobe -aq xfrm_user esp4 esp6
check "a device, with routes" ipsecvif_device ipsec0
ip -n right route add $SITE_A6 dev wan
check "sockets for ESP in UDP, left" natt left
check "and right" natt right xfrm
# A veth does not fill in checksums else.
check "checksums are made" left ethtool -K wan tx off

L=$LEFT6 R=$RIGHT6 THEIRS=
check "XFRM's policies" policies
check "SAs over IPv6" sas
label=$(observe ipv6.flow)
check_match "one flow label for the SA" '^0x[0-9a-f]+$' "$label"
check_not "which is not 0" eval "[ $((label)) = 0 ]"
left ipsecvif dev set ipsec0 flow-label zero
check_equal "none if the device says so" 0 $(($(observe ipv6.flow)))
left ipsecvif dev set ipsec0 flow-label sa

check "SAs that pad to 500 bytes" sas tfc 500
# ESP: 8 + 8 + (500 + 2, padded to 4) + 16.
check_equal "small packets have one length, large ones theirs" $'536\n1084' \
	"$(observe ipv6.plen | sort -n)"
check "SAs that pad to the MTU" sas tfc mtu
check_equal "every packet has the same length" 1460 "$(observe ipv6.plen)"
check "TCP goes on" tcp_a_b
check_not "padding is for tunnel mode" left ipsecvif sa add dev ipsec0 dir out src $L dst $R \
	spi 0x7777 mode transport "${ALG_L2R[@]}" tfc mtu

THEIRS="encap espinudp 4500 4500 ::"
check "SAs over IPv6 in UDP" sas
check_equal "UDP over IPv6 has a right checksum" 1 "$(observe udp.checksum.status)"

# The same on the way to a narrow link.
check "the link from wan to right narrows" ip -n wan link set right mtu 1380
check "at both its ends" ip -n right link set wan mtu 1380
mtu_is() { [ "$(left cat /sys/class/net/ipsec0/mtu)" = "$1" ]; }
ping_a_b 1 -W 1 -M do -s 1380 >/dev/null 2>&1
# 1380 - 40 - 8 (UDP) - 32, to a multiple of 4, - 2
check "ICMPv6 about ESP in UDP reaches the device's MTU" wait_for 3 mtu_is 1298
check "a packet of that size passes" ping_a_b 1 -M do -s $((1298 - 28))
check "and a larger one without DF" ping_a_b 1 -M dont -s 2000

L=$LEFT R=$RIGHT THEIRS="encap espinudp 4500 4500 0.0.0.0"
ip -n right xfrm policy flush
check "XFRM's policies" policies
check "SAs over IPv4 in UDP" sas
check_equal "UDP over IPv4 has no checksum" 0x0000 "$(observe udp.checksum)"
left ipsecvif dev set ipsec0 udp-csum on
check_equal "or a right one if the device says so" 1 "$(observe udp.checksum.status)"
