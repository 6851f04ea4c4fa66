// SPDX-License-Identifier: MIT
/*
 * The Encrypted payload of a received message, RFC 7296 3.14.
 */
#include "tools/keyer/ike/sa.h"

const char *sk_open(const struct sa *sa, struct msg *m, uint8_t *packet, bool *authentic)
{
	const struct crypto_aead *key = sa->initiator ? &sa->keys.r : &sa->keys.i;
	size_t iv = crypto_aead_iv_len(key), icv = crypto_aead_icv_len(key), len;
	struct bytes plain;

	*authentic = false;
	if (m->sk.len < iv + icv + crypto_aead_block(key))
		return "the Encrypted payload is too short";
	len = m->sk.len - iv - icv;
	if (len % crypto_aead_block(key))
		return "the Encrypted payload is not a multiple of the cipher's block";
	if (crypto_aead_open(key, packet, m->sk_at, len))
		return "the integrity check failed";
	*authentic = true;
	plain = (struct bytes){ packet + m->sk_at + iv, len };
	if (plain.p[len - 1] + 1u > len)
		return "the padding is longer than the payload";
	plain.len = len - plain.p[len - 1] - 1u;
	return msg_parse_inner(m, plain);
}
