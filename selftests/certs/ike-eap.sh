# SPDX-License-Identifier: MIT
# Certificates and passwords of ike-eap.

EAP_SECRET='a password of alice'

make_certs() {
	pki_ca root "/O=Test/CN=Root" &&
		pki_issue root left ec:P-256 /O=Test/CN=left subjectAltName=DNS:left.example.net &&
		pki_issue root right ec:P-256 /O=Test/CN=right subjectAltName=DNS:right.example.net &&
		pki_key gw ec:P-256 &&
		pki_sign root gw server /O=Test/CN=left subjectAltName=DNS:left.example.net &&
		pki_issue root alice rsa:2048 /O=Test/CN=alice subjectAltName=email:alice@example.net &&
		pki_issue root gone ec:P-256 /O=Test/CN=gone subjectAltName=email:gone@example.net &&
		pki_revoke root gone && pki_crl root || return
	(umask 077 && printf 'alice %s\nbob another\n' "$EAP_SECRET" >"$PKI/users" &&
		printf '%s\n' "$EAP_SECRET" >"$PKI/password" && echo wrong >"$PKI/wrong")
}
