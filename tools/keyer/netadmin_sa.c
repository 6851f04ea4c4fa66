// SPDX-License-Identifier: MIT
/* SPIs and SA pairs of a tunnel in the kernel. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/ike/iana.h"
#include "tools/keyer/log.h"
#include "tools/keyer/netadmin.h"

/* --- SPIs --- */

void spis_forget(struct tun *tun)
{
	free(tun->spis);
	tun->spis = NULL;
	tun->n_spis = 0;
}

static void spi_keep(struct tun *tun, uint32_t spi)
{
	tun->spis = reallocarray(tun->spis, tun->n_spis + 1, sizeof(spi));
	if (!tun->spis)
		abort();
	tun->spis[tun->n_spis++] = spi;
}

bool spi_take(struct tun *tun, uint32_t spi)
{
	unsigned int i;

	for (i = 0; i < tun->n_spis; i++) {
		if (tun->spis[i] != spi)
			continue;
		tun->spis[i] = tun->spis[--tun->n_spis];
		if (!tun->n_spis)
			spis_forget(tun);
		return true;
	}
	return false;
}

bool spi_has(const struct tun *tun, uint32_t spi)
{
	unsigned int i;

	for (i = 0; i < tun->n_spis; i++)
		if (tun->spis[i] == spi)
			return true;
	return false;
}

void spi_give_back(struct tun *tun, uint32_t spi)
{
	struct ipsecvif_sa_id id = { .dir = IPSECVIF_DIR_IN, .spi = ntohl(spi) };
	struct kernel *k = tun->na->kernel;

	if (tun->iface && tun->iface->ifindex)
		k->ops->sa_del(k, tun->iface->ifindex, &id, 1);
}

void spi_release_all(struct tun *tun)
{
	while (tun->n_spis)
		spi_give_back(tun, tun->spis[--tun->n_spis]);
	spis_forget(tun);
}

void spi_request(struct tun *tun, const struct ike_fx_spi *ask)
{
	struct ike_ev_spi reply = { .request = ask->request };
	struct kernel *k = tun->na->kernel;
	uint32_t spi = 0;

	if (tun->n_spis == NETADMIN_SPIS_MAX)
		snprintf(reply.why, sizeof(reply.why), "too many SPIs wait to be used");
	else if (!tun->iface || !tun->iface->ifindex)
		snprintf(reply.why, sizeof(reply.why), "interface %s is gone",
			 tun->conf->interface);
	else if (k->ops->spi_alloc(k, tun->iface->ifindex,
				   ask->protocol == PROTO_AH ? IPPROTO_AH : IPPROTO_ESP, &spi))
		snprintf(reply.why, sizeof(reply.why), "%s", kernel_error(k));
	else
		reply.ok = true;
	if (reply.ok) {
		reply.spi = htonl(spi);
		spi_keep(tun, reply.spi);
	}
	na_send(tun->na, NA_IKE, MSG_SPI, &reply, sizeof(reply), -1);
}

/* --- SA pairs --- */

struct pair *pair_find(struct tun *tun, uint32_t spi_in)
{
	struct pair *pair;

	for (pair = tun->pairs; pair; pair = pair->next)
		if (pair->spi_in == spi_in)
			return pair;
	return NULL;
}

static void pending_drop(struct pair *pair)
{
	if (!pair->pending)
		return;
	explicit_bzero(pair->pending, sizeof(*pair->pending));
	free(pair->pending);
	pair->pending = NULL;
}

void pair_forget(struct tun *tun, struct pair *pair)
{
	struct pair **at = &tun->pairs, *other;

	while (*at != pair)
		at = &(*at)->next;
	*at = pair->next;
	if (tun->children[pair->child].pair == pair) {
		/* The newest of those left carries on. */
		for (other = tun->pairs; other && other->child != pair->child; other = other->next)
			;
		tun->children[pair->child].pair = other;
	}
	index_remove(&pair->by_in);
	index_remove(&pair->by_out);
	loop_timer_set(tun->na->loop, &pair->timer, LOOP_NEVER);
	pending_drop(pair);
	free(pair->ts);
	free(pair);
}

void pair_remove(struct tun *tun, struct pair *pair)
{
	struct ipsecvif_sa_id ids[2] = {
		{ .dir = IPSECVIF_DIR_IN, .spi = ntohl(pair->spi_in) },
		{ .dir = IPSECVIF_DIR_OUT, .spi = ntohl(pair->spi_out) },
	};
	struct kernel *k = tun->na->kernel;
	int i;

	convert_addr_to_lib(&pair->remote, &ids[1].dst);
	/* Together if both are there; one may have reached its hard limit. */
	if (tun->iface && tun->iface->ifindex && k->ops->sa_del(k, tun->iface->ifindex, ids, 2))
		for (i = 0; i < 2; i++)
			k->ops->sa_del(k, tun->iface->ifindex, &ids[i], 1);
	pair_forget(tun, pair);
}

/*
 * Adds SAs of a pair with the selectors of both. @n: 2; or 1, the inbound one if
 * @from is 0, the outbound one if it is 1.
 */
static int sas_add(struct tun *tun, const struct ike_fx_child *fx, unsigned int child, size_t from,
		   size_t n, char *why, size_t why_len)
{
	struct ipsecvif_selector selectors[IPSECVIF_SELECTORS_PER_REQUEST];
	struct kernel *k = tun->na->kernel;
	struct ipsecvif_sa sas[2];
	int n_selectors;

	n_selectors = convert_selectors(fx->local_ts, fx->n_local, fx->remote_ts, fx->n_remote,
					selectors, IPSECVIF_SELECTORS_PER_REQUEST, why, why_len);
	if (n_selectors < 0 ||
	    convert_sas(fx, tun->conf->children[child].replay_window, sas, why, why_len))
		return -1;
	if (k->ops->sa_add(k, tun->iface->ifindex, sas + from, n, selectors, (size_t)n_selectors)) {
		snprintf(why, why_len, "%s", kernel_error(k));
		return -1;
	}
	return 0;
}

/* Begins to send by the new SA of a pair that the peer's rekey made. */
static void pair_switch(struct pair *pair)
{
	struct ike_ev_child gone = { .spi_in = pair->spi_in,
				     .spi_out = pair->spi_out,
				     .hard = true };
	struct tun *tun = pair->tun;
	char why[IKE_TEXT_MAX];

	loop_timer_set(tun->na->loop, &pair->timer, LOOP_NEVER);
	if (!pair->pending || !tun->iface || !tun->iface->ifindex)
		return;
	if (sas_add(tun, pair->pending, pair->child, 1, 1, why, sizeof(why))) {
		tun_problem(tun, (int)pair->child, "kernel", why, "");
		na_send(tun->na, NA_IKE, MSG_EXPIRE, &gone, sizeof(gone), -1);
	}
	pending_drop(pair);
}

static void pair_timer(void *arg)
{
	pair_switch(arg);
}

/* The old pair goes: whatever replaces it sends from now on. */
void pairs_switch(struct tun *tun, uint32_t replaced_in)
{
	struct pair *pair;

	for (pair = tun->pairs; pair; pair = pair->next)
		if (pair->pending && pair->replaces_in == replaced_in)
			pair_switch(pair);
}

static struct pair *pair_keep(struct tun *tun, int child, const struct ike_fx_child *fx)
{
	struct pair *pair = calloc(1, sizeof(*pair));

	if (!pair)
		abort();
	pair->tun = tun;
	loop_timer_init(&pair->timer, pair_timer, pair);
	pair->child = (unsigned int)child;
	pair->spi_in = fx->spi_in;
	pair->spi_out = fx->spi_out;
	pair->at = loop_now();
	pair->hard_ms = fx->hard_ms;
	pair->encap = fx->encap;
	pair->ah = fx->protocol == PROTO_AH;
	pair->compressed = fx->cpi_in != 0;
	pair->local = fx->local;
	pair->remote = fx->remote;
	pair->n_local = fx->n_local;
	pair->n_remote = fx->n_remote;
	pair->ts = calloc((size_t)fx->n_local + fx->n_remote, sizeof(struct ike_ts));
	if (!pair->ts)
		abort();
	memcpy(pair->ts, fx->local_ts, fx->n_local * sizeof(struct ike_ts));
	memcpy(pair->ts + fx->n_local, fx->remote_ts, fx->n_remote * sizeof(struct ike_ts));
	pair->next = tun->pairs;
	tun->pairs = pair;
	index_add(&tun->na->pairs_in, &pair->by_in, pair->spi_in);
	index_add(&tun->na->pairs_out, &pair->by_out, pair->spi_out);
	tun->children[child].pair = pair;
	return pair;
}

static unsigned int pairs_count(const struct tun *tun)
{
	const struct pair *pair;
	unsigned int n = 0;

	for (pair = tun->pairs; pair; pair = pair->next)
		n++;
	return n;
}

static bool ts_same(const struct ike_ts *ts, unsigned int n, const struct ike_ts *other,
		    unsigned int n_other)
{
	return n == n_other && !memcmp(ts, other, n * sizeof(*ts));
}

/*
 * The pair that carries what a new one of the peer's is for: the one that it rekeys,
 * or in a reauthentication, make before break, that of the IKE SA before.
 */
static const struct pair *pair_before(struct tun *tun, int child, const struct ike_fx_child *fx)
{
	const struct pair *pair;

	if (fx->replaces_in)
		return pair_find(tun, fx->replaces_in);
	for (pair = tun->pairs; pair; pair = pair->next)
		if (pair->child == (unsigned int)child && !pair->pending &&
		    ike_host_equal(&pair->remote, &fx->remote) &&
		    ts_same(pair->ts, pair->n_local, fx->local_ts, fx->n_local) &&
		    ts_same(pair->ts + pair->n_local, pair->n_remote, fx->remote_ts, fx->n_remote))
			return pair;
	return NULL;
}

int pair_install(struct tun *tun, int child, const struct ike_fx_child *fx, char *why,
		 size_t why_len)
{
	const char *refused = NULL;
	/*
	 * The peer that began has not our answer yet, and could not read what we sent
	 * by the new SA: the old one sends until the peer ends it.
	 */
	const struct pair *before = fx->initiator ? NULL : pair_before(tun, child, fx);
	const uint32_t before_in = before ? before->spi_in : 0;
	struct pair *pair;

	if (!tun->iface || !tun->iface->ifindex)
		refused = "the interface is gone";
	else if (pairs_count(tun) >= NETADMIN_PAIRS_MAX)
		refused = "the tunnel has too many SAs";
	if (refused) {
		snprintf(why, why_len, "%s", refused);
		return -1;
	}
	if (sas_add(tun, fx, (unsigned int)child, 0, before ? 1 : 2, why, why_len))
		return -1;
	spi_take(tun, fx->spi_in);
	pair = pair_keep(tun, child, fx);
	if (!before)
		return 0;
	pair->pending = malloc(sizeof(*fx));
	if (!pair->pending)
		abort();
	*pair->pending = *fx;
	pair->replaces_in = before_in;
	loop_timer_set(tun->na->loop, &pair->timer, loop_now() + NETADMIN_SWITCH);
	return 0;
}

void pair_update(struct tun *tun, const struct ike_fx_child *fx)
{
	struct pair *pair = pair_find(tun, fx->spi_in);
	struct kernel *k = tun->na->kernel;
	const uint64_t what = IPSECVIF_BIT(IPSECVIF_SA_A_SRC) | IPSECVIF_BIT(IPSECVIF_SA_A_DST) |
			      IPSECVIF_BIT(IPSECVIF_SA_A_ENCAP_SPORT) |
			      IPSECVIF_BIT(IPSECVIF_SA_A_ENCAP_DPORT);
	struct ipsecvif_sa in = { 0 }, out = { 0 };
	struct ipsecvif_sa_id id = { 0 };
	int ret;

	if (!pair || !tun->iface || !tun->iface->ifindex)
		return;
	convert_addr_to_lib(&fx->remote, &in.src);
	convert_addr_to_lib(&fx->local, &in.dst);
	out.src = in.dst;
	out.dst = in.src;
	if (fx->encap) {
		in.encap_sport = out.encap_dport = fx->remote.port;
		in.encap_dport = out.encap_sport = fx->local.port;
	}
	id.spi = ntohl(pair->spi_in);
	id.dir = IPSECVIF_DIR_IN;
	ret = k->ops->sa_update(k, tun->iface->ifindex, &id, &in, what);
	id.spi = ntohl(pair->spi_out);
	id.dir = IPSECVIF_DIR_OUT;
	if (pair->pending) {
		pair->pending->local = fx->local;
		pair->pending->remote = fx->remote;
		pair->pending->encap = fx->encap;
	} else if (!ret)
		ret = k->ops->sa_update(k, tun->iface->ifindex, &id, &out, what);
	if (ret) {
		tun_problem(tun, (int)pair->child, "kernel", kernel_error(k), "");
		return;
	}
	pair->local = fx->local;
	pair->remote = fx->remote;
	pair->encap = fx->encap;
}
