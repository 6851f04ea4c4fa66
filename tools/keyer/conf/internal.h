/* SPDX-License-Identifier: MIT */
/* What the files of conf/ share. */
#ifndef IPSECVIF_KEYER_CONF_INTERNAL_H
#define IPSECVIF_KEYER_CONF_INTERNAL_H

#include "tools/keyer/conf/conf.h"

/* --- memory and messages (memory.c) --- */

/** conf_alloc() - zeroed memory that lives as long as @conf; never NULL. */
void *conf_alloc(struct conf *conf, size_t size);
/** conf_strdup() - a copy of @len bytes with a NUL after them. */
char *conf_strdup(struct conf *conf, const char *text, size_t len);
/** conf_grow() - a larger copy of an array; the old one lives on with @conf. */
void *conf_grow(struct conf *conf, void *old, size_t n, size_t size);

void conf_error(struct conf *conf, struct conf_pos pos, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void conf_warn(struct conf *conf, struct conf_pos pos, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* --- words (lex.c) --- */

enum lex_token {
	LEX_WORD,
	LEX_EQUALS,
	LEX_COMMA,
	LEX_OPEN,
	LEX_CLOSE,
	LEX_LINE,
	LEX_END,
	LEX_BAD
};

/**
 * struct lex - a file being read
 * @text: of the last LEX_WORD, conf's; of a LEX_BAD, a sentence.
 * @pos: of the last token.
 */
struct lex {
	struct conf *conf;
	const char *at, *end, *line_start;
	unsigned int line;
	const char *file;
	struct conf_pos pos;
	const char *text;
};

void lex_init(struct lex *lex, struct conf *conf, const char *file, const char *data, size_t len);
/** lex_next() - the next token; within a value, '=' is a letter like any other. */
enum lex_token lex_next(struct lex *lex, bool value);
/** lex_skip_line() - go to the end of the line, after an error. */
void lex_skip_line(struct lex *lex);

/* --- blocks (parse.c) --- */

struct conf_value {
	const char *text;
	struct conf_pos pos;
};

struct conf_entry {
	const char *key;
	struct conf_pos pos;
	struct conf_value *values;
	size_t n;
	const char *joined; /* the values as one text, once somebody wanted it */
	const void *parsed; /* and what they came to, for keys that keep it once */
};

struct conf_block {
	const char *kind, *name;
	struct conf_pos pos;
	struct conf_entry *entries;
	size_t n_entries;
	struct conf_block *blocks;
	size_t n_blocks;
};

/** conf_parse_path() - read a file or directory into conf->blocks. */
void conf_parse_path(struct conf *conf, const char *path);

/* --- values (value.c): 0, or -1 with a sentence in @err --- */

int value_duration(const char *text, uint64_t *ms, char *err, size_t len);
int value_size(const char *text, uint64_t *bytes, char *err, size_t len);
int value_number(const char *text, uint64_t min, uint64_t max, uint64_t *number, char *err,
		 size_t len);
int value_bool(const char *text, bool *yes, char *err, size_t len);
int value_percent(const char *text, uint32_t *percent, char *err, size_t len);
int value_prefix(const char *text, struct conf_prefix *prefix, char *err, size_t len);
int value_range(const char *text, struct ike_addr_range *range, char *err, size_t len);
/** value_nearest() - the word of a NULL-ended list that @text most likely meant, or NULL. */
const char *value_nearest(const char *text, const char *const *words);
/** value_distance() - edits between two words (Damerau-Levenshtein), capped. */
unsigned int value_distance(const char *a, const char *b);

/* --- keys (schema.c) --- */

enum conf_scope {
	CONF_SCOPE_TUNNEL,
	CONF_SCOPE_CHILD,
	CONF_SCOPES
};

struct conf_key;

/** struct conf_assign - one `key = value, ...` being applied */
struct conf_assign {
	struct conf *conf;
	const struct conf_key *key;
	struct conf_tunnel *tunnel;
	struct conf_child *child;
	struct conf_entry *entry;
	const struct conf_value *values;
	size_t n;
	size_t bad; /* on failure: which value ... */
	char error[CONF_TEXT_MAX]; /* ... and a sentence */
};

typedef int conf_assign_fn(struct conf_assign *assign);

/**
 * struct conf_key - a key
 * @fallback: its default as text; NULL: none, or computed (check.c).
 * @list: takes more than one value.
 * @offset: for the simple types, of the member in its structure (@base).
 * @min: also a file's use.
 * @words: of an enum, in the order of its values.
 */
struct conf_key {
	const char *name;
	enum conf_apply apply;
	conf_assign_fn *set;
	const char *fallback;
	bool list;
	enum {
		CONF_BASE_BLOCK,
		CONF_BASE_IKE
	} base;
	size_t offset;
	uint64_t min, max;
	const char *const *words;
};

/** conf_keys() - the keys of a scope. @n: receives their number. */
const struct conf_key *conf_keys(enum conf_scope scope, size_t *n);
/** conf_key_find() - Return: the index of a key, or -1. */
int conf_key_find(enum conf_scope scope, const char *name);
/** conf_key_is_file() - does the key name files? Its @min is their use then. */
bool conf_key_is_file(const struct conf_key *key);
/** conf_key_nearest() - the key that @name most likely meant, or NULL. */
const char *conf_key_nearest(enum conf_scope scope, const char *name);

/* --- tunnels (build.c) and what must hold (check.c) --- */

void conf_build(struct conf *conf);
void conf_check_tunnel(struct conf *conf, struct conf_tunnel *tunnel);
/** conf_check_all() - what tunnels have in common (share.c). */
void conf_check_all(struct conf *conf);
/** conf_lint() - warnings about single tunnels and their files (lint.c). */
void conf_lint(struct conf *conf);
/** conf_check_hooks() - programs that are run by root are root's (lint.c). */
void conf_check_hooks(struct conf *conf, const struct conf_tunnel *tunnel);
/** conf_key_pos() - where a tunnel's key is written, or the tunnel where it is not. */
struct conf_pos conf_key_pos(const struct conf_tunnel *tunnel, const char *key);
/** conf_id2() - room for an identity of the second rounds, as it is so far. */
struct ike_id *conf_id2(struct conf *conf, struct conf_tunnel *tunnel, bool remote);
/** conf_key_default() - a default that follows from other keys. */
void conf_key_default(struct conf_tunnel *tunnel, const char *key, const char *text);

/* --- keys and certificates (auth.c) --- */

/** conf_check_auth() - each side can prove itself with what is configured. */
void conf_check_auth(struct conf *conf, struct conf_tunnel *tunnel);
/** conf_certs_free() - forget the certificates that were read. */
void conf_certs_free(struct conf *conf);

#endif /* IPSECVIF_KEYER_CONF_INTERNAL_H */
