// SPDX-License-Identifier: MIT
/* The parser: words to blocks and entries, over files, directories and includes. */
#include "tools/keyer/conf/internal.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const top_words[] = { "tunnel", "template", "include", NULL };

static void parse_file(struct conf *conf, const char *path, struct conf_pos from,
		       unsigned int depth);

static bool name_ok(const char *name)
{
	return *name && strlen(name) < IKE_NAME_MAX && *name != '-' &&
	       !name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")];
}

static const char *token_name(const struct lex *lex, enum lex_token token)
{
	static const char *const names[] = {
		[LEX_EQUALS] = "'='", [LEX_COMMA] = "','",	  [LEX_OPEN] = "'{'",
		[LEX_CLOSE] = "'}'",  [LEX_LINE] = "end of line", [LEX_END] = "end of file",
	};

	return token == LEX_WORD || token == LEX_BAD ? lex->text : names[token];
}

static void expected(struct lex *lex, enum lex_token token, const char *what)
{
	if (token == LEX_BAD)
		conf_error(lex->conf, lex->pos, "%s", lex->text);
	else
		conf_error(lex->conf, lex->pos, "expected %s, found %s", what,
			   token_name(lex, token));
	if (token != LEX_LINE && token != LEX_END)
		lex_skip_line(lex);
}

/* Joins the words of one value with a blank between them. */
static void value_join(struct conf *conf, struct conf_value *value, const char *word)
{
	size_t a = strlen(value->text), b = strlen(word);
	char *joined = conf_alloc(conf, a + b + 2);

	memcpy(joined, value->text, a);
	joined[a] = ' ';
	memcpy(joined + a + 1, word, b + 1);
	value->text = joined;
}

/*
 * Reads "a, b c, d" to the end of the line, or to the '}' that closes a block on
 * the same line. A comma at the end of a line continues on the next.
 * Return: the token that ended the list.
 */
static enum lex_token parse_values(struct lex *lex, struct conf_entry *entry)
{
	bool fresh = true, after_comma = false;
	enum lex_token token;

	for (;;) {
		token = lex_next(lex, true);
		if (token == LEX_WORD && !fresh) {
			value_join(lex->conf, &entry->values[entry->n - 1], lex->text);
		} else if (token == LEX_WORD) {
			entry->values = conf_grow(lex->conf, entry->values, entry->n,
						  sizeof(*entry->values));
			entry->values[entry->n++] = (struct conf_value){ lex->text, lex->pos };
			fresh = after_comma = false;
		} else if (token == LEX_COMMA && !fresh) {
			fresh = after_comma = true;
		} else if (token == LEX_LINE && after_comma) {
			continue;
		} else {
			break;
		}
	}
	if (token == LEX_LINE || token == LEX_END || token == LEX_CLOSE) {
		if (!entry->n || after_comma)
			conf_error(lex->conf, lex->pos, "'%s' %s", entry->key,
				   after_comma ? "ends with a comma" : "has no value");
		return token;
	}
	expected(lex, token, "a value");
	return LEX_LINE;
}

static enum lex_token parse_entry(struct lex *lex, struct conf_block *block, const char *key,
				  struct conf_pos pos)
{
	struct conf_entry *entry;
	size_t i;

	for (i = 0; i < block->n_entries; i++)
		if (!strcmp(block->entries[i].key, key))
			conf_error(lex->conf, pos, "'%s' is already set in line %u", key,
				   block->entries[i].pos.line);
	block->entries = conf_grow(lex->conf, block->entries, block->n_entries, sizeof(*entry));
	entry = &block->entries[block->n_entries++];
	*entry = (struct conf_entry){ .key = key, .pos = pos };
	return parse_values(lex, entry);
}

/* Reads NAME and '{'. Return: false after an error. */
static bool parse_block_head(struct lex *lex, struct conf_block *block)
{
	enum lex_token token = lex_next(lex, false);

	if (token != LEX_WORD) {
		conf_error(lex->conf, lex->pos, "'%s' needs a name", block->kind);
		if (token != LEX_OPEN) {
			if (token != LEX_LINE)
				lex_skip_line(lex);
			return false;
		}
		block->name = "?";
		return true;
	}
	block->name = lex->text;
	block->pos = lex->pos;
	if (!name_ok(block->name))
		conf_error(lex->conf, lex->pos,
			   "'%s' is no name: letters, digits, '.', '_' and '-', at most %d",
			   block->name, IKE_NAME_MAX - 1);
	do
		token = lex_next(lex, false);
	while (token == LEX_LINE);
	if (token == LEX_OPEN)
		return true;
	expected(lex, token, "'{'");
	return false;
}

static void parse_block(struct lex *lex, struct conf_block *block, bool nested)
{
	struct conf_pos open = lex->pos, pos;
	enum lex_token token;
	const char *word;

	for (;;) {
		token = lex_next(lex, false);
		if (token == LEX_LINE)
			continue;
		if (token == LEX_CLOSE)
			return;
		if (token == LEX_END) {
			conf_error(lex->conf, open, "this '{' is never closed");
			return;
		}
		if (token != LEX_WORD) {
			expected(lex, token, nested ? "a key" : "a key or 'child'");
			continue;
		}
		word = lex->text;
		pos = lex->pos;
		if (!strcmp(word, "child") && !nested) {
			struct conf_block *child;

			block->blocks = conf_grow(lex->conf, block->blocks, block->n_blocks,
						  sizeof(*child));
			child = &block->blocks[block->n_blocks];
			*child = (struct conf_block){ .kind = word, .pos = pos };
			if (parse_block_head(lex, child)) {
				block->n_blocks++;
				parse_block(lex, child, true);
			}
			continue;
		}
		token = lex_next(lex, false);
		if (token != LEX_EQUALS) {
			expected(lex, token, "'=' after the key");
			continue;
		}
		token = parse_entry(lex, block, word, pos);
		if (token == LEX_CLOSE)
			return;
	}
}

static void parse_include(struct lex *lex, unsigned int depth)
{
	struct conf_pos pos;
	enum lex_token token;
	char *pattern;
	const char *slash;
	glob_t found;
	size_t i;
	int ret;

	token = lex_next(lex, true);
	if (token != LEX_WORD) {
		expected(lex, token, "a file name or pattern after 'include'");
		return;
	}
	pos = lex->pos;
	slash = strrchr(lex->file, '/');
	if (*lex->text == '/' || !slash) {
		pattern = conf_strdup(lex->conf, lex->text, strlen(lex->text));
	} else {
		size_t dir = (size_t)(slash - lex->file) + 1;

		pattern = conf_alloc(lex->conf, dir + strlen(lex->text) + 1);
		memcpy(pattern, lex->file, dir);
		memcpy(pattern + dir, lex->text, strlen(lex->text));
	}
	if (depth >= CONF_INCLUDE_DEPTH) {
		conf_error(lex->conf, pos, "include nests deeper than %d files",
			   CONF_INCLUDE_DEPTH);
		return;
	}
	ret = glob(pattern, 0, NULL, &found);
	/* A pattern may match nothing; a plain name must be there. */
	if (ret == GLOB_NOMATCH && !strpbrk(pattern, "*?["))
		conf_error(lex->conf, pos, "%s does not exist", pattern);
	else if (ret && ret != GLOB_NOMATCH)
		conf_error(lex->conf, pos, "%s cannot be searched", pattern);
	if (ret)
		return;
	for (i = 0; i < found.gl_pathc; i++)
		parse_file(lex->conf, found.gl_pathv[i], pos, depth + 1);
	globfree(&found);
}

static void parse_top(struct lex *lex, unsigned int depth)
{
	struct conf *conf = lex->conf;
	struct conf_block *block, fresh;
	enum lex_token token;
	const char *near;

	for (;;) {
		token = lex_next(lex, false);
		if (token == LEX_END)
			return;
		if (token == LEX_LINE)
			continue;
		if (token != LEX_WORD) {
			expected(lex, token, "'tunnel', 'template' or 'include'");
			continue;
		}
		if (!strcmp(lex->text, "include")) {
			parse_include(lex, depth);
			continue;
		}
		if (strcmp(lex->text, "tunnel") != 0 && strcmp(lex->text, "template") != 0) {
			near = value_nearest(lex->text, top_words);
			if (near)
				conf_error(conf, lex->pos, "unknown word '%s'; did you mean '%s'?",
					   lex->text, near);
			else
				conf_error(conf, lex->pos,
					   "unknown word '%s'; a file has tunnel, template and "
					   "include",
					   lex->text);
			/* What follows may be a whole block: read over it. */
			fresh = (struct conf_block){ .kind = lex->text, .pos = lex->pos };
			do
				token = lex_next(lex, false);
			while (token == LEX_WORD);
			if (token == LEX_OPEN)
				parse_block(lex, &fresh, false);
			else if (token != LEX_LINE)
				lex_skip_line(lex);
			continue;
		}
		fresh = (struct conf_block){ .kind = lex->text, .pos = lex->pos };
		if (!parse_block_head(lex, &fresh))
			continue;
		parse_block(lex, &fresh, false);
		conf->blocks = conf_grow(conf, conf->blocks, conf->n_blocks, sizeof(*block));
		conf->blocks[conf->n_blocks++] = fresh;
	}
}

/* Return: the bytes of a file, or NULL after an error. */
static char *file_read(struct conf *conf, const char *path, struct conf_pos from, size_t *len)
{
	char *data = NULL;
	struct stat st;
	ssize_t got;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &st) < 0) {
		conf_error(conf, from, "%s cannot be read: %s", path, strerror(errno));
		goto out;
	}
	if (!S_ISREG(st.st_mode) || st.st_size > CONF_FILE_MAX) {
		conf_error(conf, from, "%s is no regular file of at most %d MiB", path,
			   CONF_FILE_MAX >> 20);
		goto out;
	}
	data = malloc((size_t)st.st_size + 1);
	if (!data)
		abort();
	for (*len = 0; *len < (size_t)st.st_size; *len += (size_t)got) {
		got = read(fd, data + *len, (size_t)st.st_size - *len);
		if (got < 0) {
			conf_error(conf, from, "%s cannot be read: %s", path, strerror(errno));
			free(data);
			data = NULL;
		}
		if (got <= 0)
			break;
	}
	/* Whoever writes the configuration commands the daemon. */
	if (data && (st.st_mode & (S_IWGRP | S_IWOTH)))
		conf_warn(conf, (struct conf_pos){ path, 0, 0 },
			  "others than its owner can write this file: chmod go-w %s", path);
out:
	if (fd >= 0)
		close(fd);
	return data;
}

static void parse_file(struct conf *conf, const char *path, struct conf_pos from,
		       unsigned int depth)
{
	struct lex lex;
	size_t len = 0;
	char *data;

	path = conf_strdup(conf, path, strlen(path));
	if (!from.file)
		from.file = path;
	data = file_read(conf, path, from, &len);
	if (!data)
		return;
	lex_init(&lex, conf, path, data, len);
	parse_top(&lex, depth);
	free(data); /* words are copies */
}

void conf_parse_path(struct conf *conf, const char *path)
{
	struct conf_pos nowhere = { .file = NULL };
	char *pattern;
	struct stat st;
	glob_t found;
	size_t i;

	if (stat(path, &st) < 0) {
		conf->unreadable = true;
		conf_error(conf, (struct conf_pos){ path, 0, 0 }, "cannot be read: %s",
			   strerror(errno));
		return;
	}
	if (!S_ISDIR(st.st_mode)) {
		parse_file(conf, path, nowhere, 0);
		return;
	}
	if (access(path, R_OK | X_OK) < 0) {
		conf->unreadable = true;
		conf_error(conf, (struct conf_pos){ path, 0, 0 }, "cannot be read: %s",
			   strerror(errno));
		return;
	}
	pattern = conf_alloc(conf, strlen(path) + sizeof("/*.conf"));
	sprintf(pattern, "%s/*.conf", path);
	if (glob(pattern, 0, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc; i++)
		parse_file(conf, found.gl_pathv[i], nowhere, 0);
	globfree(&found);
}
