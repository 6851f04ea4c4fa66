// SPDX-License-Identifier: MIT
/*
 * Being sent to another gateway, RFC 5685, as a client: instead of an answer to
 * IKE_SA_INIT, with IKE_AUTH, or later. Who we are sent to has to prove the same
 * identity. Gateways known by address only.
 */
#include <string.h>
#include <sys/socket.h>

#include "tools/keyer/ike/v2.h"

enum {
	GATEWAY_IPV4 = 1,
	GATEWAY_IPV6 = 2,
};

/* The gateway in a REDIRECT; @nonce: what follows it. */
static bool gateway_read(struct bytes data, const struct sa *sa, struct ike_addr *to,
			 struct bytes *nonce)
{
	struct reader r = reader_of(data);
	uint8_t type = read_u8(&r), len = read_u8(&r);
	struct bytes id = read_bytes(&r, len);

	*nonce = read_rest(&r);
	memset(to, 0, sizeof(*to));
	if (r.failed ||
	    !((type == GATEWAY_IPV4 && len == 4) || (type == GATEWAY_IPV6 && len == 16)))
		return false;
	to->family = len == 4 ? AF_INET : AF_INET6;
	to->port = 500;
	memcpy(to->bytes, id.p, len);
	/* our address is of one family, and there is no use in being sent to where we are */
	return to->family == sa->local.family &&
	       memcmp(to->bytes, sa->remote.bytes, sizeof(to->bytes)) != 0;
}

static bool wanted(const struct sa *sa)
{
	return sa->conn && sa->conn->conf->redirect && sa->began;
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

/* In clear: it is believed if it quotes our nonce, as only who saw our request can. */
enum v2_verdict init_i_redirect(struct sa *sa, const struct msg *m)
{
	struct ike_addr to;
	struct bytes nonce;
	char text[64];

	if (!wanted(sa) || !gateway_read(msg_notify_find(m, N_REDIRECT)->data, sa, &to, &nonce) ||
	    nonce.len != sa->hs->ni_len || memcmp(nonce.p, sa->hs->ni, nonce.len) != 0) {
		log_sa(sa, IKE_LOG_INFO, "result=ignored why=\"sent elsewhere, but not rightly\"");
		return V_STAY;
	}
	step(sa, "sent to another gateway, %s", ike_addr_print(&to, text, sizeof(text)));
	init_redirected(sa, &to);
	return V_STAY;
}

void redirect_read(struct sa *sa, const struct msg *m)
{
	const struct msg_notify *n = msg_notify_find(m, N_REDIRECT);
	struct ike_addr to;
	struct bytes nonce;

	if (n && wanted(sa) && gateway_read(n->data, sa, &to, &nonce))
		sa->redirect_to = to;
}

void redirect_step(struct sa *sa)
{
	struct ike_addr to = sa->redirect_to;

	if (!to.family || sa->state != SA_ESTABLISHED)
		return;
	sa->redirect_to.family = 0;
	reauth_with(sa, &to);
	/* the same traffic cannot have two ways: the children go before the new ones come */
	sa_delete(sa, IKE_WHY_PEER, "the gateway sends us to another one", "");
	sa_rearm(sa);
}
