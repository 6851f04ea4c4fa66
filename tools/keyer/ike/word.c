// SPDX-License-Identifier: MIT
/* Values in the log. */
#include "tools/keyer/ike/word.h"

#include <string.h>

size_t log_quote(const char *text, char *buf, size_t len)
{
	size_t n = 0;

	buf[0] = '\0';
	if (len < sizeof("\"\""))
		return 0;
	buf[n++] = '"';
	for (; *text && n + sizeof("\\x\"") < len; text++) {
		if (*text == '"' || *text == '\\')
			buf[n++] = '\\';
		buf[n++] = *text;
	}
	buf[n++] = '"';
	buf[n] = '\0';
	return n;
}

const char *log_value(const char *text, char *buf, size_t len)
{
	if (*text && !strpbrk(text, " \"\\=\t\n"))
		return text;
	log_quote(text, buf, len);
	return buf;
}
