// SPDX-License-Identifier: MIT
/* The lexer: bytes of a configuration file to words with positions. */
#include "tools/keyer/conf/internal.h"

#include <stdlib.h>
#include <string.h>

void lex_init(struct lex *lex, struct conf *conf, const char *file, const char *data, size_t len)
{
	*lex = (struct lex){ .conf = conf,
			     .at = data,
			     .end = data + len,
			     .line_start = data,
			     .line = 1,
			     .file = file };
}

static void lex_mark(struct lex *lex)
{
	lex->pos = (struct conf_pos){ lex->file, lex->line,
				      (unsigned int)(lex->at - lex->line_start) + 1 };
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

/* Control characters have no business in a configuration, and in a log less. */
static bool is_control(char c)
{
	return ((unsigned char)c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7f;
}

static bool ends_word(char c, bool value)
{
	return is_blank(c) || c == '\n' || c == ',' || c == '{' || c == '}' ||
	       (c == '=' && !value) || is_control(c);
}

static enum lex_token lex_bad(struct lex *lex, const char *why)
{
	lex->text = why;
	return LEX_BAD;
}

/* "...": backslash takes the next character as it is. */
static enum lex_token lex_quoted(struct lex *lex)
{
	const char *start = ++lex->at;
	char *text;
	size_t n = 0;

	while (lex->at < lex->end && *lex->at != '"' && *lex->at != '\n') {
		if (is_control(*lex->at))
			return lex_bad(lex, "control character in a quoted string");
		if (*lex->at == '\\' && lex->at + 1 < lex->end && lex->at[1] != '\n')
			lex->at++;
		lex->at++;
	}
	if (lex->at >= lex->end || *lex->at != '"')
		return lex_bad(lex, "the quoted string does not end on its line");
	text = conf_alloc(lex->conf, (size_t)(lex->at - start) + 1);
	while (start < lex->at) {
		if (*start == '\\')
			start++;
		text[n++] = *start++;
	}
	lex->at++;
	lex->text = text;
	return LEX_WORD;
}

static enum lex_token lex_word(struct lex *lex, bool value)
{
	const char *start = lex->at;

	while (lex->at < lex->end && !ends_word(*lex->at, value))
		lex->at++;
	if (lex->at == start) {
		lex->at++;
		return lex_bad(lex, "control character");
	}
	lex->text = conf_strdup(lex->conf, start, (size_t)(lex->at - start));
	return LEX_WORD;
}

enum lex_token lex_next(struct lex *lex, bool value)
{
	while (lex->at < lex->end && is_blank(*lex->at))
		lex->at++;
	if (lex->at < lex->end && *lex->at == '#')
		while (lex->at < lex->end && *lex->at != '\n')
			lex->at++;
	lex_mark(lex);
	if (lex->at >= lex->end)
		return LEX_END;
	switch (*lex->at) {
	case '\n':
		lex->line_start = ++lex->at;
		lex->line++;
		return LEX_LINE;
	case ',':
		lex->at++;
		return LEX_COMMA;
	case '{':
		lex->at++;
		return LEX_OPEN;
	case '}':
		lex->at++;
		return LEX_CLOSE;
	case '"':
		return lex_quoted(lex);
	case '=':
		if (value)
			break;
		lex->at++;
		return LEX_EQUALS;
	}
	return lex_word(lex, value);
}

void lex_skip_line(struct lex *lex)
{
	while (lex->at < lex->end && *lex->at != '\n')
		lex->at++;
}
