// SPDX-License-Identifier: MIT
/*
 * Keys on the command line, as `ip xfrm` takes them; and from files, since a
 * command line can be read by every user of the machine while it runs.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/ctl/key.h"

/* Hex digits of the longest key, "0x", a line's end, and one to see excess. */
#define KEY_FILE_MAX (2 * IPSECVIF_KEY_MAX + 2 + 2 + 1)

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int hex_parse(struct ctl *ctl, const char *what, const char *digits, struct key *key)
{
	size_t len = strlen(digits), i;

	if (len % 2)
		return ctl_fail(
			ctl, CTL_USAGE,
			"the %s key has %zu hexadecimal digits: two make a byte, so their number must be even",
			what, len);
	if (len > 2 * sizeof(key->bytes))
		return ctl_fail(ctl, CTL_USAGE, "the %s key has %zu bytes: %d at most", what,
				len / 2, IPSECVIF_KEY_MAX);
	for (i = 0; i < len / 2; i++) {
		int high = hex_digit(digits[2 * i]), low = hex_digit(digits[2 * i + 1]);

		if (high < 0 || low < 0)
			return ctl_fail(ctl, CTL_USAGE,
					"digit %zu of the %s key is not hexadecimal",
					2 * i + (high < 0 ? 1 : 2), what);
		key->bytes[i] = (uint8_t)(high << 4 | low);
	}
	key->len = len / 2;
	return CTL_OK;
}

static int text_parse(struct ctl *ctl, const char *what, const char *text, struct key *key)
{
	size_t len = strlen(text);

	if (!strncasecmp(text, "0x", 2))
		return hex_parse(ctl, what, text + 2, key);
	if (len > sizeof(key->bytes))
		return ctl_fail(ctl, CTL_USAGE, "the %s key has %zu bytes: %d at most", what, len,
				IPSECVIF_KEY_MAX);
	memcpy(key->bytes, text, len);
	key->len = len;
	return CTL_OK;
}

/* Read a whole small file; returns its length, or -1 with errno. */
static ssize_t small_read(int fd, char *buffer, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t n = read(fd, buffer + used, size - used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (!n)
			break;
		used += (size_t)n;
	}
	return (ssize_t)used;
}

static int key_file_read(struct ctl *ctl, const char *what, const char *path, int fd,
			 struct key *key)
{
	char buffer[KEY_FILE_MAX + 1];
	struct stat st;
	ssize_t len;
	int ret;

	if (fstat(fd, &st))
		return ctl_fail(ctl, CTL_USAGE, "cannot read key file \"%s\": %s", path,
				strerror(errno));
	if (S_ISREG(st.st_mode) && st.st_mode & 077)
		return ctl_fail(ctl, CTL_USAGE,
				"key file \"%s\" is open to others (mode %04o): chmod 600 it", path,
				st.st_mode & 07777);
	len = small_read(fd, buffer, KEY_FILE_MAX);
	if (len < 0)
		return ctl_fail(ctl, CTL_USAGE, "cannot read key file \"%s\": %s", path,
				strerror(errno));
	buffer[len] = '\0';
	buffer[strcspn(buffer, "\r\n")] = '\0';
	if (len == KEY_FILE_MAX)
		ret = ctl_fail(ctl, CTL_USAGE, "key file \"%s\" is too long for a key", path);
	else if (!buffer[0])
		ret = ctl_fail(ctl, CTL_USAGE, "key file \"%s\" is empty", path);
	else
		ret = text_parse(ctl, what, buffer, key);
	explicit_bzero(buffer, sizeof(buffer));
	return ret;
}

int key_parse(struct ctl *ctl, const char *what, char *text, struct key *key)
{
	int fd, ret;

	explicit_bzero(key, sizeof(*key));
	if (text[0] == '@') {
		fd = open(text + 1, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return ctl_fail(ctl, CTL_USAGE, "cannot open key file \"%s\": %s", text + 1,
					strerror(errno));
		ret = key_file_read(ctl, what, text + 1, fd, key);
		close(fd);
	} else {
		ret = text_parse(ctl, what, text, key);
		explicit_bzero(text, strlen(text));
	}
	if (ret)
		explicit_bzero(key, sizeof(*key));
	return ret;
}
