/* SPDX-License-Identifier: MIT */
/* A CA for tests: keys, certificates, CRLs, and the question whether a peer is accepted. */
#ifndef IPSECVIF_UNIT_IKE_CA_H
#define IPSECVIF_UNIT_IKE_CA_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <openssl/x509v3.h>

#include "tools/keyer/crypto/pki.h"

#define NOW INT64_C(1800000000) /* 2027-01-15 */
#define DAY INT64_C(86400)

struct party {
	EVP_PKEY *key;
	X509 *cert;
};

/** struct wish - of a certificate; what is NULL is left out or has a default */
struct wish {
	const char *kind; /* of the key: "rsa:2048", "ec:P-256", "ed25519" */
	const char *subject, *alt, *crl, *usage;
	const char *aia, *eku;
	bool ca;
	int64_t from, to;
	const EVP_MD *md;
};

/** struct tree - a root, an intermediate, a peer below it, and another root */
struct tree {
	struct party root, sub, leaf, stranger;
};

EVP_PKEY *key_make(const char *kind);
/** issue() - @by: NULL: self-signed. */
struct party issue(const struct wish *wish, const struct party *by);
void party_free(struct party *p);
struct pki_bundle *bundle(const struct party *const *p, unsigned int n);
struct pki_bundle *pubkey(const struct party *p);
struct pki_key *private(const struct party *p);
/** crl_from - lastUpdate of what is made next; 0: half a day before NOW. */
extern int64_t crl_from;
/** crl_make() - @revoked: one that it lists, or NULL. @next: its nextUpdate. */
struct pki_bundle *crl_make(const struct party *ca, const struct party *revoked, int64_t next);
void tree_grow(struct tree *t, struct wish leaf);
void tree_free(struct tree *t);

/** what AUTH payloads cover here, and the hashes that peers announce */
extern const struct pki_blob ca_octets;
enum {
	CA_HASHES = 1U << PKI_HASH_SHA2_256 | 1U << PKI_HASH_SHA2_384 | 1U << PKI_HASH_SHA2_512 |
		    1U << PKI_HASH_IDENTITY
};

/** struct ask - how the tree's leaf is presented, and to whom */
struct ask {
	const struct party *ca, *remote, *extra;
	bool without_leaf, without_sub;
	uint8_t id_type;
	const char *id;
	size_t id_len;
	enum pki_strict strict;
	struct pki_bundle *crl[4];
	unsigned int n_crls;
	int64_t now;
	bool (*may_fetch)(void *ctx, const uint8_t *id, const char *url);
	const struct pki_ocsp *(*ocsp)(void *ctx, const uint8_t *id);
	void *ctx;
	const char *ocsp_url;
	bool no_ocsp;
	bool bad_signature;
};

/** ask() - @verdict has the rest; what it wants is freed by the next. */
enum pki_result ask(const struct tree *t, const struct ask *a);
extern struct pki_verdict verdict;

#define ACCEPTED(tree, ...) assert_int_equal(ask(tree, &(struct ask){ __VA_ARGS__ }), PKI_ACCEPTED)
#define REFUSED(words, tree, ...)                                                       \
	do {                                                                            \
		assert_int_equal(ask(tree, &(struct ask){ __VA_ARGS__ }), PKI_REFUSED); \
		if (!strstr(verdict.why, words))                                        \
			fail_msg("'%s' does not say '%s'", verdict.why, words);         \
	} while (0)

#endif /* IPSECVIF_UNIT_IKE_CA_H */
