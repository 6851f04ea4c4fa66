# SPDX-License-Identifier: MIT
# ipsecvifd in a namespace, with a configuration and control socket of its own.

KEYER_NETNS=
KEYER_DAEMON=$OUT/ipsecvifd # a test may want another build

# What keyer_config writes; a test sets what it wants to be different.
keyer_defaults() {
	K_LOCAL=$LEFT K_REMOTE=$RIGHT
	K_LOCAL_ID=left.example.net K_REMOTE_ID=right.example.net
	K_LOCAL_TS="$SITE_A, $SITE_A6" K_REMOTE_TS="$SITE_B, $SITE_B6"
	K_IKE=aes256-sha256-x25519 K_ESP=aes256gcm16-x25519
	K_AH='' # instead of K_ESP
	K_PSK='a shared secret for the tests'
	K_START=respond
	K_AUTH='auth = psk
    psk-file = secrets/site.psk'
	K_TUNNEL='' # more lines of the tunnel
	K_CHILD='' # more lines of the child
}

keyer_config() { # NETNS
	local dir=$WORK/keyer-$1

	mkdir -p "$dir/etc/secrets"
	chmod 700 "$dir/etc/secrets"
	(umask 077 && printf '%s\n' "$K_PSK" >"$dir/etc/secrets/site.psk")
	cat >"$dir/etc/site.conf" <<-END
	tunnel site {
	    interface = ipsec0
	    local     = $K_LOCAL
	    remote    = $K_REMOTE
	    local-id  = $K_LOCAL_ID
	    remote-id = $K_REMOTE_ID
	    $K_AUTH
	    ike       = $K_IKE
	    start     = $K_START
	    $K_TUNNEL
	    child lan {
	        local  = $K_LOCAL_TS
	        remote = $K_REMOTE_TS
	        $([ "$K_AH" ] && echo "ah = $K_AH" || echo "esp = $K_ESP")
	        $K_CHILD
	    }
	}
	END
}

# keyer_start NETNS: with the configuration as set, ready when this returns.
keyer_start() {
	local dir=$WORK/keyer-$1

	[ -x "$KEYER_DAEMON" ] || bail "ipsecvifd is built" "there is no $KEYER_DAEMON"
	keyer_config "$1"
	DIR=$dir DAEMON=$KEYER_DAEMON ip netns exec "$1" sh -c '
		exec "$DAEMON" -f -c "$DIR/etc" -s "$DIR/control" >"$DIR/log" 2>&1' ipsecvifd &
	echo $! >"$dir/pid"
	KEYER_NETNS="$KEYER_NETNS $1"
	if ! wait_for 10 test -S "$dir/control"; then
		cat "$dir/log" >&2
		return 1
	fi
}

# keyer NETNS WORDS...: ask that daemon.
keyer() {
	local netns=$1

	shift
	ip netns exec "$netns" timeout $((20 * TIME_SCALE)) \
		ipsecvif -S "$WORK/keyer-$netns/control" "$@"
}

keyer_log() { # NETNS
	cat "$WORK/keyer-$1/log"
}

# In the log a sentence stands between quotes, and its own quotes behind backslashes.
keyer_says() { # NETNS REGEX
	sed 's/\\\(["\\]\)/\1/g' "$WORK/keyer-$1/log" | grep -E "$2" >/dev/null
}

keyer_alive() { # NETNS
	kill -0 "$(cat "$WORK/keyer-$1/pid")"
}

# Dies as a crashed machine: no DELETE is sent, nothing cleaned up.
keyer_kill() { # NETNS
	ip netns exec "$1" true
	pkill -KILL -P "$(cat "$WORK/keyer-$1/pid")"
	kill -KILL "$(cat "$WORK/keyer-$1/pid")"
	wait "$(cat "$WORK/keyer-$1/pid")" 2>/dev/null
}

keyer_stop() { # NETNS
	local pid status=0

	pid=$(cat "$WORK/keyer-$1/pid" 2>/dev/null) || return 0
	kill "$pid" 2>/dev/null
	if ! wait_for 10 eval "! kill -0 $pid"; then
		kill -KILL "$pid" 2>/dev/null
		status=1
	fi
	wait "$pid" 2>/dev/null
	[ -z "${RESULTS:-}" ] || cp "$WORK/keyer-$1/log" "$RESULTS/$TEST_NAME.keyer-$1.log" 2>/dev/null
	rm -f "$WORK/keyer-$1/pid"
	return $status
}

keyer_stop_all() {
	local netns

	for netns in $KEYER_NETNS; do
		keyer_stop "$netns"
	done
	KEYER_NETNS=
}

# Both ends with the settings at hand, and the daemons running.
gateways_start() {
	module_load || return
	charon_start right || return
	keyer_start left
}

# The settings changed: new configurations for both, and no old tunnel.
gateways_change() {
	keyer left tunnel down site >/dev/null 2>&1
	swanctl_in right --terminate --ike t --force >/dev/null 2>&1
	charon_config right
	charon_load right || return
	keyer_config left
	keyer left reload
}

tunnel_field() { # NETNS FIELD: of the tunnel `site`, dotted: ike.role
	keyer "$1" -j tunnel show site | json get "$2"
}

tunnel_is() { # NETNS STATE
	[ "$(tunnel_field "$1" state)" = "$2" ]
}

child_is() { # NETNS STATE
	[ "$(tunnel_field "$1" children.0.state)" = "$2" ]
}

tunnel_up() {
	keyer left tunnel up site
}

# tunnel_refused WHAT REGEX: we call and get no tunnel; the command and the daemon say why.
tunnel_refused() {
	check_not "$1: tunnel up fails" tunnel_up
	check_match "$1: and says why" "$2" "$(cat "$TAP_LOG")"
	check_match "$1: so does tunnel why" "$2" "$(keyer left tunnel why site 2>&1)"
}

# call_works WHAT: what there is comes down, and they call.
call_works() {
	swanctl_in right --terminate --ike t >/dev/null 2>&1
	check "$1: strongSwan calls" swanctl_in right --initiate --child c
	check "$1: traffic" ping_b_a 1
}

# call_refused WHAT REGEX [SECONDS]: they call, and we refuse; the log says why.
call_refused() {
	: >"$WORK/keyer-left/log"
	check_not "$1: we refuse strongSwan's call" \
		swanctl_in right --initiate --child c --timeout $((${3:-2} * TIME_SCALE))
	check "$1: and say why" wait_for 5 keyer_says left "$2"
	check_equal "$1: no SA" 0 "$(sa_count left)"
}

spi_out() {
	tunnel_field left children.0.spi_out
}

spi_changed() { # FROM
	local now

	now=$(spi_out)
	[ "$now" ] && [ "$now" != "$1" ]
}

ike_spi_changed() { # FROM
	local now

	now=$(tunnel_field left ike.spi_local)
	[ "$now" ] && [ "$now" != "$1" ]
}

# Is the secret in nothing that anybody can read?
psk_is_secret() {
	printf '%s\n' "$K_PSK" >"$WORK/pattern"
	{
		keyer left tunnel show
		keyer left -j tunnel show
		keyer_log left
		left ipsecvif -d -s sa show
		ps -eo args
	} >"$WORK/readable" 2>&1
	grep -F -f "$WORK/pattern" "$WORK/readable"
	[ $? = 1 ]
}
