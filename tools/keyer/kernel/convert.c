// SPDX-License-Identifier: MIT
/* What IKE negotiated to what the module takes. */
#include "tools/keyer/kernel/kernel.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "tools/keyer/ike/iana.h"

/* One row a transform: IANA's number and the kernel's name. */
static const struct alg_name {
	uint8_t type;
	uint16_t id;
	enum ipsecvif_alg_kind kind;
	const char *name;
	uint32_t icv_bits;
	uint32_t salt_bytes;
	uint16_t key_bytes; /* of a MAC, which has one length only */
	bool fixed; /* the cipher has one key length, which IKE does not say */
} alg_names[] = {
	{ TR_ENCR, ENCR_AES_GCM_8, IPSECVIF_ALG_AEAD, "rfc4106(gcm(aes))", 64, 4, 0, false },
	{ TR_ENCR, ENCR_AES_GCM_12, IPSECVIF_ALG_AEAD, "rfc4106(gcm(aes))", 96, 4, 0, false },
	{ TR_ENCR, ENCR_AES_GCM_16, IPSECVIF_ALG_AEAD, "rfc4106(gcm(aes))", 128, 4, 0, false },
	{ TR_ENCR, ENCR_AES_CCM_8, IPSECVIF_ALG_AEAD, "rfc4309(ccm(aes))", 64, 3, 0, false },
	{ TR_ENCR, ENCR_AES_CCM_12, IPSECVIF_ALG_AEAD, "rfc4309(ccm(aes))", 96, 3, 0, false },
	{ TR_ENCR, ENCR_AES_CCM_16, IPSECVIF_ALG_AEAD, "rfc4309(ccm(aes))", 128, 3, 0, false },
	{ TR_ENCR, ENCR_NULL_AES_GMAC, IPSECVIF_ALG_AEAD, "rfc4543(gcm(aes))", 128, 4, 0, false },
	{ TR_ENCR, ENCR_CHACHA20_POLY1305, IPSECVIF_ALG_AEAD, "rfc7539esp(chacha20,poly1305)", 128,
	  4, 32, true },
	{ TR_ENCR, ENCR_AES_CCM_8_IIV, IPSECVIF_ALG_AEAD, "rfc8750(ccm(aes))", 64, 3, 0, false },
	{ TR_ENCR, ENCR_AES_GCM_16_IIV, IPSECVIF_ALG_AEAD, "rfc8750(gcm(aes))", 128, 4, 0, false },
	{ TR_ENCR, ENCR_CHACHA20_POLY1305_IIV, IPSECVIF_ALG_AEAD, "rfc8750(chacha20,poly1305)", 128,
	  4, 32, true },
	{ TR_ENCR, ENCR_AES_CBC, IPSECVIF_ALG_ENC, "cbc(aes)", 0, 0, 0, false },
	{ TR_ENCR, ENCR_AES_CTR, IPSECVIF_ALG_ENC, "rfc3686(ctr(aes))", 0, 4, 0, false },
	{ TR_ENCR, ENCR_NULL, IPSECVIF_ALG_ENC, "ecb(cipher_null)", 0, 0, 0, true },
	{ TR_ENCR, ENCR_3DES, IPSECVIF_ALG_ENC, "cbc(des3_ede)", 0, 0, 24, true },
	{ TR_INTEG, INTEG_HMAC_MD5_96, IPSECVIF_ALG_AUTH, "hmac(md5)", 96, 0, 16, true },
	{ TR_INTEG, INTEG_HMAC_MD5_128, IPSECVIF_ALG_AUTH, "hmac(md5)", 128, 0, 16, true },
	{ TR_INTEG, INTEG_HMAC_SHA1_96, IPSECVIF_ALG_AUTH, "hmac(sha1)", 96, 0, 20, true },
	{ TR_INTEG, INTEG_HMAC_SHA1_160, IPSECVIF_ALG_AUTH, "hmac(sha1)", 160, 0, 20, true },
	{ TR_INTEG, INTEG_AES_XCBC_96, IPSECVIF_ALG_AUTH, "xcbc(aes)", 96, 0, 16, true },
	{ TR_INTEG, INTEG_AES_CMAC_96, IPSECVIF_ALG_AUTH, "cmac(aes)", 96, 0, 16, true },
	{ TR_INTEG, INTEG_HMAC_SHA2_256_128, IPSECVIF_ALG_AUTH, "hmac(sha256)", 128, 0, 32, true },
	{ TR_INTEG, INTEG_HMAC_SHA2_256_96, IPSECVIF_ALG_AUTH, "hmac(sha256)", 96, 0, 32, true },
	{ TR_INTEG, INTEG_HMAC_SHA2_384_192, IPSECVIF_ALG_AUTH, "hmac(sha384)", 192, 0, 48, true },
	{ TR_INTEG, INTEG_HMAC_SHA2_512_256, IPSECVIF_ALG_AUTH, "hmac(sha512)", 256, 0, 64, true },
};

enum {
	ALG_NAMES = sizeof(alg_names) / sizeof(alg_names[0])
};

void convert_addr_to_lib(const struct ike_addr *from, struct ipsecvif_addr *to)
{
	memset(to, 0, sizeof(*to));
	to->family = from->family;
	memcpy(to->bytes, from->bytes, from->family == AF_INET ? 4 : 16);
}

void convert_addr_from_lib(const struct ipsecvif_addr *from, uint16_t port, struct ike_addr *to)
{
	memset(to, 0, sizeof(*to));
	to->family = from->family;
	to->port = port;
	memcpy(to->bytes, from->bytes, from->family == AF_INET ? 4 : 16);
}

static bool bit_get(const uint8_t *bytes, unsigned int i)
{
	return bytes[i / 8] >> (7 - i % 8) & 1;
}

/* Is bytes[from..bits) all ones, or all zeros? */
static bool bits_are(const uint8_t *bytes, unsigned int from, unsigned int bits, bool one)
{
	for (; from < bits; from++)
		if (bit_get(bytes, from) != one)
			return false;
	return true;
}

/* Sets bytes[from..bits) to ones or zeros. */
static void bits_set(uint8_t *bytes, unsigned int from, unsigned int bits, bool one)
{
	for (; from < bits; from++) {
		if (one)
			bytes[from / 8] |= (uint8_t)(0x80 >> from % 8);
		else
			bytes[from / 8] &= (uint8_t) ~(0x80 >> from % 8);
	}
}

/* The next address; false after the last of all. */
static bool addr_increment(uint8_t *bytes, unsigned int bits)
{
	unsigned int i = bits / 8;

	while (i--)
		if (++bytes[i])
			return true;
	return false;
}

size_t convert_prefixes(const struct ike_ts *ts, struct conf_prefix *prefixes, size_t max)
{
	unsigned int bits = ts->family == AF_INET ? 32 : 128, length;
	uint8_t at[16], last[16];
	size_t n = 0;

	memcpy(at, ts->min, 16);
	do {
		if (n == max)
			return 0;
		/* The largest aligned block that begins here and ends within. */
		for (length = bits; length > 0; length--) {
			if (!bits_are(at, length - 1, bits, false))
				break;
			memcpy(last, at, 16);
			bits_set(last, length - 1, bits, true);
			if (memcmp(last, ts->max, bits / 8) > 0)
				break;
		}
		memset(&prefixes[n], 0, sizeof(prefixes[n]));
		prefixes[n].addr.family = ts->family;
		memcpy(prefixes[n].addr.bytes, at, bits / 8);
		prefixes[n++].length = (uint8_t)length;
		bits_set(at, length, bits, true);
	} while (memcmp(at, ts->max, bits / 8) < 0 && addr_increment(at, bits));
	return n;
}

static bool has_ports(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP || proto == IPPROTO_UDPLITE ||
	       proto == IPPROTO_SCTP || proto == IPPROTO_DCCP;
}

/* RFC 7296 3.13.1: 0-65535 any, 65535-0 opaque; both select any port here. */
static struct ipsecvif_ports ports_of(const struct ike_ts *ts, uint8_t proto)
{
	struct ipsecvif_ports ports = { 0, 0 };

	if (has_ports(proto) && ts->port_min <= ts->port_max &&
	    (ts->port_min != 0 || ts->port_max != 65535))
		ports = (struct ipsecvif_ports){ ts->port_min, ts->port_max };
	return ports;
}

/* The selectors of one pair. Return: how many, -1: too many. */
static int pair_selectors(const struct ike_ts *local, const struct ike_ts *remote,
			  struct ipsecvif_selector *selectors, size_t max)
{
	struct conf_prefix from[IPSECVIF_SELECTORS_PER_REQUEST], to[IPSECVIF_SELECTORS_PER_REQUEST];
	uint8_t proto = local->proto ? local->proto : remote->proto;
	size_t n, m, i, j;

	n = convert_prefixes(local, from, IPSECVIF_SELECTORS_PER_REQUEST);
	m = convert_prefixes(remote, to, IPSECVIF_SELECTORS_PER_REQUEST);
	if (!n || !m || n * m > max)
		return -1;
	for (i = 0; i < n; i++) {
		for (j = 0; j < m; j++, selectors++) {
			memset(selectors, 0, sizeof(*selectors));
			convert_addr_to_lib(&from[i].addr, &selectors->src);
			convert_addr_to_lib(&to[j].addr, &selectors->dst);
			selectors->src_prefix = from[i].length;
			selectors->dst_prefix = to[j].length;
			selectors->proto = proto;
			selectors->sport = ports_of(local, proto);
			selectors->dport = ports_of(remote, proto);
		}
	}
	return (int)(n * m);
}

int convert_selectors(const struct ike_ts *local, size_t n_local, const struct ike_ts *remote,
		      size_t n_remote, struct ipsecvif_selector *selectors, size_t max, char *err,
		      size_t err_len)
{
	size_t i, j, n = 0;
	int ret;

	for (i = 0; i < n_local; i++) {
		for (j = 0; j < n_remote; j++) {
			if (local[i].family != remote[j].family ||
			    (local[i].proto && remote[j].proto &&
			     local[i].proto != remote[j].proto))
				continue;
			ret = pair_selectors(&local[i], &remote[j], &selectors[n], max - n);
			if (ret < 0) {
				snprintf(err, err_len,
					 "the address ranges make more than %zu prefixes", max);
				return -1;
			}
			n += (size_t)ret;
		}
	}
	if (n)
		return (int)n;
	snprintf(err, err_len, "no pair of traffic selectors is of one family and protocol");
	return -1;
}

uint8_t convert_protocol(uint8_t protocol)
{
	return protocol == PROTO_AH ? IPPROTO_AH : IPPROTO_ESP;
}

static const struct alg_name *alg_find(uint8_t type, uint16_t id)
{
	size_t i;

	for (i = 0; i < ALG_NAMES; i++)
		if (alg_names[i].type == type && alg_names[i].id == id)
			return &alg_names[i];
	return NULL;
}

static int sa_alg(struct ipsecvif_sa_alg *alg, const struct alg_name *name, uint16_t key_bits,
		  const struct ike_key *key, char *err, size_t err_len)
{
	size_t want = name->fixed ? name->key_bytes : key_bits / 8;

	want += name->salt_bytes;
	if (key->len != want || key->len > sizeof(key->data)) {
		snprintf(err, err_len, "%s wants a key of %zu bytes, not %u", name->name, want,
			 key->len);
		return -1;
	}
	snprintf(alg->name, sizeof(alg->name), "%s", name->name);
	alg->key = key->data;
	alg->key_len = key->len;
	alg->icv_bits = name->icv_bits;
	return 0;
}

static bool is_legacy(const struct ike_fx_child *child)
{
	return child->encr.id == ENCR_3DES || child->integ.id == INTEG_HMAC_MD5_96 ||
	       child->integ.id == INTEG_HMAC_MD5_128 || child->integ.id == INTEG_HMAC_SHA2_256_96;
}

static int sa_algs(struct ipsecvif_sa *sa, const struct ike_fx_child *child,
		   const struct ike_key *encr_key, const struct ike_key *integ_key, char *err,
		   size_t err_len)
{
	const struct alg_name *encr = alg_find(TR_ENCR, child->encr.id);
	const struct alg_name *integ = alg_find(TR_INTEG, child->integ.id);
	bool ah = child->protocol == PROTO_AH, aead = encr && encr->kind == IPSECVIF_ALG_AEAD;

	if (ah ? child->encr.id || !integ : !encr || (aead ? child->integ.id != 0 : !integ)) {
		snprintf(err, err_len, "transforms %u and %u are no %s that the module has",
			 child->encr.id, child->integ.id, ah ? "AH" : "ESP");
		return -1;
	}
	/* negotiated only if the configuration says so, and the module wants to be told */
	if (is_legacy(child))
		sa->flags |= IPSECVIF_SA_F_LEGACY;
	if (aead)
		return sa_alg(&sa->aead, encr, child->encr.key_bits, encr_key, err, err_len);
	if (encr && sa_alg(&sa->enc, encr, child->encr.key_bits, encr_key, err, err_len))
		return -1;
	return sa_alg(&sa->auth, integ, 0, integ_key, err, err_len);
}

/* The kernel counts in whole seconds: a limit never rounds to none. */
static uint64_t seconds(uint64_t ms)
{
	return ms ? (ms + 999) / 1000 : 0;
}

int convert_sas(const struct ike_fx_child *child, uint32_t replay_window, struct ipsecvif_sa sas[2],
		char *err, size_t err_len)
{
	struct ipsecvif_sa *in = &sas[0], *out = &sas[1];
	int i;

	if (child->protocol != PROTO_ESP && (child->protocol != PROTO_AH || child->encap)) {
		snprintf(err, err_len, "protocol %u%s is neither ESP nor AH", child->protocol,
			 child->encap ? " in UDP" : "");
		return -1;
	}
	ipsecvif_sa_init(in, IPSECVIF_DIR_IN);
	ipsecvif_sa_init(out, IPSECVIF_DIR_OUT);
	in->spi = ntohl(child->spi_in);
	out->spi = ntohl(child->spi_out);
	convert_addr_to_lib(&child->remote, &in->src);
	convert_addr_to_lib(&child->local, &in->dst);
	out->src = in->dst;
	out->dst = in->src;
	in->replay_window = replay_window;
	for (i = 0; i < 2; i++) {
		sas[i].proto = convert_protocol(child->protocol);
		if (child->cpi_in && child->cpi_out) {
			snprintf(sas[i].comp, sizeof(sas[i].comp), "deflate");
			sas[i].cpi = i ? child->cpi_out : child->cpi_in;
		}
		sas[i].mode = child->mode ? IPSECVIF_MODE_TUNNEL : IPSECVIF_MODE_TRANSPORT;
		if (child->esn)
			sas[i].flags |= IPSECVIF_SA_F_ESN;
		if (child->encap) {
			sas[i].encap_sport = i ? child->local.port : child->remote.port;
			sas[i].encap_dport = i ? child->remote.port : child->local.port;
		}
		sas[i].limits.time_hard = seconds(child->hard_ms);
		sas[i].limits.byte_soft = child->soft_bytes;
		sas[i].limits.byte_hard = child->hard_bytes;
		sas[i].limits.packet_soft = child->soft_packets;
		sas[i].limits.packet_hard = child->hard_packets;
	}
	if (sa_algs(in, child, &child->encr_in, &child->integ_in, err, err_len))
		return -1;
	return sa_algs(out, child, &child->encr_out, &child->integ_out, err, err_len);
}

static bool has_icv(const struct ipsecvif_alg *alg, uint32_t icv_bits)
{
	size_t i;

	for (i = 0; i < alg->n_icv_bits; i++)
		if (alg->icv_bits[i] == icv_bits)
			return true;
	return !icv_bits;
}

size_t convert_alg(const struct ipsecvif_alg *alg, struct ike_transform *t, size_t max)
{
	const struct alg_name *name;
	size_t i, j, n = 0;

	for (i = 0; i < ALG_NAMES; i++) {
		name = &alg_names[i];
		if (name->kind != alg->kind || strcmp(name->name, alg->name) != 0 ||
		    !has_icv(alg, name->icv_bits))
			continue;
		for (j = 0; j < (name->fixed ? 1 : alg->n_key_bits) && n < max; j++)
			t[n++] = (struct ike_transform){
				.type = name->type,
				.id = name->id,
				.key_bits = name->fixed ? 0 : (uint16_t)alg->key_bits[j],
			};
	}
	return n;
}

static bool ports_equal(struct ipsecvif_ports a, struct ipsecvif_ports b)
{
	bool any_a = (!a.min && !a.max) || (!a.min && a.max == 65535);
	bool any_b = (!b.min && !b.max) || (!b.min && b.max == 65535);

	return any_a || any_b ? any_a == any_b : a.min == b.min && a.max == b.max;
}

static bool icmp_equal(const struct ipsecvif_icmp *a, const struct ipsecvif_icmp *b)
{
	return a->typed == b->typed && a->coded == b->coded &&
	       (!a->typed || (a->type_min == b->type_min && a->type_max == b->type_max)) &&
	       (!a->coded || (a->code_min == b->code_min && a->code_max == b->code_max));
}

bool convert_selector_equal(const struct ipsecvif_selector *a, const struct ipsecvif_selector *b)
{
	return ipsecvif_addr_equal(&a->src, &b->src) && a->src_prefix == b->src_prefix &&
	       ipsecvif_addr_equal(&a->dst, &b->dst) && a->dst_prefix == b->dst_prefix &&
	       ipsecvif_addr_equal(&a->src_max, &b->src_max) &&
	       ipsecvif_addr_equal(&a->dst_max, &b->dst_max) && a->proto == b->proto &&
	       ports_equal(a->sport, b->sport) && ports_equal(a->dport, b->dport) &&
	       icmp_equal(&a->icmp, &b->icmp);
}
