# SPDX-License-Identifier: MIT
# Captures with tcpdump, and their reading with tshark.

declare -A CAPTURES=()

# capture_start NETNS DEVICE NAME [FILTER]: to $WORK/NAME.pcap, running when
# this returns.
capture_start() {
	local netns=$1 device=$2 name=$3 pid

	shift 3
	rm -f "$WORK/$name.pcap"
	ip netns exec "$netns" tcpdump -i "$device" -n -U --immediate-mode -s 0 -Z root \
		-w "$WORK/$name.pcap" "$@" 2>"$WORK/$name.tcpdump" &
	pid=$!
	CAPTURES[$name]=$pid
	wait_for 5 grep -q 'listening on' "$WORK/$name.tcpdump" || {
		cat "$WORK/$name.tcpdump" >&2
		return 1
	}
}

capture_stop() { # NAME
	local pid=${CAPTURES[$1]:-}

	[ "$pid" ] || return 0
	kill -INT "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	unset "CAPTURES[$1]"
	[ -z "${RESULTS:-}" ] || cp "$WORK/$1.pcap" "$RESULTS/$TEST_NAME.$1.pcap" 2>/dev/null
	return 0
}

capture_stop_all() {
	local name

	for name in "${!CAPTURES[@]}"; do
		capture_stop "$name"
	done
}

# capture_count NAME FILTER: packets that tcpdump's filter takes; works on a
# running capture.
capture_count() {
	tcpdump -n -r "$WORK/$1.pcap" "$2" 2>/dev/null | wc -l
}

capture_has() { # NAME FILTER [COUNT]
	[ "$(capture_count "$1" "$2")" -ge "${3:-1}" ]
}

# What may cross the wan when all is well: IKE, ESP, ESP in UDP, ARP, and
# neighbour discovery and the like of IPv6's link-local noise.
CLEAR='not (esp or udp port 500 or udp port 4500 or arp or (ip6 and (src net fe80::/10 or src host ::) and ip6 multicast))'

# decode_key SRC DST SPI ALG...: gives tshark the keys of one SA, in the words of
# a transform, for the next decode.
DECODE_KEYS=()
decode_key() {
	local src=$1 dst=$2 spi=$3 enc key auth authkey

	shift 3
	case "$1 $2" in
	'aead rfc4106(gcm(aes))')
		enc='AES-GCM with 16 octet ICV [RFC4106]' key=$3 auth='NULL' authkey=''
		;;
	'enc cbc(aes)')
		enc='AES-CBC [RFC3602]' key=$3 auth='HMAC-SHA-256-128 [RFC4868]' authkey=$6
		;;
	*) return 1 ;;
	esac
	DECODE_KEYS+=(-o "uat:esp_sa:\"IPv4\",\"$src\",\"$dst\",\"$spi\",\"$enc\",\"$key\",\"$auth\",\"$authkey\"")
}

# decode NAME: tshark's view of the ESP packets of a capture, with the keys given:
# SPI, sequence number, next header, "1" if the ICV was checked and right, IPv4
# sources and destinations (outer,inner), IPv6 ones, topmost protocol; separated
# by "|". One call for a whole capture, for tshark takes seconds to start.
decode() {
	HOME=$WORK tshark -n -r "$WORK/$1.pcap" \
		-o esp.enable_encryption_decode:TRUE -o esp.enable_authentication_check:TRUE \
		"${DECODE_KEYS[@]}" -Y esp -T fields -e esp.spi -e esp.sequence -e esp.protocol \
		-e esp.icv_good -e ip.src -e ip.dst -e ipv6.src -e ipv6.dst -e _ws.col.Protocol \
		-E separator='|' 2>"$WORK/tshark.err"
	DECODE_KEYS=()
}
