/* SPDX-License-Identifier: MIT */
/*
 * libipsecvif: a typed client for the generic-netlink family of ipsecvif.
 *
 * uapi/linux/ipsecvif.h is the contract with the kernel and explains what each
 * value means there; this header says how a program in user space holds it.
 *
 * Conventions:
 *  - integers, SPIs and ports included, are in host byte order; the bytes of
 *    an address are in network byte order;
 *  - a call returns 0, or a negative errno with a sentence in
 *    ipsecvif_client_error(): the kernel's own where it gave one;
 *  - a member that is zero (or an address of family AF_UNSPEC, or an empty
 *    name) is absent, both in requests and in replies, unless its comment
 *    says otherwise;
 *  - a device is named by its index in the network namespace of the client;
 *  - a client belongs to one thread at a time. Calls block until the kernel
 *    answered, which it does before the request's system call returns.
 */
#ifndef IPSECVIF_LIB_H
#define IPSECVIF_LIB_H

#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <linux/ipsecvif.h>

struct ipsecvif_client;
struct ipsecvif_events;

/* An attribute's bit in the @what masks of ipsecvif_dev_set() and _sa_update(). */
#define IPSECVIF_BIT(attr) (UINT64_C(1) << (attr))

/* --- addresses (addr.c) ------------------------------------------------- */

/* Bytes that hold any address as text, with its NUL. */
#define IPSECVIF_ADDR_STRLEN INET6_ADDRSTRLEN
/* The same with "/128" after it. */
#define IPSECVIF_PREFIX_STRLEN (INET6_ADDRSTRLEN + 4)

/**
 * struct ipsecvif_addr - an IPv4 or IPv6 address, or none
 * @family: AF_INET, AF_INET6, or AF_UNSPEC for none.
 * @bytes: the address in network byte order; the first 4 bytes for IPv4. The
 *	rest is zero, so that two addresses compare with memcmp().
 */
struct ipsecvif_addr {
	sa_family_t family;
	uint8_t bytes[16];
};

/**
 * ipsecvif_addr_parse - read a numeric address
 * @text: "192.0.2.1" or "2001:db8::1".
 * @addr: where to write it; untouched on error.
 *
 * Return: 0, or -EINVAL if @text is no numeric address.
 */
int ipsecvif_addr_parse(const char *text, struct ipsecvif_addr *addr);

/**
 * ipsecvif_prefix_parse - read a network, such as "10.1.0.0/16"
 * @text: an address, optionally with "/length"; or "default" or "any", which
 *	is 0.0.0.0/0, or ::/0 if @family is AF_INET6.
 * @family: the family wanted for "any", AF_UNSPEC if either.
 * @addr: where to write the address; host bits are kept as written.
 * @prefix: where to write the length in bits; the full one if absent.
 *
 * Return: 0, or -EINVAL if @text is no network.
 */
int ipsecvif_prefix_parse(const char *text, sa_family_t family, struct ipsecvif_addr *addr,
			  uint8_t *prefix);

/**
 * ipsecvif_range_parse - read a range of addresses, such as "10.1.0.5-10.1.0.9"
 * @text: two addresses of one family, the second not below the first.
 * @min: where to write the first; untouched on error, as is @max.
 * @max: where to write the last.
 *
 * Return: 0, or -EINVAL if @text is no range.
 */
int ipsecvif_range_parse(const char *text, struct ipsecvif_addr *min, struct ipsecvif_addr *max);

/**
 * ipsecvif_addr_format - write an address as text
 * @addr: the address; none is written as "any".
 * @text: at least IPSECVIF_ADDR_STRLEN bytes.
 *
 * Return: @text.
 */
const char *ipsecvif_addr_format(const struct ipsecvif_addr *addr, char text[IPSECVIF_ADDR_STRLEN]);

/**
 * ipsecvif_addr_from_bytes - make an address of an attribute's payload
 * @bytes: 4 or 16 bytes in network order.
 * @len: their number, which is the family.
 * @addr: where to write it.
 *
 * Return: 0, or -EINVAL for any other @len.
 */
int ipsecvif_addr_from_bytes(const void *bytes, size_t len, struct ipsecvif_addr *addr);

/**
 * ipsecvif_addr_len - the length of an address in bytes
 * @addr: the address.
 *
 * Return: 4, 16, or 0 for none.
 */
size_t ipsecvif_addr_len(const struct ipsecvif_addr *addr);

/**
 * ipsecvif_addr_equal - are two addresses the same?
 * @a: an address.
 * @b: another.
 *
 * Return: true if family and bytes agree.
 */
bool ipsecvif_addr_equal(const struct ipsecvif_addr *a, const struct ipsecvif_addr *b);

/**
 * ipsecvif_addr_mask - clear the host bits of an address
 * @addr: the address, changed in place.
 * @prefix: length of its network part in bits.
 *
 * Return: true if a host bit was set.
 */
bool ipsecvif_addr_mask(struct ipsecvif_addr *addr, uint8_t prefix);

/* --- the client (client.c) ---------------------------------------------- */

/**
 * ipsecvif_client_open - connect to the module
 * @clientp: receives the client, or NULL on error.
 *
 * The client speaks to the network namespace of the calling thread, and goes
 * on doing so when the thread moves to another. The kernel is asked to load the
 * module if it is absent.
 *
 * Return: 0; -ENOENT if the module is not loaded; -ENOMEM; another negative
 * errno. ipsecvif_open_error() has the sentence. The caller closes the client.
 */
int ipsecvif_client_open(struct ipsecvif_client **clientp);

/**
 * ipsecvif_client_close - disconnect
 * @client: the client, or NULL. Not to be used afterwards.
 */
void ipsecvif_client_close(struct ipsecvif_client *client);

/**
 * ipsecvif_open_error - why ipsecvif_client_open() failed
 * @err: its negative errno.
 *
 * Return: a sentence without a newline, static.
 */
const char *ipsecvif_open_error(int err);

/**
 * ipsecvif_client_error - why the client's last call failed
 * @client: the client.
 *
 * Return: one sentence without a newline: the kernel's (extack), extended by
 * the attribute that it blamed or missed, or strerror()'s when it gave none.
 * Empty after a success. Valid until the next call; never contains a key.
 */
const char *ipsecvif_client_error(const struct ipsecvif_client *client);

/* --- capabilities (caps.c) ---------------------------------------------- */

#define IPSECVIF_ALG_SIZES_MAX 16

/**
 * struct ipsecvif_alg - an algorithm that the running kernel offers
 * @kind: which of an SA's three algorithms it can be.
 * @name: XFRM's name, "rfc4106(gcm(aes))".
 * @key_bits: key lengths without the salt.
 * @n_key_bits: their number.
 * @salt_bits: length of the salt that follows the key; 0 if none does.
 * @icv_bits: ICV lengths.
 * @n_icv_bits: their number.
 * @ah: AH can use it, too.
 * @legacy: only with IPSECVIF_SA_F_LEGACY.
 */
struct ipsecvif_alg {
	enum ipsecvif_alg_kind kind;
	char name[IPSECVIF_ALG_NAME_MAX];
	uint32_t key_bits[IPSECVIF_ALG_SIZES_MAX];
	size_t n_key_bits;
	uint32_t salt_bits;
	uint32_t icv_bits[IPSECVIF_ALG_SIZES_MAX];
	size_t n_icv_bits;
	bool ah;
	bool legacy;
};

/**
 * typedef ipsecvif_alg_fn - receives an algorithm
 * @alg: valid during the call.
 * @arg: the caller's.
 *
 * Return: 0 to go on; anything else ends the walk and is its result.
 */
typedef int ipsecvif_alg_fn(const struct ipsecvif_alg *alg, void *arg);

/**
 * ipsecvif_caps_get - ask which algorithms are usable
 * @client: the client.
 * @fn: called for each.
 * @arg: passed to @fn.
 *
 * Return: 0, the non-zero result of @fn, or a negative errno.
 */
int ipsecvif_caps_get(struct ipsecvif_client *client, ipsecvif_alg_fn *fn, void *arg);

/* --- devices (dev.c) ---------------------------------------------------- */

/**
 * struct ipsecvif_dev - a device
 * @ifindex: its index. Reply only.
 * @ifname: its name. Reply only.
 * @local: default outer source of its SAs.
 * @remote: default outer destination.
 * @fwmark: mark of outer packets; 0 none.
 * @underlay: ifindex in the underlay namespace that outer packets leave by;
 *	0 any.
 * @df: what becomes of the Don't Fragment bit.
 * @ttl: outer TTL; 0 copies the inner one.
 * @dscp: what becomes of the DSCP.
 * @flow_label: flow label of outer IPv6 headers.
 * @udp_csum: ESP in UDP over IPv4 carries a checksum, too.
 * @carrier: a usable outbound SA exists. Reply only.
 * @mtu: MTU now, in bytes. Reply only.
 * @mtu_auto: the MTU is computed from path and transform.
 * @hold: packets that each selector without an SA holds until one comes; 0
 *	holds none.
 * @strict: packets that selectors protect are refused in clear.
 * @sa_count: SAs, both directions. Reply only.
 * @selector_count: selectors. Reply only.
 * @underlay_elsewhere: the underlay is another network namespace than the
 *	client's, and @underlay_netnsid is valid. Reply only.
 * @underlay_netnsid: that namespace's id as seen from here, -1 if it has none.
 */
struct ipsecvif_dev {
	unsigned int ifindex;
	char ifname[IF_NAMESIZE];
	struct ipsecvif_addr local;
	struct ipsecvif_addr remote;
	uint32_t fwmark;
	uint32_t underlay;
	enum ipsecvif_df df;
	uint8_t ttl;
	enum ipsecvif_dscp dscp;
	enum ipsecvif_flow_label flow_label;
	bool udp_csum;
	bool carrier;
	uint32_t mtu;
	bool mtu_auto;
	uint32_t hold;
	bool strict;
	uint32_t sa_count;
	uint32_t selector_count;
	bool underlay_elsewhere;
	int32_t underlay_netnsid;
};

/**
 * typedef ipsecvif_dev_fn - receives a device
 * @dev: valid during the call.
 * @arg: the caller's.
 *
 * Return: 0 to go on; anything else ends the walk and is its result.
 */
typedef int ipsecvif_dev_fn(const struct ipsecvif_dev *dev, void *arg);

/**
 * ipsecvif_dev_get - read one device
 * @client: the client.
 * @ifindex: the device.
 * @dev: filled in on success.
 *
 * Return: 0; -ENODEV if there is no ipsecvif device of this index; another
 * negative errno.
 */
int ipsecvif_dev_get(struct ipsecvif_client *client, unsigned int ifindex,
		     struct ipsecvif_dev *dev);

/**
 * ipsecvif_dev_dump - read all devices of the namespace
 * @client: the client.
 * @fn: called for each after all have been read, so it may use @client.
 * @arg: passed to @fn.
 *
 * Return: 0, the non-zero result of @fn, or a negative errno.
 */
int ipsecvif_dev_dump(struct ipsecvif_client *client, ipsecvif_dev_fn *fn, void *arg);

/**
 * ipsecvif_dev_set - change a device
 * @client: the client.
 * @ifindex: the device.
 * @dev: the new values.
 * @what: which of them to set: IPSECVIF_BIT(IPSECVIF_DEV_A_...) of LOCAL, REMOTE,
 *	FWMARK, UNDERLAY, DF, TTL, DSCP, MTU_AUTO, HOLD, STRICT. An address of AF_UNSPEC is
 *	cleared.
 *
 * Return: 0 or a negative errno, and then nothing changed.
 */
int ipsecvif_dev_set(struct ipsecvif_client *client, unsigned int ifindex,
		     const struct ipsecvif_dev *dev, uint64_t what);

/* --- selectors (selector.c) --------------------------------------------- */

/* Bytes that hold a network or a range of addresses as text. */
#define IPSECVIF_SIDE_STRLEN (2 * INET6_ADDRSTRLEN)
/* Bytes that hold any selector as ipsecvif_selector_format() writes it. */
#define IPSECVIF_SELECTOR_STRLEN 320

/**
 * struct ipsecvif_ports - a range of ports
 * @min: lowest.
 * @max: highest. {0, 0} in a request and {0, 65535} anywhere are any port.
 */
struct ipsecvif_ports {
	uint16_t min;
	uint16_t max;
};

/**
 * struct ipsecvif_icmp - ranges of ICMP or ICMPv6 types and codes
 * @typed: only types from @type_min to @type_max; else any, with any code.
 * @coded: only codes from @code_min to @code_max; else any.
 * @type_min: lowest type.
 * @type_max: highest type.
 * @code_min: lowest code.
 * @code_max: highest code.
 */
struct ipsecvif_icmp {
	bool typed;
	bool coded;
	uint8_t type_min;
	uint8_t type_max;
	uint8_t code_min;
	uint8_t code_max;
};

/**
 * struct ipsecvif_selector - a traffic selector as an outbound packet meets it
 * @src: network on our side; host bits must be 0. Required.
 * @src_max: @src begins a range, and this is its last address; AF_UNSPEC if it
 *	is a network.
 * @src_prefix: the network's length in bits; 0 is a value.
 * @dst: network on the peer's side, of the same family. Required.
 * @dst_max: the last of a range that @dst begins.
 * @dst_prefix: the network's length in bits; 0 is a value.
 * @proto: upper-layer protocol; 0 any.
 * @sport: ports on our side; needs a @proto that has ports.
 * @dport: ports on the peer's side.
 * @icmp: types and codes; needs a @proto of ICMP or ICMPv6.
 * @spi: the outbound SA that it is bound to, or uses now; 0 none.
 * @automatic: came with an SA and goes with it. Reply only.
 * @packets: outbound packets that matched. Reply only.
 * @held: packets that wait for an SA. Reply only.
 */
struct ipsecvif_selector {
	struct ipsecvif_addr src;
	struct ipsecvif_addr src_max;
	uint8_t src_prefix;
	struct ipsecvif_addr dst;
	struct ipsecvif_addr dst_max;
	uint8_t dst_prefix;
	uint8_t proto;
	struct ipsecvif_ports sport;
	struct ipsecvif_ports dport;
	struct ipsecvif_icmp icmp;
	uint32_t spi;
	bool automatic;
	uint64_t packets;
	uint32_t held;
};

/**
 * typedef ipsecvif_selector_fn - receives a selector
 * @selector: valid during the call.
 * @arg: the caller's.
 *
 * Return: 0 to go on; anything else ends the walk and is its result.
 */
typedef int ipsecvif_selector_fn(const struct ipsecvif_selector *selector, void *arg);

/**
 * ipsecvif_selector_add - add selectors to a device, all or none
 * @client: the client.
 * @ifindex: the device.
 * @selectors: what to add.
 * @n: their number, 1 to IPSECVIF_SELECTORS_PER_REQUEST.
 *
 * Return: 0; -EEXIST if one is there already; -ENOENT if the SA it names is
 * not; -E2BIG if there are too many; another negative errno.
 */
int ipsecvif_selector_add(struct ipsecvif_client *client, unsigned int ifindex,
			  const struct ipsecvif_selector *selectors, size_t n);

/**
 * ipsecvif_selector_del - remove selectors of a device, all or none
 * @client: the client.
 * @ifindex: the device.
 * @selectors: what to remove; @spi, @automatic and @packets are ignored.
 * @n: their number, 1 to IPSECVIF_SELECTORS_PER_REQUEST.
 *
 * Return: 0; -ENOENT if one is not there; another negative errno.
 */
int ipsecvif_selector_del(struct ipsecvif_client *client, unsigned int ifindex,
			  const struct ipsecvif_selector *selectors, size_t n);

/**
 * ipsecvif_selector_dump - read a device's selectors in the order of matching
 * @client: the client.
 * @ifindex: the device.
 * @fn: called for each after all have been read, so it may use @client.
 * @arg: passed to @fn.
 *
 * Return: 0, the non-zero result of @fn, or a negative errno.
 */
int ipsecvif_selector_dump(struct ipsecvif_client *client, unsigned int ifindex,
			   ipsecvif_selector_fn *fn, void *arg);

/**
 * ipsecvif_selector_flush - remove all selectors of a device
 * @client: the client.
 * @ifindex: the device, which then carries whatever is routed into it.
 *
 * Return: 0 or a negative errno.
 */
int ipsecvif_selector_flush(struct ipsecvif_client *client, unsigned int ifindex);

/**
 * ipsecvif_selector_side_format - write one side of a selector
 * @addr: @src or @dst of the selector.
 * @max: its @src_max or @dst_max.
 * @prefix: its @src_prefix or @dst_prefix.
 * @text: at least IPSECVIF_SIDE_STRLEN bytes.
 *
 * Return: @text, such as "10.1.0.0/16" or "10.1.0.5-10.1.0.9".
 */
const char *ipsecvif_selector_side_format(const struct ipsecvif_addr *addr,
					  const struct ipsecvif_addr *max, uint8_t prefix,
					  char text[IPSECVIF_SIDE_STRLEN]);

/**
 * ipsecvif_selector_format - write a selector as the command takes it
 * @selector: the selector.
 * @text: at least IPSECVIF_SELECTOR_STRLEN bytes.
 *
 * Return: @text, such as "src 10.1.0.0/16 dst 10.2.0.0/16 proto tcp dport 80".
 */
const char *ipsecvif_selector_format(const struct ipsecvif_selector *selector,
				     char text[IPSECVIF_SELECTOR_STRLEN]);

/* --- SAs (sa.c) --------------------------------------------------------- */

/* @replay_window of a request that leaves the size to the kernel. */
#define IPSECVIF_REPLAY_WINDOW_DEFAULT UINT32_MAX

/**
 * struct ipsecvif_sa_alg - one of an SA's algorithms
 * @name: XFRM's name; empty if the SA has none of this kind.
 * @key: the key (for an AEAD followed by its salt). The caller's memory, only
 *	read during the call; NULL in replies, always.
 * @key_len: its length in bytes.
 * @icv_bits: length of the integrity check value; 0 leaves it to the kernel.
 *	Not used for an encryption algorithm.
 */
struct ipsecvif_sa_alg {
	char name[IPSECVIF_ALG_NAME_MAX];
	const uint8_t *key;
	size_t key_len;
	uint32_t icv_bits;
};

/**
 * struct ipsecvif_sa_limits - when an SA ends; 0 is no limit
 * @time_soft: seconds since it was added, then an event.
 * @time_hard: seconds since it was added, then it is removed.
 * @byte_soft: inner bytes, likewise.
 * @byte_hard: inner bytes.
 * @packet_soft: packets.
 * @packet_hard: packets.
 * @idle_soft: seconds without a packet, then an event; again after each pause.
 * @idle_hard: seconds without a packet, then it is removed.
 */
struct ipsecvif_sa_limits {
	uint64_t time_soft;
	uint64_t time_hard;
	uint64_t byte_soft;
	uint64_t byte_hard;
	uint64_t packet_soft;
	uint64_t packet_hard;
	uint64_t idle_soft;
	uint64_t idle_hard;
};

/**
 * struct ipsecvif_sa_counters - what an SA did; replies only
 * @packets: packets that passed.
 * @bytes: their inner bytes.
 * @age: seconds since it was added.
 * @used: it carried a packet, and @idle is valid.
 * @idle: seconds since the last packet.
 * @replays: packets dropped as replayed or late.
 * @icv_failures: packets that failed the integrity check.
 */
struct ipsecvif_sa_counters {
	uint64_t packets;
	uint64_t bytes;
	uint64_t age;
	bool used;
	uint64_t idle;
	uint64_t replays;
	uint64_t icv_failures;
};

/**
 * struct ipsecvif_sa - a security association
 * @ifindex: its device. Reply only.
 * @dir: direction.
 * @spi: security parameters index. For an inbound SA to be added, 0 has the
 *	kernel choose.
 * @src: outer source; absent: the device's.
 * @dst: outer destination; absent: the device's.
 * @proto: IPPROTO_ESP or IPPROTO_AH; 0 in a request is ESP.
 * @mode: tunnel or transport; ipsecvif_sa_init() makes it tunnel.
 * @aead: combined algorithm, or
 * @enc: encryption with
 * @auth: integrity.
 * @comp: compression (IPComp), "deflate"; empty: none.
 * @cpi: its compression parameter index; 0 in a request: the well-known one.
 * @encap_sport: UDP source port; 0 without encapsulation.
 * @encap_dport: UDP destination port.
 * @replay_window: packets; 0 is no check, IPSECVIF_REPLAY_WINDOW_DEFAULT in a
 *	request the kernel's choice. Inbound only.
 * @flags: IPSECVIF_SA_F_*.
 * @limits: lifetime.
 * @seq: last sequence number sent or highest received; in a request, where to
 *	continue.
 * @counters: replies only.
 * @tfc: bytes that inner packets are padded to, IPSECVIF_TFC_MTU for all that
 *	fits; 0 none. Outbound.
 * @mtu: largest inner packet that fits the path. Reply only, outbound.
 * @driver: kernel crypto driver in use. Reply only.
 * @selectors: the selectors bound to it. Reply only; ipsecvif_sa_fini() frees.
 * @n_selectors: their number.
 */
struct ipsecvif_sa {
	unsigned int ifindex;
	enum ipsecvif_dir dir;
	uint32_t spi;
	struct ipsecvif_addr src;
	struct ipsecvif_addr dst;
	uint8_t proto;
	enum ipsecvif_mode mode;
	struct ipsecvif_sa_alg aead;
	struct ipsecvif_sa_alg enc;
	struct ipsecvif_sa_alg auth;
	char comp[IPSECVIF_ALG_NAME_MAX];
	uint16_t cpi;
	uint16_t encap_sport;
	uint16_t encap_dport;
	uint32_t replay_window;
	uint32_t flags;
	struct ipsecvif_sa_limits limits;
	uint64_t seq;
	struct ipsecvif_sa_counters counters;
	uint32_t tfc;
	uint32_t mtu;
	char driver[128];
	struct ipsecvif_selector *selectors;
	size_t n_selectors;
};

/**
 * struct ipsecvif_sa_id - which SA
 * @dir: direction.
 * @spi: security parameters index.
 * @dst: outer destination of an outbound SA whose SPI two peers chose; else
 *	absent.
 * @proto: IPPROTO_ESP or IPPROTO_AH; 0 is ESP.
 */
struct ipsecvif_sa_id {
	enum ipsecvif_dir dir;
	uint32_t spi;
	struct ipsecvif_addr dst;
	uint8_t proto;
};

/**
 * typedef ipsecvif_sa_fn - receives an SA
 * @sa: valid during the call, its selectors included.
 * @arg: the caller's.
 *
 * Return: 0 to go on; anything else ends the walk and is its result.
 */
typedef int ipsecvif_sa_fn(const struct ipsecvif_sa *sa, void *arg);

/**
 * ipsecvif_sa_init - start the description of an SA to be added
 * @sa: cleared, then: ESP, tunnel mode, the kernel's replay window.
 * @dir: its direction.
 */
void ipsecvif_sa_init(struct ipsecvif_sa *sa, enum ipsecvif_dir dir);

/**
 * ipsecvif_sa_fini - free what a reply allocated in an SA
 * @sa: as filled in by ipsecvif_sa_get(), or cleared; then cleared.
 */
void ipsecvif_sa_fini(struct ipsecvif_sa *sa);

/**
 * ipsecvif_spi_alloc - reserve an inbound SPI
 * @client: the client.
 * @ifindex: the device.
 * @proto: IPPROTO_ESP or IPPROTO_AH.
 * @spi: receives it. ipsecvif_sa_add() uses the reservation up,
 *	ipsecvif_sa_del() (inbound) gives it back, and it lapses after 300 s.
 *
 * Return: 0; -ENOSPC if none is free; another negative errno.
 */
int ipsecvif_spi_alloc(struct ipsecvif_client *client, unsigned int ifindex, uint8_t proto,
		       uint32_t *spi);

/**
 * ipsecvif_sa_add - install one SA, or a pair, with selectors: all or nothing
 * @client: the client.
 * @ifindex: the device.
 * @sas: one, or one inbound and one outbound. The SPIs are written back.
 * @n_sas: 1 or 2.
 * @selectors: selectors that come and go with them; bound to the outbound one.
 * @n_selectors: 0 to IPSECVIF_SELECTORS_PER_REQUEST.
 *
 * The message that carries the keys is wiped before the call returns; the
 * caller wipes its own copy.
 *
 * Return: 0; -EEXIST for an SPI or an AEAD key in use; -ENOENT for an algorithm
 * that the kernel lacks; another negative errno.
 */
int ipsecvif_sa_add(struct ipsecvif_client *client, unsigned int ifindex, struct ipsecvif_sa *sas,
		    size_t n_sas, const struct ipsecvif_selector *selectors, size_t n_selectors);

/**
 * ipsecvif_sa_get - read one SA
 * @client: the client.
 * @ifindex: the device.
 * @id: which.
 * @sa: filled in on success; the caller ends it with ipsecvif_sa_fini().
 *
 * Return: 0; -ENOENT if there is none; another negative errno.
 */
int ipsecvif_sa_get(struct ipsecvif_client *client, unsigned int ifindex,
		    const struct ipsecvif_sa_id *id, struct ipsecvif_sa *sa);

/**
 * ipsecvif_sa_dump - read all SAs of a device, or of the namespace
 * @client: the client.
 * @ifindex: the device; 0: all devices of the namespace.
 * @fn: called for each after all have been read, so it may use @client. A
 *	dump that a change interrupted was repeated, so none comes twice.
 * @arg: passed to @fn.
 *
 * Return: 0, the non-zero result of @fn, or a negative errno.
 */
int ipsecvif_sa_dump(struct ipsecvif_client *client, unsigned int ifindex, ipsecvif_sa_fn *fn,
		     void *arg);

/**
 * ipsecvif_sa_update - change an SA in place, keys and sequence number kept
 * @client: the client.
 * @ifindex: the device.
 * @id: which SA.
 * @sa: the new values.
 * @what: which of them to set: IPSECVIF_BIT(IPSECVIF_SA_A_...) of SRC, DST,
 *	ENCAP_SPORT, ENCAP_DPORT, TIME_SOFT, TIME_HARD, BYTE_SOFT, BYTE_HARD,
 *	PACKET_SOFT, PACKET_HARD, IDLE_SOFT, IDLE_HARD; a limit of 0 is then removed. With DST, @id's
 *	own dst cannot be told: the SPI must be unambiguous.
 *
 * Return: 0; -ENOENT if there is no such SA; another negative errno, and then
 * nothing changed.
 */
int ipsecvif_sa_update(struct ipsecvif_client *client, unsigned int ifindex,
		       const struct ipsecvif_sa_id *id, const struct ipsecvif_sa *sa,
		       uint64_t what);

/**
 * ipsecvif_sa_del - remove one SA, or two together
 * @client: the client.
 * @ifindex: the device.
 * @ids: which.
 * @n: 1 or 2.
 *
 * After the return no packet uses them any more.
 *
 * Return: 0; -ENOENT if one is absent, and then none was removed; another
 * negative errno.
 */
int ipsecvif_sa_del(struct ipsecvif_client *client, unsigned int ifindex,
		    const struct ipsecvif_sa_id *ids, size_t n);

/* @dirs of ipsecvif_sa_flush(). */
#define IPSECVIF_FLUSH_IN 1U
#define IPSECVIF_FLUSH_OUT 2U
#define IPSECVIF_FLUSH_BOTH (IPSECVIF_FLUSH_IN | IPSECVIF_FLUSH_OUT)

/**
 * ipsecvif_sa_flush - remove all SAs of a device
 * @client: the client.
 * @ifindex: the device.
 * @dirs: IPSECVIF_FLUSH_IN, _OUT or _BOTH.
 *
 * Return: 0 or a negative errno.
 */
int ipsecvif_sa_flush(struct ipsecvif_client *client, unsigned int ifindex, unsigned int dirs);

/* --- NAT-T sockets (sock.c) --------------------------------------------- */

/**
 * ipsecvif_sock_attach - let the module take ESP out of a UDP socket
 * @client: the client, in the socket's (the underlay's) network namespace.
 * @fd: the socket. It stays the caller's, who still reads IKE from it; the
 *	module lets go of it when it is closed.
 *
 * Return: 0; -EBADF, -EBUSY, -EINVAL or another negative errno.
 */
int ipsecvif_sock_attach(struct ipsecvif_client *client, int fd);

/**
 * ipsecvif_sock_detach - undo ipsecvif_sock_attach()
 * @client: the client.
 * @fd: the socket.
 *
 * Return: 0 or a negative errno.
 */
int ipsecvif_sock_detach(struct ipsecvif_client *client, int fd);

/* --- drop counters (drop.c) --------------------------------------------- */

/**
 * struct ipsecvif_drop_info - what a drop reason means
 * @name: its name, "no-sa".
 * @meaning: one sentence: what happened to the packet.
 * @cure: one sentence: what to do about it.
 */
struct ipsecvif_drop_info {
	const char *name;
	const char *meaning;
	const char *cure;
};

/**
 * ipsecvif_drop_info - the words of a drop reason
 * @reason: an enum ipsecvif_drop_reason.
 *
 * Return: static words, or NULL for a reason of a newer module.
 */
const struct ipsecvif_drop_info *ipsecvif_drop_info(uint32_t reason);

/**
 * struct ipsecvif_drop - one reason's counter
 * @reason: an enum ipsecvif_drop_reason, or a newer module's.
 * @name: the module's name for it.
 * @count: packets.
 */
struct ipsecvif_drop {
	uint32_t reason;
	char name[32];
	uint64_t count;
};

/**
 * struct ipsecvif_drops - a device's drop counters
 * @ifindex: the device; 0 for packets that could be given to none.
 * @ifname: its name; empty likewise.
 * @drops: the counters, zero ones included, in the order of the reasons.
 * @n: their number.
 */
struct ipsecvif_drops {
	unsigned int ifindex;
	char ifname[IF_NAMESIZE];
	const struct ipsecvif_drop *drops;
	size_t n;
};

/**
 * typedef ipsecvif_drops_fn - receives a device's drop counters
 * @drops: valid during the call.
 * @arg: the caller's.
 *
 * Return: 0 to go on; anything else ends the walk and is its result.
 */
typedef int ipsecvif_drops_fn(const struct ipsecvif_drops *drops, void *arg);

/**
 * ipsecvif_drops_get - read drop counters
 * @client: the client.
 * @ifindex: the device, 0: all of the namespace. The counters that belong to no
 *	device come last in either case.
 * @fn: called for each device after all have been read.
 * @arg: passed to @fn.
 *
 * Return: 0, the non-zero result of @fn, or a negative errno.
 */
int ipsecvif_drops_get(struct ipsecvif_client *client, unsigned int ifindex, ipsecvif_drops_fn *fn,
		       void *arg);

/* --- events (event.c) --------------------------------------------------- */

/**
 * struct ipsecvif_event - something that happened in the kernel
 * @cmd: which: IPSECVIF_CMD_ACQUIRE_NTF, _EXPIRE_NTF, _SEQ_NTF, _MAPPING_NTF,
 *	_ICV_NTF, _REPLAY_NTF, _CARRIER_NTF, _SA_DEL_NTF or _SA_ADD_NTF. Skip
 *	those you don't know.
 * @ifindex: the device.
 * @ifname: its name, if the kernel told.
 * @has_sa: @sa is valid.
 * @sa: the SA; members that the event doesn't carry are absent.
 * @has_selector: @selector is valid.
 * @selector: the selector that the packet met (ACQUIRE).
 * @has_packet: @packet is valid.
 * @packet: the packet's own addresses, protocol and ports (ACQUIRE).
 * @limit: which limit was reached (EXPIRE).
 * @hard: it was the hard one, and the SA is gone (EXPIRE).
 * @new_src: where the packet came from (MAPPING).
 * @new_sport: its UDP source port, 0 if it had none (MAPPING).
 * @count: packets since the last such event (ICV, REPLAY).
 * @carrier: the carrier is on (CARRIER).
 */
struct ipsecvif_event {
	enum ipsecvif_cmd cmd;
	unsigned int ifindex;
	char ifname[IF_NAMESIZE];
	struct ipsecvif_sa sa;
	struct ipsecvif_selector selector;
	struct ipsecvif_selector packet;
	uint64_t count;
	enum ipsecvif_limit limit;
	struct ipsecvif_addr new_src;
	uint16_t new_sport;
	bool has_sa;
	bool has_selector;
	bool has_packet;
	bool hard;
	bool carrier;
};

/**
 * typedef ipsecvif_event_fn - receives an event
 * @event: valid during the call.
 * @arg: the caller's.
 */
typedef void ipsecvif_event_fn(const struct ipsecvif_event *event, void *arg);

/**
 * ipsecvif_events_open - subscribe to the module's events
 * @client: the client, which keeps the sentence of a failure; not needed
 *	afterwards.
 * @eventsp: receives the subscription, or NULL on error. It is to the network
 *	namespace of the calling thread.
 *
 * Return: 0; -EPERM without CAP_NET_ADMIN; another negative errno. The caller
 * closes it.
 */
int ipsecvif_events_open(struct ipsecvif_client *client, struct ipsecvif_events **eventsp);

/**
 * ipsecvif_events_fd - what to poll
 * @events: the subscription.
 *
 * Return: a non-blocking descriptor, readable when events wait. It belongs to
 * @events.
 */
int ipsecvif_events_fd(const struct ipsecvif_events *events);

/**
 * ipsecvif_events_dispatch - hand out the events that wait, without blocking
 * @events: the subscription.
 * @fn: called for each; must not close @events.
 * @arg: passed to @fn.
 *
 * Return: the number of events handed out, perhaps 0; -ENOBUFS if the kernel
 * had to discard some (read the state anew, then go on); another negative
 * errno if the subscription is broken.
 */
int ipsecvif_events_dispatch(struct ipsecvif_events *events, ipsecvif_event_fn *fn, void *arg);

/**
 * ipsecvif_events_close - end a subscription
 * @events: the subscription, or NULL.
 */
void ipsecvif_events_close(struct ipsecvif_events *events);

/* --- names (name.c) ----------------------------------------------------- */

/**
 * ipsecvif_dir_name - "in" or "out"
 * @dir: the direction.
 *
 * Return: a static word; "?" for an unknown value, as of all functions below.
 */
const char *ipsecvif_dir_name(enum ipsecvif_dir dir);

/**
 * ipsecvif_mode_name - "tunnel" or "transport"
 * @mode: the mode.
 *
 * Return: a static word.
 */
const char *ipsecvif_mode_name(enum ipsecvif_mode mode);

/**
 * ipsecvif_proto_name - "esp" or "ah"
 * @proto: IPPROTO_ESP or IPPROTO_AH.
 *
 * Return: a static word.
 */
const char *ipsecvif_proto_name(uint8_t proto);

/**
 * ipsecvif_limit_name - "time", "bytes", "packets", "sequence", "vm-fork", "idle"
 *	or "hibernate"
 * @limit: the limit.
 *
 * Return: a static word.
 */
const char *ipsecvif_limit_name(enum ipsecvif_limit limit);

/**
 * ipsecvif_event_name - "acquire", "expire", "sequence", "mapping", "icv",
 *	"replay", "carrier", "sa-del" or "sa-add"
 * @cmd: the event's command.
 *
 * Return: a static word.
 */
const char *ipsecvif_event_name(enum ipsecvif_cmd cmd);

/**
 * ipsecvif_alg_kind_name - "aead", "enc" or "auth"
 * @kind: the kind.
 *
 * Return: a static word.
 */
const char *ipsecvif_alg_kind_name(enum ipsecvif_alg_kind kind);

/**
 * ipsecvif_df_name - "copy", "set" or "clear"
 * @df: the treatment.
 *
 * Return: a static word.
 */
const char *ipsecvif_df_name(enum ipsecvif_df df);

/**
 * ipsecvif_dscp_name - "copy" or "clear"
 * @dscp: the treatment.
 *
 * Return: a static word.
 */
const char *ipsecvif_dscp_name(enum ipsecvif_dscp dscp);

/**
 * ipsecvif_flow_label_name - "sa", "copy" or "zero"
 * @label: the treatment.
 *
 * Return: a constant string.
 */
const char *ipsecvif_flow_label_name(enum ipsecvif_flow_label label);

#endif /* IPSECVIF_LIB_H */
