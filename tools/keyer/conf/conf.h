/* SPDX-License-Identifier: MIT */
/*
 * The configuration: /etc/ipsecvif/<name>.conf to tunnels.
 *
 *	lex.c	 bytes to words, with their positions
 *	parse.c	 words to blocks and entries; include
 *	value.c	 text to durations, sizes, addresses
 *	schema.c the keys: type, default, what a change of one takes
 *	set*.c	 how values are read and kept: simple ones, hosts, those of IKE
 *	build.c	 blocks to tunnels: templates, defaults
 *	check.c	 what must hold between keys, printing
 *	lint.c	 what is allowed, and seldom wanted
 *	share.c	 what tunnels have in common, and should not
 *	auth.c	 the same for keys, certificates and their files
 *	diff.c	 what changed between two configurations
 *
 * Every error has a position and one sentence; all are reported, not only the
 * first. ipsecvif.conf(5) is the manual.
 */
#ifndef IPSECVIF_KEYER_CONF_H
#define IPSECVIF_KEYER_CONF_H

#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "tools/keyer/eap/eap.h"
#include "tools/keyer/ike/ike.h"

enum conf_limits {
	CONF_ADDRESSES_MAX = 16, /* of one interface */
	CONF_HOST_MAX = 256, /* bytes of a host name, its NUL included */
	CONF_TEXT_MAX = 640, /* bytes of a message, its NUL included */
	CONF_WARNINGS_MAX = 200, /* that are kept; errors all are */
	CONF_KEYS_MAX = 80, /* of one scope */
	CONF_FILES_MAX = 32, /* of one tunnel, secrets and certificates */
	CONF_CERT_WARN_DAYS = 30, /* own certificates' end is warned of so long before */
	CONF_INCLUDE_DEPTH = 8,
	CONF_TEMPLATE_DEPTH = 8,
	CONF_FILE_MAX = 64 * 1024 * 1024, /* bytes */
};

/** struct conf_pos - where something is written. @line, @column: from 1. */
struct conf_pos {
	const char *file;
	unsigned int line, column;
};

/** struct conf_message - an error, or a warning of the lint */
struct conf_message {
	struct conf_pos pos;
	bool warning;
	char text[CONF_TEXT_MAX];
};

/** enum conf_host_kind - what an element of `local` or `remote` is */
enum conf_host_kind {
	CONF_HOST_ANY,
	CONF_HOST_RANGE,
	CONF_HOST_NAME,
	CONF_HOST_INTERFACE /* of `local`: the addresses that it has at the time */
};

/** struct conf_host - a peer, or one of ours. A single address is a range. */
struct conf_host {
	enum conf_host_kind kind;
	struct ike_addr_range range;
	const char *name;
};

/** struct conf_prefix - an address with the length of its network. */
struct conf_prefix {
	struct ike_addr addr;
	uint8_t length;
};

/** struct conf_cert - a certificate of ours */
struct conf_cert {
	const char *subject;
	int64_t expires; /* seconds since 1970 */
	uint8_t key_id[32]; /* pki_key_id() of the key that goes with it */
};

/* Bits of @start. None: respond. */
#define CONF_START_START 1U
#define CONF_START_DEMAND 2U

/** enum conf_action - of close-action and dpd-action */
enum conf_action {
	CONF_ACTION_NONE,
	CONF_ACTION_CLEAR,
	CONF_ACTION_DEMAND,
	CONF_ACTION_RESTART
};

/** enum conf_routes - which of a child's remote networks become routes */
enum conf_routes {
	CONF_ROUTES_AUTO, /* all but the default route */
	CONF_ROUTES_NONE,
	CONF_ROUTES_ALL,
};

/** struct conf_child - a `child` block. @text: effective values by key. */
struct conf_child {
	struct conf_pos pos;
	const char *text[CONF_KEYS_MAX];
	bool defaulted[CONF_KEYS_MAX];
	struct ike_child_conf ike;
	uint32_t margin_percent; /* of the lifetime, if given so */
	uint32_t metric; /* of its routes; 0: the kernel's */
	uint32_t routes; /* enum conf_routes */
	bool block; /* while it is down its networks are unreachable */
	uint32_t replay_window; /* packets */
	bool overlap_told; /* of another child: share.c */
	bool split; /* one SA for each pair of its networks */
};

/** enum conf_file_use - what a file is for */
enum conf_file_use {
	CONF_FILE_PSK,
	CONF_FILE_KEY,
	CONF_FILE_PPK,
	CONF_FILE_CERT,
	CONF_FILE_CA,
	CONF_FILE_REMOTE_CERT,
	CONF_FILE_REMOTE_PUBKEY,
	CONF_FILE_CRL,
	CONF_FILE_EAP_PASSWORD,
	CONF_FILE_EAP_USERS,
	CONF_FILE_KEY2, /* of our second round */
	CONF_FILE_CERT2,
};

/** struct conf_file - a file that a tunnel names. @path: resolved. */
struct conf_file {
	enum conf_file_use use;
	const char *path;
	struct conf_pos pos;
	struct conf_stamp { /* how it looked when the configuration was read */
		dev_t dev;
		ino_t ino;
		int64_t mtime_ns, ctime_ns;
	} stamp;
};

/**
 * struct conf_tunnel - a `tunnel` block
 * @ike: without the children, which conf_tunnel_conn() adds.
 */
struct conf_tunnel {
	const char *name;
	struct conf_pos pos;
	const char *text[CONF_KEYS_MAX];
	bool defaulted[CONF_KEYS_MAX];
	const struct conf_pos *at[CONF_KEYS_MAX]; /* where each value is written, NULL if not */

	const char *description;
	bool enabled;
	char interface[IFNAMSIZ];
	uint32_t n_addresses;
	const struct conf_prefix *addresses; /* up to CONF_ADDRESSES_MAX */
	uint32_t mtu; /* 0: auto */
	bool mss_clamp;
	const char *on_up, *on_down; /* paths of programs, resolved; NULL none */
	uint32_t fwmark;
	char underlay[IFNAMSIZ];
	uint32_t df, dscp; /* enum ipsecvif_df, ipsecvif_dscp */
	uint32_t ttl; /* 0: inherit */
	uint32_t n_local, n_remote;
	const struct conf_host *local, *remote; /* up to IKE_ADDRS_MAX */
	uint32_t n_files;
	struct conf_file *files;
	const char *eap_id; /* ours as a client */
	uint8_t n_eap_local, n_eap_remote; /* methods, enum eap_method */
	uint8_t eap_local[EAP_METHODS_MAX], eap_remote[EAP_METHODS_MAX];
	uint32_t rsa; /* 0 PSS, 1 PKCS#1 v1.5 */
	uint32_t strict_crl; /* enum pki_strict */
	uint32_t eap_tls13; /* EAP-TLS may use TLS 1.3; 0 or 1 */
	const char *ocsp; /* "auto", "never", or a responder's URL */
	const struct conf_cert *cert, *cert2; /* ours, and of our second round; NULL without one */
	uint32_t start; /* CONF_START_* */
	uint32_t close_action, dpd_action; /* enum conf_action */
	uint32_t keying_tries; /* 0: forever */
	bool legacy; /* outdated algorithms may be named */
	uint32_t margin_percent;

	struct ike_conn_conf *ike;
	uint32_t n_children;
	struct conf_child *children;
};

/** struct conf - a configuration, all in one; conf_free() frees it. */
struct conf {
	const char *path;
	bool unreadable; /* @path itself could not be read */
	unsigned int errors, warnings;
	struct conf_message *messages;
	size_t n_messages;
	struct conf_tunnel **tunnels; /* in order of names */
	size_t n_tunnels;
	void *memory; /* what else to free */
	void *certs; /* files of certificates that were read: auth.c */
	void *fallbacks[2]; /* by scope, the keys' defaults as entries: build.c */
	struct conf_block *blocks; /* as parsed */
	size_t n_blocks;
};

/**
 * conf_load() - read a configuration
 * @path: a file, or a directory whose *.conf are read in order of their names.
 *
 * Return: a configuration, always; with @errors none of it is to be used but
 * the messages.
 */
struct conf *conf_load(const char *path);
void conf_free(struct conf *conf);

/** conf_message_print() - "FILE:LINE:COLUMN: sentence"; returns @buf. */
char *conf_message_print(const struct conf_message *message, char *buf, size_t len);

/** conf_prefix_equal() - the same address and length? */
bool conf_prefix_equal(const struct conf_prefix *a, const struct conf_prefix *b);

/** conf_print() - the effective configuration, defaults marked, never a secret. */
void conf_print(const struct conf *conf, FILE *out);

/** conf_key_index() - where a tunnel's key is in conf_tunnel's @text; -1 if unknown. */
int conf_key_index(const char *name);

/** conf_find() - Return: the tunnel of this name, or NULL. */
const struct conf_tunnel *conf_find(const struct conf *conf, const char *name);

/** struct conf_conn - a connection with room for its lists, as conf_tunnel_conn() makes it */
struct conf_conn {
	struct ike_conn_conf ike;
	struct ike_addr_range local[IKE_ADDRS_MAX], remote[IKE_ADDRS_MAX];
	struct ike_child_conf children[IKE_CHILDREN_MAX];
};

/**
 * conf_tunnel_conn() - what the protocol core needs to know of a tunnel
 * @conn: written; its id and remote ranges of names are the caller's to add. It points
 *	into itself and into the configuration.
 */
void conf_tunnel_conn(const struct conf_tunnel *tunnel, struct conf_conn *conn);

/**
 * conf_secret_open() - open a secret's file, if it is safe
 * @err: on failure, one sentence.
 * Return: a descriptor, or -1: no regular file, not root's or ours, or others
 * may read it.
 */
int conf_secret_open(const char *path, char *err, size_t err_len);

/** conf_file_find() - Return: the tunnel's first file of this use, or NULL. */
const struct conf_file *conf_file_find(const struct conf_tunnel *tunnel, enum conf_file_use use);
/** conf_eap_use() - which of our certificates, or @key which of our keys, EAP-TLS takes. */
enum conf_file_use conf_eap_use(const struct conf_tunnel *tunnel, bool key);
/** conf_file_is_secret() - is it for the keyholder alone? */
bool conf_file_is_secret(const struct conf_file *file);
/** conf_file_open() - as conf_secret_open() for what is no secret. */
int conf_file_open(const char *path, char *err, size_t err_len);

/** enum conf_apply - what it takes for a changed key to hold */
enum conf_apply {
	CONF_APPLY_ADJUST, /* in place, no packet lost */
	CONF_APPLY_REKEY, /* a rekey of the child */
	CONF_APPLY_RESTART, /* a new IKE SA */
};

/** enum conf_change_kind - see @action of `reload` in control-protocol.md */
enum conf_change_kind {
	CONF_CHANGE_ADD,
	CONF_CHANGE_REMOVE,
	CONF_CHANGE_RESTART,
	CONF_CHANGE_REKEY,
	CONF_CHANGE_ADJUST,
};

/** struct conf_change - a difference of one tunnel, or of one child of it */
struct conf_change {
	enum conf_change_kind kind;
	const char *tunnel;
	const char *child; /* NULL: the tunnel itself */
	const char *keys[CONF_KEYS_MAX];
	size_t n_keys;
};

struct conf_diff {
	struct conf_change *changes;
	size_t n;
	size_t unchanged; /* tunnels */
};

/** conf_diff() - what leads from @old to @new; names belong to these two. */
struct conf_diff *conf_diff(const struct conf *old, const struct conf *new);
void conf_diff_free(struct conf_diff *diff);
/** conf_change_name() - "add", "remove", "restart", "rekey" or "adjust". */
const char *conf_change_name(enum conf_change_kind kind);

#endif /* IPSECVIF_KEYER_CONF_H */
