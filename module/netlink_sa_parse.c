// SPDX-License-Identifier: GPL-2.0-only
/* What the attributes of a security association say, and whether it can be. */
#include "comp.h"
#include "net.h"
#include "netdev.h"
#include "netlink.h"
#include "sa.h"

static u64 get_u64(const struct nlattr *attr, u64 absent)
{
	return attr ? nla_get_u64(attr) : absent;
}

/**
 * ipsecvif_nl_sa_limits() - read the limits that a request names
 * @tb: an SA's attributes
 * @nest: the nest that they are of
 * @limits: changed where an attribute is present
 * @extack: gets a sentence with an error
 *
 * Return: 0 or -EINVAL.
 */
int ipsecvif_nl_sa_limits(struct nlattr **tb, const struct nlattr *nest,
			  struct ipsecvif_limits *limits, struct netlink_ext_ack *extack)
{
	limits->time_soft = get_u64(tb[IPSECVIF_SA_A_TIME_SOFT], limits->time_soft);
	limits->time_hard = get_u64(tb[IPSECVIF_SA_A_TIME_HARD], limits->time_hard);
	limits->byte_soft = get_u64(tb[IPSECVIF_SA_A_BYTE_SOFT], limits->byte_soft);
	limits->byte_hard = get_u64(tb[IPSECVIF_SA_A_BYTE_HARD], limits->byte_hard);
	limits->packet_soft = get_u64(tb[IPSECVIF_SA_A_PACKET_SOFT], limits->packet_soft);
	limits->packet_hard = get_u64(tb[IPSECVIF_SA_A_PACKET_HARD], limits->packet_hard);
	limits->idle_soft = get_u64(tb[IPSECVIF_SA_A_IDLE_SOFT], limits->idle_soft);
	limits->idle_hard = get_u64(tb[IPSECVIF_SA_A_IDLE_HARD], limits->idle_hard);
	if ((limits->time_hard && limits->time_soft > limits->time_hard) ||
	    (limits->byte_hard && limits->byte_soft > limits->byte_hard) ||
	    (limits->packet_hard && limits->packet_soft > limits->packet_hard) ||
	    (limits->idle_hard && limits->idle_soft > limits->idle_hard))
		return ipsecvif_nl_refuse(extack, nest, "a soft limit lies above its hard limit");
	return 0;
}

/**
 * ipsecvif_nl_sa_encap() - read the UDP ports that a request names
 * @tb: an SA's attributes
 * @nest: the nest that they are of
 * @encap: set if there are any, cleared if they are 0; without any attribute
 *	nothing changes
 * @sport: gets the source port
 * @dport: gets the destination port
 * @extack: gets a sentence with an error
 *
 * Return: 0 or -EINVAL.
 */
int ipsecvif_nl_sa_encap(struct nlattr **tb, const struct nlattr *nest, bool *encap, __be16 *sport,
			 __be16 *dport, struct netlink_ext_ack *extack)
{
	const struct nlattr *s = tb[IPSECVIF_SA_A_ENCAP_SPORT];
	const struct nlattr *d = tb[IPSECVIF_SA_A_ENCAP_DPORT];

	if (!s && !d)
		return 0;
	if (!s || !d || !nla_get_be16(s) != !nla_get_be16(d))
		return ipsecvif_nl_refuse(extack, s ?: d,
					  "ESP in UDP needs both ports, and neither may be 0");
	*encap = nla_get_be16(s);
	*sport = nla_get_be16(s);
	*dport = nla_get_be16(d);
	return 0;
}

/**
 * ipsecvif_nl_sa_check_addrs() - can an SA have these outer addresses?
 * @src: source
 * @dst: destination
 * @dir: enum ipsecvif_dir
 * @nest: the request's nest
 * @extack: gets a sentence with an error
 *
 * Return: 0, -EINVAL or -EAFNOSUPPORT.
 */
int ipsecvif_nl_sa_check_addrs(const struct ipsecvif_addr *src, const struct ipsecvif_addr *dst,
			       u8 dir, const struct nlattr *nest, struct netlink_ext_ack *extack)
{
	if (src->family && dst->family && src->family != dst->family)
		return ipsecvif_nl_refuse(extack, nest,
					  "src and dst are of different address families");
	if ((src->family == AF_INET6 || dst->family == AF_INET6) && !ipv6_mod_enabled()) {
		NL_SET_ERR_MSG_ATTR(extack, nest, "the kernel runs without IPv6 (ipv6.disable)");
		return -EAFNOSUPPORT;
	}
	if (dir == IPSECVIF_DIR_OUT && ipsecvif_addr_any(dst))
		return ipsecvif_nl_refuse(extack, nest,
					  "an outbound SA needs a dst, or the device a remote");
	if (ipsecvif_addr_multicast(src) || ipsecvif_addr_multicast(dst))
		return ipsecvif_nl_refuse(extack, nest, "an outer address must be unicast");
	if (dst->family == AF_INET6 && ipv6_addr_v4mapped(&dst->v6))
		return ipsecvif_nl_refuse(extack, nest,
					  "an IPv4 address in IPv6 clothes can't be an outer one");
	return 0;
}

/* The device's default for one side has no say if the other side is of another family. */
static void addr_default(const struct nlattr *attr, const struct nlattr *other_attr,
			 const struct ipsecvif_addr *other, struct ipsecvif_addr *addr)
{
	if (attr)
		ipsecvif_nla_get_addr(attr, addr);
	else if (other_attr && other->family != addr->family)
		memset(addr, 0, sizeof(*addr));
}

/* Addresses: the SA's own, else the device's by direction. */
static int parse_addrs(struct nlattr **tb, const struct nlattr *nest, struct ipsecvif_dev *vif,
		       struct ipsecvif_sa_conf *conf, struct netlink_ext_ack *extack)
{
	struct ipsecvif_net *inet = ipsecvif_net(vif->net);
	const struct nlattr *src = tb[IPSECVIF_SA_A_SRC], *dst = tb[IPSECVIF_SA_A_DST];
	bool out = conf->dir == IPSECVIF_DIR_OUT;
	struct ipsecvif_addr given = {};

	spin_lock_bh(&inet->lock);
	conf->src = out ? vif->local : vif->remote;
	conf->dst = out ? vif->remote : vif->local;
	spin_unlock_bh(&inet->lock);
	if (src)
		ipsecvif_nla_get_addr(src, &given);
	addr_default(dst, src, &given, &conf->dst);
	addr_default(src, dst, &conf->dst, &conf->src);
	return ipsecvif_nl_sa_check_addrs(&conf->src, &conf->dst, conf->dir, nest, extack);
}

static int parse_replay(struct nlattr **tb, const struct nlattr *nest,
			struct ipsecvif_sa_conf *conf, struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[IPSECVIF_SA_A_REPLAY_WINDOW];
	u32 window = attr ? nla_get_u32(attr) : 64;

	conf->esn = tb[IPSECVIF_SA_A_FLAGS] &&
		    nla_get_u32(tb[IPSECVIF_SA_A_FLAGS]) & IPSECVIF_SA_F_ESN;
	conf->seq = get_u64(tb[IPSECVIF_SA_A_SEQ], 0);
	if (conf->seq > (conf->esn ? S64_MAX : U32_MAX))
		return ipsecvif_nl_refuse(extack, tb[IPSECVIF_SA_A_SEQ] ?: nest,
					  "the sequence number is past its end");
	if (conf->dir == IPSECVIF_DIR_OUT) {
		if (!attr || !window)
			return 0;
		return ipsecvif_nl_refuse(extack, attr, "an outbound SA has no replay window");
	}
	if (window && window < 32)
		return ipsecvif_nl_refuse(extack, attr ?: nest,
					  "the replay window is 0, or 32 to 4096 packets");
	if (!window && conf->esn)
		return ipsecvif_nl_refuse(extack, attr ?: nest,
					  "ESN needs a replay window (RFC 4303 3.3.3)");
	conf->replay_window = round_up(window, 64);
	return 0;
}

static const void *attr_data(const struct nlattr *attr)
{
	return attr ? nla_data(attr) : NULL;
}

static u32 attr_len(const struct nlattr *attr)
{
	return attr ? nla_len(attr) : 0;
}

static u32 attr_u32(const struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

static void parse_crypt(struct nlattr **tb, struct ipsecvif_crypt_conf *crypt)
{
	crypt->aead_name = attr_data(tb[IPSECVIF_SA_A_AEAD_NAME]);
	crypt->aead_key = attr_data(tb[IPSECVIF_SA_A_AEAD_KEY]);
	crypt->aead_key_len = attr_len(tb[IPSECVIF_SA_A_AEAD_KEY]);
	crypt->aead_icv_bits = attr_u32(tb[IPSECVIF_SA_A_AEAD_ICV_BITS]);
	crypt->enc_name = attr_data(tb[IPSECVIF_SA_A_ENC_NAME]);
	crypt->enc_key = attr_data(tb[IPSECVIF_SA_A_ENC_KEY]);
	crypt->enc_key_len = attr_len(tb[IPSECVIF_SA_A_ENC_KEY]);
	crypt->auth_name = attr_data(tb[IPSECVIF_SA_A_AUTH_NAME]);
	crypt->auth_key = attr_data(tb[IPSECVIF_SA_A_AUTH_KEY]);
	crypt->auth_key_len = attr_len(tb[IPSECVIF_SA_A_AUTH_KEY]);
	crypt->auth_trunc_bits = attr_u32(tb[IPSECVIF_SA_A_AUTH_TRUNC_BITS]);
}

/**
 * ipsecvif_nl_sa_proto() - read a protocol
 * @attr: or NULL: ESP
 * @proto: IPPROTO_ESP or IPPROTO_AH
 * @extack: gets a sentence with an error
 *
 * Return: 0 or -EPROTONOSUPPORT.
 */
int ipsecvif_nl_sa_proto(const struct nlattr *attr, u8 *proto, struct netlink_ext_ack *extack)
{
	*proto = attr ? nla_get_u8(attr) : IPPROTO_ESP;
	if (*proto == IPPROTO_ESP || *proto == IPPROTO_AH)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, attr, "the protocol is 50 (ESP) or 51 (AH)");
	return -EPROTONOSUPPORT;
}

/* SPI, direction, protocol and mode: RFC 4301 4.4.2.1. */
static int parse_kind(struct nlattr **tb, const struct nlattr *nest, struct ipsecvif_sa_conf *conf,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *proto = tb[IPSECVIF_SA_A_PROTO], *mode = tb[IPSECVIF_SA_A_MODE];
	const struct nlattr *spi = tb[IPSECVIF_SA_A_SPI], *tfc = tb[IPSECVIF_SA_A_TFC];
	int err;

	if (!tb[IPSECVIF_SA_A_DIR])
		return ipsecvif_nl_refuse(extack, nest, "an SA needs a direction");
	conf->dir = nla_get_u8(tb[IPSECVIF_SA_A_DIR]);
	conf->spi = spi ? nla_get_be32(spi) : 0;
	if (!conf->spi && conf->dir == IPSECVIF_DIR_OUT)
		return ipsecvif_nl_refuse(extack, spi ?: nest,
					  "an outbound SA needs the SPI that the peer chose");
	if (conf->spi && ntohl(conf->spi) < 256)
		return ipsecvif_nl_refuse(extack, spi ?: nest,
					  "SPIs 1 to 255 are reserved (RFC 4303 2.1)");
	err = ipsecvif_nl_sa_proto(proto, &conf->proto, extack);
	if (err)
		return err;
	conf->crypt.ah = conf->proto == IPPROTO_AH;
	conf->mode = mode ? nla_get_u8(mode) : IPSECVIF_MODE_TUNNEL;
	conf->tfc = tfc ? nla_get_u32(tfc) : 0;
	if (conf->tfc && (conf->dir != IPSECVIF_DIR_OUT || conf->mode != IPSECVIF_MODE_TUNNEL))
		return ipsecvif_nl_refuse(extack, tfc,
					  "padding (tfc) is for outbound SAs in tunnel mode");
	if (conf->tfc && conf->proto == IPPROTO_AH)
		return ipsecvif_nl_refuse(extack, tfc,
					  "padding (tfc) is ESP's: AH shows the inner length");
	return 0;
}

/**
 * ipsecvif_nl_sa_encap_check() - can a protocol be in UDP?
 * @proto: IPPROTO_ESP or IPPROTO_AH
 * @encap: it is to be
 * @nest: the nest that says so
 * @extack: gets a sentence with an error
 *
 * Return: 0 or -EINVAL.
 */
int ipsecvif_nl_sa_encap_check(u8 proto, bool encap, const struct nlattr *nest,
			       struct netlink_ext_ack *extack)
{
	if (!encap || proto != IPPROTO_AH)
		return 0;
	return ipsecvif_nl_refuse(extack, nest,
				  "AH can't pass a NAT, whose addresses it covers: use ESP in UDP");
}

/* IPComp: RFC 3173 3.3 says which parameter indexes there are. */
static int parse_comp(struct nlattr **tb, struct ipsecvif_sa_conf *conf,
		      struct netlink_ext_ack *extack)
{
	const struct nlattr *name = tb[IPSECVIF_SA_A_COMP_NAME], *cpi = tb[IPSECVIF_SA_A_CPI];
	unsigned int value = cpi ? ntohs(nla_get_be16(cpi)) : IPSECVIF_COMP_CPI;

	if (!name && cpi)
		return ipsecvif_nl_refuse(extack, cpi, "a CPI goes with a compression algorithm");
	if (!name)
		return 0;
	if (strcmp(nla_data(name), "deflate")) {
		NL_SET_ERR_MSG_ATTR(extack, name,
				    "unknown compression algorithm: there is deflate");
		return -EOPNOTSUPP;
	}
	if (value != IPSECVIF_COMP_CPI && value < IPSECVIF_COMP_CPI_MIN)
		return ipsecvif_nl_refuse(extack, cpi,
					  "the CPI is 2, deflate's own, or from 256 to 65535");
	if (conf->tfc)
		return ipsecvif_nl_refuse(extack, name,
					  "compression shows what padding (tfc) is to hide");
	conf->comp = true;
	conf->cpi = htons(value);
	return 0;
}

/**
 * ipsecvif_nl_sa_parse() - read an SA of a request
 * @nest: IPSECVIF_A_SA
 * @vif: the device that it is for
 * @conf: written; its keys are the request's
 * @extack: gets a sentence with an error
 *
 * Context: process, RTNL held.
 * Return: 0 or -errno.
 */
int ipsecvif_nl_sa_parse(const struct nlattr *nest, struct ipsecvif_dev *vif,
			 struct ipsecvif_sa_conf *conf, struct netlink_ext_ack *extack)
{
	struct nlattr *tb[IPSECVIF_SA_A_MAX + 1];
	int err;

	err = nla_parse_nested(tb, IPSECVIF_SA_A_MAX, nest, ipsecvif_sa_policy, extack);
	if (!err)
		err = parse_kind(tb, nest, conf, extack);
	if (!err)
		err = parse_addrs(tb, nest, vif, conf, extack);
	if (!err)
		err = ipsecvif_nl_sa_encap(tb, nest, &conf->encap, &conf->sport, &conf->dport,
					   extack);
	if (!err)
		err = ipsecvif_nl_sa_encap_check(conf->proto, conf->encap, nest, extack);
	if (!err)
		err = parse_comp(tb, conf, extack);
	if (!err)
		err = parse_replay(tb, nest, conf, extack);
	if (!err)
		err = ipsecvif_nl_sa_limits(tb, nest, &conf->limits, extack);
	if (err)
		return err;
	parse_crypt(tb, &conf->crypt);
	conf->crypt.esn = conf->esn;
	conf->crypt.legacy = attr_u32(tb[IPSECVIF_SA_A_FLAGS]) & IPSECVIF_SA_F_LEGACY;
	return 0;
}
