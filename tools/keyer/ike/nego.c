// SPDX-License-Identifier: MIT
/*
 * A CHILD_SA under negotiation: offered or accepted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/ike/report.h"
#include "tools/keyer/ike/sa.h"

struct nego *nego_new(bool initiator, const char *child)
{
	struct nego *n = mem_new(sizeof(*n));

	n->initiator = initiator;
	n->protocol = PROTO_ESP;
	n->mode = 1;
	snprintf(n->child, sizeof(n->child), "%s", child ? child : "");
	return n;
}

/* An IKE SA that was to be, and got no answer. */
static void rekey_drop_successor(struct sa *sa, struct nego *n)
{
	const uint8_t *ours = n->initiator ? n->new_spi_i : n->new_spi_r;
	static const uint8_t none[IKE_SPI_LEN];
	struct sa *new;

	if (!n->ike || !memcmp(ours, none, IKE_SPI_LEN))
		return;
	new = sa_find_spi(sa->ike, ours, n->initiator);
	if (new &&new->state == SA_NEW) {
		sa_enter(new, SA_DEAD, 0);
		sa_rearm(new);
	}
}

void nego_free(struct sa *sa, struct nego *n)
{
	if (!n)
		return;
	if (n->installing) {
		struct ike_fx_child *fx = &effect_add(sa->ike, IKE_FX_CHILD_REMOVE)->u.child;

		fx->conn = sa->conn_id;
		memcpy(fx->child, n->child, sizeof(fx->child));
		fx->protocol = n->protocol;
		fx->spi_in = n->spi_in;
		fx->spi_out = n->spi_out;
		fx->local = sa->local;
		fx->remote = sa->remote;
	} else if (n->spi_held) {
		child_spi_release(sa->ike, sa->conn_id, n->child, n->protocol, n->spi_in);
	}
	rekey_drop_successor(sa, n);
	crypto_ke_free(n->ke);
	mem_wipe_free(n->more, n->more_len);
	packet_drop(&n->link);
	free(n->offer);
	mem_wipe_free(n, sizeof(*n));
}

void nego_nonces(const struct sa *sa, struct nego *n)
{
	memcpy(n->ni, sa->hs->ni, sa->hs->ni_len);
	n->ni_len = sa->hs->ni_len;
	memcpy(n->nr, sa->hs->nr, sa->hs->nr_len);
	n->nr_len = sa->hs->nr_len;
}

void nego_rules(struct sa *sa, const struct nego *n, bool first, struct proposal_rules *r)
{
	const struct ike_child_conf *conf = conn_child(sa->conn, n->child);

	memset(r, 0, sizeof(*r));
	r->ignore_ke = first;
	r->prefer_ke = n->ke_group;
	r->esn_first = conf && conf->esn;
	r->ctx = sa->ike->env.ctx;
	r->capable = sa->ike->env.capable;
}

void nego_fail(struct nego *n, uint16_t error, enum ike_reason why, const char *text,
	       const char *hint)
{
	n->error = error;
	n->why = why;
	snprintf(n->text, sizeof(n->text), "%s", text);
	snprintf(n->hint, sizeof(n->hint), "%s", hint);
}

/* What the kernel lacks is not offered; a proposal may become empty by that. */
static bool offer_one(struct sa *sa, const struct ike_child_conf *conf,
		      const struct ike_proposal *from, bool first, struct ike_proposal *to)
{
	const struct ike_env *env = &sa->ike->env;

	memset(to, 0, sizeof(*to));
	to->protocol = from->protocol;
	for (unsigned int i = 0; i < from->n; i++) {
		const struct ike_transform *t = &from->t[i];

		bool ke = t->type == TR_KE || t->type >= TR_ADDKE1;

		if (first && ke)
			continue;
		if (ke && t->id && !crypto_ke_supported(t->id))
			continue;
		if (env->capable && !ke && t->id && !env->capable(env->ctx, from->protocol, t))
			continue;
		to->t[to->n++] = *t;
	}
	/* which of ESN and no ESN is preferred is a matter of the child */
	for (unsigned int i = 0; i + 1 < to->n; i++) {
		struct ike_transform *a = &to->t[i], *b = a + 1, swap = *a;

		if (a->type == TR_ESN && b->type == TR_ESN && (a->id != 0) != conf->esn) {
			*a = *b;
			*b = swap;
		}
	}
	for (unsigned int i = 0; i < from->n; i++) {
		bool ke = from->t[i].type == TR_KE || from->t[i].type >= TR_ADDKE1;

		if (!(first && ke) && !proposal_find(to, from->t[i].type))
			return false;
	}
	return true;
}

static unsigned int offer_all(struct sa *sa, const struct nego *n, bool first,
			      struct sa_proposal out[IKE_PROPOSALS_MAX])
{
	const struct ike_child_conf *conf = conn_child(sa->conn, n->child);
	unsigned int count = 0;

	for (unsigned int i = 0; conf && i < conf->n_proposals && i < IKE_PROPOSALS_MAX; i++) {
		struct sa_proposal *p = &out[count];

		if (!offer_one(sa, conf, &conf->proposals[i], first, &p->p))
			continue;
		p->number = (uint8_t)++count;
		p->spi_len = 4;
		memset(p->spi, 0, sizeof(p->spi));
		memcpy(p->spi, &n->spi_in, 4);
	}
	return count;
}

/* RFC 3715 2.1: AH covers the addresses that a NAT changes. */
static bool nat_allows(const struct sa *sa, struct nego *n)
{
	if (n->protocol != PROTO_AH || (!sa->nat_local && !sa->nat_remote))
		return true;
	nego_fail(n, N_NO_PROPOSAL_CHOSEN, IKE_WHY_PROTOCOL,
		  sa->nat_local ? "AH cannot pass a NAT, and there is one before us" :
				  "AH cannot pass a NAT, and there is one before the peer",
		  AH_NAT_HINT);
	return false;
}

static uint8_t conf_protocol(const struct ike_child_conf *conf)
{
	return conf->n_proposals ? conf->proposals[0].protocol : PROTO_ESP;
}

bool nego_offer(struct sa *sa, struct nego *n)
{
	const struct ike_child_conf *conf = conn_child(sa->conn, n->child);
	struct sa_proposal p[IKE_PROPOSALS_MAX];

	if (!conf) {
		nego_fail(n, 0, IKE_WHY_CONFIG, "the child is not configured any more", "");
		return false;
	}
	n->mode = conf->mode;
	n->protocol = conf_protocol(conf);
	n->cpi_in = conf->compress ? ipcomp_cpi_new(sa->ike) : 0;
	sa_ts_local(sa, conf, &n->local_ts);
	sa_ts_remote(sa, conf, &n->remote_ts);
	if (!nat_allows(sa, n))
		return false;
	if (!offer_all(sa, n, true, p)) {
		nego_fail(n, 0, IKE_WHY_KERNEL,
			  n->protocol == PROTO_AH ?
				  "the kernel has none of the configured AH algorithms" :
				  "the kernel has none of the configured ESP algorithms",
			  "change `esp` or `ah` of the child, or load what the kernel lacks");
		return false;
	}
	return true;
}

/* Our half of a key exchange for the group that is wanted, or our first. */
static bool offer_ke(struct nego *n, const struct sa_proposal *p, unsigned int count)
{
	for (unsigned int i = 0; i < count && !n->ke_group; i++) {
		const struct ike_transform *t = proposal_find(&p[i].p, TR_KE);

		if (t)
			n->ke_group = t->id;
	}
	if (n->ke_group && !n->ke)
		n->ke = crypto_ke_new(n->ke_group);
	return !n->ke_group || n->ke;
}

static void write_common(struct sa *sa, const struct nego *n)
{
	struct ike *ike = sa->ike;
	const struct ts_list *i = n->initiator ? &n->local_ts : &n->remote_ts;
	const struct ts_list *r = n->initiator ? &n->remote_ts : &n->local_ts;

	ts_payload_write(out_payload(ike, PL_TSI), i);
	ts_payload_write(out_payload(ike, PL_TSR), r);
	if (!n->mode)
		out_notify(ike, 0, NULL, 0, N_USE_TRANSPORT_MODE, NULL, 0);
	ipcomp_write(ike, n);
}

void nego_write_offer(struct sa *sa, struct nego *n, bool first)
{
	struct sa_proposal p[IKE_PROPOSALS_MAX];
	unsigned int count = offer_all(sa, n, first, p);
	struct ike *ike = sa->ike;

	sa_payload_write(out_payload(ike, PL_SA), p, count);
	if (!first) {
		n->ni_len = NONCE_OURS;
		ike_random(ike, n->ni, n->ni_len);
		write_bytes(out_payload(ike, PL_NONCE), n->ni, n->ni_len);
		if (!offer_ke(n, p, count))
			ike->out.w.failed = true;
		else if (n->ke)
			out_ke(ike, n->ke);
	}
	write_common(sa, n);
}

/* RFC 4303 2.1: 1 to 255 are reserved, and 0 is never sent. */
static bool spi_valid(const uint8_t spi[4])
{
	return spi[0] || spi[1] || spi[2];
}

/* A choice has one transform of each type: as many as we see in it. */
static bool answer_proposal(struct sa *sa, struct nego *n, struct bytes body, bool first)
{
	struct sa_proposal mine[IKE_PROPOSALS_MAX];
	unsigned int count = offer_all(sa, n, first, mine);
	struct proposal_rules rules;
	struct proposal_miss miss;
	struct sa_payload sa_p;
	const char *err = sa_payload_parse(body, &sa_p);

	if (err || sa_p.n != 1 || sa_p.p[0].spi_len != 4) {
		nego_fail(n, 0, IKE_WHY_PROTOCOL,
			  err ? err : "the answer is not one proposal with an SPI of 4 bytes", "");
		return false;
	}
	nego_rules(sa, n, first, &rules);
	for (unsigned int i = 0; i < count; i++) {
		if (!proposal_match(&mine[i].p, &sa_p.p[0].p, &rules, &n->chosen, &miss))
			continue;
		if (!proposal_answers(&sa_p.p[0].p, &n->chosen, &rules) ||
		    !spi_valid(sa_p.p[0].spi))
			break;
		memcpy(&n->spi_out, sa_p.p[0].spi, 4);
		return true;
	}
	nego_fail(n, 0, IKE_WHY_PROTOCOL,
		  "the peer chose what was not offered, or an SPI below 256", "");
	return false;
}

static bool answer_selectors(struct nego *n, const struct msg *m)
{
	struct ts_list i, r;
	const char *err = ts_payload_parse(m->tsi, &i);

	if (!err)
		err = ts_payload_parse(m->tsr, &r);
	if (!err && (!i.n || !r.n))
		err = "the answer has no traffic selector";
	if (!err && (!ts_list_covers(&n->local_ts, &i) || !ts_list_covers(&n->remote_ts, &r)))
		err = "the peer's traffic selectors are wider than those offered";
	if (err) {
		nego_fail(n, 0, IKE_WHY_PROTOCOL, err, "");
		return false;
	}
	n->local_ts = i;
	n->remote_ts = r;
	return true;
}

static bool answer_ke(struct nego *n, const struct msg *m)
{
	if (!proposal_find(&n->chosen, TR_KE)) /* the peer chose to do without */
		return true;
	if (msg_has(m, PL_KE) && n->ke && m->ke_group == crypto_ke_group(n->ke) &&
	    proposal_has_ke(&n->chosen, m->ke_group) &&
	    !crypto_ke_shared(n->ke, m->ke.p, m->ke.len, n->shared, &n->shared_len))
		return true;
	nego_fail(n, 0, IKE_WHY_PROTOCOL, "the peer's key exchange value is missing or not valid",
		  "");
	return false;
}

/* RFC 7296 2.22: then both go on without. */
static void comp_declined(struct sa *sa, const struct nego *n)
{
	log_sa(sa, IKE_LOG_INFO, "child=%s compress=no why=\"the peer does not compress\"",
	       n->child);
}

bool nego_read_answer(struct sa *sa, struct nego *n, const struct msg *m, bool first)
{
	bool transport = msg_notify_find(m, N_USE_TRANSPORT_MODE) != NULL;

	if (!answer_proposal(sa, n, m->sa, first) || !answer_selectors(n, m))
		return false;
	if (transport != !n->mode) {
		nego_fail(n, 0, IKE_WHY_NO_PROPOSAL,
			  n->mode ?
				  "the peer answered with transport mode, which was not asked for" :
				  "the peer declined transport mode",
			  "set the same mode on both sides");
		return false;
	}
	n->cpi_out = ipcomp_read(m);
	if (n->cpi_out && !n->cpi_in) {
		nego_fail(n, 0, IKE_WHY_PROTOCOL, "the peer compresses, which was not asked for",
			  "set compress = yes here, or the peer's compression (IPComp) off");
		return false;
	}
	if (n->cpi_in && !n->cpi_out)
		comp_declined(sa, n);
	if (!n->cpi_out)
		n->cpi_in = 0;
	if (first)
		return true;
	memcpy(n->nr, m->nonce.p, m->nonce.len);
	n->nr_len = (uint16_t)m->nonce.len;
	return answer_ke(n, m);
}

const char *nego_read_offer(struct nego *n, const struct msg *m)
{
	const char *err;

	n->offer = mem_new(sizeof(*n->offer));
	err = sa_payload_parse(m->sa, n->offer);
	if (!err)
		err = ts_payload_parse(m->tsi, &n->offered_i);
	if (!err)
		err = ts_payload_parse(m->tsr, &n->offered_r);
	if (err)
		return err;
	n->want_transport = msg_notify_find(m, N_USE_TRANSPORT_MODE) != NULL;
	n->cpi_out = ipcomp_read(m);
	if (msg_has(m, PL_NONCE)) {
		memcpy(n->ni, m->nonce.p, m->nonce.len);
		n->ni_len = (uint16_t)m->nonce.len;
	}
	if (msg_has(m, PL_KE)) {
		n->ke_group = m->ke_group;
		if (m->ke.len <= sizeof(n->peer_ke)) {
			memcpy(n->peer_ke, m->ke.p, m->ke.len);
			n->peer_ke_len = (uint16_t)m->ke.len;
		}
	}
	return NULL;
}

/* Does the first pair of selectors, taken from a packet, survive the narrowing? */
static bool keeps_packet(const struct nego *n, const struct ts_list *local,
			 const struct ts_list *remote)
{
	return n->offered_i.n && n->offered_r.n && ts_covers(&remote->ts[0], &n->offered_i.ts[0]) &&
	       ts_covers(&local->ts[0], &n->offered_r.ts[0]);
}

static const struct ike_child_conf *accept_selectors(struct sa *sa, struct nego *n,
						     const char *only)
{
	const struct ike_conn_conf *conf = sa->conn->conf;
	const struct ike_child_conf *best = NULL;
	unsigned int most = 0;

	for (unsigned int i = 0; i < conf->n_children; i++) {
		const struct ike_child_conf *c = &conf->children[i];
		struct ts_list local, remote, l, r;
		unsigned int score = 1;

		if (only && strcmp(only, c->name) != 0)
			continue;
		sa_ts_local(sa, c, &local);
		sa_ts_remote(sa, c, &remote);
		if (!ts_narrow(&local, &n->offered_r, &l) || !ts_narrow(&remote, &n->offered_i, &r))
			continue;
		score += keeps_packet(n, &l, &r) ? 8 : 0;
		score += ts_list_equal(&l, &n->offered_r) ? 2 : 0;
		score += ts_list_equal(&r, &n->offered_i) ? 2 : 0;
		score += child_named(sa, c->name) ? 0 : 1;
		if (score <= most)
			continue;
		most = score;
		best = c;
		n->local_ts = l;
		n->remote_ts = r;
	}
	return best;
}

static bool accept_proposal(struct sa *sa, struct nego *n, const struct ike_child_conf *conf,
			    bool first)
{
	struct proposal_rules rules;
	const struct sa_proposal *p;
	const struct ike_transform *ke;

	nego_rules(sa, n, first, &rules);
	p = proposal_choose(conf->proposals, conf->n_proposals, n->offer, &rules, &n->chosen);
	if (!p || p->spi_len != 4) {
		nego_fail(n, N_NO_PROPOSAL_CHOSEN, IKE_WHY_NO_PROPOSAL, "", "");
		explain_proposals(conf->proposals, conf->n_proposals, n->offer, &rules,
				  n->protocol == PROTO_AH ? "ah" : "esp", n->text, n->hint);
		return false;
	}
	if (!spi_valid(p->spi)) {
		nego_fail(n, N_NO_PROPOSAL_CHOSEN, IKE_WHY_PROTOCOL,
			  "the peer's SPI is a reserved one", "");
		return false;
	}
	n->number = p->number;
	memcpy(&n->spi_out, p->spi, 4);
	ke = proposal_find(&n->chosen, TR_KE);
	if (ke && ke->id != n->ke_group) {
		nego_fail(n, N_INVALID_KE_PAYLOAD, IKE_WHY_NONE, "asked the peer for another group",
			  "");
		n->error_group = ke->id;
		return false;
	}
	if (!ke)
		n->ke_group = 0;
	return true;
}

bool nego_accept(struct sa *sa, struct nego *n, const char *only, bool first)
{
	const struct ike_child_conf *conf = accept_selectors(sa, n, only);

	if (!conf) {
		nego_fail(n, N_TS_UNACCEPTABLE, IKE_WHY_NO_TS, "", "");
		explain_selectors(sa, &n->offered_r, &n->offered_i, n->text, n->hint);
		return false;
	}
	snprintf(n->child, sizeof(n->child), "%s", conf->name);
	if (sa->n_children >= CHILD_SAS_MAX) {
		nego_fail(n, N_NO_ADDITIONAL_SAS, IKE_WHY_PROTOCOL,
			  "the peer has more CHILD_SAs than we keep for one IKE SA", "");
		return false;
	}
	n->mode = conf->mode;
	if (!conf->mode && !n->want_transport) {
		nego_fail(n, N_NO_PROPOSAL_CHOSEN, IKE_WHY_NO_PROPOSAL,
			  "the peer wants tunnel mode, and transport mode is configured here",
			  "set the same mode on both sides");
		return false;
	}
	n->protocol = conf_protocol(conf);
	if (conf->compress && !n->cpi_out)
		comp_declined(sa, n);
	if (!conf->compress)
		n->cpi_out = 0;
	n->cpi_in = n->cpi_out ? ipcomp_cpi_new(sa->ike) : 0;
	return nat_allows(sa, n) && accept_proposal(sa, n, conf, first);
}

bool nego_exchange(struct sa *sa, struct nego *n)
{
	n->nr_len = NONCE_OURS;
	ike_random(sa->ike, n->nr, n->nr_len);
	if (!n->ke_group)
		return true;
	n->ke = crypto_ke_answer(n->ke_group, n->peer_ke, n->peer_ke_len, n->shared,
				 &n->shared_len);
	if (n->ke)
		return true;
	nego_fail(n, N_INVALID_SYNTAX, IKE_WHY_PROTOCOL,
		  "the peer's key exchange value is not valid", "");
	return false;
}

void nego_write_answer(struct sa *sa, struct nego *n, bool first)
{
	struct sa_proposal p = { .number = n->number, .spi_len = 4, .p = n->chosen };
	struct ike *ike = sa->ike;

	memcpy(p.spi, &n->spi_in, 4);
	sa_payload_write(out_payload(ike, PL_SA), &p, 1);
	if (!first) {
		write_bytes(out_payload(ike, PL_NONCE), n->nr, n->nr_len);
		if (n->ke)
			out_ke(ike, n->ke);
	}
	write_common(sa, n);
}

int nonce_compare(struct bytes a, struct bytes b)
{
	size_t len = a.len < b.len ? a.len : b.len;
	int c = memcmp(a.p, b.p, len);

	if (c)
		return c;
	return a.len < b.len ? -1 : a.len > b.len;
}

struct bytes nego_lowest(const struct nego *n)
{
	struct bytes i = { n->ni, n->ni_len }, r = { n->nr, n->nr_len };

	return nonce_compare(i, r) < 0 ? i : r;
}

void nego_note_deleted(struct nego *n, uint32_t spi)
{
	n->deleted[n->n_deleted++ % 4] = spi;
}

bool nego_is_deleted(const struct nego *n)
{
	for (unsigned int i = 0; i < n->n_deleted && i < 4; i++) {
		if (n->deleted[i] == n->spi_out)
			return true;
	}
	return false;
}
