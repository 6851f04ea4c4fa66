// SPDX-License-Identifier: MIT
/*
 * Security associations: requests about them. sa_attr.c puts them into
 * attributes and back.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tools/lib/internal.h"

void ipsecvif_sa_init(struct ipsecvif_sa *sa, enum ipsecvif_dir dir)
{
	memset(sa, 0, sizeof(*sa));
	sa->dir = dir;
	sa->proto = IPPROTO_ESP;
	sa->mode = IPSECVIF_MODE_TUNNEL;
	sa->replay_window = IPSECVIF_REPLAY_WINDOW_DEFAULT;
}

void ipsecvif_sa_fini(struct ipsecvif_sa *sa)
{
	free(sa->selectors);
	memset(sa, 0, sizeof(*sa));
}

static void sa_item_fini(void *item)
{
	ipsecvif_sa_fini(item);
}

static int sa_reply(struct nlattr *attr, int len, void *arg)
{
	struct list *list = arg;
	struct nlattr *nla;
	int rem, err;

	nla_for_each_attr(nla, attr, len, rem) {
		struct ipsecvif_sa *sa;

		if (nla_type(nla) != IPSECVIF_A_SA)
			continue;
		sa = list_grow(list);
		if (!sa)
			return -ENOMEM;
		err = parse_sa(nla, sa);
		if (err)
			return err;
	}
	return 0;
}

static int spi_reply(struct nlattr *attr, int len, void *arg)
{
	struct nlattr *nla = nla_find(attr, len, IPSECVIF_A_SPI);

	if (!nla || nla_len(nla) < (int)sizeof(uint32_t))
		return -EBADMSG;
	*(uint32_t *)arg = ntohl(nla_get_u32(nla));
	return 0;
}

int ipsecvif_spi_alloc(struct ipsecvif_client *client, unsigned int ifindex, uint8_t proto,
		       uint32_t *spi)
{
	struct nl_msg *msg = request_new(client, IPSECVIF_CMD_SPI_ALLOC, 0, ifindex, 0);

	if (!msg)
		return -ENOMEM;
	if (nla_put_u8(msg, IPSECVIF_A_PROTO, proto))
		return request_too_big(client, msg);
	return request_run(client, msg, spi_reply, spi);
}

/* Write the SPIs that the kernel chose back, by direction. */
static int spis_take(struct ipsecvif_client *client, const struct list *reply,
		     struct ipsecvif_sa *sas, size_t n_sas)
{
	const struct ipsecvif_sa *got = reply->items;
	size_t i, j;

	for (i = 0; i < n_sas; i++) {
		for (j = 0; j < reply->n; j++)
			if (got[j].dir == sas[i].dir && got[j].spi)
				sas[i].spi = got[j].spi;
		if (!sas[i].spi)
			return client_fail(client, -EBADMSG,
					   "the kernel told no SPI of the new SA");
	}
	return 0;
}

static int put_sas(struct nl_msg *msg, const struct ipsecvif_sa *sas, size_t n_sas,
		   const struct ipsecvif_selector *selectors, size_t n_selectors)
{
	int err = 0;
	size_t i;

	for (i = 0; i < n_sas; i++)
		err |= put_sa(msg, &sas[i]);
	for (i = 0; i < n_selectors; i++)
		err |= put_selector(msg, IPSECVIF_A_SELECTOR, &selectors[i]);
	return err;
}

int ipsecvif_sa_add(struct ipsecvif_client *client, unsigned int ifindex, struct ipsecvif_sa *sas,
		    size_t n_sas, const struct ipsecvif_selector *selectors, size_t n_selectors)
{
	struct list reply = { .size = sizeof(struct ipsecvif_sa) };
	struct nl_msg *msg;
	int err;

	if (n_sas < 1 || n_sas > 2)
		return client_fail(client, -EINVAL, "%zu SAs in one request: 1 or 2 are possible",
				   n_sas);
	if (n_selectors > IPSECVIF_SELECTORS_PER_REQUEST)
		return client_fail(client, -E2BIG,
				   "%zu selectors in one request: %d at most are possible",
				   n_selectors, IPSECVIF_SELECTORS_PER_REQUEST);
	msg = request_new(client, IPSECVIF_CMD_SA_ADD, 0, ifindex, n_selectors * SELECTOR_ROOM);
	if (!msg)
		return -ENOMEM;
	if (put_sas(msg, sas, n_sas, selectors, n_selectors))
		return request_too_big(client, msg);
	err = request_run(client, msg, sa_reply, &reply);
	if (!err)
		err = spis_take(client, &reply, sas, n_sas);
	list_free(&reply, sa_item_fini);
	return err;
}

static int put_sa_id(struct nl_msg *msg, const struct ipsecvif_sa_id *id)
{
	struct nlattr *nest = nla_nest_start(msg, IPSECVIF_A_SA);
	int err;

	if (!nest)
		return -EMSGSIZE;
	err = nla_put_u8(msg, IPSECVIF_SA_A_DIR, (uint8_t)id->dir);
	err |= nla_put_u32(msg, IPSECVIF_SA_A_SPI, htonl(id->spi));
	err |= put_addr(msg, IPSECVIF_SA_A_DST, &id->dst);
	if (id->proto)
		err |= nla_put_u8(msg, IPSECVIF_SA_A_PROTO, id->proto);
	nla_nest_end(msg, nest);
	return err;
}

int ipsecvif_sa_get(struct ipsecvif_client *client, unsigned int ifindex,
		    const struct ipsecvif_sa_id *id, struct ipsecvif_sa *sa)
{
	struct list list = { .size = sizeof(*sa) };
	struct nl_msg *msg = request_new(client, IPSECVIF_CMD_SA_GET, 0, ifindex, 0);
	struct ipsecvif_sa *found;
	int err;

	if (!msg)
		return -ENOMEM;
	if (put_sa_id(msg, id))
		return request_too_big(client, msg);
	err = request_run(client, msg, sa_reply, &list);
	if (!err && !list.n)
		err = client_fail(client, -EBADMSG, "the kernel answered without an SA");
	if (!err) {
		found = list.items;
		*sa = *found;
		/* Its selectors are the caller's now. */
		memset(found, 0, sizeof(*found));
	}
	list_free(&list, sa_item_fini);
	return err;
}

int ipsecvif_sa_dump(struct ipsecvif_client *client, unsigned int ifindex, ipsecvif_sa_fn *fn,
		     void *arg)
{
	struct list list = { .size = sizeof(struct ipsecvif_sa) };
	const struct ipsecvif_sa *sas;
	size_t i;
	int err;

	err = dump_run(client, IPSECVIF_CMD_SA_GET, ifindex, sa_reply, &list, sa_item_fini);
	sas = list.items;
	for (i = 0; !err && i < list.n; i++)
		err = fn(&sas[i], arg);
	list_free(&list, sa_item_fini);
	return err;
}

static int put_limits(struct nl_msg *msg, const struct ipsecvif_sa_limits *limits, uint64_t what)
{
	const struct {
		int type;
		uint64_t value;
	} all[] = {
		{ IPSECVIF_SA_A_TIME_SOFT, limits->time_soft },
		{ IPSECVIF_SA_A_TIME_HARD, limits->time_hard },
		{ IPSECVIF_SA_A_BYTE_SOFT, limits->byte_soft },
		{ IPSECVIF_SA_A_BYTE_HARD, limits->byte_hard },
		{ IPSECVIF_SA_A_PACKET_SOFT, limits->packet_soft },
		{ IPSECVIF_SA_A_PACKET_HARD, limits->packet_hard },
		{ IPSECVIF_SA_A_IDLE_SOFT, limits->idle_soft },
		{ IPSECVIF_SA_A_IDLE_HARD, limits->idle_hard },
	};
	int err = 0;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		if (what & IPSECVIF_BIT(all[i].type))
			err |= nla_put_u64(msg, all[i].type, all[i].value);
	return err;
}

static int put_sa_update(struct nl_msg *msg, const struct ipsecvif_sa_id *id,
			 const struct ipsecvif_sa *sa, uint64_t what)
{
	struct nlattr *nest = nla_nest_start(msg, IPSECVIF_A_SA);
	int err;

	if (!nest)
		return -EMSGSIZE;
	err = nla_put_u8(msg, IPSECVIF_SA_A_DIR, (uint8_t)id->dir);
	err |= nla_put_u32(msg, IPSECVIF_SA_A_SPI, htonl(id->spi));
	if (id->proto)
		err |= nla_put_u8(msg, IPSECVIF_SA_A_PROTO, id->proto);
	if (what & IPSECVIF_BIT(IPSECVIF_SA_A_SRC))
		err |= put_addr(msg, IPSECVIF_SA_A_SRC, &sa->src);
	if (what & IPSECVIF_BIT(IPSECVIF_SA_A_DST))
		err |= put_addr(msg, IPSECVIF_SA_A_DST, &sa->dst);
	else
		err |= put_addr(msg, IPSECVIF_SA_A_DST, &id->dst);
	if (what & IPSECVIF_BIT(IPSECVIF_SA_A_ENCAP_SPORT))
		err |= nla_put_u16(msg, IPSECVIF_SA_A_ENCAP_SPORT, htons(sa->encap_sport));
	if (what & IPSECVIF_BIT(IPSECVIF_SA_A_ENCAP_DPORT))
		err |= nla_put_u16(msg, IPSECVIF_SA_A_ENCAP_DPORT, htons(sa->encap_dport));
	err |= put_limits(msg, &sa->limits, what);
	nla_nest_end(msg, nest);
	return err;
}

int ipsecvif_sa_update(struct ipsecvif_client *client, unsigned int ifindex,
		       const struct ipsecvif_sa_id *id, const struct ipsecvif_sa *sa, uint64_t what)
{
	struct nl_msg *msg = request_new(client, IPSECVIF_CMD_SA_UPDATE, 0, ifindex, 0);

	if (!msg)
		return -ENOMEM;
	if (put_sa_update(msg, id, sa, what))
		return request_too_big(client, msg);
	return request_run(client, msg, NULL, NULL);
}

int ipsecvif_sa_del(struct ipsecvif_client *client, unsigned int ifindex,
		    const struct ipsecvif_sa_id *ids, size_t n)
{
	struct nl_msg *msg;
	size_t i;

	if (n < 1 || n > 2)
		return client_fail(client, -EINVAL, "%zu SAs in one request: 1 or 2 are possible",
				   n);
	msg = request_new(client, IPSECVIF_CMD_SA_DEL, 0, ifindex, 0);
	if (!msg)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		if (put_sa_id(msg, &ids[i]))
			return request_too_big(client, msg);
	return request_run(client, msg, NULL, NULL);
}

int ipsecvif_sa_flush(struct ipsecvif_client *client, unsigned int ifindex, unsigned int dirs)
{
	struct nl_msg *msg = request_new(client, IPSECVIF_CMD_SA_FLUSH, 0, ifindex, 0);
	struct nlattr *nest;

	if (!msg)
		return -ENOMEM;
	if (dirs != IPSECVIF_FLUSH_BOTH) {
		uint8_t dir = dirs == IPSECVIF_FLUSH_IN ? IPSECVIF_DIR_IN : IPSECVIF_DIR_OUT;

		nest = nla_nest_start(msg, IPSECVIF_A_SA);
		if (!nest || nla_put_u8(msg, IPSECVIF_SA_A_DIR, dir))
			return request_too_big(client, msg);
		nla_nest_end(msg, nest);
	}
	return request_run(client, msg, NULL, NULL);
}
