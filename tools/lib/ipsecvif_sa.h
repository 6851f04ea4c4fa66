/* SPDX-License-Identifier: MIT */
/* libipsecvif: security associations (sa.c, sa_attr.c). The conventions are in ipsecvif.h. */
#ifndef IPSECVIF_LIB_SA_H
#define IPSECVIF_LIB_SA_H

#include <linux/ipsecvif.h>

#include "tools/lib/ipsecvif_addr.h"
#include "tools/lib/ipsecvif_selector.h"

struct ipsecvif_client;

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
 * @spread: packets that were given to the CPUs that share the SA's work.
 * @steered: packets that another CPU did than the one that they came to; inbound.
 */
struct ipsecvif_sa_counters {
	uint64_t packets;
	uint64_t bytes;
	uint64_t age;
	bool used;
	uint64_t idle;
	uint64_t replays;
	uint64_t icv_failures;
	uint64_t spread;
	uint64_t steered;
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

#endif /* IPSECVIF_LIB_SA_H */
