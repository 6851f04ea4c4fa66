#!/bin/bash
# SPDX-License-Identifier: MIT
# What an observer sees of the outer header: IPv6 flow labels, UDP checksums,
# lengths with padding against traffic analysis (in-kernel XFRM takes it off
# again); and a narrow IPv6 path whose ICMP is believed when it quotes an SA.
# On: oldest
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

# Small and large packets from A to B by new SAs; what they look like outside is
# told in the end by tshark, which takes seconds to start.
declare -A PHASE
traffic() { # NAME
	PHASE[$1]=$SPI_L2R
	ping_a_b 2 -s 10 && ping6_a_b 2 -s 1000
}

# seen NAME COLUMN: what the packets of a phase have there, each value once.
seen() {
	awk -F'|' -v spi="${PHASE[$1]}" -v column="$2" '$1 == spi { print $column }' "$WORK/seen" |
		sort -un
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

check "a capture on the wan router" capture_start wan left wan

L=$LEFT6 R=$RIGHT6 THEIRS=
check "XFRM's policies" policies
check "SAs over IPv6" sas
check "traffic" traffic label
check "no flow label" left ipsecvif dev set ipsec0 flow-label zero
check "SAs over IPv6" sas
check "traffic" traffic no-label
check "a flow label for each SA again" left ipsecvif dev set ipsec0 flow-label sa
check "SAs that pad to 500 bytes" sas tfc 500
check "traffic" traffic tfc-500
check "SAs that pad to the MTU" sas tfc mtu
check "traffic" traffic tfc-mtu
check "TCP" tcp_a_b
check_not "padding is for tunnel mode" left ipsecvif sa add dev ipsec0 dir out src $L dst $R \
	spi 0x7777 mode transport "${ALG_L2R[@]}" tfc mtu

THEIRS="encap espinudp 4500 4500 ::"
check "SAs over IPv6 in UDP" sas
check "traffic" traffic udp6

# The same on the way to a narrow link.
check "SAs over IPv6 in UDP" sas
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
check "traffic" traffic udp4
check "UDP checksums" left ipsecvif dev set ipsec0 udp-csum on
check "SAs over IPv4 in UDP" sas
check "traffic" traffic udp4-csum

capture_stop wan
HOME=$WORK tshark -n -r "$WORK/wan.pcap" -o udp.check_checksum:TRUE -Y esp -T fields -E separator='|' \
	-e esp.spi -e ipv6.flow -e ipv6.plen -e udp.checksum -e udp.checksum.status \
	>"$WORK/seen" 2>/dev/null
label=$(seen label 2)
check_match "the SA has one flow label" '^0x[0-9a-f]+$' "$label"
check_not "which is not 0" [ $((label)) = 0 ]
check_equal "or none, if the device says so" 0 $(($(seen no-label 2)))
# ESP: 8 + 8 + (500 + 2, padded to 4) + 16.
check_equal "small packets are padded, large ones have their length" $'536\n1084' "$(seen tfc-500 3)"
check_equal "every packet has the path's length" 1460 "$(seen tfc-mtu 3)"
check_equal "UDP over IPv6 has a right checksum" 1 "$(seen udp6 5)"
check_equal "UDP over IPv4 has none" 0x0000 "$(seen udp4 4)"
check_equal "or a right one, if the device says so" 1 "$(seen udp4-csum 5)"
