// SPDX-License-Identifier: MIT
/* The log: one line an event, key=value words. */
#include "tools/keyer/log.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct {
	int level;
	bool foreground;
	bool journal;
	log_sink_fn *sink;
	void *sink_arg;
} log_state = { .level = LOG_INFO, .foreground = true };

const char *log_level_name(int level)
{
	switch (level) {
	case LOG_ERR:
		return "err";
	case LOG_WARNING:
		return "warning";
	case LOG_NOTICE:
		return "notice";
	case LOG_INFO:
		return "info";
	default:
		return level < LOG_ERR ? "crit" : "debug";
	}
}

void log_open(bool foreground, int level)
{
	log_state.level = level;
	log_state.foreground = foreground;
	/* The journal reads a level from "<N>" before a line, and stamps it itself. */
	log_state.journal = getenv("JOURNAL_STREAM") != NULL;
	if (!foreground)
		openlog("ipsecvifd", LOG_PID | LOG_NDELAY, LOG_DAEMON);
}

void log_set_sink(log_sink_fn *fn, void *arg)
{
	log_state.sink = fn;
	log_state.sink_arg = arg;
}

void log_set_level(int level)
{
	log_state.level = level;
}

bool log_enabled(int level)
{
	return level <= log_state.level;
}

static void line_to_stderr(int level, const char *line)
{
	struct timespec now;
	struct tm tm;
	char stamp[32];

	if (log_state.journal) {
		fprintf(stderr, "<%d>%s\n", level, line);
		return;
	}
	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%S", &tm);
	fprintf(stderr, "%s.%03ldZ level=%s %s\n", stamp, now.tv_nsec / 1000000,
		log_level_name(level), line);
}

void log_line(int level, const char *line)
{
	char clean[LOG_LINE_MAX];
	size_t i;

	if (!log_enabled(level))
		return;
	/* What a peer or a less trusted process said must not forge a line. */
	for (i = 0; line[i] && i < sizeof(clean) - 1; i++)
		clean[i] = (unsigned char)line[i] < 0x20 || line[i] == 0x7f ? '?' : line[i];
	clean[i] = '\0';
	if (log_state.sink)
		log_state.sink(level, clean, log_state.sink_arg);
	else if (log_state.foreground)
		line_to_stderr(level, clean);
	else
		syslog(level, "%s", clean);
}

/* Appends @text at @at; a full buffer truncates. */
static size_t line_add(char *line, size_t at, const char *text)
{
	while (*text && at < LOG_LINE_MAX - 1)
		line[at++] = *text++;
	line[at] = '\0';
	return at;
}

static size_t line_add_value(char *line, size_t at, const char *value)
{
	const char *p;

	if (!strpbrk(value, " \"=\t\n"))
		return line_add(line, at, value);
	at = line_add(line, at, "\"");
	for (p = value; *p && at < LOG_LINE_MAX - 3; p++) {
		if (*p == '"' || *p == '\\')
			line[at++] = '\\';
		line[at++] = *p;
	}
	line[at] = '\0';
	return line_add(line, at, "\"");
}

void log_kv(int level, const char *event, ...)
{
	char line[LOG_LINE_MAX];
	const char *key, *value;
	size_t at;
	va_list ap;

	if (!log_enabled(level))
		return;
	at = line_add(line, 0, "event=");
	at = line_add_value(line, at, event);
	va_start(ap, event);
	while ((key = va_arg(ap, const char *))) {
		value = va_arg(ap, const char *);
		if (!value || !*value)
			continue;
		at = line_add(line, at, " ");
		at = line_add(line, at, key);
		at = line_add(line, at, "=");
		at = line_add_value(line, at, value);
	}
	va_end(ap);
	log_line(level, line);
}
