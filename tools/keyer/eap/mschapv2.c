// SPDX-License-Identifier: MIT
/*
 * EAP-MSCHAPv2 (draft-kamath-pppext-eap-mschapv2, RFC 2759, keys by RFC 3079):
 * proves each side's password to the other.
 */
#include <stdio.h>
#include <string.h>

#include "tools/keyer/crypto/crypto.h"
#include "tools/keyer/crypto/mschap.h"
#include "tools/keyer/eap/internal.h"

enum {
	OP_CHALLENGE = 1,
	OP_RESPONSE = 2,
	OP_SUCCESS = 3,
	OP_FAILURE = 4,
	HEAD = 4, /* code, identifier, length */
	VALUE = 49, /* peer challenge, 8 zeros, response, flags */
	STEP_CHALLENGED = 1,
	STEP_PROVEN = 2,
};

static void head(struct eap_data *d, uint8_t op, uint8_t id, size_t len)
{
	d->out[0] = op;
	d->out[1] = id;
	d->out[2] = (uint8_t)(len >> 8);
	d->out[3] = (uint8_t)len;
	d->out_len = len;
}

/* A domain before the name is no part of what is hashed (RFC 2759 4). */
static const char *bare_name(const char *name)
{
	const char *slash = strrchr(name, '\\');

	return slash ? slash + 1 : name;
}

static int derive(struct eap *eap, const char *name, const uint8_t *password, size_t len,
		  struct mschap *m)
{
	int err = mschap_v2(eap->challenge, eap->peer_challenge, bare_name(name), password, len, m);

	if (err)
		return err;
	memset(eap->msk, 0, sizeof(eap->msk));
	memcpy(eap->msk, m->keys, sizeof(m->keys));
	return 0;
}

/* --- the server --- */

static enum eap_status server_check(struct eap *eap, struct eap_data *d)
{
	const struct eap_user *user;
	char name[EAP_NAME_MAX];
	struct mschap m;
	size_t name_len;
	bool right;

	if (d->len < HEAD + 1 + VALUE || d->in[0] != OP_RESPONSE || d->in[HEAD] != VALUE)
		return eap_fail(eap, "the peer's EAP-MSCHAPv2 response is malformed");
	name_len = d->len - HEAD - 1 - VALUE;
	if (!name_len || name_len >= sizeof(name))
		return eap_fail(eap, "the peer's EAP-MSCHAPv2 response has no usable name");
	memcpy(name, d->in + HEAD + 1 + VALUE, name_len);
	name[name_len] = '\0';
	user = eap_user_find(eap, name);
	if (!user)
		user = eap_user_find(eap, bare_name(name));
	if (!user)
		return eap_fail(eap, "there is no user %s", eap->identity);
	/* What is proved is this name, whatever was told before. */
	memcpy(eap->identity, user->name, sizeof(eap->identity));
	memcpy(eap->peer_challenge, d->in + HEAD + 1, 16);
	if (derive(eap, name, user->password, user->len, &m))
		return eap_fail(eap, "the library lacks what MSCHAPv2 needs");
	right = crypto_equal(m.response, d->in + HEAD + 1 + 24, sizeof(m.response));
	if (right)
		head(d, OP_SUCCESS, eap->id,
		     HEAD + (size_t)snprintf((char *)d->out + HEAD, d->cap - HEAD, "%s M=OK",
					     m.authenticator));
	explicit_bzero(&m, sizeof(m));
	if (!right)
		return eap_fail(eap, "user %s gave a wrong password", eap->identity);
	eap->step = STEP_PROVEN;
	return EAP_CONTINUE;
}

static enum eap_status mschapv2_server(struct eap *eap, struct eap_data *d)
{
	static const char name[] = "ipsecvif";

	if (!d->in) {
		eap->step = STEP_CHALLENGED;
		eap->conf->random(eap->challenge, sizeof(eap->challenge));
		head(d, OP_CHALLENGE, (uint8_t)(eap->id + 1), HEAD + 1 + 16 + sizeof(name) - 1);
		d->out[HEAD] = 16;
		memcpy(d->out + HEAD + 1, eap->challenge, 16);
		memcpy(d->out + HEAD + 17, name, sizeof(name) - 1);
		return EAP_CONTINUE;
	}
	if (eap->step == STEP_CHALLENGED)
		return server_check(eap, d);
	if (!d->len || d->in[0] != OP_SUCCESS)
		return eap_fail(eap, "the peer does not accept our side of EAP-MSCHAPv2");
	eap->has_msk = true;
	return EAP_SUCCESS;
}

/* --- the client --- */

static enum eap_status client_respond(struct eap *eap, struct eap_data *d)
{
	size_t name = strlen(eap->identity);
	struct mschap m;

	if (d->len < HEAD + 17 || d->in[HEAD] != 16)
		return eap_fail(eap, "the server's EAP-MSCHAPv2 challenge is malformed");
	memcpy(eap->challenge, d->in + HEAD + 1, 16);
	eap->conf->random(eap->peer_challenge, 16);
	if (derive(eap, eap->identity, eap->conf->password, eap->conf->password_len, &m))
		return eap_fail(eap, "the library lacks what MSCHAPv2 needs");
	head(d, OP_RESPONSE, d->in[1], HEAD + 1 + VALUE + name);
	d->out[HEAD] = VALUE;
	memset(d->out + HEAD + 1, 0, VALUE);
	memcpy(d->out + HEAD + 1, eap->peer_challenge, 16);
	memcpy(d->out + HEAD + 1 + 24, m.response, sizeof(m.response));
	memcpy(d->out + HEAD + 1 + VALUE, eap->identity, name);
	eap->step = STEP_CHALLENGED;
	explicit_bzero(&m, sizeof(m));
	return EAP_CONTINUE;
}

static enum eap_status client_check(struct eap *eap, struct eap_data *d)
{
	struct mschap m;
	bool right;

	if (eap->step != STEP_CHALLENGED ||
	    derive(eap, eap->identity, eap->conf->password, eap->conf->password_len, &m))
		return eap_fail(eap, "the server's EAP-MSCHAPv2 packet is out of order");
	right = d->len >= HEAD + MSCHAP_AUTHENTICATOR - 1 &&
		crypto_equal(m.authenticator, d->in + HEAD, MSCHAP_AUTHENTICATOR - 1);
	explicit_bzero(&m, sizeof(m));
	if (!right)
		return eap_fail(eap, "the server does not know our EAP password");
	d->out[0] = OP_SUCCESS;
	d->out_len = 1;
	eap->step = STEP_PROVEN;
	eap->has_msk = true;
	eap->proven = true;
	return EAP_CONTINUE;
}

static enum eap_status mschapv2_client(struct eap *eap, struct eap_data *d)
{
	if (!d->len)
		return eap_fail(eap, "the server's EAP-MSCHAPv2 packet is empty");
	switch (d->in[0]) {
	case OP_CHALLENGE:
		return client_respond(eap, d);
	case OP_SUCCESS:
		return client_check(eap, d);
	case OP_FAILURE:
		snprintf(eap->why, sizeof(eap->why),
			 "the server refuses user %s by EAP-MSCHAPv2: wrong password, or no such "
			 "user",
			 eap->identity);
		d->out[0] = OP_FAILURE;
		d->out_len = 1;
		return EAP_CONTINUE;
	}
	return eap_fail(eap, "the server's EAP-MSCHAPv2 packet is unknown");
}

const struct eap_ops eap_mschapv2_ops = { EAP_MSCHAPV2, mschapv2_server, mschapv2_client };
