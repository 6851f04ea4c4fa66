#!/bin/bash
# SPDX-License-Identifier: MIT
# Super-packets of TCP leave in UDP as super-packets; on the wire, and at an XFRM whose
# replay window is of 32 packets, they are packets like any others.
# On: newest
. "$(dirname "$0")/lib/test.sh"

DECODED=()

# gateways TRANSFORM [words for our outbound SA]
gateways() {
	local any=0.0.0.0

	transform "$1" || return
	shift
	[[ $L != *:* ]] || any=::
	SPI_L2R=$(printf '0x%08x' $((SPI_L2R + 16))) SPI_R2L=$(printf '0x%08x' $((SPI_R2L + 16)))
	ip -n right xfrm state flush
	ip -n right xfrm policy flush
	left ipsecvif sa flush dev ipsec0
	left ipsecvif dev set ipsec0 local "$L" remote "$R" || return
	xfrm_up right "$R" "$L" "$SPI_R2L" "$SPI_L2R" ALG_R2L ALG_L2R "$SITE_B" "$SITE_A" \
		replay-window 32 encap espinudp 4500 4500 $any || return
	left ipsecvif sa add dev ipsec0 dir in src "$R" dst "$L" spi "$SPI_R2L" \
		"${ALG_R2L[@]}" replay-window 4096 encap espinudp 4500 4500 $any || return
	left ipsecvif sa add dev ipsec0 dir out src "$L" dst "$R" spi "$SPI_L2R" \
		"${ALG_L2R[@]}" encap espinudp 4500 4500 $any "$@"
}

# What XFRM took from us.
xfrm_packets() {
	right ip -s xfrm state list spi "$SPI_L2R" |
		sed -n '/lifetime current:/{n;s/.* \([0-9]*\)(packets)/\1/p}'
}

tx_packets() {
	left cat /sys/class/net/ipsec0/statistics/tx_packets
}

# A connection's end may still be under way when iperf3's is over.
counted() { # the link's packets before
	local packets=$(($(tx_packets) - $1))

	COUNTED="link $packets, SA $(sa_field left out packets), XFRM $(xfrm_packets)"
	WANTED="link $packets, SA $packets, XFRM $packets"
	[ "$COUNTED" = "$WANTED" ]
}

arrived() {
	[ "$(sa_field left out packets)" = "$(sa_field right in packets)" ]
}

# From one CPU, or what moves to another one overtakes itself in the veths' queues.
check_flow() { # TITLE
	local packets

	packets=$(tx_packets)
	check "$1: TCP" tcp_a_b -A 0,0
	wait_for 3 counted "$packets"
	check_equal "$1: each packet was counted, and arrived" "$WANTED" "$COUNTED"
	check_equal "$1: XFRM has nothing to complain about" "" "$(xfrm_errors)"
}

tcp_stalls() {
	IPERF_TIMEOUT=2 tcp_a_b -A 0,0
}

check "the topology comes up" topology_up
check "the module loads" module_load
# What another CPU does goes packet by packet.
check "no other CPU helps" module_parameter spread never
modprobe -aq xfrm_user esp4 esp6
check "a device, with routes" ipsecvif_device ipsec0
check "sockets for ESP in UDP, left" natt left
check "and right" natt right xfrm
L=$LEFT R=$RIGHT

check "a capture on the wan router" capture_start wan left whole
for name in aes128gcm aes256sha256; do
	check "$name: the gateways" gateways $name
	check_flow $name
done
L=$LEFT6 R=$RIGHT6
check "IPv6: the gateways" gateways aes128gcm
check_flow IPv6
L=$LEFT R=$RIGHT
capture_stop whole
check "super-packets crossed the wan" capture_has whole 'ip and udp port 4500 and greater 2000' 10
check "those of IPv6, too" capture_has whole 'ip6 and greater 2000' 5

# A device that can neither cut them nor fill in checksums.
check "the underlay wants packets" left ethtool -K wan tx off tx-udp-segmentation off
check "the DSCP of all is changed on the way" left nft -f - <<'END'
table ip mangle {
	chain out { type filter hook postrouting priority 0; oif wan udp dport 4500 ip dscp set cs3; }
}
END
check "a capture on the wan router" capture_start wan left cut -s 2000 -B 16384
for name in aes128gcm aes256sha256; do
	check "$name, cut: the gateways" gateways $name
	decode_key "$L" "$R" "$SPI_L2R" "${ALG_L2R[@]}"
	check_flow "$name, cut"
	DECODED+=("$name $SPI_L2R $(sa_field left out packets)")
done
capture_stop cut
left nft flush ruleset
check_equal "none is longer than the link allows" 0 "$(capture_count cut 'src '$L' and greater 1515')"
check_equal "each has the new DSCP" 0 "$(capture_count cut "src $L and ip[1] & 0xfc != 0x60")"
# Status 3 is none, which what left by itself has.
check_equal "and no wrong checksum of UDP" "1 3" "$(HOME=$WORK tshark -n -r "$WORK/cut.pcap" \
	-o udp.check_checksum:TRUE -Y "ip.src == $L && udp" -T fields -e udp.checksum.status \
	2>/dev/null | sort -u | xargs)"
decode cut >"$WORK/decoded"
for one in "${DECODED[@]}"; do
	read -r name spi packets <<<"$one"
	check_equal "$name: tshark decrypts each, numbered from 1 on" "$packets $packets" \
		"$(awk -F'|' -v spi=$spi -v hosts=",$HOST_A|" '
			$1 == spi && index($0, hosts) { numbers[$2] }
			$1 == spi { n++ }
			END { while (last + 1 in numbers) last++; print n, last }' "$WORK/decoded")"
done
check "the underlay takes super-packets again" left ethtool -K wan tx on tx-udp-segmentation on

# Both gateways ours.
right_is_ours() {
	ip -n right xfrm state flush
	ip -n right xfrm policy flush
	ip -n right link add ipsec0 type ipsecvif || return
	ip netns exec right ipsecvif -b - <<-END || return
	dev set ipsec0 local $R remote $L
	sa add dev ipsec0 dir in src $L dst $R spi $SPI_L2R ${ALG_L2R[@]@Q} replay-window 32 encap espinudp 4500 4500 0.0.0.0
	sa add dev ipsec0 dir out src $R dst $L spi $SPI_R2L ${ALG_R2L[@]@Q} encap espinudp 4500 4500 0.0.0.0
	END
	ip -n right link set ipsec0 up && ip -n right route add $SITE_A dev ipsec0
}
check "the gateways" gateways aes128gcm
check "the right one is ours, too" right_is_ours
check "TCP from A to B" tcp_a_b -A 0,0
check "TCP from B to A" tcp_a_b -R -A 0,0
check_equal "nothing was dropped there" "" "$(right ipsecvif -j drops | json drops)"
check "all that left arrived" wait_for 3 arrived ||
	diag "$(sa_field left out packets), and $(sa_field right in packets)"
check "the right one is XFRM again" ip -n right link del ipsec0

check "the gateways" gateways aes128gcm replay-oseq 0xffffffe0
drops_mark
check_not "TCP does not get past the last sequence number" tcp_stalls
check_equal "of 31 packets" 31 "$(xfrm_packets)"
check_match "the others were dropped for it" 'seq-end' "$(drops_since)"

check "the gateways" gateways aes128gcm limit packet-hard 20
drops_mark
check_not "TCP does not get past a limit of packets" tcp_stalls
check "of 20" [ "$(xfrm_packets)" -le 20 ]
check_match "the others were dropped for it" 'limit|no-sa' "$(drops_since)"
