// SPDX-License-Identifier: MIT
/*
 * Signatures in AUTH payloads: RFC 7427 and 8420 (method 14); RSA with SHA-1
 * (method 1) and ECDSA (9, 10, 11; RFC 4754) for peers without these.
 */
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/crypto/internal.h"

enum {
	METHOD_RSA = 1,
	METHOD_ECDSA_256 = 9,
	METHOD_ECDSA_521 = 11,
	METHOD_SIGNATURE = 14,
	ALGORITHM_MAX = 80, /* bytes of an AlgorithmIdentifier */
	COORDINATE_MAX = 66,
};

struct pki_key {
	EVP_PKEY *pkey;
	unsigned int users;
	bool has_id;
	uint8_t id[32]; /* pki_key_id() */
};

/** struct scheme - how a signature is made */
struct scheme {
	const EVP_MD *md; /* NULL: EdDSA, which hashes for itself */
	bool pss;
	int salt;
};

/* --- keys --- */

/* The order of the curve in bytes, and the method of RFC 4754; 0 for others. */
static size_t curve_bytes(const EVP_PKEY *key)
{
	char name[32] = "";
	size_t len;

	EVP_PKEY_get_group_name(key, name, sizeof(name), &len);
	if (!strcmp(name, "prime256v1"))
		return 32;
	if (!strcmp(name, "secp384r1"))
		return 48;
	return !strcmp(name, "secp521r1") ? 66 : 0;
}

static uint8_t curve_method(size_t bytes)
{
	return bytes == 32 ? METHOD_ECDSA_256 : bytes == 48 ? 10 : METHOD_ECDSA_521;
}

static bool is_rsa(const EVP_PKEY *key)
{
	return EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS");
}

static bool is_eddsa(const EVP_PKEY *key)
{
	return EVP_PKEY_is_a(key, "ED25519") || EVP_PKEY_is_a(key, "ED448");
}

const char *pki_key_fits(const EVP_PKEY *key)
{
	if (!key)
		return "its public key is of an unknown kind";
	if (is_rsa(key))
		return EVP_PKEY_get_bits(key) < PKI_RSA_BITS_MIN ?
			       "its RSA key has less than 2048 bits" :
			       NULL;
	if (EVP_PKEY_is_a(key, "EC"))
		return curve_bytes(key) ? NULL : "its curve is none of P-256, P-384 and P-521";
	return is_eddsa(key) ? NULL : "its key is neither RSA, ECDSA nor EdDSA";
}

static int no_passphrase(char *buf, int size, int rwflag, void *arg)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	*(bool *)arg = true;
	return -1;
}

static EVP_PKEY *key_decode(const uint8_t *data, size_t len, bool *encrypted)
{
	const uint8_t *at = data;
	EVP_PKEY *pkey = NULL;
	BIO *bio = BIO_new_mem_buf(data, (int)len);

	if (bio)
		pkey = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, encrypted);
	BIO_free(bio);
	if (!pkey && !*encrypted)
		pkey = d2i_AutoPrivateKey(NULL, &at, (long)len);
	return pkey;
}

struct pki_key *pki_key_read(const uint8_t *data, size_t len, char *why, size_t why_len)
{
	bool encrypted = false;
	struct pki_key *key = NULL;
	EVP_PKEY *pkey = key_decode(data, len, &encrypted);
	const char *bad = encrypted ? "the key is encrypted: write it without a passphrase "
				      "(openssl pkey -in OLD -out NEW), mode 0600" :
			  !pkey	    ? "it holds no private key in PEM or DER" :
				      pki_key_fits(pkey);

	if (!bad)
		key = calloc(1, sizeof(*key));
	if (key) {
		key->pkey = pkey;
		key->users = 1;
		return key;
	}
	snprintf(why, why_len, "%s", bad ? bad : "no memory");
	EVP_PKEY_free(pkey);
	return NULL;
}

EVP_PKEY *pki_key_evp(const struct pki_key *key)
{
	return key->pkey;
}

struct pki_key *pki_key_get(struct pki_key *key)
{
	key->users++;
	return key;
}

bool pki_key_lonely(const struct pki_key *key)
{
	return key->users == 1;
}

void pki_key_free(struct pki_key *key)
{
	if (!key || --key->users)
		return;
	EVP_PKEY_free(key->pkey);
	free(key);
}

int pki_key_id(struct pki_key *key, uint8_t id[32])
{
	uint8_t *spki = NULL;
	int len;

	if (!key->has_id) {
		len = i2d_PUBKEY(key->pkey, &spki);
		key->has_id = len > 0 &&
			      EVP_Digest(spki, (size_t)len, key->id, NULL, EVP_sha256(), NULL);
		OPENSSL_free(spki);
	}
	memcpy(id, key->id, sizeof(key->id));
	return key->has_id ? 0 : -1;
}

/* --- AlgorithmIdentifiers --- */

static int rsa_nid(const EVP_MD *md)
{
	switch (EVP_MD_get_type(md)) {
	case NID_sha256:
		return NID_sha256WithRSAEncryption;
	case NID_sha384:
		return NID_sha384WithRSAEncryption;
	default:
		return NID_sha512WithRSAEncryption;
	}
}

static int ecdsa_nid(const EVP_MD *md)
{
	switch (EVP_MD_get_type(md)) {
	case NID_sha256:
		return NID_ecdsa_with_SHA256;
	case NID_sha384:
		return NID_ecdsa_with_SHA384;
	default:
		return NID_ecdsa_with_SHA512;
	}
}

/* RFC 7427 A.4: the hash, MGF1 with the same, and a salt as long as the hash. */
static size_t pss_identifier(const EVP_MD *md, uint8_t out[ALGORITHM_MAX])
{
	/* clang-format off */
	static const uint8_t form[] = {
		0x30, 0x41, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0a,
		0x30, 0x34,
		0xa0, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
		0x02, 0x00, 0x05, 0x00,
		0xa1, 0x1c, 0x30, 0x1a, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01,
		0x01, 0x08, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04,
		0x02, 0x00, 0x05, 0x00,
		0xa2, 0x03, 0x02, 0x01, 0x00,
	};
	/* clang-format on */
	int type = EVP_MD_get_type(md);
	uint8_t arc = type == NID_sha256 ? 1 : type == NID_sha384 ? 2 : 3;

	_Static_assert(sizeof(form) <= ALGORITHM_MAX, "it fits");
	memcpy(out, form, sizeof(form));
	out[29] = arc;
	out[59] = arc;
	out[66] = (uint8_t)EVP_MD_get_size(md);
	return sizeof(form);
}

static size_t identifier(const EVP_PKEY *key, const struct scheme *s, uint8_t out[ALGORITHM_MAX])
{
	X509_ALGOR *alg;
	int nid, len;

	if (s->pss)
		return pss_identifier(s->md, out);
	if (is_rsa(key))
		nid = rsa_nid(s->md);
	else if (s->md)
		nid = ecdsa_nid(s->md);
	else
		nid = EVP_PKEY_is_a(key, "ED25519") ? NID_ED25519 : NID_ED448;
	alg = X509_ALGOR_new();
	if (!alg)
		return 0;
	X509_ALGOR_set0(alg, OBJ_nid2obj(nid), is_rsa(key) ? V_ASN1_NULL : V_ASN1_UNDEF, NULL);
	len = i2d_X509_ALGOR(alg, NULL);
	if (len > 0 && len <= ALGORITHM_MAX)
		i2d_X509_ALGOR(alg, &out);
	else
		len = 0;
	X509_ALGOR_free(alg);
	return (size_t)len;
}

static const EVP_MD *md_strong(int nid)
{
	switch (nid) {
	case NID_sha256:
		return EVP_sha256();
	case NID_sha384:
		return EVP_sha384();
	case NID_sha512:
		return EVP_sha512();
	}
	return NULL;
}

static int algor_nid(const X509_ALGOR *alg)
{
	const ASN1_OBJECT *oid;

	if (!alg)
		return NID_undef;
	X509_ALGOR_get0(&oid, NULL, NULL, alg);
	return OBJ_obj2nid(oid);
}

/* The hash within MGF1's parameters. */
static int mgf_hash(const X509_ALGOR *mgf)
{
	const uint8_t *at;
	X509_ALGOR *inner;
	const void *value;
	int type, nid;

	if (algor_nid(mgf) != NID_mgf1)
		return NID_undef;
	X509_ALGOR_get0(NULL, &type, &value, mgf);
	if (type != V_ASN1_SEQUENCE)
		return NID_undef;
	at = ASN1_STRING_get0_data(value);
	inner = d2i_X509_ALGOR(NULL, &at, ASN1_STRING_length(value));
	nid = algor_nid(inner);
	X509_ALGOR_free(inner);
	return nid;
}

static const char *pss_read(const X509_ALGOR *alg, struct scheme *s)
{
	RSA_PSS_PARAMS *pss = NULL;
	const uint8_t *at;
	const void *value;
	int type;

	X509_ALGOR_get0(NULL, &type, &value, alg);
	if (type == V_ASN1_SEQUENCE) {
		at = ASN1_STRING_get0_data(value);
		pss = d2i_RSA_PSS_PARAMS(NULL, &at, ASN1_STRING_length(value));
	}
	if (pss) {
		s->pss = true;
		s->salt = pss->saltLength ? (int)ASN1_INTEGER_get(pss->saltLength) : 20;
		s->md = md_strong(algor_nid(pss->hashAlgorithm));
		if (mgf_hash(pss->maskGenAlgorithm) != algor_nid(pss->hashAlgorithm))
			s->md = NULL;
	}
	RSA_PSS_PARAMS_free(pss);
	return s->md && s->salt >= 0 ? NULL : "the peer's RSA-PSS parameters are not usable";
}

/* Of an AlgorithmIdentifier to a scheme; NULL, or what is wrong. */
static const char *scheme_read(const EVP_PKEY *key, struct pki_blob der, struct scheme *s)
{
	const uint8_t *at = der.p;
	X509_ALGOR *alg = d2i_X509_ALGOR(NULL, &at, (long)der.len);
	const char *bad = NULL;
	int nid = algor_nid(alg), md = NID_undef, pkey = NID_undef;

	if (!alg || at != der.p + der.len) {
		bad = "the algorithm of the peer's signature is malformed";
	} else if (nid == NID_rsassaPss) {
		bad = is_rsa(key) ? pss_read(alg, s) :
				    "the signature is of another kind than the key";
	} else if (nid == NID_ED25519 || nid == NID_ED448) {
		if (!EVP_PKEY_is_a(key, nid == NID_ED25519 ? "ED25519" : "ED448"))
			bad = "the signature is of another kind than the key";
	} else if (!OBJ_find_sigid_algs(nid, &md, &pkey)) {
		bad = "the peer's signature has an unknown algorithm";
	} else if (!(pkey == NID_rsaEncryption && EVP_PKEY_is_a(key, "RSA")) &&
		   !(pkey == NID_X9_62_id_ecPublicKey && EVP_PKEY_is_a(key, "EC"))) {
		bad = "the signature is of another kind than the key";
	} else {
		s->md = md_strong(md);
		bad = s->md ? NULL : "the peer's signature uses a weak hash";
	}
	X509_ALGOR_free(alg);
	return bad;
}

/* --- signing --- */

static bool pss_set(EVP_PKEY_CTX *ctx, const struct scheme *s)
{
	return !s->pss || (EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PSS_PADDING) > 0 &&
			   EVP_PKEY_CTX_set_rsa_pss_saltlen(ctx, s->salt) > 0);
}

static int sign_raw(EVP_PKEY *key, const struct scheme *s, const struct pki_blob *octets,
		    uint8_t *out, size_t *len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	int ok;

	ok = ctx && EVP_DigestSignInit(ctx, &pctx, s->md, NULL, key) > 0 && pss_set(pctx, s) &&
	     EVP_DigestSign(ctx, out, len, octets->p, octets->len) > 0;
	EVP_MD_CTX_free(ctx);
	return ok ? 0 : -1;
}

/* The hash that suits the key, or else the strongest that the peer has. */
static const EVP_MD *hash_choose(const EVP_PKEY *key, unsigned int hashes)
{
	static const unsigned int order[] = { PKI_HASH_SHA2_256, PKI_HASH_SHA2_384,
					      PKI_HASH_SHA2_512 };
	static const EVP_MD *(*const md[])(void) = { EVP_sha256, EVP_sha384, EVP_sha512 };
	int strength = EVP_PKEY_get_security_bits(key), i;
	int want = strength > 192 ? 2 : strength > 128 ? 1 : 0;

	if (hashes & 1U << order[want])
		return md[want]();
	for (i = 2; i >= 0; i--)
		if (hashes & 1U << order[i])
			return md[i]();
	return NULL;
}

static int sign_rfc7427(EVP_PKEY *key, unsigned int hashes, bool pkcs1,
			const struct pki_blob *octets, struct pki_signature *sig, char *why,
			size_t why_len)
{
	struct scheme s = { 0 };
	size_t alg;

	if (is_eddsa(key)) {
		if (!(hashes & 1U << PKI_HASH_IDENTITY)) {
			snprintf(why, why_len,
				 "our key is for EdDSA, which the peer does not announce (RFC "
				 "8420)");
			return -1;
		}
	} else {
		s.md = hash_choose(key, hashes);
		if (!s.md) {
			snprintf(why, why_len,
				 "the peer announces none of SHA2-256, SHA2-384 and SHA2-512 for "
				 "signatures");
			return -1;
		}
		s.pss = is_rsa(key) && (!pkcs1 || EVP_PKEY_is_a(key, "RSA-PSS"));
		s.salt = EVP_MD_get_size(s.md);
	}
	alg = identifier(key, &s, sig->data + 1);
	sig->method = METHOD_SIGNATURE;
	sig->data[0] = (uint8_t)alg;
	sig->len = sizeof(sig->data) - 1 - alg;
	if (!alg || sign_raw(key, &s, octets, sig->data + 1 + alg, &sig->len)) {
		snprintf(why, why_len, "the key failed to sign");
		return -1;
	}
	sig->len += 1 + alg;
	return 0;
}

/* r and s one after the other, each as long as the curve's order. */
static int ecdsa_to_raw(struct pki_signature *sig, size_t bytes)
{
	const uint8_t *at = sig->data;
	ECDSA_SIG *rs = d2i_ECDSA_SIG(NULL, &at, (long)sig->len);
	const BIGNUM *r, *s;
	int ok = 0;

	if (rs) {
		ECDSA_SIG_get0(rs, &r, &s);
		ok = BN_bn2binpad(r, sig->data, (int)bytes) > 0 &&
		     BN_bn2binpad(s, sig->data + bytes, (int)bytes) > 0;
	}
	sig->len = 2 * bytes;
	ECDSA_SIG_free(rs);
	return ok ? 0 : -1;
}

static int sign_old(EVP_PKEY *key, const struct pki_blob *octets, struct pki_signature *sig,
		    char *why, size_t why_len)
{
	struct scheme s = { 0 };
	size_t bytes = 0;
	int err;

	if (EVP_PKEY_is_a(key, "RSA")) {
		s.md = EVP_sha1();
		sig->method = METHOD_RSA;
	} else if (EVP_PKEY_is_a(key, "EC")) {
		bytes = curve_bytes(key);
		s.md = bytes == 32 ? EVP_sha256() : bytes == 48 ? EVP_sha384() : EVP_sha512();
		sig->method = curve_method(bytes);
	} else {
		snprintf(why, why_len,
			 "the peer does not announce digital signatures (RFC 7427), which a key of "
			 "this kind needs");
		return -1;
	}
	sig->len = sizeof(sig->data);
	err = sign_raw(key, &s, octets, sig->data, &sig->len);
	if (!err && bytes)
		err = ecdsa_to_raw(sig, bytes);
	if (err)
		snprintf(why, why_len, "the key failed to sign");
	return err;
}

int pki_sign(const struct pki_key *key, unsigned int hashes, bool pkcs1,
	     const struct pki_blob *octets, struct pki_signature *sig, char *why, size_t why_len)
{
	memset(sig, 0, sizeof(*sig));
	if (hashes)
		return sign_rfc7427(key->pkey, hashes, pkcs1, octets, sig, why, why_len);
	return sign_old(key->pkey, octets, sig, why, why_len);
}

/* --- verifying --- */

static bool verify_raw(EVP_PKEY *key, const struct scheme *s, struct pki_blob sig,
		       struct pki_blob octets)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY_CTX *pctx;
	bool ok;

	ok = ctx && EVP_DigestVerifyInit(ctx, &pctx, s->md, NULL, key) > 0 && pss_set(pctx, s) &&
	     EVP_DigestVerify(ctx, sig.p, sig.len, octets.p, octets.len) == 1;
	EVP_MD_CTX_free(ctx);
	return ok;
}

static bool verify_ecdsa_raw(EVP_PKEY *key, const struct scheme *s, struct pki_blob sig,
			     struct pki_blob octets)
{
	size_t half = sig.len / 2;
	ECDSA_SIG *rs = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(sig.p, (int)half, NULL),
	       *v = BN_bin2bn(sig.p + half, (int)half, NULL);
	struct pki_blob der = { 0 };
	uint8_t *buf = NULL;
	bool ok = false;
	int len = 0;

	if (rs && r && v && ECDSA_SIG_set0(rs, r, v)) {
		r = v = NULL; /* the signature's now */
		len = i2d_ECDSA_SIG(rs, &buf);
	}
	if (len > 0) {
		der = (struct pki_blob){ buf, (size_t)len };
		ok = verify_raw(key, s, der, octets);
	}
	OPENSSL_free(buf);
	BN_free(r);
	BN_free(v);
	ECDSA_SIG_free(rs);
	return ok;
}

static const char wrong[] = "the signature does not fit the key: the peer signed with another "
			    "private key, or the messages were changed on their way";

static const char *check_old(EVP_PKEY *key, uint8_t method, struct pki_blob auth,
			     struct pki_blob octets)
{
	struct scheme s = { 0 };
	size_t bytes;

	if (method == METHOD_RSA) {
		if (!EVP_PKEY_is_a(key, "RSA"))
			return "the signature is of another kind than the key";
		/* SHA-1 by default, says RFC 7296 3.8, so others occur */
		for (int i = 0; i < 4; i++) {
			s.md = i == 0 ? EVP_sha1() :
			       i == 1 ? EVP_sha256() :
			       i == 2 ? EVP_sha384() :
					EVP_sha512();
			if (verify_raw(key, &s, auth, octets))
				return NULL;
		}
		return wrong;
	}
	bytes = EVP_PKEY_is_a(key, "EC") ? curve_bytes(key) : 0;
	if (!bytes || curve_method(bytes) != method)
		return "the signature is of another kind than the key";
	s.md = bytes == 32 ? EVP_sha256() : bytes == 48 ? EVP_sha384() : EVP_sha512();
	if (auth.len != 2 * bytes || !verify_ecdsa_raw(key, &s, auth, octets))
		return wrong;
	return NULL;
}

const char *pki_signature_check(EVP_PKEY *key, uint8_t method, struct pki_blob auth,
				struct pki_blob octets)
{
	struct scheme s = { 0 };
	struct pki_blob alg, sig;
	const char *bad;

	if (method != METHOD_SIGNATURE)
		return check_old(key, method, auth, octets);
	if (!auth.len || auth.len < 1U + auth.p[0])
		return "the peer's signature is malformed";
	alg = (struct pki_blob){ auth.p + 1, auth.p[0] };
	sig = (struct pki_blob){ auth.p + 1 + alg.len, auth.len - 1 - alg.len };
	bad = scheme_read(key, alg, &s);
	if (bad)
		return bad;
	return verify_raw(key, &s, sig, octets) ? NULL : wrong;
}
