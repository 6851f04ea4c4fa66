// SPDX-License-Identifier: MIT
/* Distinguished names: text to DER and back, and compared. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tools/keyer/crypto/internal.h"

enum {
	DN_PART_MAX = 256
};

/* Types by strongSwan's names where OpenSSL's differ, in upper or lower case. */
static const char *type_name(const char *type)
{
	static const char *const names[][2] = {
		{ "C", "C" },
		{ "ST", "ST" },
		{ "S", "ST" },
		{ "L", "L" },
		{ "O", "O" },
		{ "OU", "OU" },
		{ "CN", "CN" },
		{ "DC", "DC" },
		{ "UID", "UID" },
		{ "E", "emailAddress" },
		{ "email", "emailAddress" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcasecmp(type, names[i][0]))
			return names[i][1];
	}
	return type;
}

static char *trim(char *text)
{
	size_t len;

	text += strspn(text, " \t");
	len = strlen(text);
	while (len && (text[len - 1] == ' ' || text[len - 1] == '\t'))
		text[--len] = '\0';
	return text;
}

static int part_add(X509_NAME *name, char *part, char *err, size_t err_len)
{
	char *equals = strchr(part, '='), *type;

	if (!equals) {
		snprintf(err, err_len, "'%.80s' of a distinguished name is no TYPE=VALUE", part);
		return -1;
	}
	*equals = '\0';
	type = trim(part);
	if (X509_NAME_add_entry_by_txt(name, type_name(type), MBSTRING_UTF8,
				       (const unsigned char *)trim(equals + 1), -1, -1, 0))
		return 0;
	snprintf(err, err_len,
		 "'%.40s=%.80s' is no part of a distinguished name: the types are C, ST, L, O, OU, "
		 "CN, E and so on, and C has two letters",
		 type, trim(equals + 1));
	return -1;
}

/* Up to the next comma that no backslash stands before, which goes. */
static const char *part_take(const char *text, char part[DN_PART_MAX])
{
	size_t n = 0;

	for (; *text && *text != ','; text++) {
		if (*text == '\\' && text[1])
			text++;
		if (n < DN_PART_MAX - 1)
			part[n++] = *text;
	}
	part[n] = '\0';
	return *text ? text + 1 : text;
}

size_t pki_dn_parse(const char *text, uint8_t *out, size_t cap, char *err, size_t err_len)
{
	X509_NAME *name = X509_NAME_new();
	char part[DN_PART_MAX];
	int len = name ? 0 : -1;

	snprintf(err, err_len, "the distinguished name is empty");
	while (!len && *text) {
		text = part_take(text, part);
		len = part_add(name, trim(part), err, err_len);
	}
	if (!len && X509_NAME_entry_count(name)) {
		len = i2d_X509_NAME(name, NULL);
		if (len > 0 && (size_t)len <= cap) {
			i2d_X509_NAME(name, &out);
		} else {
			snprintf(err, err_len, "the distinguished name is too long");
			len = 0;
		}
	}
	X509_NAME_free(name);
	return len > 0 ? (size_t)len : 0;
}

char *pki_name_print(const X509_NAME *name, char *buf, size_t len)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int got = 0;

	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_ONELINE & ~XN_FLAG_SPC_EQ) >= 0)
		got = BIO_read(bio, buf, (int)len - 1);
	buf[got > 0 ? got : 0] = '\0';
	BIO_free(bio);
	return buf;
}

static X509_NAME *name_of(const uint8_t *der, size_t len)
{
	const uint8_t *at = der;
	X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)len);

	if (name && at != der + len) {
		X509_NAME_free(name);
		name = NULL;
	}
	return name;
}

char *pki_dn_print(const uint8_t *der, size_t len, char *buf, size_t buf_len)
{
	X509_NAME *name = name_of(der, len);

	if (name)
		pki_name_print(name, buf, buf_len);
	else
		snprintf(buf, buf_len, "(malformed distinguished name)");
	X509_NAME_free(name);
	return buf;
}

static bool is_any(const X509_NAME_ENTRY *entry)
{
	const ASN1_STRING *value = X509_NAME_ENTRY_get_data(entry);

	return ASN1_STRING_length(value) == 1 && ASN1_STRING_get0_data(value)[0] == '*';
}

/* As names of one part each, which the library compares without regard to case and blanks. */
static bool entry_equal(const X509_NAME_ENTRY *a, const X509_NAME_ENTRY *b)
{
	X509_NAME *x = X509_NAME_new(), *y = X509_NAME_new();
	bool equal = x && y && X509_NAME_add_entry(x, a, -1, 0) &&
		     X509_NAME_add_entry(y, b, -1, 0) && !X509_NAME_cmp(x, y);

	X509_NAME_free(x);
	X509_NAME_free(y);
	return equal;
}

static bool names_match(const X509_NAME *pattern, const X509_NAME *name)
{
	int n = X509_NAME_entry_count(pattern);

	if (n != X509_NAME_entry_count(name))
		return false;
	for (int i = 0; i < n; i++) {
		const X509_NAME_ENTRY *a = X509_NAME_get_entry(pattern, i);
		const X509_NAME_ENTRY *b = X509_NAME_get_entry(name, i);

		if (X509_NAME_ENTRY_set(a) != X509_NAME_ENTRY_set(b) ||
		    OBJ_cmp(X509_NAME_ENTRY_get_object(a), X509_NAME_ENTRY_get_object(b)) != 0)
			return false;
		if (!is_any(a) && !entry_equal(a, b))
			return false;
	}
	return true;
}

bool pki_dn_match(const uint8_t *pattern, size_t pattern_len, const uint8_t *der, size_t len)
{
	X509_NAME *a = name_of(pattern, pattern_len), *b = name_of(der, len);
	bool match = a && b && names_match(a, b);

	X509_NAME_free(a);
	X509_NAME_free(b);
	return match;
}
