// SPDX-License-Identifier: MIT
/* From blocks to tunnels: templates, defaults, and the keys' setters. */
#include "tools/keyer/conf/internal.h"

#include <stdlib.h>
#include <string.h>

/* A block with the templates that it is like, nearest first. */
struct chain {
	const struct conf_block *blocks[CONF_TEMPLATE_DEPTH + 1];
	size_t n;
};

static struct conf_entry *block_entry(const struct conf_block *block, const char *key)
{
	size_t i;

	for (i = 0; i < block->n_entries; i++)
		if (!strcmp(block->entries[i].key, key))
			return &block->entries[i];
	return NULL;
}

/* The same for the name of a key of conf_keys() itself: ten thousand tunnels have each. */
static struct conf_entry *block_key(const struct conf_block *block, const char *name)
{
	size_t i;

	for (i = 0; i < block->n_entries; i++)
		if (block->entries[i].key == name)
			return &block->entries[i];
	return NULL;
}

/* Known keys get the names that conf_keys() has, so that they are found by address. */
static void block_know_keys(struct conf_block *block, enum conf_scope scope)
{
	const struct conf_key *keys;
	size_t i, n;
	int at;

	keys = conf_keys(scope, &n);
	for (i = 0; i < block->n_entries; i++) {
		at = conf_key_find(scope, block->entries[i].key);
		if (at >= 0)
			block->entries[i].key = keys[at].name;
	}
	for (i = 0; i < block->n_blocks; i++)
		block_know_keys(&block->blocks[i], CONF_SCOPE_CHILD);
}

static const struct conf_block *block_child(const struct conf_block *block, const char *name)
{
	size_t i;

	for (i = 0; i < block->n_blocks; i++)
		if (!strcmp(block->blocks[i].name, name))
			return &block->blocks[i];
	return NULL;
}

static const struct conf_block *template_find(const struct conf *conf, const char *name)
{
	size_t i;

	for (i = 0; i < conf->n_blocks; i++)
		if (!strcmp(conf->blocks[i].kind, "template") &&
		    !strcmp(conf->blocks[i].name, name))
			return &conf->blocks[i];
	return NULL;
}

static const char *template_nearest(const struct conf *conf, const char *name)
{
	const char *best = NULL;
	unsigned int near = 4, distance;
	size_t i;

	for (i = 0; i < conf->n_blocks; i++) {
		if (strcmp(conf->blocks[i].kind, "template") != 0)
			continue;
		distance = value_distance(name, conf->blocks[i].name);
		if (distance < near) {
			near = distance;
			best = conf->blocks[i].name;
		}
	}
	return best;
}

/* Follows `like`; says what is wrong with it only if @loud. */
static void chain_build(struct conf *conf, const struct conf_block *block, struct chain *chain,
			bool loud)
{
	const struct conf_entry *like;
	const bool told = loud;
	const char *near;

	chain->blocks[0] = block;
	chain->n = 1;
	while ((like = block_entry(block, "like")) && like->n) {
		block = template_find(conf, like->values[0].text);
		if (!block) {
			near = template_nearest(conf, like->values[0].text);
			if (loud && near)
				conf_error(conf, like->values[0].pos,
					   "no template '%s'; did you mean '%s'?",
					   like->values[0].text, near);
			else if (loud)
				conf_error(conf, like->values[0].pos, "no template '%s'",
					   like->values[0].text);
			return;
		}
		if (chain->n > CONF_TEMPLATE_DEPTH) {
			if (told)
				conf_error(conf, like->values[0].pos,
					   "templates are like each other in a circle, or nest "
					   "deeper than %d",
					   CONF_TEMPLATE_DEPTH);
			return;
		}
		chain->blocks[chain->n++] = block;
		/* A template's own `like` was told of when it was checked. */
		loud = false;
	}
}

static void unknown_key(struct conf *conf, const struct conf_entry *entry, enum conf_scope scope)
{
	static const char *const in[] = { "tunnel", "child" };
	enum conf_scope other = scope == CONF_SCOPE_TUNNEL ? CONF_SCOPE_CHILD : CONF_SCOPE_TUNNEL;
	const char *near = conf_key_nearest(scope, entry->key);

	if (conf_key_find(other, entry->key) >= 0)
		conf_error(conf, entry->pos, "'%s' is a key of a %s, not of a %s", entry->key,
			   in[other], in[scope]);
	else if (near)
		conf_error(conf, entry->pos, "unknown key '%s'; did you mean '%s'?", entry->key,
			   near);
	else
		conf_error(conf, entry->pos, "unknown key '%s'", entry->key);
}

static void block_check_keys(struct conf *conf, const struct conf_block *block,
			     enum conf_scope scope)
{
	size_t i, j;

	for (i = 0; i < block->n_entries; i++)
		if (conf_key_find(scope, block->entries[i].key) < 0)
			unknown_key(conf, &block->entries[i], scope);
	for (i = 0; i < block->n_blocks; i++) {
		for (j = 0; j < i; j++)
			if (!strcmp(block->blocks[i].name, block->blocks[j].name))
				conf_error(conf, block->blocks[i].pos,
					   "child '%s' is already there in line %u",
					   block->blocks[i].name, block->blocks[j].pos.line);
		block_check_keys(conf, &block->blocks[i], CONF_SCOPE_CHILD);
	}
}

/* Writes a value so that it is read back as one; NULL @out only counts. */
static size_t value_quote(const char *text, char *out)
{
	size_t n = 0;

	if (*text && !strpbrk(text, "#,\"{}\\") && !strstr(text, "  ")) {
		n = strlen(text);
		if (out)
			memcpy(out, text, n);
		return n;
	}
	if (out)
		out[n] = '"';
	for (n++; *text; text++) {
		if (*text == '"' || *text == '\\') {
			if (out)
				out[n] = '\\';
			n++;
		}
		if (out)
			out[n] = *text;
		n++;
	}
	if (out)
		out[n] = '"';
	return n + 1;
}

/* The effective values as one text, for printing and comparing. */
static const char *values_join(struct conf *conf, const struct conf_value *values, size_t n)
{
	size_t i, len = 1, at = 0;
	char *text;

	for (i = 0; i < n; i++)
		len += value_quote(values[i].text, NULL) + 2;
	text = conf_alloc(conf, len);
	for (i = 0; i < n; i++) {
		if (i) {
			text[at++] = ',';
			text[at++] = ' ';
		}
		at += value_quote(values[i].text, text + at);
	}
	return text;
}

/* A default as if it were written: split at ", ". */
static void fallback_split(struct conf *conf, const char *text, struct conf_entry *entry)
{
	const char *comma;

	entry->joined = text;
	while (text) {
		comma = strstr(text, ", ");
		entry->values = conf_grow(conf, entry->values, entry->n, sizeof(entry->values[0]));
		entry->values[entry->n++].text =
			comma ? conf_strdup(conf, text, (size_t)(comma - text)) : text;
		text = comma ? comma + 2 : NULL;
	}
}

/* The defaults of all keys: made once, for a gateway may have ten thousand tunnels. */
static struct conf_entry *fallbacks(struct conf *conf, enum conf_scope scope)
{
	const struct conf_key *keys;
	struct conf_entry *entries;
	size_t i, n;

	if (conf->fallbacks[scope])
		return conf->fallbacks[scope];
	keys = conf_keys(scope, &n);
	entries = conf->fallbacks[scope] = conf_alloc(conf, n * sizeof(*entries));
	for (i = 0; i < n; i++)
		if (keys[i].fallback)
			fallback_split(conf, keys[i].fallback, &entries[i]);
	return entries;
}

/*
 * Sets one key from its entry, or its default when @entry is NULL.
 * @loud: tell of errors; those of a template's own entries were told before.
 */
static void key_set(struct conf_assign *assign, size_t index, struct conf_entry *entry, bool loud)
{
	struct conf_tunnel *tunnel = assign->tunnel;
	struct conf_child *child = assign->child;

	if (entry && !child)
		tunnel->at[index] = entry->n ? &entry->values[0].pos : &entry->pos;
	if (!entry && assign->key->fallback) {
		entry = &fallbacks(assign->conf,
				   child ? CONF_SCOPE_CHILD : CONF_SCOPE_TUNNEL)[index];
		*(child ? &child->defaulted[index] : &tunnel->defaulted[index]) = true;
	}
	if (!entry || !entry->n)
		return;
	assign->entry = entry;
	assign->values = entry->values;
	assign->n = entry->n;
	/* Once for all that are like a template. */
	if (!entry->joined)
		entry->joined = values_join(assign->conf, entry->values, entry->n);
	*(child ? &child->text[index] : &tunnel->text[index]) = entry->joined;
	if (!assign->key->set)
		return;
	assign->bad = 0;
	if (assign->n > 1 && !assign->key->list) {
		if (loud)
			conf_error(assign->conf, assign->values[1].pos, "'%s' takes one value",
				   assign->key->name);
		return;
	}
	if (assign->key->set(assign) && loud)
		conf_error(assign->conf, assign->values[assign->bad].pos, "%s", assign->error);
}

/* Sets all keys of a tunnel, or of a child, from the nearest block that has them. */
static void chain_set(struct conf *conf, const struct chain *chain, enum conf_scope scope,
		      struct conf_tunnel *tunnel, struct conf_child *child, bool own)
{
	const struct conf_block *blocks[CONF_TEMPLATE_DEPTH + 1];
	struct conf_assign assign = { .conf = conf, .tunnel = tunnel, .child = child };
	const struct conf_key *keys;
	struct conf_entry *entry;
	size_t i, j, n;

	for (j = 0; j < chain->n; j++)
		blocks[j] = child ? block_child(chain->blocks[j], child->ike.name) :
				    chain->blocks[j];
	keys = conf_keys(scope, &n);
	for (i = 0; i < n; i++) {
		assign.key = &keys[i];
		entry = NULL;
		for (j = 0; j < chain->n && !entry; j++)
			if (blocks[j])
				entry = block_key(blocks[j], keys[i].name);
		key_set(&assign, i, entry, own && j == 1);
	}
}

static bool child_known(const struct conf_tunnel *tunnel, const char *name)
{
	size_t i;

	for (i = 0; i < tunnel->n_children; i++)
		if (!strcmp(tunnel->children[i].ike.name, name))
			return true;
	return false;
}

/* How many children a block and its templates have together. */
static size_t children_count(const struct chain *chain)
{
	size_t i, j, k, n = 0;

	for (i = 0; i < chain->n; i++) {
		for (j = 0; j < chain->blocks[i]->n_blocks; j++) {
			for (k = 0; k < i; k++)
				if (block_child(chain->blocks[k], chain->blocks[i]->blocks[j].name))
					break;
			n += k == i;
		}
	}
	return n < IKE_CHILDREN_MAX ? n : IKE_CHILDREN_MAX;
}

static void children_set(struct conf *conf, const struct chain *chain, struct conf_tunnel *tunnel,
			 bool own)
{
	const struct conf_block *block;
	struct conf_child *child;
	size_t i, j;

	/* Room for all that there may be would be 100 kB a tunnel. */
	tunnel->children = conf_alloc(conf, children_count(chain) * sizeof(*child));
	for (i = 0; i < chain->n; i++) {
		for (j = 0; j < chain->blocks[i]->n_blocks; j++) {
			block = &chain->blocks[i]->blocks[j];
			if (child_known(tunnel, block->name))
				continue;
			if (tunnel->n_children == IKE_CHILDREN_MAX) {
				conf_error(conf, block->pos, "a tunnel has at most %d children",
					   IKE_CHILDREN_MAX);
				return;
			}
			child = &tunnel->children[tunnel->n_children++];
			child->pos = block->pos;
			snprintf(child->ike.name, sizeof(child->ike.name), "%s", block->name);
			chain_set(conf, chain, CONF_SCOPE_CHILD, tunnel, child, own);
		}
	}
}

/* One pair of networks of a child that is to be split, as a child of its own. */
static bool split_one(struct conf *conf, struct conf_tunnel *tunnel, const struct conf_child *whole,
		      unsigned int local, unsigned int remote, unsigned int number)
{
	struct conf_child *child;
	char name[IKE_NAME_MAX + 8];

	if (tunnel->n_children == IKE_CHILDREN_MAX) {
		conf_error(conf, whole->pos, "split makes more than %d children", IKE_CHILDREN_MAX);
		return false;
	}
	snprintf(name, sizeof(name), "%s-%u", whole->ike.name, number);
	if (strlen(name) >= IKE_NAME_MAX || child_known(tunnel, name)) {
		conf_error(conf, whole->pos,
			   "split needs the name '%s', which is too long or there already", name);
		return false;
	}
	child = &tunnel->children[tunnel->n_children++];
	*child = *whole;
	memcpy(child->ike.name, name, strlen(name) + 1);
	child->ike.n_local = child->ike.n_remote = 1;
	child->ike.local = &whole->ike.local[local];
	child->ike.remote = &whole->ike.remote[remote];
	return true;
}

static bool splits(const struct conf_child *child)
{
	return child->split && child->ike.n_local * child->ike.n_remote > 1;
}

/* For peers that take one pair of networks an SA, as Cisco's ASA. */
static void children_split(struct conf *conf, struct conf_tunnel *tunnel)
{
	const struct conf_child *whole = tunnel->children;
	unsigned int i, l, r, number, n = tunnel->n_children;
	bool any = false;

	for (i = 0; i < n; i++)
		any |= splits(&whole[i]);
	if (!any)
		return;
	tunnel->children = conf_alloc(conf, IKE_CHILDREN_MAX * sizeof(*whole));
	tunnel->n_children = 0;
	for (i = 0; i < n; i++)
		if (!splits(&whole[i]))
			tunnel->children[tunnel->n_children++] = whole[i];
	for (i = 0; i < n; i++) {
		number = 0;
		for (l = 0; splits(&whole[i]) && l < whole[i].ike.n_local; l++)
			for (r = 0; r < whole[i].ike.n_remote; r++)
				if (whole[i].ike.local[l].family == whole[i].ike.remote[r].family &&
				    !split_one(conf, tunnel, &whole[i], l, r, ++number))
					return;
	}
}

static struct conf_tunnel *tunnel_build(struct conf *conf, const struct conf_block *block)
{
	struct conf_tunnel *tunnel = conf_alloc(conf, sizeof(*tunnel));
	struct chain chain;

	tunnel->name = block->name;
	tunnel->pos = block->pos;
	tunnel->ike = conf_alloc(conf, sizeof(*tunnel->ike));
	snprintf(tunnel->ike->name, sizeof(tunnel->ike->name), "%s", block->name);
	block_check_keys(conf, block, CONF_SCOPE_TUNNEL);
	chain_build(conf, block, &chain, true);
	chain_set(conf, &chain, CONF_SCOPE_TUNNEL, tunnel, NULL, true);
	children_set(conf, &chain, tunnel, true);
	children_split(conf, tunnel);
	return tunnel;
}

static int tunnel_order(const void *a, const void *b)
{
	const struct conf_tunnel *const *x = a, *const *y = b;
	int ret = strcmp((*x)->name, (*y)->name);

	if (ret)
		return ret;
	return ((*x)->pos.line > (*y)->pos.line) - ((*x)->pos.line < (*y)->pos.line);
}

static void twins_check(struct conf *conf)
{
	const struct conf_tunnel *a, *b;
	size_t i, j;

	for (i = 1; i < conf->n_tunnels; i++) {
		a = conf->tunnels[i - 1];
		b = conf->tunnels[i];
		if (!strcmp(a->name, b->name))
			conf_error(conf, b->pos, "tunnel '%s' is already there at %s:%u", b->name,
				   a->pos.file, a->pos.line);
	}
	for (i = 0; i < conf->n_blocks; i++) {
		if (strcmp(conf->blocks[i].kind, "template") != 0)
			continue;
		for (j = 0; j < i; j++)
			if (!strcmp(conf->blocks[j].kind, "template") &&
			    !strcmp(conf->blocks[i].name, conf->blocks[j].name))
				conf_error(conf, conf->blocks[i].pos,
					   "template '%s' is already there at %s:%u",
					   conf->blocks[i].name, conf->blocks[j].pos.file,
					   conf->blocks[j].pos.line);
	}
}

void conf_build(struct conf *conf)
{
	struct conf_tunnel *tunnel;
	size_t i;

	for (i = 0; i < conf->n_blocks; i++)
		block_know_keys(&conf->blocks[i], CONF_SCOPE_TUNNEL);
	for (i = 0; i < conf->n_blocks; i++) {
		if (!strcmp(conf->blocks[i].kind, "template"))
			/* Held against the keys by itself, used or not. */
			tunnel_build(conf, &conf->blocks[i]);
	}
	for (i = 0; i < conf->n_blocks; i++) {
		if (strcmp(conf->blocks[i].kind, "tunnel") != 0)
			continue;
		tunnel = tunnel_build(conf, &conf->blocks[i]);
		conf->tunnels = conf_grow(conf, conf->tunnels, conf->n_tunnels,
					  sizeof(struct conf_tunnel *));
		conf->tunnels[conf->n_tunnels++] = tunnel;
		conf_check_tunnel(conf, tunnel);
	}
	if (conf->n_tunnels)
		qsort(conf->tunnels, conf->n_tunnels, sizeof(struct conf_tunnel *), tunnel_order);
	twins_check(conf);
	conf_check_all(conf);
	conf_lint(conf);
}

const struct conf_tunnel *conf_find(const struct conf *conf, const char *name)
{
	size_t low = 0, high = conf->n_tunnels, middle;
	int order;

	while (low < high) {
		middle = (low + high) / 2;
		order = strcmp(name, conf->tunnels[middle]->name);
		if (!order)
			return conf->tunnels[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

void conf_tunnel_conn(const struct conf_tunnel *tunnel, struct conf_conn *conn)
{
	size_t i;

	conn->ike = *tunnel->ike;
	conn->ike.local = conn->local;
	conn->ike.remote = conn->remote;
	conn->ike.children = conn->children;
	conn->ike.n_children = (uint8_t)tunnel->n_children;
	for (i = 0; i < tunnel->n_children; i++)
		conn->children[i] = tunnel->children[i].ike;
	for (i = 0; i < tunnel->n_local; i++)
		if (tunnel->local[i].kind == CONF_HOST_RANGE)
			conn->local[conn->ike.n_local++] = tunnel->local[i].range;
	for (i = 0; i < tunnel->n_remote; i++)
		if (tunnel->remote[i].kind == CONF_HOST_RANGE)
			conn->remote[conn->ike.n_remote++] = tunnel->remote[i].range;
	/* Asking that leads to nothing is not done. */
	if (tunnel->dpd_action == CONF_ACTION_NONE)
		conn->ike.dpd_delay = 0;
}
