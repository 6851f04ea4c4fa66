#!/bin/bash
# SPDX-License-Identifier: MIT
# An SA's life: soft and hard limits of time, idle time, bytes and packets, and
# their change in place; the end of its sequence numbers, none of which is ever
# used twice; new outer addresses under traffic; a pair that comes together or
# not at all; and what the machine's sleep does.
# On: oldest
. "$(dirname "$0")/lib/test.sh"

# Both gateways anew, for a number or key is never used twice. Words go to our
# outbound SA; the peer's states take PEER.
PEER=(replay-window 32)
fresh() { # WORDS...
	left ipsecvif sa flush dev ipsec0
	ip -n right xfrm state flush
	ip -n right xfrm policy flush
	transform aes128gcm
	xfrm_right "${PEER[@]}" || return
	events_forget
	left ipsecvif sa add dev ipsec0 dir in spi $SPI_R2L "${ALG_R2L[@]}" "${IN[@]}" \
		and dir out spi $SPI_L2R "${ALG_L2R[@]}" "$@"
}
IN=()

update() { # WORDS...
	left ipsecvif sa update dev ipsec0 dir out spi $SPI_L2R "$@"
}

expired() { # LIMIT true|false
	event '"event":"expire"' '"dir":"out"' "\"limit\":\"$1\"" "\"hard\":$2"
}

expired_times() { # LIMIT COUNT
	[ "$(events '"event":"expire"' "\"limit\":\"$1\"" '"hard":false')" = "$2" ]
}

sas_are() { # DIRECTIONS: of all SAs
	[ "$(left ipsecvif -j sa show | grep -o '"dir":"[a-z]*"' | sort | tr -d '\n')" = "$1" ]
}

# Echoes from A to B until traffic_stop; then their count is in $WORK/ping.
traffic_start() {
	: >"$WORK/ping"
	ip netns exec hosta ping -n -i 0.02 -W $((2 * TIME_SCALE)) $HOST_B >"$WORK/ping" 2>&1 &
	PINGING=$!
	wait_for 5 grep -q 'icmp_seq=5 ' "$WORK/ping"
}

traffic_stop() {
	kill -INT $PINGING
	wait $PINGING
}

check "the topology comes up" topology_up
check "the module loads" module_load
check "a device, with routes" ipsecvif_device ipsec0
check "the monitor listens" monitor_start

# Packets and bytes.
check "limits in packets" fresh limit packet-soft 2 limit packet-hard 4
check "4 packets pass" ping_a_b 4
check "the soft limit was told" wait_for 2 expired packets false
check_equal "once" 1 "$(events '"event":"expire"')"
check "more are allowed in place" update limit packet-hard 6 limit packet-soft 5
check "2 more pass" ping_a_b 2
check_equal "the new soft limit is told, too" 2 "$(events '"event":"expire"')"
check_drops "the 7th is dropped" "limit 1" ping_a_b 1 -W 1
check "and ends the SA" wait_for 2 expired packets true
check "the inbound one stays" sas_are '"dir":"in"'
check "limits in bytes" fresh limit byte-soft 150 limit byte-hard 1000
check "3 packets of 84 bytes" ping_a_b 3
check "the soft limit was told" wait_for 2 expired bytes false
check "the hard one is lowered to what was used" update limit byte-soft 0 limit byte-hard 252
check_drops "the next packet is dropped" "limit 1" ping_a_b 1 -W 1
check "and ends the SA" wait_for 2 expired bytes true
IN=(limit packet-hard 2)
check "an inbound limit" fresh
check_drops "binds inbound packets" "limit 1" ping_a_b 3 -W 1
check "and ends that SA" wait_for 2 sas_are '"dir":"out"'
IN=()

# Time.
check "limits in time" fresh limit time-soft 1 limit time-hard 3600
check "the soft limit is told without a packet" wait_for 3 expired time false
check "the hard one is lowered to a time that is over" update limit time-soft 0 limit time-hard 1
check "the SA ends at once" wait_for 1 expired time true

# Idle time: its soft limit after each pause, once.
check "limits in idle time" fresh limit idle-soft 2 limit idle-hard 3600
check "an SA that was never used is idle" wait_for 3 expired_times idle 1
ping_a_b 1 >"$TAP_LOG" 2>&1
check "after the next packet it is told anew" wait_for 4 expired_times idle 2
ping_a_b 40 -i 0.1 >"$TAP_LOG" 2>&1
check_equal "not while it is used" 2 "$(events '"event":"expire"')"
check "but after that" wait_for 4 expired_times idle 3
traffic_start
check "the hard one is lowered" update limit idle-soft 0 limit idle-hard 3
ping -q -c 5 -i 1 127.0.0.1 >/dev/null
check "an SA in use lives" sas_are '"dir":"in""dir":"out"'
traffic_stop
check "an idle one ends" wait_for 6 expired idle true
check_match "idle limits are shown" 'soft \(INF\)\(sec idle\), hard 9\(sec idle\)' \
	"$(fresh limit idle-hard 9; left ipsecvif -s sa show dev ipsec0 dir out)"

# Sequence numbers: 10 are left.
check "a capture on the wan router" capture_start wan left wan
seq_end() { # TITLE WORDS...
	local title=$1

	shift
	check "$title: 10 numbers are left" fresh "$@"
	check "$title: they pass" ping_a_b 10
	check "$title: the end was told, once" eval "[ \"\$(events '\"event\":\"sequence\"')\" = 1 ]"
	check_drops "$title: the 11th packet is dropped" "seq-end 1" ping_a_b 1 -W 1
	check "$title: and ends the SA" wait_for 2 expired sequence true
}
seq_end "32-bit numbers" replay-oseq 0xfffffff5
PEER=(replay-window 64 flag esn replay-seq 0xfffffff0 replay-seq-hi 0x7fffffff)
SPI_L2R=0x00001003 IN=(flag esn)
seq_end "64-bit numbers" flag esn replay-oseq 0xfffffff5 replay-oseq-hi 0x7fffffff
PEER=(replay-window 32) IN=()
# Across the lower half's end, as the peer sees it, too.
PEER=(replay-window 64 flag esn replay-seq 0xfffffff0)
SPI_L2R=0x00001004 IN=(flag esn)
check "64-bit numbers that pass 2^32" fresh flag esn replay-oseq 0xfffffff5
check "go on" ping_a_b 20
PEER=(replay-window 32) IN=()
capture_stop wan
decode wan >"$WORK/decoded"
check_equal "10 packets of 32 bits on the wire, up to the last number" "10 4294967295" \
	"$(grep ^0x00001001 "$WORK/decoded" | cut -d'|' -f2 | awk '{ last = $1 } END { print NR, last }')"
check_equal "10 packets of 64 bits, likewise" "10 4294967295" \
	"$(grep ^0x00001003 "$WORK/decoded" | cut -d'|' -f2 | awk '{ last = $1 } END { print NR, last }')"
check_equal "no number twice" "" "$(cut -d'|' -f1,2 "$WORK/decoded" | grep -v $SPI_R2L | sort | uniq -d)"
SPI_L2R=0x00001001

# MOBIKE: the addresses change while packets flow. The inbound SA names none, so
# that what is on its way to the old address is still taken.
address left wan 203.0.113.20/24
left ipsecvif dev set ipsec0 local any
check "SAs with and without addresses" fresh src $LEFT dst $RIGHT
check "a capture on the wan router" capture_start wan left mobike
traffic_start
check "packets leave by the first address" wait_for 5 capture_has mobike "esp and src $LEFT" 30
check "the outbound SA gets another source" update src 203.0.113.20
check "packets leave by it" wait_for 5 capture_has mobike 'esp and src 203.0.113.20' 30
ip -n right xfrm state add src $RIGHT dst 203.0.113.20 proto esp spi $SPI_R2L reqid 1 \
	mode tunnel "${ALG_R2L[@]}" flag af-unspec replay-window 32 replay-oseq 1000
ip -n right xfrm policy update dir out src $SITE_B dst $SITE_A \
	tmpl src $RIGHT dst 203.0.113.20 proto esp reqid 1 mode tunnel
check "the peer sends to it" wait_for 5 capture_has mobike 'esp and dst 203.0.113.20' 30
traffic_stop
check_match "not one packet was lost" ' 0% packet loss' "$(cat "$WORK/ping")"
check_equal "nor was one in clear" 0 "$(capture_count mobike "$CLEAR")"
check "another destination" update dst 198.51.100.77
ping_a_b 1 -W 1 >"$TAP_LOG" 2>&1
check "is where packets go" wait_for 2 capture_has mobike 'esp and dst 198.51.100.77'
check "UDP, with ports" update dst $RIGHT encap espinudp 4500 4501
ping_a_b 1 -W 1 >"$TAP_LOG" 2>&1
check "is what they go in" wait_for 2 capture_has mobike 'udp src port 4500 and dst port 4501'
check "and none again" update encap none
ping_a_b 1 -W 1 >"$TAP_LOG" 2>&1
check "is plain ESP" wait_for 2 capture_has mobike "esp and src 203.0.113.20 and dst $RIGHT"
capture_stop mobike
left ipsecvif dev set ipsec0 local $LEFT

# A pair, with its selectors, or nothing.
left ipsecvif sa flush dev ipsec0
cat >"$WORK/pair" <<END
sa add dev ipsec0 dir in spi 0x2001 ${ALG_R2L[*]@Q} sel src $SITE_B dst $SITE_A \\
	and dir out spi 0x2002 ${ALG_L2R[*]@Q} sel src $SITE_A6 dst $SITE_B6
sa add dev ipsec0 dir out spi 0x2003 aead "rfc4106(gcm(aes))" $(hexkey 20) 128 \\
	and dir in spi 0x2001 aead "rfc4106(gcm(aes))" $(hexkey 20) 128 sel dst 10.77.0.0/16
END
check_match "a pair whose inbound SPI is in use is refused" 'has this SPI' \
	"$(left ipsecvif -b "$WORK/pair" 2>&1)"
check "the first one is there" sas_are '"dir":"in""dir":"out"'
check_equal "of the other nothing, not even the selector" 0 \
	"$(left ipsecvif selector show dev ipsec0 | grep -c 10.77)"
check_equal "each SA of the pair has both selectors" 4 \
	"$(left ipsecvif sa show | grep -c 'selector src')"
check "flush of one direction" left ipsecvif sa flush dev ipsec0 dir in
check "leaves the other" sas_are '"dir":"out"'

# Link down: the SAs stay, and stop.
check "SAs" fresh
check "traffic" ping_a_b 1
ip -n left link set ipsec0 down
check "the link down keeps the SAs" sas_are '"dir":"in""dir":"out"'
check_drops "and takes nothing" "link-down 1" hostb ping -n -q -c 1 -W 1 $HOST_A
ip -n left link set ipsec0 up
ip -n left route add $SITE_B dev ipsec0
check "the link up resumes, with the same SAs" ping_a_b 1

# The machine's sleep, as far as to the frozen processes: further on this machine
# would lose its file system. selftests/machine has the rest.
if [ -w /sys/power/pm_test ]; then
	echo 1 >/sys/module/suspend/parameters/pm_test_delay
	echo freezer >/sys/power/pm_test
	check "a suspend" eval 'echo freeze >/sys/power/state'
	check "leaves the SAs" ping_a_b 1
else
	skip "suspend" "this kernel has no pm_test"
fi
