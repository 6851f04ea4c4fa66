#!/bin/bash
# SPDX-License-Identifier: MIT
#
# A live site-to-site tunnel: ipsecvif and ipsecvifd on the left gateway,
# strongSwan on the kernel's XFRM on the right one. selftests/demo boots a
# machine for it. With --shell, a prompt is left inside.
. "$(dirname "$0")/lib/setup.sh"

step() {
	printf '\n\033[1m== %s\033[0m\n' "$*"
}

# show COMMAND...: as at a prompt of the left gateway.
show() {
	printf '\033[1mleft#\033[0m %s\n' "$*"
	left "$@" 2>&1
}

die() {
	printf '\ndemo: %s\n' "$1" >&2
	exit 1
}

# Milliseconds from the first packet of IKE to the last before ESP.
handshake_ms() {
	tcpdump -n -tt -r "$WORK/wan.pcap" 'udp port 500 or udp port 4500' 2>/dev/null |
		awk 'NR == 1 { first = $1 } NR <= 4 { last = $1 } END { printf "%.0f", (last - first) * 1000 }'
}

drops_in_words() {
	local words

	words=$(left ipsecvif -j drops | json why)
	echo "${words:-nothing}"
}

set_up() {
	step "Two sites and the network between them, each a network namespace of Linux $(uname -r)"
	cat <<-END
	  host A          left gateway            WAN router            right gateway        host B
	  $HOST_A -----  $LEFT  ========  203.0.113.1   ========  $RIGHT ----- $HOST_B
	                  ipsecvif + ipsecvifd    198.51.100.1          strongSwan on XFRM
	END
	topology_up || die "the topology did not come up"
	module_load || die "the module did not load"
	charon_defaults
	C_REMOTE=%any C_LOCAL_TS=$SITE_B C_REMOTE_TS=$SITE_A
	charon_start right || die "charon did not start"
	keyer_defaults
	K_LOCAL_TS=$SITE_A K_REMOTE_TS=$SITE_B
	keyer_start left || die "ipsecvifd did not start"
	capture_start wan right wan || die "tcpdump did not start"
	step "The configuration of the left gateway"
	sed 's/^/    /; /^ *$/d' "$WORK/keyer-left/etc/site.conf"
}

connect() {
	step "The tunnel comes up by IKEv2 with a pre-shared key"
	printf '\033[1mleft#\033[0m ipsecvif tunnel up site\n'
	keyer left tunnel up site || {
		keyer_log left | tail -n 20
		die "the tunnel did not come up"
	}
	step "Host A pings host B"
	ping_a_b 5 | tee "$WORK/ping" || die "no answer from host B"
	step "iperf3 from host A to host B"
	tcp_a_b -n 2M || die "iperf3 failed"
	echo "    $(iperf_mbits) Mbit/s of TCP arrived"
}

prove() {
	local clear

	step "What crossed the WAN router meanwhile"
	capture_stop wan
	clear=$(capture_count wan "$CLEAR")
	printf '    %6d IKE\n    %6d ESP\n    %6d ARP\n    %6d anything else\n' \
		"$(capture_count wan 'udp port 500 or (udp port 4500 and udp[8:4] = 0)')" \
		"$(capture_count wan 'esp or (udp port 4500 and not udp[8:4] = 0)')" \
		"$(capture_count wan arp)" "$clear"
	tcpdump -n -r "$WORK/wan.pcap" -c 6 2>/dev/null | cut -c1-110 | sed 's/^/    /'
	[ "$clear" = 0 ] || die "$clear packets crossed in clear"
}

look() {
	step "The left gateway's view"
	printf '\033[1mleft#\033[0m ipsecvif tunnel show\n'
	keyer left tunnel show
	show ipsecvif sa show
	show ip -d link show ipsec0
	show ip route
}

summary() {
	step "Summary (on an emulated CPU, if this is a virtual machine)"
	printf 'handshake   %s ms from the first to the last packet of IKE_SA_INIT and IKE_AUTH\n' \
		"$(handshake_ms)"
	printf 'round trip  %s ms on average from host A to host B\n' \
		"$(sed -n 's,.*= [0-9.]*/\([0-9.]*\)/.*,\1,p' "$WORK/ping")"
	printf 'throughput  %s Mbit/s, TCP from host A to host B\n' "$(iperf_mbits)"
	printf 'dropped     %s\n' "$(drops_in_words)"
}

prompt() {
	step "A prompt inside"
	cat >"$WORK/rc" <<-END
	SELFTEST_PROMPT=1
	export PATH="$PATH"
	for n in hosta left wan right hostb; do eval "\$n() { ip netns exec \$n \"\\\$@\"; }"; done
	swanctl_right() { STRONGSWAN_CONF="$WORK/charon-right/strongswan.conf" swanctl "\$@" --uri "unix://$WORK/charon-right/vici"; }
	tunnel() { left ipsecvif -S "$WORK/keyer-left/control" tunnel "\$@"; }
	cd "$WORK"
	PS1='demo# '
	END
	cat <<-END
	    hosta, left, wan, right, hostb COMMAND   run it in that namespace: hosta ping $HOST_B
	    tunnel show | why site | down site | up site
	    left ipsecvif sa show;  left ipsecvif drops;  left ipsecvif monitor
	    wan tcpdump -n -i right                  what an observer sees
	    swanctl_right --list-sas                 the other gateway
	    $WORK/keyer-left, charon-right: configurations and logs;  exit ends it all
	END
	bash --rcfile "$WORK/rc" -i
}

over() {
	stop_all
	[ -e /sys/module/ipsecvif ] && { wait_for 5 module_unused; module_unload; }
	rm -rf "$WORK"
}

[ "$(id -u)" = 0 ] || die "needs root"
trap over EXIT
set_up
connect
prove
look
summary
[ "${1:-}" = --shell ] && prompt
exit 0
