/* SPDX-License-Identifier: MIT */
/* What old authentication needs of MD5, MD4 and DES, and nothing else may use. */
#ifndef IPSECVIF_KEYER_MSCHAP_H
#define IPSECVIF_KEYER_MSCHAP_H

#include "tools/keyer/crypto/crypto.h"

enum mschap_limits {
	MSCHAP_AUTHENTICATOR = 43 /* "S=", 40 digits, NUL */
};

/** struct mschap - what follows from a password and both challenges (RFC 2759, 3079) */
struct mschap {
	uint8_t response[24]; /* the client's proof */
	char authenticator[MSCHAP_AUTHENTICATOR]; /* the server's */
	uint8_t keys[32]; /* the server's receive key, and its send key */
};

/**
 * mschap_v2() - all of it
 * @name: of the user, without a domain. @password: UTF-8.
 * Return: 0, or -1 if the password is no UTF-8 or too long, or the library fails.
 */
int mschap_v2(const uint8_t challenge[16], const uint8_t peer_challenge[16], const char *name,
	      const uint8_t *password, size_t len, struct mschap *m);

/** crypto_md5() - for EAP-MD5 only. */
int crypto_md5(const struct crypto_part *part, size_t n, uint8_t out[16]);

#endif /* IPSECVIF_KEYER_MSCHAP_H */
