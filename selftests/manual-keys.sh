#!/bin/bash
# SPDX-License-Identifier: MIT
# Manual keys, no daemon: every transform, with and without extended sequence
# numbers, against in-kernel XFRM in both directions and both families; and
# what we send as tshark reads it.
# On: oldest
. "$(dirname "$0")/lib/test.sh"

sas_flush() {
	left ipsecvif sa flush dev ipsec0
	ip -n right xfrm state flush
	ip -n right xfrm policy flush
}

# Our packets as an independent decoder sees them: authentic, in sequence, with
# the inner addresses, and nothing that it calls malformed.
check_decoded() { # TRANSFORM SPI
	local lines

	lines=$(grep "^$2|" "$WORK/decoded")
	check_equal "$1: tshark decrypts our IPv4 packets" 6 \
		"$(grep -c "|0x04|.*,$HOST_A|.*,$HOST_B|.*ICMP" <<<"$lines")"
	check_equal "$1: tshark decrypts our IPv6 packets" 6 \
		"$(grep -c "|0x29|.*|$HOST_A6|$HOST_B6|ICMPv6" <<<"$lines")"
	check_equal "$1: the sequence numbers are 1, 2, 3, ..." "" \
		"$(cut -d'|' -f2 <<<"$lines" | awk '$1 != NR { print "packet " NR " has " $1 }' | head -n 3)"
	case $1 in
	*sha256) check_equal "$1: tshark finds every ICV right" "" \
		"$(awk -F'|' '$4 != 1' <<<"$lines" | head -n 3)" ;;
	esac
}

check "the topology comes up" topology_up
check "the module loads" module_load
check "a device, with routes" ipsecvif_device ipsec0

check "a capture on the wan router" capture_start wan left wan
spis=()
for name in aes128gcm aes256gcm aes128sha256 aes256sha256; do
	for esn in '' esn; do
		title="$name${esn:+ with $esn}"
		transform $name
		SPI_L2R=$(printf '0x%08x' $((SPI_L2R + 16))) SPI_R2L=$(printf '0x%08x' $((SPI_R2L + 16)))
		if [ -z "$esn" ]; then
			decode_key $LEFT $RIGHT $SPI_L2R "${ALG_L2R[@]}"
			spis+=("$name $SPI_L2R")
		fi
		ours=(replay-window 64)
		theirs=(replay-window 64)
		[ -z "$esn" ] || ours+=(flag esn)
		[ -z "$esn" ] || theirs+=(flag esn)
		sas_flush >/dev/null 2>&1
		check "$title: XFRM on the right gateway" xfrm_right "${theirs[@]}"
		left ipsecvif sa add dev ipsec0 dir in src $RIGHT dst $LEFT proto esp spi $SPI_R2L \
			mode tunnel "${ALG_R2L[@]}" "${ours[@]}" >"$TAP_LOG" 2>&1 &&
			left ipsecvif sa add dev ipsec0 dir out src $LEFT dst $RIGHT proto esp \
				spi $SPI_L2R mode tunnel "${ALG_L2R[@]}" ${esn:+flag esn} >>"$TAP_LOG" 2>&1
		check_equal "$title: SAs on the left gateway" 0 $? || diag <"$TAP_LOG"
		check "$title: IPv4 from A to B" ping_a_b 3
		check "$title: IPv6 from A to B" ping6_a_b 3
		check "$title: IPv4 from B to A" ping_b_a 3
		check "$title: IPv6 from B to A" ping6_b_a 3
	done
done

capture_stop wan
check_equal "nothing crossed in clear" 0 "$(capture_count wan "$CLEAR")"
decode wan >"$WORK/decoded"
for spi in "${spis[@]}"; do
	# shellcheck disable=SC2086
	check_decoded $spi
done

for name in aes256gcm aes256sha256; do
	transform $name
	sas_flush >/dev/null 2>&1
	check "$name: XFRM for TCP" xfrm_right replay-window 4096
	check "$name: SAs for TCP" ipsecvif_sas ipsec0 replay-window 4096
	drops_mark
	check "$name: TCP over IPv4, A to B" tcp_a_b
	check "$name: TCP over IPv4, B to A" tcp_a_b -R
	check "$name: TCP over IPv6, A to B" tcp6_a_b
	check_equal "$name: nothing was dropped" "" "$(drops_since)"
done

# All this was with the CPU's own instructions where it has some: once more with
# the generic ciphers, which the module drives by its other backend.
driver() {
	sa_field left out driver
}

fast=$(driver)
check "the device goes" ip -n left link del ipsec0
check "the module goes" module_unload
ip -n right xfrm state flush
ip -n right xfrm policy flush
modprobe -rq aesni_intel ghash_clmulni_intel sha256_ssse3
CIPHERS=generic
check "and comes back without AES-NI" module_load
check "a device" ipsecvif_device ipsec0
for name in aes256gcm aes128sha256; do
	transform $name
	sas_flush >/dev/null 2>&1
	check "$name, generic: XFRM" xfrm_right replay-window 64
	check "$name, generic: SAs" ipsecvif_sas ipsec0
	check "$name, generic: IPv4 from A to B" ping_a_b 3
	check "$name, generic: IPv6 from B to A" ping6_b_a 3
	check "$name, generic: TCP" tcp_a_b
done
diag "drivers: $fast, then $(driver)"

show=$(left ipsecvif sa show; left ipsecvif -j -s -d sa show; left ipsecvif -d -s sa show)
for word in "${ALG_L2R[@]}" "${ALG_R2L[@]}"; do
	case $word in
	0x*) [[ $show == *${word#0x}* ]] && leaked=$word ;;
	esac
done
check_equal "no key comes back out of the kernel" "" "${leaked:-}"
check "the XFRM peer saw no error" eval "! ip -n right -s xfrm state | grep -E 'replay-window [1-9][0-9]* replay [1-9]|failed [1-9]'"
