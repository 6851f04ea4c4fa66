// SPDX-License-Identifier: MIT
/*
 * What a peer's protocol core asks of the processes around it: netadmin and a keyholder
 * that are not there.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

#include "selftests/unit/ike_peers.h"
#include "tools/keyer/ike/core.h"

static struct ike_event *answer_add(struct world *w, unsigned int i, enum ike_ev_type type)
{
	struct item *it = world_item(w);

	it->kind = ITEM_ANSWER;
	it->to = i;
	it->answer.type = type;
	return &it->answer;
}

/* Netadmin answers at once: before any packet that is on its way. */
static void answer_now(struct world *w, struct ike_event *ev)
{
	struct item it = w->items[--w->n_items];

	(void)ev;
	memmove(&w->items[1], &w->items[0], w->n_items * sizeof(w->items[0]));
	w->items[0] = it;
	w->n_items++;
}

static void fx_auth(struct world *w, unsigned int i, const struct ike_fx_auth *fx, bool verify)
{
	struct peer *p = &w->peer[i];
	struct ike_event *ev = answer_add(w, i, verify ? IKE_EV_AUTH_VERIFIED : IKE_EV_AUTH_SIGNED);
	uint8_t auth[CRYPTO_DIGEST_MAX];
	size_t len = crypto_prf_len(fx->prf);

	const uint8_t *secret = (const uint8_t *)p->psk;
	size_t secret_len = strlen(p->psk);

	if (fx->eap) {
		if (!p->eap || fx->eap != p->eap_session || !eap_msk(p->eap))
			abort();
		secret = eap_msk(p->eap);
		secret_len = EAP_MSK_LEN;
	}
	crypto_psk_auth(fx->prf, secret, secret_len, fx->octets, fx->octets_len, auth);
	ev->u.auth.request = fx->request;
	if (verify) {
		ev->u.auth.ok = fx->auth_len == len && crypto_equal(auth, fx->auth, len);
	} else {
		ev->u.auth.ok = !p->sign_fails;
		ev->u.auth.method = fx->method;
		ev->u.auth.len = (uint16_t)len;
		memcpy(ev->u.auth.data, auth, len);
	}
	if (!p->slow)
		answer_now(w, ev);
}

/* Public keys: the same as keyholder and ike process do, of what the peer has. */
static bool fx_key(struct world *w, unsigned int i, const struct ike_fx_auth *fx)
{
	struct peer *p = &w->peer[i];
	const struct pki_key *key = fx->second && p->key2 ? p->key2 : p->key;
	struct pki_blob octets = { fx->octets, fx->octets_len };
	struct ike_event *ev;
	struct pki_signature sig;

	if (fx->method != IKE_AUTH_SIGNATURE)
		return false;
	ev = answer_add(w, i, IKE_EV_AUTH_SIGNED);
	ev->u.auth.request = fx->request;
	ev->u.auth.ok = key && !pki_sign(key, fx->hashes, p->pkcs1, &octets, &sig, ev->u.auth.why,
					 sizeof(ev->u.auth.why));
	if (ev->u.auth.ok) {
		ev->u.auth.method = sig.method;
		ev->u.auth.len = (uint16_t)sig.len;
		memcpy(ev->u.auth.data, sig.data, sig.len);
	}
	answer_now(w, ev);
	return true;
}

static void fx_cert(struct world *w, unsigned int i, const struct ike_fx_cert *fx)
{
	struct peer *p = &w->peer[i];
	struct ike_event *ev = answer_add(w, i, IKE_EV_AUTH_VERIFIED);
	struct pki_claim claim = { .n_certs = fx->n_certs, .method = fx->method, .now = p->wall };
	const uint8_t *at = fx->certs;
	struct pki_verdict v;

	for (unsigned int k = 0; k < fx->n_certs; k++) {
		claim.certs[k] = (struct pki_blob){ at, fx->cert_len[k] };
		at += fx->cert_len[k];
	}
	claim.id_type = fx->peer.type;
	claim.id = (struct pki_blob){ fx->peer.data, fx->peer.len };
	claim.auth = (struct pki_blob){ fx->auth, fx->auth_len };
	claim.octets = (struct pki_blob){ fx->octets, fx->octets_len };
	pki_verify(&p->trust, &claim, &v);
	p->method = fx->method;
	p->n_certs = fx->n_certs;
	ev->u.auth.request = fx->request;
	ev->u.auth.ok = v.result == PKI_ACCEPTED;
	snprintf(ev->u.auth.why, sizeof(ev->u.auth.why), "%s", v.why);
	snprintf(ev->u.auth.hint, sizeof(ev->u.auth.hint), "%s", v.hint);
	answer_now(w, ev);
}

static void fx_eap(struct world *w, unsigned int i, const struct ike_fx_eap *fx)
{
	struct peer *p = &w->peer[i];
	struct ike_event *ev = answer_add(w, i, IKE_EV_EAP);
	struct ike_ev_eap *a = &ev->u.eap;
	enum eap_status status;
	size_t len;

	p->n_eap++;
	if (fx->begin || fx->session != p->eap_session) {
		eap_free(p->eap);
		p->eap = eap_new(p->eap_conf, fx->server);
		p->eap_session = fx->session;
	}
	status = eap_step(p->eap, fx->begin ? NULL : fx->data, fx->len, a->data, &len);
	a->request = fx->request;
	a->len = (uint16_t)len;
	a->status = status == EAP_CONTINUE ? IKE_EAP_CONTINUE :
		    status == EAP_SUCCESS  ? IKE_EAP_SUCCESS :
					     IKE_EAP_FAILURE;
	a->mutual = eap_mutual(p->eap, fx->peer.type, fx->peer.data, fx->peer.len);
	a->has_msk = eap_msk(p->eap) != NULL;
	snprintf(a->identity, sizeof(a->identity), "%s", eap_identity(p->eap));
	snprintf(a->why, sizeof(a->why), "%s", eap_why(p->eap));
	answer_now(w, ev);
}

static void fill_random(void *ctx, uint8_t *buf, size_t len)
{
	struct peer *p = ctx;

	for (size_t i = 0; i < len; i++)
		buf[i] = (uint8_t)(world_random(p->world) >> 32);
}

static size_t env_certificate(void *ctx, uint32_t conn, bool second, unsigned int i,
			      const uint8_t **der)
{
	struct peer *p = ctx;
	struct pki_blob blob = { 0 };

	(void)conn;
	(void)second;
	if (p->own)
		blob = pki_bundle_der(p->own, i);
	*der = blob.p;
	return blob.len;
}

static const uint8_t *env_authority(void *ctx, uint32_t conn, unsigned int i)
{
	struct peer *p = ctx;

	(void)conn;
	if (!p->trust.ca.n || i >= pki_bundle_count(p->trust.ca.b[0]))
		return NULL;
	p->asked = true;
	return pki_bundle_ca_hash(p->trust.ca.b[0], i);
}

struct ike_env peer_env(struct peer *p)
{
	return (struct ike_env){ .ctx = p,
				 .random = fill_random,
				 .certificate = env_certificate,
				 .authority = env_authority };
}

static void fx_ppk(struct world *w, unsigned int i, const struct ike_fx_ppk *fx)
{
	struct peer *p = &w->peer[i];
	struct ike_event *ev = answer_add(w, i, IKE_EV_PPK);
	const uint8_t *from[] = { fx->d, fx->pi, fx->pr };
	uint8_t *to[] = { ev->u.ppk.d, ev->u.ppk.pi, ev->u.ppk.pr };
	size_t len = crypto_prf_len(fx->prf);

	ev->u.ppk.request = fx->request;
	ev->u.ppk.ok = p->ppk[0] != 0;
	snprintf(ev->u.ppk.why, sizeof(ev->u.ppk.why), "no ppk");
	for (unsigned int k = 0; k < 3; k++) {
		const struct crypto_part seed = { from[k], len };

		crypto_prf_plus(fx->prf, (const uint8_t *)p->ppk, strlen(p->ppk), &seed, 1, to[k],
				len);
	}
	if (!p->slow)
		answer_now(w, ev);
}

/* As netadmin: the first that one of our addresses is of the same family as. */
static void fx_path(struct world *w, unsigned int i, const struct ike_fx_path *fx)
{
	struct peer *p = &w->peer[i];
	struct ike_event *ev = answer_add(w, i, IKE_EV_PATH);
	bool known = fx->name[0] && p->host && !strcmp(fx->name, p->host);
	const struct ike_addr *to = known ? p->hosts : fx->to;
	unsigned int n = known ? 2 : fx->name[0] ? 0 : fx->n;

	p->n_path++;
	ev->u.path.request = fx->request;
	snprintf(ev->u.path.why, sizeof(ev->u.path.why), "nobody is there");
	for (unsigned int k = 0; k < n && !ev->u.path.ok; k++) {
		bool first = to[k].family == p->addr.family;

		if (!to[k].family || ike_host_equal(&to[k], &fx->not_to) ||
		    (!first && to[k].family != p->addr2.family))
			continue;
		ev->u.path.ok = true;
		ev->u.path.local = first ? p->addr : p->addr2;
		ev->u.path.remote = to[k];
		ev->u.path.local.port = ev->u.path.remote.port = 0;
	}
	if (!p->slow)
		answer_now(w, ev);
}

static void fx_spi_request(struct world *w, unsigned int i, const struct ike_fx_spi *fx)
{
	struct peer *p = &w->peer[i];
	struct ike_event *ev = answer_add(w, i, IKE_EV_SPI);

	ev->u.spi.request = fx->request;
	ev->u.spi.ok = !p->spi_fails;
	if (p->spi_fails) {
		snprintf(ev->u.spi.why, sizeof(ev->u.spi.why), "no SPI to be had");
	} else {
		ev->u.spi.spi = htonl(++p->next_spi);
		p->reserved[p->n_reserved++] = ev->u.spi.spi;
		if (p->n_reserved == PAIRS_MAX)
			abort();
	}
	if (!p->slow)
		answer_now(w, ev);
}

static bool reserved_remove(struct peer *p, uint32_t spi)
{
	for (unsigned int i = 0; i < p->n_reserved; i++) {
		if (p->reserved[i] == spi) {
			p->reserved[i] = p->reserved[--p->n_reserved];
			return true;
		}
	}
	return false;
}

struct pair *peer_pair(struct peer *p, uint32_t spi_in)
{
	for (unsigned int i = 0; i < PAIRS_MAX; i++) {
		if (p->pairs[i].installed && p->pairs[i].fx.spi_in == spi_in)
			return &p->pairs[i];
	}
	return NULL;
}

static void fx_install(struct world *w, unsigned int i, const struct ike_fx_child *fx)
{
	struct peer *p = &w->peer[i];
	struct ike_event *ev = answer_add(w, i, IKE_EV_INSTALLED);

	p->n_install++;
	ev->u.installed.request = fx->request;
	ev->u.installed.ok = !p->install_fails;
	if (p->install_fails) {
		snprintf(ev->u.installed.why, sizeof(ev->u.installed.why), "the kernel says no");
	} else {
		unsigned int k = 0;

		if (!reserved_remove(p, fx->spi_in)) {
			fprintf(stderr, "installed with an SPI that was not reserved\n");
			abort();
		}
		while (p->pairs[k].installed)
			k++;
		p->pairs[k].installed = true;
		p->pairs[k].fx = *fx;
	}
	if (!p->slow)
		answer_now(w, ev);
}

static void fx_remove(struct world *w, unsigned int i, const struct ike_fx_child *fx)
{
	struct peer *p = &w->peer[i];
	struct pair *pair = peer_pair(p, fx->spi_in);

	p->n_remove++;
	if (pair && pair->fx.protocol != fx->protocol) {
		fprintf(stderr, "removed as of another protocol\n");
		abort();
	}
	if (pair)
		pair->installed = false;
}

static void fx_status(struct world *w, unsigned int i, const struct ike_fx_status *fx)
{
	struct peer *p = &w->peer[i];

	if (w->verbose)
		printf("# %llu peer %u status %d why %d child '%s': %s | %s\n",
		       (unsigned long long)w->now, i, fx->what, fx->why, fx->child, fx->text,
		       fx->hint);
	if (p->n_status == STATUS_MAX) {
		memmove(p->status, p->status + 1, (STATUS_MAX - 1) * sizeof(p->status[0]));
		p->n_status--;
	}
	p->status[p->n_status++] = *fx;
}

void peer_effect(struct world *w, unsigned int i, const struct ike_effect *e)
{
	struct peer *p = &w->peer[i];

	switch (e->type) {
	case IKE_FX_SEND:
		world_send(w, i, &e->u.send);
		break;
	case IKE_FX_AUTH_SIGN:
		if (!fx_key(w, i, &e->u.auth))
			fx_auth(w, i, &e->u.auth, false);
		break;
	case IKE_FX_AUTH_VERIFY:
		fx_auth(w, i, &e->u.auth, true);
		break;
	case IKE_FX_EAP:
		fx_eap(w, i, &e->u.eap);
		break;
	case IKE_FX_EAP_END:
		p->n_eap_end++;
		break;
	case IKE_FX_CERT_VERIFY:
		fx_cert(w, i, &e->u.cert);
		break;
	case IKE_FX_PPK:
		fx_ppk(w, i, &e->u.ppk);
		break;
	case IKE_FX_SPI_REQUEST:
		fx_spi_request(w, i, &e->u.spi);
		break;
	case IKE_FX_SPI_RELEASE:
		if (!reserved_remove(p, e->u.spi.spi)) {
			fprintf(stderr, "released an SPI that was not reserved\n");
			abort();
		}
		break;
	case IKE_FX_CHILD_INSTALL:
		fx_install(w, i, &e->u.child);
		break;
	case IKE_FX_CHILD_UPDATE: {
		struct pair *pair = peer_pair(p, e->u.child.spi_in);

		if (pair) {
			pair->fx.local = e->u.child.local;
			pair->fx.remote = e->u.child.remote;
			pair->fx.encap = e->u.child.encap;
		}
		break;
	}
	case IKE_FX_CHILD_REMOVE:
		fx_remove(w, i, &e->u.child);
		break;
	case IKE_FX_PATH:
		fx_path(w, i, &e->u.path);
		break;
	case IKE_FX_CONFIG:
		p->config = e->u.config;
		break;
	case IKE_FX_STATUS:
		fx_status(w, i, &e->u.status);
		break;
	case IKE_FX_LOG:
		if (w->verbose)
			printf("# %llu peer %u log %d %s\n", (unsigned long long)w->now, i,
			       e->u.log.level, e->u.log.text);
		break;
	case IKE_FX_SHUTDOWN_DONE:
		p->shutdown_done = true;
		break;
	}
}
