// SPDX-License-Identifier: MIT
/*
 * ipsecvif psk generate: a pre-shared key that nobody can guess.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "tools/ctl/args.h"

enum {
	PSK_BYTES = 33, /* 264 random bits, as many as go into 44 letters without padding */
	PSK_LETTERS = PSK_BYTES / 3 * 4,
};

/* A line. */
static void base64(const uint8_t *bytes, size_t n, char *text)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t bits;
	size_t i;

	for (i = 0; i + 2 < n; i += 3) {
		bits = (uint32_t)bytes[i] << 16 | (uint32_t)bytes[i + 1] << 8 | bytes[i + 2];
		*text++ = digits[bits >> 18];
		*text++ = digits[bits >> 12 & 63];
		*text++ = digits[bits >> 6 & 63];
		*text++ = digits[bits & 63];
	}
	*text++ = '\n';
	*text = '\0';
}

static int file_write(struct ctl *ctl, const char *path, const char *line)
{
	const size_t len = strlen(line);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0 && errno == EEXIST)
		return ctl_fail(ctl, CTL_FAILED,
				"%s exists: a key is not overwritten, remove it first", path);
	if (fd < 0)
		return ctl_fail(ctl, CTL_FAILED, "%s: %s", path, strerror(errno));
	if (write(fd, line, len) != (ssize_t)len || fsync(fd) || close(fd)) {
		unlink(path);
		return ctl_fail(ctl, CTL_FAILED, "%s: %s", path, strerror(errno));
	}
	return CTL_OK;
}

static int psk_generate(struct ctl *ctl, struct args *args)
{
	const char *path = args_word(ctl, args);
	int ret = args_end(ctl, args);
	char line[PSK_LETTERS + 2];
	uint8_t bytes[PSK_BYTES];

	if (ret)
		return ret;
	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return ctl_fail(ctl, CTL_FAILED, "no random numbers: %s", strerror(errno));
	base64(bytes, sizeof(bytes), line);
	if (path)
		ret = file_write(ctl, path, line);
	else
		fputs(line, ctl->out);
	explicit_bzero(bytes, sizeof(bytes));
	explicit_bzero(line, sizeof(line));
	return ret;
}

int psk_command(struct ctl *ctl, struct args *args)
{
	static const struct word verbs[] = { WORD("generate", 0), WORDS_END };
	const char *word = args_word(ctl, args);

	if (!word)
		return ctl_fail(ctl, CTL_USAGE, "psk what? see ipsecvif psk help");
	if (word_find(ctl, verbs, "psk command", word) < 0)
		return CTL_USAGE;
	return args_help(args) ? help_print(ctl, "psk") : psk_generate(ctl, args);
}
