// SPDX-License-Identifier: MIT
/*
 * Which algorithms the running kernel offers.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lib/internal.h"

static void size_append(uint32_t *sizes, size_t *n, const struct nlattr *nla)
{
	if (*n < IPSECVIF_ALG_SIZES_MAX)
		sizes[(*n)++] = nla_get_u32(nla);
}

int parse_alg(struct nlattr *nest, struct ipsecvif_alg *alg)
{
	static const struct nla_policy policy[IPSECVIF_ALG_A_MAX + 1] = {
		[IPSECVIF_ALG_A_KIND] = { .type = NLA_U8 },
		[IPSECVIF_ALG_A_NAME] = { .type = NLA_STRING },
		[IPSECVIF_ALG_A_KEY_BITS] = { .type = NLA_U32 },
		[IPSECVIF_ALG_A_SALT_BITS] = { .type = NLA_U32 },
		[IPSECVIF_ALG_A_ICV_BITS] = { .type = NLA_U32 },
		[IPSECVIF_ALG_A_AH] = { .type = NLA_FLAG },
		[IPSECVIF_ALG_A_LEGACY] = { .type = NLA_FLAG },
	};
	struct nlattr *tb[IPSECVIF_ALG_A_MAX + 1], *nla;
	int rem;

	memset(alg, 0, sizeof(*alg));
	if (nla_parse_nested(tb, IPSECVIF_ALG_A_MAX, nest, policy) || !tb[IPSECVIF_ALG_A_KIND] ||
	    !tb[IPSECVIF_ALG_A_NAME])
		return -EBADMSG;
	alg->kind = nla_get_u8(tb[IPSECVIF_ALG_A_KIND]);
	nla_strlcpy(alg->name, tb[IPSECVIF_ALG_A_NAME], sizeof(alg->name));
	if (tb[IPSECVIF_ALG_A_SALT_BITS])
		alg->salt_bits = nla_get_u32(tb[IPSECVIF_ALG_A_SALT_BITS]);
	alg->ah = tb[IPSECVIF_ALG_A_AH];
	alg->legacy = tb[IPSECVIF_ALG_A_LEGACY];
	nla_for_each_nested(nla, nest, rem) {
		if (nla_len(nla) < (int)sizeof(uint32_t))
			continue;
		if (nla_type(nla) == IPSECVIF_ALG_A_KEY_BITS)
			size_append(alg->key_bits, &alg->n_key_bits, nla);
		else if (nla_type(nla) == IPSECVIF_ALG_A_ICV_BITS)
			size_append(alg->icv_bits, &alg->n_icv_bits, nla);
	}
	return 0;
}

static int caps_reply(struct nlattr *attr, int len, void *arg)
{
	struct list *list = arg;
	struct nlattr *nla;
	int rem, err;

	nla_for_each_attr(nla, attr, len, rem) {
		struct ipsecvif_alg *alg;

		if (nla_type(nla) != IPSECVIF_A_ALG)
			continue;
		alg = list_grow(list);
		if (!alg)
			return -ENOMEM;
		err = parse_alg(nla, alg);
		if (err)
			return err;
	}
	return 0;
}

int ipsecvif_caps_get(struct ipsecvif_client *client, ipsecvif_alg_fn *fn, void *arg)
{
	struct list list = { .size = sizeof(struct ipsecvif_alg) };
	struct nl_msg *msg = request_new(client, IPSECVIF_CMD_CAPS_GET, 0, 0, 0);
	const struct ipsecvif_alg *algs;
	size_t i;
	int err;

	if (!msg)
		return -ENOMEM;
	err = request_run(client, msg, caps_reply, &list);
	algs = list.items;
	for (i = 0; !err && i < list.n; i++)
		err = fn(&algs[i], arg);
	list_free(&list, NULL);
	return err;
}
