#!/bin/bash
# SPDX-License-Identifier: MIT
# One SA over several CPUs: packets keep their order, against a peer whose replay window
# is of 32 packets, and no replay passes.
# On: newest
. "$(dirname "$0")/lib/test.sh"

CPU1=/sys/devices/system/cpu/cpu1/online
EVENTS=/sys/kernel/tracing/events/workqueue/workqueue_execute_start
N=1500

spread() { # MODE
	module_parameter spread "$1"
}

flow() { # FROM TO ADDRESS [PACKETS [options]]
	python3 -SE "$SELFTESTS/lib/flow.py" "$1" "$2" "$3" "${4:-$N}" "${@:5}"
}

gateways() { # TRANSFORM [WINDOW]
	local window=${2:-32}

	transform "$1" || return
	ip -n right xfrm state flush
	ip -n right xfrm policy flush
	left ipsecvif sa flush dev ipsec0
	xfrm_right replay-window "$window" && ipsecvif_sas ipsec0 replay-window "$window"
}

# Of the ESP packets of a capture, which may have gaps: how many are not above the one
# before, of a hundred or more.
esp_order() { # NAME
	tcpdump -n -r "$WORK/$1.pcap" 'ip proto 50' 2>/dev/null |
		sed -n "s/.*spi=$SPI_L2R,seq=\(0x[0-9a-f]*\).*/\1/p" |
		while read -r seq; do echo $((seq)); done |
		awk '{ disorder += $1 <= last; last = $1 } END { print (NR > 100) ? disorder + 0 : "few" }'
}

check "the topology comes up" topology_up
check "the module loads" module_load
check "a device, with routes" ipsecvif_device ipsec0
check_match "a mode that does not exist is refused" 'Invalid argument' \
	"$(spread sometimes 2>&1)"

for name in aes128gcm aes256sha256; do
	check "$name: spreading forced on" spread always
	check "$name: the gateways" gateways $name
	check "$name: a capture" capture_start wan left order 'ip proto 50'
	check_equal "$name: from A to B" "$N of $N, 0 out of order" "$(flow hosta hostb $HOST_B)"
	capture_stop order
	check_equal "$name: one by one on the wire" 0 "$(esp_order order)"
	check_equal "$name: from B to A, IPv6" "$N of $N, 0 out of order" \
		"$(flow hostb hosta $HOST_A6)"
	check_equal "$name: XFRM has nothing to complain about" "" "$(xfrm_errors)"
	check_equal "$name: and nothing is dropped" "" \
		"$(left ipsecvif drops dev ipsec0 | grep -E 'replay|icv|crypto|backlog')"
	for direction in out in; do
		check_equal "$name: all were spread, $direction" "$(sa_field left $direction packets)" \
			"$(sa_field left $direction spread)"
	done
	check_equal "$name: all inbound ones were steered" "$(sa_field left in packets)" \
		"$(sa_field left in steered)"

	# Acknowledgments come by another CPU than the writer's, and send what they allow from
	# there: the network here has a queue for each, of more than 32 packets.
	check "$name: the gateways, with larger windows" gateways $name 4096
	check "$name: TCP" tcp_a_b
	check_equal "$name: nor has XFRM then" "" "$(xfrm_errors)"
done

check "NAPI in threads, on any CPU" left sh -c 'echo 1 >/sys/class/net/ipsec0/threaded'
check "they are there" pgrep napi/ipsec0
check "TCP from B to A" tcp_a_b -R
check "and without threads" left sh -c 'echo 0 >/sys/class/net/ipsec0/threaded'

# SCTP sends and receives with its socket locked: a packet of its own that is handed up
# while it sends would wait for itself.
if modprobe -q sctp; then
	check_equal "SCTP of the gateway itself, both ways" "lacks 0 and 0 bytes" \
		"$(python3 -SE "$SELFTESTS/lib/sctp.py" left 10.1.0.1 hostb $HOST_B 500000)"
else
	skip "SCTP of the gateway itself, both ways" "no sctp in this kernel"
fi

if modprobe -q sch_netem; then
	check "a network that doubles each packet" \
		wan tc qdisc add dev left root netem duplicate 100%
	check "new keys" gateways aes128gcm
	check_equal "the first of each arrives, in order" "$N of $N, 0 out of order" \
		"$(flow hostb hosta $HOST_A)"
	# Of a connection that ended before some may come, too.
	check "and the second of each is a replay" wait_for 2 eval \
		'[ "$(sa_field left in replays)" = "$(sa_field left in packets)" ]'
	wan tc qdisc del dev left root
else
	skip "a network that doubles each packet" "no sch_netem in this kernel"
fi

check "new keys" gateways aes128gcm
(while :; do
	for mode in never always auto; do
		spread $mode
		sleep 0.001
	done
done) 2>/dev/null &
switching=$!
check_equal "order is kept while the mode changes" "6000 of 6000, 0 out of order" \
	"$(flow hosta hostb $HOST_B 6000)"
check_equal "likewise inbound" "20000 of 20000, 0 out of order" \
	"$(flow hostb hosta $HOST_A 20000)"
check_equal "likewise segments of TCP, which GRO looks at" "6000 of 6000, 0 out of order" \
	"$(flow hostb hosta $HOST_A 6000 --tcp)"
kill $switching
wait $switching 2>/dev/null
check_equal "nobody complains" "" "$(xfrm_errors)"

check "spreading forced on" spread always
if [ -w $CPU1 ]; then
	(while sleep 0.1; do
		echo 0 >$CPU1
		sleep 0.1
		echo 1 >$CPU1
	done) &
	switching=$!
	check_equal "order is kept while a CPU comes and goes" "6000 of 6000, 0 out of order" \
		"$(flow hostb hosta $HOST_A 6000)"
	kill $switching
	wait $switching 2>/dev/null
	echo 1 >$CPU1
else
	skip "a CPU that comes and goes" "there is none that could"
fi

check "new keys" gateways aes128gcm
check "spread when overloaded" spread auto
check "small packets" ping_a_b 3
check_equal "are never spread" 0 "$(sa_field left out spread)"
if [ "$(nproc)" -gt 1 ]; then
	check "workers are watched" eval "echo 1 >$EVENTS/enable"
	check_equal "a CPU without time left: in order" "6000 of 6000, 0 out of order" \
		"$(flow hosta hostb $HOST_B 6000)"
	check "gives packets away" [ "$(sa_field left out spread)" -gt 100 ]
	check_equal "likewise inbound: in order" "6000 of 6000, 0 out of order" \
		"$(flow hostb hosta $HOST_A 6000)"
	check "all that comes, small or not" [ "$(sa_field left in steered)" -gt 100 ]
	check "new keys" gateways aes128gcm
	check_equal "one packet at a time: in order" "3000 of 3000, 0 out of order" \
		"$(flow hostb hosta $HOST_A 3000 --at-once 1)"
	check "is nothing to be shared" [ "$(sa_field left in steered)" -lt 750 ]
	check_match "to another one" '\[00[1-9]\]' \
		"$(grep spread_worker /sys/kernel/tracing/trace | tail -n 100)"
	echo 0 >$EVENTS/enable
else
	skip "a CPU without time left gives packets away" "there is one CPU"
fi

check "new keys" gateways aes128gcm
check "spreading forced on" spread always
background hosta ping -q -n -i 0.002 -s 1000 $HOST_B >/dev/null 2>&1
background hostb ping -q -n -i 0.002 -s 1000 $HOST_A >/dev/null 2>&1
check "traffic flows" wait_for 5 eval '[ "$(sa_field left out spread)" -gt 20 ]'
check "SAs are replaced under it" gateways aes128gcm
check "traffic flows again" wait_for 5 eval '[ "$(sa_field left out spread)" -gt 20 ]'
check "the link is deleted meanwhile" ip -n left link del ipsec0
check "the module is unloaded meanwhile" module_unload
