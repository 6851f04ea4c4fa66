# SPDX-License-Identifier: MIT
# Certificates of ike-cert: every kind of key, a chain, and what is to be refused.

CRL_URL=http://127.0.0.1:8080/sub.crl.der

make_certs() {
	local kind n

	pki_ca root "/O=Test/CN=Root" &&
		pki_ca sub "/O=Test/CN=Sub" root &&
		pki_ca other "/O=Other/CN=Root" || return
	for kind in rsa:2048 ec:P-256 ec:P-384 ec:P-521 ed25519; do
		n=${kind//[:-]/}
		pki_issue root "left-$n" "$kind" /O=Test/CN=left \
			subjectAltName=DNS:left.example.net || return
		pki_issue sub "right-$n" "$kind" /O=Test/CN=right \
			subjectAltName=DNS:right.example.net || return
	done
	pki_issue other stranger ec:P-256 /O=Test/CN=right subjectAltName=DNS:right.example.net &&
		pki_issue sub expired ec:P-256 /O=Test/CN=right \
			subjectAltName=DNS:right.example.net \
			-startdate 20200101000000Z -enddate 20210101000000Z &&
		pki_issue sub revoked ec:P-256 /O=Test/CN=right \
			subjectAltName=DNS:right.example.net &&
		pki_issue sub somebody ec:P-256 /O=Test/CN=somebody \
			subjectAltName=DNS:somebody.example.net &&
		pki_revoke sub revoked || return
	# So many that a list is sorted, which takes the C library other calls.
	for n in $(seq 4096 4595); do
		printf 'R\t300101000000Z\t250101000000Z\t%X\tunknown\t/CN=x\n' "$n"
	done >>"$PKI/sub.d/index"
	pki_crl sub || return
	# One that says where its CRL is.
	pki_key url ec:P-256
	printf 'crlDistributionPoints = URI:%s\nbasicConstraints = CA:FALSE\n' "$CRL_URL" >"$PKI/url.ext"
	pki_sign sub url end /O=Test/CN=right subjectAltName=DNS:right.example.net \
		-extfile "$PKI/url.ext" -extensions default
}
