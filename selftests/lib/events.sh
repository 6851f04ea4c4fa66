# SPDX-License-Identifier: MIT
# The module's events, as ipsecvif monitor tells them on the left gateway.

EVENTS=$WORK/events

# Listening when this returns.
monitor_start() {
	: >"$EVENTS"
	background left ipsecvif -j monitor kernel >>"$EVENTS"
	wait_for 5 monitor_listens
}

monitor_listens() {
	left ipsecvif -b - <<-END
	sa add dev ipsec0 dir out spi 0x7777 dst 192.0.2.77 aead "rfc4106(gcm(aes))" $PROBE_KEY 128
	sa del dev ipsec0 dir out spi 0x7777
	END
	event '"spi":"0x00007777"'
}
PROBE_KEY=$(hexkey 20)

# How often the monitor has printed an event whose JSON has all the words.
events() { # WORD...
	local lines word

	lines=$(cat "$EVENTS")
	for word; do
		lines=$(grep -F -e "$word" <<<"$lines")
	done
	grep -c . <<<"$lines"
}

event() { # WORD...
	[ "$(events "$@")" -gt 0 ]
}

# From here on: what was told before is forgotten.
events_forget() {
	: >"$EVENTS"
}
