// SPDX-License-Identifier: MIT
/*
 * Traffic selectors.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lib/internal.h"

static bool ports_any(const struct ipsecvif_ports *ports)
{
	return !ports->min && (!ports->max || ports->max == UINT16_MAX);
}

static int put_ports(struct nl_msg *msg, int min, int max, const struct ipsecvif_ports *ports)
{
	if (ports_any(ports))
		return 0;
	return nla_put_u16(msg, min, htons(ports->min)) | nla_put_u16(msg, max, htons(ports->max));
}

/* A network, or a range where its last address is given. */
static int put_side(struct nl_msg *msg, int type, const struct ipsecvif_addr *addr, int prefix_type,
		    uint8_t prefix, int max_type, const struct ipsecvif_addr *max)
{
	int err = put_addr(msg, type, addr);

	return err |
	       (max->family ? put_addr(msg, max_type, max) : nla_put_u8(msg, prefix_type, prefix));
}

static int put_icmp(struct nl_msg *msg, const struct ipsecvif_icmp *icmp)
{
	int err = 0;

	if (icmp->typed) {
		err |= nla_put_u8(msg, IPSECVIF_SEL_A_ICMP_TYPE_MIN, icmp->type_min);
		err |= nla_put_u8(msg, IPSECVIF_SEL_A_ICMP_TYPE_MAX, icmp->type_max);
	}
	if (icmp->coded) {
		err |= nla_put_u8(msg, IPSECVIF_SEL_A_ICMP_CODE_MIN, icmp->code_min);
		err |= nla_put_u8(msg, IPSECVIF_SEL_A_ICMP_CODE_MAX, icmp->code_max);
	}
	return err;
}

int put_selector(struct nl_msg *msg, int type, const struct ipsecvif_selector *selector)
{
	struct nlattr *nest = nla_nest_start(msg, type);
	int err;

	if (!nest)
		return -EMSGSIZE;
	err = put_side(msg, IPSECVIF_SEL_A_SRC, &selector->src, IPSECVIF_SEL_A_SRC_PREFIX,
		       selector->src_prefix, IPSECVIF_SEL_A_SRC_MAX, &selector->src_max);
	err |= put_side(msg, IPSECVIF_SEL_A_DST, &selector->dst, IPSECVIF_SEL_A_DST_PREFIX,
			selector->dst_prefix, IPSECVIF_SEL_A_DST_MAX, &selector->dst_max);
	if (selector->proto)
		err |= nla_put_u8(msg, IPSECVIF_SEL_A_PROTO, selector->proto);
	err |= put_ports(msg, IPSECVIF_SEL_A_SPORT_MIN, IPSECVIF_SEL_A_SPORT_MAX, &selector->sport);
	err |= put_ports(msg, IPSECVIF_SEL_A_DPORT_MIN, IPSECVIF_SEL_A_DPORT_MAX, &selector->dport);
	err |= put_icmp(msg, &selector->icmp);
	if (selector->spi)
		err |= nla_put_u32(msg, IPSECVIF_SEL_A_SPI, htonl(selector->spi));
	nla_nest_end(msg, nest);
	return err;
}

static void parse_ports(const struct nlattr *min, const struct nlattr *max,
			struct ipsecvif_ports *ports)
{
	ports->min = 0;
	ports->max = UINT16_MAX;
	if (min)
		ports->min = ports->max = ntohs(nla_get_u16(min));
	if (max)
		ports->max = ntohs(nla_get_u16(max));
}

static bool parse_codes(const struct nlattr *min, const struct nlattr *max, uint8_t *from,
			uint8_t *to)
{
	if (!min)
		return false;
	*from = nla_get_u8(min);
	*to = max ? nla_get_u8(max) : *from;
	return true;
}

int parse_selector(struct nlattr *nest, struct ipsecvif_selector *selector)
{
	static const struct nla_policy policy[IPSECVIF_SEL_A_MAX + 1] = {
		[IPSECVIF_SEL_A_SRC_PREFIX] = { .type = NLA_U8 },
		[IPSECVIF_SEL_A_DST_PREFIX] = { .type = NLA_U8 },
		[IPSECVIF_SEL_A_PROTO] = { .type = NLA_U8 },
		[IPSECVIF_SEL_A_SPORT_MIN] = { .type = NLA_U16 },
		[IPSECVIF_SEL_A_SPORT_MAX] = { .type = NLA_U16 },
		[IPSECVIF_SEL_A_DPORT_MIN] = { .type = NLA_U16 },
		[IPSECVIF_SEL_A_DPORT_MAX] = { .type = NLA_U16 },
		[IPSECVIF_SEL_A_SPI] = { .type = NLA_U32 },
		[IPSECVIF_SEL_A_PACKETS] = { .type = NLA_U64 },
		[IPSECVIF_SEL_A_ICMP_TYPE_MIN] = { .type = NLA_U8 },
		[IPSECVIF_SEL_A_ICMP_TYPE_MAX] = { .type = NLA_U8 },
		[IPSECVIF_SEL_A_ICMP_CODE_MIN] = { .type = NLA_U8 },
		[IPSECVIF_SEL_A_ICMP_CODE_MAX] = { .type = NLA_U8 },
		[IPSECVIF_SEL_A_HELD] = { .type = NLA_U32 },
	};
	struct nlattr *tb[IPSECVIF_SEL_A_MAX + 1];
	struct ipsecvif_icmp *icmp = &selector->icmp;

	memset(selector, 0, sizeof(*selector));
	if (nla_parse_nested(tb, IPSECVIF_SEL_A_MAX, nest, policy) ||
	    parse_addr(tb[IPSECVIF_SEL_A_SRC], &selector->src) ||
	    parse_addr(tb[IPSECVIF_SEL_A_SRC_MAX], &selector->src_max) ||
	    parse_addr(tb[IPSECVIF_SEL_A_DST], &selector->dst) ||
	    parse_addr(tb[IPSECVIF_SEL_A_DST_MAX], &selector->dst_max))
		return -EBADMSG;
	if (tb[IPSECVIF_SEL_A_SRC_PREFIX])
		selector->src_prefix = nla_get_u8(tb[IPSECVIF_SEL_A_SRC_PREFIX]);
	if (tb[IPSECVIF_SEL_A_DST_PREFIX])
		selector->dst_prefix = nla_get_u8(tb[IPSECVIF_SEL_A_DST_PREFIX]);
	if (tb[IPSECVIF_SEL_A_PROTO])
		selector->proto = nla_get_u8(tb[IPSECVIF_SEL_A_PROTO]);
	parse_ports(tb[IPSECVIF_SEL_A_SPORT_MIN], tb[IPSECVIF_SEL_A_SPORT_MAX], &selector->sport);
	parse_ports(tb[IPSECVIF_SEL_A_DPORT_MIN], tb[IPSECVIF_SEL_A_DPORT_MAX], &selector->dport);
	icmp->typed = parse_codes(tb[IPSECVIF_SEL_A_ICMP_TYPE_MIN],
				  tb[IPSECVIF_SEL_A_ICMP_TYPE_MAX], &icmp->type_min,
				  &icmp->type_max);
	icmp->coded = parse_codes(tb[IPSECVIF_SEL_A_ICMP_CODE_MIN],
				  tb[IPSECVIF_SEL_A_ICMP_CODE_MAX], &icmp->code_min,
				  &icmp->code_max);
	if (tb[IPSECVIF_SEL_A_SPI])
		selector->spi = ntohl(nla_get_u32(tb[IPSECVIF_SEL_A_SPI]));
	selector->automatic = tb[IPSECVIF_SEL_A_AUTO];
	if (tb[IPSECVIF_SEL_A_PACKETS])
		selector->packets = nla_get_u64(tb[IPSECVIF_SEL_A_PACKETS]);
	if (tb[IPSECVIF_SEL_A_HELD])
		selector->held = nla_get_u32(tb[IPSECVIF_SEL_A_HELD]);
	return 0;
}

/* Send @n selectors with @cmd, bound to their SAs if @bound. */
static int selectors_send(struct ipsecvif_client *client, uint8_t cmd, unsigned int ifindex,
			  const struct ipsecvif_selector *selectors, size_t n, bool bound)
{
	struct nl_msg *msg;
	size_t i;

	if (!n || n > IPSECVIF_SELECTORS_PER_REQUEST)
		return client_fail(client, n ? -E2BIG : -EINVAL,
				   "%zu selectors in one request: 1 to %d are possible", n,
				   IPSECVIF_SELECTORS_PER_REQUEST);
	msg = request_new(client, cmd, 0, ifindex, n * SELECTOR_ROOM);
	if (!msg)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		struct ipsecvif_selector selector = selectors[i];

		if (!bound)
			selector.spi = 0;
		if (put_selector(msg, IPSECVIF_A_SELECTOR, &selector))
			return request_too_big(client, msg);
	}
	return request_run(client, msg, NULL, NULL);
}

int ipsecvif_selector_add(struct ipsecvif_client *client, unsigned int ifindex,
			  const struct ipsecvif_selector *selectors, size_t n)
{
	return selectors_send(client, IPSECVIF_CMD_SELECTOR_ADD, ifindex, selectors, n, true);
}

int ipsecvif_selector_del(struct ipsecvif_client *client, unsigned int ifindex,
			  const struct ipsecvif_selector *selectors, size_t n)
{
	return selectors_send(client, IPSECVIF_CMD_SELECTOR_DEL, ifindex, selectors, n, false);
}

static int selector_reply(struct nlattr *attr, int len, void *arg)
{
	struct list *list = arg;
	struct nlattr *nla;
	int rem, err;

	nla_for_each_attr(nla, attr, len, rem) {
		struct ipsecvif_selector *selector;

		if (nla_type(nla) != IPSECVIF_A_SELECTOR)
			continue;
		selector = list_grow(list);
		if (!selector)
			return -ENOMEM;
		err = parse_selector(nla, selector);
		if (err)
			return err;
	}
	return 0;
}

int ipsecvif_selector_dump(struct ipsecvif_client *client, unsigned int ifindex,
			   ipsecvif_selector_fn *fn, void *arg)
{
	struct list list = { .size = sizeof(struct ipsecvif_selector) };
	const struct ipsecvif_selector *selectors;
	size_t i;
	int err;

	err = dump_run(client, IPSECVIF_CMD_SELECTOR_GET, ifindex, selector_reply, &list, NULL);
	selectors = list.items;
	for (i = 0; !err && i < list.n; i++)
		err = fn(&selectors[i], arg);
	list_free(&list, NULL);
	return err;
}

int ipsecvif_selector_flush(struct ipsecvif_client *client, unsigned int ifindex)
{
	struct nl_msg *msg = request_new(client, IPSECVIF_CMD_SELECTOR_FLUSH, 0, ifindex, 0);

	return msg ? request_run(client, msg, NULL, NULL) : -ENOMEM;
}

static const char *proto_text(uint8_t proto, char *text, size_t size)
{
	switch (proto) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_ICMPV6:
		return "ipv6-icmp";
	case IPPROTO_SCTP:
		return "sctp";
	case IPPROTO_DCCP:
		return "dccp";
	case IPPROTO_GRE:
		return "gre";
	default:
		snprintf(text, size, "%u", proto);
		return text;
	}
}

static int span_append(char *text, size_t size, const char *word, unsigned int min,
		       unsigned int max)
{
	if (min == max)
		return snprintf(text, size, " %s %u", word, min);
	return snprintf(text, size, " %s %u-%u", word, min, max);
}

static int ports_append(char *text, size_t size, const char *side,
			const struct ipsecvif_ports *ports)
{
	return ports_any(ports) ? 0 : span_append(text, size, side, ports->min, ports->max);
}

const char *ipsecvif_selector_side_format(const struct ipsecvif_addr *addr,
					  const struct ipsecvif_addr *max, uint8_t prefix,
					  char text[IPSECVIF_SIDE_STRLEN])
{
	char first[IPSECVIF_ADDR_STRLEN], last[IPSECVIF_ADDR_STRLEN];

	ipsecvif_addr_format(addr, first);
	if (max->family)
		snprintf(text, IPSECVIF_SIDE_STRLEN, "%s-%s", first,
			 ipsecvif_addr_format(max, last));
	else
		snprintf(text, IPSECVIF_SIDE_STRLEN, "%s/%u", first, prefix);
	return text;
}

const char *ipsecvif_selector_format(const struct ipsecvif_selector *selector,
				     char text[IPSECVIF_SELECTOR_STRLEN])
{
	char src[IPSECVIF_SIDE_STRLEN], dst[IPSECVIF_SIDE_STRLEN], proto[8];
	const struct ipsecvif_icmp *icmp = &selector->icmp;
	const size_t size = IPSECVIF_SELECTOR_STRLEN;
	size_t n;

	ipsecvif_selector_side_format(&selector->src, &selector->src_max, selector->src_prefix,
				      src);
	ipsecvif_selector_side_format(&selector->dst, &selector->dst_max, selector->dst_prefix,
				      dst);
	n = (size_t)snprintf(text, size, "src %s dst %s", src, dst);
	if (selector->proto)
		n += (size_t)snprintf(text + n, size - n, " proto %s",
				      proto_text(selector->proto, proto, sizeof(proto)));
	n += (size_t)ports_append(text + n, size - n, "sport", &selector->sport);
	n += (size_t)ports_append(text + n, size - n, "dport", &selector->dport);
	if (icmp->typed)
		n += (size_t)span_append(text + n, size - n, "type", icmp->type_min,
					 icmp->type_max);
	if (icmp->coded)
		span_append(text + n, size - n, "code", icmp->code_min, icmp->code_max);
	return text;
}
