/* SPDX-License-Identifier: MIT */
/* The log: one line an event, key=value words, never a secret. */
#ifndef IPSECVIF_KEYER_LOG_H
#define IPSECVIF_KEYER_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <syslog.h>

enum log_limits {
	LOG_LINE_MAX = 2048
};

/**
 * typedef log_sink_fn - takes a finished line
 * @level: of syslog, LOG_ERR to LOG_DEBUG.
 * @line: key=value words, no newline, printable.
 * @arg: the caller's.
 */
typedef void log_sink_fn(int level, const char *line, void *arg);

/**
 * log_open() - choose where lines go: journald if it listens, or stderr, or syslog
 * @foreground: to stderr, unless that is journald's.
 * @level: highest level that is kept.
 */
void log_open(bool foreground, int level);

/** log_set_sink() - send lines to @fn instead (a child's log goes to its parent). */
void log_set_sink(log_sink_fn *fn, void *arg);

/** log_set_level() - change the highest level that is kept. */
void log_set_level(int level);

/**
 * log_focus() - keep lines of every level, or no longer: those of a tunnel under debug
 * Return: how it was before, for the end of the focus.
 */
bool log_focus(bool on);

/** log_focused() - is every level kept now? */
bool log_focused(void);

/** log_enabled() - is a line of this level kept? */
bool log_enabled(int level);

/** log_line() - a line made elsewhere; control characters are replaced. */
void log_line(int level, const char *line);

/**
 * log_kv() - log an event
 * @level: of syslog.
 * @event: what happened, one word.
 *
 * Then pairs of key and value, all strings, ended by NULL. A pair with a NULL or
 * empty value is left out; a value with a space is quoted.
 */
void log_kv(int level, const char *event, ...) __attribute__((sentinel));

/**
 * log_journal_fields() - a line as journald's native protocol has it
 * @line: key=value words, which become fields IPSECVIF_KEY.
 * @datagram: receives it; cut at @size.
 *
 * Return: its length.
 */
size_t log_journal_fields(int level, const char *line, char *datagram, size_t size);

/** log_level_name() - "err", "warning", "notice", "info" or "debug". */
const char *log_level_name(int level);

#endif /* IPSECVIF_KEYER_LOG_H */
