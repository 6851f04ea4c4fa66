// SPDX-License-Identifier: MIT
/* Setting keys: hosts, addresses, pools, and what of them is asked for. */
#include "tools/keyer/conf/set.h"

#include <ctype.h>
#include <net/if.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "tools/keyer/crypto/pki.h"

int conf_set_addresses(struct conf_assign *a)
{
	struct conf_tunnel *t = a->tunnel;
	struct conf_prefix *addresses;
	size_t i;

	if (a->n > CONF_ADDRESSES_MAX) {
		snprintf(a->error, sizeof(a->error), "more than %d addresses", CONF_ADDRESSES_MAX);
		return -1;
	}
	t->addresses = addresses = conf_alloc(a->conf, a->n * sizeof(*addresses));
	for (i = 0; i < a->n; i++) {
		a->bad = i;
		if (value_prefix(a->values[i].text, &addresses[i], a->error, sizeof(a->error)))
			return -1;
	}
	t->n_addresses = (uint32_t)a->n;
	return 0;
}

int conf_set_ocsp(struct conf_assign *a)
{
	const char *text = a->values->text;
	size_t i;

	for (i = 0; text[i] > ' ' && text[i] < 0x7f && text[i] != '"'; i++)
		;
	if (strcmp(text, "auto") != 0 && strcmp(text, "never") != 0 &&
	    (strncasecmp(text, "http://", 7) != 0 || text[i] || i < 8 || i >= PKI_URL_MAX)) {
		snprintf(a->error, sizeof(a->error),
			 "'%.100s' is neither auto, never, nor the http:// URL of a responder",
			 text);
		return -1;
	}
	return conf_set_text(a);
}

static bool host_name_ok(const char *text)
{
	size_t len = strlen(text);

	if (!len || len >= CONF_HOST_MAX || text[0] == '-' || text[0] == '.' ||
	    text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "0123456789.-_")])
		return false;
	/* All digits and dots: a mistyped address. */
	return text[strspn(text, "0123456789.")] != '\0';
}

/* What begins with a digit is a mistyped address. */
static bool interface_name_ok(const char *text)
{
	return isalpha((unsigned char)*text) && strlen(text) < IF_NAMESIZE &&
	       !strpbrk(text, "/: \t");
}

static int host_parse(struct conf_assign *a, const char *text, bool names, struct conf_host *host)
{
	memset(host, 0, sizeof(*host));
	if (!strcmp(text, "any") || !strcmp(text, "%any")) {
		host->kind = CONF_HOST_ANY;
		return 0;
	}
	host->kind = CONF_HOST_RANGE;
	if (!value_range(text, &host->range, a->error, sizeof(a->error)))
		return 0;
	if (names && host_name_ok(text)) {
		host->kind = CONF_HOST_NAME;
		host->name = text;
		return 0;
	}
	if (!names && interface_name_ok(text)) {
		host->kind = CONF_HOST_INTERFACE;
		host->name = text;
		return 0;
	}
	snprintf(a->error, sizeof(a->error), "'%s' is no address, network, range, %s, or any", text,
		 names ? "host name" : "interface");
	return -1;
}

static int set_hosts(struct conf_assign *a, bool names, const struct conf_host **list, uint32_t *n)
{
	struct conf_host *hosts;
	size_t i;

	if (a->n > IKE_ADDRS_MAX) {
		snprintf(a->error, sizeof(a->error), "more than %d addresses", IKE_ADDRS_MAX);
		return -1;
	}
	*list = hosts = conf_alloc(a->conf, a->n * sizeof(*hosts));
	for (i = 0; i < a->n; i++) {
		a->bad = i;
		if (host_parse(a, a->values[i].text, names, &hosts[i]))
			return -1;
		if (hosts[i].kind == CONF_HOST_ANY && a->n > 1) {
			snprintf(a->error, sizeof(a->error),
				 "'any' stands alone: it includes the others");
			return -1;
		}
	}
	*n = (uint32_t)a->n;
	return 0;
}

int conf_set_local(struct conf_assign *a)
{
	return set_hosts(a, false, &a->tunnel->local, &a->tunnel->n_local);
}

int conf_set_remote(struct conf_assign *a)
{
	return set_hosts(a, true, &a->tunnel->remote, &a->tunnel->n_remote);
}

int conf_set_pool(struct conf_assign *a)
{
	struct ike_conn_conf *ike = a->tunnel->ike;
	struct ike_addr_range *pool;
	size_t i;

	if (a->n > IKE_POOL_MAX) {
		snprintf(a->error, sizeof(a->error), "more than %d ranges in a pool", IKE_POOL_MAX);
		return -1;
	}
	ike->pool = pool = conf_alloc(a->conf, a->n * sizeof(*pool));
	for (i = 0; i < a->n; i++) {
		a->bad = i;
		if (value_range(a->values[i].text, &pool[i], a->error, sizeof(a->error)))
			return -1;
	}
	ike->n_pool = (uint8_t)a->n;
	return 0;
}

/* A single address of a list. */
static int address_parse(struct conf_assign *a, const char *text, struct ike_addr *addr)
{
	struct conf_prefix prefix;

	if (!strchr(text, '/') && !value_prefix(text, &prefix, a->error, sizeof(a->error))) {
		*addr = prefix.addr;
		return 0;
	}
	snprintf(a->error, sizeof(a->error), "'%s' is no IPv4 or IPv6 address", text);
	return -1;
}

static int set_servers(struct conf_assign *a, size_t max, const struct ike_addr **list, uint8_t *n)
{
	struct ike_addr *servers;
	size_t i;

	if (a->n > max) {
		snprintf(a->error, sizeof(a->error), "more than %zu name servers", max);
		return -1;
	}
	*list = servers = conf_alloc(a->conf, a->n * sizeof(*servers));
	for (i = 0; i < a->n; i++) {
		a->bad = i;
		if (address_parse(a, a->values[i].text, &servers[i]))
			return -1;
	}
	*n = (uint8_t)a->n;
	return 0;
}

int conf_set_dns(struct conf_assign *a)
{
	struct ike_conn_conf *ike = a->tunnel->ike;

	return set_servers(a, IKE_DNS_MAX, &ike->dns, &ike->n_dns);
}

int conf_set_nbns(struct conf_assign *a)
{
	struct ike_conn_conf *ike = a->tunnel->ike;
	size_t i;

	if (set_servers(a, IKE_NBNS_MAX, &ike->nbns, &ike->n_nbns))
		return -1;
	for (i = 0; i < ike->n_nbns; i++) {
		if (ike->nbns[i].family == AF_INET)
			continue;
		a->bad = i;
		snprintf(a->error, sizeof(a->error),
			 "'%s': name servers of NetBIOS have IPv4 addresses", a->values[i].text);
		return -1;
	}
	return 0;
}

/* "ip4", "ip6", or the address that is wished for; "none". */
int conf_set_request(struct conf_assign *a)
{
	struct ike_conn_conf *ike = a->tunnel->ike;
	struct ike_addr addr;
	size_t i;

	ike->request = 0;
	if (a->n == 1 && !strcmp(a->values->text, "none"))
		return 0;
	for (i = 0; i < a->n; i++) {
		const char *text = a->values[i].text;

		a->bad = i;
		memset(&addr, 0, sizeof(addr));
		if (!strcmp(text, "ip4") || !strcmp(text, "ip6")) {
			ike->request |= text[2] == '4' ? 1 : 2;
		} else if (!address_parse(a, text, &addr)) {
			ike->request |= addr.family == AF_INET ? 1 : 2;
			ike->request_addr[addr.family == AF_INET6] = addr;
		} else {
			snprintf(a->error, sizeof(a->error),
				 "'%s' is none of none, ip4, ip6, or an address", text);
			return -1;
		}
	}
	return 0;
}
