#!/bin/bash
# SPDX-License-Identifier: MIT
# The link tells the truth: its carrier is on exactly while a usable outbound SA
# exists, its MTU is what fits, and setting it down and up stops and resumes
# traffic. It may move to another network namespace and leave the underlay behind.
. "$(dirname "$0")/lib/test.sh"

mtu() { # NETNS DEVICE
	ip netns exec "$1" cat "/sys/class/net/$2/mtu"
}

mtu_is() {
	[ "$(mtu "$1" "$2")" = "$3" ]
}

out_sa() { # [words]
	left ipsecvif sa add dev ipsec0 dir out src $LEFT dst $RIGHT proto esp spi $SPI_L2R \
		mode tunnel "${ALG_L2R[@]}" "$@"
}

in_sa() {
	left ipsecvif sa add dev ipsec0 dir in src $RIGHT dst $LEFT proto esp spi $SPI_R2L \
		mode tunnel "${ALG_R2L[@]}" "$@"
}

out_del() {
	left ipsecvif sa del dev ipsec0 dir out dst $RIGHT proto esp spi $SPI_L2R
}

# Packets that were given to the device, and got any further or were counted as dropped.
seen() {
	left sh -c 'cd /sys/class/net/ipsec0/statistics; cat tx_packets tx_dropped tx_errors' |
		awk '{ n += $1 } END { print n }'
}

check "the topology comes up" topology_up
check "the module loads" module_load
transform aes128gcm
check "a device, with routes" ipsecvif_device ipsec0
check "XFRM on the right gateway" xfrm_right replay-window 32

check_equal "no SA: carrier off" 0 "$(carrier left ipsec0)"
check "an inbound SA" in_sa
check_equal "inbound only: carrier off" 0 "$(carrier left ipsec0)"
check "an outbound SA" out_sa
check "carrier on" wait_for 2 carrier_is left ipsec0 1
check_match "the operational state is up" 'state (UP|UNKNOWN)' "$(ip -n left link show ipsec0)"
check "traffic" ping_a_b 2
check "the outbound SA is deleted" out_del
check_equal "carrier off" 0 "$(carrier left ipsec0)"
check_not "no traffic" ping_a_b 1 -W 1

before=$(seen)
background hosta ping -q -n -c 2000 -i 0.001 -W 1 $HOST_B >/dev/null 2>&1
pinging=$!
while kill -0 $pinging 2>/dev/null; do
	out_sa && sleep 0.02 && out_del && sleep 0.02
done
check_equal "each packet is seen while the carrier comes and goes" 2000 $(($(seen) - before))

transform aes128gcm
ip -n right xfrm state flush
ip -n right xfrm policy flush
left ipsecvif sa flush dev ipsec0
check "XFRM with new keys" xfrm_right replay-window 32
check "an inbound SA" in_sa
check "an outbound SA with a hard limit of 5 packets" out_sa limit packet-hard 5
check "carrier on" wait_for 2 carrier_is left ipsec0 1
check "5 packets pass" ping_a_b 5
check_not "the 6th does not" ping_a_b 1 -W 1
check "carrier off" wait_for 2 carrier_is left ipsec0 0

left ipsecvif sa flush dev ipsec0
transform aes128gcm
ip -n right xfrm state flush
ip -n right xfrm policy flush
check "XFRM with new keys" xfrm_right replay-window 32
check "an outbound SA with a hard limit of 3 seconds" out_sa limit time-hard 3
check "carrier on" wait_for 2 carrier_is left ipsec0 1
check "carrier off in time" wait_for 8 carrier_is left ipsec0 0
left ipsecvif sa flush dev ipsec0

# MTU: what is left of 1500 bytes: outer IP 20, SPI and sequence 8, IV, ICV 16,
# padding to 4 bytes (GCM) or 16 (CBC), pad length and next header 2.
transform aes128gcm
ip -n right xfrm state flush
ip -n right xfrm policy flush
check "XFRM with new keys" xfrm_right replay-window 32
check "an inbound SA" in_sa
check "an outbound SA" out_sa
check "the MTU with AES-GCM is 1446" wait_for 2 mtu_is left ipsec0 1446
check "a packet of that size passes unfragmented" ping_a_b 1 -M do -s $((1446 - 28))
check_not "one byte more does not" ping_a_b 1 -W 1 -M do -s $((1446 - 27))
check "and the sender learns the MTU" eval "ip -n hosta route get $HOST_B | grep -q 'mtu 1446'"
left ipsecvif sa flush dev ipsec0
transform aes256sha256
ip -n right xfrm state flush
ip -n right xfrm policy flush
ip -n hosta route flush cache
check "XFRM with AES-CBC" xfrm_right replay-window 32
check "an inbound SA" in_sa
check "an outbound SA" out_sa
check "the MTU with AES-CBC and HMAC-SHA256 is 1438" wait_for 2 mtu_is left ipsec0 1438
check "a packet of that size passes unfragmented" ping_a_b 1 -M do -s $((1438 - 28))
check "a larger one passes in fragments" ping_a_b 1 -M dont -s 3000

check "the link is set down" ip -n left link set ipsec0 down
check_not "no traffic" ping_a_b 1 -W 1
check_drops "what arrives meanwhile is dropped" "link-down 1" hostb ping -n -q -c 1 -W 1 $HOST_A
check "the link is set up" ip -n left link set ipsec0 up
ip -n left route replace $SITE_B dev ipsec0
ip -n left route replace $SITE_B6 dev ipsec0
check "traffic from A to B" ping_a_b 2
check "traffic from B to A" ping6_b_a 2

check_match "ip -d link names the kind" 'ipsecvif' "$(ip -n left -d link show ipsec0)"

# To another namespace: outer packets still leave by the left gateway.
netns_add tenant
check "the device moves to another namespace" ip -n left link set ipsec0 netns tenant
check_not "it is gone from the old one" ip -n left link show ipsec0
address tenant ipsec0 10.1.0.99/32
ip -n tenant link set ipsec0 up
ip -n tenant route add $SITE_B dev ipsec0
check "the command finds it in the new one" eval "ip netns exec tenant ipsecvif -j sa show | grep -q '$SPI_L2R'"
check_equal "and nothing in the old one" 0 "$(sa_count left)"
check "traffic from the new namespace" ip netns exec tenant ping -n -q -c 2 -i 0.05 -W 10 -I 10.1.0.99 $HOST_B
check "traffic into it" hostb ping -n -q -c 2 -i 0.05 -W 10 10.1.0.99
check_equal "carrier on there" 1 "$(carrier tenant ipsec0)"
