#!/bin/bash
# SPDX-License-Identifier: MIT
# Going away: links deleted, namespaces ended and the module unloaded, each while
# traffic flows both ways, over and over; nothing is left and nothing complains.
# On: oldest
. "$(dirname "$0")/lib/test.sh"

traffic_start() {
	background hosta ping -q -n -i 0.002 -s 1000 $HOST_B >/dev/null 2>&1
	background hostb ping -q -n -i 0.002 -s 1000 $HOST_A >/dev/null 2>&1
	background hosta ping -6 -q -n -f -s 300 $HOST_B6 >/dev/null 2>&1
	wait_for 5 eval "[ \"\$(cat /sys/class/net/lo/statistics/rx_packets)\" ]" &&
		wait_for 5 eval "[ \"\$(sa_field left out packets)\" -gt 20 ]"
}

tunnel() {
	transform "$1" &&
		ipsecvif_device ipsec0 &&
		ipsecvif_sas ipsec0 &&
		xfrm_right replay-window 32
}

right_flush() {
	ip -n right xfrm state flush
	ip -n right xfrm policy flush
}

check "the topology comes up" topology_up
check "the module loads" module_load
for name in aes128gcm aes256sha256; do
	check "a tunnel with $name" tunnel $name
	check "traffic flows" traffic_start
	check "the link is deleted meanwhile" ip -n left link del ipsec0
	right_flush
	check "a new tunnel takes the traffic up" tunnel $name
	check "it works" ping_a_b 2
	check "its SAs are flushed meanwhile" left ipsecvif sa flush dev ipsec0
	check "the module is unloaded meanwhile" module_unload
	check_not "which took the link along" ip -n left link show ipsec0
	processes_end
	right_flush
	check "the module loads again" module_load
done

check "a tunnel again" tunnel aes128gcm
check "traffic flows" traffic_start
ip netns pids left | xargs -r kill
check "its namespace ends meanwhile" ip netns del left
processes_end
check "the module has no user left" wait_for 10 module_unused
check "no SA survives" eval "! ipsecvif -j sa show | grep -q spi"

# Make and break in a loop, without traffic.
for i in 1 2 3 4 5 6 7 8 9 10; do
	ip link add ipsec9 type ipsecvif && ip link set ipsec9 up &&
		ip link del ipsec9 || break
done
check_equal "ten devices come and go" 10 $i
