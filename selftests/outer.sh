#!/bin/bash
# SPDX-License-Identifier: MIT
# What is outside: IPv4 and IPv6 as the outer protocol, each around both families,
# and transport mode, each also in UDP, against in-kernel XFRM. Fragments before
# and after encryption, TCP with segmentation offload, padding against traffic
# analysis, flow labels and UDP checksums as a capture shows them.
. "$(dirname "$0")/lib/test.sh"

# family FAMILY: the outer addresses, and their words in a filter.
family() {
	case $1 in
	4) L=$LEFT R=$RIGHT NULL=0.0.0.0 IP=ip ;;
	6) L=$LEFT6 R=$RIGHT6 NULL=:: IP=ip6 ;;
	esac
}

sas_flush() {
	left ipsecvif sa flush dev ipsec0
	left ipsecvif selector flush dev ipsec0
	ip -n right xfrm state flush
	ip -n right xfrm policy flush
}

# both MODE ENCAP [words for our outbound SA]: keys on both sides.
sas_both() {
	local mode=$1 encap=() theirs=()

	[ "$2" = no ] || encap=(encap espinudp 4500 4500 $NULL)
	shift 2
	transform aes128gcm
	SPI_L2R=$(printf '0x%08x' $((SPI_L2R + 16))) SPI_R2L=$(printf '0x%08x' $((SPI_R2L + 16)))
	[ $mode = transport ] || theirs=(flag af-unspec)
	ip_batch right <<-END || return
	xfrm state add src $R dst $L proto esp spi $SPI_R2L reqid 1 mode $mode ${ALG_R2L[@]} ${encap[@]} ${theirs[@]}
	xfrm state add src $L dst $R proto esp spi $SPI_L2R reqid 1 mode $mode ${ALG_L2R[@]} ${encap[@]} ${theirs[@]} replay-window 32
	END
	left ipsecvif sa add dev ipsec0 dir in src $R dst $L spi $SPI_R2L mode $mode "${ALG_R2L[@]}" \
		"${encap[@]}" || return
	left ipsecvif sa add dev ipsec0 dir out src $L dst $R spi $SPI_L2R mode $mode "${ALG_L2R[@]}" \
		"${encap[@]}" "$@"
}

policies_tunnel() {
	local site other

	for site in "$SITE_B $SITE_A" "$SITE_B6 $SITE_A6"; do
		read -r site other <<<"$site"
		cat <<-END
		xfrm policy add dir out src $site dst $other tmpl src $R dst $L proto esp reqid 1 mode tunnel
		xfrm policy add dir in src $other dst $site tmpl src $L dst $R proto esp reqid 1 mode tunnel
		xfrm policy add dir fwd src $other dst $site tmpl src $L dst $R proto esp reqid 1 mode tunnel
		END
	done | ip_batch right
}

# All but IKE and neighbour discovery between the gateways, or XFRM wants to
# protect the latter, too.
policies_transport() {
	local proto

	for proto in "proto udp dport 5201" "proto udp sport 5201" "proto tcp" \
		"proto icmp" "proto ipv6-icmp type 128" "proto ipv6-icmp type 129"; do
		[[ $IP$proto != ip*v6-icmp* ]] || [ $IP = ip6 ] || continue
		cat <<-END
		xfrm policy add dir out src $R dst $L $proto tmpl src $R dst $L proto esp reqid 1 mode transport
		xfrm policy add dir in src $L dst $R $proto tmpl src $L dst $R proto esp reqid 1 mode transport
		END
	done | ip_batch right
}

# A UDP socket that XFRM takes ESP from: without one it sends, but does not receive.
encap_socket() { # NETNS
	background "$1" python3 -c '
import socket, time
sockets = [socket.socket(f, socket.SOCK_DGRAM) for f in (socket.AF_INET6, socket.AF_INET)]
sockets[0].setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
for s in sockets:
    s.setsockopt(socket.IPPROTO_UDP, 100, 2) # UDP_ENCAP, UDP_ENCAP_ESPINUDP
    s.bind(("", 4500))
time.sleep(1000)'
	wait_for 5 eval "[ \$(ip netns exec $1 ss -Huln sport = 4500 | wc -l) = 2 ]"
}

# ping_sizes NETNS SOURCE TARGET SIZE...: an echo of each size. The first ones may
# teach both senders the path's MTU.
ping_sizes() {
	local netns=$1 source=$2 target=$3 size

	shift 3
	for size; do
		ip netns exec "$netns" ping -n -q -c 3 -i 0.05 -W $((2 * TIME_SCALE)) -M dont -s "$size" \
			-I "$source" "$target" || {
			echo "no answer to $size bytes"
			return 1
		}
	done
}

check "the topology comes up" topology_up
check "the module loads" module_load
modprobe -aq xfrm_user esp4 esp6
check "a device, with routes" ipsecvif_device ipsec0
ip -n right route add $SITE_A6 dev wan
check "a socket for ESP in UDP, left" encap_socket left
check "and right" encap_socket right

sizes=(0 1 1300 1472 4000 9000)
for outer in 4 6; do
	family $outer
	for encap in no yes; do
		title="IPv$outer${encap#no}" title=${title/yes/ in UDP}
		sas_flush
		check "tunnel over $title: SAs" sas_both tunnel $encap
		check "tunnel over $title: XFRM's policies" policies_tunnel
		check "tunnel over $title: IPv4 from A to B, 0 to 9000 bytes" \
			ping_sizes hosta $HOST_A $HOST_B "${sizes[@]}"
		check "tunnel over $title: IPv6 from A to B, 0 to 9000 bytes" \
			ping_sizes hosta $HOST_A6 $HOST_B6 "${sizes[@]}"
		check "tunnel over $title: IPv4 from B to A" ping_sizes hostb $HOST_B $HOST_A 56 1300
		check "tunnel over $title: IPv6 from B to A" ping_sizes hostb $HOST_B6 $HOST_A6 56 1300
		check "tunnel over $title: TCP over IPv4" tcp_a_b
		check "tunnel over $title: TCP over IPv6" tcp6_a_b -R
	done
done

# Transport mode: between the gateways themselves, so the device's route is that
# to the peer, and the underlay is named.
left_underlay=$(left cat /sys/class/net/wan/ifindex)
for outer in 4 6; do
	family $outer
	for encap in no yes; do
		title="IPv$outer${encap#no}" title=${title/yes/ in UDP}
		sas_flush
		left ipsecvif dev set ipsec0 underlay wan
		check "transport over $title: SAs" sas_both transport $encap
		check "transport over $title: XFRM's policies" policies_transport
		ip -n left route add $R dev ipsec0 src $L
		check "transport over $title: left to right, 0 to 9000 bytes" \
			ping_sizes left $L $R "${sizes[@]}"
		check "transport over $title: right to left" ping_sizes right $R $L 56 1300 4000
		check "transport over $title: TCP" iperf_run right left $R
		check "transport over $title: TCP the other way" iperf_run right left $R -R
		ip -n left route del $R dev ipsec0
	done
done
check_equal "the drops tell of nothing but sizes" "" \
	"$(left ipsecvif -j drops dev ipsec0 | python3 -c '
import json, sys
for d in json.load(sys.stdin):
    for r in d["drops"]:
        if r["count"] and r["name"] not in ("too-big", "link-local"):
            print(r["name"], r["count"])')"
