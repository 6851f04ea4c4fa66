#!/bin/bash
# SPDX-License-Identifier: MIT
# A narrow link on the way: its ICMP reaches the device's MTU and the inner sender,
# for IPv4, IPv6 and TCP; what may be fragmented is; and ICMP that quotes no SA of
# ours changes nothing.
# On: newest
. "$(dirname "$0")/lib/test.sh"

mtu_is() {
	[ "$(left cat /sys/class/net/ipsec0/mtu)" = "$1" ]
}

echoes6() {
	hostb awk '$1 == "Icmp6InEchos" { print $2 }' /proc/net/snmp6
}

# ICMP "fragmentation needed" from the wan router about an ESP packet.
forge_too_big() { # SPI MTU
	wan python3 -SE - "$LEFT" "$RIGHT" "$1" "$2" <<-'END'
	import socket, struct, sys
	left, right, spi, mtu = sys.argv[1], sys.argv[2], int(sys.argv[3], 16), int(sys.argv[4])
	esp = struct.pack("!II", spi, 1)
	quoted = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 1500, 1, 0x4000, 63, 50, 0,
	                     socket.inet_aton(left), socket.inet_aton(right)) + esp
	def icmp(checksum):
	    return struct.pack("!BBHHH", 3, 4, checksum, 0, mtu) + quoted
	words = icmp(0)
	total = sum(struct.unpack("!%dH" % (len(words) // 2), words))
	total = (total & 0xffff) + (total >> 16)
	total = ~((total & 0xffff) + (total >> 16)) & 0xffff
	socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP).sendto(icmp(total), (left, 0))
	END
}

check "a tunnel with manual keys" manual_tunnel aes128gcm
check "the MTU is that of the whole path" wait_for 2 mtu_is 1446
check "traffic" ping_a_b 1

check "a forged ICMP about an SPI that is not ours" forge_too_big 0x00009999 1000
check "traffic of full size goes on" ping_a_b 2 -M do -s $((1446 - 28))
check "the MTU is as before" mtu_is 1446

check "the link from wan to right narrows" ip -n wan link set right mtu 1300
check "at both its ends" ip -n right link set wan mtu 1300
# 1300 - 20 (IP) - 8 (SPI, sequence) - 8 (IV) - 16 (ICV), to a multiple of 4, - 2.
check_not "a packet of the old size is lost" ping_a_b 1 -W 1 -M do -s $((1446 - 28))
ping_a_b 1 -W 1 -M do -s $((1446 - 28)) >/dev/null 2>&1
check "the device's MTU follows, down to what IPv6 needs" wait_for 3 mtu_is 1280
check "a packet of that size passes" ping_a_b 1 -M do -s $((1246 - 28))
check_not "one byte more does not" ping_a_b 1 -W 1 -M do -s $((1246 - 27))
check "the IPv4 sender learns" eval "ip -n hosta route get $HOST_B | grep -q 'mtu 1246'"
check_not "an IPv6 packet of the old size" ping6_a_b 1 -W 1 -M do -s $((1446 - 48))
check "the IPv6 sender learns no less than IPv6 needs" eval \
	"ip -n hosta -6 route get $HOST_B6 | grep -q 'mtu 1280'"
# One way: XFRM sets DF on the outer packet of its answer, which is too large then.
echoes=$(echoes6)
ping6_a_b 1 -W 1 -M do -s $((1280 - 48)) >/dev/null 2>&1
check_equal "an IPv6 packet of that size arrives, the outer one in fragments" \
	$((echoes + 1)) "$(echoes6)"
check "IPv4 that may be fragmented passes" ping_a_b 1 -M dont -s 3000
check "TCP over IPv4" tcp_a_b
check "TCP over IPv6" tcp6_a_b
check_match "drops say what became of the packets" 'too-big +[1-9]' \
	"$(left ipsecvif drops dev ipsec0)"
