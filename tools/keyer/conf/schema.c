// SPDX-License-Identifier: MIT
/* The keys of the configuration: type, default, and what a change takes. */
#include "tools/keyer/conf/internal.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include <linux/ipsecvif.h>

#include "tools/keyer/crypto/pki.h"

static const char *const df_words[] = { "copy", "set", "clear", NULL };
static const char *const dscp_words[] = { "clear", "copy", NULL };
static const char *const action_words[] = { "none", "clear", "on-demand", "restart", NULL };
static const char *const natt_words[] = { "auto", "always", "never", NULL };
static const char *const unique_words[] = { "replace", "never", "keep", NULL };
static const char *const childless_words[] = { "allow", "prefer", "force", "never", NULL };
static const char *const send_cert_words[] = { "always", "ifasked", "never", NULL };
static const char *const mode_words[] = { "transport", "tunnel", NULL };
static const char *const routes_words[] = { "auto", "none", "all", NULL };
static const char *const auth_words[] = { "psk",     "pubkey",	"eap", "eap-mschapv2",
					  "eap-md5", "eap-tls", NULL };
static const char *const rsa_words[] = { "pss", "pkcs1", NULL };
static const char *const strict_words[] = { "no", "ifuri", "yes", NULL };
static const char *const start_words[] = { "start", "on-demand", "respond", NULL };

/* Where a key of a simple type is kept. */
static void *target(struct conf_assign *a)
{
	char *base;

	if (a->child)
		base = a->key->base == CONF_BASE_IKE ? (char *)&a->child->ike : (char *)a->child;
	else
		base = a->key->base == CONF_BASE_IKE ? (char *)a->tunnel->ike : (char *)a->tunnel;
	return base + a->key->offset;
}

/* Which word of a list it is, or -1 with a sentence. */
static int word_index(struct conf_assign *a, const char *text, const char *const *words)
{
	const char *near;
	size_t at;
	int i;

	for (i = 0; words[i]; i++)
		if (!strcmp(text, words[i]))
			return i;
	near = value_nearest(text, words);
	at = (size_t)snprintf(a->error, sizeof(a->error), "'%s' is none of ", text);
	for (i = 0; words[i] && at < sizeof(a->error); i++)
		at += (size_t)snprintf(a->error + at, sizeof(a->error) - at, "%s%s", i ? ", " : "",
				       words[i]);
	if (near && at < sizeof(a->error))
		snprintf(a->error + at, sizeof(a->error) - at, "; did you mean '%s'?", near);
	return -1;
}

static int set_word(struct conf_assign *a)
{
	int index = word_index(a, a->values->text, a->key->words);

	if (index < 0)
		return -1;
	*(uint32_t *)target(a) = (uint32_t)index;
	return 0;
}

/* The same for an enum of the protocol core, kept in a byte. */
static int set_word8(struct conf_assign *a)
{
	int index = word_index(a, a->values->text, a->key->words);

	if (index < 0)
		return -1;
	*(uint8_t *)target(a) = (uint8_t)index;
	return 0;
}

static int set_number(struct conf_assign *a)
{
	uint64_t number;

	if (value_number(a->values->text, a->key->min, a->key->max, &number, a->error,
			 sizeof(a->error)))
		return -1;
	*(uint32_t *)target(a) = (uint32_t)number;
	return 0;
}

static int set_bool(struct conf_assign *a)
{
	return value_bool(a->values->text, target(a), a->error, sizeof(a->error));
}

static int set_duration(struct conf_assign *a)
{
	return value_duration(a->values->text, target(a), a->error, sizeof(a->error));
}

static int set_size(struct conf_assign *a)
{
	return value_size(a->values->text, target(a), a->error, sizeof(a->error));
}

static int set_percent(struct conf_assign *a)
{
	return value_percent(a->values->text, target(a), a->error, sizeof(a->error));
}

static int set_text(struct conf_assign *a)
{
	*(const char **)target(a) = a->values->text;
	return 0;
}

/* A factor from 1 to 10 with up to two decimals, kept in hundredths. */
static int set_factor(struct conf_assign *a)
{
	const char *text = a->values->text, *p;
	uint32_t hundredths = 0, unit = 0;

	for (p = text; *p; p++) {
		if (*p == '.' && p > text && !unit)
			unit = 100;
		else if (*p < '0' || *p > '9' || hundredths > 1000 || unit == 1)
			break;
		else if (unit)
			hundredths += (uint32_t)(*p - '0') * (unit /= 10);
		else
			hundredths = hundredths * 10 + (uint32_t)(*p - '0') * 100;
	}
	if (!*text || *p || hundredths < 100 || hundredths > 1000) {
		snprintf(a->error, sizeof(a->error),
			 "'%s' is no factor from 1 to 10 with at most two decimals", text);
		return -1;
	}
	*(uint32_t *)target(a) = hundredths;
	return 0;
}

/* "10%" of the lifetime, which may be written later; or a duration. */
static int set_margin(struct conf_assign *a)
{
	uint64_t *margin = a->child ? &a->child->ike.margin : &a->tunnel->ike->margin;
	uint32_t *percent = a->child ? &a->child->margin_percent : &a->tunnel->margin_percent;
	const char *text = a->values->text;

	*percent = 0;
	*margin = 0;
	if (*text && text[strlen(text) - 1] == '%')
		return value_percent(text, percent, a->error, sizeof(a->error));
	return value_duration(text, margin, a->error, sizeof(a->error));
}

static int set_interface(struct conf_assign *a)
{
	const char *text = a->values->text;

	if (!*text || strlen(text) >= IFNAMSIZ || strpbrk(text, "/ :\t") || !strcmp(text, ".") ||
	    !strcmp(text, "..") || strchr(text, '%')) {
		snprintf(a->error, sizeof(a->error),
			 "'%s' is no name of an interface: 1 to %d characters without '/', ':', "
			 "'%%' and blanks",
			 text, IFNAMSIZ - 1);
		return -1;
	}
	memset(target(a), 0, IFNAMSIZ);
	memcpy(target(a), text, strlen(text));
	return 0;
}

static int set_addresses(struct conf_assign *a)
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

static int set_ocsp(struct conf_assign *a)
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
	return set_text(a);
}

static int set_mtu(struct conf_assign *a)
{
	if (!strcmp(a->values->text, "auto")) {
		a->tunnel->mtu = 0;
		return 0;
	}
	return set_number(a);
}

static int set_ttl(struct conf_assign *a)
{
	if (!strcmp(a->values->text, "inherit")) {
		a->tunnel->ttl = 0;
		return 0;
	}
	return set_number(a);
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
	snprintf(a->error, sizeof(a->error), "'%s' is no address, network, range%s, or any", text,
		 names ? ", host name" : "");
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

static int set_local(struct conf_assign *a)
{
	return set_hosts(a, false, &a->tunnel->local, &a->tunnel->n_local);
}

static int set_remote(struct conf_assign *a)
{
	return set_hosts(a, true, &a->tunnel->remote, &a->tunnel->n_remote);
}

static int id_parse(struct conf_assign *a, struct ike_id *id)
{
	char text[IKE_ID_MAX + 1];
	size_t i, at = 0;

	/* A distinguished name's commas are no separators. */
	for (i = 0; i < a->n && at < sizeof(text); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s", i ? "," : "",
				       a->values[i].text);
	if (at >= sizeof(text)) {
		snprintf(a->error, sizeof(a->error), "an identity has at most %d bytes",
			 IKE_ID_MAX);
		return -1;
	}
	if (a->n > 1 && !strchr(a->values->text, '=')) {
		a->bad = 1;
		snprintf(a->error, sizeof(a->error), "'%s' takes one value", a->key->name);
		return -1;
	}
	return ike_id_parse(text, id, a->error, sizeof(a->error));
}

static int set_id(struct conf_assign *a)
{
	return id_parse(a, target(a));
}

/* Of the second rounds: few have any. @min: 0 ours, 1 the peer's. */
static int set_id2(struct conf_assign *a)
{
	return id_parse(a, conf_id2(a->conf, a->tunnel, a->key->min));
}

/* What a template or a default proposes is kept once for all that are like it. */
static int set_proposals(struct conf_assign *a, uint8_t protocol,
			 const struct ike_proposal **proposals, uint8_t *n_proposals)
{
	struct ike_proposal *parsed;
	size_t i;

	if (a->n > IKE_PROPOSALS_MAX) {
		snprintf(a->error, sizeof(a->error), "more than %d proposals", IKE_PROPOSALS_MAX);
		return -1;
	}
	if (!a->entry->parsed) {
		parsed = conf_alloc(a->conf, a->n * sizeof(*parsed));
		for (i = 0; i < a->n; i++) {
			a->bad = i;
			if (ike_proposal_parse(protocol, a->values[i].text, &parsed[i], a->error,
					       sizeof(a->error)))
				return -1;
		}
		a->entry->parsed = parsed;
	}
	*proposals = a->entry->parsed;
	*n_proposals = (uint8_t)a->n;
	return 0;
}

static int set_ike(struct conf_assign *a)
{
	return set_proposals(a, 1, &a->tunnel->ike->proposals, &a->tunnel->ike->n_proposals);
}

static int set_esp(struct conf_assign *a)
{
	return set_proposals(a, 3, &a->child->ike.proposals, &a->child->ike.n_proposals);
}

/* Instead of ESP, whose default then does not count. */
static int set_ah(struct conf_assign *a)
{
	const int esp = conf_key_find(CONF_SCOPE_CHILD, "esp");

	if (!a->child->defaulted[esp]) {
		snprintf(a->error, sizeof(a->error),
			 "a child has 'esp' or 'ah', not both: ESP protects integrity, too");
		return -1;
	}
	a->child->text[esp] = NULL;
	a->child->defaulted[esp] = false;
	return set_proposals(a, 2, &a->child->ike.proposals, &a->child->ike.n_proposals);
}

/* One method; or several of EAP, of which "eap" is those that prove both sides. */
static int set_method(struct conf_assign *a, uint8_t *method, uint8_t *eap, uint8_t *n_eap)
{
	static const uint8_t types[] = { 0, 0, 0, EAP_MSCHAPV2, EAP_MD5, EAP_TLS };
	size_t i;
	int word;

	*n_eap = 0;
	for (i = 0; i < a->n; i++) {
		a->bad = i;
		word = word_index(a, a->values[i].text, auth_words);
		if (word < 0)
			return -1;
		if (a->n > 1 && (word < 3 || a->n > EAP_METHODS_MAX)) {
			snprintf(a->error, sizeof(a->error),
				 "several methods are possible only of eap-mschapv2, eap-md5 and "
				 "eap-tls");
			return -1;
		}
		*method = word == 0 ? IKE_AUTH_PSK : word == 1 ? IKE_AUTH_SIGNATURE : IKE_AUTH_EAP;
		if (word == 2) {
			eap[(*n_eap)++] = EAP_MSCHAPV2;
			eap[(*n_eap)++] = EAP_TLS;
		} else if (word > 2) {
			eap[(*n_eap)++] = types[word];
		}
	}
	return 0;
}

static int set_auth(struct conf_assign *a)
{
	struct conf_tunnel *t = a->tunnel;

	return set_method(a, &t->ike->local_auth, t->eap_local, &t->n_eap_local) ||
			       set_method(a, &t->ike->remote_auth, t->eap_remote,
					  &t->n_eap_remote) ?
		       -1 :
		       0;
}

/* A second round, RFC 4739; "none" takes back what a template says. */
static int set_second(struct conf_assign *a, uint8_t *method, uint8_t *eap, uint8_t *n_eap)
{
	uint8_t methods[EAP_METHODS_MAX], n;

	*method = 0;
	if (a->n == 1 && !strcmp(a->values->text, "none"))
		return 0;
	if (set_method(a, method, methods, &n))
		return -1;
	if (*method == IKE_AUTH_EAP) {
		memcpy(eap, methods, n);
		*n_eap = n;
	}
	return 0;
}

static int set_local_auth2(struct conf_assign *a)
{
	struct conf_tunnel *t = a->tunnel;

	return set_second(a, &t->ike->local_auth2, t->eap_local, &t->n_eap_local);
}

static int set_remote_auth2(struct conf_assign *a)
{
	struct conf_tunnel *t = a->tunnel;

	return set_second(a, &t->ike->remote_auth2, t->eap_remote, &t->n_eap_remote);
}

static int set_local_auth(struct conf_assign *a)
{
	struct conf_tunnel *t = a->tunnel;

	return set_method(a, &t->ike->local_auth, t->eap_local, &t->n_eap_local);
}

static int set_remote_auth(struct conf_assign *a)
{
	struct conf_tunnel *t = a->tunnel;

	return set_method(a, &t->ike->remote_auth, t->eap_remote, &t->n_eap_remote);
}

/* A path is relative to the file that it is written in. */
static const char *path_resolve(struct conf_assign *a, const struct conf_value *value)
{
	const char *text = value->text, *file = value->pos.file;
	const char *slash = file ? strrchr(file, '/') : NULL;
	char *path;

	if (*text == '/' || !slash)
		return text;
	path = conf_alloc(a->conf, (size_t)(slash - file) + strlen(text) + 2);
	sprintf(path, "%.*s/%s", (int)(slash - file), file, text);
	return path;
}

static int set_path(struct conf_assign *a)
{
	*(const char **)target(a) = path_resolve(a, a->values);
	return 0;
}

static int set_files(struct conf_assign *a)
{
	struct conf_tunnel *t = a->tunnel;
	struct conf_file *file;
	size_t i;

	for (i = 0; i < a->n; i++) {
		a->bad = i;
		if (t->n_files == CONF_FILES_MAX) {
			snprintf(a->error, sizeof(a->error), "more than %d files in one tunnel",
				 CONF_FILES_MAX);
			return -1;
		}
		t->files = conf_grow(a->conf, t->files, t->n_files, sizeof(*t->files));
		file = &t->files[t->n_files++];
		memset(file, 0, sizeof(*file));
		file->use = (enum conf_file_use)a->key->min;
		file->pos = a->values[i].pos;
		file->path = path_resolve(a, &a->values[i]);
	}
	return 0;
}

static int set_ppk_id(struct conf_assign *a)
{
	struct ike_conn_conf *ike = a->tunnel->ike;
	size_t len = strlen(a->values->text);

	if (!len || len > sizeof(ike->ppk_id)) {
		snprintf(a->error, sizeof(a->error), "a ppk-id has 1 to %zu characters",
			 sizeof(ike->ppk_id));
		return -1;
	}
	memcpy(ike->ppk_id, a->values->text, len);
	ike->ppk_id_len = (uint8_t)len;
	return 0;
}

static int set_fragment_size(struct conf_assign *a)
{
	uint64_t size = 0;

	if (strcmp(a->values->text, "never") != 0 &&
	    value_number(a->values->text, a->key->min, a->key->max, &size, a->error,
			 sizeof(a->error)))
		return -1;
	a->tunnel->ike->fragment_size = (uint16_t)size;
	return 0;
}

static int set_pool(struct conf_assign *a)
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

static int set_dns(struct conf_assign *a)
{
	struct ike_conn_conf *ike = a->tunnel->ike;
	struct ike_addr *dns;
	size_t i;

	if (a->n > IKE_DNS_MAX) {
		snprintf(a->error, sizeof(a->error), "more than %d name servers", IKE_DNS_MAX);
		return -1;
	}
	ike->dns = dns = conf_alloc(a->conf, a->n * sizeof(*dns));
	for (i = 0; i < a->n; i++) {
		a->bad = i;
		if (address_parse(a, a->values[i].text, &dns[i]))
			return -1;
	}
	ike->n_dns = (uint8_t)a->n;
	return 0;
}

/* "ip4", "ip6", or the address that is wished for; "none". */
static int set_request(struct conf_assign *a)
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

static int set_start(struct conf_assign *a)
{
	static const uint32_t bits[] = { CONF_START_START, CONF_START_DEMAND, 0 };
	size_t i;
	int word;

	a->tunnel->start = 0;
	for (i = 0; i < a->n; i++) {
		a->bad = i;
		word = word_index(a, a->values[i].text, start_words);
		if (word < 0)
			return -1;
		if (word == 2 && a->n > 1) {
			snprintf(a->error, sizeof(a->error),
				 "'respond' stands alone: the others respond, too");
			return -1;
		}
		a->tunnel->start |= bits[word];
	}
	return 0;
}

static int set_ts(struct conf_assign *a, const struct ike_ts **list, uint8_t *n)
{
	struct ike_ts *ts;
	size_t i;

	*n = 0;
	if (a->n == 1 && !strcmp(a->values->text, "dynamic"))
		return 0;
	if (a->n > IKE_TS_MAX) {
		snprintf(a->error, sizeof(a->error), "more than %d traffic selectors", IKE_TS_MAX);
		return -1;
	}
	*list = ts = conf_alloc(a->conf, a->n * sizeof(*ts));
	for (i = 0; i < a->n; i++) {
		a->bad = i;
		if (ike_ts_parse(a->values[i].text, &ts[i], a->error, sizeof(a->error)))
			return -1;
		if (!ts[i].family != !ts[0].family ||
		    (!strcmp(a->values[i].text, "dynamic") && a->n > 1)) {
			snprintf(a->error, sizeof(a->error),
				 "'dynamic' stands alone, or several of it with protocols");
			return -1;
		}
	}
	*n = (uint8_t)a->n;
	return 0;
}

static int set_child_local(struct conf_assign *a)
{
	return set_ts(a, &a->child->ike.local, &a->child->ike.n_local);
}

static int set_child_remote(struct conf_assign *a)
{
	return set_ts(a, &a->child->ike.remote, &a->child->ike.n_remote);
}

static int set_replay(struct conf_assign *a)
{
	if (set_number(a))
		return -1;
	if (a->child->replay_window && a->child->replay_window < 32) {
		snprintf(a->error, sizeof(a->error), "a replay window has 0 or 32 to %d packets",
			 IPSECVIF_REPLAY_WINDOW_MAX);
		return -1;
	}
	return 0;
}

/*
 * What a tunnel proposes unless told: with ML-KEM where OpenSSL has it, which holds
 * against quantum computers, too; RFC 8247's best; and then what old peers have.
 */
#define IKE_DEFAULT                                                                            \
	"aes256gcm16-aes128gcm16-prfsha384-prfsha256-x25519-ecp384-ecp256-"                    \
	"ke1_mlkem768-ke1_mlkem1024-ke1_mlkem512, "                                            \
	"aes256gcm16-aes128gcm16-prfsha384-prfsha256-x25519-ecp384-ecp256-modp3072-modp2048, " \
	"aes256-aes128-sha512-sha384-sha256-x25519-ecp384-ecp256-modp4096-modp3072-modp2048"
#define ESP_DEFAULT "aes256gcm16-aes128gcm16", "aes256-aes128-sha256"

#define TUNNEL(member) .offset = offsetof(struct conf_tunnel, member)
#define IKE(member) .base = CONF_BASE_IKE, .offset = offsetof(struct ike_conn_conf, member)
#define CHILD(member) .offset = offsetof(struct conf_child, member)
#define CHILD_IKE(member) .base = CONF_BASE_IKE, .offset = offsetof(struct ike_child_conf, member)
#define JOIN_(a, b) a ", " b
#define JOIN(...) JOIN_(__VA_ARGS__)
#define ADJUST CONF_APPLY_ADJUST
#define REKEY CONF_APPLY_REKEY
#define RESTART CONF_APPLY_RESTART

static const struct conf_key tunnel_keys[] = {
	{ "like", ADJUST, NULL, NULL, .list = false },
	{ "description", ADJUST, set_text, NULL, TUNNEL(description) },
	{ "enabled", ADJUST, set_bool, "yes", TUNNEL(enabled) },
	{ "interface", RESTART, set_interface, NULL, TUNNEL(interface) },
	{ "address", ADJUST, set_addresses, NULL, .list = true },
	{ "mtu", ADJUST, set_mtu, "auto", TUNNEL(mtu), .min = 1280, .max = 65535 },
	{ "mss-clamp", ADJUST, set_bool, "yes", TUNNEL(mss_clamp) },
	{ "on-up", ADJUST, set_path, NULL, TUNNEL(on_up) },
	{ "on-down", ADJUST, set_path, NULL, TUNNEL(on_down) },
	{ "fwmark", RESTART, set_number, "0", TUNNEL(fwmark), .max = UINT32_MAX },
	{ "underlay", RESTART, set_interface, NULL, TUNNEL(underlay) },
	{ "df", ADJUST, set_word, "copy", TUNNEL(df), .words = df_words },
	{ "ttl", ADJUST, set_ttl, "64", TUNNEL(ttl), .min = 1, .max = 255 },
	{ "dscp", ADJUST, set_word, "clear", TUNNEL(dscp), .words = dscp_words },
	{ "local", RESTART, set_local, "any", .list = true },
	{ "remote", RESTART, set_remote, "any", .list = true },
	{ "local-id", RESTART, set_id, "any", .list = true, IKE(local_id) },
	{ "remote-id", RESTART, set_id, "any", .list = true, IKE(remote_id) },
	{ "auth", RESTART, set_auth, "psk", .list = true },
	{ "local-auth", RESTART, set_local_auth, NULL, .list = true },
	{ "remote-auth", RESTART, set_remote_auth, NULL, .list = true },
	{ "local-auth2", RESTART, set_local_auth2, NULL, .list = true },
	{ "remote-auth2", RESTART, set_remote_auth2, NULL, .list = true },
	{ "local-id2", RESTART, set_id2, NULL, .list = true, .min = 0 },
	{ "remote-id2", RESTART, set_id2, NULL, .list = true, .min = 1 },
	{ "eap-id", RESTART, set_text, NULL, TUNNEL(eap_id) },
	{ "eap-password-file", ADJUST, set_files, NULL, .min = CONF_FILE_EAP_PASSWORD },
	{ "eap-users", ADJUST, set_files, NULL, .min = CONF_FILE_EAP_USERS },
	{ "eap-only", RESTART, set_bool, "no", IKE(eap_only) },
	{ "psk-file", ADJUST, set_files, NULL, .min = CONF_FILE_PSK },
	{ "ppk-id", RESTART, set_ppk_id, NULL, .list = false },
	{ "ppk-file", ADJUST, set_files, NULL, .min = CONF_FILE_PPK },
	{ "ppk-required", RESTART, set_bool, "no", IKE(ppk_required) },
	{ "key-file", ADJUST, set_files, NULL, .min = CONF_FILE_KEY },
	{ "cert", ADJUST, set_files, NULL, .list = true, .min = CONF_FILE_CERT },
	{ "send-cert", ADJUST, set_word8, "always", IKE(send_cert), .words = send_cert_words },
	{ "key-file2", RESTART, set_files, NULL, .min = CONF_FILE_KEY2 },
	{ "cert2", RESTART, set_files, NULL, .list = true, .min = CONF_FILE_CERT2 },
	{ "ca", ADJUST, set_files, NULL, .list = true, .min = CONF_FILE_CA },
	{ "remote-cert", ADJUST, set_files, NULL, .list = true, .min = CONF_FILE_REMOTE_CERT },
	{ "remote-pubkey", ADJUST, set_files, NULL, .list = true, .min = CONF_FILE_REMOTE_PUBKEY },
	{ "crl", ADJUST, set_files, NULL, .list = true, .min = CONF_FILE_CRL },
	{ "strict-crl", ADJUST, set_word, "no", TUNNEL(strict_crl), .words = strict_words },
	{ "ocsp", ADJUST, set_ocsp, "auto", TUNNEL(ocsp) },
	{ "rsa-padding", ADJUST, set_word, "pss", TUNNEL(rsa), .words = rsa_words },
	{ "pool", RESTART, set_pool, NULL, .list = true },
	{ "pool-dns", RESTART, set_dns, NULL, .list = true },
	{ "request", RESTART, set_request, "none", .list = true },
	{ "ike", RESTART, set_ike, IKE_DEFAULT, .list = true },
	{ "fragment-size", ADJUST, set_fragment_size, "1280", .min = 576, .max = 65535 },
	{ "childless", ADJUST, set_word8, "allow", IKE(childless), .words = childless_words },
	{ "reauth", ADJUST, set_duration, "never", IKE(reauth) },
	{ "redirect", ADJUST, set_bool, "yes", IKE(redirect) },
	{ "mobike", ADJUST, set_bool, "yes", IKE(mobike) },
	{ "legacy", ADJUST, set_bool, "no", TUNNEL(legacy) },
	{ "start", ADJUST, set_start, NULL, .list = true },
	{ "close-action", ADJUST, set_word, NULL, TUNNEL(close_action), .words = action_words },
	{ "dpd-action", ADJUST, set_word, NULL, TUNNEL(dpd_action), .words = action_words },
	{ "dpd-delay", ADJUST, set_duration, "30s", IKE(dpd_delay) },
	{ "dpd-timeout", ADJUST, set_duration, "never", IKE(dpd_timeout) },
	{ "keying-tries", ADJUST, set_number, "0", TUNNEL(keying_tries), .max = UINT32_MAX },
	{ "ike-lifetime", ADJUST, set_duration, "8h", IKE(lifetime) },
	{ "rekey", ADJUST, set_bool, "yes", IKE(rekey) },
	{ "rekey-margin", ADJUST, set_margin, "10%", .list = false },
	{ "rekey-fuzz", ADJUST, set_percent, "100%", IKE(fuzz_percent) },
	{ "retransmit-tries", ADJUST, set_number, "5", IKE(retransmit_tries), .max = 100 },
	{ "retransmit-timeout", ADJUST, set_duration, "2s", IKE(retransmit_timeout) },
	{ "retransmit-base", ADJUST, set_factor, "1.8", IKE(retransmit_base_percent) },
	{ "nat-t", RESTART, set_word8, "auto", IKE(natt), .words = natt_words },
	{ "nat-keepalive", ADJUST, set_duration, "20s", IKE(nat_keepalive) },
	{ "unique", ADJUST, set_word8, "replace", IKE(unique), .words = unique_words },
};

static const struct conf_key child_keys[] = {
	{ "local", REKEY, set_child_local, "0.0.0.0/0, ::/0", .list = true },
	{ "remote", REKEY, set_child_remote, "0.0.0.0/0, ::/0", .list = true },
	{ "mode", REKEY, set_word8, "tunnel", CHILD_IKE(mode), .words = mode_words },
	{ "split", REKEY, set_bool, "no", CHILD(split) },
	{ "esp", REKEY, set_esp, JOIN(ESP_DEFAULT), .list = true },
	{ "ah", REKEY, set_ah, NULL, .list = true }, /* behind esp, which it replaces */
	{ "compress", REKEY, set_bool, "no", CHILD_IKE(compress) },
	{ "sha256-96", REKEY, set_bool, "no", CHILD_IKE(sha256_96) },
	{ "esn", REKEY, set_bool, "yes", CHILD_IKE(esn) },
	{ "lifetime", ADJUST, set_duration, "1h", CHILD_IKE(lifetime) },
	{ "rekey", ADJUST, set_bool, "yes", CHILD_IKE(rekey) },
	{ "rekey-margin", ADJUST, set_margin, "10%", .list = false },
	{ "rekey-fuzz", ADJUST, set_percent, "100%", CHILD_IKE(fuzz_percent) },
	{ "life-bytes", ADJUST, set_size, "never", CHILD_IKE(bytes) },
	{ "life-packets", ADJUST, set_size, "never", CHILD_IKE(packets) },
	{ "replay-window", ADJUST, set_replay, "64", CHILD(replay_window),
	  .max = IPSECVIF_REPLAY_WINDOW_MAX },
	{ "metric", ADJUST, set_number, "0", CHILD(metric), .max = UINT32_MAX },
	{ "block", ADJUST, set_bool, "yes", CHILD(block) },
	{ "routes", ADJUST, set_word, "auto", CHILD(routes), .words = routes_words },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
_Static_assert(COUNT(tunnel_keys) <= CONF_KEYS_MAX, "the keys of a tunnel fit");
_Static_assert(COUNT(child_keys) <= CONF_KEYS_MAX, "the keys of a child fit");

const struct conf_key *conf_keys(enum conf_scope scope, size_t *n)
{
	*n = scope == CONF_SCOPE_TUNNEL ? COUNT(tunnel_keys) : COUNT(child_keys);
	return scope == CONF_SCOPE_TUNNEL ? tunnel_keys : child_keys;
}

int conf_key_find(enum conf_scope scope, const char *name)
{
	const struct conf_key *keys;
	size_t i, n;

	keys = conf_keys(scope, &n);
	for (i = 0; i < n; i++)
		if (!strcmp(keys[i].name, name))
			return (int)i;
	return -1;
}

bool conf_key_is_file(const struct conf_key *key)
{
	return key->set == set_files;
}

int conf_key_index(const char *name)
{
	return conf_key_find(CONF_SCOPE_TUNNEL, name);
}

const char *conf_key_nearest(enum conf_scope scope, const char *name)
{
	const char *words[CONF_KEYS_MAX + 1];
	const struct conf_key *keys;
	size_t i, n;

	keys = conf_keys(scope, &n);
	for (i = 0; i < n; i++)
		words[i] = keys[i].name;
	words[n] = NULL;
	return value_nearest(name, words);
}
