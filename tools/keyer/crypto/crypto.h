/* SPDX-License-Identifier: MIT */
/*
 * What the keyer needs of cryptography, and the only door to OpenSSL: nothing
 * outside tools/keyer/crypto includes its headers. Algorithms go by their IANA
 * transform ids (tools/keyer/ike/iana.h). Functions return 0 on success and -1
 * when the algorithm is unknown, an argument does not fit, or the library
 * fails; then the output is zeroed.
 */
#ifndef IPSECVIF_KEYER_CRYPTO_H
#define IPSECVIF_KEYER_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum crypto_limits {
	CRYPTO_DIGEST_MAX = 64, /* SHA2-512 */
	CRYPTO_KE_MAX = 1568, /* public value or shared secret: of ML-KEM-1024 */
	CRYPTO_KEY_MAX = 64, /* of one cipher or MAC, salt included */
};

/** struct crypto_part - one of several pieces that are hashed as if joined. */
struct crypto_part {
	const void *data;
	size_t len;
};

/* kdf.c */

/** crypto_sha1() - for NAT detection only (RFC 7296 2.23), where it is no security. */
int crypto_sha1(const struct crypto_part *part, size_t n, uint8_t out[20]);
/** crypto_prf_len() - bytes of output, and preferred key, of a PRF; 0 if unknown. */
size_t crypto_prf_len(uint16_t prf);
/** crypto_prf_nonce_len() - how much of each nonce keys SKEYSEED (RFC 7296 2.14); 0: all. */
size_t crypto_prf_nonce_len(uint16_t prf);
/** crypto_prf() - prf(key, parts); @out has room for crypto_prf_len() bytes. */
int crypto_prf(uint16_t prf, const uint8_t *key, size_t key_len, const struct crypto_part *part,
	       size_t n, uint8_t *out);
/** crypto_prf_plus() - prf+ of RFC 7296 2.13, up to 255 blocks. */
int crypto_prf_plus(uint16_t prf, const uint8_t *key, size_t key_len,
		    const struct crypto_part *seed, size_t n, uint8_t *out, size_t out_len);
/**
 * crypto_psk_auth() - the AUTH data of a pre-shared key, RFC 7296 2.15:
 * prf(prf(secret, "Key Pad for IKEv2"), octets).
 */
int crypto_psk_auth(uint16_t prf, const uint8_t *secret, size_t secret_len, const uint8_t *octets,
		    size_t octets_len, uint8_t *out);
/** crypto_equal() - compare secrets in a time that depends on the length alone. */
bool crypto_equal(const void *a, const void *b, size_t len);

/* dh.c */

/** struct crypto_ke - our half of one key exchange; single use. */
struct crypto_ke;

/** crypto_ke_supported() - is the method known, and in the library at hand? */
bool crypto_ke_supported(uint16_t group);
/** crypto_ke_public_len() - bytes of an initiator's public value on the wire; 0 if unknown. */
size_t crypto_ke_public_len(uint16_t group);
/**
 * crypto_ke_new() - a fresh ephemeral key pair of an initiator
 * Return: NULL if the group is unknown.
 */
struct crypto_ke *crypto_ke_new(uint16_t group);
uint16_t crypto_ke_group(const struct crypto_ke *ke);
/** crypto_ke_public() - our public value, as on the wire; returns its length, 0 on failure. */
size_t crypto_ke_public(const struct crypto_ke *ke, uint8_t out[CRYPTO_KE_MAX]);
/**
 * crypto_ke_shared() - initiator: the shared secret with the responder's value.
 * The value is validated first (RFC 6989): length, range, point on the curve,
 * and an all-zero X25519 or X448 secret is refused (RFC 8031). MODP secrets keep
 * their leading zeros (RFC 7296 2.14).
 */
int crypto_ke_shared(const struct crypto_ke *ke, const uint8_t *peer, size_t peer_len,
		     uint8_t out[CRYPTO_KE_MAX], size_t *out_len);
/**
 * crypto_ke_answer() - responder: our half for an initiator's value, and the secret.
 * A KEM encapsulates to that value, so it must be there first.
 *
 * Return: what crypto_ke_public() tells the initiator; NULL if the value is not valid.
 */
struct crypto_ke *crypto_ke_answer(uint16_t group, const uint8_t *peer, size_t peer_len,
				   uint8_t out[CRYPTO_KE_MAX], size_t *out_len);
void crypto_ke_free(struct crypto_ke *ke);

/* aead.c */

/**
 * struct crypto_aead - protection of IKE messages in one direction: an AEAD (RFC
 * 5282, RFC 7634), or a cipher and then a MAC over everything (RFC 7296 3.14).
 */
struct crypto_aead {
	uint16_t encr, integ;
	uint16_t encr_len, integ_len; /* key bytes; encr_len has the salt */
	uint8_t encr_key[CRYPTO_KEY_MAX], integ_key[CRYPTO_KEY_MAX];
};

/**
 * crypto_encr_key_len() - key bytes with salt of a cipher, of IKE or ESP
 * @bits: as negotiated; 0 for a cipher of one key length.
 * Return: -1 if unknown; 0 for NULL encryption.
 */
int crypto_encr_key_len(uint16_t encr, uint16_t bits);
bool crypto_encr_is_aead(uint16_t encr);
/** crypto_encr_counts() - is its IV a counter, rather than unforeseeable? */
bool crypto_encr_counts(uint16_t encr);
/** crypto_integ_key_len() - key bytes of a MAC; 0 if none or unknown. */
size_t crypto_integ_key_len(uint16_t integ);

size_t crypto_aead_iv_len(const struct crypto_aead *a);
size_t crypto_aead_icv_len(const struct crypto_aead *a);
/** crypto_aead_block() - the plain text is padded to a multiple of this. */
size_t crypto_aead_block(const struct crypto_aead *a);
/**
 * crypto_aead_seal() - encrypt and authenticate in place.
 * @msg: @aad_len bytes in clear, the IV (already filled in), @plain_len bytes
 *	of padded plain text, and room for the ICV.
 */
int crypto_aead_seal(const struct crypto_aead *a, uint8_t *msg, size_t aad_len, size_t plain_len);
/** crypto_aead_open() - the reverse; -1 also when the ICV is wrong. */
int crypto_aead_open(const struct crypto_aead *a, uint8_t *msg, size_t aad_len, size_t plain_len);
void crypto_aead_wipe(struct crypto_aead *a);

#endif /* IPSECVIF_KEYER_CRYPTO_H */
