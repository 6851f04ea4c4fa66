#!/bin/bash
# SPDX-License-Identifier: MIT
# The status of strongSwan's certificate, asked from OpenSSL's OCSP responder: each answer
# there is, none, and those of others than the CA; called and calling.
# On: newest
. "$(dirname "$0")/lib/test.sh"
. "$(dirname "$0")/lib/certs.sh"
. "$SELFTESTS/certs/$TEST_NAME.sh"

# responder PORT SIGNER INDEX [OPTION...]
responder() {
	local port=$1 signer=$2 index=$3

	shift 3
	background left openssl ocsp -port "$port" -index "$index" -CA "$PKI/sub.pem" \
		-rsigner "$PKI/$signer.pem" -rkey "$PKI/$signer.key" -ignore_err "$@" \
		>/dev/null 2>&1
}

responders_start() {
	responder 8888 sub "$PKI/sub.d/index"
	responder 8890 delegate "$PKI/sub.d/index" -nmin 60
	responder 8892 sub "$PKI/empty"
	LD_PRELOAD=$PKI/late.so responder 8893 sub "$PKI/sub.d/index" -nmin 60
	wait_for 5 listening 4 || return
	# An answer to another's question.
	left openssl ocsp -issuer "$PKI/sub.pem" -cert "$PKI/right.pem" -url "$URL" \
		-CAfile "$PKI/root.pem" -respout "$PKI/replay" &&
		background left python3 -SE "$SELFTESTS/lib/ocsp.py" 8894 "$PKI/replay" >/dev/null 2>&1
	wait_for 5 listening 5
}

listening() { # COUNT
	[ "$(left ss -Hltn | grep -c ':88[89]')" = "$1" ]
}

# defaults [CERTIFICATE_OF_THEIRS [LINE...]]: and more lines of our tunnel
defaults() {
	local theirs=${1:-right}

	[ $# = 0 ] || shift
	charon_defaults
	keyer_defaults
	K_AUTH="auth = pubkey
    cert = $PKI/left.pem
    key-file = $PKI/left.key
    ca = $PKI/root.pem"
	K_TUNNEL='retransmit-tries = 2
    retransmit-timeout = 4s
    keying-tries = 1'
	while [ $# -gt 0 ]; do
		K_TUNNEL+="
    $1"
		shift
	done
	C_AUTH="auth = pubkey
	      certs = $PKI/$theirs.pem, $PKI/sub.pem"
	C_REMOTE_AUTH='auth = pubkey'
	C_KEY=$PKI/$theirs.key
	C_CA=$PKI/root.pem
	# A second tunnel, which has nothing to do with certificates.
	C_MORE="connections { o {
	    version = 2
	    local_addrs = $RIGHT
	    remote_addrs = $LEFT_PUBLIC
	    proposals = $C_IKE
	    local { auth = psk
	      id = right.example.net }
	    remote { auth = psk
	      id = other.example.net }
	    children { o { local_ts = 10.77.2.2/32
	      remote_ts = 10.77.1.1/32
	      esp_proposals = $C_ESP } }
	} }"
}

other_config() {
	mkdir -p "$WORK/keyer-left/etc"
	cat >"$WORK/keyer-left/etc/other.conf" <<-END
	tunnel other {
	    interface = ipsec1
	    local     = $LEFT
	    remote    = $RIGHT
	    local-id  = other.example.net
	    remote-id = right.example.net
	    auth      = psk
	    psk-file  = secrets/site.psk
	    ike       = aes256-sha256-x25519
	    start     = respond
	    child o {
	        local  = 10.77.1.1/32
	        remote = 10.77.2.2/32
	        esp    = aes256gcm16-x25519
	    }
	}
	END
}

# strongSwan is told only if its certificate is another than the last.
change() {
	: >"$WORK/keyer-left/log"
	if [ "$C_KEY" != "${last:-}" ]; then
		last=$C_KEY
		gateways_change
		return
	fi
	keyer left tunnel down site >/dev/null 2>&1
	keyer_config left
	keyer left reload
}

# works WHAT [both]: calling, and called
works() {
	check "$1: new configurations" change
	check "$1: we call" tunnel_up
	[ -z "${2:-}" ] || call_works "$1"
}

# refused WHAT REGEX [both]: no tunnel, and we say why
refused() {
	check "$1: new configurations" change
	tunnel_refused "$1" "$2"
	[ -z "${3:-}" ] || call_refused "$1" "$2" 4
}

strict='strict-crl = ifuri'
check "certificates are made" certs_ready
check "the topology comes up" topology_up
defaults right "$strict"
other_config
check "both daemons start" gateways_start
refused "nobody answers" "may be revoked: OCSP responder $URL cannot be asked: .*, and no CRL" both
defaults
works "nobody answers, without strict-crl"
check "it is logged" keyer_says left 'accepted although OCSP responder'

check "responders" responders_start
keyer_stop left
check "a daemon that has not asked yet" keyer_start left
defaults right "$strict"
works "good" both
check "it was asked for once" [ "$(keyer_log left | grep -c "event=fetch what=ocsp url=$URL")" = 1 ]
defaults revoked
refused "revoked" "was revoked by its CA on .* \(OCSP, $URL\)" both

defaults right "$strict" "ocsp = $HOST:8890/"
works "a delegate"
defaults right "$strict" "ocsp = $HOST:8892/"
refused "unknown" "may be revoked: OCSP responder $HOST:8892/ does not know the certificate"
defaults right "ocsp = $HOST:8892/"
works "unknown, without strict-crl"
defaults right "$strict" "ocsp = $HOST:8893/"
refused "stale" 'sent an answer that was good only until'
defaults right "$strict" "ocsp = never"
works "not asked"
check_not "it was not" keyer_says left 'event=fetch'

for n in "replay:sent the answer to another question" "html:cannot be asked: unexpected content type" \
	"huge:cannot be asked: max resp len exceeded"; do
	defaults right "$strict" "ocsp = $HOST:8894/${n%%:*}"
	refused "${n%%:*}" "${n#*:}"
done

# While one waits, another does not.
defaults right "$strict" "ocsp = $HOST:8894/slow"
check "slow: new configurations" change
tunnel_up >"$WORK/slow" 2>&1 &
slow=$!
check "slow: asked for" wait_for 5 keyer_says left 'event=fetch what=ocsp'
check "slow: another tunnel comes up meanwhile" keyer left tunnel up other
check "slow: before there is an answer" kill -0 $slow
wait $slow
check_match "slow: refused in the end" 'cannot be asked: .*time' "$(cat "$WORK/slow")"
