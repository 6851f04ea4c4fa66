// SPDX-License-Identifier: MIT
/*
 * EAP-MD5 (RFC 3748 5.4): proves the client, not the server, and makes no key.
 */
#include <string.h>

#include "tools/keyer/crypto/crypto.h"
#include "tools/keyer/crypto/mschap.h"
#include "tools/keyer/eap/internal.h"

enum {
	DIGEST = 16
};

static void digest(uint8_t id, const uint8_t *password, size_t len, const uint8_t *challenge,
		   size_t challenge_len, uint8_t out[DIGEST])
{
	const struct crypto_part part[] = { { &id, 1 },
					    { password, len },
					    { challenge, challenge_len } };

	crypto_md5(part, 3, out);
}

static enum eap_status md5_server(struct eap *eap, struct eap_data *d)
{
	const struct eap_user *user = eap_user_find(eap, eap->identity);
	uint8_t want[DIGEST];

	if (!d->in) {
		eap->step = 1;
		eap->conf->random(eap->challenge, DIGEST);
		d->out[0] = DIGEST;
		memcpy(d->out + 1, eap->challenge, DIGEST);
		d->out_len = 1 + DIGEST;
		return EAP_CONTINUE;
	}
	if (d->len < 1 + DIGEST || d->in[0] != DIGEST)
		return eap_fail(eap, "the peer's EAP-MD5 response is malformed");
	if (!user)
		return eap_fail(eap, "there is no user %s", eap->identity);
	digest(eap->id, user->password, user->len, eap->challenge, DIGEST, want);
	if (!crypto_equal(want, d->in + 1, DIGEST))
		return eap_fail(eap, "user %s gave a wrong password", eap->identity);
	return EAP_SUCCESS;
}

static enum eap_status md5_client(struct eap *eap, struct eap_data *d)
{
	if (!d->len || !d->in[0] || d->len < 1U + d->in[0])
		return eap_fail(eap, "the server's EAP-MD5 challenge is malformed");
	digest(eap->id, eap->conf->password, eap->conf->password_len, d->in + 1, d->in[0],
	       d->out + 1);
	d->out[0] = DIGEST;
	d->out_len = 1 + DIGEST;
	eap->proven = true; /* the method knows no more */
	return EAP_CONTINUE;
}

const struct eap_ops eap_md5_ops = { EAP_MD5, md5_server, md5_client };
