#!/bin/bash
# SPDX-License-Identifier: MIT
# What inner and outer headers tell each other: DSCP, ECN in all 16 combinations
# (RFC 6040), TTL; and what marks choose the outer packet's route: fwmark and
# underlay device. For IPv4 and IPv6 outside.
# On: newest
. "$(dirname "$0")/lib/test.sh"

marks=$SELFTESTS/lib/marks.py

family() { # 4|6
	case $1 in
	4) L=$LEFT R=$RIGHT IP=ip TOS='ip[1]' ;;
	6) L=$LEFT6 R=$RIGHT6 IP=ip6 TOS='(ip6[0:2] >> 4) & 0xff' ;;
	esac
}

# A tunnel between the gateways' addresses of the family at hand.
tunnel() {
	local site other

	left ipsecvif sa flush dev ipsec0
	ip -n right xfrm state flush
	ip -n right xfrm policy flush
	transform aes128gcm
	left ipsecvif dev set ipsec0 local $L remote $R || return
	left ipsecvif sa add dev ipsec0 dir in spi $SPI_R2L "${ALG_R2L[@]}" \
		and dir out spi $SPI_L2R "${ALG_L2R[@]}" || return
	{
		echo "xfrm state add src $R dst $L proto esp spi $SPI_R2L reqid 1 mode tunnel ${ALG_R2L[*]} flag af-unspec"
		echo "xfrm state add src $L dst $R proto esp spi $SPI_L2R reqid 1 mode tunnel ${ALG_L2R[*]} flag af-unspec replay-window 32"
		for site in "$SITE_B $SITE_A" "$SITE_B6 $SITE_A6"; do
			read -r site other <<<"$site"
			echo "xfrm policy add dir out src $site dst $other tmpl src $R dst $L proto esp reqid 1 mode tunnel"
			echo "xfrm policy add dir in src $other dst $site tmpl src $L dst $R proto esp reqid 1 mode tunnel"
			echo "xfrm policy add dir fwd src $other dst $site tmpl src $L dst $R proto esp reqid 1 mode tunnel"
		done
	} | ip_batch right
}

# outer WANTED COMMAND...: how many packets of each TOS are seen on the wan, "TOS:N".
outer() {
	local wanted=$1 one found=''

	shift
	capture_start wan left marks "esp and dst $R" || return
	"$@"
	wait_for 5 capture_has marks esp $(($(wc -w <<<"$wanted")))
	capture_stop marks
	for one in $wanted; do
		found="$found $one:$(capture_count marks "$IP and $TOS = 0x$one")"
	done
	echo "$found, $(capture_count marks esp) in all"
	[ "$found" = "$(printf ' %s:1' $wanted)" ]
}

# decapsulated SOURCE ADDRESS: what A receives of all that B sends, as "PAYLOAD TOS"
# lines. B's DSCP tells the wan router which ECN to put outside: the inner ECN is in
# the lower two bits, the outer one in the next two.
all16() {
	printf '%02x ' {0..3} {16..19} {32..35} {48..51}
}

outer_ecn() {
	wan nft -f - <<-END
	table inet marks {
		chain forward {
			type filter hook forward priority 0
			meta l4proto esp $IP dscp 0x0 $IP ecn set not-ect
			meta l4proto esp $IP dscp 0x4 $IP ecn set ect1
			meta l4proto esp $IP dscp 0x8 $IP ecn set ect0
			meta l4proto esp $IP dscp 0xc $IP ecn set ce
		}
	}
	END
}

# RFC 6040, figure 4: rows of one outer ECN (00 Not-ECT, 1x ECT(1), 2x ECT(0), 3x CE),
# inner Not-ECT, ECT(1), ECT(0), CE; the one that is dropped is absent.
RFC6040='00 00
01 01
02 02
03 03
10 10
11 11
12 11
13 13
20 20
21 21
22 22
23 23
31 33
32 33
33 33'
rfc6040() { # with the inner DSCP untouched: only its ECN bits change
	awk '{ print $1, substr($1, 1, 1) substr($2, 2, 1) }' <<<"$RFC6040"
}

decap() { # FROM TO
	rm -f "$WORK/received"
	ip netns exec hosta python3 -SE "$marks" receive "$2" "$WORK/received" &
	receiver=$!
	wait_for 5 test -e "$WORK/received"
	hostb python3 -SE "$marks" send "$1" "$2" $(all16)
	wait_for 3 eval "[ \$(wc -l <'$WORK/received') -ge 15 ]"
	kill $receiver
	wait $receiver 2>/dev/null
	sort "$WORK/received"
}

check "the topology comes up" topology_up
check "the module loads" module_load
modprobe -aq xfrm_user esp4 esp6
check "a device, with routes" ipsecvif_device ipsec0
check "for the sites' packets alone" left ipsecvif selector add dev ipsec0 src $SITE_A dst $SITE_B
check "and those of IPv6" left ipsecvif selector add dev ipsec0 src $SITE_A6 dst $SITE_B6

for outer in 4 6; do
	family $outer
	title="IPv$outer outside"
	check "$title: a tunnel" tunnel
	check "$title: it works" ping_a_b 1
	sends=(hosta python3 -SE "$marks" send)
	left ipsecvif dev set ipsec0 dscp clear
	check "$title, DSCP clear: the ECN field alone is copied, from IPv4" \
		outer "00 01 02 03" "${sends[@]}" $HOST_A $HOST_B b8 b9 ba bb
	check "$title: and from IPv6" \
		outer "00 01 02 03" "${sends[@]}" $HOST_A6 $HOST_B6 b8 b9 ba bb
	left ipsecvif dev set ipsec0 dscp copy
	check "$title, DSCP copy: both are, from IPv4" \
		outer "b8 29 82 fb" "${sends[@]}" $HOST_A $HOST_B b8 29 82 fb
	check "$title: and from IPv6" \
		outer "b8 29 82 fb" "${sends[@]}" $HOST_A6 $HOST_B6 b8 29 82 fb
	left ipsecvif dev set ipsec0 dscp clear

	check "$title: the wan router rewrites ECN" outer_ecn
	drops_mark
	check_equal "$title: IPv4 inside, 16 combinations as RFC 6040 wants" "$(rfc6040)" \
		"$(decap $HOST_B $HOST_A)"
	check_equal "$title: of which one is dropped" "ecn 1" "$(drops_since)"
	drops_mark
	check_equal "$title: IPv6 inside, likewise" "$(rfc6040)" "$(decap $HOST_B6 $HOST_A6)"
	check_equal "$title: of which one is dropped" "ecn 1" "$(drops_since)"
	wan nft delete table inet marks

	hop='ip[8]'
	[ $outer = 4 ] || hop='ip6[7]'
	left ipsecvif dev set ipsec0 ttl 77
	capture_start wan left ttl "esp and dst $R"
	ping_a_b 1 -t 33 >"$TAP_LOG" 2>&1
	left ipsecvif dev set ipsec0 ttl inherit
	ping_a_b 2 -t 33 >"$TAP_LOG" 2>&1
	ping6_a_b 1 -t 34 >"$TAP_LOG" 2>&1
	wait_for 2 capture_has ttl esp 4
	capture_stop ttl
	check_equal "$title: a TTL of its own, or the inner one" "1 2 1" \
		"$(capture_count ttl "$hop = 77") $(capture_count ttl "$hop = 32") $(capture_count ttl "$hop = 33")"
	left ipsecvif dev set ipsec0 ttl 64
done

# Routes by mark and by device.
family 4
check "a tunnel" tunnel
ip -n left route del default
ip -n left route add default via 203.0.113.1 table 77
ip -n left rule add fwmark 7 table 77
check_drops "without the mark there is no route" "no-route 1" ping_a_b 1 -W 1
check "a mark" left ipsecvif dev set ipsec0 fwmark 7
check "with it there is one" ping_a_b 1
left nft -f - <<-'END'
table ip seen {
	counter marked { }
	chain output { type filter hook output priority 0; ip protocol esp meta mark 7 counter name marked; }
}
END
ping_a_b 2 >"$TAP_LOG" 2>&1
check_match "the firewall sees the mark" 'packets 2' "$(left nft list counter ip seen marked)"
left ipsecvif dev set ipsec0 fwmark 0
ip -n left route add default via 203.0.113.1

ip -n left link add elsewhere type dummy
ip -n left link set elsewhere up
ip -n left route add $RIGHT dev elsewhere
check_not "a route that leads elsewhere" ping_a_b 1 -W 1
check "the underlay device" left ipsecvif dev set ipsec0 underlay wan
check "is that which outer packets leave by" ping_a_b 1
