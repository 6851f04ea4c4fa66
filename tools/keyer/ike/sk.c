// SPDX-License-Identifier: MIT
/*
 * The Encrypted payload, RFC 7296 3.14, and the Encrypted Fragment payload, RFC
 * 7383 2.5, which differ by a number after the generic header.
 */
#include "tools/keyer/ike/sa.h"

static const struct crypto_aead *our_key(const struct sa *sa)
{
	return sa->initiator ? &sa->keys.i : &sa->keys.r;
}

/* IVs: a counter never repeats under a key; CBC's must not be foreseen either. */
void sk_begin(struct sa *sa, struct writer *w)
{
	uint8_t iv[16];
	size_t len = crypto_aead_iv_len(our_key(sa));

	if (crypto_encr_counts(our_key(sa)->encr)) {
		sa->iv++;
		for (unsigned int i = 0; i < 8; i++)
			iv[i] = (uint8_t)(sa->iv >> (56 - 8 * i));
	} else {
		ike_random(sa->ike, iv, len);
	}
	write_bytes(w, iv, len);
}

size_t sk_iv_len(const struct sa *sa)
{
	return crypto_aead_iv_len(our_key(sa));
}

static void pad_write(struct writer *w, size_t plain_len, size_t block)
{
	size_t pad = (block - (plain_len + 1) % block) % block;

	write_zeros(w, pad);
	write_u8(w, (uint8_t)pad);
}

bool sk_finish(struct sa *sa, struct writer *w, size_t start, size_t payload_at, size_t iv_at)
{
	const struct crypto_aead *key = our_key(sa);
	size_t text = iv_at + crypto_aead_iv_len(key);

	pad_write(w, w->len - text, crypto_aead_block(key));
	write_zeros(w, crypto_aead_icv_len(key));
	if (w->failed)
		return false;
	write_at_u16(w, payload_at + 2, (uint16_t)(w->len - payload_at));
	write_at_u32(w, start + IKE_HEADER_LENGTH_AT, (uint32_t)(w->len - start));
	if (crypto_aead_seal(key, w->buf + start, iv_at - start,
			     w->len - text - crypto_aead_icv_len(key)))
		w->failed = true;
	return !w->failed;
}

size_t sk_overhead(const struct sa *sa)
{
	const struct crypto_aead *key = our_key(sa);

	return crypto_aead_iv_len(key) + crypto_aead_block(key) + crypto_aead_icv_len(key);
}

/* A request of before the keys changed, whose response the peer has not (RFC 9370). */
static bool is_repeated(const struct sa *sa, const struct msg *m)
{
	return sa->keys_before && !header_is_response(&m->h) && m->h.mid + 1 == sa->win.rx_mid;
}

const char *sk_decrypt(const struct sa *sa, const struct msg *m, size_t skip, uint8_t *packet,
		       bool *authentic, struct bytes *plain)
{
	const struct sa_keys *keys = is_repeated(sa, m) ? sa->keys_before : &sa->keys;
	const struct crypto_aead *key = sa->initiator ? &keys->r : &keys->i;
	size_t iv = crypto_aead_iv_len(key), icv = crypto_aead_icv_len(key), len;

	*authentic = false;
	if (m->sk.len < skip + iv + icv + crypto_aead_block(key))
		return "the Encrypted payload is too short";
	len = m->sk.len - skip - iv - icv;
	if (len % crypto_aead_block(key))
		return "the Encrypted payload is not a multiple of the cipher's block";
	if (crypto_aead_open(key, packet, m->sk_at + skip, len))
		return "the integrity check failed";
	*authentic = true;
	*plain = (struct bytes){ packet + m->sk_at + skip + iv, len };
	if (plain->p[len - 1] + 1u > len)
		return "the padding is longer than the payload";
	plain->len = len - plain->p[len - 1] - 1u;
	return NULL;
}

const char *sk_open(const struct sa *sa, struct msg *m, uint8_t *packet, bool *authentic)
{
	struct bytes plain;
	const char *err = sk_decrypt(sa, m, 0, packet, authentic, &plain);

	return err ? err : msg_parse_inner(m, plain);
}
