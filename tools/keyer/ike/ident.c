// SPDX-License-Identifier: MIT
/*
 * Identities: as text, and compared.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tools/keyer/crypto/pki.h"
#include "tools/keyer/ike/ident.h"

/* Host names, also those in mail addresses, do not know upper and lower case. */
bool id_equal(const struct ike_id *a, const struct ike_id *b)
{
	if (a->type != b->type || a->len != b->len)
		return false;
	if (a->type == IKE_ID_FQDN || a->type == IKE_ID_EMAIL)
		return !strncasecmp((const char *)a->data, (const char *)b->data, a->len);
	if (a->type == IKE_ID_DN)
		return !memcmp(a->data, b->data, a->len) ||
		       pki_dn_match(a->data, a->len, b->data, b->len);
	return !memcmp(a->data, b->data, a->len);
}

bool id_is_pattern(const struct ike_id *id)
{
	switch (id->type) {
	case IKE_ID_ANY:
		return true;
	case IKE_ID_FQDN:
	case IKE_ID_EMAIL:
		return id->data[0] == '*';
	case IKE_ID_DN:
		return memmem(id->data, id->len, "\x01*", 2) != NULL;
	}
	return false;
}

/* "*.example.com", "*@example.com", and DNs with values of "*". */
bool id_matches(const struct ike_id *want, const struct ike_id *id)
{
	size_t tail = want->len ? want->len - 1u : 0;

	if (want->type == IKE_ID_ANY)
		return true;
	if (want->type != id->type)
		return false;
	if (want->type == IKE_ID_DN)
		return pki_dn_match(want->data, want->len, id->data, id->len);
	if (!id_is_pattern(want))
		return id_equal(want, id);
	return id->len > tail && !strncasecmp((const char *)want->data + 1,
					      (const char *)id->data + id->len - tail, tail);
}

static bool label_ok(const uint8_t *label, size_t len, bool last)
{
	size_t digits = 0;

	for (size_t i = 0; i < len; i++) {
		bool digit = label[i] >= '0' && label[i] <= '9';
		bool letter = (label[i] | 0x20) >= 'a' && (label[i] | 0x20) <= 'z';

		if (!digit && !letter && label[i] != '-')
			return false;
		digits += digit;
	}
	return len && len <= 63 && label[0] != '-' && label[len - 1] != '-' &&
	       !(last && digits == len);
}

bool ike_host_name_ok(const uint8_t *name, size_t len)
{
	const uint8_t *end = name + len, *dot;
	unsigned int labels = 1;

	if (len > 253)
		return false;
	while ((dot = memchr(name, '.', (size_t)(end - name)))) {
		if (!label_ok(name, (size_t)(dot - name), false))
			return false;
		name = dot + 1;
		labels++;
	}
	return labels > 1 && label_ok(name, (size_t)(end - name), true);
}

struct ike_id id_of_addr(const struct ike_addr *a)
{
	struct ike_id id = { .type = a->family == AF_INET ? IKE_ID_IPV4 : IKE_ID_IPV6,
			     .len = a->family == AF_INET ? 4 : 16 };

	memcpy(id.data, a->bytes, id.len);
	return id;
}

static int id_set(struct ike_id *id, uint8_t type, const char *text, char *err, size_t err_len)
{
	size_t len = strlen(text);

	if (!len || len > IKE_ID_MAX) {
		snprintf(err, err_len,
			 len ? "an identity has at most %d bytes" : "the identity is empty",
			 IKE_ID_MAX);
		return -1;
	}
	memset(id, 0, sizeof(*id));
	id->type = type;
	id->len = (uint16_t)len;
	memcpy(id->data, text, len);
	return 0;
}

int ike_id_parse(const char *text, struct ike_id *id, char *err, size_t err_len)
{
	struct ike_id out = { 0 };

	if (!strcmp(text, "any") || !strcmp(text, "%any")) {
		*id = out;
		return 0;
	}
	if (!strncmp(text, "keyid:", 6))
		return id_set(id, IKE_ID_KEY_ID, text + 6, err, err_len);
	if (!strncmp(text, "fqdn:", 5))
		return id_set(id, IKE_ID_FQDN, text + 5, err, err_len);
	if (!strncmp(text, "email:", 6))
		return id_set(id, IKE_ID_EMAIL, text + 6, err, err_len);
	if (inet_pton(AF_INET, text, out.data) == 1) {
		out.type = IKE_ID_IPV4;
		out.len = 4;
		*id = out;
		return 0;
	}
	if (inet_pton(AF_INET6, text, out.data) == 1) {
		out.type = IKE_ID_IPV6;
		out.len = 16;
		*id = out;
		return 0;
	}
	if (strchr(text, '=')) {
		out.type = IKE_ID_DN;
		out.len = (uint16_t)pki_dn_parse(text, out.data, sizeof(out.data), err, err_len);
		if (!out.len)
			return -1;
		*id = out;
		return 0;
	}
	if (text[0] == '@')
		return id_set(id, IKE_ID_FQDN, text + 1, err, err_len);
	return id_set(id, strchr(text, '@') ? IKE_ID_EMAIL : IKE_ID_FQDN, text, err, err_len);
}

/* What a peer sent may hold anything: what is not printable becomes \xNN. */
static void printable(const struct ike_id *id, char *buf, size_t len)
{
	size_t at = 0;

	for (unsigned int i = 0; i < id->len && at + 5 < len; i++) {
		uint8_t c = id->data[i];

		if (c > 0x20 && c < 0x7f && c != '\\' && c != '"')
			buf[at++] = (char)c;
		else
			at += (size_t)snprintf(buf + at, len - at, "\\x%02x", c);
	}
	buf[at] = 0;
}

char *ike_id_print(const struct ike_id *id, char *buf, size_t len)
{
	char text[4 * IKE_ID_MAX + 8] = "?";

	switch (id->type) {
	case IKE_ID_ANY:
		snprintf(buf, len, "any");
		return buf;
	case IKE_ID_IPV4:
		inet_ntop(AF_INET, id->data, text, sizeof(text));
		break;
	case IKE_ID_IPV6:
		inet_ntop(AF_INET6, id->data, text, sizeof(text));
		break;
	case IKE_ID_DN:
		pki_dn_print(id->data, id->len, text, sizeof(text));
		break;
	default:
		printable(id, text, sizeof(text));
	}
	if (id->type == IKE_ID_KEY_ID)
		snprintf(buf, len, "keyid:%s", text);
	else if (id->type == IKE_ID_EMAIL && !strchr(text, '@'))
		snprintf(buf, len, "email:%s", text);
	else
		snprintf(buf, len, "%s", text);
	return buf;
}
