/* SPDX-License-Identifier: MIT */
/*
 * Message authentication codes, for PRFs and integrity; inside of crypto/ only.
 * Functions return 0, or -1 when the library fails.
 */
#ifndef IPSECVIF_KEYER_MAC_H
#define IPSECVIF_KEYER_MAC_H

#include <openssl/evp.h>

#include "tools/keyer/crypto/crypto.h"

enum {
	MAC_AES_LEN = 16
};

/** enum mac_digest - of HMAC */
enum mac_digest {
	MAC_MD5,
	MAC_SHA1,
	MAC_SHA256,
	MAC_SHA384,
	MAC_SHA512
};

/** mac_hmac() - RFC 2104; @out has room for the digest. */
int mac_hmac(enum mac_digest digest, const uint8_t *key, size_t key_len,
	     const struct crypto_part *part, size_t n, uint8_t *out);
/** mac_cmac() - AES-CMAC with a key of 16 bytes, RFC 4493, not truncated. */
int mac_cmac(const uint8_t *key, const struct crypto_part *part, size_t n, uint8_t *out);
/** mac_xcbc() - AES-XCBC-MAC with a key of 16 bytes, RFC 3566, not truncated. */
int mac_xcbc(const uint8_t *key, const struct crypto_part *part, size_t n, uint8_t *out);

#endif /* IPSECVIF_KEYER_MAC_H */
