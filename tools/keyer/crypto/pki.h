/* SPDX-License-Identifier: MIT */
/*
 * Public key authentication: private keys, certificates, names and their check.
 * Like crypto.h a door to OpenSSL, and without system calls: times and files'
 * contents are arguments. What comes from a peer is hostile; each sentence that
 * quotes it is printable.
 */
#ifndef IPSECVIF_KEYER_PKI_H
#define IPSECVIF_KEYER_PKI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum pki_limits {
	PKI_CERTS_MAX = 8, /* certificates that a peer may send */
	PKI_CHAIN_MAX = 7, /* of one chain, its root included */
	PKI_BUNDLE_MAX = 512, /* certificates of one file */
	PKI_SIGNATURE_MAX = 1280, /* data of an AUTH payload: RSA with 8192 bits */
	PKI_TEXT_MAX = 768, /* a sentence, its NUL included */
	PKI_URL_MAX = 512,
	PKI_WANT_ID_LEN = 32,
	PKI_NONCE_LEN = 32, /* RFC 9654 */
	PKI_OCSP_REQUEST_MAX = 512,
	PKI_OCSP_ANSWER_MAX = 64 * 1024,
	PKI_RSA_BITS_MIN = 2048,
};

/** enum pki_hash - RFC 7427 4; as bits 1 << hash in a set. Identity: RFC 8420. */
enum pki_hash {
	PKI_HASH_SHA1 = 1,
	PKI_HASH_SHA2_256 = 2,
	PKI_HASH_SHA2_384 = 3,
	PKI_HASH_SHA2_512 = 4,
	PKI_HASH_IDENTITY = 5,
};

struct pki_blob {
	const uint8_t *p;
	size_t len;
};

/* --- names (dn.c) --- */

/**
 * pki_dn_parse() - "C=DE, O=Example, CN=gw" to DER
 * @out: room for @cap bytes. Return: its length, or 0 with a sentence.
 */
size_t pki_dn_parse(const char *text, uint8_t *out, size_t cap, char *err, size_t err_len);
/** pki_dn_print() - the reverse, printable whatever it holds; returns @buf. */
char *pki_dn_print(const uint8_t *der, size_t len, char *buf, size_t buf_len);
/** pki_dn_match() - the same name; a value "*" of @pattern stands for any. */
bool pki_dn_match(const uint8_t *pattern, size_t pattern_len, const uint8_t *der, size_t len);

/* --- private keys, and signatures of IKE (sign.c) --- */

struct pki_key;

/** pki_key_read() - PEM or DER, not encrypted; NULL with a sentence. */
struct pki_key *pki_key_read(const uint8_t *data, size_t len, char *why, size_t why_len);
/** pki_key_get() - one user more; pki_key_free() is one less. */
struct pki_key *pki_key_get(struct pki_key *key);
void pki_key_free(struct pki_key *key);
/** pki_key_lonely() - has it one user only? */
bool pki_key_lonely(const struct pki_key *key);
/** pki_key_id() - SHA-256 of its public half, to know the certificate that goes with it. */
int pki_key_id(struct pki_key *key, uint8_t id[32]);

/** struct pki_signature - an AUTH payload: its method and data. */
struct pki_signature {
	uint8_t method;
	size_t len;
	uint8_t data[PKI_SIGNATURE_MAX];
};

/**
 * pki_sign() - RFC 7427, or for a peer without it RFC 7296 2.15 and RFC 4754
 * @hashes: set of 1 << enum pki_hash that the peer announced; 0: none, so the
 *	old methods.
 * @pkcs1: RSA keys sign with PKCS#1 v1.5 instead of PSS.
 * Return: 0, or -1 with a sentence.
 */
int pki_sign(const struct pki_key *key, unsigned int hashes, bool pkcs1,
	     const struct pki_blob *octets, struct pki_signature *sig, char *why, size_t why_len);

/* --- files of certificates, public keys and CRLs (bundle.c) --- */

/** enum pki_kind - what a file holds */
enum pki_kind {
	PKI_CERTS,
	PKI_PUBKEY,
	PKI_CRLS
};

/** struct pki_bundle - what was in a file; immutable, counted. */
struct pki_bundle;

/** pki_bundle_read() - PEM (several) or DER (one); NULL with a sentence. */
struct pki_bundle *pki_bundle_read(enum pki_kind kind, const uint8_t *data, size_t len, char *why,
				   size_t why_len);
struct pki_bundle *pki_bundle_get(struct pki_bundle *b);
void pki_bundle_put(struct pki_bundle *b);
/** pki_bundle_lonely() - is the caller the only one who has it? */
bool pki_bundle_lonely(const struct pki_bundle *b);
/** pki_bundle_count() - certificates, keys or CRLs in it. */
unsigned int pki_bundle_count(const struct pki_bundle *b);
/** pki_bundle_der() - the DER of one; empty beyond the last. */
struct pki_blob pki_bundle_der(const struct pki_bundle *b, unsigned int i);
/** pki_file_digest() - SHA-256 of a file's content, by which it is known again. */
void pki_file_digest(const uint8_t *data, size_t len, uint8_t digest[32]);
/** pki_bundle_digest() - SHA-256 of the file's content. */
const uint8_t *pki_bundle_digest(const struct pki_bundle *b);
/** pki_bundle_ca_hash() - SHA-1 of the public key, as CERTREQ wants it (RFC 7296 3.7). */
const uint8_t *pki_bundle_ca_hash(const struct pki_bundle *b, unsigned int i);

/** struct pki_info - of a certificate or public key, for the operator */
struct pki_info {
	char subject[256];
	uint8_t dn[256]; /* the subject's DER ... */
	size_t dn_len; /* ... or 0 if it is longer, or empty */
	uint8_t key_id[32]; /* as pki_key_id() */
	int64_t not_before, not_after; /* seconds since 1970 */
	bool ca;
};

int pki_bundle_info(const struct pki_bundle *b, unsigned int i, struct pki_info *info);
/** pki_bundle_has_id() - is the certificate for this identity? Types of RFC 7296 3.5. */
bool pki_bundle_has_id(const struct pki_bundle *b, unsigned int i, uint8_t type, const uint8_t *id,
		       size_t len);

/* --- the status of one certificate, which its CA's responder knows (ocsp.c) --- */

/** struct pki_ocsp - a question of RFC 6960, and then what came of it */
struct pki_ocsp;

void pki_ocsp_free(struct pki_ocsp *q);
/**
 * pki_ocsp_request() - the question as it is sent
 * @nonce: what nobody can foresee: an answer that has one must have this.
 * @out: room for PKI_OCSP_REQUEST_MAX bytes. Return: their number, or 0.
 */
size_t pki_ocsp_request(struct pki_ocsp *q, const uint8_t nonce[PKI_NONCE_LEN], uint8_t *out);
/**
 * pki_ocsp_take() - the answer, from whoever it may be: it counts if the CA, or one
 * whom it authorized for this, has signed it
 * @now: seconds since 1970.
 * Return: NULL, or why it does not count, to be read behind "the responder".
 */
const char *pki_ocsp_take(struct pki_ocsp *q, const uint8_t *der, size_t len, int64_t now);
/** pki_ocsp_fail() - there is no answer. @why: as pki_ocsp_take() returns it. */
void pki_ocsp_fail(struct pki_ocsp *q, const char *why, int64_t now);
/** pki_ocsp_fresh() - has it an answer, or a failure, that needs not be asked for anew? */
bool pki_ocsp_fresh(const struct pki_ocsp *q, int64_t now);
/**
 * pki_ocsp_outlives() - does what came earlier still count, although there is @newer? So
 * it is if that knows nothing. @q: may be NULL.
 */
bool pki_ocsp_outlives(struct pki_ocsp *q, const struct pki_ocsp *newer, int64_t now);

/* --- the check of a peer (verify.c, revoke.c) --- */

/** enum pki_strict - when a certificate is refused that nobody says to be good */
enum pki_strict {
	PKI_STRICT_NO,
	PKI_STRICT_IFURI, /* if there is a URL at which to ask */
	PKI_STRICT_YES
};

enum pki_trust_limits {
	PKI_TRUST_FILES_MAX = 16
};

/** struct pki_list - some bundles */
struct pki_list {
	unsigned int n;
	struct pki_bundle *b[PKI_TRUST_FILES_MAX];
};

/**
 * struct pki_trust - whom a tunnel believes
 * @ca: anchors; one needs not be a root. @remote: the peer's own certificates.
 * @pubkey: the peer's raw public keys. @extra: intermediates that are at hand.
 * @crls: CRLs of any issuers. @ocsp_url: the responder to ask about the peer's own
 * certificate; NULL: whom that names. @no_ocsp: none is asked.
 */
struct pki_trust {
	struct pki_list ca, remote, pubkey, extra;
	const struct pki_list *crls;
	unsigned int n_crls; /* lists in @crls */
	enum pki_strict strict;
	const char *ocsp_url;
	bool no_ocsp;
};

/**
 * struct pki_claim - what a peer sent
 * @certs: DER, its own first. @id_type: as RFC 7296 3.5.
 * @now: seconds since 1970.
 * @may_fetch: may what is known by this ID be asked for at this URL, or is it under
 *	way? Else what is at hand must do.
 * @ocsp: what is at hand of this ID, or NULL.
 */
struct pki_claim {
	unsigned int n_certs;
	struct pki_blob certs[PKI_CERTS_MAX];
	uint8_t id_type;
	struct pki_blob id, auth, octets;
	uint8_t method;
	int64_t now;
	bool (*may_fetch)(void *ctx, const uint8_t id[PKI_WANT_ID_LEN], const char *url);
	const struct pki_ocsp *(*ocsp)(void *ctx, const uint8_t id[PKI_WANT_ID_LEN]);
	void *ctx;
};

enum pki_result {
	PKI_ACCEPTED,
	PKI_REFUSED,
	PKI_WANTS /* fetch @want and ask again */
};

/** struct pki_want - a CRL at a URL, or with @ocsp the answer of a responder there */
struct pki_want {
	uint8_t id[PKI_WANT_ID_LEN];
	char url[PKI_URL_MAX];
	struct pki_ocsp *ocsp;
};

/** struct pki_verdict - and why; @warn: accepted, but the log should have this. */
struct pki_verdict {
	enum pki_result result;
	char why[PKI_TEXT_MAX], hint[PKI_TEXT_MAX], warn[PKI_TEXT_MAX];
	unsigned int n_wants;
	struct pki_want want[PKI_CHAIN_MAX];
};

/**
 * pki_verify() - chain, identity, signature, revocation, in this order
 * @verdict: of PKI_WANTS, after which pki_verdict_clear() is due.
 */
void pki_verify(const struct pki_trust *trust, const struct pki_claim *claim,
		struct pki_verdict *verdict);
/** pki_verdict_clear() - free the questions in it; one that was taken is NULL. */
void pki_verdict_clear(struct pki_verdict *verdict);

#endif /* IPSECVIF_KEYER_PKI_H */
