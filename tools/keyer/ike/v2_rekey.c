// SPDX-License-Identifier: MIT
/*
 * Rekeying of the IKE SA (RFC 7296 1.3.2, 2.18), and who wins when both ends
 * rekey the same SA at once (2.8.1, 2.25).
 *
 * Each of the two exchanges made an SA. The lowest of the four nonces marks
 * the one that goes; who began that exchange deletes it. Who began the other
 * deletes the old SA.
 */
#include <string.h>

#include "tools/keyer/ike/v2.h"

static bool ours_loses(const struct nego *n)
{
	struct bytes theirs = { n->collision_nonce, n->collision_nonce_len };

	return n->collision && nonce_compare(nego_lowest(n), theirs) < 0;
}

void rekey_child_settle(struct sa *sa, struct nego *n, struct child *mine)
{
	struct child *old = child_find(sa, n->replaces);
	struct child *theirs = n->collision ? child_find(sa, n->collision_child) : NULL;

	if (theirs && ours_loses(n)) {
		log_sa(sa, IKE_LOG_INFO,
		       "child=%s result=collision why=\"both rekeyed; the peer's stays\"",
		       n->child);
		if (old)
			child_replaced(sa, old);
		child_delete(sa, mine, IKE_WHY_REPLACED);
		return;
	}
	if (theirs) {
		log_sa(sa, IKE_LOG_INFO,
		       "child=%s result=collision why=\"both rekeyed; ours stays\"", n->child);
		child_replaced(sa, theirs);
	}
	if (old)
		child_delete(sa, old, IKE_WHY_REPLACED);
}

/* What the children of one SA need to live on under another. */
static void children_move(struct sa *from, struct sa *to)
{
	struct task *t, *next;

	TAILQ_CONCAT(&to->children, &from->children, link);
	pool_move(from, to);
	to->n_children += from->n_children;
	from->n_children = 0;
	for (t = TAILQ_FIRST(&from->tasks); t; t = next) {
		next = TAILQ_NEXT(t, link);
		if (t->kind != TASK_CHILD_NEW && t->kind != TASK_CHILD_REKEY &&
		    t->kind != TASK_CHILD_DELETE)
			continue;
		TAILQ_REMOVE(&from->tasks, t, link);
		from->n_tasks--;
		TAILQ_INSERT_TAIL(&to->tasks, t, link);
		to->n_tasks++;
	}
}

/* The old one is no connection's SA any more, though its last words are due. */
static void superseded(struct sa *old, struct sa *new)
{
	followup_drop(old);
	children_move(old, new);
	new->predecessor = 0;
	old->successor = new->serial;
	if (old->mobike && old->reported_up)
		mobike_succeed(old, new);
	if (!old->reported_up) /* a collision may have moved them before */
		return;
	old->reported_up = false;
	memcpy(new->was_spi_i, old->spi_i, IKE_SPI_LEN);
	memcpy(new->was_spi_r, old->spi_r, IKE_SPI_LEN);
	old->rekey_at = old->expire_at = NEVER;
	reauth_inherit(new, old);
	sa_up(new, true);
}

static struct sa *successor(struct sa *old, const struct nego *n, bool initiator)
{
	struct sa *new = sa_find_spi(old->ike, initiator ? n->new_spi_i : n->new_spi_r, initiator);

	return new;
}

static struct sa *successor_make(struct sa *old, bool initiator)
{
	struct sa *new = sa_new(old->ike, initiator, &old->local, &old->remote, old->natt);

	new->nat_local = old->nat_local;
	new->nat_remote = old->nat_remote;
	new->natt_seen = old->natt_seen;
	new->fragment_size = old->fragment_size;
	mobike_inherit(new, old);
	new->began = old->began;
	new->peer_id = old->peer_id;
	new->eap_id = old->eap_id;
	new->local_id = old->local_id;
	sa_set_conn(new, old->conn);
	return new;
}

static bool successor_keys(struct sa *old, struct sa *new, struct nego *n)
{
	struct bytes ni = { n->ni, n->ni_len }, nr = { n->nr, n->nr_len };
	struct bytes more = { n->more, n->more_len };
	int err;

	sa_set_chosen(new, &n->chosen);
	memcpy(new->spi_i, n->new_spi_i, IKE_SPI_LEN);
	memcpy(new->spi_r, n->new_spi_r, IKE_SPI_LEN);
	err = sa_keys_derive(&new->keys, &old->keys, &n->chosen, n->shared, n->shared_len, ni, nr,
			     more, new->spi_i, new->spi_r);
	explicit_bzero(n->shared, sizeof(n->shared));
	return !err;
}

static void rekey_refused(const struct sa *sa, const char *text, const char *hint)
{
	char words[IKE_TEXT_MAX];

	log_sa(sa, IKE_LOG_WARN, "result=rekey-refused %s",
	       log_why(text, hint, words, sizeof(words)));
}

/* Initiator. */

static void request_send(struct sa *sa, struct nego *n)
{
	const struct ike_conn_conf *conf = sa->conn->conf;
	struct sa_proposal p[IKE_PROPOSALS_MAX] = { 0 };
	struct ike *ike = sa->ike;
	unsigned int count = 0;

	for (unsigned int i = 0; i < conf->n_proposals; i++) {
		if (!proposal_offer(&conf->proposals[i], &p[count].p))
			continue;
		p[count].number = (uint8_t)(count + 1);
		p[count].spi_len = IKE_SPI_LEN;
		memcpy(p[count++].spi, n->new_spi_i, IKE_SPI_LEN);
	}
	out_begin(sa, EXCH_CREATE_CHILD_SA, false, sa->win.tx_mid, true);
	sa_payload_write(out_payload(ike, PL_SA), p, count);
	write_bytes(out_payload(ike, PL_NONCE), n->ni, n->ni_len);
	out_ke(ike, n->ke);
	window_request(sa);
	if (sa->state != SA_DEAD)
		sa->out.step = TURN_WAIT_PEER;
}

/* Of the SA in use if nothing else is asked for: the peer is known to have it. */
static uint16_t first_group(struct sa *sa, const struct task *t)
{
	const struct ike_transform *ke = proposal_find(sa->chosen, TR_KE);
	const struct ike_conn_conf *conf = sa->conn->conf;

	if (t->ke_group)
		return t->ke_group;
	for (unsigned int i = 0; ke && i < conf->n_proposals; i++) {
		if (proposal_has_ke(&conf->proposals[i], ke->id))
			return ke->id;
	}
	ke = conf->n_proposals ? proposal_find(&conf->proposals[0], TR_KE) : NULL;
	return ke ? ke->id : 0;
}

void rekey_i_start(struct sa *sa, struct task *t)
{
	struct nego *n = nego_new(true, NULL);
	struct sa *new;

	n->ike = true;
	sa->out.nego = n;
	n->ke_group = first_group(sa, t);
	n->ke = crypto_ke_new(n->ke_group);
	if (!n->ke) {
		log_sa(sa, IKE_LOG_ERR, "result=failed why=\"no key exchange is configured\"");
		v2_done(sa, &sa->out);
		return;
	}
	/* it exists at once, though without a name for others, to have its SPI */
	new = successor_make(sa, true);
	sa_set_conn(new, NULL);
	memcpy(n->new_spi_i, new->spi_i, IKE_SPI_LEN);
	n->ni_len = NONCE_OURS;
	ike_random(sa->ike, n->ni, n->ni_len);
	request_send(sa, n);
}

void rekey_abandon(struct sa *sa, struct sa *theirs)
{
	sa->out.nego->obsolete = true;
	if (!theirs || theirs->state != SA_ESTABLISHED)
		return;
	superseded(sa, theirs);
	sa_enter(sa, SA_REKEYED, REKEYED_MS);
	task_run(theirs);
	sa_rearm(theirs);
}

/*
 * The peer uses the IKE SA that it made, though our own rekey is still out: so
 * it has not seen that, and will refuse it. If instead it deletes this one, it
 * lost the comparison, and knows.
 */
void rekey_resolve(struct sa *theirs, const struct msg *m)
{
	struct sa *old = sa_find_serial(theirs->ike, theirs->predecessor);

	for (unsigned int i = 0; i < m->n_delete; i++) {
		if (m->del[i].protocol == PROTO_IKE)
			return;
	}
	theirs->predecessor = 0;
	if (old && old->state == SA_ESTABLISHED && old->out.task &&
	    old->out.task->kind == TASK_IKE_REKEY && old->out.nego) {
		rekey_abandon(old, theirs);
		sa_rearm(old);
	}
}

static bool response_valid(struct sa *sa, struct nego *n, const struct msg *m)
{
	const struct ike_conn_conf *conf = sa->conn ? sa->conn->conf : NULL;
	const struct proposal_rules rules = { 0 };
	static const uint8_t none[IKE_SPI_LEN];
	struct proposal_miss miss;
	struct sa_payload p;
	bool found = false;

	if (sa_payload_parse(m->sa, &p) || p.n != 1 || p.p[0].spi_len != IKE_SPI_LEN ||
	    !memcmp(p.p[0].spi, none, IKE_SPI_LEN))
		return false;
	/* if the tunnel is gone, all that is wanted of the new SA is its end */
	if (!conf)
		found = proposal_match(&p.p[0].p, &p.p[0].p, &rules, &n->chosen, &miss);
	for (unsigned int i = 0; conf && i < conf->n_proposals && !found; i++)
		found = proposal_match(&conf->proposals[i], &p.p[0].p, &rules, &n->chosen, &miss) &&
			proposal_answers(&p.p[0].p, &n->chosen, &rules);
	if (!found || m->ke_group != n->ke_group || !proposal_has_ke(&n->chosen, m->ke_group) ||
	    crypto_ke_shared(n->ke, m->ke.p, m->ke.len, n->shared, &n->shared_len))
		return false;
	memcpy(n->new_spi_r, p.p[0].spi, IKE_SPI_LEN);
	memcpy(n->nr, m->nonce.p, m->nonce.len);
	n->nr_len = (uint16_t)m->nonce.len;
	return true;
}

static void settle(struct sa *sa, struct nego *n, struct sa *mine)
{
	struct sa *theirs = n->collision ? sa_find_serial(sa->ike, n->collision_sa) : NULL;

	if (theirs)
		theirs->predecessor = 0;
	sa_set_conn(mine, sa->conn);
	mine->established = sa->ike->now;
	sa_enter(mine, SA_ESTABLISHED, 0);
	if (theirs && theirs->state == SA_ESTABLISHED && ours_loses(n)) {
		log_sa(sa, IKE_LOG_INFO,
		       "result=collision why=\"both rekeyed the IKE SA; the peer's stays\"");
		superseded(sa, theirs);
		sa_enter(sa, SA_REKEYED, REKEYED_MS);
		task_run(theirs);
		sa_rearm(theirs);
		sa_delete(mine, IKE_WHY_REPLACED, "the peer's rekey of the same IKE SA stays", "");
		sa_rearm(mine);
		v2_done(sa, &sa->out);
		return;
	}
	superseded(sa, mine);
	if (theirs && theirs->state == SA_ESTABLISHED) {
		log_sa(sa, IKE_LOG_INFO,
		       "result=collision why=\"both rekeyed the IKE SA; ours stays\"");
		children_move(theirs, mine);
		sa_enter(theirs, SA_REKEYED, REKEYED_MS);
		sa_rearm(theirs);
	}
	turn_clear(sa, &sa->out);
	sa_delete(sa, IKE_WHY_REPLACED, "rekeyed", "");
	task_run(mine);
	sa_rearm(mine);
}

/* The old one is being taken down, so the new one that the peer made is too. */
static void unwanted(struct sa *sa, struct sa *mine)
{
	mine->established = sa->ike->now;
	sa_enter(mine, SA_ESTABLISHED, 0);
	sa_delete(mine, IKE_WHY_OPERATOR, "taken down", "");
	sa_rearm(mine);
	v2_done(sa, &sa->out);
}

enum v2_verdict rekey_i_response(struct sa *sa, const struct msg *m)
{
	struct nego *n = sa->out.nego;
	struct sa *mine = successor(sa, n, true);

	if (n->obsolete || !mine || mine->state != SA_NEW) {
		v2_done(sa, &sa->out);
		return V_STAY;
	}
	if (!response_valid(sa, n, m)) {
		sa->ike->bad = "the response to the rekey of the IKE SA is not valid";
		return V_BAD;
	}
	if (!followup_pending(n))
		return rekey_i_finish(sa);
	/* the old one goes, or has been rekeyed by the peer: nothing is made of ours yet */
	if (sa->state != SA_ESTABLISHED || n->collision) {
		if (n->collision)
			rekey_abandon(sa, sa_find_serial(sa->ike, n->collision_sa));
		v2_done(sa, &sa->out);
		return V_STAY;
	}
	sa->ike->bad = followup_i_next(sa, m);
	return sa->ike->bad ? V_BAD : V_WAIT;
}

enum v2_verdict rekey_i_finish(struct sa *sa)
{
	struct nego *n = sa->out.nego;
	struct sa *mine = successor(sa, n, true);

	if (n->obsolete || !mine || mine->state != SA_NEW) {
		v2_done(sa, &sa->out);
		return V_STAY;
	}
	if (!successor_keys(sa, mine, n)) {
		sa->ike->bad = "keys could not be derived";
		return V_BAD;
	}
	if (sa->state == SA_DELETING || !sa->conn)
		unwanted(sa, mine);
	else
		settle(sa, n, mine);
	return V_STAY;
}

enum v2_verdict rekey_i_refused(struct sa *sa, const struct msg *m)
{
	const struct msg_notify *e = msg_error(m);
	struct nego *n = sa->out.nego;
	struct task *t = sa->out.task;
	uint64_t delay = (uint64_t)RETRY_MS << t->tries;
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];

	if (sa->state == SA_DELETING) {
		v2_done(sa, &sa->out);
		return V_STAY;
	}
	if (n->collision) { /* the peer's was first, and it is up to the peer to end this one */
		rekey_abandon(sa, sa_find_serial(sa->ike, n->collision_sa));
		v2_done(sa, &sa->out);
		return V_STAY;
	}
	if (e->type == N_INVALID_KE_PAYLOAD && e->data.len == 2 && t->tries < RETRY_MAX) {
		t->ke_group = (uint16_t)(e->data.p[0] << 8 | e->data.p[1]);
		for (unsigned int i = 0; sa->conn && i < sa->conn->conf->n_proposals; i++) {
			if (!proposal_has_ke(&sa->conn->conf->proposals[i], t->ke_group))
				continue;
			task_again(sa, 0);
			return V_STAY;
		}
	}
	if ((e->type == N_TEMPORARY_FAILURE || e->type == N_STATE_NOT_FOUND) &&
	    t->tries < RETRY_MAX) {
		task_again(sa, delay / 2 + ike_random_below(sa->ike, delay));
		return V_STAY;
	}
	explain_refusal(sa, e->type, NULL, text, hint);
	rekey_refused(sa, text, hint);
	v2_done(sa, &sa->out);
	return V_STAY;
}

/* Responder. */

/* RFC 7296 2.25.2: not while a child is being made, rekeyed or deleted. */
static bool child_in_flux(const struct sa *sa)
{
	const struct task *t = sa->out.task;

	return t && (t->kind == TASK_CHILD_NEW || t->kind == TASK_CHILD_REKEY ||
		     t->kind == TASK_CHILD_DELETE);
}

static uint16_t request_read(struct sa *sa, struct nego *n, const struct msg *m)
{
	const struct ike_conn_conf *conf = sa->conn->conf;
	const struct proposal_rules rules = { .prefer_ke = m->ke_group };
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];
	const struct sa_proposal *p;
	struct sa_payload offer;

	sa->ike->bad = sa_payload_parse(m->sa, &offer);
	if (sa->ike->bad)
		return N_INVALID_SYNTAX;
	p = proposal_choose(conf->proposals, conf->n_proposals, &offer, &rules, &n->chosen);
	if (!p || p->spi_len != IKE_SPI_LEN) {
		explain_proposals(conf->proposals, conf->n_proposals, &offer, &rules, "ike", text,
				  hint);
		rekey_refused(sa, text, hint);
		return N_NO_PROPOSAL_CHOSEN;
	}
	n->number = p->number;
	memcpy(n->new_spi_i, p->spi, IKE_SPI_LEN);
	n->ke_group = proposal_find(&n->chosen, TR_KE)->id;
	if (n->ke_group != m->ke_group)
		return N_INVALID_KE_PAYLOAD;
	memcpy(n->ni, m->nonce.p, m->nonce.len);
	n->ni_len = (uint16_t)m->nonce.len;
	if (m->ke.len > sizeof(n->peer_ke))
		return N_INVALID_SYNTAX;
	memcpy(n->peer_ke, m->ke.p, m->ke.len);
	n->peer_ke_len = (uint16_t)m->ke.len;
	return nego_exchange(sa, n) ? 0 : N_INVALID_SYNTAX;
}

static void response_write(struct sa *sa, struct nego *n)
{
	struct sa_proposal p = { .number = n->number, .spi_len = IKE_SPI_LEN, .p = n->chosen };
	struct ike *ike = sa->ike;

	memcpy(p.spi, n->new_spi_r, IKE_SPI_LEN);
	out_begin(sa, EXCH_CREATE_CHILD_SA, true, sa->in.mid, true);
	sa_payload_write(out_payload(ike, PL_SA), &p, 1);
	write_bytes(out_payload(ike, PL_NONCE), n->nr, n->nr_len);
	out_ke(ike, n->ke);
	if (followup_pending(n))
		followup_r_link(sa, n);
	window_response(sa);
}

static void respond_refusal(struct sa *sa, const struct nego *n, uint16_t error)
{
	const uint8_t want[2] = { (uint8_t)(n->ke_group >> 8), (uint8_t)n->ke_group };

	if (error == N_INVALID_KE_PAYLOAD)
		respond_notify(sa, 0, NULL, 0, error, want, 2);
	else
		respond_error(sa, error);
}

/* Both rekey at once: which one stays is known when our response comes. */
static void collide(struct sa *sa, struct nego *n, struct sa *theirs)
{
	struct nego *mine = sa->out.nego;
	struct bytes low = nego_lowest(n);

	mine->collision = true;
	mine->collision_sa = theirs->serial;
	mine->collision_nonce_len = (uint16_t)low.len;
	memcpy(mine->collision_nonce, low.p, low.len);
	theirs->predecessor = sa->serial;
	theirs->established = sa->ike->now;
	sa_enter(theirs, SA_ESTABLISHED, 0);
	sa_rearm(theirs);
}

/* The old one is replaced by what the peer has made. */
static void replaced_by_peer(struct sa *sa, struct sa *new)
{
	sa_enter(new, SA_ESTABLISHED, 0);
	superseded(sa, new);
	sa_enter(sa, SA_REKEYED, REKEYED_MS);
	task_run(new);
	sa_rearm(new);
}

/* What takes more than one exchange is not begun while ours is under way. */
static bool too_many(const struct sa *sa, const struct nego *n)
{
	const struct nego *mine = sa->out.nego;

	return followup_pending(n) || followup_pending(mine) || mine->addke_done;
}

static enum v2_verdict answer(struct sa *sa, struct nego *n, bool crossing)
{
	struct sa *new = successor_make(sa, false);

	memcpy(n->new_spi_r, new->spi_r, IKE_SPI_LEN);
	if (followup_pending(n)) {
		sa_set_conn(new, NULL); /* it waits, as ours does for the response */
		response_write(sa, n);
		if (sa->state != SA_DEAD)
			followup_r_keep(sa, &sa->in);
		return V_DONE;
	}
	if (!successor_keys(sa, new, n)) {
		sa_enter(new, SA_DEAD, 0);
		sa_rearm(new);
		respond_error(sa, N_NO_PROPOSAL_CHOSEN);
		return V_DONE;
	}
	response_write(sa, n);
	if (crossing)
		collide(sa, n, new);
	else
		replaced_by_peer(sa, new);
	return V_DONE;
}

enum v2_verdict rekey_r_request(struct sa *sa, const struct msg *m)
{
	bool crossing = sa->out.task && sa->out.task->kind == TASK_IKE_REKEY;
	struct nego *n = nego_new(false, NULL);
	uint16_t error;

	n->ike = true;
	sa->in.nego = n;
	if (child_in_flux(sa) || followup_busy(sa, 0, true)) {
		respond_error(sa, N_TEMPORARY_FAILURE);
		return V_DONE;
	}
	error = request_read(sa, n, m);
	if (error == N_INVALID_SYNTAX && sa->ike->bad)
		return V_BAD;
	if (!error && crossing && too_many(sa, n))
		error = N_TEMPORARY_FAILURE;
	if (error) {
		respond_refusal(sa, n, error);
		return V_DONE;
	}
	return answer(sa, n, crossing);
}

enum v2_verdict rekey_r_finish(struct sa *sa)
{
	struct nego *n = sa->in.nego;
	struct sa *new = successor(sa, n, false);

	if (!new || child_in_flux(sa) || !sa->conn) {
		respond_error(sa, N_TEMPORARY_FAILURE);
		return V_DONE;
	}
	sa_set_conn(new, sa->conn);
	if (!successor_keys(sa, new, n)) {
		respond_error(sa, N_NO_PROPOSAL_CHOSEN);
		return V_DONE;
	}
	out_begin(sa, EXCH_IKE_FOLLOWUP_KE, true, sa->in.mid, true);
	out_ke(sa->ike, n->ke);
	window_response(sa);
	if (sa->state != SA_DEAD)
		replaced_by_peer(sa, new);
	return V_DONE;
}
