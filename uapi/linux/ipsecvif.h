/* SPDX-License-Identifier: (GPL-2.0-only WITH Linux-syscall-note) OR MIT */
/*
 * The generic-netlink ABI of ipsecvif, the route-based IPsec interface.
 *
 * Documentation/netlink/specs/ipsecvif.yaml describes the same family for
 * machines; selftests/spec holds the two against each other.
 *
 * Conventions, unless an attribute says otherwise:
 *  - integers are in host byte order; SPIs, ports and addresses are in network
 *    byte order and marked (be);
 *  - an address attribute is 4 bytes (IPv4) or 16 bytes (IPv6) long, and its
 *    length is its family;
 *  - every request names one device, by IPSECVIF_A_IFINDEX or
 *    IPSECVIF_A_IFNAME (the index wins), looked up in the network namespace of
 *    the requesting socket, and needs CAP_NET_ADMIN in the user namespace that
 *    owns this namespace: reading, too, since SAs tell who talks to whom;
 *  - keys go in and never come out: no reply, dump or event carries one;
 *  - unknown attributes, wrong lengths and unfit combinations are refused with
 *    -EINVAL or the errno named, an extack sentence, and no change at all.
 */
#ifndef _UAPI_LINUX_IPSECVIF_H
#define _UAPI_LINUX_IPSECVIF_H

#include <linux/types.h>

#define IPSECVIF_GENL_NAME "ipsecvif"
#define IPSECVIF_GENL_VERSION 1
/* Multicast group that carries the *_NTF commands; joining needs CAP_NET_ADMIN. */
#define IPSECVIF_GENL_MCGRP_EVENTS "events"

/* rtnetlink's IFLA_INFO_KIND of the device. */
#define IPSECVIF_LINK_KIND "ipsecvif"

/*
 * SPIs that the kernel hands out lie in [IPSECVIF_SPI_MIN, IPSECVIF_SPI_MAX]:
 * the low 20 bits are a slot in the SA table, the next 8 a generation. The
 * range is disjoint from strongSwan's default (0xc0000000-0xcfffffff) and from
 * that of `ip xfrm state allocspi` (0x100-0x0fffffff).
 */
#define IPSECVIF_SPI_MIN 0xd0000000U
#define IPSECVIF_SPI_MAX 0xdfffffffU

/* Limits on one request and one device. */
#define IPSECVIF_KEY_MAX 128 /* bytes of one key, its salt included */
#define IPSECVIF_ALG_NAME_MAX 64 /* bytes of an algorithm's name with its NUL */
#define IPSECVIF_REPLAY_WINDOW_MAX 4096 /* packets, RFC 4303 3.4.3 */
#define IPSECVIF_SELECTORS_PER_REQUEST 256
#define IPSECVIF_HOLD_MAX 1024 /* packets that one selector holds */
/* IPSECVIF_SA_A_TFC: pad every packet to the path's MTU. */
#define IPSECVIF_TFC_MTU 0xffffffffU

/**
 * enum ipsecvif_cmd - requests and events
 * @IPSECVIF_CMD_CAPS_GET: what this module can do: one IPSECVIF_A_ALG for each
 *	algorithm that the running kernel offers. Names no device.
 * @IPSECVIF_CMD_DEV_GET: do: one device; dump: all of this namespace. Replies
 *	with IPSECVIF_A_DEV.
 * @IPSECVIF_CMD_DEV_SET: change the attributes present in IPSECVIF_A_DEV. An
 *	address of the unspecified value (0.0.0.0) clears it.
 * @IPSECVIF_CMD_SPI_ALLOC: reserve an inbound SPI for IPSECVIF_A_PROTO on the
 *	device; replies with IPSECVIF_A_SPI. A reservation ends with SA_ADD,
 *	SA_DEL (dir in), the device, or after 300 s. -ENOSPC when none is free.
 * @IPSECVIF_CMD_SA_ADD: install one SA, or an inbound and an outbound one
 *	together (two IPSECVIF_A_SA), with the IPSECVIF_A_SELECTORs that they
 *	carry: all of it or nothing. An inbound SA without an SPI gets one.
 *	Replies with an IPSECVIF_A_SA (DIR, SPI) for each. -EEXIST for an SPI
 *	in use, here or (inbound) in XFRM, and for a key and salt that a live
 *	outbound SA of this namespace already uses, in a mode that counts (all
 *	AEADs, and CTR).
 * @IPSECVIF_CMD_SA_GET: do: the SA named by IPSECVIF_A_SA (DIR, SPI, and for
 *	an outbound one DST where the SPI alone is ambiguous), -ENOENT if there
 *	is none; dump: all of the device, or of the namespace's devices when
 *	none is named.
 * @IPSECVIF_CMD_SA_UPDATE: change addresses, encapsulation ports or limits of
 *	an SA in place; sequence numbers and keys stay.
 * @IPSECVIF_CMD_SA_DEL: remove the SAs named (one or two IPSECVIF_A_SA);
 *	no packet that comes after the reply can use them. -ENOENT if one is
 *	absent and then removes none. A reserved SPI is given back.
 * @IPSECVIF_CMD_SA_FLUSH: remove all SAs of the device (both directions, or
 *	that of IPSECVIF_SA_A_DIR in IPSECVIF_A_SA).
 * @IPSECVIF_CMD_SELECTOR_ADD: add IPSECVIF_A_SELECTORs to the device; bound to
 *	an SA where IPSECVIF_SEL_A_SPI names one. -EEXIST for one already there.
 * @IPSECVIF_CMD_SELECTOR_DEL: remove the selectors given. -ENOENT if one is
 *	absent and then removes none.
 * @IPSECVIF_CMD_SELECTOR_GET: dump of the device's selectors, most specific
 *	first, in the order in which packets meet them.
 * @IPSECVIF_CMD_SELECTOR_FLUSH: remove all selectors of the device: it then
 *	carries whatever is routed into it.
 * @IPSECVIF_CMD_SOCK_ATTACH: let the module take ESP (RFC 3948) out of the
 *	UDP socket IPSECVIF_A_SOCK_FD of the caller. The socket stays the
 *	caller's: IKE still reaches it, keepalives do not. It must be an
 *	unconnected or connected UDP socket of the underlay namespace. Names no
 *	device. Ends when the socket is closed.
 * @IPSECVIF_CMD_SOCK_DETACH: undo SOCK_ATTACH for IPSECVIF_A_SOCK_FD.
 * @IPSECVIF_CMD_DROPS_GET: dump: a message for each device of this namespace
 *	(or the one named), then one without a device for packets that could be
 *	given to none, each with IPSECVIF_A_DROP for every reason.
 * @IPSECVIF_CMD_ACQUIRE_NTF: a packet met a selector (IPSECVIF_A_SELECTOR) that
 *	has no usable SA; IPSECVIF_A_PACKET_SELECTOR is the packet's own. At
 *	most one a second for each selector.
 * @IPSECVIF_CMD_EXPIRE_NTF: IPSECVIF_A_SA reached IPSECVIF_A_LIMIT;
 *	IPSECVIF_A_HARD is present when the SA is gone.
 * @IPSECVIF_CMD_SEQ_NTF: the sequence number of IPSECVIF_A_SA nears its end
 *	(IPSECVIF_SA_A_SEQ says where it is): rekey now. Once an SA.
 * @IPSECVIF_CMD_MAPPING_NTF: an authentic, fresh packet of IPSECVIF_A_SA came
 *	from another address or port (IPSECVIF_A_NEW_SRC, _NEW_SPORT).
 * @IPSECVIF_CMD_ICV_NTF: packets failed the integrity check of IPSECVIF_A_SA;
 *	at most one a second an SA, IPSECVIF_A_COUNT since the last.
 * @IPSECVIF_CMD_REPLAY_NTF: likewise, replayed or late packets.
 * @IPSECVIF_CMD_CARRIER_NTF: the device's carrier changed (IPSECVIF_A_CARRIER).
 * @IPSECVIF_CMD_SA_DEL_NTF: IPSECVIF_A_SA was removed by a request (SA_DEL,
 *	SA_FLUSH), or with its device.
 * @IPSECVIF_CMD_SA_ADD_NTF: IPSECVIF_A_SA was installed.
 */
enum ipsecvif_cmd {
	IPSECVIF_CMD_UNSPEC,
	IPSECVIF_CMD_CAPS_GET,
	IPSECVIF_CMD_DEV_GET,
	IPSECVIF_CMD_DEV_SET,
	IPSECVIF_CMD_SPI_ALLOC,
	IPSECVIF_CMD_SA_ADD,
	IPSECVIF_CMD_SA_GET,
	IPSECVIF_CMD_SA_UPDATE,
	IPSECVIF_CMD_SA_DEL,
	IPSECVIF_CMD_SA_FLUSH,
	IPSECVIF_CMD_SELECTOR_ADD,
	IPSECVIF_CMD_SELECTOR_DEL,
	IPSECVIF_CMD_SELECTOR_GET,
	IPSECVIF_CMD_SELECTOR_FLUSH,
	IPSECVIF_CMD_SOCK_ATTACH,
	IPSECVIF_CMD_SOCK_DETACH,
	IPSECVIF_CMD_DROPS_GET,
	IPSECVIF_CMD_ACQUIRE_NTF,
	IPSECVIF_CMD_EXPIRE_NTF,
	IPSECVIF_CMD_SEQ_NTF,
	IPSECVIF_CMD_MAPPING_NTF,
	IPSECVIF_CMD_ICV_NTF,
	IPSECVIF_CMD_REPLAY_NTF,
	IPSECVIF_CMD_CARRIER_NTF,
	IPSECVIF_CMD_SA_DEL_NTF,
	IPSECVIF_CMD_SA_ADD_NTF,

	/* private: */
	__IPSECVIF_CMD_MAX,
};

#define IPSECVIF_CMD_MAX (__IPSECVIF_CMD_MAX - 1)

/**
 * enum ipsecvif_attr - top-level attributes
 * @IPSECVIF_A_PAD: aligns 64-bit attributes.
 * @IPSECVIF_A_IFINDEX: u32, the device.
 * @IPSECVIF_A_IFNAME: string, the device.
 * @IPSECVIF_A_DEV: nest of enum ipsecvif_dev_attr.
 * @IPSECVIF_A_SA: nest of enum ipsecvif_sa_attr; may repeat.
 * @IPSECVIF_A_SELECTOR: nest of enum ipsecvif_selector_attr; may repeat.
 * @IPSECVIF_A_PACKET_SELECTOR: the same, of the packet behind an event.
 * @IPSECVIF_A_SPI: u32 (be).
 * @IPSECVIF_A_PROTO: u8, 50 (ESP) or 51 (AH).
 * @IPSECVIF_A_SOCK_FD: s32, a file descriptor of the caller.
 * @IPSECVIF_A_DROP: nest of enum ipsecvif_drop_attr; repeats.
 * @IPSECVIF_A_ALG: nest of enum ipsecvif_alg_attr; repeats.
 * @IPSECVIF_A_LIMIT: u8, enum ipsecvif_limit: which limit was reached.
 * @IPSECVIF_A_HARD: flag: the hard limit.
 * @IPSECVIF_A_NEW_SRC: address (be), where the packet came from.
 * @IPSECVIF_A_NEW_SPORT: u16 (be), its UDP source port; 0 if it had none.
 * @IPSECVIF_A_COUNT: u64, packets since the last such event.
 * @IPSECVIF_A_CARRIER: u8, 1 if the carrier is on.
 */
enum ipsecvif_attr {
	IPSECVIF_A_UNSPEC,
	IPSECVIF_A_PAD,
	IPSECVIF_A_IFINDEX,
	IPSECVIF_A_IFNAME,
	IPSECVIF_A_DEV,
	IPSECVIF_A_SA,
	IPSECVIF_A_SELECTOR,
	IPSECVIF_A_PACKET_SELECTOR,
	IPSECVIF_A_SPI,
	IPSECVIF_A_PROTO,
	IPSECVIF_A_SOCK_FD,
	IPSECVIF_A_DROP,
	IPSECVIF_A_ALG,
	IPSECVIF_A_LIMIT,
	IPSECVIF_A_HARD,
	IPSECVIF_A_NEW_SRC,
	IPSECVIF_A_NEW_SPORT,
	IPSECVIF_A_COUNT,
	IPSECVIF_A_CARRIER,

	/* private: */
	__IPSECVIF_A_MAX,
};

#define IPSECVIF_A_MAX (__IPSECVIF_A_MAX - 1)

/**
 * enum ipsecvif_df - what becomes of the Don't Fragment bit
 * @IPSECVIF_DF_COPY: outer = inner (RFC 4301 8.1); IPv6 inside counts as set.
 * @IPSECVIF_DF_SET: outer set: never fragment after encryption.
 * @IPSECVIF_DF_CLEAR: outer clear.
 */
enum ipsecvif_df {
	IPSECVIF_DF_COPY,
	IPSECVIF_DF_SET,
	IPSECVIF_DF_CLEAR,
};

/**
 * enum ipsecvif_dscp - what becomes of the DSCP on the way out
 * @IPSECVIF_DSCP_CLEAR: outer 0 (the default: it tells an observer nothing).
 * @IPSECVIF_DSCP_COPY: outer = inner.
 */
enum ipsecvif_dscp {
	IPSECVIF_DSCP_CLEAR,
	IPSECVIF_DSCP_COPY,
};

/**
 * enum ipsecvif_flow_label - the flow label of outer IPv6 headers, RFC 6438
 * @IPSECVIF_FLOW_LABEL_SA: one for each SA (the default): paths are spread, and
 *	an observer does not learn which packets belong together.
 * @IPSECVIF_FLOW_LABEL_COPY: outer = inner; 0 around IPv4.
 * @IPSECVIF_FLOW_LABEL_ZERO: outer 0.
 */
enum ipsecvif_flow_label {
	IPSECVIF_FLOW_LABEL_SA,
	IPSECVIF_FLOW_LABEL_COPY,
	IPSECVIF_FLOW_LABEL_ZERO,
};

/**
 * enum ipsecvif_dev_attr - a device
 * @IPSECVIF_DEV_A_IFINDEX: u32, reply only.
 * @IPSECVIF_DEV_A_IFNAME: string, reply only.
 * @IPSECVIF_DEV_A_LOCAL: address (be), default outer source of its SAs.
 * @IPSECVIF_DEV_A_REMOTE: address (be), default outer destination.
 * @IPSECVIF_DEV_A_FWMARK: u32, mark of outer packets, for policy routing; 0 none.
 * @IPSECVIF_DEV_A_UNDERLAY: u32, ifindex in the underlay namespace that outer
 *	packets leave by (a VRF's index: its table); 0 any.
 * @IPSECVIF_DEV_A_DF: u8, enum ipsecvif_df.
 * @IPSECVIF_DEV_A_TTL: u8, outer TTL; 0 copies the inner one.
 * @IPSECVIF_DEV_A_DSCP: u8, enum ipsecvif_dscp.
 * @IPSECVIF_DEV_A_CARRIER: u8, reply only, 1 while a usable outbound SA exists.
 * @IPSECVIF_DEV_A_MTU: u32, reply only: the device's MTU now.
 * @IPSECVIF_DEV_A_MTU_AUTO: u8: 1 when the MTU follows path and transform (the
 *	default); setting the MTU by rtnetlink makes it 0, setting 1 here
 *	returns to the computed one; 0 is refused.
 * @IPSECVIF_DEV_A_SA_COUNT: u32, reply only.
 * @IPSECVIF_DEV_A_SELECTOR_COUNT: u32, reply only.
 * @IPSECVIF_DEV_A_UNDERLAY_NETNSID: s32, reply only: the underlay namespace as
 *	seen from here; absent when it is this one, -1 when it has no id here.
 * @IPSECVIF_DEV_A_HOLD: u32, packets that each selector without an SA holds
 *	until one comes, at most IPSECVIF_HOLD_MAX; 0 holds none. Default 16.
 *	Another sends the oldest away; none waits longer than 30 s, or while
 *	nobody listens to IPSECVIF_GENL_MCGRP_EVENTS, who could bring an SA.
 * @IPSECVIF_DEV_A_FLOW_LABEL: u8, enum ipsecvif_flow_label.
 * @IPSECVIF_DEV_A_UDP_CSUM: u8: 1 has ESP in UDP over IPv4 carry a checksum,
 *	too; 0, the default, sends none there (RFC 3948 2.1) but in what a
 *	super-packet of TCP became, which the underlay's device cuts. Over IPv6
 *	there is always one.
 * @IPSECVIF_DEV_A_STRICT: u8: 1 refuses packets that the device's selectors
 *	protect when they arrive in clear by another interface of its namespace
 *	(RFC 4301 5.2); 0, the default, leaves that to routing and the firewall.
 */
enum ipsecvif_dev_attr {
	IPSECVIF_DEV_A_UNSPEC,
	IPSECVIF_DEV_A_IFINDEX,
	IPSECVIF_DEV_A_IFNAME,
	IPSECVIF_DEV_A_LOCAL,
	IPSECVIF_DEV_A_REMOTE,
	IPSECVIF_DEV_A_FWMARK,
	IPSECVIF_DEV_A_UNDERLAY,
	IPSECVIF_DEV_A_DF,
	IPSECVIF_DEV_A_TTL,
	IPSECVIF_DEV_A_DSCP,
	IPSECVIF_DEV_A_CARRIER,
	IPSECVIF_DEV_A_MTU,
	IPSECVIF_DEV_A_MTU_AUTO,
	IPSECVIF_DEV_A_SA_COUNT,
	IPSECVIF_DEV_A_SELECTOR_COUNT,
	IPSECVIF_DEV_A_UNDERLAY_NETNSID,
	IPSECVIF_DEV_A_HOLD,
	IPSECVIF_DEV_A_FLOW_LABEL,
	IPSECVIF_DEV_A_UDP_CSUM,
	IPSECVIF_DEV_A_STRICT,

	/* private: */
	__IPSECVIF_DEV_A_MAX,
};

#define IPSECVIF_DEV_A_MAX (__IPSECVIF_DEV_A_MAX - 1)

/**
 * enum ipsecvif_dir - an SA's direction
 * @IPSECVIF_DIR_IN: the peer sends, we receive.
 * @IPSECVIF_DIR_OUT: we send.
 */
enum ipsecvif_dir {
	IPSECVIF_DIR_IN,
	IPSECVIF_DIR_OUT,
};

/**
 * enum ipsecvif_mode - RFC 4301 3.2
 * @IPSECVIF_MODE_TRANSPORT: transport mode.
 * @IPSECVIF_MODE_TUNNEL: tunnel mode.
 */
enum ipsecvif_mode {
	IPSECVIF_MODE_TRANSPORT,
	IPSECVIF_MODE_TUNNEL,
};

/* Bits of IPSECVIF_SA_A_FLAGS. */
#define IPSECVIF_SA_F_ESN 0x1U /* 64-bit sequence numbers, RFC 4303 2.2.1 */
#define IPSECVIF_SA_F_RESERVED 0x2U /* reply only: SPI_ALLOC made it, no keys yet */
#define IPSECVIF_SA_F_EXPIRED 0x4U /* reply only: past a hard limit, being removed */
#define IPSECVIF_SA_F_LEGACY 0x8U /* 3DES, MD5, SHA-256-96 are meant, RFC 8221 or not */

/**
 * enum ipsecvif_limit - what IPSECVIF_A_LIMIT names
 * @IPSECVIF_LIMIT_TIME: seconds since the SA was added.
 * @IPSECVIF_LIMIT_BYTES: inner bytes.
 * @IPSECVIF_LIMIT_PACKETS: packets.
 * @IPSECVIF_LIMIT_SEQ: the sequence number's end (always hard).
 * @IPSECVIF_LIMIT_VMFORK: the virtual machine was cloned or restored, so that
 *	nonces could repeat (always hard, outbound only).
 * @IPSECVIF_LIMIT_IDLE: seconds without a packet.
 * @IPSECVIF_LIMIT_HIBERNATE: the machine's memory is about to be written to a
 *	disk, and keys are not to be (always hard).
 */
enum ipsecvif_limit {
	IPSECVIF_LIMIT_TIME,
	IPSECVIF_LIMIT_BYTES,
	IPSECVIF_LIMIT_PACKETS,
	IPSECVIF_LIMIT_SEQ,
	IPSECVIF_LIMIT_VMFORK,
	IPSECVIF_LIMIT_IDLE,
	IPSECVIF_LIMIT_HIBERNATE,
};

/**
 * enum ipsecvif_sa_attr - an SA
 * @IPSECVIF_SA_A_PAD: aligns 64-bit attributes.
 * @IPSECVIF_SA_A_IFINDEX: u32, reply only: its device.
 * @IPSECVIF_SA_A_DIR: u8, enum ipsecvif_dir. Required.
 * @IPSECVIF_SA_A_SPI: u32 (be), RFC 4303 2.1. Required but for an inbound
 *	SA_ADD, where absent or 0 has the kernel choose. An explicit inbound SPI
 *	inside our range must have been reserved; 1-255 are refused.
 * @IPSECVIF_SA_A_SRC: address (be), outer source; default by direction the
 *	device's LOCAL (out) or REMOTE (in). Inbound it is not compared: an SA is
 *	found by its SPI (RFC 4301 4.1), and the ICV tells who sent the packet; it
 *	is what IPSECVIF_CMD_MAPPING_NTF measures against.
 * @IPSECVIF_SA_A_DST: address (be), outer destination; likewise REMOTE (out) or
 *	LOCAL (in). Inbound it must be the packet's, unless it is absent.
 * @IPSECVIF_SA_A_PROTO: u8, 50 (ESP, the default) or 51 (AH).
 * @IPSECVIF_SA_A_MODE: u8, enum ipsecvif_mode; default tunnel.
 * @IPSECVIF_SA_A_AEAD_NAME: string, XFRM's name: "rfc4106(gcm(aes))"; with
 *	implicit IVs, which XFRM lacks, "rfc8750(gcm(aes))", "rfc8750(ccm(aes))"
 *	or "rfc8750(chacha20,poly1305)".
 * @IPSECVIF_SA_A_AEAD_KEY: binary, request only: key, then salt (RFC 4106 8.1).
 * @IPSECVIF_SA_A_AEAD_ICV_BITS: u32; if absent, the first that CAPS_GET tells.
 * @IPSECVIF_SA_A_ENC_NAME: string: "cbc(aes)".
 * @IPSECVIF_SA_A_ENC_KEY: binary, request only: key, then the nonce of CTR (RFC
 *	3686 5.1). Absent with NULL encryption.
 * @IPSECVIF_SA_A_AUTH_NAME: string: "hmac(sha256)".
 * @IPSECVIF_SA_A_AUTH_KEY: binary, request only.
 * @IPSECVIF_SA_A_AUTH_TRUNC_BITS: u32, ICV length; if absent, the first that
 *	CAPS_GET tells: 128 for hmac(sha256) (RFC 4868 2.6).
 * @IPSECVIF_SA_A_ENCAP_SPORT: u16 (be), UDP source port: ESP in UDP (RFC 3948)
 *	when both ports are present, plain ESP when both are 0.
 * @IPSECVIF_SA_A_ENCAP_DPORT: u16 (be), UDP destination port.
 * @IPSECVIF_SA_A_REPLAY_WINDOW: u32, packets, 0 (no check), or 32 to
 *	IPSECVIF_REPLAY_WINDOW_MAX rounded up to a multiple of 64; default 64.
 *	Inbound only. 0 together with ESN is refused (RFC 4303 3.3.3).
 * @IPSECVIF_SA_A_FLAGS: u32, IPSECVIF_SA_F_*.
 * @IPSECVIF_SA_A_TIME_SOFT: u64, seconds; 0 or absent: no limit.
 * @IPSECVIF_SA_A_TIME_HARD: u64, seconds.
 * @IPSECVIF_SA_A_BYTE_SOFT: u64, inner bytes.
 * @IPSECVIF_SA_A_BYTE_HARD: u64, inner bytes.
 * @IPSECVIF_SA_A_PACKET_SOFT: u64, packets.
 * @IPSECVIF_SA_A_PACKET_HARD: u64, packets.
 * @IPSECVIF_SA_A_SEQ: u64. Reply: the last sequence number sent, or the highest
 *	received. Request (SA_ADD): continue after this one.
 * @IPSECVIF_SA_A_PACKETS: u64, reply only: packets that passed.
 * @IPSECVIF_SA_A_BYTES: u64, reply only: their inner bytes.
 * @IPSECVIF_SA_A_AGE: u64, reply only: seconds since SA_ADD.
 * @IPSECVIF_SA_A_IDLE: u64, reply only: seconds since the last packet; absent
 *	when there was none.
 * @IPSECVIF_SA_A_REPLAYS: u64, reply only: packets dropped as replayed or late.
 * @IPSECVIF_SA_A_ICV_FAILURES: u64, reply only.
 * @IPSECVIF_SA_A_MTU: u32, reply only, outbound: the largest inner packet that
 *	fits the path now.
 * @IPSECVIF_SA_A_DRIVER: string, reply only: the kernel crypto driver in use;
 *	"chacha20poly1305-lib" is the crypto library instead of a driver.
 * @IPSECVIF_SA_A_SELECTOR: nest of enum ipsecvif_selector_attr, reply only;
 *	repeats: the selectors bound to it.
 * @IPSECVIF_SA_A_TFC: u32, bytes that inner packets are padded to, against
 *	traffic analysis (RFC 4303 2.7); IPSECVIF_TFC_MTU: all that fits. ESP in
 *	tunnel mode, outbound. 0 or absent: none.
 * @IPSECVIF_SA_A_IDLE_SOFT: u64, seconds without a packet (IPSECVIF_LIMIT_IDLE);
 *	0 or absent: no limit.
 * @IPSECVIF_SA_A_IDLE_HARD: u64, seconds.
 * @IPSECVIF_SA_A_COMP_NAME: string, "deflate": IPComp (RFC 3173, RFC 2394).
 * @IPSECVIF_SA_A_CPI: u16 (be), the compression parameter index: that of the
 *	peer outbound, ours inbound; 2 if absent, the well-known one of deflate.
 * @IPSECVIF_SA_A_SPREAD: u64, reply only: packets that were given to the CPUs that
 *	share an SA's work; absent with 0.
 * @IPSECVIF_SA_A_STEERED: u64, reply only: packets that another CPU did than the one
 *	that they came to; inbound; absent with 0.
 */
enum ipsecvif_sa_attr {
	IPSECVIF_SA_A_UNSPEC,
	IPSECVIF_SA_A_PAD,
	IPSECVIF_SA_A_IFINDEX,
	IPSECVIF_SA_A_DIR,
	IPSECVIF_SA_A_SPI,
	IPSECVIF_SA_A_SRC,
	IPSECVIF_SA_A_DST,
	IPSECVIF_SA_A_PROTO,
	IPSECVIF_SA_A_MODE,
	IPSECVIF_SA_A_AEAD_NAME,
	IPSECVIF_SA_A_AEAD_KEY,
	IPSECVIF_SA_A_AEAD_ICV_BITS,
	IPSECVIF_SA_A_ENC_NAME,
	IPSECVIF_SA_A_ENC_KEY,
	IPSECVIF_SA_A_AUTH_NAME,
	IPSECVIF_SA_A_AUTH_KEY,
	IPSECVIF_SA_A_AUTH_TRUNC_BITS,
	IPSECVIF_SA_A_ENCAP_SPORT,
	IPSECVIF_SA_A_ENCAP_DPORT,
	IPSECVIF_SA_A_REPLAY_WINDOW,
	IPSECVIF_SA_A_FLAGS,
	IPSECVIF_SA_A_TIME_SOFT,
	IPSECVIF_SA_A_TIME_HARD,
	IPSECVIF_SA_A_BYTE_SOFT,
	IPSECVIF_SA_A_BYTE_HARD,
	IPSECVIF_SA_A_PACKET_SOFT,
	IPSECVIF_SA_A_PACKET_HARD,
	IPSECVIF_SA_A_SEQ,
	IPSECVIF_SA_A_PACKETS,
	IPSECVIF_SA_A_BYTES,
	IPSECVIF_SA_A_AGE,
	IPSECVIF_SA_A_IDLE,
	IPSECVIF_SA_A_REPLAYS,
	IPSECVIF_SA_A_ICV_FAILURES,
	IPSECVIF_SA_A_MTU,
	IPSECVIF_SA_A_DRIVER,
	IPSECVIF_SA_A_SELECTOR,
	IPSECVIF_SA_A_TFC,
	IPSECVIF_SA_A_IDLE_SOFT,
	IPSECVIF_SA_A_IDLE_HARD,
	IPSECVIF_SA_A_COMP_NAME,
	IPSECVIF_SA_A_CPI,
	IPSECVIF_SA_A_SPREAD,
	IPSECVIF_SA_A_STEERED,

	/* private: */
	__IPSECVIF_SA_A_MAX,
};

#define IPSECVIF_SA_A_MAX (__IPSECVIF_SA_A_MAX - 1)

/**
 * enum ipsecvif_selector_attr - a traffic selector, RFC 4301 4.4.1.1, as seen
 * by an outbound packet: SRC is on our side. An inbound packet is held against
 * it with the two sides exchanged.
 * @IPSECVIF_SEL_A_PAD: aligns 64-bit attributes.
 * @IPSECVIF_SEL_A_SRC: address (be), network part; host bits must be 0.
 *	Required, and of the family of DST.
 * @IPSECVIF_SEL_A_SRC_PREFIX: u8, prefix length in bits; required.
 * @IPSECVIF_SEL_A_DST: address (be), likewise.
 * @IPSECVIF_SEL_A_DST_PREFIX: u8, likewise.
 * @IPSECVIF_SEL_A_PROTO: u8, upper-layer protocol; 0 or absent any.
 * @IPSECVIF_SEL_A_SPORT_MIN: u16 (be), lowest source port; needs a PROTO with
 *	ports (TCP, UDP, UDP-Lite, SCTP, DCCP). Absent with its MAX: any port.
 * @IPSECVIF_SEL_A_SPORT_MAX: u16 (be), highest source port; MIN if absent.
 * @IPSECVIF_SEL_A_DPORT_MIN: u16 (be).
 * @IPSECVIF_SEL_A_DPORT_MAX: u16 (be).
 * @IPSECVIF_SEL_A_SPI: u32 (be). Request: bind to this SA of the device;
 *	unbound, it uses the device's newest outbound SA that has no selector
 *	of its own. Reply: the outbound SA in use now; absent if none is bound.
 * @IPSECVIF_SEL_A_AUTO: flag, reply only: came with an SA_ADD and goes with its
 *	last SA.
 * @IPSECVIF_SEL_A_PACKETS: u64, reply only: outbound packets that matched.
 * @IPSECVIF_SEL_A_SRC_MAX: address (be), the last of a range that SRC begins;
 *	instead of SRC_PREFIX.
 * @IPSECVIF_SEL_A_DST_MAX: address (be), likewise.
 * @IPSECVIF_SEL_A_ICMP_TYPE_MIN: u8, lowest ICMP or ICMPv6 type; needs PROTO 1
 *	or 58 (RFC 4301 4.4.1.1). Absent with its MAX: any.
 * @IPSECVIF_SEL_A_ICMP_TYPE_MAX: u8; MIN if absent.
 * @IPSECVIF_SEL_A_ICMP_CODE_MIN: u8, lowest code; needs a type.
 * @IPSECVIF_SEL_A_ICMP_CODE_MAX: u8; MIN if absent.
 * @IPSECVIF_SEL_A_HELD: u32, reply only: packets that wait for an SA.
 */
enum ipsecvif_selector_attr {
	IPSECVIF_SEL_A_UNSPEC,
	IPSECVIF_SEL_A_PAD,
	IPSECVIF_SEL_A_SRC,
	IPSECVIF_SEL_A_SRC_PREFIX,
	IPSECVIF_SEL_A_DST,
	IPSECVIF_SEL_A_DST_PREFIX,
	IPSECVIF_SEL_A_PROTO,
	IPSECVIF_SEL_A_SPORT_MIN,
	IPSECVIF_SEL_A_SPORT_MAX,
	IPSECVIF_SEL_A_DPORT_MIN,
	IPSECVIF_SEL_A_DPORT_MAX,
	IPSECVIF_SEL_A_SPI,
	IPSECVIF_SEL_A_AUTO,
	IPSECVIF_SEL_A_PACKETS,
	IPSECVIF_SEL_A_SRC_MAX,
	IPSECVIF_SEL_A_DST_MAX,
	IPSECVIF_SEL_A_ICMP_TYPE_MIN,
	IPSECVIF_SEL_A_ICMP_TYPE_MAX,
	IPSECVIF_SEL_A_ICMP_CODE_MIN,
	IPSECVIF_SEL_A_ICMP_CODE_MAX,
	IPSECVIF_SEL_A_HELD,

	/* private: */
	__IPSECVIF_SEL_A_MAX,
};

#define IPSECVIF_SEL_A_MAX (__IPSECVIF_SEL_A_MAX - 1)

/**
 * enum ipsecvif_alg_attr - an algorithm that CAPS_GET found usable
 * @IPSECVIF_ALG_A_KIND: u8, enum ipsecvif_alg_kind.
 * @IPSECVIF_ALG_A_NAME: string, as an SA names it; twice, if some of its ICV
 *	lengths are only for IPSECVIF_SA_F_LEGACY.
 * @IPSECVIF_ALG_A_KEY_BITS: u32, a key length without its salt; repeats; absent
 *	if it takes no key.
 * @IPSECVIF_ALG_A_SALT_BITS: u32, salt after the key; absent if none.
 * @IPSECVIF_ALG_A_ICV_BITS: u32, an ICV length; repeats, the default first.
 * @IPSECVIF_ALG_A_AH: flag: AH can use it, too.
 * @IPSECVIF_ALG_A_LEGACY: flag: only with IPSECVIF_SA_F_LEGACY.
 */
enum ipsecvif_alg_attr {
	IPSECVIF_ALG_A_UNSPEC,
	IPSECVIF_ALG_A_KIND,
	IPSECVIF_ALG_A_NAME,
	IPSECVIF_ALG_A_KEY_BITS,
	IPSECVIF_ALG_A_SALT_BITS,
	IPSECVIF_ALG_A_ICV_BITS,
	IPSECVIF_ALG_A_AH,
	IPSECVIF_ALG_A_LEGACY,

	/* private: */
	__IPSECVIF_ALG_A_MAX,
};

#define IPSECVIF_ALG_A_MAX (__IPSECVIF_ALG_A_MAX - 1)

/**
 * enum ipsecvif_alg_kind - which SA attribute an algorithm belongs in
 * @IPSECVIF_ALG_AEAD: IPSECVIF_SA_A_AEAD_NAME.
 * @IPSECVIF_ALG_ENC: IPSECVIF_SA_A_ENC_NAME.
 * @IPSECVIF_ALG_AUTH: IPSECVIF_SA_A_AUTH_NAME.
 */
enum ipsecvif_alg_kind {
	IPSECVIF_ALG_AEAD,
	IPSECVIF_ALG_ENC,
	IPSECVIF_ALG_AUTH,
};

/**
 * enum ipsecvif_drop_attr - one reason's counter
 * @IPSECVIF_DROP_A_PAD: aligns 64-bit attributes.
 * @IPSECVIF_DROP_A_REASON: u32, enum ipsecvif_drop_reason.
 * @IPSECVIF_DROP_A_NAME: string, as in IPSECVIF_DROP_REASONS.
 * @IPSECVIF_DROP_A_COUNT: u64, packets.
 */
enum ipsecvif_drop_attr {
	IPSECVIF_DROP_A_UNSPEC,
	IPSECVIF_DROP_A_PAD,
	IPSECVIF_DROP_A_REASON,
	IPSECVIF_DROP_A_NAME,
	IPSECVIF_DROP_A_COUNT,

	/* private: */
	__IPSECVIF_DROP_A_MAX,
};

#define IPSECVIF_DROP_A_MAX (__IPSECVIF_DROP_A_MAX - 1)

/*
 * Why a packet was dropped: X(SYMBOL, name, meaning, cure). Kernel, command
 * and documentation take their words from here. Append only: the position is
 * ABI.
 */
#define IPSECVIF_DROP_REASONS(X) \
	X(NO_SELECTOR, "no-selector", \
	  "outbound packet matched no traffic selector of the device", \
	  "route only protected networks into the device, or add a selector for this one") \
	X(NO_SA, "no-sa", \
	  "outbound packet had no usable SA, and is never sent in clear", \
	  "bring the tunnel up: ipsecvif tunnel up, or add an outbound SA") \
	X(NOT_IP, "not-ip", \
	  "outbound frame was neither IPv4 nor IPv6, or its header was broken", \
	  "only IP can be routed into the device; bridge over GRE or VXLAN instead") \
	X(NO_ROUTE, "no-route", \
	  "no route to the peer's outer address in the underlay namespace", \
	  "check ip route get to the SA's dst, the device's fwmark and underlay") \
	X(LOOP, "loop", \
	  "the route to the peer leads back into a tunnel, in the end this one", \
	  "add a route to the peer's outer address outside the tunnel") \
	X(TOO_BIG, "too-big", \
	  "packet exceeded the path and must not be fragmented; its sender was told by ICMP", \
	  "if transfers hang, let ICMP reach the sender or clamp the TCP MSS") \
	X(SEQ_END, "seq-end", \
	  "the outbound SA used up its sequence numbers", \
	  "rekey in time, and negotiate extended sequence numbers") \
	X(LIMIT, "limit", \
	  "the SA is past its hard limit of time, bytes or packets", \
	  "rekey before the hard limit: set soft limits below it") \
	X(NO_MEMORY, "no-memory", \
	  "no memory for the packet", \
	  "give the machine more memory, or lower its queues") \
	X(CRYPTO, "crypto", \
	  "the kernel crypto API failed to process the packet", \
	  "see the kernel log; try another crypto driver") \
	X(UNDERLAY, "underlay", \
	  "the underlay refused the outer packet", \
	  "check the underlay's firewall, queue and link") \
	X(SHORT, "short", \
	  "inbound packet was too short for ESP and its transform", \
	  "the peer or a middlebox truncates packets, or the peer uses another transform") \
	X(UNKNOWN_SPI, "unknown-spi", \
	  "inbound SPI of our range that no SA has", \
	  "the peer uses an SA that is gone: it should rekey, or restart the tunnel there") \
	X(REPLAY_OLD, "replay-old", \
	  "sequence number older than the replay window", \
	  "if not an attack, the network reorders: widen replay-window") \
	X(REPLAY_SEEN, "replay-seen", \
	  "sequence number that was already received", \
	  "an attack, or a network that doubles packets") \
	X(ICV, "icv", \
	  "integrity check failed: corrupted, forged, or the keys differ", \
	  "if all packets fail, the keys or algorithms differ from the peer's") \
	X(PADDING, "padding", \
	  "padding after decryption was not 1, 2, 3, ... (RFC 4303 2.4)", \
	  "the peer builds bad ESP, or negotiated something else") \
	X(NEXT_HEADER, "next-header", \
	  "protocol inside ESP was not the one of the SA's mode", \
	  "the peer's mode (tunnel, transport) differs from ours") \
	X(INNER, "inner", \
	  "inner IP header was broken", \
	  "the peer sends malformed packets") \
	X(SELECTOR_IN, "selector-in", \
	  "inner packet was outside the traffic selectors of the SA it came by", \
	  "align the selectors of both sides, or the peer's routes into its tunnel") \
	X(ECN, "ecn", \
	  "inner packet not ECN-capable, outer marked congestion experienced (RFC 6040)", \
	  "a network on the path marks packets that it must drop") \
	X(ENCAP, "encap", \
	  "SA wants ESP in UDP and the packet came without, or the other way round", \
	  "the peer sees no NAT where we do: force UDP encapsulation or forbid it, on both sides") \
	X(ADDRESS, "address", \
	  "outer destination is not that of the inbound SA", \
	  "our address changed, or the peer uses another: update the SA, or the peer's remote") \
	X(LINK_DOWN, "link-down", \
	  "the device is administratively down", \
	  "ip link set up the device") \
	X(DUMMY, "dummy", \
	  "dummy packet for traffic-flow confidentiality (next header 59), as it should be", \
	  "nothing to cure") \
	X(LINK_LOCAL, "link-local", \
	  "outbound link-local multicast (router solicitation, MLD, mDNS) without a selector or SA", \
	  "nothing to cure; for OSPF and the like add a selector for 224.0.0.0/24 or ff02::/16") \
	X(TRANSPORT, "transport", \
	  "outbound packet was not between the outer addresses of its transport-mode SA", \
	  "route only the peer's own address into the device, or use tunnel mode") \
	X(FRAGMENT, "fragment", \
	  "fragment that did not become a whole packet, which transport mode and AH need", \
	  "lower the MTU of what sends through the device, or use tunnel mode") \
	X(COMP, "comp", \
	  "inbound IPComp packet that could not be expanded, or of another CPI", \
	  "the peer's compression differs from ours: switch it off on both sides") \
	X(AH, "ah", \
	  "AH header of a wrong length, or IP options that can't be authenticated", \
	  "the peer uses another integrity algorithm, or sends broken headers") \
	X(AGGFRAG, "aggfrag", \
	  "IP-TFS payload (next header 144, RFC 9347), which is not supported", \
	  "switch IP-TFS off at the peer") \
	X(HOLD_FULL, "hold-full", \
	  "packet for an SA that is being set up, with its selector's queue full", \
	  "nothing to cure if it is brief; else see why the tunnel does not come up") \
	X(HOLD_TIMEOUT, "hold-timeout", \
	  "held packet whose SA did not come in time", \
	  "see why the tunnel does not come up: ipsecvif tunnel why") \
	X(CLEAR_IN, "clear-in", \
	  "packet in clear, by another interface, that a selector of this device protects", \
	  "the sender bypasses the tunnel; if it may, set strict off or narrow the selector") \
	X(BACKLOG, "backlog", \
	  "too many packets waited for the CPUs that share the work", \
	  "the CPUs can't keep up: spread the traffic over several SAs, or send less")

/**
 * enum ipsecvif_drop_reason - why a packet was dropped; see
 * IPSECVIF_DROP_REASONS for the words.
 */
enum ipsecvif_drop_reason {
#define IPSECVIF_DROP_ENUM(symbol, name, meaning, cure) IPSECVIF_DROP_##symbol,
	IPSECVIF_DROP_REASONS(IPSECVIF_DROP_ENUM)
#undef IPSECVIF_DROP_ENUM
	/* private: */
	__IPSECVIF_DROP_MAX,
};

#define IPSECVIF_DROP_MAX (__IPSECVIF_DROP_MAX - 1)

#endif /* _UAPI_LINUX_IPSECVIF_H */
