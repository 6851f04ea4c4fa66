// SPDX-License-Identifier: MIT
/* Setting keys: identities, proposals, authentication and selectors. */
#include "tools/keyer/conf/set.h"

#include <string.h>

static const char *const auth_words[] = { "psk",     "pubkey",	"eap", "eap-mschapv2",
					  "eap-md5", "eap-tls", NULL };
static const char *const start_words[] = { "start", "on-demand", "respond", NULL };

static int id_parse(struct conf_assign *a, struct ike_id *id)
{
	char text[IKE_ID_MAX + 1];
	size_t i, at = 0;

	/* A distinguished name's commas are no separators. */
	for (i = 0; i < a->n && at < sizeof(text); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i ? "," : "",
				       a->values[i].text);
	if (at >= sizeof(text)) {
		snprintf(a->error, sizeof(a->error), "an identity has at most %d bytes",
			 IKE_ID_MAX);
		return -1;
	}
	if (a->n > 1 && !strchr(a->values->text, '=')) {
		a->bad = 1;
		snprintf(a->error, sizeof(a->error), "'%s' takes one value", a->key->name);
		return -1;
	}
	return ike_id_parse(text, id, a->error, sizeof(a->error));
}

int conf_set_id(struct conf_assign *a)
{
	return id_parse(a, set_target(a));
}

/* Of the second rounds: few have any. @min: 0 ours, 1 the peer's. */
int conf_set_id2(struct conf_assign *a)
{
	return id_parse(a, conf_id2(a->conf, a->tunnel, a->key->min));
}

/* What a template or a default proposes is kept once for all that are like it. */
static int set_proposals(struct conf_assign *a, uint8_t protocol,
			 const struct ike_proposal **proposals, uint8_t *n_proposals)
{
	struct ike_proposal *parsed;
	size_t i;

	if (a->n > IKE_PROPOSALS_MAX) {
		snprintf(a->error, sizeof(a->error), "more than %d proposals", IKE_PROPOSALS_MAX);
		return -1;
	}
	if (!a->entry->parsed) {
		parsed = conf_alloc(a->conf, a->n * sizeof(*parsed));
		for (i = 0; i < a->n; i++) {
			a->bad = i;
			if (ike_proposal_parse(protocol, a->values[i].text, &parsed[i], a->error,
					       sizeof(a->error)))
				return -1;
		}
		a->entry->parsed = parsed;
	}
	*proposals = a->entry->parsed;
	*n_proposals = (uint8_t)a->n;
	return 0;
}

int conf_set_ike(struct conf_assign *a)
{
	return set_proposals(a, 1, &a->tunnel->ike->proposals, &a->tunnel->ike->n_proposals);
}

int conf_set_esp(struct conf_assign *a)
{
	return set_proposals(a, 3, &a->child->ike.proposals, &a->child->ike.n_proposals);
}

/* Instead of ESP, whose default then does not count. */
int conf_set_ah(struct conf_assign *a)
{
	const int esp = conf_key_find(CONF_SCOPE_CHILD, "esp");

	if (!a->child->defaulted[esp]) {
		snprintf(a->error, sizeof(a->error),
			 "a child has 'esp' or 'ah', not both: ESP protects integrity, too");
		return -1;
	}
	a->child->text[esp] = NULL;
	a->child->defaulted[esp] = false;
	return set_proposals(a, 2, &a->child->ike.proposals, &a->child->ike.n_proposals);
}

/* One method; or several of EAP, of which "eap" is those that prove both sides. */
static int set_method(struct conf_assign *a, uint8_t *method, uint8_t *eap, uint8_t *n_eap)
{
	static const uint8_t types[] = { 0, 0, 0, EAP_MSCHAPV2, EAP_MD5, EAP_TLS };
	size_t i;
	int word;

	*n_eap = 0;
	for (i = 0; i < a->n; i++) {
		a->bad = i;
		word = set_word_index(a, a->values[i].text, auth_words);
		if (word < 0)
			return -1;
		if (a->n > 1 && (word < 3 || a->n > EAP_METHODS_MAX)) {
			snprintf(a->error, sizeof(a->error),
				 "several methods are possible only of eap-mschapv2, eap-md5 and "
				 "eap-tls");
			return -1;
		}
		*method = word == 0 ? IKE_AUTH_PSK : word == 1 ? IKE_AUTH_SIGNATURE : IKE_AUTH_EAP;
		if (word == 2) {
			eap[(*n_eap)++] = EAP_MSCHAPV2;
			eap[(*n_eap)++] = EAP_TLS;
		} else if (word > 2) {
			eap[(*n_eap)++] = types[word];
		}
	}
	return 0;
}

int conf_set_auth(struct conf_assign *a)
{
	struct conf_tunnel *t = a->tunnel;

	return set_method(a, &t->ike->local_auth, t->eap_local, &t->n_eap_local) ||
			       set_method(a, &t->ike->remote_auth, t->eap_remote,
					  &t->n_eap_remote) ?
		       -1 :
		       0;
}

/* A second round, RFC 4739; "none" takes back what a template says. */
static int set_second(struct conf_assign *a, uint8_t *method, uint8_t *eap, uint8_t *n_eap)
{
	uint8_t methods[EAP_METHODS_MAX], n;

	*method = 0;
	if (a->n == 1 && !strcmp(a->values->text, "none"))
		return 0;
	if (set_method(a, method, methods, &n))
		return -1;
	if (*method == IKE_AUTH_EAP) {
		memcpy(eap, methods, n);
		*n_eap = n;
	}
	return 0;
}

int conf_set_local_auth2(struct conf_assign *a)
{
	struct conf_tunnel *t = a->tunnel;

	return set_second(a, &t->ike->local_auth2, t->eap_local, &t->n_eap_local);
}

int conf_set_remote_auth2(struct conf_assign *a)
{
	struct conf_tunnel *t = a->tunnel;

	return set_second(a, &t->ike->remote_auth2, t->eap_remote, &t->n_eap_remote);
}

int conf_set_local_auth(struct conf_assign *a)
{
	struct conf_tunnel *t = a->tunnel;

	return set_method(a, &t->ike->local_auth, t->eap_local, &t->n_eap_local);
}

int conf_set_remote_auth(struct conf_assign *a)
{
	struct conf_tunnel *t = a->tunnel;

	return set_method(a, &t->ike->remote_auth, t->eap_remote, &t->n_eap_remote);
}

int conf_set_ppk_id(struct conf_assign *a)
{
	struct ike_conn_conf *ike = a->tunnel->ike;
	size_t len = strlen(a->values->text);

	if (!len || len > sizeof(ike->ppk_id)) {
		snprintf(a->error, sizeof(a->error), "a ppk-id has 1 to %zu characters",
			 sizeof(ike->ppk_id));
		return -1;
	}
	memcpy(ike->ppk_id, a->values->text, len);
	ike->ppk_id_len = (uint8_t)len;
	return 0;
}

int conf_set_fragment_size(struct conf_assign *a)
{
	uint64_t size = 0;

	if (strcmp(a->values->text, "never") != 0 &&
	    value_number(a->values->text, a->key->min, a->key->max, &size, a->error,
			 sizeof(a->error)))
		return -1;
	a->tunnel->ike->fragment_size = (uint16_t)size;
	return 0;
}

int conf_set_start(struct conf_assign *a)
{
	static const uint32_t bits[] = { CONF_START_START, CONF_START_DEMAND, 0 };
	size_t i;
	int word;

	a->tunnel->start = 0;
	for (i = 0; i < a->n; i++) {
		a->bad = i;
		word = set_word_index(a, a->values[i].text, start_words);
		if (word < 0)
			return -1;
		if (word == 2 && a->n > 1) {
			snprintf(a->error, sizeof(a->error),
				 "'respond' stands alone: the others respond, too");
			return -1;
		}
		a->tunnel->start |= bits[word];
	}
	return 0;
}

static int set_ts(struct conf_assign *a, const struct ike_ts **list, uint8_t *n)
{
	struct ike_ts *ts;
	size_t i;

	*n = 0;
	if (a->n == 1 && !strcmp(a->values->text, "dynamic"))
		return 0;
	if (a->n > IKE_TS_MAX) {
		snprintf(a->error, sizeof(a->error), "more than %d traffic selectors", IKE_TS_MAX);
		return -1;
	}
	*list = ts = conf_alloc(a->conf, a->n * sizeof(*ts));
	for (i = 0; i < a->n; i++) {
		a->bad = i;
		if (ike_ts_parse(a->values[i].text, &ts[i], a->error, sizeof(a->error)))
			return -1;
		if (!ts[i].family != !ts[0].family ||
		    (!strcmp(a->values[i].text, "dynamic") && a->n > 1)) {
			snprintf(a->error, sizeof(a->error),
				 "'dynamic' stands alone, or several of it with protocols");
			return -1;
		}
	}
	*n = (uint8_t)a->n;
	return 0;
}

int conf_set_child_local(struct conf_assign *a)
{
	return set_ts(a, &a->child->ike.local, &a->child->ike.n_local);
}

int conf_set_child_remote(struct conf_assign *a)
{
	return set_ts(a, &a->child->ike.remote, &a->child->ike.n_remote);
}
