/* SPDX-License-Identifier: MIT */
/*
 * EAP (RFC 3748), server and client, without system calls: a packet comes in, a
 * packet goes out. It runs in the keyholder, since it needs passwords and keys;
 * what it yields, the MSK, does not leave it either.
 *
 * The server asks for the identity, then proposes its methods in their order, as
 * long as the client declines them. The client takes whatever of its methods the
 * server proposes.
 */
#ifndef IPSECVIF_KEYER_EAP_H
#define IPSECVIF_KEYER_EAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum eap_limits {
	EAP_PACKET_MAX = 1500,
	EAP_NAME_MAX = 128, /* bytes of an identity, its NUL included */
	EAP_PASSWORD_MAX = 256,
	EAP_METHODS_MAX = 3,
	EAP_MSK_LEN = 64,
	EAP_ROUNDS_MAX = 64, /* packets of one conversation */
	EAP_WHY_MAX = 512,
};

/** enum eap_method - types of the EAP registry */
enum eap_method {
	EAP_IDENTITY = 1,
	EAP_NOTIFICATION = 2,
	EAP_NAK = 3,
	EAP_MD5 = 4,
	EAP_TLS = 13,
	EAP_MSCHAPV2 = 26,
};

/** struct eap_user - who may come, and by what */
struct eap_user {
	struct eap_user *next;
	char name[EAP_NAME_MAX];
	size_t len;
	uint8_t password[];
};

struct tls_conf;

/**
 * struct eap_conf - what one connection's conversations need; counted
 * @identity, @password: the client's own.
 * @users: the server's. @tls: for EAP_TLS, or NULL.
 * @random: fills a buffer with what nobody can foresee.
 */
struct eap_conf {
	unsigned int refs;
	uint8_t n_methods;
	uint8_t methods[EAP_METHODS_MAX];
	char identity[EAP_NAME_MAX];
	size_t password_len;
	uint8_t password[EAP_PASSWORD_MAX];
	struct eap_user *users;
	struct tls_conf *tls;
	void (*random)(uint8_t *buf, size_t len);
};

struct eap_conf *eap_conf_new(void);
struct eap_conf *eap_conf_get(struct eap_conf *conf);
/** eap_conf_put() - with the last one secrets are wiped. */
void eap_conf_put(struct eap_conf *conf);
/**
 * eap_users_read() - "NAME PASSWORD" in each line; # begins a comment line
 * The password goes from the first blank after the name to the end of the line.
 * Return: 0, or -1 with a sentence without a word of the file.
 */
int eap_users_read(struct eap_conf *conf, const uint8_t *data, size_t len, char *why,
		   size_t why_len);

enum eap_status {
	EAP_CONTINUE, /* send the packet */
	EAP_SUCCESS, /* the server: send it, the peer is who it says; the client: nothing to send */
	EAP_FAILURE, /* the server: send it */
};

struct eap;

/** eap_new() - a conversation. */
struct eap *eap_new(struct eap_conf *conf, bool server);
void eap_free(struct eap *eap);
/**
 * eap_step() - a packet of the peer; NULL for the server to begin
 * @out: room for EAP_PACKET_MAX bytes. @out_len: 0 if there is nothing to send.
 */
enum eap_status eap_step(struct eap *eap, const uint8_t *in, size_t len, uint8_t *out,
			 size_t *out_len);
/** eap_msk() - EAP_MSK_LEN bytes after a success; NULL if the method makes no key. */
const uint8_t *eap_msk(const struct eap *eap);
/** eap_identity() - of the client. */
const char *eap_identity(const struct eap *eap);
/** eap_method_used() - enum eap_method, or 0. */
uint8_t eap_method_used(const struct eap *eap);
/**
 * eap_mutual() - did it prove the server, too, and that it is of this identity, with
 * no password to be guessed (RFC 5998 4)? @type: of RFC 7296 3.5.
 */
bool eap_mutual(const struct eap *eap, uint8_t type, const uint8_t *id, size_t len);
/** eap_why() - a sentence after a failure. */
const char *eap_why(const struct eap *eap);

#endif /* IPSECVIF_KEYER_EAP_H */
