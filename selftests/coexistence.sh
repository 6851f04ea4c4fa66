#!/bin/bash
# SPDX-License-Identifier: MIT
# Beside others: with the module loaded and used, XFRM policies, an xfrm
# interface, an ip_vti tunnel and a strongSwan behind a NAT (UDP encapsulation)
# in the same namespace go on working; whichever of esp4 and ipsecvif was first.
. "$(dirname "$0")/lib/test.sh"

XFRMI_A=10.3.0.1 XFRMI_B=10.4.0.1
# ip_vti takes every ESP packet between its two addresses, so it has its own.
VTI_A=10.5.0.1 VTI_B=10.6.0.1 VTI_LEFT=203.0.113.12 VTI_RIGHT=198.51.100.12

# Networks beside the sites live on the gateways' loopbacks.
extra_addresses() {
	address left lo $XFRMI_A/32 $VTI_A/32
	address right lo $XFRMI_B/32 $VTI_B/32
	address left wan $VTI_LEFT/24
	address right wan $VTI_RIGHT/24
}

state() { # NETNS SRC DST SPI KEY [words]
	local netns=$1 src=$2 dst=$3 spi=$4 key=$5

	shift 5
	ip -n "$netns" xfrm state add src "$src" dst "$dst" proto esp spi "$spi" mode tunnel \
		aead 'rfc4106(gcm(aes))' "$key" 128 replay-window 32 "$@"
}

xfrm_interface_up() {
	local there back

	modprobe -aq esp4 xfrm_user xfrm_interface
	there=$(hexkey 20) back=$(hexkey 20)
	ip -n left link add xfrm7 type xfrm dev wan if_id 7 &&
		ip -n left link set xfrm7 up &&
		ip -n left route add $XFRMI_B/32 dev xfrm7 src $XFRMI_A &&
		state left $LEFT $RIGHT 0x2001 "$there" reqid 7 if_id 7 &&
		state left $RIGHT $LEFT 0x2002 "$back" reqid 7 if_id 7 &&
		state right $LEFT $RIGHT 0x2001 "$there" reqid 7 &&
		state right $RIGHT $LEFT 0x2002 "$back" reqid 7 || return
	ip -n left xfrm policy add dir out src $XFRMI_A dst $XFRMI_B if_id 7 \
		tmpl src $LEFT dst $RIGHT proto esp reqid 7 mode tunnel &&
		ip -n left xfrm policy add dir in src $XFRMI_B dst $XFRMI_A if_id 7 \
			tmpl src $RIGHT dst $LEFT proto esp reqid 7 mode tunnel &&
		ip -n right xfrm policy add dir out src $XFRMI_B dst $XFRMI_A \
			tmpl src $RIGHT dst $LEFT proto esp reqid 7 mode tunnel &&
		ip -n right xfrm policy add dir in src $XFRMI_A dst $XFRMI_B \
			tmpl src $LEFT dst $RIGHT proto esp reqid 7 mode tunnel
}

vti_up() {
	local there back

	modprobe -aq esp4 xfrm_user ip_vti
	there=$(hexkey 20) back=$(hexkey 20)
	ip -n left tunnel add vti8 mode vti local $VTI_LEFT remote $VTI_RIGHT key 8 &&
		ip -n left link set vti8 up &&
		ip -n left route add $VTI_B/32 dev vti8 src $VTI_A &&
		state left $VTI_LEFT $VTI_RIGHT 0x3001 "$there" reqid 8 &&
		state left $VTI_RIGHT $VTI_LEFT 0x3002 "$back" reqid 8 &&
		state right $VTI_LEFT $VTI_RIGHT 0x3001 "$there" reqid 8 &&
		state right $VTI_RIGHT $VTI_LEFT 0x3002 "$back" reqid 8 || return
	ip -n left xfrm policy add dir out src 0.0.0.0/0 dst 0.0.0.0/0 mark 8 \
		tmpl src $VTI_LEFT dst $VTI_RIGHT proto esp reqid 8 mode tunnel &&
		ip -n left xfrm policy add dir in src 0.0.0.0/0 dst 0.0.0.0/0 mark 8 \
			tmpl src $VTI_RIGHT dst $VTI_LEFT proto esp reqid 8 mode tunnel &&
		ip -n right xfrm policy add dir out src $VTI_B dst $VTI_A \
			tmpl src $VTI_RIGHT dst $VTI_LEFT proto esp reqid 8 mode tunnel &&
		ip -n right xfrm policy add dir in src $VTI_A dst $VTI_B \
			tmpl src $VTI_LEFT dst $VTI_RIGHT proto esp reqid 8 mode tunnel
}

# A charon on each gateway that insists on UDP 4500, with the kernel's XFRM.
charons_up() {
	charon_defaults
	C_CONNECTION='encap = yes'
	C_LOCAL_TS=10.8.0.0/24 C_REMOTE_TS=10.7.0.0/24
	charon_start right || return
	C_LOCAL=$LEFT C_REMOTE=$RIGHT
	C_LOCAL_ID=left.example.net C_REMOTE_ID=right.example.net
	C_LOCAL_TS=10.7.0.0/24 C_REMOTE_TS=10.8.0.0/24
	charon_start left || return
	address left lo 10.7.0.1/32
	address right lo 10.8.0.1/32
	swanctl_in left --initiate --child c
}

gateway_ping() { # NETNS FROM TO
	ip netns exec "$1" ping -n -q -c 2 -i 0.05 -W $((2 * TIME_SCALE)) -I "$2" "$3"
}

check_all_work() { # WHEN
	check "$1: ipsecvif, A to B" ping_a_b 2
	check "$1: ipsecvif, B to A" ping_b_a 2
	check_the_others "$1"
}

check_the_others() { # WHEN
	check "$1: the xfrm interface, out" gateway_ping left $XFRMI_A $XFRMI_B
	check "$1: the xfrm interface, in" gateway_ping right $XFRMI_B $XFRMI_A
	check "$1: ip_vti, out" gateway_ping left $VTI_A $VTI_B
	check "$1: ip_vti, in" gateway_ping right $VTI_B $VTI_A
}

# Two ipsecvif gateways, for there is no XFRM without esp4.
ipsecvif_right() {
	ip -n right link add ipsec0 type ipsecvif || return
	ip -n right link set ipsec0 up
	ip -n right route add $SITE_A dev ipsec0
	right ipsecvif sa add dev ipsec0 dir in src $LEFT dst $RIGHT proto esp spi $SPI_L2R \
		mode tunnel "${ALG_L2R[@]}" || return
	right ipsecvif sa add dev ipsec0 dir out src $RIGHT dst $LEFT proto esp spi $SPI_R2L \
		mode tunnel "${ALG_R2L[@]}"
}

modprobe -rq esp4 esp4_offload esp6 xfrm_interface ip_vti
check "the topology comes up" topology_up
extra_addresses
check "esp4 is not loaded" test ! -e /sys/module/esp4
check "ipsecvif loads without it" module_load
transform aes128gcm
check "a device" ipsecvif_device ipsec0
check "its SAs" ipsecvif_sas ipsec0
check "ipsecvif at the other end, too" ipsecvif_right
check "they understand each other without esp4" ping_a_b 2
check "and esp4 is still not loaded" test ! -e /sys/module/esp4
check "that end goes" ip -n right link del ipsec0

left ipsecvif sa flush dev ipsec0
transform aes128gcm
check "XFRM at the other end" xfrm_right replay-window 32
check "new SAs" ipsecvif_sas ipsec0
check "an xfrm interface" xfrm_interface_up
check "an ip_vti tunnel" vti_up
check_all_work "ipsecvif first"
check "esp4_offload loads" modprobe esp4_offload
check_all_work "with esp4_offload"

check "ipsecvif goes" ip -n left link del ipsec0
check "and its module" module_unload
check_the_others "without ipsecvif"
check "ipsecvif comes back, after esp4" module_load
check "its device" ipsecvif_device ipsec0
check "its SAs" ipsecvif_sas ipsec0
ip -n right xfrm state flush
ip -n right xfrm policy flush
ip -n left xfrm state flush
ip -n left xfrm policy flush
ip -n left link del xfrm7
ip -n left link del vti8
check "XFRM at the other end" xfrm_right replay-window 32
check "an xfrm interface" xfrm_interface_up
check "an ip_vti tunnel" vti_up
check_all_work "esp4 first"
ip -n left link del vti8
ip -n left xfrm policy flush
ip -n right xfrm policy flush
ip -n right xfrm state flush
ip -n left xfrm state flush

check "strongSwan with UDP encapsulation beside it" charons_up
check "a capture on the wan router" capture_start wan left wan
check "its tunnel, out" gateway_ping left 10.7.0.1 10.8.0.1
check "its tunnel, in" gateway_ping right 10.8.0.1 10.7.0.1
capture_stop wan
check "in UDP" capture_has wan 'udp port 4500' 4
left ipsecvif sa flush dev ipsec0
transform aes128gcm
check "XFRM at the other end" xfrm_right replay-window 32
check "new SAs" ipsecvif_sas ipsec0
check "and ipsecvif, once more" ping_a_b 2
