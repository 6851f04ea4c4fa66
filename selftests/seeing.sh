#!/bin/bash
# SPDX-License-Identifier: MIT
# What an operator sees: counters of the link, of an SA, of ethtool and of the
# drops; tracepoints; captures inside and outside; nftables rules and a flowtable on
# the device; and the carrier's changes.
# On: newest
. "$(dirname "$0")/lib/test.sh"

TRACING=/sys/kernel/tracing

link_stat() { # NAME
	left cat "/sys/class/net/ipsec0/statistics/$1"
}

ethtool_stat() { # NAME
	left ethtool -S ipsec0 | awk -v name="$1:" '$1 == name { print $2 }'
}

# Every reason that the header names.
reasons() {
	grep -o '^	X([A-Z_]*, "[a-z-]*"' "$TOP/uapi/linux/ipsecvif.h" | cut -d'"' -f2
}

trace_has() { # REGEX
	grep -qE "$1" $TRACING/trace
}

check "two gateways with manual keys" manual_tunnel aes128gcm
check "traffic" ping_a_b 1

# Captures and tracepoints.
mountpoint -q $TRACING || mount -t tracefs t $TRACING
echo 1 >$TRACING/events/ipsecvif/enable
check "a capture on the device" capture_start left ipsec0 inside
check "and one on the wan router" capture_start wan left outside
before=$(left ipsecvif -j -s sa show dev ipsec0; link_stat tx_packets; link_stat rx_bytes)
check "packets of a known size" ping_a_b 5 -s 100
wait_for 2 capture_has inside icmp 10
left ip -s link show ipsec0 >"$WORK/link"
after=$(left ipsecvif -j -s sa show dev ipsec0; link_stat tx_packets; link_stat rx_bytes)
capture_stop inside
capture_stop outside
check_equal "inside, the inner packets are seen" "5 5" "$(capture_count inside \
	"icmp[0] = 8 and src $HOST_A and dst $HOST_B") $(capture_count inside "icmp[0] = 0 and src $HOST_B")"
check_match "as raw IP" 'Raw' "$(tcpdump -r "$WORK/inside.pcap" -c 1 2>&1)"
check_equal "and no other" 0 "$(capture_count inside esp)"
check_equal "outside, ESP" "5 5" \
	"$(capture_count outside "esp and src $LEFT") $(capture_count outside "esp and src $RIGHT")"
check_equal "and no other" 0 "$(capture_count outside "$CLEAR")"
check_equal "each SA and the link count packets and inner bytes" "in 5 640 out 5 640 link 5 640" \
	"$(python3 -SE - "$before" "$after" <<'END'
import json, sys
def read(text):
    sas, tx, rx = text.rsplit("\n", 2)
    return {sa["dir"]: sa for sa in json.loads(sas)}, int(tx), int(rx)
(a, tx0, rx0), (b, tx1, rx1) = read(sys.argv[1]), read(sys.argv[2])
print(*(" ".join((d, str(b[d]["packets"] - a[d]["packets"]), str(b[d]["bytes"] - a[d]["bytes"])))
        for d in ("in", "out")), "link", tx1 - tx0, rx1 - rx0)
END
)"
check_match "ip -s link shows them" "RX: .*TX: " "$(tr '\n' ' ' <"$WORK/link")"
index=$(left cat /sys/class/net/ipsec0/ifindex)
check "a tracepoint tells of packets out" \
	trace_has "ipsecvif_out: .*ifindex=$index spi=$SPI_L2R seq=[0-9]+ len=128 proto=1\$"
check "and in" trace_has "ipsecvif_in: .*ifindex=$index spi=$SPI_R2L seq=[0-9]+ len=128 proto=1\$"
ip -n left route add $RIGHT/32 dev ipsec0
ping_a_b 1 -W 1 >"$TAP_LOG" 2>&1
ip -n left route del $RIGHT/32 dev ipsec0
check "and of drops: the reason's name, and the SPI" \
	trace_has "ipsecvif_drop: .*ifindex=$index spi=$SPI_L2R len=84 reason=loop\$"
echo 0 >$TRACING/events/ipsecvif/enable

# ethtool.
check_match "ethtool -i names the driver" 'driver: ipsecvif.version: [0-9]' \
	"$(left ethtool -i ipsec0 | tr '\n' '.')"
check_equal "ethtool -S counts SAs" "1 1" "$(ethtool_stat sas-in) $(ethtool_stat sas-out)"
check_equal "and the drop" 1 "$(ethtool_stat drop-loop)"
check_equal "under every reason's name" "$(reasons)" \
	"$(left ethtool -S ipsec0 | sed -n 's/^ *drop-\(.*\):.*/\1/p')"
check_equal "the link counted it as an error" 1 "$(link_stat tx_errors)"

# nftables on the device, at every hook that it passes.
check "rules of nftables with the device" left nft -f - <<'END'
table netdev own {
	counter came { }
	counter went { }
	chain in { type filter hook ingress device ipsec0 priority 0; ip protocol icmp counter name came; }
	chain out { type filter hook egress device ipsec0 priority 0; ip protocol icmp counter name went; }
}
table ip stack {
	counter there { }
	counter back { }
	counter local { }
	chain forward {
		type filter hook forward priority 0
		oifname ipsec0 icmp type echo-request counter name there
		iifname ipsec0 icmp type echo-reply counter name back
	}
	chain input { type filter hook input priority 0; iifname ipsec0 ip protocol icmp counter name local; }
}
END
ping_a_b 3 >"$TAP_LOG" 2>&1
hostb ping -n -q -c 2 -i 0.05 -W $((2 * TIME_SCALE)) 10.1.0.1 >>"$TAP_LOG" 2>&1
counter() { # TABLE NAME
	left nft list counter $1 "$2" | grep -o 'packets [0-9]*' | cut -d' ' -f2
}
check_equal "forwarding: to and from the device" "3 3" \
	"$(counter "ip stack" there) $(counter "ip stack" back)"
check_equal "input" 2 "$(counter "ip stack" local)"
check_equal "the device's own hooks" "5 5" \
	"$(counter "netdev own" came) $(counter "netdev own" went)"
check "a rule can drop" left nft add rule ip stack forward oifname ipsec0 drop
check_not "and does" ping_a_b 1 -W 1
left nft flush ruleset

# A flowtable takes forwarded TCP past the stack, in both directions.
check "a flowtable with the device" left nft -f - <<'END'
table ip fast {
	flowtable ft { hook ingress priority 0; devices = { lan, ipsec0 }; }
	counter slow { }
	chain forward {
		type filter hook forward priority 0
		counter name slow
		ct state established meta l4proto tcp flow add @ft
	}
}
END
drops_mark
packets=$(link_stat rx_packets)
check "TCP from A to B" tcp_a_b
check "TCP from B to A" tcp_a_b -R
packets=$(($(link_stat rx_packets) - packets))
slow=$(counter "ip fast" slow)
check "few packets of $packets took the long way: $slow" test "$slow" -lt $((packets / 4))
check_equal "nothing was dropped" "" "$(drops_since)"
left nft flush ruleset

# ip monitor.
ip netns exec left ip -o monitor link >>"$WORK/monitor" &
watching=$!
HEALTH_PIDS+=($watching)
wait_for 5 eval 'left ip link set ipsec0 alias seen && grep -q ipsec0 "$WORK/monitor"'
: >"$WORK/monitor"
left ipsecvif sa flush dev ipsec0
check "ip monitor link sees the carrier go" wait_for 3 grep -q 'ipsec0.*NO-CARRIER' "$WORK/monitor"
transform aes128gcm
ipsecvif_sas ipsec0
check "and come" wait_for 3 eval 'tail -n 1 "$WORK/monitor" | grep -q "ipsec0.*LOWER_UP"'
