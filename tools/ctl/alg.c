// SPDX-License-Identifier: MIT
/*
 * Algorithms by name: XFRM's short names, and what a user may have meant when
 * the kernel refused one.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "tools/ctl/args.h"
#include "tools/ctl/sa.h"

/* XFRM's short names for what the crypto API calls otherwise. */
const char *alg_alias(const char *name)
{
	static const char *const aliases[][2] = {
		{ "aes", "cbc(aes)" },
		{ "des3_ede", "cbc(des3_ede)" },
		{ "cipher_null", ALG_NULL },
		{ "md5", "hmac(md5)" },
		{ "sha1", "hmac(sha1)" },
		{ "sha256", "hmac(sha256)" },
		{ "sha384", "hmac(sha384)" },
		{ "sha512", "hmac(sha512)" },
		{ "gcm(aes)", "rfc4106(gcm(aes))" },
		{ "ccm(aes)", "rfc4309(ccm(aes))" },
		{ "ctr(aes)", "rfc3686(ctr(aes))" },
		{ "chacha20poly1305", "rfc7539esp(chacha20,poly1305)" },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(aliases); i++)
		if (!strcmp(aliases[i][0], name))
			return aliases[i][1];
	return name;
}

/* The algorithms of one kind that caps tells. */
struct alg_list {
	struct ipsecvif_alg algs[64];
	size_t n;
	enum ipsecvif_alg_kind kind;
};

static int alg_collect(const struct ipsecvif_alg *alg, void *arg)
{
	struct alg_list *list = arg;

	if (alg->kind == list->kind && list->n < ARRAY_SIZE(list->algs))
		list->algs[list->n++] = *alg;
	return 0;
}

/* A text that grows, and is cut at its end. */
struct text {
	char s[512];
	size_t used;
};

static void __attribute__((format(printf, 2, 3)))
text_add(struct text *text, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(text->s + text->used, sizeof(text->s) - text->used, format, args);
	va_end(args);
	if (n > 0)
		text->used += (size_t)n;
	if (text->used >= sizeof(text->s))
		text->used = sizeof(text->s) - 1;
}

static void hint_name(struct ctl *ctl, const struct alg_list *list, const char *name)
{
	const char *names[ARRAY_SIZE(list->algs)], *nearest;
	struct text text = { .used = 0 };
	size_t i, n = 0;

	for (i = 0; i < list->n; i++) {
		/* One with a legacy variant stands there twice. */
		if (n && !strcmp(names[n - 1], list->algs[i].name))
			continue;
		names[n++] = list->algs[i].name;
		text_add(&text, "%s%s", n > 1 ? ", " : "", list->algs[i].name);
	}
	nearest = word_nearest(name, names, n);
	ctl_note(ctl, "the kernel offers no %s \"%s\": %s%s%s", ipsecvif_alg_kind_name(list->kind),
		 name, nearest ? "did you mean \"" : "there are ", nearest ? nearest : text.s,
		 nearest ? "\"?" : "");
}

static void hint_key(struct ctl *ctl, const struct ipsecvif_alg *known, size_t len)
{
	struct text text = { .used = 0 };
	size_t i;

	for (i = 0; i < known->n_key_bits; i++) {
		if (len == (known->key_bits[i] + known->salt_bits) / 8)
			return;
		text_add(&text, "%s%u", i ? i + 1 < known->n_key_bits ? ", " : " or " : "",
			 (known->key_bits[i] + known->salt_bits) / 8);
	}
	if (!i && (!len || strcmp(known->name, ALG_NULL) != 0))
		return;
	if (!i)
		text_add(&text, "0");
	if (known->salt_bits)
		text_add(&text, " bytes, of which the last %u are the salt", known->salt_bits / 8);
	else
		text_add(&text, " bytes");
	ctl_note(ctl, "the key of %s has %s: this one has %zu", known->name, text.s, len);
}

static void hint_icv(struct ctl *ctl, const struct alg_list *list, const char *name, uint32_t bits)
{
	struct text text = { .used = 0 };
	size_t i, j;

	for (i = 0; i < list->n; i++) {
		if (strcmp(list->algs[i].name, name) != 0)
			continue;
		for (j = 0; j < list->algs[i].n_icv_bits; j++) {
			if (list->algs[i].icv_bits[j] == bits)
				return;
			text_add(&text, "%s%u%s", text.used ? ", " : "", list->algs[i].icv_bits[j],
				 list->algs[i].legacy ? " with flag legacy" : "");
		}
	}
	if (text.used)
		ctl_note(ctl, "the ICV of %s has as many bits: %s", name, text.s);
}

void alg_hint(struct ctl *ctl, enum ipsecvif_alg_kind kind, const struct ipsecvif_sa_alg *alg)
{
	struct alg_list *list;
	size_t i;

	if (!alg->name[0])
		return;
	list = calloc(1, sizeof(*list));
	if (!list)
		return;
	list->kind = kind;
	if (ipsecvif_caps_get(ctl->client, alg_collect, list))
		goto out;
	for (i = 0; i < list->n && strcmp(list->algs[i].name, alg->name) != 0; i++)
		;
	if (i == list->n) {
		hint_name(ctl, list, alg->name);
		goto out;
	}
	hint_key(ctl, &list->algs[i], alg->key_len);
	if (alg->icv_bits)
		hint_icv(ctl, list, alg->name, alg->icv_bits);
out:
	free(list);
}
