// SPDX-License-Identifier: MIT
/*
 * A datagram: whose is it, is it authentic, is it new?
 */
#include <string.h>

#include "tools/keyer/ike/v2.h"

static const uint8_t spi_none[IKE_SPI_LEN];

static void drop(struct ike *ike, const struct ike_ev_packet *p, const char *why)
{
	log_packet(ike, &p->local, &p->remote, "result=dropped why=\"%s\"", why);
}

void digest(struct bytes b, uint8_t out[32])
{
	static const uint8_t key[1];
	const struct crypto_part part = { b.p, b.len };

	crypto_prf(PRF_HMAC_SHA2_256, key, sizeof(key), &part, 1, out);
}

static void receive_init(struct ike *ike, const struct ike_ev_packet *p, const struct msg *m)
{
	uint8_t d[32];
	struct sa *sa;

	if (m->h.mid != 0) {
		drop(ike, p, "IKE_SA_INIT with a message ID other than 0");
	} else if (header_is_response(&m->h)) {
		sa = sa_find_spi(ike, m->h.spi_i, true);
		if (!sa || sa->state != SA_INIT_SENT || (m->h.flags & FLAG_INITIATOR)) {
			drop(ike, p, "response to an IKE_SA_INIT that is not out");
			return;
		}
		v2_message(sa, m);
		if (sa->state != SA_DEAD)
			task_run(sa);
		sa_rearm(sa);
	} else if (!(m->h.flags & FLAG_INITIATOR) ||
		   memcmp(m->h.spi_r, spi_none, IKE_SPI_LEN) != 0 ||
		   !memcmp(m->h.spi_i, spi_none, IKE_SPI_LEN)) {
		drop(ike, p, "IKE_SA_INIT request with wrong flags or SPIs");
	} else {
		/* a repeated one gets its response again; another with its SPI is another */
		digest(m->raw, d);
		sa = sa_find_init(ike, m->h.spi_i, d);
		if (sa)
			window_resend(sa, &sa->hs->init_r, &sa->asked);
		else
			init_r_request(ike, p, m);
	}
}

/* Before decryption: is the message ID one that could be wanted? */
static const char *id_wanted(struct sa *sa, const struct ike_header *h, bool *again)
{
	const struct window *w = &sa->win;

	*again = false;
	if (header_is_response(h)) {
		if (!w->request.data || h->mid != w->request_mid)
			return "response to no request of ours";
		return NULL;
	}
	if (h->mid + 1 == w->rx_mid && w->response.data) {
		*again = true;
		return NULL;
	}
	if (h->mid != w->rx_mid)
		return "message ID out of the window";
	if (sa->in.step != TURN_IDLE)
		return "request that is being worked on already";
	if (sa->state == SA_LINGER || sa->state == SA_INIT_SENT || sa->state == SA_AUTH_SENT)
		return "request to an IKE SA that is not established";
	return NULL;
}

/*
 * A peer behind a NAT is where its last authentic request came from (2.23); with
 * MOBIKE it says so (RFC 4555 3.5).
 */
static void follow_address(struct sa *sa, const struct ike_ev_packet *p)
{
	bool moved = sa->remote.family != p->remote.family || sa->remote.port != p->remote.port ||
		     memcmp(sa->remote.bytes, p->remote.bytes, sizeof(p->remote.bytes)) != 0 ||
		     sa->natt != p->natt;

	if (!moved)
		return;
	if (sa->state == SA_INIT_DONE) { /* the step from port 500 to 4500 */
		sa->local = p->local;
		sa->remote = p->remote;
		sa->natt = p->natt;
	} else if (sa->nat_remote && !sa->nat_local && !sa->mobike) {
		sa_moved(sa, &p->local, &p->remote, p->natt);
	}
}

static void malformed(struct sa *sa, const struct msg *m, const char *err)
{
	sa->ike->bad = err;
	if (!header_is_response(&m->h)) {
		respond_error(sa, N_INVALID_SYNTAX);
		sa_close(sa, IKE_WHY_PROTOCOL, err, "");
		sa_enter(sa, SA_LINGER, LINGER_MS);
	} else {
		sa_delete(sa, IKE_WHY_PROTOCOL, err, "");
	}
}

static void critical(struct sa *sa, const struct msg *m)
{
	log_sa(sa, IKE_LOG_WARN,
	       "mid=%u result=refused why=\"payload of unknown type %u is critical\"", m->h.mid,
	       m->unknown_critical);
	if (header_is_response(&m->h)) {
		malformed(sa, m, "the response has a critical payload of unknown type");
		return;
	}
	respond_notify(sa, 0, NULL, 0, N_UNSUPPORTED_CRITICAL_PAYLOAD, &m->unknown_critical, 1);
	turn_clear(sa, &sa->in);
	if (sa->state == SA_INIT_DONE) {
		sa_close(sa, IKE_WHY_PROTOCOL, "IKE_AUTH has a critical payload of unknown type",
			 "");
		sa_enter(sa, SA_LINGER, LINGER_MS);
	}
}

static void receive_authentic(struct sa *sa, const struct ike_ev_packet *p, const struct msg *m,
			      const char *err)
{
	const struct path path = { p->local, p->remote, p->natt };

	sa->last_heard = sa->ike->now;
	if (!header_is_response(&m->h)) {
		sa->asked = path;
		follow_address(sa, p);
		mobike_hint(sa, &path);
		if (sa->predecessor)
			rekey_resolve(sa, m);
		sa->in.exchange = m->h.exchange;
		sa->in.mid = m->h.mid;
	} else {
		window_answered(sa);
		sa->heard = path;
		if (!err)
			mobike_answered(sa, m);
	}
	if (err)
		malformed(sa, m, err);
	else if (m->unknown_critical)
		critical(sa, m);
	else
		v2_message(sa, m);
}

static void receive_protected(struct sa *sa, const struct ike_ev_packet *p, struct msg *m)
{
	struct ike *ike = sa->ike;
	bool again, authentic, complete = true;
	const char *err = id_wanted(sa, &m->h, &again);

	if (err) {
		log_sa(sa, IKE_LOG_DEBUG, "exchange=%s mid=%u result=dropped why=\"%s\"",
		       exchange_name(m->h.exchange), m->h.mid, err);
		return;
	}
	if (!msg_has(m, PL_SK) && !(msg_has(m, PL_SKF) && sa->fragment_size)) {
		const struct msg_notify *n = msg_error(m);
		char name[32];

		log_packet(ike, &p->local, &p->remote,
			   "exchange=%s result=dropped "
			   "why=\"not protected, so not believed%s%s\"",
			   exchange_name(m->h.exchange), n ? ": " : "",
			   n ? notify_name(n->type, name, sizeof(name)) : "");
		return;
	}
	if (msg_has(m, PL_SKF))
		err = frag_open(sa, m, ike->plain, &authentic, again, &complete);
	else
		err = sk_open(sa, m, ike->plain, &authentic);
	if (!authentic) {
		log_packet(ike, &p->local, &p->remote,
			   "exchange=%s mid=%u result=dropped why=\"%s\"",
			   exchange_name(m->h.exchange), m->h.mid, err);
		return;
	}
	if (!complete && !err) {
		sa->last_heard = ike->now;
		sa_rearm(sa);
		return;
	}
	if (again) {
		log_sa(sa, IKE_LOG_DEBUG, "mid=%u result=repeated why=\"the peer asked again\"",
		       m->h.mid);
		sa->asked = (struct path){ p->local, p->remote, p->natt };
		window_repeat(sa);
		mobike_hint(sa, &sa->asked);
		task_run(sa);
		sa_rearm(sa);
		return;
	}
	receive_authentic(sa, p, m, err);
	if (sa->state != SA_DEAD)
		task_run(sa);
	sa_rearm(sa);
}

static bool version_ok(struct ike *ike, const struct ike_ev_packet *p, const struct ike_header *h)
{
	if (h->major == 2)
		return true;
	if (h->major < 2) {
		drop(ike, p, "IKEv1, and this side speaks IKEv2 only: set the peer to IKEv2");
		return false;
	}
	drop(ike, p, "a major version of IKE above 2");
	/* answered as RFC 7296 2.5 asks, but no more often than it is logged */
	if (!header_is_response(h) && ike->log_count <= LOG_BURST)
		respond_clear(ike, p, h, N_INVALID_MAJOR_VERSION, NULL, 0);
	return false;
}

void v2_receive(struct ike *ike, const struct ike_ev_packet *p)
{
	struct bytes packet = { ike->plain, p->len };
	struct ike_header h;
	struct msg m;
	const char *err;
	struct sa *sa;
	bool from_initiator;

	if (p->len > sizeof(ike->plain))
		return;
	memcpy(ike->plain, p->data, p->len);
	if (!header_parse(packet, &h)) {
		drop(ike, p,
		     "not an IKE message: the header is short, or its length is not the datagram's");
		return;
	}
	if (!version_ok(ike, p, &h))
		return;
	err = msg_parse(packet, &m);
	if (err) {
		drop(ike, p, err);
		return;
	}
	if (h.exchange == EXCH_IKE_SA_INIT) {
		receive_init(ike, p, &m);
		return;
	}
	from_initiator = h.flags & FLAG_INITIATOR;
	sa = sa_find_spi(ike, from_initiator ? h.spi_r : h.spi_i, !from_initiator);
	if (!sa || sa->state < SA_INIT_DONE || memcmp(sa->spi_i, h.spi_i, IKE_SPI_LEN) != 0 ||
	    memcmp(sa->spi_r, h.spi_r, IKE_SPI_LEN) != 0) {
		drop(ike, p, "for an IKE SA that does not exist");
		return;
	}
	receive_protected(sa, p, &m);
}
