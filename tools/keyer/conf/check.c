// SPDX-License-Identifier: MIT
/* What must hold between the keys of a configuration, lint, and printing. */
#include "tools/keyer/conf/internal.h"

#include <stdlib.h>
#include <string.h>

/* Where a key is written, or the tunnel where it is not. */
struct conf_pos conf_key_pos(const struct conf_tunnel *tunnel, const char *key)
{
	int i = conf_key_find(CONF_SCOPE_TUNNEL, key);

	return i >= 0 && tunnel->at[i] ? *tunnel->at[i] : tunnel->pos;
}

void conf_key_default(struct conf_tunnel *tunnel, const char *key, const char *text)
{
	int i = conf_key_find(CONF_SCOPE_TUNNEL, key);

	tunnel->text[i] = text;
	tunnel->defaulted[i] = true;
}

static bool is_written(const struct conf_tunnel *tunnel, const char *key)
{
	return tunnel->text[conf_key_find(CONF_SCOPE_TUNNEL, key)] != NULL;
}

/* Is there a peer that we could call? */
static bool can_initiate(const struct conf_tunnel *tunnel)
{
	const struct conf_host *host;
	size_t i;

	for (i = 0; i < tunnel->n_remote; i++) {
		host = &tunnel->remote[i];
		if (host->kind == CONF_HOST_NAME || (host->kind == CONF_HOST_RANGE &&
						     !memcmp(host->range.min, host->range.max, 16)))
			return true;
	}
	return false;
}

/* Defaults that follow from other keys. */
static void defaults_compute(struct conf *conf, struct conf_tunnel *tunnel)
{
	static const char *const action_text[] = { "none", "clear", "on-demand", "restart" };
	enum conf_action action;

	if (!is_written(tunnel, "interface")) {
		if (strlen(tunnel->name) < IFNAMSIZ) {
			snprintf(tunnel->interface, IFNAMSIZ, "%s", tunnel->name);
			conf_key_default(tunnel, "interface", tunnel->name);
		} else {
			conf_error(conf, tunnel->pos,
				   "'%s' is too long for an interface's name: set 'interface'",
				   tunnel->name);
		}
	}
	if (!is_written(tunnel, "start")) {
		tunnel->start = can_initiate(tunnel) ? CONF_START_START : 0;
		conf_key_default(tunnel, "start", tunnel->start ? "start" : "respond");
	}
	action = tunnel->start & CONF_START_START  ? CONF_ACTION_RESTART :
		 tunnel->start & CONF_START_DEMAND ? CONF_ACTION_DEMAND :
						     CONF_ACTION_CLEAR;
	if (!is_written(tunnel, "close-action")) {
		tunnel->close_action = action;
		conf_key_default(tunnel, "close-action", action_text[action]);
	}
	if (!is_written(tunnel, "dpd-action")) {
		tunnel->dpd_action = action;
		conf_key_default(tunnel, "dpd-action", action_text[action]);
	}
}

/* A margin given as a share; and it must leave some of the lifetime. */
static void margin_check(struct conf *conf, struct conf_pos pos, uint64_t lifetime,
			 uint64_t *margin, uint32_t percent, uint32_t fuzz)
{
	if (percent)
		*margin = lifetime / 100 * percent;
	if (lifetime && *margin + *margin / 100 * fuzz >= lifetime)
		conf_error(conf, pos,
			   "the rekey margin with its fuzz (%llu s) leaves nothing of the "
			   "lifetime (%llu s)",
			   (unsigned long long)(*margin + *margin / 100 * fuzz) / 1000,
			   (unsigned long long)lifetime / 1000);
}

static bool child_is_ah(const struct conf_child *child)
{
	return child->text[conf_key_find(CONF_SCOPE_CHILD, "ah")];
}

static void children_check(struct conf *conf, struct conf_tunnel *tunnel)
{
	struct conf_child *child;
	size_t i;

	if (!tunnel->n_children)
		conf_error(
			conf, tunnel->pos,
			"tunnel '%s' has no child: add 'child NAME { ... }' with the networks it "
			"carries",
			tunnel->name);
	for (i = 0; i < tunnel->n_children; i++) {
		child = &tunnel->children[i];
		margin_check(conf, child->pos, child->ike.lifetime, &child->ike.margin,
			     child->margin_percent, child->ike.fuzz_percent);
		if (child->ike.esn && !child->replay_window)
			conf_error(conf, child->pos,
				   "child '%s' has no replay window, which extended sequence "
				   "numbers need: set esn = no",
				   child->ike.name);
		if ((tunnel->start & CONF_START_DEMAND) &&
		    ike_ts_dynamic(child->ike.remote, child->ike.n_remote))
			conf_error(conf, child->pos,
				   "child '%s' of an on-demand tunnel needs a 'remote' network to "
				   "wait for",
				   child->ike.name);
		if (child_is_ah(child) && tunnel->ike->natt == IKE_NATT_ALWAYS)
			conf_error(
				conf, child->pos,
				"child '%s' has 'ah', which cannot be put in UDP: give it 'esp', "
				"or leave out nat-t = always",
				child->ike.name);
		if (child->ike.sha256_96 && !tunnel->legacy)
			conf_error(conf, child->pos,
				   "child '%s' has sha256-96, for peers of long ago: set legacy = "
				   "yes, too",
				   child->ike.name);
		if (!child->ike.lifetime && !child->ike.bytes && !child->ike.packets)
			conf_warn(
				conf, child->pos,
				"child '%s' is never rekeyed: its keys live as long as the tunnel",
				child->ike.name);
	}
}

/* Outdated algorithms are for who says so; what OpenSSL lacks is left out, and said. */
static void proposals_check(struct conf *conf, struct conf_pos pos, const char *key, bool legacy,
			    const struct ike_proposal *proposals, unsigned int n, bool defaulted)
{
	for (unsigned int i = 0; i < n; i++) {
		const char *old = ike_proposal_legacy(&proposals[i]);
		const char *lacking = ike_proposal_lacking(&proposals[i]);

		if (old && !legacy)
			conf_error(
				conf, pos,
				"'%s' in '%s' is outdated (RFC 8221, RFC 8247): take another, or "
				"set legacy = yes for a peer that has nothing better",
				old, key);
		if (lacking && !defaulted)
			conf_warn(
				conf, pos,
				"'%s' in '%s' needs a newer OpenSSL than there is here: it is not "
				"proposed",
				lacking, key);
	}
}

static void algorithms_check(struct conf *conf, struct conf_tunnel *tunnel)
{
	int ike = conf_key_find(CONF_SCOPE_TUNNEL, "ike");
	int esp = conf_key_find(CONF_SCOPE_CHILD, "esp");
	const struct conf_child *child;
	size_t i;

	proposals_check(conf, conf_key_pos(tunnel, "ike"), "ike", tunnel->legacy,
			tunnel->ike->proposals, tunnel->ike->n_proposals, tunnel->defaulted[ike]);
	for (i = 0; i < tunnel->n_children; i++) {
		child = &tunnel->children[i];
		proposals_check(conf, child->pos, child_is_ah(child) ? "ah" : "esp", tunnel->legacy,
				child->ike.proposals, child->ike.n_proposals,
				child->defaulted[esp]);
	}
}

static void actions_lint(struct conf *conf, const struct conf_tunnel *tunnel)
{
	if (tunnel->start & CONF_START_START && tunnel->dpd_action == CONF_ACTION_CLEAR)
		conf_warn(conf, conf_key_pos(tunnel, "dpd-action"),
			  "start = start with dpd-action = clear stays down after the first "
			  "failure of the peer; restart would bring it back");
	if (!tunnel->start && (tunnel->dpd_action == CONF_ACTION_RESTART ||
			       tunnel->close_action == CONF_ACTION_RESTART))
		conf_warn(conf,
			  conf_key_pos(tunnel, tunnel->dpd_action == CONF_ACTION_RESTART ?
						       "dpd-action" :
						       "close-action"),
			  "start = respond with an action restart: if the peer starts the tunnel, "
			  "too, both do it at once; leave it to one side");
	if (tunnel->start == CONF_START_DEMAND && tunnel->close_action == CONF_ACTION_RESTART)
		conf_warn(conf, conf_key_pos(tunnel, "close-action"),
			  "start = on-demand with close-action = restart keeps the tunnel up once "
			  "it was; on-demand would let it rest");
	if (tunnel->dpd_action == CONF_ACTION_NONE && (tunnel->start & CONF_START_START))
		conf_warn(conf, conf_key_pos(tunnel, "dpd-action"),
			  "dpd-action = none: a peer that died silently is not noticed before the "
			  "next rekey");
}

void conf_check_tunnel(struct conf *conf, struct conf_tunnel *tunnel)
{
	defaults_compute(conf, tunnel);
	if (tunnel->start && !can_initiate(tunnel))
		conf_error(conf, conf_key_pos(tunnel, "start"),
			   "a tunnel that starts needs an address or a name in 'remote' to call; "
			   "or set start = respond");
	if ((tunnel->close_action >= CONF_ACTION_DEMAND ||
	     tunnel->dpd_action >= CONF_ACTION_DEMAND) &&
	    !can_initiate(tunnel))
		conf_error(
			conf, conf_key_pos(tunnel, "dpd-action"),
			"the actions restart and on-demand need an address or a name in 'remote' "
			"to call");
	if (tunnel->mtu && tunnel->mtu < 1280)
		conf_error(conf, conf_key_pos(tunnel, "mtu"), "IPv6 needs an MTU of 1280");
	margin_check(conf, tunnel->pos, tunnel->ike->lifetime, &tunnel->ike->margin,
		     tunnel->margin_percent, tunnel->ike->fuzz_percent);
	if (tunnel->ike->n_pool && tunnel->ike->request)
		conf_error(conf, conf_key_pos(tunnel, "request"),
			   "a tunnel gives addresses (pool) or asks for one (request), not both");
	children_check(conf, tunnel);
	algorithms_check(conf, tunnel);
	conf_check_auth(conf, tunnel);
	conf_check_hooks(conf, tunnel);
	actions_lint(conf, tunnel);
}

bool conf_prefix_equal(const struct conf_prefix *a, const struct conf_prefix *b)
{
	return a->length == b->length && a->addr.family == b->addr.family &&
	       !memcmp(a->addr.bytes, b->addr.bytes, sizeof(a->addr.bytes));
}

static void print_keys(FILE *out, enum conf_scope scope, const char *indent,
		       const char *const *text, const bool *defaulted)
{
	const struct conf_key *keys;
	size_t i, n;

	keys = conf_keys(scope, &n);
	for (i = 0; i < n; i++) {
		if (!text[i] || !strcmp(keys[i].name, "like"))
			continue;
		fprintf(out, "%s%-18s = %s%s\n", indent, keys[i].name, text[i],
			defaulted[i] ? "  # default" : "");
	}
}

void conf_print(const struct conf *conf, FILE *out)
{
	const struct conf_tunnel *tunnel;
	size_t i, j;

	for (i = 0; i < conf->n_tunnels; i++) {
		tunnel = conf->tunnels[i];
		fprintf(out, "%stunnel %s {  # %s:%u\n", i ? "\n" : "", tunnel->name,
			tunnel->pos.file, tunnel->pos.line);
		print_keys(out, CONF_SCOPE_TUNNEL, "    ", tunnel->text, tunnel->defaulted);
		for (j = 0; j < tunnel->n_children; j++) {
			fprintf(out, "    child %s {\n", tunnel->children[j].ike.name);
			print_keys(out, CONF_SCOPE_CHILD, "        ", tunnel->children[j].text,
				   tunnel->children[j].defaulted);
			fprintf(out, "    }\n");
		}
		fprintf(out, "}\n");
	}
}
