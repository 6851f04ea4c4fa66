#!/bin/bash
# SPDX-License-Identifier: MIT
# The command against the real module: every event arrives in ipsecvif monitor,
# batches tell file and line, dumps stay whole while SAs come and go, another
# namespace can be named, and without privilege nothing is told.
# On: oldest
. "$(dirname "$0")/lib/test.sh"

flush_events() {
	[ "$(events '"event":"sa-del"')" -ge "$1" ]
}

as_nobody() { # COMMAND...
	left setpriv --reuid 65534 --regid 65534 --clear-groups --bounding-set -all \
		--inh-caps -all "$@" 2>&1
}

check "two gateways with manual keys" manual_tunnel aes128gcm
PROBE=(aead 'rfc4106(gcm(aes))' "$(hexkey 20)" 128)

# monitor
check "the monitor listens" monitor_start
left ipsecvif sa flush dev ipsec0
check "a flush is an event for each SA" wait_for 2 flush_events 3
check "the carrier's loss is an event" wait_for 2 event '"event":"carrier"' '"carrier":false'

check "a selector" left ipsecvif selector add dev ipsec0 src $SITE_A dst $SITE_B
check_not "no traffic without an SA" ping_a_b 1 -W 1
check "a packet without an SA is an event, with its addresses" \
	wait_for 2 event '"event":"acquire"' '"packet":{"src":"10.1.0.2/32","dst":"10.2.0.2/32"'

transform aes128gcm
check "an outbound SA that is to end soon" left ipsecvif sa add dev ipsec0 dir out spi $SPI_L2R \
	"${ALG_L2R[@]}" limit packet-soft 2 limit packet-hard 4
check "an SA added is an event" wait_for 2 event '"event":"sa-add"' '"dir":"out"' "$SPI_L2R"
check "the carrier is an event" wait_for 2 event '"event":"carrier"' '"carrier":true'
ping_a_b 6 -i 0.2 -W 1 >"$TAP_LOG" 2>&1
check "a soft limit is an event" wait_for 2 event '"event":"expire"' '"limit":"packets"' '"hard":false'
check "a hard limit is an event" wait_for 2 event '"event":"expire"' '"limit":"packets"' '"hard":true'

# The peer's key is another than the one that this SA has.
check "an inbound SA with the wrong key" left ipsecvif sa add dev ipsec0 dir in spi $SPI_R2L \
	aead 'rfc4106(gcm(aes))' "$(hexkey 20)" 128
ping_b_a 1 -W 1 >"$TAP_LOG" 2>&1
check "a failed integrity check is an event" wait_for 2 event '"event":"icv"' "$SPI_R2L"
check_equal "every event is a JSON object" "$(wc -l <"$EVENTS")" \
	"$(python3 -SE -c 'import json, sys; print(sum(isinstance(json.loads(l), dict) for l in sys.stdin))' <"$EVENTS")"

# privilege
for words in "dev" "sa" "selector" "drops" "monitor kernel" "sa flush dev ipsec0"; do
	# shellcheck disable=SC2086
	check_match "without privilege: $words is refused" '[Nn]ot permitted' \
		"$(as_nobody timeout 20 ipsecvif $words)"
done

# batch
cat >"$WORK/batch" <<END
# a comment
sa flush dev ipsec0
sa add dev ipsec0 dir in \\
	spi 0x2001 ${ALG_R2L[*]@Q}
sa add dev ipsec0 dir in spi 0x2001 ${ALG_R2L[*]@Q}
sa flush dev ipsec0
END
check_match "a batch tells file and line of the kernel's refusal" "^$WORK/batch:5: Error: ." \
	"$(left ipsecvif -b "$WORK/batch" 2>&1)"
check_equal "and ends there" 1 "$(sa_count left)"
left ipsecvif -force -b "$WORK/batch" >"$TAP_LOG" 2>&1
check_equal "unless forced" 0 "$(sa_count left)"

# A key from a file, so that no command line holds it.
printf '%s\n' "${PROBE[2]}" >"$WORK/key"
chmod 600 "$WORK/key"
check "a key from a file" left ipsecvif sa add dev ipsec0 dir out spi 0x3001 \
	aead 'rfc4106(gcm(aes))' "@$WORK/key" 128
check_match "it is the same key" 'this key and salt' \
	"$(left ipsecvif sa add dev ipsec0 dir out spi 0x3002 "${PROBE[@]}" 2>&1)"

# dumps
for ((i = 0; i < 300; i++)); do
	printf 'sa add dev ipsec0 dir in spi 0x%x aead "rfc4106(gcm(aes))" 0x%040x 128\n' \
		$((0x10000 + i)) $((i + 1))
done >"$WORK/many"
check "300 SAs" left ipsecvif -b "$WORK/many"
check_equal "all are shown, with the one before" 301 "$(sa_count left)"
churn() {
	while [ ! -e "$WORK/enough" ]; do
		left ipsecvif sa del dev ipsec0 dir in spi 0x10000
		left ipsecvif -b - <<<"$(head -n 1 "$WORK/many")"
	done
}
churn >"$WORK/churn" 2>&1 &
churner=$!
whole=0
for ((i = 0; i < 10; i++)); do
	left ipsecvif -j sa show | python3 -SE -c '
import json, sys
spis = [sa["spi"] for sa in json.load(sys.stdin)]
missing = [spi for spi in range(0x10001, 0x10000 + 300) if "0x%08x" % spi not in spis]
sys.exit(len(set(spis)) != len(spis) or missing != [])' && whole=$((whole + 1))
done
touch "$WORK/enough"
wait $churner
check_equal "10 of 10 dumps during changes have every other SA, and none twice" 10 $whole
check_equal "what made the changes met no error" "" "$(cat "$WORK/churn")"

# namespaces
check_equal "another namespace's devices with -n" '["ipsec0"]' \
	"$(ipsecvif -n left -j dev | python3 -SE -c 'import json, sys; print(json.dumps([d["ifname"] for d in json.load(sys.stdin)]))')"
check_equal "which this one has not" '[]' "$(ipsecvif -j dev)"
check_match "a device that is no ipsecvif" 'not of kind ipsecvif' "$(left ipsecvif dev show wan 2>&1)"
