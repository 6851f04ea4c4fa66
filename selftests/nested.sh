#!/bin/bash
# SPDX-License-Identifier: MIT
# Tunnels in tunnels, three deep, each by its own device: what one decrypts is for the
# next, on one stack.
# On: newest
. "$(dirname "$0")/lib/test.sh"

DEPTH=3

# tunnel N OUTER_LOCAL OUTER_REMOTE: the N-th device of both ends, within the one before
tunnel() {
	local n=$1 key_l2r key_r2l gateway src dst out in spi_out spi_in end

	key_l2r=$(hexkey 20) key_r2l=$(hexkey 20)
	for gateway in left right; do
		if [ $gateway = left ]; then
			src=$2 dst=$3 out=$key_l2r in=$key_r2l spi_out=0x100$n spi_in=0x200$n end=1
		else
			src=$3 dst=$2 out=$key_r2l in=$key_l2r spi_out=0x200$n spi_in=0x100$n end=2
		fi
		ip -n $gateway link add "ipsec$n" type ipsecvif &&
			ip netns exec $gateway ipsecvif -b - <<-END || return
		dev set ipsec$n local $src remote $dst
		sa add dev ipsec$n dir in src $dst dst $src spi $spi_in aead 'rfc4106(gcm(aes))' $in 128 replay-window 4096
		sa add dev ipsec$n dir out src $src dst $dst spi $spi_out aead 'rfc4106(gcm(aes))' $out 128
		END
		ip -n $gateway addr add 10.255.$n.$end/24 dev "ipsec$n" &&
			ip -n $gateway link set "ipsec$n" up || return
	done
}

pings() { # N [ping's options]
	ip netns exec left ping -n -q -c 3 -i 0.05 -W $((2 * TIME_SCALE)) "${@:2}" 10.255.$1.2
}

check "the topology comes up" topology_up
check "the module loads" module_load
check "a tunnel" tunnel 0 $LEFT $RIGHT
for ((n = 1; n < DEPTH; n++)); do
	check "a tunnel in it, $n deep" tunnel $n 10.255.$((n - 1)).1 10.255.$((n - 1)).2
done
for ((n = 0; n < DEPTH; n++)); do
	check "echoes $n deep" pings $n
	check "large ones" pings $n -s 4000
done
check "TCP through all of them" iperf_run right left 10.255.$((DEPTH - 1)).2
for ((n = 0; n < DEPTH; n++)); do
	check "all arrived by ipsec$n" [ "$(left cat /sys/class/net/ipsec$n/statistics/rx_packets)" -ge 6 ]
done
check_equal "nothing was dropped" "" "$(left ipsecvif -j drops | json drops |
	sed 's/ *too-big [0-9]*//; s/^ //')"
