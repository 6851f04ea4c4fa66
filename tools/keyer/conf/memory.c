// SPDX-License-Identifier: MIT
/* Memory and messages of a configuration. */
#include "tools/keyer/conf/internal.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum {
	PIECE_SIZE = 256 * 1024 /* so large that free() gives it back to the system */
};

/** struct piece - memory for many things, which are freed together */
struct piece {
	struct piece *next;
	size_t used, size; /* of @data */
	alignas(max_align_t) uint8_t data[];
};

static struct piece *piece_new(struct conf *conf, size_t size)
{
	struct piece *piece = calloc(1, sizeof(*piece) + size);

	/* A gateway without memory for its configuration can't go on. */
	if (!piece)
		abort();
	piece->size = size;
	piece->next = conf->memory;
	conf->memory = piece;
	return piece;
}

void *conf_alloc(struct conf *conf, size_t size)
{
	struct piece *piece = conf->memory;

	size = (size + 7) / 8 * 8; /* nothing here is aligned to more */
	if (!piece || piece->size - piece->used < size)
		piece = piece_new(conf, size > PIECE_SIZE ? size : PIECE_SIZE);
	piece->used += size;
	return piece->data + piece->used - size;
}

char *conf_strdup(struct conf *conf, const char *text, size_t len)
{
	char *copy = conf_alloc(conf, len + 1);

	memcpy(copy, text, len);
	return copy;
}

void *conf_grow(struct conf *conf, void *old, size_t n, size_t size)
{
	void *grown;

	/* Sizes go up by powers of two; at others there is still room. */
	if (n && (n & (n - 1)))
		return old;
	grown = conf_alloc(conf, (n ? 2 * n : 1) * size);
	if (n)
		memcpy(grown, old, n * size);
	return grown;
}

static void message_add(struct conf *conf, struct conf_pos pos, bool warning, const char *format,
			va_list ap)
{
	struct conf_message *message;

	/* What is wrong with ten thousand tunnels alike is clear from some. */
	if (warning && conf->warnings >= CONF_WARNINGS_MAX)
		return;
	conf->messages = conf_grow(conf, conf->messages, conf->n_messages, sizeof(*message));
	message = &conf->messages[conf->n_messages++];
	message->pos = pos;
	message->warning = warning;
	vsnprintf(message->text, sizeof(message->text), format, ap);
}

void conf_error(struct conf *conf, struct conf_pos pos, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	message_add(conf, pos, false, format, ap);
	va_end(ap);
	conf->errors++;
}

void conf_warn(struct conf *conf, struct conf_pos pos, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	message_add(conf, pos, true, format, ap);
	va_end(ap);
	conf->warnings++;
}

char *conf_message_print(const struct conf_message *message, char *buf, size_t len)
{
	const char *kind = message->warning ? "warning: " : "";

	if (!message->pos.line)
		snprintf(buf, len, "%s: %s%s", message->pos.file, kind, message->text);
	else
		snprintf(buf, len, "%s:%u:%u: %s%s", message->pos.file, message->pos.line,
			 message->pos.column, kind, message->text);
	return buf;
}

struct conf *conf_load(const char *path)
{
	struct conf *conf = calloc(1, sizeof(*conf));

	if (!conf)
		abort();
	conf->path = conf_strdup(conf, path, strlen(path));
	conf_parse_path(conf, conf->path);
	conf_build(conf);
	return conf;
}

void conf_free(struct conf *conf)
{
	struct piece *piece;

	if (!conf)
		return;
	conf_certs_free(conf);
	while ((piece = conf->memory)) {
		conf->memory = piece->next;
		free(piece);
	}
	free(conf);
}
