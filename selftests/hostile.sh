#!/bin/bash
# SPDX-License-Identifier: MIT
# A hostile network: packets replayed, truncated, flipped, forged and misrouted
# are dropped, each under its own reason and nothing besides; the tunnel lives on.
# On: newest
. "$(dirname "$0")/lib/test.sh"

# Packets of B that the router captured and did not pass on: fresh ones.
capture_fresh() { # NAME COUNT
	wan ip route add blackhole $LEFT/32
	capture_start wan right "$1" "esp and dst $LEFT" || return
	hostb ping -n -q -c "$2" -i 0.02 -W 1 $HOST_A >/dev/null
	wait_for 5 capture_has "$1" esp "$2"
	capture_stop "$1"
	wan ip route del blackhole $LEFT/32
}

inject() { # PACKET EDIT...
	local which=$1

	shift
	wan python3 -SE "$SELFTESTS/lib/inject.py" "$WORK/fresh.pcap" $SPI_R2L "$which" "$@"
}

received() {
	sa_field left in packets
}

# An accepted packet: counted by the SA, and dropped by nobody.
check_accepted() { # DESCRIPTION COMMAND...
	local description=$1 before

	shift
	before=$(received)
	drops_mark
	"$@" >/dev/null
	wait_for 2 eval "[ \"\$(received)\" = $((before + 1)) ]"
	check_equal "$description" "$((before + 1)) received, dropped: " \
		"$(received) received, dropped: $(drops_since)"
}

attacks() { # TRANSFORM ICV_AND_IV_BYTES
	check "$1: fresh packets were captured" capture_fresh fresh 8
	check_drops "$1: a flipped bit in the ICV" "icv 1" inject 0 flip=-1
	check_drops "$1: a flipped bit in the IV" "icv 1" inject 0 flip=9
	check_drops "$1: a flipped bit in the ciphertext" "icv 1" inject 0 flip=40
	check_drops "$1: a forged sequence number" "icv 1" inject 0 seq=0x00100000
	check_drops "$1: truncated within the ESP header" "short 1" inject 0 truncate=10
	check_drops "$1: truncated to the ESP header" "short 1" inject 0 truncate=8
	check_drops "$1: truncated within the ICV" "short 1" inject 0 truncate=$2
	check_drops "$1: cut by one block" "icv 1" inject 0 cut=16
	check_accepted "$1: after all that, the true packet is taken" inject 0 as-is
	check_drops "$1: and its replay is not" "replay-seen 1" inject 0 as-is
	check_drops "$1: nor 50 more" "replay-seen 50" inject 0 as-is times=50
	check_accepted "$1: a later packet" inject 3 as-is
	check_accepted "$1: an earlier one, late but in the window" inject 2 as-is
	check_drops "$1: its replay" "replay-seen 1" inject 2 as-is
}

# With an SPI of the kernel's choice, so that strays of its range are counted.
kernel_spi() {
	SPI_R2L=$(left ipsecvif -j sa allocspi dev ipsec0 | grep -o '0x[0-9a-f]*')
	[ "$SPI_R2L" ]
}

check "the topology comes up" topology_up
check "the module loads" module_load
transform aes128gcm
check "a device, with routes" ipsecvif_device ipsec0
check "an inbound SPI of the kernel's choice" kernel_spi
check "XFRM on the right gateway" xfrm_right replay-window 32
check "SAs on the left gateway" ipsecvif_sas ipsec0
check "it works" ping_b_a 2
attacks aes128gcm 20

check_drops "an unknown SPI of our range" "unknown-spi 1" inject 4 spi=0xd0012345
check_drops "an SPI that is not ours goes to XFRM" "" inject 4 spi=0x00777777
check_accepted "an authentic packet from another source (RFC 4301 4.1)" inject 4 src=198.51.100.99
address left lo 203.0.113.11/32
check_drops "one to another address of ours" "address 1" inject 5 dst=203.0.113.11
check_drops "congestion experienced outside, no ECN inside" "ecn 1" inject 5 ce
check "the window moves on" hostb ping -n -q -c 120 -i 0.01 -W 5 $HOST_A
check_drops "a packet older than the window" "replay-old 1" inject 6 as-is

left ipsecvif sa flush dev ipsec0
ip -n right xfrm state flush
ip -n right xfrm policy flush
transform aes256sha256
check "another SPI" kernel_spi
check "XFRM with AES-CBC and HMAC-SHA256" xfrm_right replay-window 32
check "and our SAs" ipsecvif_sas ipsec0
check "it works" ping_b_a 2
attacks aes256sha256 30

# The selectors of the device bind both ways.
check "a selector for the sites" left ipsecvif selector add dev ipsec0 src $SITE_A dst $SITE_B
check "traffic within it" ping_a_b 2
ip -n left route add 10.9.0.0/24 dev ipsec0
check_drops "outbound outside of the selector" "no-selector 1" \
	hosta ping -n -q -c 1 -W 1 10.9.0.1
ip -n hostb addr add 10.9.0.2/32 dev site
ip -n right route add 10.9.0.2/32 dev lan
ip -n right xfrm policy add dir out src 10.9.0.2/32 dst $SITE_A \
	tmpl src $RIGHT dst $LEFT proto esp reqid 1 mode tunnel
check_drops "inbound outside of the selector" "selector-in 1" \
	hostb ping -n -q -c 1 -W 1 -I 10.9.0.2 $HOST_A
check "the selectors are flushed" left ipsecvif selector flush dev ipsec0

# Nothing leaves in clear.
check "a capture on the wan router" capture_start wan left clear
check_drops "a frame that is no IP" "not-ip 1" left python3 -SE -c '
import socket
s = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM)
s.sendto(b"neither IPv4 nor IPv6", ("ipsec0", 0x88b5))'
ip -n left route add $RIGHT/32 dev ipsec0
check_drops "the route to the peer leads into the tunnel" "loop 1" hosta ping -n -q -c 1 -W 1 $HOST_B
ip -n left route del $RIGHT/32 dev ipsec0
ip -n left route del default
check_drops "no route to the peer" "no-route 1" hosta ping -n -q -c 1 -W 1 $HOST_B
ip -n left route add default via 203.0.113.1
check "the tunnel recovers" ping_a_b 2
left ipsecvif sa flush dev ipsec0
ip -n left route add 10.2.0.128/25 dev ipsec0
check_drops "no SA" "no-sa 1" left python3 -SE -c '
import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"secret", ("10.2.0.200", 9))'
capture_stop clear
check_equal "nothing crossed the wan in clear" 0 "$(capture_count clear "$CLEAR")"
