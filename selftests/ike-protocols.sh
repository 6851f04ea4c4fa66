#!/bin/bash
# SPDX-License-Identifier: MIT
# AH and IPComp, negotiated with strongSwan by who calls and by who is called: tunnel
# and transport mode, rekeys, and what is said where the two ends differ. And that
# IKE has a number for each transform of the module.
# On: newest
. "$(dirname "$0")/lib/test.sh"

settings() { # DESCRIPTION, after the variables were set
	check "$1" gateways_change
}

fresh() {
	keyer_defaults
	charon_defaults
	# it takes numbers for private use, as of sha256_96, only so
	C_LOAD='aes sha1 sha2 md5 cmac xcbc' C_CHARON='accept_private_algs = yes'
}

we_call() {
	keyer left tunnel up site && ping_a_b 1 && ping_b_a 1
}

they_call() {
	swanctl_in right --initiate --child c >"$WORK/initiate" && ping_b_a 1 && ping_a_b 1
}

# Both ends rekey the CHILD SA: we for the number of packets.
rekeys() {
	local before

	before=$(tunnel_field left children.0.spi_out)
	ping_a_b 40 && wait_for 4 spi_changed "$before" && ping_b_a 1 || return
	before=$(tunnel_field left children.0.spi_out)
	swanctl_in right --rekey --child c >/dev/null && wait_for 4 spi_changed "$before" || return
	ping_b_a 1 && ping_a_b 1
}

# 1000 bytes that shrink, each way; XFRM's IPComp states count them.
ping_shrinking() {
	hosta ping -n -q -c 2 -i 0.1 -W $((2 * TIME_SCALE)) -s 1000 $HOST_B &&
		hostb ping -n -q -c 2 -i 0.1 -W $((2 * TIME_SCALE)) -s 1000 $HOST_A
}

# comp_grows COMMAND...: does one of the peer's IPComp states of each direction count
# more packets? Those of an SA that was rekeyed go after a while.
comp_grows() {
	comp_packets | sort >"$WORK/before"
	"$@" || return
	comp_packets | sort >"$WORK/after"
	comm -13 "$WORK/before" "$WORK/after" | tee "$WORK/grown"
	[ "$(cut -d ' ' -f 1 "$WORK/grown" | sort -u | wc -l)" = 2 ]
}

# Source, SPI and packets of those that have any.
comp_packets() {
	ip -n right -s xfrm state list proto comp | awk '
		/^src/ { from = $2 }
		/spi/ { for (i = 1; i < NF; i++) if ($i == "spi") spi = $(i + 1) }
		/\(packets\)/ && !/limit|soft|hard/ {
			sub(/\(packets\).*/, "")
			if ($NF > 0) print from, spi, $NF
		}'
}

cpis() {
	left ipsecvif -j sa show | json list comp.cpi | sort -n
}

# The command's own list: for each row what IKE calls it; the longer ICVs of RFC 4868's
# functions have no number.
transforms_all() {
	left ipsecvif -j caps | python3 -SE -c '
import json, sys
icv = {128: "16", 96: "12", 64: "8"}
def esp(a, bits, i):
    name = a["name"]
    if name == "rfc4106(gcm(aes))": return "aes%dgcm%s" % (bits, icv[i])
    if name == "rfc4309(ccm(aes))": return "aes%dccm%s" % (bits, icv[i])
    return {"rfc4543(gcm(aes))": "aes%dgmac", "rfc8750(gcm(aes))": "aes%dgcm16iiv",
            "rfc8750(ccm(aes))": "aes%dccm8iiv"}.get(name, "?%d") % bits
flat = {"rfc7539esp(chacha20,poly1305)": "chacha20poly1305",
        "rfc8750(chacha20,poly1305)": "chacha20poly1305iiv"}
enc = {"cbc(aes)": "aes%d", "rfc3686(ctr(aes))": "aes%dctr"}
auth = {("hmac(sha1)", 96): "sha1", ("hmac(sha1)", 160): "sha1_160", ("hmac(md5)", 96): "md5",
        ("hmac(md5)", 128): "md5_128", ("hmac(sha256)", 96): "sha256_96",
        ("hmac(sha256)", 128): "sha256", ("hmac(sha384)", 192): "sha384",
        ("hmac(sha512)", 256): "sha512", ("xcbc(aes)", 96): "aesxcbc", ("cmac(aes)", 96): "aescmac"}
nameless = {("hmac(sha256)", 256), ("hmac(sha384)", 384), ("hmac(sha512)", 512)}
algs = json.load(sys.stdin)
for a in algs.get("algs", algs) if isinstance(algs, dict) else algs:
    kind, name, keys, icvs = a["kind"], a["name"], a.get("key_bits", []), a.get("icv_bits", [])
    if kind == "aead":
        for i in icvs:
            for bits in keys:
                print("esp", flat.get(name) or esp(a, bits, i))
    elif kind == "enc":
        for bits in keys or [0]:
            word = {"ecb(cipher_null)": "null", "cbc(des3_ede)": "3des"}.get(name)
            print("esp", (word or enc.get(name, "?%d") % bits) + "-sha256")
    else:
        for i in icvs:
            if (name, i) in nameless: continue
            print("esp", "aes128-" + auth.get((name, i), "?" + name))
            print("ah", auth.get((name, i), "?" + name))'
}

transforms_known() {
	local key words n=0

	mkdir -p "$WORK/all/etc"
	echo "a secret" >"$WORK/all/etc/psk"
	chmod 600 "$WORK/all/etc/psk"
	transforms_all >"$WORK/all/list" || return
	{
		printf 'template all {\n psk-file = psk\n remote = 192.0.2.1\n legacy = yes\n}\n'
		while read -r key words; do
			n=$((n + 1))
			printf 'tunnel t%d {\n like = all\n interface = t%d\n child c {\n %s = %s\n }\n}\n' \
				$n $n "$key" "$words"
		done <"$WORK/all/list"
	} >"$WORK/all/etc/all.conf"
	[ "$(wc -l <"$WORK/all/list")" -gt 50 ] || return
	left ipsecvif check "$WORK/all/etc/all.conf" | tee "$WORK/all/out"
	[ "${PIPESTATUS[0]}" = 0 ]
}

check "the topology comes up" topology_up
modprobe -aq ah4 ah6 ipcomp ipcomp6
fresh
check "both daemons start" gateways_start
check "IKE has a number for each transform of the module" transforms_known

K_AH=sha256-x25519 C_AH=sha256-x25519 K_CHILD='life-packets = 40'
settings "AH with PFS"
check "we call, traffic both ways" we_call
check_match "it is AH" 'proto ah' "$(left ipsecvif sa show)"
check_equal "and status says so" ah "$(tunnel_field left children.0.protocol)"
check "the peer agrees" eval "swanctl_in right --list-sas | grep -q 'TUNNEL, AH:HMAC_SHA2_256_128'"
check "a capture on the wan router" capture_start wan left wan
check "both rekey it" rekeys
capture_stop wan
check "AH crossed the wan" capture_has wan ah 4
check_equal "and no ESP" 0 "$(capture_count wan esp)"
K_AH=sha512 C_AH=sha512-esn
K_CHILD='compress = yes' C_CHILD='ipcomp = yes'
settings "AH with ESN and IPComp"
check "they call, traffic both ways" they_call
check_match "extended sequence numbers" esn "$(left ipsecvif sa show)"
check "what shrinks is compressed both ways" comp_grows ping_shrinking
K_AH=aesxcbc,aescmac C_AH=aescmac-noesn
K_CHILD='mode = transport
	esn = no' C_CHILD='mode = transport'
K_LOCAL_TS='dynamic[udp]' K_REMOTE_TS='dynamic[udp]' C_LOCAL_TS='dynamic[udp]' C_REMOTE_TS='dynamic[udp]'
settings "AH in transport mode"
check "we call" keyer left tunnel up site
check_match "the second proposal, without ESN" 'aescmac-noesn' "$(keyer left tunnel show site)"
check_match "transport mode" 'mode transport' "$(left ipsecvif sa show)"
check "the peer agrees" eval "swanctl_in right --list-sas | grep -q 'TRANSPORT.*AH:AES_CMAC_96'"

fresh
K_CHILD='compress = yes
	life-packets = 40' C_CHILD='ipcomp = yes'
settings "ESP with IPComp"
check "we call, traffic both ways" we_call
check_equal "status says so" deflate "$(tunnel_field left children.0.compression)"
check "what shrinks is compressed both ways" comp_grows ping_shrinking
before=$(cpis)
check "both rekey it" rekeys
check "the indices are others" eval '[ "$(cpis)" ] && [ "$(cpis)" != "$before" ]'
check "what shrinks is compressed both ways" comp_grows ping_shrinking
C_CHILD=''
settings "the peer has no IPComp"
check "we call, and go on without" we_call
check_equal "no compression" '' "$(tunnel_field left children.0.compression)"
K_CHILD='' C_CHILD='ipcomp = yes'
settings "we have no IPComp"
check "they call, and go on without" they_call
check_equal "no compression" '' "$(tunnel_field left children.0.compression)"
K_CHILD='compress = yes'
settings "both have it again"
check "they call" they_call
check_equal "compression" deflate "$(tunnel_field left children.0.compression)"

# Where the two ends differ.
fresh
K_AH=sha256 C_ESP=aes128-sha256
settings "AH here, ESP there"
keyer left tunnel up site >"$WORK/up" 2>&1
check_match "the peer refuses" 'refuses all our AH proposals' "$(keyer left tunnel why site)"
swanctl_in right --initiate --child c >"$WORK/initiate" 2>&1
check_match "we refuse, and say why" 'it is for ESP, and AH is configured here' \
	"$(keyer left tunnel why site)"
check_match "and what would fit" 'esp = aes128-sha256' "$(keyer left tunnel why site)"
K_AH='' K_ESP=aes128-sha256 C_AH=sha256
settings "ESP here, AH there"
swanctl_in right --initiate --child c >"$WORK/initiate" 2>&1
check_match "we refuse, and say what would fit" 'ah = sha256' "$(keyer left tunnel why site)"

# strongSwan 5.9.8 knows of no further key exchanges: rekeys do without, as IKE_SA_INIT.
fresh
K_IKE='aes256-sha256-x25519-ke1_x448, aes256-sha256-x25519'
K_ESP='aes256gcm16-x25519-ke1_x448, aes256gcm16-x25519' K_CHILD='life-packets = 40'
K_TUNNEL='ike-lifetime = 20s
	rekey-margin = 16s
	rekey-fuzz = 0%'
settings "further key exchanges that the peer lacks"
check "we call" we_call
before=$(tunnel_field left ike.spi_local)
check "both rekey the CHILD SA" rekeys
check "we rekey the IKE SA" wait_for 6 eval '[ "$(tunnel_field left ike.spi_local)" != "$before" ]'
check "strongSwan rekeys it" swanctl_in right --rekey --ike t
check "traffic" ping_a_b 1

# What is outdated, or only strongSwan's.
fresh
K_TUNNEL='legacy = yes'
for alg in sha256_96 sha1_160; do
	K_ESP=aes128-$alg C_ESP=aes128-$alg
	settings "$alg"
	check "$alg: we call, traffic both ways" we_call
done
K_AH=md5_128 C_AH=md5_128
settings "md5_128 in AH"
check "they call, traffic both ways" they_call
K_AH='' C_AH='' K_ESP=aes128-sha256 C_ESP=aes128-sha256
K_CHILD='sha256-96 = yes' C_CHILD='sha256_96 = yes'
settings "sha256 cut to 96 bits, as both are told"
check "we call, traffic both ways" we_call
