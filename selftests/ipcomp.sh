#!/bin/bash
# SPDX-License-Identifier: MIT
# IPComp (RFC 3173) with deflate inside ESP and AH, against in-kernel XFRM, both
# ways: what shrinks crosses compressed, what does not crosses as it is, and an SA
# without compression takes nothing that was compressed.
# On: newest
. "$(dirname "$0")/lib/test.sh"

sas_flush() {
	left ipsecvif sa flush dev ipsec0
	ip -n right xfrm state flush
	ip -n right xfrm policy flush
}

# Outer addresses, and sites and hosts of the same family.
family() { # 4|6
	case $1 in
	4) L=$LEFT R=$RIGHT SITES=($SITE_A $SITE_B) HOSTS=($HOST_A $HOST_B) ;;
	6) L=$LEFT6 R=$RIGHT6 SITES=($SITE_A6 $SITE_B6) HOSTS=($HOST_A6 $HOST_B6) ;;
	esac
}

# sas_both PROTO MODE CPI: keys on both sides. XFRM's tunnel is that of its IPComp
# state, and what protects it is in transport mode.
sas_both() {
	local proto=$1 mode=$2 cpi=$3 key_l2r key_r2l

	SPI_L2R=$(printf '0x%08x' $((SPI_L2R + 16))) SPI_R2L=$(printf '0x%08x' $((SPI_R2L + 16)))
	key_l2r=$(hexkey 20) key_r2l=$(hexkey 20)
	case $proto in
	esp) alg="aead rfc4106(gcm(aes))" bits=128 ;;
	ah) alg="auth-trunc hmac(sha1)" bits=96 ;;
	esac
	ip_batch right <<-END || return
	xfrm state add src $R dst $L proto comp spi $cpi reqid 2 mode $mode comp deflate
	xfrm state add src $L dst $R proto comp spi $cpi reqid 2 mode $mode comp deflate
	xfrm state add src $R dst $L proto $proto spi $SPI_R2L reqid 1 mode transport $alg $key_r2l $bits
	xfrm state add src $L dst $R proto $proto spi $SPI_L2R reqid 1 mode transport $alg $key_l2r $bits replay-window 32
	END
	# shellcheck disable=SC2086
	left ipsecvif sa add dev ipsec0 dir in src $R dst $L proto $proto spi $SPI_R2L \
		mode $mode $alg $key_r2l $bits replay-window 4096 $COMP || return
	# shellcheck disable=SC2086
	left ipsecvif sa add dev ipsec0 dir out src $L dst $R proto $proto spi $SPI_L2R \
		mode $mode $alg $key_l2r $bits $COMP
}

# In transport mode for all but neighbour discovery.
policies() { # PROTO MODE
	local what whats=("proto udp" "proto tcp" "proto icmp")
	local out="tmpl src $R dst $L proto comp reqid 2 mode $2"
	local in="tmpl src $L dst $R proto comp reqid 2 mode $2 level use"

	[[ $L != *:* ]] || whats[2]="proto ipv6-icmp type 128" whats[3]="proto ipv6-icmp type 129"
	out="$out tmpl src $R dst $L proto $1 reqid 1 mode transport"
	in="$in tmpl src $L dst $R proto $1 reqid 1 mode transport"
	if [ "$2" = tunnel ]; then
		ip_batch right <<-END
		xfrm policy add dir out src ${SITES[1]} dst ${SITES[0]} $out
		xfrm policy add dir in src ${SITES[0]} dst ${SITES[1]} $in
		xfrm policy add dir fwd src ${SITES[0]} dst ${SITES[1]} $in
		END
	else
		for what in "${whats[@]}"; do
			printf 'xfrm policy add dir %s\n' "out src $R dst $L $what $out" \
				"in src $L dst $R $what $in"
		done | ip_batch right
	fi
}

# Random bytes by UDP, there and back: they don't shrink.
echo_random() { # NETNS ADDRESS SIZE...
	local netns=$1

	shift
	ip netns exec "$netns" python3 -SE - $((3 * TIME_SCALE)) "$@" <<-'END'
	import os, socket, sys
	seconds, address = float(sys.argv[1]), sys.argv[2]
	if ":" in address:
	    sock = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
	else:
	    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	    sock.setsockopt(socket.IPPROTO_IP, 10, 0)  # IP_MTU_DISCOVER, IP_PMTUDISC_DONT
	sock.settimeout(seconds)
	for size in sys.argv[3:]:
	    data = os.urandom(int(size))
	    sock.sendto(data, (address, 7000))
	    if sock.recv(65535) != data:
	        sys.exit("other data came back of " + size)
	END
}

# Bytes of the largest packet that crossed the wan from a gateway.
largest() { # CAPTURE SOURCE
	tcpdump -nr "$WORK/$1.pcap" -e "(esp or ah) and src $2" 2>/dev/null |
		sed -n 's/.*IPv[46] (0x[0-9a-f]*), length \([0-9]*\): .*/\1/p' | sort -n | tail -n 1
}

# What an SA with and one without compression say of themselves.
comp_shown() {
	left ipsecvif -j sa show | json list comp | sort -u
}

# compressed NETNS TARGET: echoes of 1300 zeros crossed in less than 300 bytes.
compressed() {
	capture_start wan left comp || return
	ping_sizes "$1" "$2" 1300 -p 00 || return
	wait_for 5 capture_has comp "(esp or ah) and src $L" &&
		wait_for 5 capture_has comp "(esp or ah) and src $R" || return
	capture_stop comp
	echo "from left at most $(largest comp $L), from right $(largest comp $R)"
	[ "$(largest comp $L)" -lt 300 ] && [ "$(largest comp $R)" -lt 300 ]
}

check "the topology comes up" topology_up
check "the module loads" module_load
modprobe -aq xfrm_user esp4 esp6 ah4 ah6 ipcomp ipcomp6 deflate
check "a device, with routes" ipsecvif_device ipsec0
left ipsecvif dev set ipsec0 underlay wan
ip -n right route add $SITE_A6 dev wan
for netns in hosta hostb left right; do
	background $netns python3 -SE "$SELFTESTS/lib/options.py" serve
	check "an echo server in $netns" wait_for 5 eval "[ \$($netns ss -Huln sport = 7000 | wc -l) = 2 ]"
done

COMP="comp deflate"
cases=("esp tunnel 4 2" "esp transport 6 0x1234" "ah tunnel 6 0x1235" "ah transport 4 2")
for case in "${cases[@]}"; do
	read -r proto mode outer cpi <<<"$case"
	family "$outer"
	title="$proto in $mode mode over IPv$outer, CPI $cpi"
	COMP="comp deflate"
	[ "$cpi" = 2 ] || COMP="$COMP cpi $cpi"
	sas_flush
	check "$title: SAs" sas_both $proto $mode $cpi
	check "$title: XFRM's policies" policies $proto $mode
	if [ $mode = tunnel ]; then
		a=hosta b=hostb A=${HOSTS[0]} B=${HOSTS[1]}
	else
		a=left b=right A=$L B=$R
		ip -n left route add $R dev ipsec0 src $L
	fi
	check "$title: zeros cross compressed" compressed $a $B
	check "$title: 0 to 9000 zeros there" ping_sizes $a $B "0 1 62 90 1472 9000" -p 00
	check "$title: and back" ping_sizes $b $A "0 62 90 1472 9000" -p 00
	check "$title: random bytes there" echo_random $a $B 1 100 1400 4000
	check "$title: and back" echo_random $b $A 1 100 1400 4000
	check "$title: TCP" iperf_run $b $a "$B"
	check "$title: TCP the other way" iperf_run $b $a "$B" -R
	check_equal "$title: shown" "{\"name\":\"deflate\",\"cpi\":$((cpi))}" "$(comp_shown)"
	[ $mode = tunnel ] || ip -n left route del $R dev ipsec0
done
check_equal "the drops tell of nothing but sizes" "" "$(left ipsecvif -j drops dev ipsec0 | json drops |
	grep -oE '[a-z-]+ [0-9]+' | grep -vE '^(too-big|transport) ')"

# The two sides disagree.
family 4
sas_flush
check "another CPI on each side" sas_both esp tunnel 0x2222
check "XFRM's policies" policies esp tunnel
check_drops "a packet of another CPI is dropped" "comp 1" hostb ping -n -q -c 1 -W 1 -s 500 $HOST_A
check_drops "a packet too short to be compressed is taken" "" hostb ping -n -q -c 1 -W 1 $HOST_A
COMP=
sas_flush
check "no compression on our side" sas_both esp tunnel 2
check "XFRM's policies" policies esp tunnel
check_drops "a compressed packet is dropped" "next-header 1" hostb ping -n -q -c 1 -W 1 -s 500 $HOST_A
