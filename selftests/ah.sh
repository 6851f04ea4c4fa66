#!/bin/bash
# SPDX-License-Identifier: MIT
# AH (RFC 4302) against in-kernel XFRM, both ways: tunnel and transport mode over
# IPv4 and IPv6, with and without extended sequence numbers; IP options and IPv6
# extension headers that routers change or leave; packets that an attacker changed.
# On: oldest
. "$(dirname "$0")/lib/test.sh"

family() { # 4|6
	case $1 in
	4) L=$LEFT R=$RIGHT ;;
	6) L=$LEFT6 R=$RIGHT6 ;;
	esac
}

sas_flush() {
	left ipsecvif sa flush dev ipsec0
	ip -n right xfrm state flush
	ip -n right xfrm policy flush
}

# sas_both MODE ALGORITHM KEY_BYTES ICV_BITS [esn]: keys on both sides. XFRM pads to
# 8 bytes under IPv4, too, unless told by align4; what it sends may be so padded.
sas_both() {
	local mode=$1 alg=$2 bits=$4 esn=${5:+flag esn} key_l2r key_r2l theirs='' align4=''

	key_l2r=$(hexkey "$3") key_r2l=$(hexkey "$3")
	SPI_L2R=$(printf '0x%08x' $((SPI_L2R + 16))) SPI_R2L=$(printf '0x%08x' $((SPI_R2L + 16)))
	[ $mode = transport ] || theirs='flag af-unspec'
	[[ $L == *:* ]] || align4='flag align4'
	# shellcheck disable=SC2086
	ip_batch right <<-END || return
	xfrm state add src $R dst $L proto ah spi $SPI_R2L reqid 1 mode $mode auth-trunc $alg $key_r2l $bits $theirs $esn replay-window 32
	xfrm state add src $L dst $R proto ah spi $SPI_L2R reqid 1 mode $mode auth-trunc $alg $key_l2r $bits $theirs $align4 $esn replay-window 32
	END
	# TCP's sender moves between CPUs here, and overtakes its own packets.
	# shellcheck disable=SC2086
	left ipsecvif sa add dev ipsec0 dir in src $R dst $L proto ah spi $SPI_R2L mode $mode \
		auth-trunc "$alg" $key_r2l $bits $esn replay-window 4096 || return
	# shellcheck disable=SC2086
	left ipsecvif sa add dev ipsec0 dir out src $L dst $R proto ah spi $SPI_L2R mode $mode \
		auth-trunc "$alg" $key_l2r $bits $esn
}

policies_tunnel() {
	local sites site other

	for sites in "$SITE_B $SITE_A" "$SITE_B6 $SITE_A6"; do
		read -r site other <<<"$sites"
		cat <<-END
		xfrm policy add dir out src $site dst $other tmpl src $R dst $L proto ah reqid 1 mode tunnel
		xfrm policy add dir in src $other dst $site tmpl src $L dst $R proto ah reqid 1 mode tunnel
		xfrm policy add dir fwd src $other dst $site tmpl src $L dst $R proto ah reqid 1 mode tunnel
		END
	done | ip_batch right
}

# All but neighbour discovery between the gateways.
policies_transport() {
	local proto

	for proto in "proto udp" "proto tcp" "proto icmp" "proto ipv6-icmp type 128" \
		"proto ipv6-icmp type 129"; do
		[[ $L$proto != *:*proto\ icmp ]] && [[ $L$proto != *.*v6-icmp* ]] || continue
		cat <<-END
		xfrm policy add dir out src $R dst $L $proto tmpl src $R dst $L proto ah reqid 1 mode transport
		xfrm policy add dir in src $L dst $R $proto tmpl src $L dst $R proto ah reqid 1 mode transport
		END
	done | ip_batch right
}

# The router wrote its address into the option, and the packet was taken all the same.
ping_recorded() { # NETNS SOURCE TARGET
	ip netns exec "$1" ping -n -c 1 -W $((2 * TIME_SCALE)) -R -I "$2" "$3" |
		tee /dev/stderr | grep -q '198.51.100.1$\|203.0.113.1$'
}

mtu_is() {
	[ "$(left cat /sys/class/net/ipsec0/mtu)" = "$1" ]
}

# Less the outer header, 12 bytes of AH and its ICV; and on a narrower path, of which
# ICMP tells.
check_mtu() { # TITLE 4|6
	local mtu=1452 narrow=1352

	[ "$2" = 4 ] || mtu=1412 narrow=1312
	check "$1: the MTU" mtu_is $mtu
	ip -n wan link set right mtu 1400
	hosta ping -n -q -c 2 -i 0.1 -W 1 -M do -s $((mtu - 28)) $HOST_B >/dev/null
	check "$1: the MTU of a narrow path" wait_for 2 mtu_is $narrow
	ip -n wan link set right mtu $WAN_MTU
	left sh -c 'ip route flush cache; ip -6 route flush cache'
	hosta ip route flush cache
}

options() { # NETNS LOCAL REMOTE
	ip netns exec "$1" python3 -SE "$SELFTESTS/lib/options.py" send "$2" "$3" $((3 * TIME_SCALE))
}

inject() { # PACKET EDIT...
	local which=$1

	shift
	wan python3 -SE "$SELFTESTS/lib/inject.py" "$WORK/fresh.pcap" $SPI_R2L "$which" "$@"
}

check_accepted() { # DESCRIPTION COMMAND...
	local description=$1 before

	shift
	before=$(sa_field left in packets)
	drops_mark
	"$@" >/dev/null
	wait_for 2 eval "[ \"\$(sa_field left in packets)\" = $((before + 1)) ]"
	check_equal "$description" "$((before + 1)) received, dropped: " \
		"$(sa_field left in packets) received, dropped: $(drops_since)"
}

check_sizes_only() { # TITLE
	check_equal "$1: the drops tell of nothing but sizes" "" "$(drops_since |
		grep -oE '[a-z-]+ [0-9]+' | grep -vE '^too-big ')"
}

# Packets of B that the router captured and did not pass on: fresh ones.
capture_fresh() { # COUNT
	wan ip route add blackhole $LEFT/32
	capture_start wan right fresh "ah and dst $LEFT" || return
	hostb ping -n -q -c "$1" -i 0.02 -W 1 $HOST_A >/dev/null
	wait_for 5 capture_has fresh ah "$1"
	capture_stop fresh
	wan ip route del blackhole $LEFT/32
}

check "the topology comes up" topology_up
check "the module loads" module_load
modprobe -aq xfrm_user ah4 ah6
check "a device, with routes" ipsecvif_device ipsec0
ip -n right route add $SITE_A6 dev wan
left ipsecvif dev set ipsec0 underlay wan
for gateway in left right; do
	background $gateway python3 -SE "$SELFTESTS/lib/options.py" serve
	check "an echo server on the $gateway gateway" \
		wait_for 5 eval "[ \$($gateway ss -Huln sport = 7000 | wc -l) = 2 ]"
done

# The transforms are spread over the modes: each is computed the same way in all.
sizes="0 1 1300 1472 9000"
tunnel_cases=("4 hmac(sha256) 32 128 esn" "6 hmac(sha512) 64 256")
transport_cases=("4 hmac(sha1) 20 96 esn" "6 xcbc(aes) 16 96")
for case in "${tunnel_cases[@]}"; do
	read -r outer words <<<"$case"
	title="tunnel over IPv$outer, $words"
	drops_mark
	family "$outer"
	sas_flush
	# shellcheck disable=SC2086
	check "$title: SAs" sas_both tunnel $words
	check "$title: XFRM's policies" policies_tunnel
	check "$title: IPv4 from A to B, 0 to 9000 bytes" ping_sizes hosta $HOST_B "$sizes" -I $HOST_A
	check "$title: IPv6 from A to B, 0 to 9000 bytes" ping_sizes hosta $HOST_B6 "$sizes" -I $HOST_A6
	check "$title: IPv4 from B to A" ping_sizes hostb $HOST_A "56 1300" -I $HOST_B
	check "$title: IPv6 from B to A" ping_sizes hostb $HOST_A6 "56 1300" -I $HOST_B6
	check "$title: TCP" tcp_a_b
	check "$title: TCP the other way" tcp6_a_b -R
	check_mtu "$title" "$outer"
	check_sizes_only "$title"
done
for case in "${transport_cases[@]}"; do
	read -r outer words <<<"$case"
	title="transport over IPv$outer, $words"
	drops_mark
	family "$outer"
	sas_flush
	# shellcheck disable=SC2086
	check "$title: SAs" sas_both transport $words
	check "$title: XFRM's policies" policies_transport
	ip -n left route add $R dev ipsec0 src $L
	check "$title: left to right, 0 to 9000 bytes" ping_sizes left $R "$sizes" -I $L
	check "$title: right to left" ping_sizes right $L "56 1300 4000" -I $R
	check "$title: TCP" iperf_run right left $R
	check "$title: TCP the other way" iperf_run right left $R -R
	check "$title: options from left to right" options left $L $R
	check "$title: options from right to left" options right $R $L
	if [ "$outer" = 4 ]; then
		check "$title: a recorded route from left to right" ping_recorded left $L $R
		check "$title: a recorded route from right to left" ping_recorded right $R $L
	fi
	check_sizes_only "$title"
	ip -n left route del $R dev ipsec0
done
check "the XFRM peer saw no error" \
	eval "! ip -n right -s xfrm state | grep -E 'replay-window [1-9][0-9]* replay [1-9]|failed [1-9]'"

# An attacker's packets. Offsets are from the AH header on: 12 bytes, 16 of ICV, 4 of
# XFRM's padding.
family 4
sas_flush
check "SAs for the attacks" sas_both tunnel "hmac(sha256)" 32 128
check "XFRM's policies" policies_tunnel
check "it works" ping_sizes hostb $HOST_A 56 -I $HOST_B
check "fresh packets were captured" capture_fresh 8
check_drops "a flipped bit in the next header" "icv 1" inject 0 flip=0
check_drops "a flipped bit in the length" "ah 1" inject 0 flip=1
check_drops "a flipped bit in the reserved field" "icv 1" inject 0 flip=2
check_drops "a flipped bit in the ICV" "icv 1" inject 0 flip=12
check_drops "a flipped bit in the padding" "icv 1" inject 0 flip=28
check_drops "a flipped bit in the inner header" "icv 1" inject 0 flip=40
check_drops "a flipped bit in the payload" "icv 1" inject 0 flip=-1
check_drops "a forged sequence number" "icv 1" inject 0 seq=0x00100000
check_drops "another source" "icv 1" inject 0 src=198.51.100.99
check_drops "another identification" "icv 1" inject 0 header=5
check_drops "truncated within the ICV" "short 1" inject 0 truncate=20
check_drops "truncated to the AH header" "short 1" inject 0 truncate=32
check_drops "cut by a byte" "icv 1" inject 0 cut=1
check_accepted "after all that, the true packet is taken" inject 0 as-is
check_drops "and its replay is not" "replay-seen 1" inject 0 as-is
check_accepted "another TOS, as a router may set" inject 1 header=1
check_accepted "another TTL" inject 2 header=8
check_drops "an SPI that is not ours goes to XFRM" "" inject 3 spi=0x00777777
