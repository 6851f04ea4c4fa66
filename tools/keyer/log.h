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
 * log_open() - choose where lines go: stderr, or syslog's daemon facility
 * @foreground: to stderr.
 * @level: highest level that is kept.
 */
void log_open(bool foreground, int level);

/** log_set_sink() - send lines to @fn instead (a child's log goes to its parent). */
void log_set_sink(log_sink_fn *fn, void *arg);

/** log_set_level() - change the highest level that is kept. */
void log_set_level(int level);

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

/** log_level_name() - "err", "warning", "notice", "info" or "debug". */
const char *log_level_name(int level);

#endif /* IPSECVIF_KEYER_LOG_H */
