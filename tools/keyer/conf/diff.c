// SPDX-License-Identifier: MIT
/* What changed between two configurations. */
#include "tools/keyer/conf/internal.h"

#include <stdlib.h>
#include <string.h>

const char *conf_change_name(enum conf_change_kind kind)
{
	static const char *const names[] = { "add", "remove", "restart", "rekey", "adjust" };

	return names[kind];
}

static struct conf_change *change_add(struct conf_diff *diff, enum conf_change_kind kind,
				      const char *tunnel, const char *child)
{
	struct conf_change *change;

	diff->changes = reallocarray(diff->changes, diff->n + 1, sizeof(*change));
	if (!diff->changes)
		abort();
	change = &diff->changes[diff->n++];
	*change = (struct conf_change){ .kind = kind, .tunnel = tunnel, .child = child };
	return change;
}

static bool text_same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Notes that a key changed; the change becomes the strongest that its keys need. */
static void change_key(struct conf_diff *diff, struct conf_change **change, const char *tunnel,
		       const char *child, const struct conf_key *key)
{
	static const enum conf_change_kind kinds[] = {
		[CONF_APPLY_ADJUST] = CONF_CHANGE_ADJUST,
		[CONF_APPLY_REKEY] = CONF_CHANGE_REKEY,
		[CONF_APPLY_RESTART] = CONF_CHANGE_RESTART,
	};
	enum conf_change_kind kind = kinds[key->apply];

	if (!*change)
		*change = change_add(diff, kind, tunnel, child);
	/* The kinds are in falling order of strength. */
	if (kind < (*change)->kind)
		(*change)->kind = kind;
	(*change)->keys[(*change)->n_keys++] = key->name;
}

static const struct conf_child *child_find(const struct conf_tunnel *tunnel, const char *name)
{
	size_t i;

	for (i = 0; i < tunnel->n_children; i++)
		if (!strcmp(tunnel->children[i].ike.name, name))
			return &tunnel->children[i];
	return NULL;
}

static void children_diff(struct conf_diff *diff, const struct conf_tunnel *old,
			  const struct conf_tunnel *new)
{
	const struct conf_key *keys;
	const struct conf_child *a, *b;
	struct conf_change *change;
	size_t i, j, n;

	keys = conf_keys(CONF_SCOPE_CHILD, &n);
	for (i = 0; i < old->n_children; i++)
		if (!child_find(new, old->children[i].ike.name))
			change_add(diff, CONF_CHANGE_REMOVE, new->name, old->children[i].ike.name);
	for (i = 0; i < new->n_children; i++) {
		b = &new->children[i];
		a = child_find(old, b->ike.name);
		if (!a) {
			change_add(diff, CONF_CHANGE_ADD, new->name, b->ike.name);
			continue;
		}
		change = NULL;
		for (j = 0; j < n; j++)
			if (!text_same(a->text[j], b->text[j]))
				change_key(diff, &change, new->name, b->ike.name, &keys[j]);
	}
}

/* The files of a key that have the same names: do they have the same content? */
static bool files_same(const struct conf_tunnel *old, const struct conf_tunnel *new,
		       const struct conf_key *key)
{
	const int at = conf_key_find(CONF_SCOPE_TUNNEL, key->name);
	uint32_t i;

	if (!conf_key_is_file(key) || !new->text[at] || old->n_files != new->n_files)
		return true;
	for (i = 0; i < new->n_files; i++)
		if (new->files[i].use == (enum conf_file_use)key->min &&
		    memcmp(&old->files[i].stamp, &new->files[i].stamp,
			   sizeof(old->files[i].stamp)) != 0)
			return false;
	return true;
}

static void tunnel_diff(struct conf_diff *diff, const struct conf_tunnel *old,
			const struct conf_tunnel *new)
{
	const struct conf_key *keys;
	struct conf_change *change = NULL;
	size_t before = diff->n, i, n;

	keys = conf_keys(CONF_SCOPE_TUNNEL, &n);
	for (i = 0; i < n; i++) {
		if (keys[i].set && !text_same(old->text[i], new->text[i]))
			change_key(diff, &change, new->name, NULL, &keys[i]);
		else if (!files_same(old, new, &keys[i]))
			change_key(diff, &change, new->name, NULL, &keys[i]);
	}
	children_diff(diff, old, new);
	if (diff->n == before)
		diff->unchanged++;
}

struct conf_diff *conf_diff(const struct conf *old, const struct conf *new)
{
	struct conf_diff *diff = calloc(1, sizeof(*diff));
	const struct conf_tunnel *match;
	size_t i;

	if (!diff)
		abort();
	for (i = 0; i < old->n_tunnels; i++)
		if (!conf_find(new, old->tunnels[i]->name))
			change_add(diff, CONF_CHANGE_REMOVE, old->tunnels[i]->name, NULL);
	for (i = 0; i < new->n_tunnels; i++) {
		match = conf_find(old, new->tunnels[i]->name);
		if (match)
			tunnel_diff(diff, match, new->tunnels[i]);
		else
			change_add(diff, CONF_CHANGE_ADD, new->tunnels[i]->name, NULL);
	}
	return diff;
}

void conf_diff_free(struct conf_diff *diff)
{
	if (!diff)
		return;
	free(diff->changes);
	free(diff);
}
