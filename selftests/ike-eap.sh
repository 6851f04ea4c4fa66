#!/bin/bash
# SPDX-License-Identifier: MIT
# EAP against strongSwan, as gateway and as client: MSCHAPv2, MD5, TLS, EAP alone,
# second rounds (RFC 4739), a post-quantum key besides (RFC 8784), a client as Windows
# is one, and what is wrong with a password or a round in words.
# On: newest
. "$(dirname "$0")/lib/test.sh"
. "$(dirname "$0")/lib/certs.sh"
. "$SELFTESTS/certs/$TEST_NAME.sh"

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
	C_LOAD="$PLUGINS resolve"
	# Only a start reads these: they are for all that follows.
	C_CHARON="make_before_break = yes
	  plugins {
	    resolve {
	      file = $WORK/charon-right/resolv.conf
	    }
	  }"
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

# Windows' proposals for IKE in its order, 2048 bits with NegotiateDH2048_AES256, and
# for ESP. Its identity is its address; a key exchange of a child's own it has none.
WINDOWS_IKE=3des-sha1-modp1024,aes256-sha1-modp1024,3des-sha256-modp1024
WINDOWS_IKE=$WINDOWS_IKE,aes256-sha256-modp1024,3des-sha384-modp1024,aes256-sha384-modp1024
WINDOWS_ESP=aes256-sha1-noesn,aes128-sha1-noesn,3des-sha1-noesn

windows() { # IKE ESP, of its
	gateway eap-mschapv2
	K_AUTH=${K_AUTH//$PKI\/left./$PKI/gw.}
	K_TUNNEL="$K_TUNNEL
    pool-dns = 10.1.0.53"
	C_IKE=$1 C_ESP=$2
	C_REMOTE_TS=0.0.0.0/0
	C_AUTH='auth = eap-mschapv2
	      eap_id = alice'
}

windows_stays() { # WHAT
	local at

	at=$(right ip -o addr | grep -o '10\.99\.0\.[0-9]*' | head -1)
	check "Windows: $1" right ping -I "$at" -c 2 -i 0.2 -W $((2 * TIME_SCALE)) "$HOST_A"
}

PLUGINS='eap-identity eap-mschapv2 eap-md5 eap-tls md5 sha1'

check "keys and passwords are made" certs_ready
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

tls_user() { # NAME
	gateway eap-tls
	K_AUTH="$K_AUTH
    crl = $PKI/root.crl
    strict-crl = yes"
	C_AUTH="auth = eap-tls
	      certs = $PKI/$1.pem
	      eap_id = $1@example.net"
	C_LOCAL_ID=$1@example.net
	C_KEY=$PKI/$1.key
}

tls_user alice
client_calls "TLS" 'alice@example.net'
tls_user gone
# The same again would leave the tunnel as the operator closed it.
K_TUNNEL="$K_TUNNEL
    dpd-delay = 29s"
check "TLS, revoked" gateways_change
: >"$WORK/keyer-left/log"
check_not "is refused" swanctl_in right --initiate --child c --timeout $((3 * TIME_SCALE))
check "in words" wait_for 2 keyer_says left 'EAP-TLS with gone@example.net: .*certificate revoked'

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

# A post-quantum key: it comes in after EAP.
PPK='secrets {
	  ppk-q {
	    id = ours
	    secret = "quantum secret"
	  }
	}'
(umask 077 && echo 'quantum secret' >"$PKI/ppk")
both_require_ppk() {
	K_TUNNEL="$K_TUNNEL
    ppk-id = ours
    ppk-file = $PKI/ppk
    ppk-required = yes"
	C_CONNECTION="$C_CONNECTION
	    ppk_id = ours
	    ppk_required = yes"
	C_MORE="$C_MORE
	$PPK"
}
gateway eap-mschapv2
C_AUTH='auth = eap-mschapv2
	      eap_id = alice'
both_require_ppk
client_calls "a ppk and MSCHAPv2" 'alice'

# A method without a key of its own.
client eap-md5
K_TUNNEL="$K_TUNNEL
    ppk-id = ours
    ppk-file = $PKI/ppk"
C_MORE="$C_MORE
	$PPK"
: >"$WORK/charon-right/log"
check "a ppk and MD5: strongSwan is the gateway" gateways_change
check "a ppk and MD5: we call" keyer left tunnel up site
check "a ppk and MD5: traffic" ping_a_b 1
check "a ppk and MD5: it is mixed in" charon_says right 'using PPK for PPK_ID'

# The how-to's gateway, with the files of this test.
howto_is_right() {
	sed -n '/^tunnel staff {/,/^}/p' "$TOP/Documentation/howto-windows.md" |
		sed "s|vpn\.pem|gw.pem|; s|vpn\.key|gw.key|; s|staff\.users|users|" >"$PKI/staff.conf"
	ipsecvif check "$PKI/staff.conf"
}
check "Windows: the how-to's configuration" howto_is_right

# Windows, as it is set up by PowerShell, or with NegotiateDH2048_AES256.
windows "$WINDOWS_IKE,aes256-sha256-modp2048" aes256gcm16-noesn
K_IKE=aes256-sha256-modp2048 K_ESP=aes256gcm16
client_calls "Windows" 'alice'
check "Windows: a client calls again" swanctl_in right --initiate --child c
check "Windows: it has our name server" grep -q 10.1.0.53 "$WORK/charon-right/resolv.conf"
before=$(tunnel_field left children.0.spi_out)
check "Windows: it rekeys the child" swanctl_in right --rekey --child c
check "Windows: there are new keys" wait_for 2 spi_changed "$before"
windows_stays "traffic after it"
check "Windows: it rekeys the IKE SA" swanctl_in right --rekey --ike t
windows_stays "traffic after that, too"
swanctl_in right --terminate --ike t >/dev/null 2>&1

# As it comes: nothing but what is outdated.
windows "$WINDOWS_IKE" "$WINDOWS_ESP"
K_IKE=aes256-sha256-modp2048 K_ESP=aes256gcm16
K_CHILD='lifetime = 2h'
check "Windows as it comes" gateways_change
: >"$WORK/keyer-left/log"
check_not "Windows as it comes: is refused" swanctl_in right --initiate --child c \
	--timeout $((3 * TIME_SCALE))
check "Windows as it comes: in words" wait_for 2 keyer_says left 'would match with legacy = yes'
K_IKE=aes256-sha384-modp1024 K_ESP=aes256-sha1
K_TUNNEL="$K_TUNNEL
    legacy = yes"
check "Windows as it comes: legacy = yes" gateways_change
check "Windows as it comes: a client calls" swanctl_in right --initiate --child c
before=$(tunnel_field left children.0.spi_out)
check "Windows as it comes: we rekey the child" keyer left tunnel rekey site/lan
check "Windows as it comes: there are new keys" wait_for 2 spi_changed "$before"
windows_stays "traffic after ours"
check "Windows as it comes: we rekey the IKE SA" keyer left tunnel rekey site
windows_stays "traffic after that"
swanctl_in right --terminate --ike t >/dev/null 2>&1

# A client that authenticates anew has the same address all the time.
gateway eap-mschapv2
C_AUTH='auth = eap-mschapv2
	      eap_id = alice'
check "reauthentication: a new configuration" gateways_change
check "reauthentication: a client calls" swanctl_in right --initiate --child c
before=$(tunnel_field left ike.spi_local)
address=$(right ip -o addr | grep -o '10\.99\.0\.[0-9]*' | head -1)
background right ping -n -q -i 0.1 -I "$address" "$HOST_A" >"$WORK/pings" 2>&1
pings=$!
check "reauthentication: it authenticates anew" swanctl_in right --rekey --ike t --reauth
check "reauthentication: the IKE SA is another" wait_for 4 eval \
	'[ "$(tunnel_field left ike.spi_local)" != "$before" ]'
check "reauthentication: the old one goes" wait_for 4 eval \
	'[ "$(swanctl_in right --list-sas | grep -c ESTABLISHED)" = 1 ]'
kill -INT $pings
wait $pings
check_match "reauthentication: no packet is lost" ' 0% packet loss' "$(cat "$WORK/pings")"
check_equal "reauthentication: the address is the same" "$address" \
	"$(right ip -o addr | grep -o '10\.99\.0\.[0-9]*' | head -1)"
swanctl_in right --terminate --ike t >/dev/null 2>&1

# Second rounds: strongSwan calls.
gateway eap-mschapv2
K_AUTH="local-auth = pubkey
    local-auth2 = psk
    local-id2 = second.example.net
    remote-auth = pubkey
    remote-auth2 = eap-mschapv2
    remote-id2 = alice@example.net
    psk-file = secrets/site.psk
    cert = $PKI/left.pem
    key-file = $PKI/left.key
    ca = $PKI/root.pem
    eap-users = $PKI/users"
C_AUTH="round = 1
	      auth = pubkey
	      certs = $PKI/right.pem"
K_REMOTE_ID=right.example.net
C_LOCAL_ID=right.example.net
C_KEY=$PKI/right.key
C_CONNECTION="vips = 0.0.0.0
	    local-2 {
	      round = 2
	      auth = eap-mschapv2
	      id = alice@example.net
	      eap_id = alice
	    }
	    remote-2 {
	      round = 2
	      auth = psk
	      id = second.example.net
	    }"
client_calls "certificate, then EAP; we certificate, then PSK" 'alice'

K_REMOTE_ID=*.example.net
K_AUTH="${K_AUTH/remote-auth2 = eap-mschapv2/remote-auth2 = pubkey}"
C_KEY="$PKI/right.key $PKI/alice.key"
C_CONNECTION="vips = 0.0.0.0
	    local-2 {
	      round = 2
	      auth = pubkey
	      certs = $PKI/alice.pem
	      id = alice@example.net
	    }
	    remote-2 {
	      round = 2
	      auth = psk
	      id = second.example.net
	    }"
# The post-quantum key goes with the first round.
ours="$K_TUNNEL" more="$C_MORE"
both_require_ppk
client_calls "certificates of a machine and its user, and a ppk" right.example.net
K_TUNNEL="$ours" C_MORE="$more"

K_AUTH="${K_AUTH/remote-auth2 = pubkey/remote-auth2 = eap-mschapv2}"
C_CONNECTION='vips = 0.0.0.0'
K_TUNNEL="$K_TUNNEL
    dpd-delay = 31s"
K_AUTH=$(grep -v 'local-.*2 =' <<<"$K_AUTH")
check "a caller without the second round" gateways_change
: >"$WORK/keyer-left/log"
check_not "is refused" swanctl_in right --initiate --child c --timeout $((3 * TIME_SCALE))
check "in words" wait_for 2 keyer_says left \
	'right.example.net proves itself by a signature alone: the second round of authentication, EAP, is missing'
check_match "and in tunnel why" 'second round of authentication, EAP, is missing' \
	"$(keyer left tunnel why site)"

# Second rounds: we call.
client eap-mschapv2
K_AUTH="local-auth = psk
    local-auth2 = eap-mschapv2
    local-id2 = alice@example.net
    remote-auth = pubkey
    remote-auth2 = psk
    remote-id2 = second.example.net
    psk-file = secrets/site.psk
    eap-id = alice
    eap-password-file = $PKI/password
    ca = $PKI/root.pem"
C_AUTH="round = 1
	      auth = pubkey
	      certs = $PKI/right.pem"
C_REMOTE_AUTH='round = 1
	      auth = psk'
C_CONNECTION="local-2 {
	      round = 2
	      auth = psk
	      id = second.example.net
	    }
	    remote-2 {
	      round = 2
	      auth = eap-mschapv2
	      id = alice@example.net
	      eap_id = %any
	    }"
check "PSK, then EAP: strongSwan is the gateway" gateways_change
check "PSK, then EAP: we call" keyer left tunnel up site
check "PSK, then EAP: traffic" ping_a_b 1

K_AUTH="local-auth = pubkey
    local-auth2 = psk
    remote-auth = pubkey
    psk-file = secrets/site.psk
    cert = $PKI/left.pem
    key-file = $PKI/left.key
    ca = $PKI/root.pem"
C_REMOTE_AUTH='round = 1
	      auth = pubkey'
C_CONNECTION="remote-2 {
	      round = 2
	      auth = psk
	      id = left.example.net
	    }"
ours="$K_TUNNEL" more="$C_MORE"
K_TUNNEL="$K_TUNNEL
    ppk-id = ours
    ppk-file = $PKI/ppk"
C_CONNECTION="$C_CONNECTION
	    ppk_id = ours
	    ppk_required = yes"
C_MORE="$C_MORE
	$PPK"
: >"$WORK/charon-right/log"
check "certificate, then PSK, and a ppk: strongSwan is the gateway" gateways_change
check "certificate, then PSK, and a ppk: we call" keyer left tunnel up site
check "certificate, then PSK, and a ppk: traffic" ping_a_b 1
check "certificate, then PSK, and a ppk: it is mixed in" charon_says right 'using PPK for PPK_ID'
K_TUNNEL="$ours" C_MORE="$more"

both=$K_AUTH
K_AUTH="local-auth = pubkey
    local-auth2 = pubkey
    local-id2 = alice@example.net
    remote-auth = pubkey
    cert = $PKI/left.pem
    key-file = $PKI/left.key
    cert2 = $PKI/alice.pem
    key-file2 = $PKI/alice.key
    ca = $PKI/root.pem"
C_CONNECTION="remote-2 {
	      round = 2
	      auth = pubkey
	      id = alice@example.net
	    }"
check "two certificates: strongSwan is the gateway" gateways_change
check "two certificates: we call" keyer left tunnel up site
check "two certificates: traffic" ping_a_b 1

C_CONNECTION="remote-2 {
	      round = 2
	      auth = psk
	      id = left.example.net
	    }"
K_AUTH="$both
    remote-auth2 = psk"
check "a gateway without a second round" gateways_change
check_not "is refused" keyer left tunnel up site
check_match "in words" 'the second round of authentication, a pre-shared key, is missing' \
	"$(cat "$TAP_LOG")"
check "no pre-shared key is anywhere" psk_is_secret
K_PSK=$EAP_SECRET
check "no password is anywhere" psk_is_secret

# TLS 1.3 as RFC 9190 has it, which strongSwan 5.9.8 has not: two of ours.
gateway eap-tls
check "two of ours: we are the gateway" eval 'keyer_config left && keyer left reload'
charon_stop right
keyer_defaults
K_LOCAL=$RIGHT K_REMOTE=$LEFT
K_LOCAL_ID=alice@example.net K_REMOTE_ID=left.example.net
K_LOCAL_TS=dynamic K_REMOTE_TS=$SITE_A
K_TUNNEL='request = ip4'
K_AUTH="local-auth = eap-tls
    remote-auth = pubkey
    cert = $PKI/alice.pem
    key-file = $PKI/alice.key
    ca = $PKI/root.pem"
check "a daemon at the other end, too" keyer_start right
check "TLS 1.3: it calls" keyer right tunnel up site
check "TLS 1.3: traffic" right ping -c 2 -i 0.2 -W $((2 * TIME_SCALE)) "$HOST_A"
