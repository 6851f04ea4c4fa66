#!/bin/bash
# SPDX-License-Identifier: MIT
# Every drop reason of the header is provoked: those below here, the others by the
# tests named in the table, and the few that nothing outside can provoke are told
# with the reason why.
# On: oldest
. "$(dirname "$0")/lib/test.sh"

# reason where: a selftest (its name without .sh; a helper of lib/ that it runs may
# have the words), here, or never, and why.
TABLE='
no-selector   hostile
no-sa         hostile
not-ip        hostile
no-route      hostile
loop          hostile
too-big       here
seq-end       life
limit         life
no-memory     never    an allocation must fail: failslab on the debug kernel does it
crypto        never    no driver of the tested kernels fails but by its ICV
underlay      here
short         hostile
unknown-spi   hostile
replay-old    hostile
replay-seen   hostile
icv           hostile
padding       here
next-header   here
inner         here
selector-in   hostile
ecn           marks
encap         here
address       hostile
link-down     link
dummy         here
link-local    here
transport     transport
fragment      here
comp          ipcomp
ah            ah
aggfrag       here
hold-full     hold
hold-timeout  hold
clear-in      hold
backlog       never    a CPU must stop with a packet as long as the others take for 4096
'

PROVOKED=
provoke() { # REASON DESCRIPTION COMMAND...: one packet, for this reason alone
	local reason=$1 description=$2

	shift 2
	PROVOKED="$PROVOKED $reason "
	check_drops "$reason: $description" "$reason 1" "$@"
}

sas_flush() {
	left ipsecvif sa flush dev ipsec0
	ip -n right xfrm state flush
	ip -n right xfrm policy flush
	transform aes128gcm
}

# XFRM encrypts whatever protocol a raw socket of the right gateway sends: the next
# header of ESP is ours to choose.
transport_right() { # [words of the state]
	ip_batch right <<-END
	xfrm state add src $RIGHT dst $LEFT proto esp spi $SPI_R2L reqid 1 mode transport ${ALG_R2L[@]} $@
	xfrm policy add dir out src $RIGHT dst $LEFT tmpl src $RIGHT dst $LEFT proto esp reqid 1 mode transport
	END
}

raw_right() { # PROTOCOL
	right python3 -SE -c '
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, int(sys.argv[1]))
s.sendto(b"\x99" * 40, (sys.argv[2], 0))' "$1" "$LEFT"
}

# ESP with NULL encryption and HMAC-SHA256, whose padding is 0, 0 instead of 1, 2.
bad_padding() {
	wan python3 -SE -c '
import hashlib, hmac, socket, struct, sys
spi, key, source, target = int(sys.argv[1], 16), bytes.fromhex(sys.argv[2][2:]), *sys.argv[3:]
inner = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20, 0, 0, 9, 59, 0, bytes(4), bytes(4))
esp = struct.pack("!II", spi, 1) + inner + b"\0\0\2\4"
esp += hmac.new(key, esp, hashlib.sha256).digest()[:16]
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 50)
s.setsockopt(socket.IPPROTO_IP, socket.IP_TRANSPARENT, 1)
s.bind((source, 0))
s.sendto(esp, (target, 0))' $SPI_R2L "$1" 203.0.113.1 $LEFT
}

# The first IPv6 fragment of a TCP segment, too short for the ports.
short_fragment() {
	left python3 -SE -c '
import socket, struct, sys
source, target = (socket.inet_pton(socket.AF_INET6, a) for a in sys.argv[1:])
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, socket.IPPROTO_RAW)
s.sendto(struct.pack("!IHBB", 6 << 28, 16, 44, 64) + source + target +
         struct.pack("!BBHI", 6, 0, 1, 7) + bytes(8), (sys.argv[2], 0))' $LEFT6 $RIGHT6
}

check "the topology comes up" topology_up
check "the module loads" module_load
modprobe -aq xfrm_user esp4
check "a device, with routes" ipsecvif_device ipsec0

provoke link-local "link-local multicast without an SA" left python3 -SE -c '
import socket, struct
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF,
             struct.pack("=4s4si", bytes(4), bytes(4), socket.if_nametoindex("ipsec0")))
s.sendto(b"", ("224.0.0.251", 5353))'

transform aes128gcm
check "a tunnel's SAs" ipsecvif_sas ipsec0
check "a peer that sends what it should not" transport_right
provoke dummy "next header 59" raw_right 59
provoke aggfrag "next header 144" raw_right 144
provoke next-header "next header 17 in tunnel mode" raw_right 17
provoke inner "a broken inner IPv4 header" raw_right 4

# Beyond what fits, or the stack itself would answer.
ip -n left link set ipsec0 mtu 1500
provoke too-big "a packet that must not be fragmented" \
	hosta ping -n -q -c 1 -W 1 -M do -s 1470 $HOST_B
left nft -f - <<<'table ip t { chain output { type filter hook output priority 0; ip protocol esp drop; }; }'
provoke underlay "the firewall refuses the outer packet" ping_a_b 1 -W 1
left nft flush ruleset

sas_flush
check "an SA that wants UDP" left ipsecvif sa add dev ipsec0 dir in spi $SPI_R2L \
	"${ALG_R2L[@]}" encap espinudp 4500 4500
check "a peer that sends without" transport_right
provoke encap "ESP without UDP" raw_right 4

sas_flush
key=$(hexkey 32)
check "an SA with NULL encryption" left ipsecvif sa add dev ipsec0 dir in spi $SPI_R2L \
	enc 'ecb(cipher_null)' '' auth-trunc 'hmac(sha256)' "$key" 128
provoke padding "padding of zeros" bad_padding "$key"

left ipsecvif dev set ipsec0 underlay wan
check "an SA in transport mode" left ipsecvif sa add dev ipsec0 dir out src $LEFT6 dst $RIGHT6 \
	spi $SPI_L2R mode transport "${ALG_L2R[@]}"
ip -n left route add $RIGHT6 dev ipsec0
drops_mark
short_fragment
wait_for 2 eval 'drops_since | grep -q fragment'
check_equal "fragment: a fragment that never becomes whole" "fragment 1" \
	"$(drops_since | sed 's/ link-local [0-9]*//')"
PROVOKED="$PROVOKED fragment "

# The table against the header.
named() { # TEST REASON
	grep -qE "\"([a-z-]+ [0-9]+ )*$2 ([0-9]+|\\\$)|[\"' ]$2[\"' ]" "$SELFTESTS/$1.sh" \
		$(grep -o 'lib/[a-z0-9_]*\.py' "$SELFTESTS/$1.sh" | sed "s,^,$SELFTESTS/,")
}
while read -r symbol reason; do
	read -r _ where why <<<"$(grep "^$reason " <<<"$TABLE")"
	if ! grep -q "IPSECVIF_DROP_$symbol\\b" "$TOP"/module/*.c; then
		skip "$reason" "nothing in the module drops a packet for this reason yet"
		continue
	fi
	case $where in
	here) check "$reason is provoked above" test "${PROVOKED/ $reason /}" != "$PROVOKED" ;;
	never) skip "$reason" "$why" ;;
	'') fail "$reason has a place in the table" ;;
	*) check "$reason is provoked by $where" named "$where" "$reason" ;;
	esac
done < <(sed -n 's/^	X(\([A-Z_]*\), "\([a-z-]*\)".*/\1 \2/p' "$TOP/uapi/linux/ipsecvif.h")
