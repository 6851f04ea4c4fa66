// SPDX-License-Identifier: MIT
/* EAP-TLS (RFC 5216, RFC 9190): TLS records in EAP packets, cut to their size. */
#include "tools/keyer/crypto/tls.h"

#include <string.h>

#include "tools/keyer/eap/internal.h"

enum {
	FLAG_LENGTH = 0x80,
	FLAG_MORE = 0x40,
	FLAG_START = 0x20,
	FRAGMENT = 1024,
	STEP_STARTED = 1,
	STEP_TALKING = 2,
	STEP_FINISHED = 3, /* the last flight is on its way */
	STEP_UNSURE = 4, /* TLS 1.3: for us it is done, but what does the server say? */
};

/* The next piece of what TLS wants to send; the first of several says how much it is. */
static void fragment(struct eap *eap, struct eap_data *d)
{
	size_t pending = eap->tls ? tls_pending(eap->tls) : 0;
	size_t at = 1;

	d->out[0] = 0;
	if (pending > FRAGMENT)
		d->out[0] = FLAG_MORE;
	if (pending > FRAGMENT && !eap->fragmented) {
		d->out[0] = FLAG_MORE | FLAG_LENGTH;
		d->out[1] = (uint8_t)(pending >> 24);
		d->out[2] = (uint8_t)(pending >> 16);
		d->out[3] = (uint8_t)(pending >> 8);
		d->out[4] = (uint8_t)pending;
		at = 5;
	}
	eap->fragmented = pending > FRAGMENT;
	d->out_len = at + (eap->tls ? tls_take(eap->tls, d->out + at, FRAGMENT) : 0);
}

/* Return: false if the packet is malformed; @more: others follow it. */
static bool take(struct eap *eap, const struct eap_data *d, bool *more)
{
	size_t at = 1;

	*more = false;
	if (!d->len)
		return false;
	if (d->in[0] & FLAG_LENGTH)
		at += 4;
	if (d->len < at)
		return false;
	*more = d->in[0] & FLAG_MORE;
	return !tls_put(eap->tls, d->in + at, d->len - at);
}

static enum eap_status finish(struct eap *eap)
{
	if (tls_msk(eap->tls, eap->msk))
		return eap_fail(eap, "TLS yields no key");
	eap->step = STEP_FINISHED;
	eap->has_msk = true;
	eap->proven = true;
	return EAP_CONTINUE;
}

static enum eap_status server_word(struct eap *eap)
{
	char why[256];

	switch (tls_committed(eap->tls, why, sizeof(why))) {
	case TLS_FAILED:
		return eap_fail(eap, "EAP-TLS with %s: %s", eap->identity, why);
	case TLS_HANDSHAKE:
		return EAP_CONTINUE;
	case TLS_DONE:
		break;
	}
	return finish(eap);
}

static enum eap_status run(struct eap *eap)
{
	char why[256], subject[160];

	switch (tls_run(eap->tls, why, sizeof(why))) {
	case TLS_FAILED:
		return eap_fail(eap, "EAP-TLS with %s: %s", eap->identity, why);
	case TLS_HANDSHAKE:
		eap->step = STEP_TALKING;
		return EAP_CONTINUE;
	case TLS_DONE:
		break;
	}
	/* The name that the client told must be its certificate's. */
	if (eap->server && !tls_peer_is(eap->tls, eap->identity, subject, sizeof(subject)))
		return eap_fail(eap,
				"the client calls itself %s, and its certificate is for \"%s\"",
				eap->identity, subject);
	if (tls_commits(eap->tls) && !eap->server) {
		eap->step = STEP_UNSURE;
		return EAP_CONTINUE;
	}
	if (tls_commits(eap->tls) && tls_commit(eap->tls))
		return eap_fail(eap, "TLS takes no data");
	return finish(eap);
}

static enum eap_status tls_server(struct eap *eap, struct eap_data *d)
{
	bool more;

	if (!eap->conf->tls)
		return eap_fail(eap, "EAP-TLS lacks a key and certificate");
	if (!d->in) {
		eap->step = STEP_STARTED;
		tls_free(eap->tls);
		eap->tls = tls_new(eap->conf->tls, true);
		d->out[0] = FLAG_START;
		d->out_len = 1;
		return EAP_CONTINUE;
	}
	if (!take(eap, d, &more))
		return eap_fail(eap, "the peer's EAP-TLS packet is malformed");
	if (!more && !tls_pending(eap->tls)) {
		/* an empty packet acknowledges our last flight */
		if (eap->step == STEP_FINISHED)
			return EAP_SUCCESS;
		if (run(eap) == EAP_FAILURE) /* the alert is not worth another round */
			return EAP_FAILURE;
	}
	fragment(eap, d);
	return EAP_CONTINUE;
}

static enum eap_status tls_client(struct eap *eap, struct eap_data *d)
{
	bool more = false;

	if (!eap->conf->tls)
		return eap_fail(eap, "EAP-TLS lacks a key and certificate");
	if (!d->len)
		return eap_fail(eap, "the server's EAP-TLS packet is malformed");
	if (d->in[0] & FLAG_START) {
		tls_free(eap->tls);
		eap->tls = tls_new(eap->conf->tls, false);
	} else if (!eap->tls || !take(eap, d, &more)) {
		return eap_fail(eap, "the server's EAP-TLS packet is malformed");
	}
	if (!more && !tls_pending(eap->tls) && eap->step != STEP_FINISHED &&
	    (eap->step == STEP_UNSURE ? server_word(eap) : run(eap)) == EAP_FAILURE)
		return EAP_FAILURE;
	fragment(eap, d);
	return EAP_CONTINUE;
}

const struct eap_ops eap_tls_ops = { EAP_TLS, tls_server, tls_client };
