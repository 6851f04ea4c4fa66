#!/bin/bash
# SPDX-License-Identifier: MIT
# The module's own tests, which it runs at load when built for that: published
# vectors through the packet code, with both crypto backends, and the edges of
# windows and selectors.
. "$(dirname "$0")/lib/test.sh"

MODULE=$OUT/module-selftest/$(uname -r)/ipsecvif.ko

# All that the vectors need, in one process, and not two for each combination.
algorithms_load() {
	local name names=()

	for name in aes gcm ghash ccm cbcmac ctr cbc ecb authenc authencesn hmac md5 sha1 sha256 \
		sha384 sha512 xcbc cmac des3_ede cipher_null rfc7539 chacha20 poly1305; do
		names+=("crypto-$name")
	done
	modprobe -aq cryptd crypto_user "${names[@]}"
	echo >/proc/sys/kernel/modprobe
}

selftest_log() {
	kernel_log | sed -n 's/.*\(selftest: \)/\1/p'
}

vectors_pass() { # [parameter]
	insmod "$MODULE" "$@" || {
		selftest_log
		return 1
	}
}

modprobe_path=$(cat /proc/sys/kernel/modprobe)
[ -e "$MODULE" ] || bail "ipsecvif.ko is built with its tests" "there is no $MODULE"
depends=$(modinfo -F depends "$MODULE" | tr , ' ')
# shellcheck disable=SC2086
[ -z "$depends" ] || modprobe -a $depends
modprobe -aq aesni_intel ghash_clmulni_intel sha256_ssse3
algorithms_load
check "the vectors pass" vectors_pass
check_match "all of them" 'esp: 42 packets, 20 MACs' "$(selftest_log | tail -n 1)"
check "the module goes" module_unload
check "the vectors pass, each packet by a worker" vectors_pass spread=always
check_equal "all of them" 2 "$(selftest_log | grep -c 'esp: 42 packets, 20 MACs')"
check "the module goes" module_unload
case $(uname -r) in
6.1.*) skip "the vectors, each packet later" \
	"cryptd of Linux 6.1 fails the kernel's own self-test with authenc (mended in 6.3)" ;;
*)
	check "the vectors pass, each packet later" vectors_pass crypt_async=1
	check_equal "all of them" 3 "$(selftest_log | grep -c 'esp: 42 packets, 20 MACs')"
	check "the module goes again" module_unload
	check "no test after this one gets cryptd" python3 -SE "$SELFTESTS/lib/cryptd_forget.py"
	;;
esac
echo "$modprobe_path" >/proc/sys/kernel/modprobe
