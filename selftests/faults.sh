#!/bin/bash
# SPDX-License-Identifier: MIT
# On: debug
# No memory: every allocation of every operation fails in its turn
# (lib/faults.py), and those of a tenth of all packets on their way. Nothing is
# half done, nothing leaks, and afterwards all works.
. "$(dirname "$0")/lib/test.sh"

export LEFT RIGHT TIME_SCALE
failslab=/sys/kernel/debug/failslab

# In softirqs, where nothing may wait: the way in, and most of the way out.
atomic_faults() { # PERCENT
	knobs_set $failslab ignore-gfp-wait=Y times=-1 verbose=0 probability="$1"
}

# The same for pages, which packets in UDP that go together are made in.
page_faults() { # PERCENT
	local fail=/sys/kernel/debug/fail_page_alloc

	[ -d $fail ] || return 0
	knobs_set $fail ignore-gfp-wait=Y ignore-gfp-highmem=Y min-order=0 times=-1 verbose=0 \
		probability="$1"
}

knobs_set() { # DIRECTORY NAME=VALUE...
	local directory=$1 knob

	shift
	for knob; do
		echo "${knob#*=}" >"$directory/${knob%=*}"
	done
}

check "the topology comes up" topology_up
check "the module loads" module_load
check "a device, with routes" ipsecvif_device ipsec0
points python3 -SE "$SELFTESTS/lib/faults.py"
# Its routes went when it was set down.
check "the device goes" ip -n left link del ipsec0
check "and comes back" ipsecvif_device ipsec0

for name in aes128gcm aes256sha256; do
	transform $name
	check "$name: XFRM" xfrm_right replay-window 32
	check "$name: SAs" ipsecvif_sas ipsec0
	check "$name: it works" ping_b_a 2
	received=$(sa_field left in packets)
	atomic_faults 10
	for size in 56 1300 5000; do
		hostb ping -n -q -c 200 -i 0.002 -s $size -W 1 $HOST_A
		hosta ping -6 -n -q -c 100 -i 0.002 -s $size -W 1 $HOST_B6
	done >"$TAP_LOG" 2>&1
	atomic_faults 0
	diag "$(sa_field left in packets) packets received, dropped: $(drops_since)"
	check "$name: some got through" [ "$(sa_field left in packets)" -gt $((received + 100)) ]
	check "$name: afterwards it works" ping_b_a 5
	check "$name: both ways" ping6_a_b 5
	left ipsecvif sa flush dev ipsec0
	ip -n right xfrm state flush
	ip -n right xfrm policy flush
done

UDP=(encap espinudp 4500 4500 0.0.0.0)
in_udp() {
	xfrm_up right $RIGHT $LEFT $SPI_R2L $SPI_L2R ALG_R2L ALG_L2R "$SITE_B" "$SITE_A" \
		replay-window 4096 "${UDP[@]}" || return
	left ipsecvif sa add dev ipsec0 dir in src $RIGHT dst $LEFT spi $SPI_R2L "${ALG_R2L[@]}" \
		replay-window 4096 "${UDP[@]}" || return
	left ipsecvif sa add dev ipsec0 dir out src $LEFT dst $RIGHT spi $SPI_L2R "${ALG_L2R[@]}" \
		"${UDP[@]}"
}

transform aes128gcm
check "in UDP: sockets, left" natt left
check "and right" natt right xfrm
check "in UDP: SAs" in_udp
check "in UDP: TCP" tcp_a_b
sent=$(sa_field left out packets)
atomic_faults 2
page_faults 50
IPERF_TIMEOUT=5 tcp_a_b >"$TAP_LOG" 2>&1
atomic_faults 0
page_faults 0
diag "$(($(sa_field left out packets) - sent)) packets sent, dropped: $(drops_since)"
check "in UDP: some were sent" [ "$(sa_field left out packets)" -gt $((sent + 5)) ]
check "in UDP: afterwards it works" tcp_a_b
