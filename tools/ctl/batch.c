// SPDX-License-Identifier: MIT
/*
 * -b: commands from a file. Lines may hold keys, so the buffers they pass
 * through are wiped.
 */
#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "tools/ctl/args.h"

#define BATCH_LINE 16384
#define BATCH_WORDS 256

/* Copy a quoted part to @out; returns behind its end, NULL if it has none. */
static char *quoted_copy(char *in, char **out)
{
	char quote = *in++;

	for (; *in && *in != quote; in++) {
		if (quote == '"' && *in == '\\' && in[1])
			in++;
		*(*out)++ = *in;
	}
	return *in ? in + 1 : NULL;
}

/* Take one word off @in, its quotes removed in place; returns behind it. */
static char *word_split(char *in, const char **error)
{
	bool more;
	char *out;

	/* What comes before a quote, as a rule all of it, stays where it is. */
	in += strcspn(in, " \t\n\v\f\r'\"\\");
	out = in;
	while (*in && !isspace((unsigned char)*in)) {
		if (*in == '\'' || *in == '"') {
			in = quoted_copy(in, &out);
			if (!in) {
				*error = "a quote is not closed";
				return NULL;
			}
			continue;
		}
		if (*in == '\\' && in[1])
			in++;
		*out++ = *in++;
	}
	more = *in;
	*out = '\0';
	return more ? in + 1 : in;
}

int batch_split(char *line, char **argv, int max, const char **error)
{
	char *in = line;
	int argc = 0;

	for (;;) {
		while (isspace((unsigned char)*in))
			in++;
		if (!*in || *in == '#')
			return argc;
		if (argc == max) {
			*error = "too many words in one line";
			return -1;
		}
		argv[argc++] = in;
		in = word_split(in, error);
		if (!in)
			return -1;
	}
}

/*
 * Read a line, with those that a backslash continues; counts them in @lines.
 * Returns 1, 0 at the end, -1 if it is too long.
 */
static int line_read(FILE *file, char *buffer, size_t size, unsigned int *lines)
{
	size_t used = 0;

	while (fgets(buffer + used, (int)(size - used), file)) {
		used += strlen(buffer + used);
		if (used && buffer[used - 1] != '\n' && !feof(file))
			return -1;
		++*lines;
		if (used && buffer[used - 1] == '\n')
			buffer[--used] = '\0';
		if (!used || buffer[used - 1] != '\\')
			return 1;
		buffer[used - 1] = ' ';
	}
	return used ? 1 : 0;
}

static int line_run(struct ctl *ctl, char *line)
{
	const struct ctl before = *ctl;
	char *argv[BATCH_WORDS];
	const char *error;
	int argc, ret;

	argc = batch_split(line, argv, BATCH_WORDS, &error);
	if (argc < 0)
		return ctl_fail(ctl, CTL_USAGE, "%s", error);
	ret = argc ? ctl_run(ctl, argc, argv) : CTL_OK;
	/* A flag on one line is not for the next. */
	ctl->json = before.json;
	ctl->pretty = before.pretty;
	ctl->stats = before.stats;
	ctl->details = before.details;
	ctl->timestamp = before.timestamp;
	return ret;
}

static int lines_run(struct ctl *ctl, FILE *file)
{
	char buffer[BATCH_LINE];
	unsigned int lines = 0;
	int ret = CTL_OK, got, code;

	do {
		ctl->line = lines + 1;
		got = line_read(file, buffer, sizeof(buffer), &lines);
		if (got < 0) {
			ret = ctl_fail(ctl, CTL_USAGE, "the line is longer than %d bytes",
				       BATCH_LINE - 1);
			break;
		}
		code = got ? line_run(ctl, buffer) : CTL_OK;
		/* Whoever reads our answers through a pipe wants them line by line. */
		fflush(ctl->out);
		if (code && !ret)
			ret = code;
	} while (got && (!code || ctl->force));
	explicit_bzero(buffer, sizeof(buffer));
	return ret;
}

int ctl_batch(struct ctl *ctl, const char *path)
{
	/* Static, since standard input keeps it to the end. */
	static char stream[BUFSIZ];
	bool is_stdin = !strcmp(path, "-");
	FILE *file = is_stdin ? stdin : fopen(path, "re");
	int ret;

	if (!file)
		return ctl_fail(ctl, CTL_USAGE, "cannot open \"%s\": %s", path, strerror(errno));
	setvbuf(file, stream, _IOFBF, sizeof(stream));
	ctl->file = is_stdin ? "<stdin>" : path;
	ret = lines_run(ctl, file);
	if (ferror(file) && !ret)
		ret = ctl_fail(ctl, CTL_USAGE, "cannot read: %s", strerror(errno));
	ctl->file = NULL;
	if (!is_stdin)
		fclose(file);
	explicit_bzero(stream, sizeof(stream));
	return ret;
}
