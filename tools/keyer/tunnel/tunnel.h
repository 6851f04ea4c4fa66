/* SPDX-License-Identifier: MIT */
/*
 * The policy of one tunnel: when to call the peer, when to try again and where,
 * when to give up, and what to do when the peer is gone. Pure: an event comes
 * in, orders go out; no system call, no clock but the event's.
 *
 *	      acquire, start, up                       resolved
 *	WAITING ----------------> RESOLVING -----------------------> CONNECTING
 *	  ^  ^                        | no address                     |   |
 *	  |  +------------------------+--------------- refused, silent-+   | IKE_AUTH done
 *	  |                                                                v
 *	  +-- close-action, dpd-action ------------------------------------ UP
 *	  |                                                                |
 *	DOWN <---- operator, link ---- CLOSING <---------------------------+
 *
 * What should be there while the tunnel is in a state (routes, addresses, the
 * trap that waits for a packet, the connection in the protocol core) is not
 * ordered but asked for, with tunnel_wants(), and reconciled by the caller.
 */
#ifndef IPSECVIF_KEYER_TUNNEL_H
#define IPSECVIF_KEYER_TUNNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tools/keyer/conf/conf.h"
#include "tools/keyer/ike/ike.h"

#define TUNNEL_NEVER UINT64_MAX

enum tunnel_limits {
	TUNNEL_ORDERS_MAX = 8,
	TUNNEL_BACKOFF_FIRST = 1000, /* ms between two rounds of attempts, doubled ... */
	TUNNEL_BACKOFF_LAST = 60000, /* ... up to this */
	TUNNEL_BRIEF = 10000, /* ms: up for less is no success, and backs off */
	TUNNEL_CLOSING = 8000, /* ms that a peer has to answer our DELETE */
};

enum tunnel_state {
	TUNNEL_DOWN,
	TUNNEL_WAITING,
	TUNNEL_RESOLVING,
	TUNNEL_CONNECTING,
	TUNNEL_UP,
	TUNNEL_CLOSING_STATE,
};

enum tunnel_event_type {
	TUNNEL_EV_START, /* configured, or the daemon started */
	TUNNEL_EV_OPERATOR_UP,
	TUNNEL_EV_OPERATOR_DOWN,
	TUNNEL_EV_LINK_DOWN, /* the interface is administratively down, or gone */
	TUNNEL_EV_LINK_UP,
	TUNNEL_EV_ACQUIRE, /* a packet waits for @child */
	TUNNEL_EV_RESOLVED, /* the remote of the last RESOLVE has an address */
	TUNNEL_EV_UNRESOLVED, /* it has none, or there is no route to it */
	TUNNEL_EV_IKE_UP,
	TUNNEL_EV_IKE_DOWN, /* @why */
	TUNNEL_EV_FAILED, /* the attempt, @why */
	TUNNEL_EV_CHILD_UP, /* @child */
	TUNNEL_EV_CHILD_DOWN, /* @child, @why */
	TUNNEL_EV_CHILD_FAILED, /* @child, @why */
	TUNNEL_EV_TIMER,
};

struct tunnel_event {
	enum tunnel_event_type type;
	uint64_t now; /* ms */
	uint32_t random; /* any number, for jitter */
	unsigned int child; /* index in the configuration */
	enum ike_reason why;
};

enum tunnel_order_type {
	TUNNEL_DO_RESOLVE, /* find the addresses of the remote @remote */
	TUNNEL_DO_INITIATE, /* all children, or the @child */
	TUNNEL_DO_TERMINATE, /* all, or the @child */
};

struct tunnel_order {
	enum tunnel_order_type type;
	unsigned int remote; /* index in the configuration's list */
	int child; /* -1: all */
};

struct tunnel_orders {
	unsigned int n;
	struct tunnel_order v[TUNNEL_ORDERS_MAX];
};

enum tunnel_child_state {
	TUNNEL_CHILD_DOWN,
	TUNNEL_CHILD_CREATING,
	TUNNEL_CHILD_UP
};

struct tunnel_child {
	enum tunnel_child_state state;
	uint64_t since;
	unsigned int failures; /* in a row */
	uint64_t retry_at;
};

/** struct tunnel - the policy's memory of one tunnel; members are read-only outside. */
struct tunnel {
	/* of the configuration */
	uint32_t start; /* CONF_START_* */
	enum conf_action close_action, dpd_action;
	uint32_t keying_tries;
	unsigned int n_remotes; /* of `remote` ... */
	uint32_t callable; /* ... bit by bit, those that can be called */
	unsigned int n_children;
	/* of the run */
	enum tunnel_state state;
	uint64_t since;
	bool held; /* by the operator */
	bool link_down;
	bool wanted; /* keep trying until it stands */
	bool armed; /* a packet brings it up */
	bool called_back; /* the operator wants it up again, once closed */
	unsigned int remote; /* index of the one in use, or next to be tried */
	unsigned int tried; /* remotes of this round */
	unsigned int rounds; /* failed in a row since it was wanted */
	unsigned int failures; /* attempts in a row */
	unsigned int rounds_total; /* ever: `tunnel up` watches it grow */
	uint64_t retry_at; /* next attempt; TUNNEL_NEVER */
	uint64_t deaf_until; /* no acquire before */
	uint64_t closing_until;
	uint64_t up_at;
	struct tunnel_child *children; /* @n_children of them */
};

/** enum tunnel_want - what a tunnel's state asks for */
enum tunnel_want {
	TUNNEL_WANT_CONN, /* the protocol core knows the connection */
	TUNNEL_WANT_ADDRESS, /* the interface's addresses */
	TUNNEL_WANT_ROUTES, /* of a child */
	TUNNEL_WANT_TRAP, /* unbound selectors of a child, whose packets bring it up */
};

/**
 * tunnel_init() - a tunnel at rest, to be woken by TUNNEL_EV_START
 * @children: memory for as many as are configured.
 */
void tunnel_init(struct tunnel *tunnel, struct tunnel_child *children,
		 const struct conf_tunnel *conf, uint64_t now);
/** tunnel_configure() - new configuration, same children; state stays. */
void tunnel_configure(struct tunnel *tunnel, const struct conf_tunnel *conf);
/** tunnel_step() - feed one event. @orders: overwritten. */
void tunnel_step(struct tunnel *tunnel, const struct tunnel_event *event,
		 struct tunnel_orders *orders);
/** tunnel_deadline() - when TUNNEL_EV_TIMER is due; TUNNEL_NEVER. */
uint64_t tunnel_deadline(const struct tunnel *tunnel);
/** tunnel_wants() - should it be there now? @child: for ROUTES and TRAP. */
bool tunnel_wants(const struct tunnel *tunnel, enum tunnel_want want, unsigned int child);
/** tunnel_state_name() - as in control-protocol.md. */
const char *tunnel_state_name(enum tunnel_state state);

#endif /* IPSECVIF_KEYER_TUNNEL_H */
