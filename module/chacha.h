/* SPDX-License-Identifier: GPL-2.0-only */
/* ChaCha20-Poly1305 by the kernel's crypto library. */
#ifndef IPSECVIF_CHACHA_H
#define IPSECVIF_CHACHA_H

#include <linux/errno.h>
#include <linux/fips.h>
#include <linux/types.h>

#include "alg.h"

struct ipsecvif_chacha_key;
struct ipsecvif_crypt_work;

/* chacha.c, which is there if Kbuild found the library */
#ifdef IPSECVIF_HAVE_CHACHA_LIB
struct ipsecvif_chacha_key *ipsecvif_chacha_key_new(const u8 *key);
void ipsecvif_chacha_key_free(struct ipsecvif_chacha_key *key);
int ipsecvif_chacha_perform(struct ipsecvif_crypt_work *work);

/* The crypto API refuses what FIPS does not allow, the library does not. */
static inline bool ipsecvif_chacha_does(const struct ipsecvif_alg *alg)
{
	return alg->chacha && !fips_enabled;
}
#else
static inline struct ipsecvif_chacha_key *ipsecvif_chacha_key_new(const u8 *key)
{
	return NULL;
}

static inline void ipsecvif_chacha_key_free(struct ipsecvif_chacha_key *key)
{
}

static inline int ipsecvif_chacha_perform(struct ipsecvif_crypt_work *work)
{
	return -EOPNOTSUPP;
}

static inline bool ipsecvif_chacha_does(const struct ipsecvif_alg *alg)
{
	return false;
}
#endif

#endif /* IPSECVIF_CHACHA_H */
