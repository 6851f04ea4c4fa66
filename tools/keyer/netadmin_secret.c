// SPDX-License-Identifier: MIT
/*
 * What a tunnel proves itself and its peer by: secrets are the keyholder's, public keys
 * the ike process's.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/keyer/log.h"
#include "tools/keyer/netadmin.h"

/* By enum message_secret_kind. */
static const enum conf_file_use secret_uses[SECRET_KINDS] = {
	[SECRET_PSK] = CONF_FILE_PSK,
	[SECRET_KEY] = CONF_FILE_KEY,
	[SECRET_PPK] = CONF_FILE_PPK,
	[SECRET_KEY2] = CONF_FILE_KEY2,
	[SECRET_EAP_PASSWORD] = CONF_FILE_EAP_PASSWORD,
	[SECRET_EAP_USERS] = CONF_FILE_EAP_USERS,
	[SECRET_TLS_CERT] = CONF_FILE_CERT,
	[SECRET_TLS_CA] = CONF_FILE_CA,
	[SECRET_TLS_CRL] = CONF_FILE_CRL,
};

static void secret_send(struct tun *tun, const struct conf_file *file, int fd)
{
	struct message_secret message = { .conn = tun->conn, .pkcs1 = tun->conf->rsa };
	enum conf_file_use use = file->use == CONF_FILE_CERT2 ? CONF_FILE_CERT : file->use;

	message.tls = file->use == conf_eap_use(tun->conf, true);
	while (message.kind < SECRET_KINDS - 1 && secret_uses[message.kind] != use)
		message.kind++;
	snprintf(message.path, sizeof(message.path), "%s", file->path);
	na_send(tun->na, NA_KEYHOLDER, MSG_SECRET_SET, &message, sizeof(message), fd);
}

static void trust_send(struct tun *tun, const struct conf_file *file, int fd)
{
	static const uint8_t uses[] = {
		[CONF_FILE_CERT] = TRUST_OWN,
		[CONF_FILE_CA] = TRUST_CA,
		[CONF_FILE_REMOTE_CERT] = TRUST_REMOTE,
		[CONF_FILE_REMOTE_PUBKEY] = TRUST_PUBKEY,
		[CONF_FILE_CRL] = TRUST_CRL,
		[CONF_FILE_CERT2] = TRUST_OWN2,
	};
	struct message_trust_file message = { .conn = tun->conn, .use = uses[file->use] };

	snprintf(message.path, sizeof(message.path), "%s", file->path);
	na_send(tun->na, NA_IKE, MSG_TRUST_FILE, &message, sizeof(message), fd);
}

/* Return: does the keyholder need certificates, too? */
static bool eap_send(struct tun *tun)
{
	const struct conf_tunnel *conf = tun->conf;
	bool client = ike_local_does(conf->ike, IKE_AUTH_EAP);
	struct message_eap message = { .conn = tun->conn,
				       .strict = (uint8_t)conf->strict_crl,
				       .tls13 = conf->eap_tls13 };

	if (!client && !ike_remote_does(conf->ike, IKE_AUTH_EAP))
		return false;
	message.n_methods = client ? conf->n_eap_local : conf->n_eap_remote;
	memcpy(message.methods, client ? conf->eap_local : conf->eap_remote, message.n_methods);
	if (client)
		snprintf(message.identity, sizeof(message.identity), "%s", conf->eap_id);
	na_send(tun->na, NA_KEYHOLDER, MSG_EAP_CONF, &message, sizeof(message), -1);
	return memchr(message.methods, EAP_TLS, message.n_methods) != NULL;
}

int tun_secret_send(struct tun *tun)
{
	struct message_trust trust = { .conn = tun->conn,
				       .strict = (uint8_t)tun->conf->strict_crl };
	const struct conf_file *file;
	char err[CONF_TEXT_MAX];
	bool secret, tls;
	uint32_t i;
	int fd;

	tls = eap_send(tun);
	trust.no_ocsp = !strcmp(tun->conf->ocsp, "never");
	trust.key2 = conf_file_find(tun->conf, CONF_FILE_KEY2) != NULL;
	if (strchr(tun->conf->ocsp, ':'))
		snprintf(trust.ocsp, sizeof(trust.ocsp), "%s", tun->conf->ocsp);
	snprintf(trust.name, sizeof(trust.name), "%s", tun->conf->name);
	if (ike_local_does(tun->conf->ike, IKE_AUTH_SIGNATURE) ||
	    ike_remote_does(tun->conf->ike, IKE_AUTH_SIGNATURE))
		na_send(tun->na, NA_IKE, MSG_TRUST, &trust, sizeof(trust), -1);
	for (i = 0; i < tun->conf->n_files; i++) {
		file = &tun->conf->files[i];
		secret = conf_file_is_secret(file);
		fd = secret ? conf_secret_open(file->path, err, sizeof(err)) :
			      conf_file_open(file->path, err, sizeof(err));
		if (fd < 0) {
			tun_problem(tun, -1, "config", err, "");
			return -1;
		}
		if (secret || (tls && (file->use == conf_eap_use(tun->conf, false) ||
				       file->use == CONF_FILE_CA || file->use == CONF_FILE_CRL)))
			secret_send(tun, file, fd);
		if (!secret)
			trust_send(tun, file, fd);
		close(fd);
	}
	return 0;
}

void na_secret_state(struct netadmin *na, const struct message_secret_state *state)
{
	struct tun *tun = na_tun_by_conn(na, state->conn);
	const struct conf_cert *cert;
	const struct conf_file *file;
	char why[IKE_TEXT_MAX + 64];

	if (!tun || !message_text_ok(state->why, sizeof(state->why)))
		return;
	if (state->kind >= SECRET_KINDS)
		return;
	file = conf_file_find(tun->conf, secret_uses[state->kind]);
	if (!file)
		return;
	cert = state->kind == SECRET_KEY  ? tun->conf->cert :
	       state->kind == SECRET_KEY2 ? tun->conf->cert2 :
					    NULL;
	if (state->ok && cert && memcmp(state->key_id, cert->key_id, sizeof(cert->key_id)) != 0)
		snprintf(why, sizeof(why), "%s is not the private key of certificate \"%s\"",
			 file->path, cert->subject);
	else if (!state->ok)
		snprintf(why, sizeof(why), "%s: %s", file->path, state->why);
	else
		return;
	tun_problem(tun, -1, "config", why, "correct the file, then ipsecvif reload");
}
