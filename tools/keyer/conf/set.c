// SPDX-License-Identifier: MIT
/* Setting keys: values of simple types, and where they are kept. */
#include "tools/keyer/conf/set.h"

#include <string.h>

#include <linux/ipsecvif.h>

/* Where a key of a simple type is kept. */
void *set_target(struct conf_assign *a)
{
	char *base;

	if (a->child)
		base = a->key->base == CONF_BASE_IKE ? (char *)&a->child->ike : (char *)a->child;
	else
		base = a->key->base == CONF_BASE_IKE ? (char *)a->tunnel->ike : (char *)a->tunnel;
	return base + a->key->offset;
}

/* Which word of a list it is, or -1 with a sentence. */
int set_word_index(struct conf_assign *a, const char *text, const char *const *words)
{
	const char *near;
	size_t at;
	int i;

	for (i = 0; words[i]; i++)
		if (!strcmp(text, words[i]))
			return i;
	near = value_nearest(text, words);
	at = (size_t)snprintf(a->error, sizeof(a->error), "'%s' is none of ", text);
	for (i = 0; words[i] && at < sizeof(a->error); i++)
		at += (size_t)snprintf(a->error + at, sizeof(a->error) - at, "%s%s", i ? ", " : "",
				       words[i]);
	if (near && at < sizeof(a->error))
		snprintf(a->error + at, sizeof(a->error) - at, "; did you mean '%s'?", near);
	return -1;
}

int conf_set_word(struct conf_assign *a)
{
	int index = set_word_index(a, a->values->text, a->key->words);

	if (index < 0)
		return -1;
	*(uint32_t *)set_target(a) = (uint32_t)index;
	return 0;
}

/* The same for an enum of the protocol core, kept in a byte. */
int conf_set_word8(struct conf_assign *a)
{
	int index = set_word_index(a, a->values->text, a->key->words);

	if (index < 0)
		return -1;
	*(uint8_t *)set_target(a) = (uint8_t)index;
	return 0;
}

int conf_set_number(struct conf_assign *a)
{
	uint64_t number;

	if (value_number(a->values->text, a->key->min, a->key->max, &number, a->error,
			 sizeof(a->error)))
		return -1;
	*(uint32_t *)set_target(a) = (uint32_t)number;
	return 0;
}

int conf_set_bool(struct conf_assign *a)
{
	return value_bool(a->values->text, set_target(a), a->error, sizeof(a->error));
}

int conf_set_duration(struct conf_assign *a)
{
	return value_duration(a->values->text, set_target(a), a->error, sizeof(a->error));
}

int conf_set_size(struct conf_assign *a)
{
	return value_size(a->values->text, set_target(a), a->error, sizeof(a->error));
}

int conf_set_percent(struct conf_assign *a)
{
	return value_percent(a->values->text, set_target(a), a->error, sizeof(a->error));
}

int conf_set_text(struct conf_assign *a)
{
	*(const char **)set_target(a) = a->values->text;
	return 0;
}

/* A factor from 1 to 10 with up to two decimals, kept in hundredths. */
int conf_set_factor(struct conf_assign *a)
{
	const char *text = a->values->text, *p;
	uint32_t hundredths = 0, unit = 0;

	for (p = text; *p; p++) {
		if (*p == '.' && p > text && !unit)
			unit = 100;
		else if (*p < '0' || *p > '9' || hundredths > 1000 || unit == 1)
			break;
		else if (unit)
			hundredths += (uint32_t)(*p - '0') * (unit /= 10);
		else
			hundredths = hundredths * 10 + (uint32_t)(*p - '0') * 100;
	}
	if (!*text || *p || hundredths < 100 || hundredths > 1000) {
		snprintf(a->error, sizeof(a->error),
			 "'%s' is no factor from 1 to 10 with at most two decimals", text);
		return -1;
	}
	*(uint32_t *)set_target(a) = hundredths;
	return 0;
}

/* "10%" of the lifetime, which may be written later; or a duration. */
int conf_set_margin(struct conf_assign *a)
{
	uint64_t *margin = a->child ? &a->child->ike.margin : &a->tunnel->ike->margin;
	uint32_t *percent = a->child ? &a->child->margin_percent : &a->tunnel->margin_percent;
	const char *text = a->values->text;

	*percent = 0;
	*margin = 0;
	if (*text && text[strlen(text) - 1] == '%')
		return value_percent(text, percent, a->error, sizeof(a->error));
	return value_duration(text, margin, a->error, sizeof(a->error));
}

int conf_set_interface(struct conf_assign *a)
{
	const char *text = a->values->text;

	if (!*text || strlen(text) >= IFNAMSIZ || strpbrk(text, "/ :\t") || !strcmp(text, ".") ||
	    !strcmp(text, "..") || strchr(text, '%')) {
		snprintf(a->error, sizeof(a->error),
			 "'%s' is no name of an interface: 1 to %d characters without '/', ':', "
			 "'%%' and blanks",
			 text, IFNAMSIZ - 1);
		return -1;
	}
	memset(set_target(a), 0, IFNAMSIZ);
	memcpy(set_target(a), text, strlen(text));
	return 0;
}

int conf_set_mtu(struct conf_assign *a)
{
	if (!strcmp(a->values->text, "auto")) {
		a->tunnel->mtu = 0;
		return 0;
	}
	return conf_set_number(a);
}

int conf_set_ttl(struct conf_assign *a)
{
	if (!strcmp(a->values->text, "inherit")) {
		a->tunnel->ttl = 0;
		return 0;
	}
	return conf_set_number(a);
}

/* A path is relative to the file that it is written in. */
static const char *path_resolve(struct conf_assign *a, const struct conf_value *value)
{
	const char *text = value->text, *file = value->pos.file;
	const char *slash = file ? strrchr(file, '/') : NULL;
	char *path;

	if (*text == '/' || !slash)
		return text;
	path = conf_alloc(a->conf, (size_t)(slash - file) + strlen(text) + 2);
	sprintf(path, "%.*s/%s", (int)(slash - file), file, text);
	return path;
}

int conf_set_path(struct conf_assign *a)
{
	*(const char **)set_target(a) = path_resolve(a, a->values);
	return 0;
}

int conf_set_files(struct conf_assign *a)
{
	struct conf_tunnel *t = a->tunnel;
	struct conf_file *file;
	size_t i;

	for (i = 0; i < a->n; i++) {
		a->bad = i;
		if (t->n_files == CONF_FILES_MAX) {
			snprintf(a->error, sizeof(a->error), "more than %d files in one tunnel",
				 CONF_FILES_MAX);
			return -1;
		}
		t->files = conf_grow(a->conf, t->files, t->n_files, sizeof(*t->files));
		file = &t->files[t->n_files++];
		memset(file, 0, sizeof(*file));
		file->use = (enum conf_file_use)a->key->min;
		file->pos = a->values[i].pos;
		file->path = path_resolve(a, &a->values[i]);
	}
	return 0;
}

int conf_set_replay(struct conf_assign *a)
{
	if (conf_set_number(a))
		return -1;
	if (a->child->replay_window && a->child->replay_window < 32) {
		snprintf(a->error, sizeof(a->error), "a replay window has 0 or 32 to %d packets",
			 IPSECVIF_REPLAY_WINDOW_MAX);
		return -1;
	}
	return 0;
}
