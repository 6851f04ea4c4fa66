/* SPDX-License-Identifier: MIT */
/* A CA whose keys everybody knows, the same in each run: for targets and their inputs. */
#ifndef IPSECVIF_FUZZ_CA_H
#define IPSECVIF_FUZZ_CA_H

#include <openssl/x509v3.h>

/** enum fuzz_who - whose certificate. DELEGATE: may sign answers of OCSP. */
enum fuzz_who {
	FUZZ_CA,
	FUZZ_GATEWAY, /* gw.example.net, and so many more names that it comes in pieces */
	FUZZ_USER, /* user.example.net */
	FUZZ_DELEGATE,
	FUZZ_WHO
};

/** FUZZ_NOW - a moment within all of them, seconds since 1970 */
#define FUZZ_NOW INT64_C(1800000000)

/** fuzz_key(), fuzz_cert() - made once; not to be freed. */
EVP_PKEY *fuzz_key(enum fuzz_who who);
X509 *fuzz_cert(enum fuzz_who who);

#endif /* IPSECVIF_FUZZ_CA_H */
