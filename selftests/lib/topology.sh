# SPDX-License-Identifier: MIT
# Two sites, their gateways, and the network between them:
#
#   hosta             left                   wan                  right            hostb
#  .-------.        .------.              .-------.             .-------.        .-------.
#  | site  |--------| lan  |              |       |             |   lan |--------| site  |
#  '-------'        |  wan |--------------| left  |             |       |        '-------'
#  10.1.0.2/24      '------'              | right |-------------| wan   |       10.2.0.2/24
#  fd01::2/64   lan 10.1.0.1/24           '-------'             '-------'       fd02::2/64
#                   fd01::1/64       left 203.0.113.1/24    lan 10.2.0.1/24
#               wan 203.0.113.10/24  right 198.51.100.1/24      fd02::1/64
#                                                           wan 198.51.100.7/24
#
# The underlay has IPv6, too: left 2001:db8:1::10, right 2001:db8:2::7, and the
# router's ends 2001:db8:1::1 and 2001:db8:2::1 (not before a NAT).
#
# With topology_up nat, a NAT stands before the left gateway, which then has a
# private address:
#
#   left                     nat                               wan
#   wan 192.168.99.10/24 --- inside 192.168.99.1/24
#                            outside 203.0.113.10/24 --------- left 203.0.113.1/24
#
# Every namespace is a function that runs a command in it: `left ip link`.
# hosta and hostb have default routes to their gateways; the wan router knows
# neither site, so that only the tunnel joins them.

SITE_A=10.1.0.0/24 SITE_B=10.2.0.0/24
SITE_A6=fd01::/64 SITE_B6=fd02::/64
HOST_A=10.1.0.2 HOST_B=10.2.0.2
HOST_A6=fd01::2 HOST_B6=fd02::2
LEFT=203.0.113.10 RIGHT=198.51.100.7
LEFT6=2001:db8:1::10 RIGHT6=2001:db8:2::7
LEFT_PUBLIC=203.0.113.10
WAN_MTU=1500
TOPOLOGY=

hosta() { ip netns exec hosta "$@"; }
left() { ip netns exec left "$@"; }
nat() { ip netns exec nat "$@"; }
wan() { ip netns exec wan "$@"; }
right() { ip netns exec right "$@"; }
hostb() { ip netns exec hostb "$@"; }

# One process where there might be ten: they are dear on an emulated CPU.
netns_new() { # NAME...
	TOPOLOGY="$TOPOLOGY $*"
	printf 'netns add %s\n' "$@" | ip -batch -
}

netns_add() { # NAME...
	local name

	netns_new "$@" || return
	for name; do
		netns_setup "$name" <<<"link set lo up" || return
	done
}

# cable NETNS1 NAME1 NETNS2 NAME2 [MTU]: a line for ip -batch
cable() {
	echo "link add name $2 netns $1 ${5:+mtu $5} type veth peer name $4 netns $3 ${5:+mtu $5}"
}

# netns_setup NETNS [forward] <COMMANDS: no duplicate address detection, which would
# cost seconds, and there are none. Devices made later don't speak by themselves: MLD
# reports of a router's groups, and solicitations of others, come when they like and
# would be counted and captured among a test's own packets.
netns_setup() {
	ip netns exec "$1" sh -c '
		cd /proc/sys/net
		for file in ipv6/conf/default/accept_dad ipv6/conf/all/accept_dad \
			ipv4/conf/all/rp_filter ipv4/conf/default/rp_filter; do
			echo 0 >$file
		done
		[ -z "$1" ] || for file in ipv4/ip_forward ipv6/conf/all/forwarding; do
			echo 1 >$file
		done
		for file in forwarding router_solicitations; do
			echo 0 >ipv6/conf/default/$file
		done
		exec ip -batch -' sh "${2:-}"
}

# ip -batch in one namespace: a process is dear on an emulated CPU.
ip_batch() { # NETNS <COMMANDS
	ip -n "$1" -batch -
}

address() { # NETNS DEVICE ADDRESS...
	local netns=$1 device=$2 address

	shift 2
	for address; do
		case $address in
		*:*) echo "addr add $address dev $device nodad" ;;
		*) echo "addr add $address dev $device" ;;
		esac
	done | ip_batch "$netns"
}

topology_up() { # [nat]
	local gateway=203.0.113.1

	LEFT=$LEFT_PUBLIC
	netns_new hosta left wan right hostb || return
	# The site's side first: a device without an address borrows the first one's.
	{
		cable hosta site left lan
		cable right lan hostb site
		cable wan right right wan $WAN_MTU
		[ "${1:-}" = nat ] || cable left wan wan left $WAN_MTU
	} | ip -batch - || return
	if [ "${1:-}" = nat ]; then
		topology_nat || return
		LEFT=192.168.99.10 gateway=192.168.99.1
	fi
	netns_setup hosta <<-END || return
	link set lo up
	link set site up
	addr add $HOST_A/24 dev site
	addr add $HOST_A6/64 dev site nodad
	route add default via 10.1.0.1
	route add default via fd01::1
	END
	netns_setup left forward <<-END || return
	link set lo up
	link set lan up
	link set wan up
	addr add 10.1.0.1/24 dev lan
	addr add fd01::1/64 dev lan nodad
	addr add $LEFT/24 dev wan
	route add default via $gateway
	addr add $LEFT6/64 dev wan nodad
	route add default via 2001:db8:1::1
	END
	netns_setup wan forward <<-END || return
	link set lo up
	link set left up
	link set right up
	addr add 203.0.113.1/24 dev left
	addr add 198.51.100.1/24 dev right
	addr add 2001:db8:1::1/64 dev left nodad
	addr add 2001:db8:2::1/64 dev right nodad
	END
	netns_setup right forward <<-END || return
	link set lo up
	link set lan up
	link set wan up
	addr add 10.2.0.1/24 dev lan
	addr add fd02::1/64 dev lan nodad
	addr add $RIGHT/24 dev wan
	route add default via 198.51.100.1
	addr add $RIGHT6/64 dev wan nodad
	route add default via 2001:db8:2::1
	END
	netns_setup hostb <<-END
	link set lo up
	link set site up
	addr add $HOST_B/24 dev site
	addr add $HOST_B6/64 dev site nodad
	route add default via 10.2.0.1
	route add default via fd02::1
	END
}

topology_nat() {
	netns_new nat || return
	{
		cable left wan nat inside $WAN_MTU
		cable nat outside wan left $WAN_MTU
	} | ip -batch - || return
	netns_setup nat forward <<-END || return
	link set lo up
	link set inside up
	link set outside up
	addr add 192.168.99.1/24 dev inside
	addr add $LEFT_PUBLIC/24 dev outside
	route add default via 203.0.113.1
	END
	nat nft -f - <<-'END'
	table ip nat {
		chain postrouting {
			type nat hook postrouting priority srcnat;
			oifname "outside" masquerade random
		}
	}
	END
}

topology_down() {
	local name

	for name in $TOPOLOGY; do
		ip netns pids "$name" 2>/dev/null | xargs -r kill -KILL 2>/dev/null
	done
	# shellcheck disable=SC2086
	[ -z "$TOPOLOGY" ] || printf 'netns del %s\n' $TOPOLOGY | ip -force -batch - 2>/dev/null
	TOPOLOGY=
}

ping_from() { # NETNS TARGET [COUNT [ping's options]]
	local netns=$1 target=$2 count=${3:-3}

	shift $(($# < 3 ? 2 : 3))
	ip netns exec "$netns" ping -n -q -c "$count" -i 0.05 -W $((2 * TIME_SCALE)) "$@" "$target"
}

# Does A reach B through whatever joins the sites?
ping_a_b() { # [COUNT [ping's options]]
	ping_from hosta $HOST_B "$@"
}

ping6_a_b() {
	ping_from hosta $HOST_B6 "$@"
}

ping_b_a() {
	ping_from hostb $HOST_A "$@"
}

ping6_b_a() {
	ping_from hostb $HOST_A6 "$@"
}

# Echoes from A to B until pings_end, which prints how many were sent and answered.
pings_start() {
	background hosta ping -n -q -i 0.05 $HOST_B >"$WORK/pings" 2>&1
	PINGS=$!
}

pings_end() {
	kill -INT $PINGS
	wait $PINGS
	sed -n 's/^\([0-9]*\) packets transmitted, \([0-9]*\) received.*/\1 \2/p' "$WORK/pings"
}

# An echo of each size. The first may teach the sender the path's MTU, the second the
# other side: one after the other, since ping waits for all that it sent.
ping_sizes() { # NETNS TARGET "SIZE ..." [ping's options]
	local netns=$1 target=$2 sizes=$3 size seconds

	shift 3
	for size in $sizes; do
		for seconds in 1 1 $((2 * TIME_SCALE)) never; do
			[ "$seconds" != never ] || {
				echo "no answer to $size bytes"
				return 1
			}
			ip netns exec "$netns" ping -n -q -c 1 -W "$seconds" -M dont -s "$size" "$@" \
				"$target" && break
		done
	done
}

# iperf_run SERVER_NETNS CLIENT_NETNS ADDRESS [iperf3's options]: a MiB of TCP, or
# as the options say, in IPERF_TIMEOUT seconds; the JSON result goes to $WORK/iperf.json.
iperf_run() {
	local server=$1 client=$2 to=$3 pid status

	shift 3
	ip netns exec "$server" iperf3 -s -1 -B "$to" >"$WORK/iperf-server.log" 2>&1 &
	pid=$!
	HEALTH_PIDS+=($pid)
	wait_for 5 eval "ip netns exec $server ss -Hltn | grep -q :5201" || return
	ip netns exec "$client" timeout "${IPERF_TIMEOUT:-$((10 * TIME_SCALE))}" iperf3 -c "$to" -n 1M -J "$@" \
		>"$WORK/iperf.json" 2>&1
	status=$?
	kill $pid 2>/dev/null
	wait $pid 2>/dev/null
	[ $status = 0 ] || cat "$WORK/iperf.json"
	return $status
}

# Megabits a second that arrived in the last iperf_run.
iperf_mbits() {
	python3 -SE -c 'import json, sys
end = json.load(open(sys.argv[1]))["end"]
print(round(end.get("sum_received", end.get("sum"))["bits_per_second"] / 1e6, 1))' "$WORK/iperf.json"
}

tcp_a_b() {
	iperf_run hostb hosta $HOST_B "$@"
}

tcp6_a_b() {
	iperf_run hostb hosta $HOST_B6 "$@"
}
