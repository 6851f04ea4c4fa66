#!/bin/bash
# SPDX-License-Identifier: MIT
# The general crypto backend: every packet finishes later, in another context.
# The same traffic passes, in order, and the module unloads under it.
# On: newest
. "$(dirname "$0")/lib/test.sh"

check "the topology comes up" topology_up
check "cryptd" modprobe cryptd
check "the module loads" module_load
check "new SAs take the general backend" eval \
	'echo 1 >/sys/module/ipsecvif/parameters/crypt_async'
check "a device, with routes" ipsecvif_device ipsec0
for name in aes256gcm aes256sha256; do
	case $name-$(uname -r) in
	*sha256-6.1.*)
		skip "$name" "cryptd of Linux 6.1 fails the kernel's own self-test with authenc (mended in 6.3)"
		continue
		;;
	esac
	for esn in '' esn; do
		title="$name${esn:+ with $esn}"
		transform $name
		ip -n right xfrm state flush
		ip -n right xfrm policy flush
		left ipsecvif sa flush dev ipsec0
		check "$title: XFRM" xfrm_right replay-window 4096 ${esn:+flag esn}
		check "$title: an inbound SA" left ipsecvif sa add dev ipsec0 dir in src $RIGHT dst $LEFT \
			proto esp spi $SPI_R2L mode tunnel "${ALG_R2L[@]}" replay-window 4096 \
			${esn:+flag esn}
		check "$title: an outbound SA" left ipsecvif sa add dev ipsec0 dir out src $LEFT \
			dst $RIGHT proto esp spi $SPI_L2R mode tunnel "${ALG_L2R[@]}" ${esn:+flag esn}
		check_match "$title: the driver is cryptd's" cryptd \
			"$(left ipsecvif -d sa show dev ipsec0)"
		check "$title: IPv4 from A to B" ping_a_b 3
		check "$title: IPv6 from B to A" ping6_b_a 3
		check "$title: large packets" ping_a_b 2 -s 8000
		[ "$esn" ] || check "$title: TCP" tcp_a_b
		check_equal "$title: no packet is replayed or forged" "" \
			"$(left ipsecvif drops dev ipsec0 | grep -E 'replay-seen|icv|crypto|padding')"
	done
done

transform aes256gcm
ip -n right xfrm state flush
ip -n right xfrm policy flush
left ipsecvif sa flush dev ipsec0
check "XFRM with new keys" xfrm_right replay-window 4096
check "SAs with new keys" ipsecvif_sas ipsec0 replay-window 4096
background hosta ping -q -n -i 0.002 -s 1000 $HOST_B >/dev/null 2>&1
background hostb ping -q -n -i 0.002 -s 1000 $HOST_A >/dev/null 2>&1
check "traffic flows" wait_for 5 eval '[ "$(sa_field left out packets)" -gt 20 ]'
check "the link is deleted meanwhile" ip -n left link del ipsec0
check "the module is unloaded meanwhile" module_unload
ip -n right xfrm state flush
check "no test after this one gets cryptd" python3 -SE "$SELFTESTS/lib/cryptd_forget.py"
