# SPDX-License-Identifier: MIT
# Certificates of ike-ocsp, and what its responders need.

HOST=http://127.0.0.1
URL=$HOST:8888/

make_certs() {
	local n

	pki_ca root "/O=Test/CN=Root" && pki_ca sub "/O=Test/CN=Sub" root &&
		pki_issue root left ec:P-256 /O=Test/CN=left subjectAltName=DNS:left.example.net ||
		return
	printf 'basicConstraints = CA:FALSE\nauthorityInfoAccess = OCSP;URI:%s\n' "$URL" >"$PKI/aia"
	printf 'basicConstraints = CA:FALSE\nextendedKeyUsage = OCSPSigning\n' >"$PKI/eku"
	for n in right revoked; do
		pki_key "$n" ec:P-256 && pki_sign sub "$n" x /O=Test/CN=right \
			subjectAltName=DNS:right.example.net -extfile "$PKI/aia" -extensions default ||
			return
	done
	pki_key delegate ec:P-256 && pki_sign sub delegate x /O=Test/CN=OCSP "" \
		-extfile "$PKI/eku" -extensions default || return
	pki_revoke sub revoked || return
	# What knows of no certificate at all, and a clock that is ten days late.
	: >"$PKI/empty"
	cat >"$PKI/late.c" <<-END
	#include <dlfcn.h>
	#include <stddef.h>
	#include <time.h>
	time_t time(time_t *t)
	{
		time_t (*real)(time_t *) = (time_t (*)(time_t *))dlsym((void *)-1L, "time");
		time_t now = real(NULL) - 864000;
		if (t)
			*t = now;
		return now;
	}
	END
	cc -shared -fPIC -o "$PKI/late.so" "$PKI/late.c"
}
