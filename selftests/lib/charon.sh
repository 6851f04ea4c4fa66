# SPDX-License-Identifier: MIT
# strongSwan's charon on in-kernel XFRM in a namespace, without touching the
# machine's own.
#
# Traps: loading every installed plugin can crash it, so they are named; each
# charon needs a /run of its own for its pid file; nested blocks of a
# configuration close on lines of their own; swanctl, too, loads every plugin
# unless told, which takes 12 s on an emulated CPU.

CHARON_NETNS=

# What charon_config writes; a test sets what it wants to be different.
charon_defaults() {
	C_LOCAL=$RIGHT C_REMOTE=$LEFT_PUBLIC
	C_LOCAL_ID=right.example.net C_REMOTE_ID=left.example.net
	C_LOCAL_TS=$SITE_B,$SITE_B6 C_REMOTE_TS=$SITE_A,$SITE_A6
	C_IKE=aes256-sha256-x25519 C_ESP=aes256gcm16-x25519
	C_AH='' # instead of C_ESP
	C_PSK='a shared secret for the tests'
	C_AUTH='auth = psk' # lines of the local section
	C_REMOTE_AUTH='auth = psk' # and of the remote one
	C_KEY='' # files of a private key, and of CAs, to be loaded
	C_CA=''
	C_CONNECTION='' # more lines of the connection
	C_CHILD='' # more lines of the child
	C_SECRETS='' # more blocks of secrets
	C_MORE='' # more sections of swanctl.conf
	C_CHARON='' # more lines of strongswan.conf's charon section
	C_LOAD='' # more plugins
}

charon_config() { # NETNS
	local dir=$WORK/charon-$1

	rm -rf "$dir/private" "$dir/x509ca"
	mkdir -p "$dir/private" "$dir/x509ca"
	# shellcheck disable=SC2086
	[ -z "$C_KEY" ] || cp $C_KEY "$dir/private"
	# shellcheck disable=SC2086
	[ -z "$C_CA" ] || cp $C_CA "$dir/x509ca"
	cat >"$dir/strongswan.conf" <<-END
	charon {
	  load = random nonce openssl pem pkcs1 pubkey x509 revocation constraints kdf hmac gcm curve25519 kernel-netlink socket-default vici $C_LOAD
	  retransmit_timeout = 2
	  retransmit_tries = 3
	  $C_CHARON
	  plugins {
	    vici {
	      socket = unix://$dir/vici
	    }
	  }
	  filelog {
	    l {
	      path = $dir/log
	      default = 1
	      flush_line = yes
	    }
	  }
	}
	swanctl {
	  load = random openssl pem pkcs1 pkcs8 pubkey x509
	}
	END
	# Who loads no keys starts in half the time.
	printf 'swanctl {\n  load = random\n}\n' >"$dir/control.conf"
	cat >"$dir/swanctl.conf" <<-END
	connections {
	  t {
	    version = 2
	    local_addrs = $C_LOCAL
	    remote_addrs = $C_REMOTE
	    proposals = $C_IKE
	    $C_CONNECTION
	    local {
	      $C_AUTH
	      id = $C_LOCAL_ID
	    }
	    remote {
	      $C_REMOTE_AUTH
	      id = $C_REMOTE_ID
	    }
	    children {
	      c {
	        local_ts = $C_LOCAL_TS
	        remote_ts = $C_REMOTE_TS
	        $([ "$C_AH" ] && echo "ah_proposals = $C_AH" || echo "esp_proposals = $C_ESP")
	        $C_CHILD
	      }
	    }
	  }
	}
	secrets {
	  ike {
	    secret = "$C_PSK"
	  }
	  $C_SECRETS
	}
	$C_MORE
	END
}

# charon_start NETNS: with the configuration as set, ready when this returns.
charon_start() {
	local dir=$WORK/charon-$1

	modprobe -aq xfrm_user esp4 esp6
	charon_config "$1"
	: >"$dir/log"
	# One that was killed leaves its socket behind.
	rm -f "$dir/vici"
	STRONGSWAN_CONF="$dir/strongswan.conf" DIR="$dir" ip netns exec "$1" unshare -m sh -c '
		mount -t tmpfs t /var/run 2>/dev/null || mount -t tmpfs t /run
		exec /usr/lib/ipsec/charon >"$DIR/out" 2>&1' charon &
	echo $! >"$dir/pid"
	CHARON_NETNS="$CHARON_NETNS $1"
	if ! wait_for 10 test -S "$dir/vici"; then
		cat "$dir/out" "$dir/log" >&2
		return 1
	fi
	charon_load "$1"
}

charon_load() { # NETNS
	SWANCTL_DIR=$WORK/charon-$1 STRONGSWAN_CONF=$WORK/charon-$1/strongswan.conf \
		swanctl --load-all --clear --uri "unix://$WORK/charon-$1/vici" --file "$WORK/charon-$1/swanctl.conf" \
		>"$WORK/charon-$1/load" 2>&1 || { cat "$WORK/charon-$1/load" >&2; return 1; }
}

swanctl_in() { # NETNS ARGUMENT...
	local netns=$1

	shift
	STRONGSWAN_CONF=$WORK/charon-$netns/control.conf timeout $((10 * TIME_SCALE)) swanctl "$@" --uri "unix://$WORK/charon-$netns/vici"
}

charon_log() { # NETNS
	cat "$WORK/charon-$1/log"
}

# charon_says NETNS REGEX
charon_says() {
	grep -qE "$2" "$WORK/charon-$1/log"
}

# Dies as a crashed machine: no DELETE is sent.
charon_kill() { # NETNS
	kill -KILL "$(cat "$WORK/charon-$1/pid")"
	wait "$(cat "$WORK/charon-$1/pid")" 2>/dev/null
}

charon_stop() { # NETNS
	local pid

	pid=$(cat "$WORK/charon-$1/pid" 2>/dev/null) || return 0
	kill "$pid" 2>/dev/null
	wait_for 5 eval "! kill -0 $pid" || kill -KILL "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	[ -z "${RESULTS:-}" ] || cp "$WORK/charon-$1/log" "$RESULTS/$TEST_NAME.charon-$1.log" 2>/dev/null
	rm -f "$WORK/charon-$1/pid" "$WORK/charon-$1/vici"
}

charon_stop_all() {
	local netns

	for netns in $CHARON_NETNS; do
		charon_stop "$netns"
	done
	CHARON_NETNS=
}
