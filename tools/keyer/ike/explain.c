// SPDX-License-Identifier: MIT
/*
 * Why a negotiation failed, in words: what each side has, and what to change.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/keyer/ike/ident.h"
#include "tools/keyer/ike/report.h"
#include "tools/keyer/ike/sa.h"

enum {
	SOME = 3
}; /* proposals of each side that a sentence names */

void text_add(char *text, size_t len, const char *fmt, ...)
{
	size_t at = strlen(text);
	va_list ap;

	if (at + 1 >= len)
		return;
	va_start(ap, fmt);
	vsnprintf(text + at, len - at, fmt, ap);
	va_end(ap);
}

char *proposals_print(const struct ike_proposal *p, unsigned int n, char *buf, size_t len)
{
	char one[256];

	buf[0] = 0;
	for (unsigned int i = 0; i < n && i < SOME; i++)
		text_add(buf, len, "%s%s", i ? ", " : "",
			 ike_proposal_print(&p[i], one, sizeof(one)));
	if (n > SOME)
		text_add(buf, len, ", and %u more", n - SOME);
	return buf;
}

/* All values of one type, as "aes128-aes256", or "none". */
static void values_print(const struct ike_proposal *p, uint8_t type, char *buf, size_t len)
{
	char word[32];

	buf[0] = 0;
	for (unsigned int i = 0; i < p->n; i++) {
		if (p->t[i].type != type)
			continue;
		if (!p->t[i].id && type != TR_ESN)
			continue;
		text_add(buf, len, "%s%s", buf[0] ? "-" : "",
			 transform_print(&p->t[i], word, sizeof(word)));
	}
	if (!buf[0])
		snprintf(buf, len, type == TR_ESN ? "noesn" : "none");
}

/* How far two proposals go together: the order in which types are compared. */
static unsigned int progress(const struct proposal_miss *miss)
{
	static const uint8_t order[] = { TR_ENCR, TR_INTEG, TR_PRF, TR_KE, TR_ESN };

	if (miss->protocol || miss->alien)
		return 0;
	for (unsigned int i = 0; i < sizeof(order); i++) {
		if (order[i] == miss->type)
			return i + 1;
	}
	return sizeof(order) + 1;
}

struct nearest {
	const struct ike_proposal *ours;
	const struct sa_proposal *theirs;
	struct proposal_miss miss;
};

static struct nearest nearest_pair(const struct ike_proposal *ours, unsigned int n,
				   const struct sa_proposal *theirs,
				   const struct proposal_rules *rules)
{
	struct nearest best = { .ours = ours, .theirs = theirs };
	struct ike_proposal chosen;
	unsigned int far = 0;
	bool any = false;

	for (unsigned int i = 0; i < n; i++) {
		struct proposal_miss miss;

		if (proposal_match(&ours[i], &theirs->p, rules, &chosen, &miss))
			continue;
		if (!any || progress(&miss) > far) {
			any = true;
			far = progress(&miss);
			best = (struct nearest){ &ours[i], theirs, miss };
		}
	}
	return best;
}

static void miss_print(const struct nearest *b, char *text)
{
	char mine[160], yours[160];

	if (b->miss.protocol) {
		text_add(text, IKE_TEXT_MAX, "it is for %s, and %s is configured here",
			 protocol_name(b->theirs->p.protocol), protocol_name(b->ours->protocol));
		return;
	}
	if (b->miss.alien) {
		text_add(text, IKE_TEXT_MAX, "it has a transform of a type that is not known here");
		return;
	}
	values_print(b->ours, b->miss.type, mine, sizeof(mine));
	values_print(&b->theirs->p, b->miss.type, yours, sizeof(yours));
	if (b->miss.incapable)
		text_add(text, IKE_TEXT_MAX, "%s here lacks the %s algorithm %s",
			 b->miss.type == TR_ENCR || b->miss.type == TR_INTEG ? "the kernel" :
									       "OpenSSL",
			 transform_type_name(b->miss.type), mine);
	else
		text_add(text, IKE_TEXT_MAX, "%s differs: offered %s, configured %s",
			 transform_type_name(b->miss.type), yours, mine);
}

/* Of a peer's proposal, what we could do: one transform a type, ready to be configured. */
static bool would_match(const struct sa_proposal *theirs, const struct proposal_rules *rules,
			bool legacy, char *buf, size_t len)
{
	struct ike_proposal usable = { .protocol = theirs->p.protocol }, chosen;
	struct proposal_miss miss;

	for (unsigned int i = 0; i < theirs->p.n; i++) {
		const struct ike_transform *t = &theirs->p.t[i];

		if (t->id && !transform_supported(theirs->p.protocol, t))
			continue;
		if (!legacy && transform_legacy(t))
			continue;
		usable.t[usable.n++] = *t;
	}
	if (!proposal_match(&usable, &theirs->p, rules, &chosen, &miss))
		return false;
	/* with neither word a proposal has both */
	proposal_strip(&chosen, TR_ESN);
	ike_proposal_print(&chosen, buf, len);
	return true;
}

void explain_proposals(const struct ike_proposal *ours, unsigned int n,
		       const struct sa_payload *theirs, const struct proposal_rules *rules,
		       const char *key, char *text, char *hint)
{
	char mine[320], line[160];

	text[0] = hint[0] = 0;
	text_add(text, IKE_TEXT_MAX, "no proposal fits; configured here: %s%s",
		 n && ours->protocol == PROTO_AH ? "AH " : "",
		 proposals_print(ours, n, mine, sizeof(mine)));
	for (unsigned int i = 0; i < theirs->n && i < SOME; i++) {
		struct nearest b = nearest_pair(ours, n, &theirs->p[i], rules);

		text_add(text, IKE_TEXT_MAX, "; offered: %s%s (",
			 theirs->p[i].p.protocol == PROTO_AH ? "AH " : "",
			 ike_proposal_print(&theirs->p[i].p, mine, sizeof(mine)));
		miss_print(&b, text);
		text_add(text, IKE_TEXT_MAX, ")");
	}
	if (theirs->n > SOME)
		text_add(text, IKE_TEXT_MAX, "; and %u more", theirs->n - SOME);
	for (unsigned int i = 0; i < 2 * theirs->n; i++) { /* outdated ones at the end */
		bool legacy = i >= theirs->n;

		if (!would_match(&theirs->p[i % theirs->n], rules, legacy, line, sizeof(line)))
			continue;
		if (n && ours->protocol != PROTO_IKE)
			key = theirs->p[i % theirs->n].p.protocol == PROTO_AH ? "ah" : "esp";
		text_add(hint, IKE_TEXT_MAX, "%s = %s here would match%s, or set the peer to %s%s",
			 key, line, legacy ? " with legacy = yes" : "",
			 n && ours->protocol == PROTO_AH ? "AH " : "",
			 proposals_print(ours, n ? 1 : 0, mine, sizeof(mine)));
		return;
	}
	text_add(hint, IKE_TEXT_MAX,
		 "nothing that the peer offers is supported here: set the peer to %s",
		 proposals_print(ours, n ? 1 : 0, mine, sizeof(mine)));
}

/* Which of the configured children comes nearest: one side fits already. */
static const struct ike_child_conf *near_child(struct sa *sa, const struct ts_list *local,
					       const struct ts_list *remote, bool *local_fits,
					       bool *remote_fits)
{
	const struct ike_conn_conf *conf = sa->conn->conf;
	const struct ike_child_conf *best = NULL;

	*local_fits = *remote_fits = false;
	for (unsigned int i = 0; i < conf->n_children; i++) {
		const struct ike_child_conf *c = &conf->children[i];
		struct ts_list l, r, out;
		bool lf, rf;

		sa_ts_local(sa, c, &l);
		sa_ts_remote(sa, c, &r);
		lf = ts_narrow(&l, local, &out);
		rf = ts_narrow(&r, remote, &out);
		if (!best || lf + rf > *local_fits + *remote_fits) {
			best = c;
			*local_fits = lf;
			*remote_fits = rf;
		}
	}
	return best;
}

void explain_selectors(struct sa *sa, const struct ts_list *local, const struct ts_list *remote,
		       char *text, char *hint)
{
	char ol[200], or [200], cl[200], cr[200];
	bool local_fits, remote_fits;
	const struct ike_child_conf *c = near_child(sa, local, remote, &local_fits, &remote_fits);
	struct ts_list l, r;

	text[0] = hint[0] = 0;
	ts_list_print(local, ol, sizeof(ol));
	ts_list_print(remote, or, sizeof(or));
	if (!c) {
		text_add(text, IKE_TEXT_MAX, "no child is configured; offered: %s === %s", ol, or);
		return;
	}
	sa_ts_local(sa, c, &l);
	sa_ts_remote(sa, c, &r);
	ts_list_print(&l, cl, sizeof(cl));
	ts_list_print(&r, cr, sizeof(cr));
	text_add(text, IKE_TEXT_MAX,
		 "no traffic selector fits; the peer offers %s === %s, and the nearest child, %s, "
		 "has %s === %s: ",
		 ol, or, c->name, cl, cr);
	if (!local_fits && !remote_fits)
		text_add(text, IKE_TEXT_MAX, "neither side has an address in common");
	else
		text_add(text, IKE_TEXT_MAX, "the %s side has no address in common",
			 local_fits ? "remote" : "local");
	if (!local_fits)
		text_add(hint, IKE_TEXT_MAX, "local = %s of child %s, or the peer's remote to %s",
			 ol, c->name, cl);
	if (!remote_fits)
		text_add(hint, IKE_TEXT_MAX, "%sremote = %s of child %s, or the peer's local to %s",
			 local_fits ? "" : "; ", or, c->name, cr);
}

static void refused_proposal(struct sa *sa, const struct nego *n, char *text, char *hint)
{
	const struct ike_conn_conf *conf = sa->conn ? sa->conn->conf : NULL;
	const struct ike_child_conf *c = n ? conn_child(sa->conn, n->child) : NULL;
	char mine[400];

	mine[0] = 0;
	if (c)
		proposals_print(c->proposals, c->n_proposals, mine, sizeof(mine));
	else if (conf)
		proposals_print(conf->proposals, conf->n_proposals, mine, sizeof(mine));
	text_add(text, IKE_TEXT_MAX, "the peer refuses all our %s proposals; offered: %s",
		 protocol_name(n ? n->protocol : PROTO_IKE), mine);
	if (n && n->protocol == PROTO_AH) {
		text_add(hint, IKE_TEXT_MAX,
			 "one of them must be among the peer's AH proposals (charon: ah_proposals "
			 "of the child); a peer also says this if there is a NAT between, which AH "
			 "cannot pass");
		return;
	}
	text_add(
		hint, IKE_TEXT_MAX,
		n ? "one of them must be among the peer's ESP proposals (charon: esp_proposals of "
		    "the child); a peer also says this if its kernel cannot install the SA" :
		    "one of them must be among the peer's IKE proposals (charon: proposals of the "
		    "connection); a peer also says this if no connection of its is for our address");
}

static void refused_selectors(struct sa *sa, const struct nego *n, char *text, char *hint)
{
	char l[300] = "", r[300] = "";

	(void)sa;
	if (n) {
		ts_list_print(&n->local_ts, l, sizeof(l));
		ts_list_print(&n->remote_ts, r, sizeof(r));
	}
	text_add(text, IKE_TEXT_MAX, "the peer refuses our traffic selectors; offered: %s === %s",
		 l, r);
	text_add(hint, IKE_TEXT_MAX,
		 "the peer must allow %s on its own side and %s on ours "
		 "(charon: local_ts, remote_ts)",
		 r, l);
}

static void refused_auth(struct sa *sa, char *text, char *hint)
{
	char id[300], peer[300] = "any";

	ike_id_print(&sa->local_id, id, sizeof(id));
	if (sa->conn)
		ike_id_print(&sa->conn->conf->remote_id, peer, sizeof(peer));
	text_add(text, IKE_TEXT_MAX, "the peer refuses to authenticate us as %s", id);
	if (sa->rounds && sa->conn && sa->conn->conf->local_auth2)
		text_add(hint, IKE_TEXT_MAX,
			 "the peer refuses it in our %s round of authentication: compare what this "
			 "tunnel proves itself by with what the peer wants in that round",
			 sa->rounds->mine > 1 || sa->rounds->local_id.len ? "second" : "first");
	else if (sa->conn && sa->conn->conf->local_auth == IKE_AUTH_SIGNATURE)
		text_add(hint, IKE_TEXT_MAX,
			 "either the peer does not trust our certificate or key, or it knows no "
			 "connection from %s to %s: its CA must be that of `cert` here, and "
			 "local-id one of the names in `cert`",
			 id, peer);
	else
		text_add(hint, IKE_TEXT_MAX,
			 "either the pre-shared keys differ, or the peer knows no connection "
			 "from %s to %s: compare psk-file, local-id and remote-id with the peer's",
			 id, peer);
}

void explain_refusal(struct sa *sa, uint16_t notify, const struct nego *n, char *text, char *hint)
{
	char name[32];

	text[0] = hint[0] = 0;
	switch (notify) {
	case N_NO_PROPOSAL_CHOSEN:
		refused_proposal(sa, n, text, hint);
		break;
	case N_TS_UNACCEPTABLE:
		refused_selectors(sa, n, text, hint);
		break;
	case N_AUTHENTICATION_FAILED:
		refused_auth(sa, text, hint);
		break;
	case N_INVALID_KE_PAYLOAD:
		text_add(text, IKE_TEXT_MAX,
			 "the peer wants a key exchange group that is not configured");
		text_add(hint, IKE_TEXT_MAX, "give both sides a group in common");
		break;
	case N_NO_ADDITIONAL_SAS:
		text_add(text, IKE_TEXT_MAX, "the peer makes no further child under this IKE SA");
		text_add(hint, IKE_TEXT_MAX, "see the peer's log; it may be out of resources");
		break;
	case N_INTERNAL_ADDRESS_FAILURE:
		text_add(text, IKE_TEXT_MAX, "the peer has no address to give us");
		text_add(hint, IKE_TEXT_MAX,
			 "its pool is used up, or has none of the family asked for");
		break;
	case N_FAILED_CP_REQUIRED:
		text_add(text, IKE_TEXT_MAX,
			 "the peer gives its clients an address, and we ask for none");
		text_add(hint, IKE_TEXT_MAX, "set request = ip4 (or ip6) here");
		break;
	case N_INVALID_SYNTAX:
		text_add(text, IKE_TEXT_MAX, "the peer finds a message of ours malformed");
		text_add(hint, IKE_TEXT_MAX, "see the peer's log for what it dislikes");
		break;
	default:
		text_add(text, IKE_TEXT_MAX, "the peer answers %s",
			 notify_name(notify, name, sizeof(name)));
		text_add(hint, IKE_TEXT_MAX, "see the peer's log");
	}
	if (notify == N_NO_PROPOSAL_CHOSEN || notify == N_TS_UNACCEPTABLE ||
	    notify == N_AUTHENTICATION_FAILED)
		text_add(text, IKE_TEXT_MAX, " (%s)", notify_name(notify, name, sizeof(name)));
}

void explain_silence(struct sa *sa, char *text, char *hint)
{
	char remote[64];

	text[0] = hint[0] = 0;
	ike_addr_print(&sa->remote, remote, sizeof(remote));
	if (sa->state >= SA_ESTABLISHED) {
		text_add(text, IKE_TEXT_MAX, "%s does not answer any more (%u tries in %llu s)",
			 remote, sa->win.tries + 1,
			 (unsigned long long)(sa->ike->now - sa->win.first_sent) / 1000);
		text_add(hint, IKE_TEXT_MAX, "the peer or the path to it is down");
		return;
	}
	text_add(text, IKE_TEXT_MAX, "no answer from %s to %s (%u tries in %llu s)", remote,
		 sa->state == SA_INIT_SENT ? "IKE_SA_INIT" : "IKE_AUTH", sa->win.tries + 1,
		 (unsigned long long)(sa->ike->now - sa->win.first_sent) / 1000);
	if (sa->state == SA_INIT_SENT)
		text_add(hint, IKE_TEXT_MAX,
			 "the peer is down, UDP port %u is filtered, or the peer has no "
			 "connection for our address and stays silent",
			 sa->remote.port);
	else if (sa->natt)
		text_add(hint, IKE_TEXT_MAX,
			 "UDP port 500 passes but 4500 does not: look for a filter in "
			 "between; or the peer gave up, see its log");
	else
		text_add(hint, IKE_TEXT_MAX,
			 "the peer answered before, so see its log for why it gave up");
}

void explain_auth(struct sa *sa, const struct ike_ev_auth *ev, char *text, char *hint)
{
	char id[400];

	text[0] = hint[0] = 0;
	ike_id_print(rounds_peer_id(sa), id, sizeof(id));
	if (ev->why[0])
		text_add(text, IKE_TEXT_MAX, "%.*s (peer %s)", IKE_TEXT_MAX / 2, ev->why, id);
	else
		text_add(text, IKE_TEXT_MAX, "%s used a pre-shared key that differs from ours", id);
	if (ev->hint[0])
		text_add(hint, IKE_TEXT_MAX, "%s", ev->hint);
	else if (sa->conn && rounds_theirs(sa) == IKE_AUTH_PSK)
		text_add(hint, IKE_TEXT_MAX,
			 "make psk-file the same on both sides, down to the last newline");
}

const char *auth_name(uint8_t method)
{
	switch (method) {
	case IKE_AUTH_PSK:
		return "a pre-shared key";
	case IKE_AUTH_EAP:
		return "EAP";
	case IKE_AUTH_RSA:
	case IKE_AUTH_ECDSA_256:
	case IKE_AUTH_ECDSA_384:
	case IKE_AUTH_ECDSA_521:
	case IKE_AUTH_SIGNATURE:
		return "a signature";
	}
	return "an unknown method";
}

void explain_method(struct sa *sa, uint8_t method, char *text, char *hint)
{
	const char *second = sa->rounds && sa->rounds->theirs ? "2" : "";
	char id[400];

	text[0] = hint[0] = 0;
	text_add(text, IKE_TEXT_MAX, "%s authenticates itself by %s, and remote-auth%s is %s",
		 ike_id_print(rounds_peer_id(sa), id, sizeof(id)), auth_name(method), second,
		 sa->conn ? auth_name(rounds_theirs(sa)) : "none");
	text_add(hint, IKE_TEXT_MAX, "set remote-auth%s here, or how the peer authenticates itself",
		 second);
}

void explain_no_conn(struct sa *sa, char *text, char *hint)
{
	char id[300], asked[300] = "", want[300];
	const struct ike_conn_conf *c = sa->conn ? sa->conn->conf : NULL;

	text[0] = hint[0] = 0;
	ike_id_print(&sa->peer_id, id, sizeof(id));
	text_add(text, IKE_TEXT_MAX, "no tunnel is for the peer's identity %s", id);
	if (sa->hs->idr_wanted.type != IKE_ID_ANY)
		text_add(text, IKE_TEXT_MAX, ", which asks for us as %s",
			 ike_id_print(&sa->hs->idr_wanted, asked, sizeof(asked)));
	if (!c)
		return;
	text_add(text, IKE_TEXT_MAX, "; tunnel %s expects %s", c->name,
		 ike_id_print(&c->remote_id, want, sizeof(want)));
	if (c->remote_id.type != IKE_ID_ANY && !id_equal(&c->remote_id, &sa->peer_id)) {
		text_add(hint, IKE_TEXT_MAX,
			 "remote-id = %s here, or the peer's own identity to %s", id, want);
	} else {
		struct ike_id mine = c->local_id.type == IKE_ID_ANY ? id_of_addr(&sa->local) :
								      c->local_id;

		text_add(hint, IKE_TEXT_MAX,
			 "local-id = %s here (it is %s), or the peer's remote identity", asked,
			 ike_id_print(&mine, want, sizeof(want)));
	}
}
