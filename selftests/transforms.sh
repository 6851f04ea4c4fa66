#!/bin/bash
# SPDX-License-Identifier: MIT
# Transforms that XFRM has no counterpart of (implicit IVs), between two of us;
# and every way in which a transform is refused, with the sentence.
# On: oldest
. "$(dirname "$0")/lib/test.sh"

check "the topology comes up" topology_up
check "the module loads" module_load
check "a device on the left gateway" ipsecvif_device ipsec0
check "a device on the right gateway" eval "
	ip -n right link add ipsec0 type ipsecvif &&
	right ipsecvif dev set ipsec0 local $RIGHT remote $LEFT &&
	ip -n right link set ipsec0 up &&
	ip -n right route add $SITE_A dev ipsec0 && ip -n right route add $SITE_A6 dev ipsec0"

# pair NETNS OUT IN OUT-WORDS IN-WORDS [words]: both SAs of a gateway.
pair() {
	local netns=$1 spi_out=$2 spi_in=$3
	declare -n out_words=$4 in_words=$5

	shift 5
	ip netns exec "$netns" ipsecvif sa add dev ipsec0 dir in spi "$spi_in" "${in_words[@]}" "$@" \
		and dir out spi "$spi_out" "${out_words[@]}" "$@"
}

spi=0x2000
for name in 'rfc8750(gcm(aes)) 20 128' 'rfc8750(ccm(aes)) 35 64' 'rfc8750(chacha20,poly1305) 36 128'; do
	read -r alg bytes icv <<<"$name"
	for esn in '' esn; do
		title="$alg${esn:+ with $esn}"
		spi=$((spi + 2))
		ALG_L2R=(aead "$alg" "$(hexkey "$bytes")" "$icv" ${esn:+flag esn})
		ALG_R2L=(aead "$alg" "$(hexkey "$bytes")" "$icv" ${esn:+flag esn})
		left ipsecvif sa flush dev ipsec0
		right ipsecvif sa flush dev ipsec0
		check "$title: SAs on the left gateway" pair left $spi $((spi + 1)) ALG_L2R ALG_R2L
		check "$title: SAs on the right gateway" pair right $((spi + 1)) $spi ALG_R2L ALG_L2R
		check "$title: IPv4 from A to B" ping_a_b 2
		check "$title: IPv6 from B to A" ping6_b_a 2
	done
done

# refused SENTENCE WORDS...: an outbound SA that must not come to be.
refused() {
	local sentence=$1

	shift
	check_match "refused: ${*//0x+([0-9a-f])/KEY}" "$sentence" \
		"$(left ipsecvif sa add dev ipsec0 dir out spi 0x7001 "$@" 2>&1)"
}

shopt -s extglob
left ipsecvif sa flush dev ipsec0
K16=$(hexkey 16) K20=$(hexkey 20) K24=$(hexkey 24) K32=$(hexkey 32)
refused 'AEAD key has a wrong length.*has 20, 28 or 36 bytes' aead 'rfc4106(gcm(aes))' "$K24" 128
refused '3 bytes of salt.*has 19, 27 or 35 bytes' aead 'rfc4309(ccm(aes))' "$K20" 128
refused 'wrong length' aead 'rfc7539esp(chacha20,poly1305)' "$K32" 128
refused 'ICV length is not defined' aead 'rfc4543(gcm(aes))' "$K20" 96
refused 'ICV length is not defined' aead 'rfc8750(ccm(aes))' "$(hexkey 19)" 128
refused 'unknown AEAD' aead 'rfc4106(gcm(sm4))' "$K20" 128
refused 'encryption key has a wrong length' enc 'cbc(aes)' "$K20" auth-trunc 'hmac(sha1)' "$K20" 96
refused '4 bytes of nonce' enc 'rfc3686(ctr(aes))' "$K16" auth-trunc 'hmac(sha1)' "$K20" 96
refused 'takes no key' enc 'ecb(cipher_null)' "$K16" auth-trunc 'hmac(sha1)' "$K20" 96
refused 'integrity key has a wrong length' enc 'cbc(aes)' "$K16" auth-trunc 'hmac(sha256)' "$K20" 128
refused 'has as many bits: 96, 160' enc 'cbc(aes)' "$K16" auth-trunc 'hmac(sha1)' "$K20" 128
refused 'ICV length is not defined' enc 'cbc(aes)' "$K16" auth-trunc 'xcbc(aes)' "$K16" 128
refused 'unknown integrity' enc 'cbc(aes)' "$K16" auth-trunc digest_null "$K16" 96
refused 'unknown encryption' enc 'cbc(blowfish)' "$K16" auth-trunc 'hmac(sha1)' "$K20" 96
refused 'need flag legacy' enc 'cbc(des3_ede)' "$K24" auth-trunc 'hmac(sha1)' "$K20" 96
refused 'need flag legacy' enc 'cbc(aes)' "$K16" auth-trunc 'hmac(md5)' "$K16" 96
refused 'need flag legacy' enc 'cbc(aes)' "$K16" auth-trunc 'hmac(sha256)' "$K32" 96
refused 'refused a key' enc 'cbc(des3_ede)' "0x$(printf '0123456789abcdef%.0s' 1 2 3)" \
	auth-trunc 'hmac(sha1)' "$K20" 96 flag legacy
refused 'can be forged' enc 'cbc(aes)' "$K16"
check_equal "nothing came of it" "[]" "$(left ipsecvif -j sa show dev ipsec0)"

# One key and salt in two modes that count: the same nonces.
check "CTR with a key" left ipsecvif sa add dev ipsec0 dir out spi 0x7002 \
	enc 'rfc3686(ctr(aes))' "$K20" auth-trunc 'hmac(sha1)' "$K20" 96
refused 'this key and salt' aead 'rfc4106(gcm(aes))' "$K20" 128
refused 'this key and salt' aead 'rfc4543(gcm(aes))' "$K20" 128
check "CBC may have it" left ipsecvif sa add dev ipsec0 dir out spi 0x7003 \
	enc 'cbc(aes)' "$K16" auth-trunc 'hmac(sha1)' "$K20" 96
check "and a second time" left ipsecvif sa add dev ipsec0 dir out spi 0x7004 \
	enc 'cbc(aes)' "$K16" auth-trunc 'hmac(sha1)' "$K20" 96
check "what is legacy goes with its flag" left ipsecvif sa add dev ipsec0 dir out spi 0x7005 \
	enc 'cbc(des3_ede)' "$K24" auth-trunc 'hmac(md5)' "$K16" 96 flag legacy
check_match "which shows" 'flag legacy' "$(left ipsecvif sa show dev ipsec0 spi 0x7005)"
