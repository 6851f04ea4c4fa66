#!/bin/bash
# SPDX-License-Identifier: MIT
# What an operator sees of a tunnel and hangs on it: hooks, the MSS clamp, metrics,
# the journal's fields, debug of one tunnel at run time, a compromised ike process's
# hands, secrets that are generated.
# On: newest
. "$(dirname "$0")/lib/test.sh"

hook_told() { # REGEX
	grep -qE "$1" "$WORK/hooked"
}

clamp() {
	left nft list table inet ipsecvif 2>/dev/null
}

clamped_to() { # BYTES
	clamp | grep -q "oifname \"ipsec0\" .*tcp option maxseg size set $1\$"
}

# The MSS of a SYN of hosta's, as hostb gets it.
mss_at_b() {
	capture_start hostb site syn 'tcp dst port 7777' || return
	hosta bash -c "echo >/dev/tcp/$HOST_B/7777" 2>/dev/null
	wait_for 5 capture_has syn 'tcp dst port 7777'
	capture_stop syn
	tcpdump -nr "$WORK/syn.pcap" 2>/dev/null | sed -n 's/.*mss \([0-9]*\).*/\1/p' | head -n 1
}

metric() { # NAME{LABEL...
	grep -F "ipsecvif_$1" "$WORK/metrics" | awk '{ print $NF }'
}

# journald's end of its socket; a machine's own journal stays below ours.
journal_listen() {
	mkdir -p /run/systemd/journal && mount -t tmpfs t /run/systemd/journal || return
	python3 -SE - >"$WORK/journal" <<-'END' &
	import os, socket
	path = "/run/systemd/journal/socket"
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.bind(path)
	while True:
	    print(s.recv(65536).decode(), end="---\n", flush=True)
	END
	echo $! >"$WORK/journald"
	wait_for 5 test -S /run/systemd/journal/socket
}

journal_has() { # LINE...: a record with all of these
	python3 -SE - "$WORK/journal" "$@" <<-'END'
	import sys
	records = open(sys.argv[1]).read().split("---\n")
	sys.exit(not any(all(line in r.split("\n") for line in sys.argv[2:]) for r in records))
	END
}

lo_has() { # ADDRESS
	left ip addr show dev lo | grep -qF "$1"
}

netlink_sockets() { # PID
	ls -l "/proc/$1/fd" | sed -n 's/.*socket:\[\(.*\)\]/\1/p' | while read -r inode; do
		awk -v inode="$inode" '$NF == inode' "/proc/$1/net/netlink"
	done | wc -l
}

# What the ike process has open, besides standard streams, sockets and its epoll.
foreign_descriptors() { # PID
	for fd in /proc/"$1"/fd/*; do
		[ "${fd##*/}" -le 2 ] || readlink "$fd"
	done | grep -vE '^(socket:|anon_inode:|/dev/null$|pipe:)'
}

check "the topology comes up" topology_up
charon_defaults
keyer_defaults
K_START=start
mkdir -p "$WORK/hooks"
cat >"$WORK/hooks/hook" <<-END
	#!/bin/sh
	echo "\$IPSECVIF_EVENT \$IPSECVIF_TUNNEL/\$IPSECVIF_CHILD \$IPSECVIF_INTERFACE \$IPSECVIF_REMOTE \$IPSECVIF_REMOTE_ID \$IPSECVIF_REMOTE_TS" >>$WORK/hooked
	# As most do: what needs CAP_NET_ADMIN, and a route that is there by now.
	ip route show dev ipsec0 >>$WORK/hooked 2>&1
	ip addr add 192.0.2.99/32 dev lo 2>>$WORK/hooked || ip addr del 192.0.2.99/32 dev lo
END
chmod 755 "$WORK/hooks/hook"
K_TUNNEL="on-up = $WORK/hooks/hook
    on-down = $WORK/hooks/hook
    mtu = 1300"
: >"$WORK/hooked"

check "a key is generated" ipsecvif psk generate "$WORK/psk"
check_equal "for root alone" 600 "$(stat -c %a "$WORK/psk")"
K_PSK=$(cat "$WORK/psk") C_PSK=$K_PSK
check "journald listens" journal_listen
export JOURNAL_STREAM=1:1
check "both daemons start" gateways_start || cat "$WORK/journal" >&2
unset JOURNAL_STREAM
check "the tunnel comes up with the generated key" wait_for 10 child_is left up

check "the hook heard of it" wait_for 5 hook_told \
	"^up site/lan ipsec0 $RIGHT:[0-9]+ right.example.net $SITE_B $SITE_B6"
check "with the route in place" hook_told "^10.2.0.0/24"
check "and with the right to change the network" wait_for 5 lo_has 192.0.2.99
check "a rekey" swanctl_in right --rekey --child c
check "traffic" wait_for 5 ping_a_b 1
check_equal "is no event of its own" 1 "$(grep -c '^up' "$WORK/hooked")"

check "TCP is clamped to the MTU" wait_for 5 clamped_to 1260
check_equal "as the other end sees it" 1260 "$(mss_at_b)"
K_TUNNEL=${K_TUNNEL/1300/1290}
keyer_config left
check "another MTU" keyer left reload
check "another clamp" wait_for 5 clamped_to 1250

check "metrics" keyer left metrics "$WORK/metrics"
check_equal "the tunnel is up" 1 "$(metric 'tunnel_up{tunnel="site"')"
check "and has counted" test "$(metric 'child_transmit_packets_total{tunnel="site",child="lan"')" -ge 1
check_equal "all may read them" 644 "$(stat -c %a "$WORK/metrics")"
check_equal "nothing else is left of the file" 1 "$(ls "$WORK"/metrics* | wc -l)"

check "fields in the journal" journal_has IPSECVIF_EVENT=state IPSECVIF_TUNNEL=site \
	IPSECVIF_STATE=up PRIORITY=6 SYSLOG_IDENTIFIER=ipsecvifd
check_not "no debug by default" grep -q '^PRIORITY=7' "$WORK/journal"
check "debug of this tunnel" keyer left tunnel debug site on
check "a rekey" swanctl_in right --rekey --child c
check "its lines are there" wait_for 5 grep -q '^PRIORITY=7' "$WORK/journal"
check "no debug any more" keyer left tunnel debug site off
check_not "no secret in the journal" grep -qF -f "$WORK/psk" "$WORK/journal"

# A compromised ike process: nothing is open but sockets, and none of them is netlink's.
ike=$(pgrep -P "$(cat "$WORK/keyer-left/pid")" -x ipsecvifd-ike)
check_equal "the ike process has no file" "" "$(foreign_descriptors "$ike")"
check_equal "and no netlink socket" 0 "$(netlink_sockets "$ike")"

ip -n left link set ipsec0 down
check "link down: the hook hears" wait_for 5 hook_told "^down site/lan ipsec0 $RIGHT"
check "and has undone what it did" wait_for 5 eval '! lo_has 192.0.2.99'
ip -n left link set ipsec0 up
check "link up: it hears again" wait_for 10 eval '[ "$(grep -c ^up "$WORK/hooked")" = 2 ]'
check "the daemon ends" keyer_stop left
check_equal "not before its hook" 2 "$(grep -c ^down "$WORK/hooked")"
check_equal "and its clamp is gone" "" "$(clamp)"
kill "$(cat "$WORK/journald")"
umount /run/systemd/journal
