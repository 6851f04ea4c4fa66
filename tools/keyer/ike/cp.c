// SPDX-License-Identifier: MIT
/*
 * The Configuration payload, RFC 7296 3.15: addresses, servers for names and networks
 * that a gateway hands to a client.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "tools/keyer/ike/v2.h"

enum {
	CFG_REQUEST = 1,
	CFG_REPLY = 2,
	INTERNAL_IP4_ADDRESS = 1,
	INTERNAL_IP4_DNS = 3,
	INTERNAL_IP4_NBNS = 4,
	INTERNAL_IP6_ADDRESS = 8,
	INTERNAL_IP6_DNS = 10,
	INTERNAL_IP4_SUBNET = 13,
	INTERNAL_IP6_SUBNET = 15,
	TYPE_MASK = 0x7fff, /* the highest bit is reserved */
};

static size_t addr_len(uint16_t family)
{
	return family == AF_INET ? 4 : 16;
}

/* --- reading --- */

static void address_read(struct cp *cp, unsigned int i, uint16_t family, struct bytes value)
{
	size_t len = addr_len(family);

	cp->has[i] = true;
	/* empty: any; for IPv6 a prefix length follows */
	if (value.len < len || cp->addr[i].family)
		return;
	cp->addr[i].family = family;
	memcpy(cp->addr[i].bytes, value.p, len);
}

static void server_read(struct ike_addr *list, uint8_t *n, unsigned int max, uint16_t family,
			struct bytes value)
{
	if (value.len != addr_len(family) || *n == max)
		return;
	list[*n].family = family;
	memcpy(list[(*n)++].bytes, value.p, value.len);
}

const char *cp_parse(struct bytes body, struct cp *cp)
{
	struct reader r = reader_of(body);

	memset(cp, 0, sizeof(*cp));
	cp->type = read_u8(&r);
	read_bytes(&r, 3); /* reserved */
	while (!r.failed && reader_left(&r)) {
		uint16_t type = read_u16(&r) & TYPE_MASK;
		uint16_t len = read_u16(&r);
		struct bytes value = read_bytes(&r, len);

		if (r.failed)
			break;
		switch (type) {
		case INTERNAL_IP4_ADDRESS:
			address_read(cp, 0, AF_INET, value);
			break;
		case INTERNAL_IP6_ADDRESS:
			address_read(cp, 1, AF_INET6, value);
			break;
		case INTERNAL_IP4_DNS:
			server_read(cp->dns, &cp->n_dns, IKE_DNS_MAX, AF_INET, value);
			break;
		case INTERNAL_IP6_DNS:
			server_read(cp->dns, &cp->n_dns, IKE_DNS_MAX, AF_INET6, value);
			break;
		case INTERNAL_IP4_NBNS:
			server_read(cp->nbns, &cp->n_nbns, IKE_NBNS_MAX, AF_INET, value);
			break;
		}
	}
	return r.failed ? "Configuration payload is cut short" : NULL;
}

/* --- writing --- */

static struct writer *begin(struct sa *sa, uint8_t type)
{
	struct writer *w = out_payload(sa->ike, PL_CP);

	write_u8(w, type);
	write_zeros(w, 3);
	return w;
}

static void attribute(struct writer *w, uint16_t type, const void *value, size_t len)
{
	write_u16(w, type);
	write_u16(w, (uint16_t)len);
	write_bytes(w, value, len);
}

static void address_write(struct writer *w, const struct ike_addr *a)
{
	uint8_t value[17];

	if (a->family == AF_INET) {
		attribute(w, INTERNAL_IP4_ADDRESS, a->bytes, 4);
		return;
	}
	memcpy(value, a->bytes, 16);
	value[16] = 128;
	attribute(w, INTERNAL_IP6_ADDRESS, value, sizeof(value));
}

void cp_write_request(struct sa *sa)
{
	const struct ike_conn_conf *conf = sa->conn->conf;
	const struct sa *old = sa->reauth_of ? sa_find_serial(sa->ike, sa->reauth_of) : NULL;
	struct writer *w;

	if (!conf->request)
		return;
	w = begin(sa, CFG_REQUEST);
	for (unsigned int i = 0; i < 2; i++) {
		if (!(conf->request & 1U << i))
			continue;
		/* a reauthentication is no reason for another address */
		if (old && old->vip_local[i].family)
			address_write(w, &old->vip_local[i]);
		else if (conf->request_addr[i].family)
			address_write(w, &conf->request_addr[i]);
		else
			attribute(w, i ? INTERNAL_IP6_ADDRESS : INTERNAL_IP4_ADDRESS, NULL, 0);
		attribute(w, i ? INTERNAL_IP6_DNS : INTERNAL_IP4_DNS, NULL, 0);
		if (!i)
			attribute(w, INTERNAL_IP4_NBNS, NULL, 0);
		attribute(w, i ? INTERNAL_IP6_SUBNET : INTERNAL_IP4_SUBNET, NULL, 0);
	}
}

/* A network for the client to route to us, if it is one: a range is none. */
static void subnet_write(struct writer *w, const struct ike_ts *ts)
{
	size_t len = addr_len(ts->family);
	unsigned int bits = 0;
	uint8_t value[17] = { 0 };

	while (bits < 8 * len && !((ts->min[bits / 8] ^ ts->max[bits / 8]) & 0x80 >> bits % 8))
		bits++;
	for (unsigned int i = bits; i < 8 * len; i++) {
		if ((ts->min[i / 8] & 0x80 >> i % 8) || !(ts->max[i / 8] & 0x80 >> i % 8))
			return;
	}
	memcpy(value, ts->min, len);
	if (ts->family == AF_INET6) {
		value[16] = (uint8_t)bits;
		attribute(w, INTERNAL_IP6_SUBNET, value, 17);
		return;
	}
	for (unsigned int i = 0; i < bits; i++)
		value[4 + i / 8] |= (uint8_t)(0x80 >> i % 8);
	attribute(w, INTERNAL_IP4_SUBNET, value, 8);
}

void cp_write_reply(struct sa *sa)
{
	const struct ike_conn_conf *conf = sa->conn->conf;
	struct writer *w;

	if (!sa->vip_remote[0].family && !sa->vip_remote[1].family)
		return;
	w = begin(sa, CFG_REPLY);
	for (unsigned int i = 0; i < 2; i++) {
		if (sa->vip_remote[i].family)
			address_write(w, &sa->vip_remote[i]);
	}
	for (unsigned int i = 0; i < conf->n_dns; i++) {
		bool v4 = conf->dns[i].family == AF_INET;

		if (sa->vip_remote[!v4].family)
			attribute(w, v4 ? INTERNAL_IP4_DNS : INTERNAL_IP6_DNS, conf->dns[i].bytes,
				  addr_len(conf->dns[i].family));
	}
	for (unsigned int i = 0; i < conf->n_nbns && sa->vip_remote[0].family; i++)
		attribute(w, INTERNAL_IP4_NBNS, conf->nbns[i].bytes, addr_len(AF_INET));
	for (unsigned int c = 0; c < conf->n_children; c++) {
		for (unsigned int i = 0; i < conf->children[c].n_local; i++) {
			if (sa->vip_remote[conf->children[c].local[i].family == AF_INET6].family)
				subnet_write(w, &conf->children[c].local[i]);
		}
	}
}

/* --- the client's part --- */

bool cp_read_reply(struct sa *sa, const struct msg *m)
{
	const struct ike_conn_conf *conf = sa->conn->conf;
	struct cp cp;

	if (!conf->request || !msg_has(m, PL_CP))
		return false;
	if (cp_parse(m->cp, &cp) || cp.type != CFG_REPLY)
		return false;
	for (unsigned int i = 0; i < 2; i++) {
		if (conf->request & 1U << i)
			sa->vip_local[i] = cp.addr[i];
	}
	if (!sa->given)
		sa->given = mem_new(sizeof(*sa->given));
	sa->given->n_dns = cp.n_dns;
	sa->given->n_nbns = cp.n_nbns;
	memcpy(sa->given->dns, cp.dns, sizeof(cp.dns));
	memcpy(sa->given->nbns, cp.nbns, sizeof(cp.nbns));
	return sa->vip_local[0].family || sa->vip_local[1].family;
}

void cp_tell(struct sa *sa)
{
	struct ike_fx_config *fx;
	char addr[2][64] = { "", "" };

	if (!sa->vip_local[0].family && !sa->vip_local[1].family)
		return;
	fx = &effect_add(sa->ike, IKE_FX_CONFIG)->u.config;
	*fx = *sa->given;
	fx->conn = sa->conn_id;
	memcpy(fx->addr, sa->vip_local, sizeof(fx->addr));
	free(sa->given);
	sa->given = NULL;
	for (unsigned int i = 0; i < 2; i++) {
		if (sa->vip_local[i].family)
			ike_addr_print(&sa->vip_local[i], addr[i], sizeof(addr[i]));
	}
	step(sa, "the peer gave us %s%s%s", addr[0], addr[0][0] && addr[1][0] ? " and " : "",
	     addr[1]);
}

/* --- the gateway's part --- */

void cp_read_request(struct sa *sa, const struct msg *m)
{
	struct cp cp;

	sa->cp_asked = 0;
	if (!msg_has(m, PL_CP) || cp_parse(m->cp, &cp) || cp.type != CFG_REQUEST)
		return;
	for (unsigned int i = 0; i < 2; i++) {
		sa->cp_asked |= (uint8_t)(cp.has[i] << i);
		sa->vip_wish[i] = cp.addr[i];
	}
}

/*
 * Addresses for an authenticated client. Who gets none is refused its child, or
 * it could take all that its selectors say.
 */
bool cp_assign(struct sa *sa, struct nego *n)
{
	const struct ike_conn_conf *conf = sa->conn->conf;
	char addr[64];
	bool any = false;

	if (!conf->n_pool)
		return true;
	for (unsigned int i = 0; i < 2; i++) {
		if (!(sa->cp_asked & 1U << i) || !pool_take(sa, i))
			continue;
		any = true;
		step(sa, "the peer gets %s",
		     ike_addr_print(&sa->vip_remote[i], addr, sizeof(addr)));
	}
	if (any || !n)
		return true;
	n->error = sa->cp_asked ? N_INTERNAL_ADDRESS_FAILURE : N_FAILED_CP_REQUIRED;
	n->why = IKE_WHY_CONFIG;
	snprintf(n->text, sizeof(n->text), "%s",
		 sa->cp_asked ? "no address of `pool` is left for the peer" :
				"the peer asks for no address, and this tunnel gives it one");
	snprintf(n->hint, sizeof(n->hint), "%s",
		 sa->cp_asked ? "make `pool` larger, of the family that the peer wants" :
				"set the peer to request a virtual address (charon: vips = "
				"0.0.0.0), or remove `pool`");
	return false;
}

/* --- selectors of who has such an address --- */

static void side(const struct ike_ts *conf, unsigned int n, const struct ike_addr *outer,
		 const struct ike_addr *vip, struct ts_list *out)
{
	struct ts_list mine = { 0 }, both;

	ts_list_of_conf(conf, n, outer, out);
	for (unsigned int i = 0; i < 2; i++) {
		if (vip[i].family)
			mine.ts[mine.n++] = ts_of_addr(&vip[i]);
	}
	if (!mine.n)
		return;
	if (!n)
		*out = mine;
	else if (ts_narrow(out, &mine, &both))
		*out = both;
}

void sa_ts_remote(const struct sa *sa, const struct ike_child_conf *c, struct ts_list *out)
{
	side(c->remote, c->n_remote, &sa->remote, sa->vip_remote, out);
}

/* Before the address is known, anything may become ours. */
void sa_ts_local(const struct sa *sa, const struct ike_child_conf *c, struct ts_list *out)
{
	bool known = sa->vip_local[0].family || sa->vip_local[1].family;

	if (c->n_local || known || !sa->conn->conf->request) {
		side(c->local, c->n_local, &sa->local, sa->vip_local, out);
		return;
	}
	memset(out, 0, sizeof(*out));
	for (unsigned int i = 0; i < 2; i++) {
		struct ike_ts *ts = &out->ts[out->n];

		if (!(sa->conn->conf->request & 1U << i))
			continue;
		ts->family = i ? AF_INET6 : AF_INET;
		ts->port_max = 65535;
		memset(ts->max, 0xff, addr_len(ts->family));
		out->n++;
	}
}
