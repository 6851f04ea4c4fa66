// SPDX-License-Identifier: MIT
/*
 * Being sent to another gateway, RFC 5685, as a client: instead of an answer to
 * IKE_SA_INIT, with IKE_AUTH, or later. Who we are sent to has to prove the same
 * identity. Netadmin finds the way there, and the address, if it was a name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tools/keyer/ike/v2.h"

enum {
	GATEWAY_IPV4 = 1,
	GATEWAY_IPV6 = 2,
	GATEWAY_FQDN = 3,
	REDIRECTS_MAX = 5, /* of one connection ... */
	REDIRECTS_MS = 300 * 1000, /* ... in this time */
};

/**
 * struct redirect - another gateway, that we are to go to
 * @name: "" if it was sent as an address, @remote.
 * @request: IKE_FX_PATH, 0: not asked yet, or answered.
 * @found: @local and @remote are the way there.
 */
struct redirect {
	uint64_t request;
	bool found;
	struct ike_addr local, remote;
	char name[IKE_HOST_MAX];
};

/** struct redirects - when we were sent elsewhere; 0: not that often */
struct redirects {
	uint64_t at[REDIRECTS_MAX];
	unsigned int next;
};

/* The gateway in a REDIRECT; @nonce: what follows it. */
static bool gateway_read(struct bytes data, struct redirect *to, struct bytes *nonce)
{
	struct reader r = reader_of(data);
	uint8_t type = read_u8(&r), len = read_u8(&r);
	struct bytes id = read_bytes(&r, len);

	*nonce = read_rest(&r);
	memset(to, 0, sizeof(*to));
	if (r.failed)
		return false;
	if (type == GATEWAY_FQDN && ike_host_name_ok(id.p, id.len)) {
		memcpy(to->name, id.p, id.len);
		return true;
	}
	if (!(type == GATEWAY_IPV4 && len == 4) && !(type == GATEWAY_IPV6 && len == 16))
		return false;
	to->remote.family = len == 4 ? AF_INET : AF_INET6;
	memcpy(to->remote.bytes, id.p, len);
	return true;
}

static const char *gateway_print(const struct redirect *to, char *text, size_t len)
{
	if (!to->name[0])
		return ike_addr_print(&to->remote, text, len);
	snprintf(text, len, "%s", to->name);
	return text;
}

static bool wanted(const struct sa *sa)
{
	return sa->conn && sa->conn->conf->redirect && sa->began;
}

/* Gateways may send us round in circles, or each to the next, for ever (RFC 5685 7). */
static bool allowed(struct conn *c, uint64_t now)
{
	uint64_t *at;

	if (!c->redirects)
		c->redirects = mem_new(sizeof(*c->redirects));
	at = &c->redirects->at[c->redirects->next];
	if (*at && now - *at < REDIRECTS_MS)
		return false;
	*at = now;
	c->redirects->next = (c->redirects->next + 1) % REDIRECTS_MAX;
	return true;
}

static const char *too_often(char text[IKE_TEXT_MAX])
{
	snprintf(text, IKE_TEXT_MAX, "sent from one gateway to another more than %d times in %d s",
		 REDIRECTS_MAX, REDIRECTS_MS / 1000);
	return text;
}

void redirect_drop(struct sa *sa)
{
	free(sa->redirect);
	sa->redirect = NULL;
}

void redirect_move(struct sa *from, struct sa *to)
{
	if (!from->redirect)
		return;
	to->redirect = from->redirect;
	to->redirect->request = 0;
	from->redirect = NULL;
}

void redirect_offer(struct sa *sa)
{
	const struct ike_addr *from = &sa->redirected_from;
	uint8_t data[18] = { from->family == AF_INET ? GATEWAY_IPV4 : GATEWAY_IPV6,
			     from->family == AF_INET ? 4 : 16 };

	if (!wanted(sa))
		return;
	if (!from->family) {
		out_notify(sa->ike, 0, NULL, 0, N_REDIRECT_SUPPORTED, NULL, 0);
		return;
	}
	memcpy(data + 2, from->bytes, data[1]);
	out_notify(sa->ike, 0, NULL, 0, N_REDIRECTED_FROM, data, 2u + data[1]);
}

static void path_ask(struct sa *sa)
{
	struct redirect *to = sa->redirect;
	struct ike_fx_path *fx = path_effect(sa);
	char text[IKE_HOST_MAX];

	step(sa, "sent to another gateway, %s", gateway_print(to, text, sizeof(text)));
	to->request = fx->request;
	fx->not_to = sa->remote;
	memcpy(fx->name, to->name, sizeof(fx->name));
	if (!to->name[0])
		fx->to[fx->n++] = to->remote;
}

/* In clear: it is believed if it quotes our nonce, as only who saw our request can. */
enum v2_verdict init_i_redirect(struct sa *sa, const struct msg *m)
{
	char text[IKE_TEXT_MAX];
	struct redirect to;
	struct bytes nonce;

	if (sa->redirect) /* said twice */
		return V_STAY;
	if (!wanted(sa) || !gateway_read(msg_notify_find(m, N_REDIRECT)->data, &to, &nonce) ||
	    nonce.len != sa->hs->ni_len || memcmp(nonce.p, sa->hs->ni, nonce.len) != 0) {
		log_sa(sa, IKE_LOG_INFO, "result=ignored why=\"sent elsewhere, but not rightly\"");
		return V_STAY;
	}
	if (!allowed(sa->conn, sa->ike->now)) {
		sa_kill(sa, IKE_WHY_PROTOCOL, too_often(text),
			"the gateways' operator must mend where they send to");
		return V_STAY;
	}
	sa->redirect = mem_dup(&to, sizeof(to));
	/* no answer is to come; but if one comes it may be the true one */
	window_answered(sa);
	sa->refused_until = NEVER;
	path_ask(sa);
	return V_STAY;
}

void redirect_read(struct sa *sa, const struct msg *m)
{
	const struct msg_notify *n = msg_notify_find(m, N_REDIRECT);
	char text[IKE_TEXT_MAX];
	struct redirect to;
	struct bytes nonce;

	if (!n || sa->redirect || !wanted(sa))
		return;
	if (!gateway_read(n->data, &to, &nonce))
		log_sa(sa, IKE_LOG_WARN,
		       "result=ignored why=\"sent to a gateway that is neither an address nor "
		       "the full name of a host\"");
	else if (!allowed(sa->conn, sa->ike->now))
		log_sa(sa, IKE_LOG_WARN, "result=ignored why=\"%s\"", too_often(text));
	else
		sa->redirect = mem_dup(&to, sizeof(to));
}

/* Nobody is there: without an IKE SA that is the end, else it goes on as it is. */
static void not_found(struct sa *sa, const struct redirect *to, const char *why)
{
	char text[IKE_TEXT_MAX], words[IKE_TEXT_MAX], name[IKE_HOST_MAX];

	snprintf(text, sizeof(text), "the gateway sends us to %s, and %.700s",
		 gateway_print(to, name, sizeof(name)), why);
	if (sa->state == SA_INIT_SENT)
		sa_kill(sa, IKE_WHY_PROTOCOL, text,
			"have the gateway send to a name that resolves here, or set redirect = no");
	else
		log_sa(sa, IKE_LOG_WARN, "result=ignored %s",
		       log_why(text, "", words, sizeof(words)));
}

bool redirect_found(struct sa *sa, const struct ike_ev_path *ev)
{
	struct redirect *to = sa->redirect;

	if (!to || !to->request || to->request != ev->request)
		return false;
	to->request = 0;
	if (ev->ok) {
		to->found = true;
		to->local = ev->local;
		to->remote = ev->remote;
		redirect_step(sa);
		return true;
	}
	sa->redirect = NULL;
	not_found(sa, to, ev->why);
	free(to);
	return true;
}

/* Not before the gateway has proved itself, but where it must not yet. */
void redirect_step(struct sa *sa)
{
	struct redirect to = *sa->redirect;

	if (sa->state == SA_INIT_SENT && to.found) {
		redirect_drop(sa);
		init_redirected(sa, &to.local, &to.remote);
	}
	if (sa->state != SA_ESTABLISHED || sa->out.task || to.request)
		return;
	if (!to.found) {
		path_ask(sa);
		return;
	}
	redirect_drop(sa);
	to.remote.port = 500;
	reauth_with(sa, &to.local, &to.remote);
	/* the same traffic cannot have two ways: the children go before the new ones come */
	sa_delete(sa, IKE_WHY_PEER, "the gateway sends us to another one", "");
	sa_rearm(sa);
}
