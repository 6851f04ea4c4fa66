#!/bin/bash
# SPDX-License-Identifier: MIT
# The daemon around the protocol: a packet brings an on-demand tunnel up, routes
# and addresses follow, the link set down takes the tunnel down and up brings it
# back, a reload touches what changed, and neither its end nor its death leaves
# anything behind.
# On: oldest
. "$(dirname "$0")/lib/test.sh"

pid_of() { # PROCESS NAME: of the daemon in `left`
	pgrep -P "$(cat "$WORK/keyer-left/pid")" -x "$1"
}

route_to_b() {
	ip -n left route get $HOST_B 2>&1
}

dev_route() { # METRIC
	[ "$(ip -n left route show 10.2.0.0/24 dev ipsec0 proto 73 metric "$1" | wc -l)" = 1 ]
}

not_up() {
	! tunnel_is left up
}

ended() {
	! kill -0 "$(cat "$WORK/keyer-left/pid")" 2>/dev/null
}

spi() {
	tunnel_field left children.0.spi_in
}

reload_with() { # WORDS OF THE TUNNEL
	K_TUNNEL=$1
	keyer_config left
	keyer left reload
}

check "the topology comes up" topology_up
charon_defaults
keyer_defaults
K_START=on-demand
K_TUNNEL='address = 10.255.0.1/30, fd0f::1/64
    dpd-delay = 30s'
K_CHILD='metric = 50'
check "both daemons start" gateways_start

# The processes are who they should be. A program that netadmin runs may be there, too.
check_equal "four processes" "ipsecvifd-dns ipsecvifd-ike ipsecvifd-keys" \
	"$(ps -o comm= --ppid "$(cat "$WORK/keyer-left/pid")" | grep ^ipsecvifd- | sort | xargs)"
ike=$(pid_of ipsecvifd-ike) keys=$(pid_of ipsecvifd-keys) dns=$(pid_of ipsecvifd-dns)
netadmin=$(cat "$WORK/keyer-left/pid")
check_match "ike: another uid" '^Uid:\s+[1-9]' "$(grep ^Uid: /proc/$ike/status)"
check_match "ike: no capability" 'CapPrm:\s0{16}$' "$(grep CapPrm /proc/$ike/status)"
check_match "ike: a list of system calls" 'Seccomp:\s2' "$(grep ^Seccomp: /proc/$ike/status)"
check_match "ike: an empty root" '\(deleted\)' "$(readlink /proc/$ike/root)"
check_match "keyholder: no capability" 'CapPrm:\s0{16}$' "$(grep CapPrm /proc/$keys/status)"
check_match "keyholder: a list of system calls" 'Seccomp:\s2' "$(grep ^Seccomp: /proc/$keys/status)"
check_match "resolver: another uid" '^Uid:\s+[1-9]' "$(grep ^Uid: /proc/$dns/status)"
check_match "netadmin: CAP_NET_ADMIN alone" 'CapPrm:\s0000000000001000$' \
	"$(grep CapPrm /proc/$netadmin/status)"
check_equal "no secret in the ike process" 0 \
	"$(python3 -SE - $ike "$K_PSK" <<-'END'
	import re, sys
	pid, secret, found = sys.argv[1], sys.argv[2].encode(), 0
	with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
	    for line in maps:
	        m = re.match(r"([0-9a-f]+)-([0-9a-f]+) r", line)
	        if not m or "[v" in line:
	            continue
	        start, end = (int(x, 16) for x in m.groups())
	        try:
	            mem.seek(start)
	            found += mem.read(end - start).count(secret)
	        except OSError:
	            pass
	print(found)
	END
	)"

# On demand: routes and addresses are there, the tunnel is not, until a packet comes.
check_equal "it waits" waiting "$(tunnel_field left state)"
check "the route is there, with its metric" dev_route 50
check_match "the address, too" '10\.255\.0\.1/30' "$(ip -n left addr show dev ipsec0)"
check_match "and that of IPv6" 'fd0f::1/64' "$(ip -n left addr show dev ipsec0)"
check "a packet brings it up" wait_for 5 ping_a_b 1 -W 1
check "it is up" wait_for 5 tunnel_is left up
check "traffic" ping_a_b 2

# A reload that changes nothing, and one that changes a knob.
before=$(spi)
check "a reload of the same" keyer left reload
check_equal "changes no SA" "$before" "$(spi)"
K_TUNNEL="$K_TUNNEL
    mtu = 1300"
keyer_config left
check "a dry run" keyer left reload --dry-run
check_match "says what would change" 'mtu' "$(cat "$TAP_LOG")"
check_not "and changes nothing" test "$(ip netns exec left cat /sys/class/net/ipsec0/mtu)" = 1300
check "a reload with another MTU" keyer left reload
check_equal "the MTU is set" 1300 "$(ip netns exec left cat /sys/class/net/ipsec0/mtu)"
check_equal "in place" "$before" "$(spi)"
check "traffic" ping_a_b 2

# The link follows the operator, and the tunnel the link.
ip -n left link set ipsec0 down
check "link down: the tunnel goes" wait_for 5 tunnel_is left down
check_equal "no SA" 0 "$(sa_count left)"
check_match "no way around it in clear" '(unreachable|No route)' "$(route_to_b)"
check "tunnel why names the interface" eval 'keyer left tunnel why site 2>&1 | grep -q ipsec0'
ip -n left link set ipsec0 up
check "link up: it waits again" wait_for 5 tunnel_is left waiting
check "the route is back" wait_for 2 dev_route 50
check "a packet brings it up" wait_for 5 ping_a_b 1 -W 1
check "traffic" ping_a_b 2

# Down by the operator: a packet does not bring it up.
check "tunnel down" keyer left tunnel down site
check_match "unreachable, not in clear" '(unreachable|No route)' "$(route_to_b)"
check_not "a packet does not bring it up" ping_a_b 1 -W 1
check_equal "it is down" down "$(tunnel_field left state)"
check_not "nor may the peer call" swanctl_in right --initiate --child c --timeout 3
check "tunnel up" keyer left tunnel up site
check "traffic" ping_a_b 2

# A child process dies: the daemon says so, and takes everything with it.
kill -KILL $ike
check "the daemon ends with a dead child" wait_for 5 ended
check "and says which" keyer_says left 'process=ike'
check_not "no interface is left" ip -n left link show ipsec0
check_equal "no route is left" 0 "$(ip -n left route show table all proto 73 | wc -l)"
rm -f "$WORK/keyer-left/pid"

# Killed without a word: the next one clears up.
check "a new daemon" keyer_start left
check "a packet brings it up" wait_for 5 ping_a_b 1 -W 1
# Stopped first, or it would notice the death of its children.
kill -STOP "$(cat "$WORK/keyer-left/pid")"
keyer_kill left
check "the dead one's interface is still there" ip -n left link show ipsec0
check "a new daemon" keyer_start left
check "which answers, on the socket of the dead one" wait_for 5 keyer left tunnel list
check_equal "no SA of the dead one" 0 "$(sa_count left)"
check "a packet brings it up" wait_for 5 ping_a_b 1 -W 1
check "traffic" ping_a_b 2
check_not "a second daemon does not start beside it" ip netns exec left timeout 10 \
	"$OUT/ipsecvifd" -f -c "$WORK/keyer-left/etc" -s "$WORK/other-control"
check_match "and says why" 'UDP port' "$(cat "$TAP_LOG")"
check "the daemon ends" keyer_stop left
check_not "its interface with it" ip -n left link show ipsec0
check_equal "and its routes" 0 "$(ip -n left route show table all proto 73 | wc -l)"

# In the background, as an init script would have it.
check "started in the background it returns when it serves" ip netns exec left \
	"$OUT/ipsecvifd" -c "$WORK/keyer-left/etc" -s "$WORK/keyer-left/control"
check_equal "and has the tunnel" waiting "$(tunnel_field left state)"
pid=$(pgrep -o -x ipsecvifd)
K_TUNNEL='mtu = 1290'
keyer_config left
kill -HUP "$pid"
check "SIGHUP reloads" wait_for 5 eval \
	'[ "$(ip netns exec left cat /sys/class/net/ipsec0/mtu)" = 1290 ]'
check_not "another on the same socket does not start" timeout 10 ip netns exec wan \
	"$OUT/ipsecvifd" -f -c "$WORK/keyer-left/etc" -s "$WORK/keyer-left/control"
check_match "and says why" 'another daemon answers' "$(cat "$TAP_LOG")"
kill "$pid"
check "SIGTERM ends it" wait_for 5 eval '! kill -0 '"$pid"' 2>/dev/null'
check_not "and removes its socket" test -e "$WORK/keyer-left/control"

# And as systemd would: it is told when the daemon serves.
python3 -SE - "$WORK/notify" >"$WORK/notified" <<-'END' &
	import socket, sys
	s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
	s.bind(sys.argv[1])
	s.settimeout(60)
	print(s.recv(256).decode(), flush=True)
	print(s.recv(256).decode(), flush=True)
END
check "a service manager listens" wait_for 5 test -S "$WORK/notify"
export NOTIFY_SOCKET=$WORK/notify
check "a daemon" keyer_start left
unset NOTIFY_SOCKET
check "it tells that it is ready" wait_for 5 grep -q READY=1 "$WORK/notified"
check "the daemon ends" keyer_stop left
check "and told that it would" wait_for 5 grep -q STOPPING=1 "$WORK/notified"

# An interface that the operator made stays his.
ip -n left link add ipsec0 type ipsecvif
ip -n left addr add 192.0.2.77/32 dev ipsec0
K_START=start
check "a daemon on the operator's interface" keyer_start left
check "the tunnel comes up by itself" wait_for 5 tunnel_is left up
check "traffic" ping_a_b 2
check "the daemon ends" keyer_stop left
check "the interface stays" ip -n left link show ipsec0
check_match "with his address" '192\.0\.2\.77' "$(ip -n left addr show dev ipsec0)"
check_equal "without SAs" 0 "$(sa_count left)"
check_not "and without our address" eval 'ip -n left addr show dev ipsec0 | grep -q 10.255.0.1'
ip -n left link del ipsec0
