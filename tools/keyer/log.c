// SPDX-License-Identifier: MIT
/* The log: one line an event, key=value words. */
#include "tools/keyer/log.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "tools/keyer/ike/word.h"

static struct {
	int level;
	bool foreground;
	bool journal; /* reads our stderr */
	int journal_fd; /* its socket; -1 none */
	bool focus;
	log_sink_fn *sink;
	void *sink_arg;
} log_state = { .level = LOG_INFO, .foreground = true, .journal_fd = -1 };

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

/* Connected while paths can be reached; who has no journald gets -1. */
static int journal_open(void)
{
	static const struct sockaddr_un sun = { .sun_family = AF_UNIX,
						.sun_path = "/run/systemd/journal/socket" };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd >= 0 && connect(fd, (const struct sockaddr *)&sun, sizeof(sun)) < 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

void log_open(bool foreground, int level)
{
	log_state.level = level;
	log_state.foreground = foreground;
	/* The journal reads a level from "<N>" before a line, and stamps it itself. */
	log_state.journal = getenv("JOURNAL_STREAM") != NULL;
	if (!foreground || log_state.journal)
		log_state.journal_fd = journal_open();
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

bool log_focus(bool on)
{
	bool before = log_state.focus;

	log_state.focus = on;
	return before;
}

bool log_focused(void)
{
	return log_state.focus;
}

bool log_enabled(int level)
{
	return level <= log_state.level || log_state.focus;
}

/* --- journald --- */

/* A field's name from a key: capitals, digits and underscores. */
static size_t journal_key(const char *key, size_t len, char *to, size_t room)
{
	size_t i;

	for (i = 0; i < len && i < room; i++)
		to[i] = isalnum((unsigned char)key[i]) ? (char)toupper((unsigned char)key[i]) : '_';
	return i;
}

/* Copies a value without its quotes. Return: where the next word begins. */
static const char *journal_value(const char *value, char *to, size_t room, size_t *len)
{
	const bool quoted = *value == '"';
	size_t n = 0;

	if (quoted)
		value++;
	for (; *value && (quoted ? *value != '"' : *value != ' '); value++) {
		if (quoted && *value == '\\' && value[1])
			value++;
		if (n < room)
			to[n++] = *value;
	}
	*len = n;
	return quoted && *value ? value + 1 : value;
}

size_t log_journal_fields(int level, const char *line, char *datagram, size_t size)
{
	static const char prefix[] = "IPSECVIF_";
	int n = snprintf(datagram, size, "MESSAGE=%s\nPRIORITY=%d\nSYSLOG_IDENTIFIER=ipsecvifd\n",
			 line, level);
	size_t at = n < 0 ? 0 : (size_t)n < size ? (size_t)n : size, len, room;
	const char *equals;

	while (*line) {
		line += strspn(line, " ");
		equals = line + strcspn(line, "= ");
		if (*equals != '=' || equals == line) {
			line = equals;
			continue;
		}
		/* All of a field, or nothing of it: a cut one would run into the next. */
		if (at + sizeof(prefix) + (size_t)(equals - line) + 2 >= size)
			break;
		memcpy(datagram + at, prefix, sizeof(prefix) - 1);
		n = (int)(sizeof(prefix) - 1 +
			  journal_key(line, (size_t)(equals - line),
				      datagram + at + sizeof(prefix) - 1, size));
		datagram[at + (size_t)n] = '=';
		room = size - at - (size_t)n - 2;
		line = journal_value(equals + 1, datagram + at + n + 1, room, &len);
		at += (size_t)n + 1 + len;
		datagram[at++] = '\n';
	}
	return at;
}

static bool line_to_journal(int level, const char *line)
{
	char datagram[2 * LOG_LINE_MAX + 256];
	size_t len = log_journal_fields(level, line, datagram, sizeof(datagram));

	return send(log_state.journal_fd, datagram, len, MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
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
	else if (log_state.journal_fd >= 0 && line_to_journal(level, clean))
		return;
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
	char quoted[LOG_LINE_MAX];

	return line_add(line, at, log_value(value, quoted, LOG_LINE_MAX - at));
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
