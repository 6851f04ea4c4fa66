// SPDX-License-Identifier: MIT
/*
 * IKE SAs: made, found, and brought to an end.
 */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "tools/keyer/ike/v2.h"
#include "tools/keyer/ike/word.h"

static const uint8_t spi_none[IKE_SPI_LEN];

static struct sa_bucket *bucket(struct sa_bucket *table, const void *key)
{
	uint32_t h;

	memcpy(&h, key, sizeof(h));
	return &table[(h ^ h >> 16) % SA_BUCKETS];
}

static const uint8_t *our_spi(const struct sa *sa)
{
	return sa->initiator ? sa->spi_i : sa->spi_r;
}

struct sa *sa_find_spi(struct ike *ike, const uint8_t spi[IKE_SPI_LEN], bool initiator)
{
	struct sa *sa;

	LIST_FOREACH(sa, bucket(ike->by_spi, spi), by_spi)
	{
		if (sa->initiator == initiator && sa->state != SA_DEAD &&
		    !memcmp(our_spi(sa), spi, IKE_SPI_LEN))
			return sa;
	}
	return NULL;
}

struct sa *sa_find_init(struct ike *ike, const uint8_t spi_i[IKE_SPI_LEN], const uint8_t digest[32])
{
	struct sa *sa;

	LIST_FOREACH(sa, bucket(ike->by_init, spi_i), by_init)
	{
		if (sa->state == SA_INIT_DONE && crypto_equal(sa->win.response_to, digest, 32))
			return sa;
	}
	return NULL;
}

struct sa *sa_find_serial(struct ike *ike, uint64_t serial)
{
	struct sa *sa;

	LIST_FOREACH(sa, &ike->by_serial[serial % SA_BUCKETS], by_serial)
	{
		if (sa->serial == serial)
			return sa;
	}
	return NULL;
}

struct sa *sa_of_conn(struct ike *ike, uint32_t id, bool established)
{
	struct conn *c = conn_find(ike, id);
	struct sa *sa;

	if (!c)
		return NULL;
	LIST_FOREACH(sa, &c->sas, by_conn)
	{
		if (sa->predecessor) /* it may yet lose to ours */
			continue;
		if (sa->state == SA_ESTABLISHED ||
		    (!established && sa->initiator && sa->state < SA_ESTABLISHED))
			return sa;
	}
	return NULL;
}

static void spi_new(struct ike *ike, uint8_t spi[IKE_SPI_LEN])
{
	do {
		ike_random(ike, spi, IKE_SPI_LEN);
	} while (!memcmp(spi, spi_none, IKE_SPI_LEN) || sa_find_spi(ike, spi, true) ||
		 sa_find_spi(ike, spi, false));
}

struct sa *sa_new(struct ike *ike, bool initiator, const struct ike_addr *local,
		  const struct ike_addr *remote, bool natt)
{
	struct sa *sa = mem_new(sizeof(*sa));

	sa->hs = mem_new(sizeof(*sa->hs));
	sa->ike = ike;
	sa->serial = ++ike->next_serial;
	sa->initiator = initiator;
	sa->local = *local;
	sa->remote = *remote;
	sa->natt = natt;
	sa->asked = sa->heard = sa_path(sa);
	sa->created = sa->last_heard = sa->last_sent = ike->now;
	sa->state_until = sa->rekey_at = sa->expire_at = sa->refused_until = NEVER;
	sa->reauth_at = sa->end_at = sa->followup_until = NEVER;
	sa->began = initiator;
	sa->win.next_at = NEVER;
	sa->retransmit_tries = 5;
	sa->retransmit_timeout = 2000;
	sa->retransmit_base_percent = 180;
	timer_init(&sa->timer);
	TAILQ_INIT(&sa->tasks);
	TAILQ_INIT(&sa->children);
	spi_new(ike, initiator ? sa->spi_i : sa->spi_r);
	LIST_INSERT_HEAD(bucket(ike->by_spi, our_spi(sa)), sa, by_spi);
	LIST_INSERT_HEAD(&ike->by_serial[sa->serial % SA_BUCKETS], sa, by_serial);
	TAILQ_INSERT_TAIL(&ike->sas, sa, link);
	return sa;
}

void sa_register_init(struct sa *sa)
{
	LIST_INSERT_HEAD(bucket(sa->ike->by_init, sa->spi_i), sa, by_init);
	LIST_INSERT_HEAD(&sa->ike->half_open_sas, sa, by_half_open);
	sa->half_open = true;
	sa->ike->half_open++;
}

/* Whoever has an IPv6 address has all of its network's. */
static bool same_source(const struct ike_addr *a, const struct ike_addr *b)
{
	return a->family == b->family && !memcmp(a->bytes, b->bytes, a->family == AF_INET ? 4 : 8);
}

uint32_t sa_half_open_from(const struct ike *ike, const struct ike_addr *remote)
{
	const struct sa *sa;
	uint32_t n = 0;

	LIST_FOREACH(sa, &ike->half_open_sas, by_half_open)
	n += same_source(&sa->remote, remote);
	return n;
}

void sa_not_half_open(struct sa *sa)
{
	if (!sa->half_open)
		return;
	LIST_REMOVE(sa, by_init);
	LIST_REMOVE(sa, by_half_open);
	sa->half_open = false;
	sa->ike->half_open--;
}

void sa_set_conn(struct sa *sa, struct conn *c)
{
	if (sa->conn)
		LIST_REMOVE(sa, by_conn);
	sa->conn = c;
	if (!c)
		return;
	LIST_INSERT_HEAD(&c->sas, sa, by_conn);
	sa->conn_id = c->id;
	memcpy(sa->conn_name, c->conf->name, sizeof(sa->conn_name));
	sa->retransmit_tries = c->conf->retransmit_tries;
	if (c->conf->retransmit_timeout)
		sa->retransmit_timeout = c->conf->retransmit_timeout;
	if (c->conf->retransmit_base_percent >= 100)
		sa->retransmit_base_percent = c->conf->retransmit_base_percent;
	sa->dpd_delay = c->conf->dpd_delay;
	sa->dpd_timeout = c->conf->dpd_timeout;
	sa->nat_keepalive = c->conf->nat_keepalive;
	sa->natt_policy = c->conf->natt;
}

void sa_enter(struct sa *sa, enum sa_state state, uint64_t timeout)
{
	if (sa->state == SA_DEAD)
		return;
	if (state == SA_LINGER && sa->ike->lingering >= LINGER_MAX)
		state = SA_DEAD;
	if (state == SA_LINGER || state == SA_DEAD)
		window_answered(sa);
	sa->ike->lingering += (state == SA_LINGER) - (sa->state == SA_LINGER);
	if (sa->state != state)
		log_sa(sa, IKE_LOG_DEBUG, "state=%s was=%s", sa_state_name(state),
		       sa_state_name(sa->state));
	if (state == SA_DEAD)
		LIST_INSERT_HEAD(&sa->ike->dead, sa, by_dead);
	sa->state = state;
	sa->state_until = timeout ? sa->ike->now + timeout : NEVER;
}

void sa_set_chosen(struct sa *sa, const struct ike_proposal *chosen)
{
	const struct ike_proposal *old = sa->chosen;

	sa->chosen = proposals_share(sa->ike, chosen, 1);
	proposals_put(old);
}

static void hs_free(struct sa *sa)
{
	if (!sa->hs)
		return;
	packet_drop(&sa->hs->init_i);
	packet_drop(&sa->hs->init_r);
	crypto_ke_free(sa->hs->ke);
	mem_wipe_free(sa->hs, sizeof(*sa->hs));
	sa->hs = NULL;
}

void sa_up(struct sa *sa, bool rekeyed)
{
	const struct ike_conn_conf *conf = sa->conn->conf;
	char id[IKE_TEXT_MAX / 2], quoted[IKE_TEXT_MAX / 2], algs[128], text[IKE_TEXT_MAX];

	sa->established = sa->last_heard = sa->ike->now;
	sa->rekey_at = sa->expire_at = NEVER;
	if (conf->lifetime) {
		uint64_t early =
			conf->margin +
			ike_random_below(sa->ike, conf->margin * conf->fuzz_percent / 100 + 1);

		if (early > conf->lifetime)
			early = conf->lifetime / 2;
		sa->expire_at = sa->ike->now + conf->lifetime;
		if (conf->rekey)
			sa->rekey_at = sa->expire_at - early;
	}
	if (!rekeyed)
		reauth_schedule(sa);
	sa->reported_up = true;
	hs_free(sa);
	mem_wipe_free(sa->keys_before, sizeof(*sa->keys_before));
	sa->keys_before = NULL;
	ppk_forget(sa);
	ike_id_print(&sa->peer_id, id, sizeof(id));
	ike_proposal_print(sa->chosen, algs, sizeof(algs));
	snprintf(text, sizeof(text), "%s with %s: %s%s%s",
		 rekeyed ? "IKE SA rekeyed" : "IKE SA established", id, algs,
		 sa->nat_local ? ", NAT before us" : "",
		 sa->nat_remote ? ", NAT before the peer" : "");
	status_sa(sa, rekeyed ? IKE_ST_IKE_REKEYED : IKE_ST_IKE_UP, IKE_WHY_NONE, text, NULL);
	log_sa(sa, IKE_LOG_INFO, "result=%s id=%s alg=%s nat=%s%s ms=%llu",
	       rekeyed ? "rekeyed" : "established", log_value(id, quoted, sizeof(quoted)), algs,
	       sa->nat_local ? "local" : "", sa->nat_remote ? "remote" : "",
	       (unsigned long long)(sa->ike->now - sa->created));
}

static void children_remove(struct sa *sa, enum ike_reason why, const char *text)
{
	struct child *c;

	while ((c = TAILQ_FIRST(&sa->children)))
		child_remove(sa, c, why, text);
}

static void close_sa(struct sa *sa, enum ike_reason why, const char *text, const char *hint)
{
	bool attempt = !sa->reported_up && sa->conn && !sa->established;
	char words[IKE_TEXT_MAX];

	if (sa->state == SA_DEAD || sa->state == SA_LINGER)
		return;
	sa_not_half_open(sa);
	reauth_failed(sa);
	task_drop_all(sa);
	followup_drop(sa);
	turn_clear(sa, &sa->in);
	children_remove(sa, why, text);
	pool_give_back(sa);
	eap_free_sa(sa);
	rounds_free(sa);
	redirect_drop(sa);
	if (sa->reported_up)
		status_sa(sa, IKE_ST_IKE_DOWN, why, text, hint);
	else if (attempt && why == IKE_WHY_REPLACED) /* the tunnel is up, by another */
		step(sa, "%s", text);
	else if (attempt)
		status_sa(sa, IKE_ST_FAILED, why, text, hint);
	if (sa->reported_up || attempt)
		log_sa(sa,
		       why == IKE_WHY_OPERATOR || why == IKE_WHY_CONFIG ? IKE_LOG_INFO :
									  IKE_LOG_WARN,
		       "result=%s reason=%s %s", attempt ? "failed" : "down", reason_name(why),
		       log_why(text, hint, words, sizeof(words)));
	sa->reported_up = false;
	sa->predecessor = 0;
	sa->rekey_at = sa->expire_at = sa->refused_until = NEVER;
	sa->reauth_at = sa->end_at = NEVER;
	sa_set_conn(sa, NULL);
}

void sa_close(struct sa *sa, enum ike_reason why, const char *text, const char *hint)
{
	turn_clear(sa, &sa->out);
	close_sa(sa, why, text, hint);
}

void sa_kill(struct sa *sa, enum ike_reason why, const char *text, const char *hint)
{
	sa_close(sa, why, text, hint);
	sa_enter(sa, SA_DEAD, 0);
}

void sa_delete(struct sa *sa, enum ike_reason why, const char *text, const char *hint)
{
	bool tell = sa->state == SA_ESTABLISHED || sa->state == SA_REKEYED;

	if (sa->state >= SA_DELETING)
		return;
	/*
	 * The window is one message: if a request is out, its response is awaited
	 * before the DELETE. It is of no interest by now, unless it makes an IKE SA,
	 * which is to be deleted then.
	 */
	if (!sa->out.task || sa->out.task->kind != TASK_IKE_REKEY || !sa->win.request.data)
		turn_clear(sa, &sa->out);
	close_sa(sa, why, text, hint);
	if (!tell) {
		sa_enter(sa, SA_DEAD, 0);
		return;
	}
	if (sa->win.request.data)
		sa->out.step = TURN_WAIT_PEER;
	sa_enter(sa, SA_DELETING, 0);
	task_add(sa, TASK_IKE_DELETE, NULL, 0);
	task_run(sa);
}

void sa_free(struct sa *sa)
{
	struct ike *ike = sa->ike;
	struct child *c;

	sa_not_half_open(sa);
	ike->lingering -= sa->state == SA_LINGER;
	if (sa->state == SA_DEAD)
		LIST_REMOVE(sa, by_dead);
	task_drop_all(sa);
	followup_drop(sa);
	turn_clear(sa, &sa->in);
	turn_clear(sa, &sa->out);
	eap_free_sa(sa);
	rounds_free(sa);
	redirect_drop(sa);
	pool_give_back(sa);
	free(sa->given);
	while ((c = TAILQ_FIRST(&sa->children))) {
		TAILQ_REMOVE(&sa->children, c, link);
		child_free(c);
	}
	sa_set_conn(sa, NULL);
	timer_set(&ike->timers, &sa->timer, NEVER);
	LIST_REMOVE(sa, by_spi);
	LIST_REMOVE(sa, by_serial);
	TAILQ_REMOVE(&ike->sas, sa, link);
	window_drop(&sa->win);
	frags_drop(sa, &sa->frags_request);
	frags_drop(sa, &sa->frags_response);
	hs_free(sa);
	proposals_put(sa->chosen);
	mem_wipe_free(sa->keys_before, sizeof(*sa->keys_before));
	ppk_forget(sa);
	mem_wipe_free(sa, sizeof(*sa));
}

struct path sa_path(const struct sa *sa)
{
	return (struct path){ sa->local, sa->remote, sa->natt };
}

void sa_moved(struct sa *sa, const struct ike_addr *local, const struct ike_addr *remote, bool natt)
{
	char here[64], to[64], text[256];
	struct child *c;

	log_sa(sa, IKE_LOG_INFO, "result=moved local=%s to=%s nat=%s%s",
	       ike_addr_print(local, here, sizeof(here)), ike_addr_print(remote, to, sizeof(to)),
	       sa->nat_local ? "local" : "", sa->nat_remote ? "remote" : "");
	sa->local = *local;
	sa->remote = *remote;
	sa->natt = natt;
	if (sa->reported_up) {
		snprintf(text, sizeof(text), "moved: %s to %s%s%s", here, to,
			 sa->nat_local ? ", NAT before us" : "",
			 sa->nat_remote ? ", NAT before the peer" : "");
		status_sa(sa, IKE_ST_IKE_MOVED, IKE_WHY_NONE, text, NULL);
	}
	TAILQ_FOREACH(c, &sa->children, link)
	child_update(sa, c);
}
