#!/bin/bash
# SPDX-License-Identifier: MIT
# The device among other devices: a VRF below it, one above it, both; to another
# network namespace and back with the underlay left behind; and what belongs to a
# link: multicast with TTL 1 (an OSPF hello) and IPv6 link-local addresses. The peer
# is an xfrm interface.
# On: newest
. "$(dirname "$0")/lib/test.sh"

# The right gateway's xfrm interface: everything may pass it.
xfrmi_right() {
	local dir

	modprobe -aq xfrm_user esp4 esp6 xfrm_interface
	ip -n right link add xfrm1 type xfrm dev wan if_id 1 || return
	{
		echo "xfrm state add src $RIGHT dst $LEFT proto esp spi $SPI_R2L reqid 1 mode tunnel if_id 1 ${ALG_R2L[*]} flag af-unspec"
		echo "xfrm state add src $LEFT dst $RIGHT proto esp spi $SPI_L2R reqid 1 mode tunnel if_id 1 ${ALG_L2R[*]} flag af-unspec replay-window 32"
		for net in 0.0.0.0/0 ::/0; do
			echo "xfrm policy add dir out src $net dst $net if_id 1 tmpl src $RIGHT dst $LEFT proto esp reqid 1 mode tunnel"
			for dir in in fwd; do
				echo "xfrm policy add dir $dir src $net dst $net if_id 1 tmpl src $LEFT dst $RIGHT proto esp reqid 1 mode tunnel"
			done
		done
		echo "link set xfrm1 up"
		echo "addr add 10.9.0.2/30 dev xfrm1"
		echo "route add $SITE_A dev xfrm1"
		echo "route add $SITE_A6 dev xfrm1"
	} | ip_batch right
}

link_local() { # NETNS DEVICE
	ip -n "$1" -6 -o addr show dev "$2" scope link | grep -o 'fe80::[0-9a-f:]*'
}

ping_link_local() { # NETNS DEVICE ADDRESS
	ip netns exec "$1" ping -6 -n -q -c 2 -i 0.05 -W $((2 * TIME_SCALE)) "$3%$2"
}

# hellos FROM DEVICE TO DEVICE: those of both families arrive.
hellos() {
	local receiver

	rm -f "$WORK/hellos"
	ip netns exec "$3" python3 -SE "$SELFTESTS/lib/multicast.py" receive "$4" "$WORK/hellos" &
	receiver=$!
	wait_for 5 test -e "$WORK/hellos"
	ip netns exec "$1" python3 -SE "$SELFTESTS/lib/multicast.py" send "$2"
	wait_for 3 eval "[ \$(wc -l <'$WORK/hellos') -ge 2 ]"
	kill $receiver
	wait $receiver 2>/dev/null
	[ "$(sort "$WORK/hellos")" = "$(printf '4 hello\n6 hello')" ]
}

check "the topology comes up" topology_up
check "the module loads" module_load
transform aes128gcm
check "an xfrm interface on the right gateway" xfrmi_right
check "a device, with routes" ipsecvif_device ipsec0
address left ipsec0 10.9.0.1/30
check "SAs" ipsecvif_sas ipsec0
check "traffic" ping_a_b 1

# What belongs to a link.
check "the device has a link-local address" wait_for 3 link_local left ipsec0
check "the peer answers from its own" ping_link_local left ipsec0 "$(link_local right xfrm1)"
check "and reaches ours" ping_link_local right xfrm1 "$(link_local left ipsec0)"
check "OSPF hellos cross" hellos left ipsec0 right xfrm1
check "and come back" hellos right xfrm1 left ipsec0
check "selectors for them alone" left ipsecvif -b - <<END
selector add dev ipsec0 dst 224.0.0.0/24 proto 89
selector add dev ipsec0 dst ff02::/16 proto 89
END
check_not "nothing else passes" ping_a_b 1 -W 1
check "hellos cross" hellos left ipsec0 right xfrm1
# Inbound, a selector is held against the packet with its sides exchanged: it is the
# source that is in 224.0.0.0/24 there, so the peer's hellos need one of their own.
left ipsecvif selector add dev ipsec0 src 224.0.0.0/24 proto 89
left ipsecvif selector add dev ipsec0 src ff02::/16 proto 89
check "and come back" hellos right xfrm1 left ipsec0
left ipsecvif selector flush dev ipsec0
check "without selectors, traffic again" ping_a_b 1

# A VRF below: the way to the peer is in its table alone.
check "the underlay is in a VRF" ip_batch left <<END
link add blue type vrf table 100
link set blue up
link set wan master blue
route add default via 203.0.113.1 table 100
END
check_not "which the device does not know" ping_a_b 1 -W 1
check "now it does" left ipsecvif dev set ipsec0 underlay blue
check "out and back" ping_a_b 2
check "in and back" ping_b_a 2

# And one above: A's link and the device are in it, and its routes.
check "the sites are in another VRF" ip_batch left <<END
link add red type vrf table 200
link set red up
link set lan master red
link set ipsec0 master red
route add $SITE_B dev ipsec0 vrf red
END
check "out and back" ping_a_b 2
check "in and back" ping_b_a 2
check_equal "the device's routes are the VRF's" "" \
	"$(ip -n left route show table main | grep ipsec0)"
ip -n left link set wan nomaster
ip -n left route replace default via 203.0.113.1
check "the underlay leaves its VRF" left ipsecvif dev set ipsec0 underlay any
check "out and back" ping_a_b 2
check "in and back" ping_b_a 2
ip -n left link set ipsec0 nomaster
ip -n left link set lan nomaster
ip -n left route replace $SITE_B dev ipsec0
check "the device leaves its own" ping_a_b 2

# To another namespace and back; the underlay stays where it is.
netns_add tenant
check "the device moves to another namespace" ip -n left link set ipsec0 netns tenant
ip_batch tenant <<END
link set ipsec0 up
addr add 10.1.0.99/32 dev ipsec0
route add $SITE_B dev ipsec0
END
check "traffic from there" ip netns exec tenant ping -n -q -c 2 -i 0.05 -W 10 -I 10.1.0.99 $HOST_B
check_equal "the SAs are seen there" 2 "$(sa_count tenant)"
check "and back" ip -n tenant link set ipsec0 netns left
ip -n left link set ipsec0 up
ip -n left route add $SITE_B dev ipsec0
check "traffic from here" ping_a_b 2
check "into here" ping_b_a 2
check_equal "with the same SAs" 2 "$(sa_count left)"
