// SPDX-License-Identifier: MIT
/*
 * Security associations as attributes.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lib/internal.h"

/* The attributes of one kind of algorithm; icv is 0 where the kind has none. */
struct alg_attrs {
	int name;
	int key;
	int icv;
};

static const struct alg_attrs aead_attrs = { IPSECVIF_SA_A_AEAD_NAME, IPSECVIF_SA_A_AEAD_KEY,
					     IPSECVIF_SA_A_AEAD_ICV_BITS };
static const struct alg_attrs enc_attrs = { IPSECVIF_SA_A_ENC_NAME, IPSECVIF_SA_A_ENC_KEY, 0 };
static const struct alg_attrs auth_attrs = { IPSECVIF_SA_A_AUTH_NAME, IPSECVIF_SA_A_AUTH_KEY,
					     IPSECVIF_SA_A_AUTH_TRUNC_BITS };

static int put_alg(struct nl_msg *msg, const struct alg_attrs *attrs,
		   const struct ipsecvif_sa_alg *alg)
{
	int err;

	if (!alg->name[0])
		return 0;
	err = nla_put_string(msg, attrs->name, alg->name);
	if (alg->key_len)
		err |= nla_put(msg, attrs->key, (int)alg->key_len, alg->key);
	if (alg->icv_bits && attrs->icv)
		err |= nla_put_u32(msg, attrs->icv, alg->icv_bits);
	return err;
}

static int put_u64_unless_zero(struct nl_msg *msg, int type, uint64_t value)
{
	return value ? nla_put_u64(msg, type, value) : 0;
}

static int put_sa_body(struct nl_msg *msg, const struct ipsecvif_sa *sa)
{
	const struct ipsecvif_sa_limits *limits = &sa->limits;
	int err;

	err = nla_put_u8(msg, IPSECVIF_SA_A_DIR, (uint8_t)sa->dir);
	if (sa->spi)
		err |= nla_put_u32(msg, IPSECVIF_SA_A_SPI, htonl(sa->spi));
	err |= put_addr(msg, IPSECVIF_SA_A_SRC, &sa->src);
	err |= put_addr(msg, IPSECVIF_SA_A_DST, &sa->dst);
	if (sa->proto)
		err |= nla_put_u8(msg, IPSECVIF_SA_A_PROTO, sa->proto);
	err |= nla_put_u8(msg, IPSECVIF_SA_A_MODE, (uint8_t)sa->mode);
	err |= put_alg(msg, &aead_attrs, &sa->aead);
	err |= put_alg(msg, &enc_attrs, &sa->enc);
	err |= put_alg(msg, &auth_attrs, &sa->auth);
	if (sa->comp[0])
		err |= nla_put_string(msg, IPSECVIF_SA_A_COMP_NAME, sa->comp);
	if (sa->cpi)
		err |= nla_put_u16(msg, IPSECVIF_SA_A_CPI, htons(sa->cpi));
	if (sa->encap_sport || sa->encap_dport) {
		err |= nla_put_u16(msg, IPSECVIF_SA_A_ENCAP_SPORT, htons(sa->encap_sport));
		err |= nla_put_u16(msg, IPSECVIF_SA_A_ENCAP_DPORT, htons(sa->encap_dport));
	}
	if (sa->dir == IPSECVIF_DIR_IN && sa->replay_window != IPSECVIF_REPLAY_WINDOW_DEFAULT)
		err |= nla_put_u32(msg, IPSECVIF_SA_A_REPLAY_WINDOW, sa->replay_window);
	if (sa->flags)
		err |= nla_put_u32(msg, IPSECVIF_SA_A_FLAGS, sa->flags);
	err |= put_u64_unless_zero(msg, IPSECVIF_SA_A_TIME_SOFT, limits->time_soft);
	err |= put_u64_unless_zero(msg, IPSECVIF_SA_A_TIME_HARD, limits->time_hard);
	err |= put_u64_unless_zero(msg, IPSECVIF_SA_A_BYTE_SOFT, limits->byte_soft);
	err |= put_u64_unless_zero(msg, IPSECVIF_SA_A_BYTE_HARD, limits->byte_hard);
	err |= put_u64_unless_zero(msg, IPSECVIF_SA_A_PACKET_SOFT, limits->packet_soft);
	err |= put_u64_unless_zero(msg, IPSECVIF_SA_A_PACKET_HARD, limits->packet_hard);
	err |= put_u64_unless_zero(msg, IPSECVIF_SA_A_IDLE_SOFT, limits->idle_soft);
	err |= put_u64_unless_zero(msg, IPSECVIF_SA_A_IDLE_HARD, limits->idle_hard);
	err |= put_u64_unless_zero(msg, IPSECVIF_SA_A_SEQ, sa->seq);
	if (sa->tfc)
		err |= nla_put_u32(msg, IPSECVIF_SA_A_TFC, sa->tfc);
	return err;
}

int put_sa(struct nl_msg *msg, const struct ipsecvif_sa *sa)
{
	struct nlattr *nest = nla_nest_start(msg, IPSECVIF_A_SA);
	int err;

	if (!nest)
		return -EMSGSIZE;
	err = put_sa_body(msg, sa);
	nla_nest_end(msg, nest);
	return err;
}

static void parse_sa_alg(struct nlattr **tb, const struct alg_attrs *attrs,
			 struct ipsecvif_sa_alg *alg)
{
	if (tb[attrs->name])
		nla_strlcpy(alg->name, tb[attrs->name], sizeof(alg->name));
	if (attrs->icv && tb[attrs->icv])
		alg->icv_bits = nla_get_u32(tb[attrs->icv]);
}

static uint64_t u64_or_zero(const struct nlattr *nla)
{
	return nla ? nla_get_u64(nla) : 0;
}

static void parse_sa_numbers(struct nlattr **tb, struct ipsecvif_sa *sa)
{
	sa->limits.time_soft = u64_or_zero(tb[IPSECVIF_SA_A_TIME_SOFT]);
	sa->limits.time_hard = u64_or_zero(tb[IPSECVIF_SA_A_TIME_HARD]);
	sa->limits.byte_soft = u64_or_zero(tb[IPSECVIF_SA_A_BYTE_SOFT]);
	sa->limits.byte_hard = u64_or_zero(tb[IPSECVIF_SA_A_BYTE_HARD]);
	sa->limits.packet_soft = u64_or_zero(tb[IPSECVIF_SA_A_PACKET_SOFT]);
	sa->limits.packet_hard = u64_or_zero(tb[IPSECVIF_SA_A_PACKET_HARD]);
	sa->limits.idle_soft = u64_or_zero(tb[IPSECVIF_SA_A_IDLE_SOFT]);
	sa->limits.idle_hard = u64_or_zero(tb[IPSECVIF_SA_A_IDLE_HARD]);
	sa->seq = u64_or_zero(tb[IPSECVIF_SA_A_SEQ]);
	sa->counters.packets = u64_or_zero(tb[IPSECVIF_SA_A_PACKETS]);
	sa->counters.bytes = u64_or_zero(tb[IPSECVIF_SA_A_BYTES]);
	sa->counters.age = u64_or_zero(tb[IPSECVIF_SA_A_AGE]);
	sa->counters.used = tb[IPSECVIF_SA_A_IDLE];
	sa->counters.idle = u64_or_zero(tb[IPSECVIF_SA_A_IDLE]);
	sa->counters.replays = u64_or_zero(tb[IPSECVIF_SA_A_REPLAYS]);
	sa->counters.icv_failures = u64_or_zero(tb[IPSECVIF_SA_A_ICV_FAILURES]);
	sa->counters.spread = u64_or_zero(tb[IPSECVIF_SA_A_SPREAD]);
	sa->counters.steered = u64_or_zero(tb[IPSECVIF_SA_A_STEERED]);
}

static int parse_sa_selectors(struct nlattr *nest, struct ipsecvif_sa *sa)
{
	struct list list = { .size = sizeof(struct ipsecvif_selector) };
	struct nlattr *nla;
	int rem, err;

	nla_for_each_nested(nla, nest, rem) {
		struct ipsecvif_selector *selector;

		if (nla_type(nla) != IPSECVIF_SA_A_SELECTOR)
			continue;
		selector = list_grow(&list);
		err = selector ? parse_selector(nla, selector) : -ENOMEM;
		if (err) {
			list_free(&list, NULL);
			return err;
		}
	}
	sa->selectors = list.items;
	sa->n_selectors = list.n;
	return 0;
}

static const struct nla_policy sa_policy[IPSECVIF_SA_A_MAX + 1] = {
	[IPSECVIF_SA_A_IFINDEX] = { .type = NLA_U32 },
	[IPSECVIF_SA_A_DIR] = { .type = NLA_U8 },
	[IPSECVIF_SA_A_SPI] = { .type = NLA_U32 },
	[IPSECVIF_SA_A_PROTO] = { .type = NLA_U8 },
	[IPSECVIF_SA_A_MODE] = { .type = NLA_U8 },
	[IPSECVIF_SA_A_AEAD_NAME] = { .type = NLA_STRING },
	[IPSECVIF_SA_A_AEAD_ICV_BITS] = { .type = NLA_U32 },
	[IPSECVIF_SA_A_ENC_NAME] = { .type = NLA_STRING },
	[IPSECVIF_SA_A_AUTH_NAME] = { .type = NLA_STRING },
	[IPSECVIF_SA_A_AUTH_TRUNC_BITS] = { .type = NLA_U32 },
	[IPSECVIF_SA_A_ENCAP_SPORT] = { .type = NLA_U16 },
	[IPSECVIF_SA_A_ENCAP_DPORT] = { .type = NLA_U16 },
	[IPSECVIF_SA_A_REPLAY_WINDOW] = { .type = NLA_U32 },
	[IPSECVIF_SA_A_FLAGS] = { .type = NLA_U32 },
	[IPSECVIF_SA_A_TIME_SOFT] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_TIME_HARD] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_BYTE_SOFT] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_BYTE_HARD] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_PACKET_SOFT] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_PACKET_HARD] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_SEQ] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_PACKETS] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_BYTES] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_AGE] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_IDLE] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_REPLAYS] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_ICV_FAILURES] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_SPREAD] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_STEERED] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_MTU] = { .type = NLA_U32 },
	[IPSECVIF_SA_A_DRIVER] = { .type = NLA_STRING },
	[IPSECVIF_SA_A_COMP_NAME] = { .type = NLA_STRING },
	[IPSECVIF_SA_A_CPI] = { .type = NLA_U16 },
	[IPSECVIF_SA_A_IDLE_SOFT] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_IDLE_HARD] = { .type = NLA_U64 },
	[IPSECVIF_SA_A_TFC] = { .type = NLA_U32 },
};

int parse_sa(struct nlattr *nest, struct ipsecvif_sa *sa)
{
	struct nlattr *tb[IPSECVIF_SA_A_MAX + 1];

	memset(sa, 0, sizeof(*sa));
	if (nla_parse_nested(tb, IPSECVIF_SA_A_MAX, nest, sa_policy) || !tb[IPSECVIF_SA_A_DIR] ||
	    !tb[IPSECVIF_SA_A_SPI] || parse_addr(tb[IPSECVIF_SA_A_SRC], &sa->src) ||
	    parse_addr(tb[IPSECVIF_SA_A_DST], &sa->dst))
		return -EBADMSG;
	sa->dir = nla_get_u8(tb[IPSECVIF_SA_A_DIR]);
	sa->spi = ntohl(nla_get_u32(tb[IPSECVIF_SA_A_SPI]));
	if (tb[IPSECVIF_SA_A_IFINDEX])
		sa->ifindex = nla_get_u32(tb[IPSECVIF_SA_A_IFINDEX]);
	sa->proto = tb[IPSECVIF_SA_A_PROTO] ? nla_get_u8(tb[IPSECVIF_SA_A_PROTO]) : IPPROTO_ESP;
	sa->mode = tb[IPSECVIF_SA_A_MODE] ? nla_get_u8(tb[IPSECVIF_SA_A_MODE]) :
					    IPSECVIF_MODE_TUNNEL;
	parse_sa_alg(tb, &aead_attrs, &sa->aead);
	parse_sa_alg(tb, &enc_attrs, &sa->enc);
	parse_sa_alg(tb, &auth_attrs, &sa->auth);
	if (tb[IPSECVIF_SA_A_COMP_NAME])
		nla_strlcpy(sa->comp, tb[IPSECVIF_SA_A_COMP_NAME], sizeof(sa->comp));
	if (tb[IPSECVIF_SA_A_CPI])
		sa->cpi = ntohs(nla_get_u16(tb[IPSECVIF_SA_A_CPI]));
	if (tb[IPSECVIF_SA_A_ENCAP_SPORT])
		sa->encap_sport = ntohs(nla_get_u16(tb[IPSECVIF_SA_A_ENCAP_SPORT]));
	if (tb[IPSECVIF_SA_A_ENCAP_DPORT])
		sa->encap_dport = ntohs(nla_get_u16(tb[IPSECVIF_SA_A_ENCAP_DPORT]));
	if (tb[IPSECVIF_SA_A_REPLAY_WINDOW])
		sa->replay_window = nla_get_u32(tb[IPSECVIF_SA_A_REPLAY_WINDOW]);
	if (tb[IPSECVIF_SA_A_FLAGS])
		sa->flags = nla_get_u32(tb[IPSECVIF_SA_A_FLAGS]);
	if (tb[IPSECVIF_SA_A_MTU])
		sa->mtu = nla_get_u32(tb[IPSECVIF_SA_A_MTU]);
	if (tb[IPSECVIF_SA_A_TFC])
		sa->tfc = nla_get_u32(tb[IPSECVIF_SA_A_TFC]);
	if (tb[IPSECVIF_SA_A_DRIVER])
		nla_strlcpy(sa->driver, tb[IPSECVIF_SA_A_DRIVER], sizeof(sa->driver));
	parse_sa_numbers(tb, sa);
	return parse_sa_selectors(nest, sa);
}
