#!/bin/bash
# SPDX-License-Identifier: MIT
# Public keys against strongSwan, called and calling: every kind of key, with
# chains, raw keys and mixed methods; and each way to be refused, with its reason.
# On: newest
. "$(dirname "$0")/lib/test.sh"
. "$(dirname "$0")/lib/certs.sh"
. "$SELFTESTS/certs/$TEST_NAME.sh"

# defaults [KEY_OF_OURS [KEY_OF_THEIRS]]: both with certificates
defaults() {
	charon_defaults
	keyer_defaults
	K_AUTH="auth = pubkey
    cert = $PKI/${1:-left-ecP256}.pem
    key-file = $PKI/${1:-left-ecP256}.key
    ca = $PKI/root.pem"
	K_TUNNEL='retransmit-tries = 2
    retransmit-timeout = 1s
    keying-tries = 1'
	C_AUTH="auth = pubkey
	      certs = $PKI/${2:-right-ecP256}.pem, $PKI/sub.pem"
	C_REMOTE_AUTH='auth = pubkey'
	C_KEY=$PKI/${2:-right-ecP256}.key
	C_CA="$PKI/root.pem"
}

received_ours() {
	grep -c 'received end entity cert "O=Test, CN=left"' "$WORK/charon-right/log"
}

# works WHAT [once]: calling and, if not once, called
works() {
	check "$1: new configurations" gateways_change
	check "$1: we call" tunnel_up
	check "$1: traffic" ping_a_b 1
	[ -n "${2:-}" ] || call_works "$1"
}

# refused WHAT REGEX [once]: no tunnel, whoever calls, and we say why
refused() {
	check "$1: new configurations" gateways_change
	tunnel_refused "$1" "$2"
	[ -n "${3:-}" ] || call_refused "$1" "$2"
}

check "certificates are made" certs_ready
check "the topology comes up" topology_up
defaults
check "both daemons start" gateways_start

for n in rsa2048 ecP256 ecP384 ecP521 ed25519; do
	defaults "left-$n" "right-$n"
	works "$n"
done

defaults left-rsa2048 right-rsa2048
K_TUNNEL="$K_TUNNEL
    rsa-padding = pkcs1"
works "RSA with PKCS#1" once

defaults
K_TUNNEL="$K_TUNNEL
    send-cert = never"
C_REMOTE_AUTH="auth = pubkey
	      certs = $PKI/left-ecP256.pem"
received=$(received_ours)
works "strongSwan has our certificate, so it is not sent" once
check_equal "nor was it" "$received" "$(received_ours)"

# A name for each is the subject of its certificate, and ours is the default.
defaults
K_LOCAL_ID=any K_REMOTE_ID='O=Test, CN=*'
C_LOCAL_ID='"O=Test, CN=right"' C_REMOTE_ID='"O=Test, CN=left"'
works "distinguished names"

defaults
K_AUTH="auth = pubkey
    key-file = $PKI/left-ecP256.key
    remote-pubkey = $PKI/right-ed25519.pub"
C_AUTH="auth = pubkey
	      pubkeys = $PKI/right-ed25519.pub"
C_REMOTE_AUTH="auth = pubkey
	      pubkeys = $PKI/left-ecP256.pub"
C_KEY=$PKI/right-ed25519.key
works "raw public keys"

defaults
K_AUTH="local-auth = psk
    remote-auth = pubkey
    psk-file = secrets/site.psk
    remote-cert = $PKI/right-ecP384.pem"
C_AUTH="auth = pubkey
	      certs = $PKI/right-ecP384.pem"
C_KEY=$PKI/right-ecP384.key
C_REMOTE_AUTH='auth = psk'
works "a PSK here, a certificate there"

defaults left-ecP256 stranger
refused "another CA" 'issued by .O=Other, CN=Root., which is none of .ca. \(.O=Test, CN=Root.\)'
defaults left-ecP256 expired
refused "expired" 'certificate .O=Test, CN=right. expired on 2021-01-01' once
defaults left-ecP256 somebody
C_LOCAL_ID=somebody.example.net
check "another identity: new configurations" gateways_change
check_not "another identity: tunnel up fails" tunnel_up
call_refused "another identity" 'somebody.example.net'
defaults left-ecP256 revoked
K_AUTH="$K_AUTH
    crl = $PKI/sub.crl"
refused "revoked" 'certificate .O=Test, CN=right. was revoked by its CA on '
defaults left-ecP256 right-ecP256
K_AUTH="$K_AUTH
    crl = $PKI/sub.crl
    strict-crl = yes"
refused "a CRL is missing" 'certificate .O=Test, CN=Sub. may be revoked: no CRL' once

# The CRL is where the certificate says; without an answer there it is refused.
defaults left-ecP256 url
K_AUTH="$K_AUTH
    strict-crl = ifuri"
refused "the CRL cannot be had" "may be revoked: no CRL of its issuer is at hand \($CRL_URL\)" once
keyer_stop left
background left python3 -SE -m http.server -b 127.0.0.1 -d "$PKI" 8080 >/dev/null 2>&1
check "a server for CRLs" wait_for 5 eval 'left ss -ltn | grep -q :8080'
check "a daemon that has not asked yet" keyer_start left
works "the CRL is fetched" once
check "it was" keyer_says left "fetch.*$CRL_URL"

# What fits on our side only: the peer refuses us.
defaults stranger right-ecP256
check "new configurations" gateways_change
check_not "the peer refuses our certificate" tunnel_up
check_match "and we say what it may be" 'AUTHENTICATION_FAILED' "$(cat "$TAP_LOG")"

# A key that is another's, and one that others may read.
defaults
K_AUTH="auth = pubkey
    cert = $PKI/left-ecP256.pem
    key-file = $PKI/left-ecP384.key
    ca = $PKI/root.pem"
check "the key of another certificate" gateways_change
check "is noticed" wait_for 2 eval \
	'keyer left tunnel why site 2>&1 | grep "is not the private key of certificate"'
cp "$PKI/left-ecP256.key" "$PKI/open.key"
chmod 644 "$PKI/open.key"
K_AUTH="auth = pubkey
    cert = $PKI/left-ecP256.pem
    key-file = $PKI/open.key
    ca = $PKI/root.pem"
keyer_config left
check_not "a key that others may read is refused" keyer left reload
check_match "in words" 'open.key has mode 0644' "$(cat "$TAP_LOG")"

# Peers from before RFC 7427.
C_CHARON='signature_authentication = no'
for n in rsa2048 ecP384; do
	defaults "left-$n" "right-$n"
	C_CHARON='signature_authentication = no'
	charon_stop right
	check "$n: strongSwan without RFC 7427" charon_start right
	works "$n without RFC 7427"
done
check "no secret is anywhere" psk_is_secret
