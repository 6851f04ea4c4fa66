// SPDX-License-Identifier: MIT
/*
 * The transitions of an IKE SA. The first row that fits a message is taken.
 */
#include <string.h>

#include "tools/keyer/ike/v2.h"

#define NEED(p) PAYLOAD_BIT(PL_##p)
#define CHILD_TASKS (TASK_BIT(TASK_CHILD_NEW) | TASK_BIT(TASK_CHILD_REKEY))
#define INFO_TASKS (TASK_BIT(TASK_CHILD_DELETE) | TASK_BIT(TASK_DPD))
#define LIVE (STATE_BIT(SA_ESTABLISHED) | STATE_BIT(SA_REKEYED) | STATE_BIT(SA_DELETING))

/* clang-format off */
static const struct v2_row rows[] = {
	{ .name = "init-i-cookie", .states = STATE_BIT(SA_INIT_SENT),
	  .exchange = EXCH_IKE_SA_INIT, .response = true, .tasks = TASK_BIT(TASK_INIT),
	  .notify = N_COOKIE, .handler = init_i_cookie,
	  .story = "The responder is busy: send the request again with its cookie." },
	{ .name = "init-i-invalid-ke", .states = STATE_BIT(SA_INIT_SENT),
	  .exchange = EXCH_IKE_SA_INIT, .response = true, .tasks = TASK_BIT(TASK_INIT),
	  .notify = N_INVALID_KE_PAYLOAD, .handler = init_i_invalid_ke,
	  .story = "The responder wants another key exchange group: use it if it is configured." },
	{ .name = "init-i-redirect", .states = STATE_BIT(SA_INIT_SENT),
	  .exchange = EXCH_IKE_SA_INIT, .response = true, .tasks = TASK_BIT(TASK_INIT),
	  .notify = N_REDIRECT, .handler = init_i_redirect,
	  .story = "The gateway sends us to another one: call that." },
	{ .name = "init-i-response", .states = STATE_BIT(SA_INIT_SENT),
	  .exchange = EXCH_IKE_SA_INIT, .response = true, .tasks = TASK_BIT(TASK_INIT),
	  .needs = NEED(SA) | NEED(KE) | NEED(NONCE), .handler = init_i_response,
	  .next = SA_AUTH_SENT,
	  .story = "Keys are agreed: authenticate, and ask for the first child." },
	{ .name = "init-i-refused", .states = STATE_BIT(SA_INIT_SENT),
	  .exchange = EXCH_IKE_SA_INIT, .response = true, .tasks = TASK_BIT(TASK_INIT),
	  .error = true, .handler = init_i_refused,
	  .story = "Refused in clear by nobody knows whom: it stands if nothing better comes." },

	{ .name = "inter-r-request", .states = STATE_BIT(SA_INIT_DONE),
	  .exchange = EXCH_IKE_INTERMEDIATE, .needs = NEED(KE), .handler = inter_r_request,
	  .story = "A further key exchange before IKE_AUTH: answer, and change the keys." },
	{ .name = "inter-i-response", .states = STATE_BIT(SA_AUTH_SENT),
	  .exchange = EXCH_IKE_INTERMEDIATE, .response = true, .tasks = TASK_BIT(TASK_INIT),
	  .needs = NEED(KE), .handler = inter_i_response,
	  .story = "A further key exchange is done: the next one, or IKE_AUTH." },
	{ .name = "inter-i-refused", .states = STATE_BIT(SA_AUTH_SENT),
	  .exchange = EXCH_IKE_INTERMEDIATE, .response = true, .tasks = TASK_BIT(TASK_INIT),
	  .error = true, .handler = auth_i_refused,
	  .story = "The responder refuses a further key exchange: say why." },
	{ .name = "auth-r-request", .states = STATE_BIT(SA_INIT_DONE),
	  .exchange = EXCH_IKE_AUTH, .needs = NEED(IDI) | NEED(AUTH), .handler = auth_r_request,
	  .next = SA_ESTABLISHED,
	  .story = "Verify the initiator, install its child, authenticate ourselves." },
	{ .name = "auth-r-eap-start", .states = STATE_BIT(SA_INIT_DONE),
	  .exchange = EXCH_IKE_AUTH, .needs = NEED(IDI), .handler = auth_r_no_auth,
	  .story = "The initiator wants EAP: authenticate ourselves, and begin it." },
	{ .name = "auth-r-eap", .states = STATE_BIT(SA_INIT_DONE),
	  .exchange = EXCH_IKE_AUTH, .needs = NEED(EAP), .handler = eap_r_message,
	  .story = "EAP goes on." },
	{ .name = "auth-r-eap-auth", .states = STATE_BIT(SA_INIT_DONE),
	  .exchange = EXCH_IKE_AUTH, .needs = NEED(AUTH), .handler = eap_r_auth,
	  .next = SA_ESTABLISHED,
	  .story = "EAP has succeeded: verify that it was with this initiator." },
	{ .name = "auth-r-more", .states = STATE_BIT(SA_INIT_DONE),
	  .exchange = EXCH_IKE_AUTH, .handler = auth_r_more, .next = SA_ESTABLISHED,
	  .story = "The initiator has proved itself: our second round." },
	{ .name = "auth-i-eap-start", .states = STATE_BIT(SA_AUTH_SENT),
	  .exchange = EXCH_IKE_AUTH, .response = true, .tasks = TASK_BIT(TASK_INIT),
	  .needs = NEED(IDR) | NEED(EAP), .handler = eap_i_start,
	  .story = "The responder begins EAP: verify it first." },
	{ .name = "auth-i-eap", .states = STATE_BIT(SA_AUTH_SENT),
	  .exchange = EXCH_IKE_AUTH, .response = true, .tasks = TASK_BIT(TASK_INIT),
	  .needs = NEED(EAP), .handler = eap_i_message,
	  .story = "EAP goes on." },
	{ .name = "auth-i-response", .states = STATE_BIT(SA_AUTH_SENT),
	  .exchange = EXCH_IKE_AUTH, .response = true, .tasks = TASK_BIT(TASK_INIT),
	  .needs = NEED(IDR) | NEED(AUTH), .handler = auth_i_response, .next = SA_ESTABLISHED,
	  .story = "Verify the responder, and install the first child." },
	{ .name = "auth-i-eap-done", .states = STATE_BIT(SA_AUTH_SENT),
	  .exchange = EXCH_IKE_AUTH, .response = true, .tasks = TASK_BIT(TASK_INIT),
	  .needs = NEED(AUTH), .handler = eap_i_done, .next = SA_ESTABLISHED,
	  .story = "EAP has succeeded: verify that it was with this responder, install the child." },
	{ .name = "auth-i-refused", .states = STATE_BIT(SA_AUTH_SENT),
	  .exchange = EXCH_IKE_AUTH, .response = true, .tasks = TASK_BIT(TASK_INIT),
	  .error = true, .handler = auth_i_refused, .next = SA_ESTABLISHED,
	  .story = "The responder refuses us: say why." },
	{ .name = "auth-i-rest", .states = STATE_BIT(SA_AUTH_SENT),
	  .exchange = EXCH_IKE_AUTH, .response = true, .tasks = TASK_BIT(TASK_INIT),
	  .handler = auth_i_rest, .next = SA_ESTABLISHED,
	  .story = "All rounds of both sides are done: install the first child." },

	{ .name = "child-r-rekey", .states = STATE_BIT(SA_ESTABLISHED),
	  .exchange = EXCH_CREATE_CHILD_SA,
	  .needs = NEED(SA) | NEED(NONCE) | NEED(TSI) | NEED(TSR), .notify = N_REKEY_SA,
	  .handler = child_r_rekey,
	  .story = "The peer rekeys a child." },
	{ .name = "child-r-request", .states = STATE_BIT(SA_ESTABLISHED),
	  .exchange = EXCH_CREATE_CHILD_SA,
	  .needs = NEED(SA) | NEED(NONCE) | NEED(TSI) | NEED(TSR), .handler = child_r_request,
	  .story = "The peer wants another child." },
	{ .name = "rekey-r-request", .states = STATE_BIT(SA_ESTABLISHED),
	  .exchange = EXCH_CREATE_CHILD_SA, .needs = NEED(SA) | NEED(NONCE) | NEED(KE),
	  .handler = rekey_r_request,
	  .story = "The peer rekeys the IKE SA; the children move to the new one." },
	{ .name = "child-r-busy", .states = LIVE, .exchange = EXCH_CREATE_CHILD_SA,
	  .needs = NEED(SA) | NEED(NONCE), .handler = busy_r_request,
	  .story = "This IKE SA is about to go: nothing new under it." },
	{ .name = "child-i-response", .states = STATE_BIT(SA_ESTABLISHED),
	  .exchange = EXCH_CREATE_CHILD_SA, .response = true, .tasks = CHILD_TASKS,
	  .needs = NEED(SA) | NEED(NONCE) | NEED(TSI) | NEED(TSR), .handler = child_i_response,
	  .story = "The peer agrees to a child of ours, new or rekeyed: install it." },
	{ .name = "child-i-refused", .states = STATE_BIT(SA_ESTABLISHED),
	  .exchange = EXCH_CREATE_CHILD_SA, .response = true, .tasks = CHILD_TASKS,
	  .error = true, .handler = child_i_refused,
	  .story = "The peer refuses a child of ours: say why, or try again." },
	{ .name = "followup-r-request", .states = STATE_BIT(SA_ESTABLISHED),
	  .exchange = EXCH_IKE_FOLLOWUP_KE, .needs = NEED(KE), .handler = followup_r_request,
	  .story = "A further key exchange of what the peer makes: answer, and make it at the end." },
	{ .name = "followup-r-busy", .states = LIVE, .exchange = EXCH_IKE_FOLLOWUP_KE,
	  .handler = busy_r_request,
	  .story = "This IKE SA is about to go: nothing new under it." },
	{ .name = "followup-i-response", .states = STATE_BIT(SA_ESTABLISHED),
	  .exchange = EXCH_IKE_FOLLOWUP_KE, .response = true, .tasks = CHILD_TASKS,
	  .needs = NEED(KE), .handler = followup_i_response,
	  .story = "A further key exchange is done: the next one, or the child is installed." },
	{ .name = "followup-i-refused", .states = STATE_BIT(SA_ESTABLISHED),
	  .exchange = EXCH_IKE_FOLLOWUP_KE, .response = true, .tasks = CHILD_TASKS,
	  .error = true, .handler = child_i_refused,
	  .story = "The peer does not go on with a child of ours: try again." },
	{ .name = "followup-i-rekey", .states = LIVE,
	  .exchange = EXCH_IKE_FOLLOWUP_KE, .response = true, .tasks = TASK_BIT(TASK_IKE_REKEY),
	  .needs = NEED(KE), .handler = followup_i_response,
	  .story = "A further key exchange is done: the next one, or the IKE SA is rekeyed." },
	{ .name = "followup-i-rekey-refused", .states = LIVE,
	  .exchange = EXCH_IKE_FOLLOWUP_KE, .response = true, .tasks = TASK_BIT(TASK_IKE_REKEY),
	  .error = true, .handler = rekey_i_refused,
	  .story = "The peer does not go on with the rekey of the IKE SA: try again." },
	{ .name = "rekey-i-response", .states = LIVE,
	  .exchange = EXCH_CREATE_CHILD_SA, .response = true, .tasks = TASK_BIT(TASK_IKE_REKEY),
	  .needs = NEED(SA) | NEED(NONCE) | NEED(KE), .handler = rekey_i_response,
	  .story = "The peer agrees to rekey the IKE SA: move the children, delete the old one." },
	{ .name = "rekey-i-refused", .states = LIVE,
	  .exchange = EXCH_CREATE_CHILD_SA, .response = true, .tasks = TASK_BIT(TASK_IKE_REKEY),
	  .error = true, .handler = rekey_i_refused,
	  .story = "The peer does not rekey the IKE SA now: try again." },

	{ .name = "info-r-delete", .states = LIVE, .exchange = EXCH_INFORMATIONAL,
	  .needs = NEED(DELETE), .handler = info_r_delete,
	  .story = "The peer deletes the IKE SA or children of it." },
	{ .name = "info-r-request", .states = LIVE, .exchange = EXCH_INFORMATIONAL,
	  .handler = info_r_request,
	  .story = "The peer asks whether we live, or tells us something." },
	{ .name = "mobike-i-response", .states = STATE_BIT(SA_ESTABLISHED),
	  .exchange = EXCH_INFORMATIONAL, .response = true, .tasks = TASK_BIT(TASK_MOBIKE),
	  .handler = mobike_response,
	  .story = "The peer knows our addresses, and tells how it sees them." },
	{ .name = "mobike-i-late", .states = STATE_BIT(SA_REKEYED),
	  .exchange = EXCH_INFORMATIONAL, .response = true, .tasks = TASK_BIT(TASK_MOBIKE),
	  .handler = info_i_ignored,
	  .story = "The peer knows our addresses; the IKE SA was rekeyed meanwhile." },
	{ .name = "info-i-response", .states = STATE_BIT(SA_ESTABLISHED) | STATE_BIT(SA_REKEYED),
	  .exchange = EXCH_INFORMATIONAL, .response = true, .tasks = INFO_TASKS,
	  .handler = info_i_response,
	  .story = "The peer lives, or has deleted the child." },
	{ .name = "delete-i-before", .states = STATE_BIT(SA_DELETING),
	  .exchange = EXCH_INFORMATIONAL, .response = true, .tasks = TASK_BIT(TASK_NONE),
	  .handler = info_i_ignored,
	  .story = "An answer to what we asked before: now the DELETE can go out." },
	{ .name = "delete-i-before-child", .states = STATE_BIT(SA_DELETING),
	  .exchange = EXCH_CREATE_CHILD_SA, .response = true, .tasks = TASK_BIT(TASK_NONE),
	  .handler = info_i_ignored,
	  .story = "The peer agrees to what we do not want any more: now the DELETE can go out." },
	{ .name = "delete-i-before-followup", .states = STATE_BIT(SA_DELETING),
	  .exchange = EXCH_IKE_FOLLOWUP_KE, .response = true, .tasks = TASK_BIT(TASK_NONE),
	  .handler = info_i_ignored,
	  .story = "The peer goes on with what we do not want any more: now the DELETE can go out." },
	{ .name = "delete-i-response", .states = STATE_BIT(SA_DELETING),
	  .exchange = EXCH_INFORMATIONAL, .response = true, .tasks = TASK_BIT(TASK_IKE_DELETE),
	  .handler = info_i_response, .next = SA_DEAD,
	  .story = "The peer has deleted the IKE SA." },
};
/* clang-format on */

enum {
	ROWS = sizeof(rows) / sizeof(rows[0])
};

const struct v2_row *v2_rows(size_t *n)
{
	*n = ROWS;
	return rows;
}

static bool row_fits(const struct v2_row *r, const struct sa *sa, const struct msg *m)
{
	bool response = header_is_response(&m->h);
	enum task_kind task = sa->out.task ? sa->out.task->kind : TASK_NONE;

	return (r->states & STATE_BIT(sa->state)) && r->exchange == m->h.exchange &&
	       r->response == response && (!response || (r->tasks & TASK_BIT(task))) &&
	       (m->has & r->needs) == r->needs && (!r->notify || msg_notify_find(m, r->notify)) &&
	       (!r->error || msg_error(m));
}

static const struct v2_row *row_find(const struct sa *sa, const struct msg *m)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (row_fits(&rows[i], sa, m))
			return &rows[i];
	}
	return NULL;
}

void v2_done(struct sa *sa, struct turn *t)
{
	const struct v2_row *row = t->row;

	turn_clear(sa, t);
	if (row && row->next != SA_NEW && sa->state != SA_DEAD)
		sa_enter(sa, row->next, row->timeout);
}

static void row_missing(struct sa *sa, const struct msg *m)
{
	log_sa(sa, IKE_LOG_WARN,
	       "exchange=%s mid=%u state=%s result=refused "
	       "why=\"a message with these payloads has no place here\"",
	       exchange_name(m->h.exchange), m->h.mid, sa_state_name(sa->state));
	if (!m->opened) /* in clear: not believed */
		return;
	if (header_is_response(&m->h)) {
		sa_delete(sa, IKE_WHY_PROTOCOL, "the peer's response lacks a payload", "");
		return;
	}
	respond_error(sa, N_INVALID_SYNTAX);
	sa_close(sa, IKE_WHY_PROTOCOL, "the peer sent a request that has no place here", "");
	sa_enter(sa, SA_LINGER, LINGER_MS);
}

static void verdict_bad(struct sa *sa, const struct msg *m)
{
	const char *why = sa->ike->bad ? sa->ike->bad : "malformed";

	log_sa(sa, IKE_LOG_WARN, "exchange=%s mid=%u result=malformed why=\"%s\"",
	       exchange_name(m->h.exchange), m->h.mid, why);
	if (!m->opened)
		return;
	if (header_is_response(&m->h)) {
		sa_delete(sa, IKE_WHY_PROTOCOL, why, "");
		return;
	}
	respond_error(sa, N_INVALID_SYNTAX);
	sa_close(sa, IKE_WHY_PROTOCOL, why, "");
	sa_enter(sa, SA_LINGER, LINGER_MS);
}

void v2_message(struct sa *sa, const struct msg *m)
{
	struct turn *t = header_is_response(&m->h) ? &sa->out : &sa->in;
	const struct v2_row *row = row_find(sa, m);

	sa->ike->bad = NULL;
	if (!row) {
		row_missing(sa, m);
		return;
	}
	log_sa(sa, IKE_LOG_DEBUG, "row=%s exchange=%s mid=%u", row->name,
	       exchange_name(m->h.exchange), m->h.mid);
	t->row = row;
	switch (row->handler(sa, m)) {
	case V_DONE:
		v2_done(sa, t);
		break;
	case V_WAIT:
	case V_STAY:
		break;
	case V_BAD:
		verdict_bad(sa, m);
		break;
	}
}
