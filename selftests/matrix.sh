#!/bin/bash
# SPDX-License-Identifier: MIT
# Every kind of SA against in-kernel XFRM: generated from what the module offers
# (lib/matrix.py). MATRIX=full runs all cases, else a covering array of them.
# On: newest
. "$(dirname "$0")/lib/test.sh"

export LEFT RIGHT LEFT6 RIGHT6 HOST_A HOST_B HOST_A6 HOST_B6 SITE_A SITE_B SITE_A6 SITE_B6 TIME_SCALE

# The router counts what it passes on and is not IPsec, or ICMP about it.
watch_clear() {
	wan nft -f - <<-'END'
	table inet watch {
		counter clear { }
		chain forward {
			type filter hook forward priority 0;
			meta l4proto { esp, ah } accept
			ip6 nexthdr ah accept
			frag nexthdr ah accept
			udp sport 4500 udp dport 4500 accept
			ip frag-off & 0x1fff != 0 ip protocol udp accept
			frag frag-off != 0 meta l4proto udp accept
			counter name clear
		}
	}
	END
}

check "the topology comes up" topology_up
check "the module loads" module_load
modprobe -aq xfrm_user esp4 esp6
# What another CPU helped with overtakes, by more than a window of 32.
[ -n "${SPREAD:-}" ] || check "no other CPU helps" module_parameter spread never
check "a device, with routes" ipsecvif_device ipsec0
# For transport mode; what is encrypted has a mark, and goes another way.
peers_by_device() {
	left ipsecvif dev set ipsec0 fwmark 7 || return
	ip_batch left <<-END
	link set ipsec0 addrgenmode none
	route add $RIGHT dev ipsec0 src $LEFT
	route add $RIGHT6 dev ipsec0 src $LEFT6
	rule add fwmark 7 lookup 7
	route add default via 203.0.113.1 table 7
	route add default via 2001:db8:1::1 table 7
	END
}

check "the gateways' own traffic by it, too" peers_by_device
ip -n left -6 rule add fwmark 7 lookup 7
check "the router watches for clear text" watch_clear
points python3 -SE "$SELFTESTS/lib/matrix.py" run "${MATRIX:-pairs}"
check_equal "nothing crossed in clear" "packets 0 bytes 0" \
	"$(wan nft list counter inet watch clear | grep -o 'packets.*')"
