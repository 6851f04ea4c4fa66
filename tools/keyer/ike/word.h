/* SPDX-License-Identifier: MIT */
/*
 * A value in a line of the log, which is words of key=value: of the protocol core and
 * of the processes around it.
 */
#ifndef IPSECVIF_KEYER_WORD_H
#define IPSECVIF_KEYER_WORD_H

#include <stddef.h>

/**
 * log_quote() - a text in quotes, with what needs it escaped
 * @len: of @buf; a longer text is cut within its quotes.
 * Return: bytes written, the NUL not counted; 0 if @buf has no room for quotes.
 */
size_t log_quote(const char *text, char *buf, size_t len);
/** log_value() - what follows "key=": the text, in quotes (in @buf) if it would not be one word. */
const char *log_value(const char *text, char *buf, size_t len);

#endif /* IPSECVIF_KEYER_WORD_H */
