// SPDX-License-Identifier: MIT
/*
 * The world of ike_peers.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <arpa/inet.h>

#include "selftests/unit/ike_peers.h"
#include "tools/keyer/ike/core.h"

uint64_t world_random(struct world *w)
{
	w->seed ^= w->seed << 13;
	w->seed ^= w->seed >> 7;
	w->seed ^= w->seed << 17;
	return w->seed * 0x2545f4914f6cdd1dULL;
}

static void fill_random(void *ctx, uint8_t *buf, size_t len)
{
	struct peer *p = ctx;

	for (size_t i = 0; i < len; i++)
		buf[i] = (uint8_t)(world_random(p->world) >> 32);
}

static struct ike_addr addr(const char *text, uint16_t port)
{
	struct ike_addr a = { .family = AF_INET, .port = port };

	inet_pton(AF_INET, text, a.bytes);
	return a;
}

static struct ike_env env_of(struct peer *p);

struct ike_conn_conf *world_conf(struct world *w, unsigned int i)
{
	struct ike_conn_conf *c = &w->peer[i].conf;
	struct room *room = &w->peer[i].room;
	struct ike_child_conf *child = &room->children[0];
	char err[256];

	memset(c, 0, sizeof(*c));
	memset(room, 0, sizeof(*room));
	c->local = room->local;
	c->remote = room->remote;
	c->pool = room->pool;
	c->dns = room->dns;
	c->proposals = room->proposals;
	c->children = room->children;
	for (unsigned int k = 0; k < IKE_CHILDREN_MAX; k++) {
		room->children[k].local = room->child[k].local;
		room->children[k].remote = room->child[k].remote;
		room->children[k].proposals = room->child[k].proposals;
	}
	c->id = i + 1;
	snprintf(c->name, sizeof(c->name), "t%u", i);
	ike_id_parse(i ? "right.example.com" : "left@example.com", &c->local_id, err, sizeof(err));
	ike_id_parse(i ? "left@example.com" : "right.example.com", &c->remote_id, err, sizeof(err));
	c->local_auth = c->remote_auth = IKE_AUTH_PSK;
	c->n_proposals = 1;
	ike_proposal_parse(1, "aes256gcm16-prfsha256-x25519", &room->proposals[0], err,
			   sizeof(err));
	c->rekey = true;
	c->retransmit_tries = 5;
	c->retransmit_timeout = 2000;
	c->retransmit_base_percent = 180;
	c->nat_keepalive = 20000;
	c->n_children = 1;
	snprintf(child->name, sizeof(child->name), "lan");
	child->mode = 1;
	child->esn = true;
	child->rekey = true;
	child->n_local = child->n_remote = 1;
	ike_ts_parse(i ? "10.2.0.0/16" : "10.1.0.0/16", &room->child[0].local[0], err, sizeof(err));
	ike_ts_parse(i ? "10.1.0.0/16" : "10.2.0.0/16", &room->child[0].remote[0], err,
		     sizeof(err));
	child->n_proposals = 1;
	ike_proposal_parse(3, "aes128gcm16-x25519", &room->child[0].proposals[0], err, sizeof(err));
	return c;
}

void world_child(struct world *w, unsigned int i, const char *name, const char *local,
		 const char *remote)
{
	struct ike_conn_conf *c = &w->peer[i].conf;
	struct room *room = &w->peer[i].room;
	struct child_room *lists = &room->child[c->n_children];
	struct ike_child_conf *child = &room->children[c->n_children++];
	char err[256];

	*lists = room->child[0];
	*child = room->children[0];
	child->local = lists->local;
	child->remote = lists->remote;
	child->proposals = lists->proposals;
	snprintf(child->name, sizeof(child->name), "%s", name);
	ike_ts_parse(local, &lists->local[0], err, sizeof(err));
	ike_ts_parse(remote, &lists->remote[0], err, sizeof(err));
	world_set(w, i);
}

struct world *world_new(uint64_t seed)
{
	struct world *w = calloc(1, sizeof(*w));

	w->seed = seed * 0x9e3779b97f4a7c15ULL + 1;
	w->now = 1000000;
	w->verbose = getenv("IKE_VERBOSE") != NULL;
	for (unsigned int i = 0; i < PEERS; i++) {
		struct peer *p = &w->peer[i];
		struct ike_env env = env_of(p);

		p->world = w;
		p->addr = addr(i ? "192.0.2.2" : "192.0.2.1", 500);
		p->next_spi = 0x10000000 * (i + 1);
		snprintf(p->psk, sizeof(p->psk), "correct horse");
		p->ike = ike_new(&env);
		world_conf(w, i);
		world_set(w, i);
	}
	return w;
}

void world_forget(struct world *w, unsigned int i)
{
	struct peer *p = &w->peer[i];
	struct ike_env env = env_of(p);

	ike_free(p->ike);
	p->ike = ike_new(&env);
	p->n_reserved = 0;
	memset(p->pairs, 0, sizeof(p->pairs));
	world_set(w, i);
}

static void item_free(struct item *it)
{
	free(it->data);
	memset(it, 0, sizeof(*it));
}

void world_free(struct world *w)
{
	for (unsigned int i = 0; i < PEERS; i++) {
		ike_free(w->peer[i].ike);
		eap_free(w->peer[i].eap);
	}
	while (w->n_items)
		item_free(&w->items[--w->n_items]);
	free(w);
}

void world_drop(struct world *w, unsigned int at)
{
	item_free(&w->items[at]);
	w->n_items--;
	memmove(&w->items[at], &w->items[at + 1], (w->n_items - at) * sizeof(w->items[0]));
}

static struct item *item_add(struct world *w)
{
	struct item *it;

	if (w->n_items == QUEUE_MAX) {
		fprintf(stderr, "the network is full\n");
		abort();
	}
	it = &w->items[w->n_items++];
	memset(it, 0, sizeof(*it));
	return it;
}

void world_copy(struct world *w, unsigned int at)
{
	struct item *it = item_add(w);

	*it = w->items[at];
	it->data = malloc(it->len ? it->len : 1);
	memcpy(it->data, w->items[at].data, it->len);
}

static bool same_host(const struct ike_addr *a, const struct ike_addr *b)
{
	return a->family == b->family && !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

static bool is_of(const struct ike_addr *a, const struct peer *p)
{
	return same_host(a, &p->addr) || (p->addr2.family && same_host(a, &p->addr2));
}

static void fx_send(struct world *w, unsigned int i, const struct ike_fx_send *fx)
{
	struct item *it;

	w->peer[i].n_send++;
	if (fx->keepalive)
		return;
	it = item_add(w);
	it->kind = ITEM_PACKET;
	it->to = !i;
	it->local = fx->remote;
	it->remote = fx->local;
	it->natt = fx->natt;
	it->len = fx->len;
	it->data = malloc(fx->len);
	memcpy(it->data, fx->data, fx->len);
	if (w->nat && i == 0) {
		it->remote = w->nat_addr;
		it->remote.port = (uint16_t)(w->nat_addr.port + fx->local.port);
	}
	if (w->nat && i == 1) {
		it->local = w->peer[0].addr;
		it->local.port = (uint16_t)(fx->remote.port - w->nat_addr.port);
	}
	if (!w->nat && (!is_of(&it->local, &w->peer[!i]) || !is_of(&it->remote, &w->peer[i])))
		world_drop(w, w->n_items - 1);
	else if (w->filter && !w->filter(w, it))
		world_drop(w, w->n_items - 1);
}

static struct ike_event *answer_add(struct world *w, unsigned int i, enum ike_ev_type type)
{
	struct item *it = item_add(w);

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

static struct ike_env env_of(struct peer *p)
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

static struct pair *pair_find(struct peer *p, uint32_t spi_in)
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
	struct pair *pair = pair_find(p, fx->spi_in);

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

static void effect(struct world *w, unsigned int i, const struct ike_effect *e)
{
	struct peer *p = &w->peer[i];

	switch (e->type) {
	case IKE_FX_SEND:
		fx_send(w, i, &e->u.send);
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
		struct pair *pair = pair_find(p, e->u.child.spi_in);

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

void world_event(struct world *w, unsigned int i, struct ike_event *ev)
{
	struct ike_effects *fx = ike_effects_new();

	ev->now = w->now;
	ike_step(w->peer[i].ike, ev, fx);
	for (size_t k = 0; k < ike_effects_count(fx); k++)
		effect(w, i, ike_effects_get(fx, k));
	ike_effects_free(fx);
}

void world_set(struct world *w, unsigned int i)
{
	struct ike_event ev = { .type = IKE_EV_CONN_SET, .u.conf = &w->peer[i].conf };

	world_event(w, i, &ev);
}

void world_initiate(struct world *w, unsigned int i, const char *child)
{
	struct ike_event ev = { .type = IKE_EV_INITIATE };

	ev.u.initiate.conn = w->peer[i].conf.id;
	snprintf(ev.u.initiate.child, sizeof(ev.u.initiate.child), "%s", child);
	ev.u.initiate.local = w->peer[i].addr;
	ev.u.initiate.remote = w->nat && i == 1 ? w->nat_addr : w->peer[!i].addr;
	ev.u.initiate.remote.port = 0;
	world_event(w, i, &ev);
}

static void operator_event(struct world *w, unsigned int i, enum ike_ev_type type,
			   const char *child)
{
	struct ike_event ev = { .type = type };

	ev.u.terminate.conn = w->peer[i].conf.id;
	snprintf(ev.u.terminate.child, sizeof(ev.u.terminate.child), "%s", child);
	world_event(w, i, &ev);
}

void world_terminate(struct world *w, unsigned int i, const char *child)
{
	operator_event(w, i, IKE_EV_TERMINATE, child);
}

void world_rekey(struct world *w, unsigned int i, const char *child)
{
	operator_event(w, i, IKE_EV_REKEY, child);
}

bool world_deliver(struct world *w, unsigned int at)
{
	struct item it;
	struct ike_event ev = { .type = IKE_EV_PACKET };

	if (at >= w->n_items)
		return false;
	it = w->items[at];
	w->n_items--;
	memmove(&w->items[at], &w->items[at + 1], (w->n_items - at) * sizeof(w->items[0]));
	if (it.kind == ITEM_ANSWER) {
		world_event(w, it.to, &it.answer);
		return true;
	}
	ev.u.packet.local = it.local;
	ev.u.packet.remote = it.remote;
	ev.u.packet.natt = it.natt;
	ev.u.packet.len = it.len;
	ev.u.packet.data = it.data;
	world_event(w, it.to, &ev);
	free(it.data);
	return true;
}

void world_settle(struct world *w)
{
	for (unsigned int n = 0; world_deliver(w, 0); n++) {
		if (n > 20000) {
			fprintf(stderr, "the peers never stop talking\n");
			abort();
		}
	}
}

void world_run(struct world *w, uint64_t ms)
{
	uint64_t end = w->now + ms;

	for (unsigned int n = 0;; n++) {
		uint64_t at = end;

		world_settle(w);
		for (unsigned int i = 0; i < PEERS; i++) {
			uint64_t d = ike_deadline(w->peer[i].ike);

			if (d < at)
				at = d;
		}
		if (at > w->now)
			w->now = at;
		for (unsigned int i = 0; i < PEERS; i++) {
			struct ike_event ev = { .type = IKE_EV_TICK };

			if (ike_deadline(w->peer[i].ike) <= w->now)
				world_event(w, i, &ev);
		}
		if (w->now >= end && !w->n_items)
			break;
		if (n > 1000000) {
			fprintf(stderr, "timers never stop\n");
			abort();
		}
	}
}

const struct ike_fx_status *world_status(struct world *w, unsigned int i, enum ike_status what)
{
	struct peer *p = &w->peer[i];

	for (unsigned int k = p->n_status; k-- > 0;) {
		if (p->status[k].what == what)
			return &p->status[k];
	}
	return NULL;
}

unsigned int world_pairs(const struct world *w, unsigned int i)
{
	unsigned int n = 0;

	for (unsigned int k = 0; k < PAIRS_MAX; k++)
		n += w->peer[i].pairs[k].installed;
	return n;
}

static bool key_equal(const struct ike_key *a, const struct ike_key *b)
{
	return a->len == b->len && !memcmp(a->data, b->data, a->len);
}

static const char *pair_agrees(const struct ike_fx_child *a, struct peer *other)
{
	struct pair *p = pair_find(other, a->spi_out);
	const struct ike_fx_child *b = p ? &p->fx : NULL;

	if (!b || b->spi_out != a->spi_in)
		return "a pair has no other half";
	if (a->protocol != b->protocol || (a->protocol == PROTO_AH) != !a->encr_in.len)
		return "protocols differ";
	if (!key_equal(&a->encr_in, &b->encr_out) || !key_equal(&a->encr_out, &b->encr_in) ||
	    (a->encr_in.len && key_equal(&a->encr_in, &a->encr_out)))
		return "encryption keys differ";
	if (!key_equal(&a->integ_in, &b->integ_out) || !key_equal(&a->integ_out, &b->integ_in) ||
	    (a->integ_in.len && key_equal(&a->integ_in, &a->integ_out)))
		return "integrity keys differ";
	if (a->cpi_in != b->cpi_out || a->cpi_out != b->cpi_in)
		return "compression differs";
	if (a->esn != b->esn || a->mode != b->mode || a->encap != b->encap ||
	    a->encr.id != b->encr.id || a->encr.key_bits != b->encr.key_bits ||
	    a->integ.id != b->integ.id)
		return "transforms differ";
	if (a->n_local != b->n_remote || a->n_remote != b->n_local ||
	    memcmp(a->local_ts, b->remote_ts, a->n_local * sizeof(a->local_ts[0])) != 0 ||
	    memcmp(a->remote_ts, b->local_ts, a->n_remote * sizeof(a->remote_ts[0])) != 0)
		return "selectors differ";
	if (!other->world->nat &&
	    (!same_host(&a->local, &b->remote) || !same_host(&a->remote, &b->local) ||
	     (a->encap && (a->local.port != b->remote.port || a->remote.port != b->local.port))))
		return "outer addresses differ";
	return NULL;
}

const char *world_agree(struct world *w)
{
	for (unsigned int i = 0; i < PEERS; i++) {
		if (w->peer[i].n_reserved)
			return "an SPI is reserved and not used";
		for (unsigned int k = 0; k < PAIRS_MAX; k++) {
			const char *why;

			if (!w->peer[i].pairs[k].installed)
				continue;
			why = pair_agrees(&w->peer[i].pairs[k].fx, &w->peer[!i]);
			if (why)
				return why;
		}
	}
	return NULL;
}

unsigned int world_sas(const struct world *w, unsigned int i)
{
	const struct sa *sa;
	unsigned int n = 0;

	TAILQ_FOREACH(sa, &w->peer[i].ike->sas, link)
	n += sa->state != SA_DEAD;
	return n;
}

bool world_idle(const struct world *w)
{
	for (unsigned int i = 0; i < PEERS; i++) {
		if (ike_deadline(w->peer[i].ike) != UINT64_MAX)
			return false;
	}
	return !w->n_items;
}

void world_roam(struct world *w, unsigned int i, const struct ike_addr *to)
{
	struct peer *p = &w->peer[i];
	struct ike_event ev = { .type = IKE_EV_ROAM };

	ev.u.roam.conn = p->conf.id;
	ev.u.roam.was = p->addr;
	ev.u.roam.local = *to;
	p->addr = *to;
	world_event(w, i, &ev);
}
