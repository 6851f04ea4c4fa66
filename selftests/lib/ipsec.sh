# SPDX-License-Identifier: MIT
# Manual keys: ipsecvif on the left gateway, in-kernel XFRM on the right one.
# The two are given the same algorithms and keys, in the words of ip xfrm state.

SPI_L2R=0x00001001 SPI_R2L=0x00001002

hexkey() { # BYTES
	printf 0x
	od -An -N "$1" -tx1 /dev/urandom | tr -d ' \n'
}

# Sets ALG_L2R and ALG_R2L, arrays of the words for one transform, with new keys
# each: aes128gcm, aes256gcm, aes128sha256, aes256sha256.
transform() { # NAME
	local name=$1 direction

	for direction in L2R R2L; do
		declare -n words=ALG_$direction
		case $name in
		aes128gcm) words=(aead 'rfc4106(gcm(aes))' "$(hexkey 20)" 128) ;;
		aes256gcm) words=(aead 'rfc4106(gcm(aes))' "$(hexkey 36)" 128) ;;
		aes128sha256)
			words=(enc 'cbc(aes)' "$(hexkey 16)" auth-trunc 'hmac(sha256)' "$(hexkey 32)" 128)
			;;
		aes256sha256)
			words=(enc 'cbc(aes)' "$(hexkey 32)" auth-trunc 'hmac(sha256)' "$(hexkey 32)" 128)
			;;
		*) return 1 ;;
		esac
	done
}

# xfrm_up NETNS LOCAL REMOTE SPI_OUT SPI_IN ALG_OUT ALG_IN MINE THEIRS [words]:
# two states and the policies for the sites given (space-separated lists of
# networks, pairwise of a family).
xfrm_up() {
	local netns=$1 local=$2 remote=$3 spi_out=$4 spi_in=$5 mine=$8 theirs=$9 network other
	declare -n xfrm_out=$6 xfrm_in=$7

	shift 9
	# af-unspec lets one state carry both families.
	ip -n "$netns" xfrm state add src "$local" dst "$remote" proto esp spi "$spi_out" reqid 1 \
		mode tunnel "${xfrm_out[@]}" flag af-unspec "$@" || return
	ip -n "$netns" xfrm state add src "$remote" dst "$local" proto esp spi "$spi_in" reqid 1 \
		mode tunnel "${xfrm_in[@]}" flag af-unspec "$@" || return
	for network in $mine; do
		for other in $theirs; do
			[[ $network == *:* ]] && [[ $other != *:* ]] && continue
			[[ $network != *:* ]] && [[ $other == *:* ]] && continue
			# XFRM takes what is already routed somewhere.
			[[ $other != *:* ]] || ip -n "$netns" route replace "$other" dev wan || return
			ip -n "$netns" xfrm policy add dir out src "$network" dst "$other" \
				tmpl src "$local" dst "$remote" proto esp reqid 1 mode tunnel || return
			ip -n "$netns" xfrm policy add dir in src "$other" dst "$network" \
				tmpl src "$remote" dst "$local" proto esp reqid 1 mode tunnel || return
			ip -n "$netns" xfrm policy add dir fwd src "$other" dst "$network" \
				tmpl src "$remote" dst "$local" proto esp reqid 1 mode tunnel || return
		done
	done
	ip netns exec "$netns" cat /proc/net/xfrm_stat >"$WORK/xfrm-$netns"
}

# The right gateway's half; words such as `flag esn replay-window 64` go to both
# its states.
xfrm_right() {
	modprobe -aq xfrm_user esp4 esp6
	xfrm_up right $RIGHT $LEFT $SPI_R2L $SPI_L2R ALG_R2L ALG_L2R \
		"$SITE_B $SITE_B6" "$SITE_A $SITE_A6" "$@"
}

# What the right gateway's XFRM complained of since its xfrm_up, as "XfrmInNoStates 1". What
# was still on its way when the SAs before were taken from it doesn't count.
xfrm_errors() {
	right awk 'NR == FNR { before[$1] = $2; next }
		$2 != before[$1] && $1 ~ /^Xfrm(In|Out)/ { print $1, $2 - before[$1] }' \
		"$WORK/xfrm-right" /proc/net/xfrm_stat
}

# And the same of XFRM for the left gateway, to try the topology itself.
xfrm_left() {
	modprobe -aq xfrm_user esp4 esp6
	xfrm_up left $LEFT $RIGHT $SPI_L2R $SPI_R2L ALG_L2R ALG_R2L \
		"$SITE_A $SITE_A6" "$SITE_B $SITE_B6" "$@"
}

# The device on the left gateway, with routes to site B, and no SA.
ipsecvif_device() { # [NAME]
	local device=${1:-ipsec0}

	ip -n left link add "$device" type ipsecvif || return
	left ipsecvif dev set "$device" local $LEFT remote $RIGHT || return
	ip -n left link set "$device" up || return
	ip -n left route add $SITE_B dev "$device" || return
	ip -n left route add $SITE_B6 dev "$device"
}

# The left gateway's SAs with ALG_*; words such as `replay-window 4096` go to the
# inbound one.
ipsecvif_sas() { # DEVICE [words]
	local device=$1

	shift
	left ipsecvif sa add dev "$device" dir in src $RIGHT dst $LEFT proto esp spi $SPI_R2L \
		mode tunnel "${ALG_R2L[@]}" "$@" || return
	left ipsecvif sa add dev "$device" dir out src $LEFT dst $RIGHT proto esp spi $SPI_L2R \
		mode tunnel "${ALG_L2R[@]}"
}

# The usual start of a test: topology, both gateways with manual keys.
manual_tunnel() { # TRANSFORM
	topology_up || return
	transform "$1" || return
	module_load || return
	# The peer first: it would answer the first ESP by ICMP else.
	# Windows for what is reordered when a sender moves from one emulated CPU to the other.
	xfrm_right replay-window 4096 || return
	ipsecvif_device ipsec0 || return
	ipsecvif_sas ipsec0 replay-window 4096
}

# UDP 4500 on a gateway, for XFRM or for us.
natt() { # NETNS [xfrm]
	background "$1" python3 -SE "$SELFTESTS/lib/natt.py" ${2:-}
	wait_for 5 eval "[ \$(ip netns exec $1 ss -Huln sport = 4500 | wc -l) = 2 ]"
}

carrier() { # NETNS DEVICE
	ip netns exec "$1" cat "/sys/class/net/$2/carrier" 2>/dev/null
}

carrier_is() { # NETNS DEVICE 0|1
	[ "$(carrier "$1" "$2")" = "$3" ]
}

# The drop counters of the left gateway: remembered, and what came on top, as
# "icv 1 short 2".
drops_mark() {
	left ipsecvif -j drops >"$WORK/drops.before"
}

drops_since() {
	left ipsecvif -j drops | json drops "$WORK/drops.before"
}

drops_are() { # WANTED
	[ "$(drops_since)" = "$1" ]
}

# check_drops DESCRIPTION WANTED COMMAND...: what the command makes the gateway
# drop, and nothing besides.
check_drops() {
	local description=$1 wanted=$2

	shift 2
	drops_mark
	"$@" >"$TAP_LOG" 2>&1
	wait_for 2 drops_are "$wanted"
	check_equal "$description" "$wanted" "$(drops_since)" || {
		tail -n 10 "$TAP_LOG" | diag
		return 1
	}
}

# sa_field NETNS DIR FIELD: of the first SA of that direction, "" if none.
sa_field() {
	ip netns exec "$1" ipsecvif -j sa show | json find dir "$2" "$3"
}

sa_count() { # NETNS
	ip netns exec "$1" ipsecvif -j sa show | json count
}
