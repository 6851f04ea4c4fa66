// SPDX-License-Identifier: MIT
/*
 * Message IDs, retransmission, and the response kept for a repeated request:
 * RFC 7296 2.1-2.3. The window is one message in each direction.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/ike/report.h"
#include "tools/keyer/ike/sa.h"
#include "tools/keyer/ike/v2.h"

void send_packet(struct ike *ike, const struct ike_addr *local, const struct ike_addr *remote,
		 bool natt, bool keepalive, const void *data, size_t len)
{
	const struct ike_fx_send send = { .local = *local,
					  .remote = *remote,
					  .natt = natt,
					  .keepalive = keepalive,
					  .len = len,
					  .data = data };

	effect_send(ike, &send);
}

void window_resend(struct sa *sa, const struct packet *p, const struct path *path)
{
	const uint8_t *at = p->data, *end = at + p->len;

	sa->last_sent = sa->ike->now;
	while (at < end) { /* each says in its header how long it is */
		const uint8_t *l = at + IKE_HEADER_LENGTH_AT;
		size_t len = (size_t)l[0] << 24 | (size_t)l[1] << 16 | (size_t)l[2] << 8 | l[3];

		send_packet(sa->ike, &path->local, &path->remote, path->natt, false, at, len);
		at += len;
	}
}

void window_repeat(struct sa *sa)
{
	window_resend(sa, &sa->win.response, &sa->asked);
}

static void request_send(struct sa *sa)
{
	const struct path path = mobike_path(sa, sa->win.tries);

	window_resend(sa, &sa->win.request, &path);
}

void window_request(struct sa *sa)
{
	struct window *w = &sa->win;
	struct bytes packet;

	if (!out_finish(sa, &packet)) {
		sa_kill(sa, IKE_WHY_PROTOCOL, "a request of ours does not fit into a message", "");
		return;
	}
	packet_set(&w->request, packet.p, packet.len);
	w->request_mid = w->tx_mid++;
	window_restart(sa);
}

void window_restart(struct sa *sa)
{
	struct window *w = &sa->win;

	if (!w->request.data)
		return;
	w->tries = 0;
	sa->first_path = 0;
	w->first_sent = sa->ike->now;
	w->interval = sa->retransmit_timeout;
	w->next_at = sa->ike->now + w->interval;
	request_send(sa);
}

void window_answered(struct sa *sa)
{
	packet_drop(&sa->win.request);
	frags_drop(sa, &sa->frags_response);
	sa->win.next_at = NEVER;
}

void window_response(struct sa *sa)
{
	struct window *w = &sa->win;
	struct bytes packet;

	if (!out_finish(sa, &packet)) {
		sa_kill(sa, IKE_WHY_PROTOCOL, "a response of ours does not fit into a message", "");
		return;
	}
	packet_set(&w->response, packet.p, packet.len);
	frags_drop(sa, &sa->frags_request);
	w->rx_mid++;
	window_repeat(sa);
}

static void give_up(struct sa *sa)
{
	char text[IKE_TEXT_MAX], hint[IKE_TEXT_MAX];
	enum ike_reason why = sa->state >= SA_ESTABLISHED ? IKE_WHY_DPD : IKE_WHY_TIMEOUT;

	explain_silence(sa, text, hint);
	sa_kill(sa, why, text, hint);
}

/* dpd_timeout, where set, is the patience with an established peer. */
static bool patience_over(const struct sa *sa)
{
	const struct window *w = &sa->win;

	if (sa->state >= SA_ESTABLISHED && sa->dpd_timeout)
		return sa->ike->now - w->first_sent >= sa->dpd_timeout;
	return w->tries >= sa->retransmit_tries;
}

void window_tick(struct sa *sa)
{
	struct window *w = &sa->win;

	if (!w->request.data || w->next_at > sa->ike->now)
		return;
	if (patience_over(sa)) {
		give_up(sa);
		return;
	}
	w->tries++;
	w->interval = w->interval * sa->retransmit_base_percent / 100;
	w->next_at = sa->ike->now + w->interval;
	if (sa->state >= SA_ESTABLISHED && sa->dpd_timeout &&
	    w->next_at > w->first_sent + sa->dpd_timeout)
		w->next_at = w->first_sent + sa->dpd_timeout;
	if (sa->state < SA_ESTABLISHED)
		step(sa, "no answer yet, sent again (%u of %u)", w->tries, sa->retransmit_tries);
	log_sa(sa, IKE_LOG_DEBUG, "mid=%u result=retransmit try=%u next_ms=%llu", w->request_mid,
	       w->tries, (unsigned long long)w->interval);
	mobike_silence(sa);
	request_send(sa);
}

uint64_t window_deadline(const struct sa *sa)
{
	return sa->win.request.data ? sa->win.next_at : NEVER;
}

void window_drop(struct window *w)
{
	packet_drop(&w->request);
	packet_drop(&w->response);
}
