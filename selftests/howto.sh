#!/bin/bash
# SPDX-License-Identifier: MIT
# The how-to documents, command by command as they stand there: GRE and VXLAN over
# the device, against in-kernel XFRM in transport mode.
# On: newest
. "$(dirname "$0")/lib/test.sh"

# block DOCUMENT NAME: the code block that begins with "```sh NAME".
block() {
	sed -n "/^\`\`\`sh $2\$/,/^\`\`\`\$/{/^\`\`\`/!p}" "$TOP/Documentation/$1.md"
}

# follow DOCUMENT NAME NETNS: run it there, with the document's keys; the first
# command that fails ends it.
follow() {
	ip netns exec "$3" env KEY1="$KEY1" KEY2="$KEY2" bash -eux -c "$(block "$1" "$2")"
}

clean() { # DEVICE
	ip -n left rule del table 4789 2>/dev/null
	ip -n left link del "$1"
	ip -n left link del ipsec0
	ip -n right link del "$1"
	ip -n right xfrm state flush
	ip -n right xfrm policy flush
}

document() { # NAME
	eval "$(block "$1" keys)"
	check "$1: it makes keys" test ${#KEY1} = 42 -a "$KEY1" != "$KEY2"
	check "$1: the right gateway" follow "$1" right right
	check "$1: the left gateway" follow "$1" left left
	check "$1: a capture on the wan router" capture_start wan left "$1"
	check "$1: does it work?" follow "$1" try left
}

# The other end may speak before the link is up here, and the kernel has chatter.
finish() { # NAME DEVICE
	capture_stop "$1"
	check "$1: it went as ESP" capture_has "$1" esp 10
	check_equal "$1: and nothing in clear" 0 "$(capture_count "$1" "$CLEAR")"
	check_equal "$1: nothing was dropped" "" "$(left ipsecvif -j drops dev ipsec0 |
		json drops | sed 's/link-[a-z]* [0-9]*//g; s/^ *$//')"
	clean "$2"
}

check "the topology comes up" topology_up
check "the module loads" module_load
modprobe -aq xfrm_user esp4 ip_gre vxlan

document howto-gre
check "the sites reach each other" ping_a_b 2
check "from the other side, too" ping_b_a 2
check "TCP, with segmentation offload" tcp_a_b
check "and the other way" tcp_a_b -R
finish howto-gre gre1

document howto-vxlan
ip -n left route add $SITE_B via 10.9.1.2
ip -n right route add $SITE_A via 10.9.1.1
check "the sites reach each other over Ethernet" ping_a_b 2
check "TCP, with segmentation offload" tcp_a_b
check "and the other way" tcp_a_b -R
finish howto-vxlan vxlan1
