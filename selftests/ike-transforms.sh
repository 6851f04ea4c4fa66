#!/bin/bash
# SPDX-License-Identifier: MIT
# Every transform that strongSwan and the module both have, in IKE and in ESP: we
# call with one half of the list, strongSwan with the other, since who calls makes
# no difference to the keys. Outdated ones only where the configuration says so,
# and what only one kernel has is not proposed.
# On: newest
. "$(dirname "$0")/lib/test.sh"

# An IKE proposal and an ESP proposal for each connection.
cases() {
	cat <<-END
	aes128ccm16-prfsha256-x25519 aes128ccm16
	aes256ccm12-prfsha384-x448 aes256ccm12
	aes192ccm8-prfsha512-ecp224 aes192ccm8
	chacha20poly1305-prfsha256-x25519 chacha20poly1305
	aes128gcm8-prfaesxcbc-ecp521 aes128gcm8
	aes256gcm12-prfaescmac-ecp256bp aes256gcm12
	aes128ctr-aesxcbc-ecp384bp aes128ctr-aesxcbc
	aes256ctr-aescmac-ecp512bp aes256ctr-aescmac
	aes128-aesxcbc-prfaesxcbc-ecp224bp aes128-aesxcbc
	aes192-aescmac-modp6144 null-sha256
	aes256-sha384-modp8192 aes128gmac
	aes256-sha512-prfaescmac-x25519 aes192gmac-modp3072
	aes128-sha256-ecp256 null-aescmac-ecp256bp
	aes128-sha256-ecp256 aes256-sha512-x448
	END
}

outdated() {
	cat <<-END
	3des-sha1-modp1024 3des-sha1
	3des-md5-modp1536 3des-md5-modp1024
	aes128-sha1-prfsha1-modp2048 aes128-sha1
	END
}

connect_and_pass() { # IKE ESP ROLE
	K_IKE=$1 C_IKE=$1 K_ESP=$2 C_ESP=$2
	gateways_change || return
	if [ "$3" = we ]; then
		keyer left tunnel up site || return
	else
		swanctl_in right --initiate --child c || return
	fi
	ping_a_b 1 && ping_b_a 1
}

walk() {
	local role=they ike esp

	while read -r ike esp; do
		[ $role = we ] && role=they || role=we
		check "$role call with $ike, $esp" connect_and_pass "$ike" "$esp" $role
	done
}

check "the topology comes up" topology_up
charon_defaults
keyer_defaults
C_LOAD='aes des sha1 sha2 md5 cmac xcbc ccm ctr chapoly'
check "both daemons start" gateways_start
walk < <(cases)

refused_outdated() {
	gateways_change 2>&1 | tee "$WORK/refusal"
	grep -q "'3des' in 'ike' is outdated" "$WORK/refusal"
}

K_IKE=3des-sha1-modp1024 C_IKE=3des-sha1-modp1024
check "outdated algorithms are refused without legacy" refused_outdated
K_TUNNEL='legacy = yes'
walk < <(outdated)

# The default list of strongSwan is longer than any of ours.
K_TUNNEL='' K_IKE=aes256-sha256-x25519 K_ESP=aes256gcm16
C_IKE=default C_ESP=default
check "strongSwan's default proposals" gateways_change
check "strongSwan calls with them" swanctl_in right --initiate --child c
check "traffic" ping_a_b 1
