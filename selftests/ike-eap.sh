#!/bin/bash
# SPDX-License-Identifier: MIT
# EAP against strongSwan, as gateway and as client: MSCHAPv2, MD5, TLS, EAP alone,
# and what is wrong with a password in words.
# On: newest
. "$(dirname "$0")/lib/test.sh"
. "$(dirname "$0")/lib/certs.sh"

make_files() {
	mkdir -p "$PKI"
	pki_ca root "/O=Test/CN=Root" &&
		pki_issue root left ec:P-256 /O=Test/CN=left subjectAltName=DNS:left.example.net &&
		pki_issue root right ec:P-256 /O=Test/CN=right subjectAltName=DNS:right.example.net &&
		pki_issue root alice rsa:2048 /O=Test/CN=alice subjectAltName=email:alice@example.net ||
		return
	(umask 077 && printf 'alice %s\nbob another\n' "$EAP_SECRET" >"$PKI/users" &&
		printf '%s\n' "$EAP_SECRET" >"$PKI/password" && echo wrong >"$PKI/wrong")
}

# Ours is the gateway: a certificate here, EAP there.
gateway() { # METHODS [EAP_ONLY]
	charon_defaults
	keyer_defaults
	K_REMOTE_ID=any
	K_TUNNEL='pool = 10.99.0.10-10.99.0.20'
	K_REMOTE_TS=0.0.0.0/0 K_LOCAL_TS=$SITE_A
	K_AUTH="local-auth = pubkey
    remote-auth = $1
    cert = $PKI/left.pem
    key-file = $PKI/left.key
    ca = $PKI/root.pem
    eap-users = $PKI/users
    eap-only = ${2:-no}"
	C_LOAD=$PLUGINS
	C_LOCAL_TS=dynamic C_REMOTE_TS=$SITE_A
	C_CONNECTION='vips = 0.0.0.0'
	C_REMOTE_AUTH='auth = pubkey'
	C_CA=$PKI/root.pem
	# As Windows does: its address for an identity, a name for EAP.
	C_LOCAL_ID=192.168.7.7
	C_MORE="secrets {
	  eap-a {
	    id = alice
	    secret = \"$EAP_SECRET\"
	  }
	}"
}

client_calls() { # WHAT
	check "$1: new configurations" gateways_change
	: >"$WORK/charon-right/log"
	check "$1: a client calls" swanctl_in right --initiate --child c
	check "$1: it has an address" eval 'right ip -o addr | grep -q " 10.99.0.1[0-9]/32 "'
	check "$1: traffic" right ping -I "$(right ip -o addr | grep -o '10\.99\.0\.[0-9]*' | head -1)" \
		-c 2 -i 0.2 -W $((2 * TIME_SCALE)) "$HOST_A"
	check_match "$1: we know the user" "$2" "$(keyer left tunnel show site)"
	swanctl_in right --terminate --ike t >/dev/null 2>&1
}

# Theirs is the gateway.
client() { # METHOD
	charon_defaults
	keyer_defaults
	K_AUTH="local-auth = $1
    remote-auth = pubkey
    eap-id = alice
    eap-password-file = $PKI/password
    ca = $PKI/root.pem"
	K_TUNNEL='retransmit-tries = 2
    retransmit-timeout = 1s
    keying-tries = 1'
	C_LOAD=$PLUGINS
	C_AUTH="auth = pubkey
	      certs = $PKI/right.pem"
	C_KEY=$PKI/right.key
	C_CA=$PKI/root.pem
	C_REMOTE_AUTH="auth = $1
	      eap_id = %any"
	C_MORE="secrets {
	  eap-a {
	    id = alice
	    secret = \"$EAP_SECRET\"
	  }
	}"
}

EAP_SECRET='a password of alice'
PLUGINS='eap-identity eap-mschapv2 eap-md5 eap-tls md5 sha1'

check "keys and passwords are made" make_files
check "the topology comes up" topology_up
gateway eap-md5
check "both daemons start" gateways_start
gateway eap-mschapv2
C_AUTH='auth = eap-mschapv2
	      eap_id = alice'
client_calls "MSCHAPv2" 'alice'

gateway 'eap-mschapv2, eap-md5'
C_AUTH='auth = eap-md5
	      eap_id = alice'
client_calls "MD5, our second choice" 'alice'

gateway eap-tls
C_AUTH="auth = eap-tls
	      certs = $PKI/alice.pem
	      eap_id = alice@example.net"
C_LOCAL_ID=alice@example.net
C_KEY=$PKI/alice.key
client_calls "TLS" 'alice@example.net'

gateway eap-tls yes
C_AUTH="auth = eap-tls
	      certs = $PKI/alice.pem
	      eap_id = alice@example.net"
C_REMOTE_AUTH='auth = eap-tls'
C_LOCAL_ID=alice@example.net
C_KEY=$PKI/alice.key
client_calls "EAP alone" 'alice@example.net'

gateway eap-mschapv2
C_AUTH='auth = eap-mschapv2
	      eap_id = alice'
C_MORE='secrets {
	  eap-a {
	    id = alice
	    secret = "wrong"
	  }
	}'
# The same again would leave the tunnel as the operator closed it.
K_TUNNEL="$K_TUNNEL
    dpd-delay = 31s"
check "a wrong password" gateways_change
: >"$WORK/keyer-left/log"
check_not "is refused" swanctl_in right --initiate --child c --timeout $((3 * TIME_SCALE))
check "in words" wait_for 2 keyer_says left 'user alice gave a wrong password'

for method in eap-mschapv2 eap-md5; do
	client "$method"
	check "$method: strongSwan is the gateway" gateways_change
	check "$method: we call" keyer left tunnel up site
	check "$method: traffic" ping_a_b 1
done

client eap-tls
K_AUTH="local-auth = eap-tls
    remote-auth = pubkey
    eap-id = alice@example.net
    cert = $PKI/alice.pem
    key-file = $PKI/alice.key
    ca = $PKI/root.pem"
K_LOCAL_ID=alice@example.net
C_REMOTE_ID=alice@example.net
check "TLS: strongSwan is the gateway" gateways_change
check "TLS: we call" keyer left tunnel up site
check "TLS: traffic" ping_a_b 1

client eap-tls
K_AUTH="local-auth = eap-tls
    remote-auth = eap
    eap-id = alice@example.net
    cert = $PKI/alice.pem
    key-file = $PKI/alice.key
    ca = $PKI/root.pem"
K_LOCAL_ID=alice@example.net
C_REMOTE_ID=alice@example.net
C_AUTH="auth = eap-tls
	      certs = $PKI/right.pem"
check "EAP alone: strongSwan is the gateway" gateways_change
check "EAP alone: we call" keyer left tunnel up site
check "EAP alone: traffic" ping_a_b 1

client eap-mschapv2
K_AUTH="local-auth = eap-mschapv2
    remote-auth = pubkey
    eap-id = alice
    eap-password-file = $PKI/wrong
    ca = $PKI/root.pem"
check "a wrong password of ours" gateways_change
check_not "is refused" keyer left tunnel up site
check_match "in words" 'refuses user alice by EAP-MSCHAPv2: wrong password' "$(cat "$TAP_LOG")"
K_PSK=$EAP_SECRET
check "no password is anywhere" psk_is_secret
