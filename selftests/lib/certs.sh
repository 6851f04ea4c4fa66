# SPDX-License-Identifier: MIT
# Certificates for a test, made by openssl: $PKI/NAME.key, .pub, .pem, .der. What a test
# wants is in certs/TEST.sh: selftests/certs/make makes it before a machine boots, where
# openssl takes a second for all instead of one for each.

export PKI=${PKI:-$WORK/pki}

# The files of certs/TEST.sh, copied as made beforehand, or made here.
certs_ready() {
	local made=$OUT/selftests/certs/$TEST_NAME

	if [ -d "$made" ]; then
		cp -r "$made" "$PKI"
	else
		mkdir -p "$PKI" && make_certs
	fi
}

# A CA's own directory. pki_ca NAME SUBJECT [ISSUER]
pki_ca() {
	local name=$1 dir=$PKI/$1.d

	mkdir -p "$dir"
	: >"$dir/index"
	echo 01 >"$dir/serial"
	echo 01 >"$dir/crlnumber"
	cat >"$dir/conf" <<-END
	[ca]
	default_ca = d
	[d]
	database = \$ENV::PKI/$name.d/index
	serial = \$ENV::PKI/$name.d/serial
	crlnumber = \$ENV::PKI/$name.d/crlnumber
	new_certs_dir = \$ENV::PKI/$name.d
	default_md = sha256
	default_days = 100
	default_crl_days = 7
	policy = p
	unique_subject = no
	copy_extensions = copy
	[p]
	organizationName = optional
	commonName = supplied
	[end]
	basicConstraints = CA:FALSE
	keyUsage = digitalSignature
	[server]
	basicConstraints = CA:FALSE
	keyUsage = digitalSignature
	extendedKeyUsage = serverAuth
	[ca_cert]
	basicConstraints = critical,CA:TRUE
	keyUsage = keyCertSign,cRLSign
	END
	pki_key "$name" ec:P-256 || return
	if [ "${3:-}" ]; then
		pki_sign "$3" "$name" ca_cert "$2" ""
	else
		openssl req -x509 -key "$PKI/$name.key" -subj "$2" -days 3650 -out "$PKI/$name.pem" \
			-addext keyUsage=keyCertSign,cRLSign
	fi
}

# pki_key NAME KIND: rsa:2048, ec:P-384, ed25519
pki_key() {
	case $2 in
	rsa:*) openssl genpkey -quiet -algorithm RSA -pkeyopt "rsa_keygen_bits:${2#*:}" ;;
	ec:*) openssl genpkey -algorithm EC -pkeyopt "ec_paramgen_curve:${2#*:}" ;;
	*) openssl genpkey -algorithm "$2" ;;
	esac >"$PKI/$1.key" || return
	chmod 600 "$PKI/$1.key"
	openssl pkey -in "$PKI/$1.key" -pubout -out "$PKI/$1.pub"
}

# pki_sign CA NAME EXTENSIONS SUBJECT ALT [OPTION...]
pki_sign() {
	local ca=$1 name=$2 ext=$3 subject=$4 alt=$5

	shift 5
	openssl req -new -key "$PKI/$name.key" -subj "$subject" ${alt:+-addext "$alt"} \
		-out "$PKI/$name.csr" &&
		openssl ca -batch -notext -config "$PKI/$ca.d/conf" -cert "$PKI/$ca.pem" \
			-keyfile "$PKI/$ca.key" -extensions "$ext" -in "$PKI/$name.csr" \
			-out "$PKI/$name.pem" "$@"
}

# pki_issue CA NAME KIND SUBJECT ALT [OPTION...]
pki_issue() {
	local ca=$1 name=$2 kind=$3

	shift 3
	pki_key "$name" "$kind" && pki_sign "$ca" "$name" end "$@"
}

pki_revoke() { # CA NAME
	openssl ca -config "$PKI/$1.d/conf" -cert "$PKI/$1.pem" -keyfile "$PKI/$1.key" \
		-revoke "$PKI/$2.pem"
}

pki_crl() { # CA [OPTION...]: $PKI/CA.crl, and .crl.der
	local ca=$1

	shift
	openssl ca -config "$PKI/$ca.d/conf" -cert "$PKI/$ca.pem" -keyfile "$PKI/$ca.key" \
		-gencrl -out "$PKI/$ca.crl" "$@" &&
		openssl crl -in "$PKI/$ca.crl" -outform DER -out "$PKI/$ca.crl.der"
}
