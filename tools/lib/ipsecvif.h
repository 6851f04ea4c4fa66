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

#include "tools/lib/ipsecvif_addr.h"
#include "tools/lib/ipsecvif_sa.h"
#include "tools/lib/ipsecvif_selector.h"

struct ipsecvif_client;
struct ipsecvif_events;

/* An attribute's bit in the @what masks of ipsecvif_dev_set() and _sa_update(). */
#define IPSECVIF_BIT(attr) (UINT64_C(1) << (attr))

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
