// SPDX-License-Identifier: MIT
/* TLS over memory: 1.2, and 1.3 with the rules that EAP-TLS has for it (RFC 9190). */
#include "tools/keyer/crypto/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/keyer/crypto/internal.h"

struct tls_conf {
	SSL_CTX *ctx;
	enum pki_strict strict;
};

struct tls {
	SSL *ssl;
	BIO *in, *out;
};

/* That no CRL is at hand, or none that is valid, is for `strict` to judge. */
static int verified(int ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	const struct tls_conf *conf = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
	int top = sk_X509_num(X509_STORE_CTX_get0_chain(store)) - 1;

	if (ok)
		return 1;
	switch (X509_STORE_CTX_get_error(store)) {
	case X509_V_ERR_UNABLE_TO_GET_CRL:
	case X509_V_ERR_UNABLE_TO_GET_CRL_ISSUER:
	case X509_V_ERR_CRL_HAS_EXPIRED:
	case X509_V_ERR_CRL_NOT_YET_VALID:
		/* who is trusted in any case needs nobody to say that he is good */
		if (X509_STORE_CTX_get_error_depth(store) != top &&
		    (conf->strict == PKI_STRICT_YES ||
		     (conf->strict == PKI_STRICT_IFURI &&
		      pki_cert_has_url(X509_STORE_CTX_get_current_cert(store)))))
			return 0;
		X509_STORE_CTX_set_error(store, X509_V_OK);
		return 1;
	default:
		return 0;
	}
}

struct tls_conf *tls_conf_new(void)
{
	struct tls_conf *conf = calloc(1, sizeof(*conf));

	if (!conf)
		abort();
	conf->ctx = SSL_CTX_new(TLS_method());
	if (!conf->ctx)
		abort();
	SSL_CTX_set_min_proto_version(conf->ctx, TLS1_2_VERSION);
	tls_conf_newest(conf, true);
	SSL_CTX_set_num_tickets(conf->ctx, 0); /* nothing is resumed */
	SSL_CTX_set_app_data(conf->ctx, conf);
	SSL_CTX_set_verify(conf->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, verified);
	X509_STORE_set_flags(SSL_CTX_get_cert_store(conf->ctx),
			     X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	SSL_CTX_set_session_cache_mode(conf->ctx, SSL_SESS_CACHE_OFF);
	/* servers that know no RFC 5746 are fine where nothing is ever renegotiated */
	SSL_CTX_set_options(conf->ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
					       SSL_OP_LEGACY_SERVER_CONNECT);
	SSL_CTX_set_security_level(conf->ctx, 2);
	return conf;
}

void tls_conf_newest(struct tls_conf *conf, bool tls13)
{
	SSL_CTX_set_max_proto_version(conf->ctx, tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
}

void tls_conf_free(struct tls_conf *conf)
{
	if (!conf)
		return;
	SSL_CTX_free(conf->ctx);
	free(conf);
}

void tls_warm(void)
{
	struct tls_conf *conf = tls_conf_new();
	struct tls *tls = tls_new(conf, false);
	char why[128];

	tls_run(tls, why, sizeof(why));
	tls_free(tls);
	tls_conf_free(conf);
}

int tls_conf_key(struct tls_conf *conf, const struct pki_key *key)
{
	return SSL_CTX_use_PrivateKey(conf->ctx, pki_key_evp(key)) == 1 ? 0 : -1;
}

int tls_conf_certs(struct tls_conf *conf, const struct pki_bundle *certs)
{
	for (unsigned int i = 0; i < certs->n; i++) {
		int ok = SSL_CTX_get0_certificate(conf->ctx) ?
				 SSL_CTX_add1_chain_cert(conf->ctx, certs->item[i].cert) :
				 SSL_CTX_use_certificate(conf->ctx, certs->item[i].cert);

		if (ok != 1)
			return -1;
	}
	return 0;
}

int tls_conf_authorities(struct tls_conf *conf, const struct pki_bundle *certs)
{
	X509_STORE *store = SSL_CTX_get_cert_store(conf->ctx);

	X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	for (unsigned int i = 0; i < certs->n; i++) {
		if (!X509_STORE_add_cert(store, certs->item[i].cert) ||
		    !SSL_CTX_add_client_CA(conf->ctx, certs->item[i].cert))
			return -1;
	}
	return 0;
}

int tls_conf_crls(struct tls_conf *conf, const struct pki_bundle *crls)
{
	X509_STORE *store = SSL_CTX_get_cert_store(conf->ctx);

	for (unsigned int i = 0; i < crls->n; i++) {
		if (!X509_STORE_add_crl(store, crls->item[i].crl))
			return -1;
	}
	return 0;
}

void tls_conf_strict(struct tls_conf *conf, enum pki_strict strict)
{
	conf->strict = strict;
}

struct tls *tls_new(struct tls_conf *conf, bool server)
{
	struct tls *tls = calloc(1, sizeof(*tls));

	if (!tls)
		abort();
	tls->ssl = SSL_new(conf->ctx);
	tls->in = BIO_new(BIO_s_mem());
	tls->out = BIO_new(BIO_s_mem());
	if (!tls->ssl || !tls->in || !tls->out)
		abort();
	BIO_set_mem_eof_return(tls->in, -1);
	SSL_set_bio(tls->ssl, tls->in, tls->out);
	if (server)
		SSL_set_accept_state(tls->ssl);
	else
		SSL_set_connect_state(tls->ssl);
	return tls;
}

void tls_free(struct tls *tls)
{
	if (!tls)
		return;
	SSL_free(tls->ssl);
	free(tls);
}

int tls_put(struct tls *tls, const uint8_t *data, size_t len)
{
	return !len || BIO_write(tls->in, data, (int)len) == (int)len ? 0 : -1;
}

/* @ret: of the call that did not succeed. */
static enum tls_state unfinished(struct tls *tls, int ret, char *why, size_t why_len)
{
	long result;

	if (SSL_get_error(tls->ssl, ret) == SSL_ERROR_WANT_READ)
		return TLS_HANDSHAKE;
	result = SSL_get_verify_result(tls->ssl);
	if (result != X509_V_OK)
		snprintf(why, why_len, "the other side's certificate: %s",
			 X509_verify_cert_error_string(result));
	else
		snprintf(why, why_len, "TLS: %s",
			 ERR_reason_error_string(ERR_peek_last_error()) ?
				 ERR_reason_error_string(ERR_peek_last_error()) :
				 "the handshake failed");
	return TLS_FAILED;
}

enum tls_state tls_run(struct tls *tls, char *why, size_t why_len)
{
	int ret;

	ERR_clear_error();
	ret = SSL_do_handshake(tls->ssl);
	return ret == 1 ? TLS_DONE : unfinished(tls, ret, why, why_len);
}

bool tls_commits(struct tls *tls)
{
	return SSL_version(tls->ssl) >= TLS1_3_VERSION;
}

int tls_commit(struct tls *tls)
{
	static const uint8_t commitment;

	return SSL_write(tls->ssl, &commitment, 1) == 1 ? 0 : -1;
}

enum tls_state tls_committed(struct tls *tls, char *why, size_t why_len)
{
	uint8_t data[2];
	int ret;

	ERR_clear_error();
	ret = SSL_read(tls->ssl, data, sizeof(data));
	if (ret <= 0)
		return unfinished(tls, ret, why, why_len);
	if (ret == 1 && data[0] == 0)
		return TLS_DONE;
	snprintf(why, why_len, "TLS: data that EAP-TLS has no place for");
	return TLS_FAILED;
}

size_t tls_pending(struct tls *tls)
{
	return BIO_ctrl_pending(tls->out);
}

size_t tls_take(struct tls *tls, uint8_t *out, size_t max)
{
	int got = BIO_read(tls->out, out, (int)max);

	return got > 0 ? (size_t)got : 0;
}

int tls_msk(struct tls *tls, uint8_t msk[64])
{
	static const char label12[] = "client EAP encryption";
	static const char label13[] = "EXPORTER_EAP_TLS_Key_Material";
	static const uint8_t type = 13; /* of EAP-TLS */
	uint8_t both[128]; /* MSK and EMSK: with TLS 1.3 the length changes them */
	int ret;

	if (tls_commits(tls))
		ret = SSL_export_keying_material(tls->ssl, both, sizeof(both), label13,
						 sizeof(label13) - 1, &type, 1, 1);
	else
		ret = SSL_export_keying_material(tls->ssl, both, sizeof(both), label12,
						 sizeof(label12) - 1, NULL, 0, 0);
	if (ret == 1)
		memcpy(msk, both, 64);
	explicit_bzero(both, sizeof(both));
	return ret == 1 ? 0 : -1;
}

bool tls_peer_has_id(struct tls *tls, uint8_t type, const uint8_t *id, size_t len)
{
	X509 *cert = SSL_get0_peer_certificate(tls->ssl);

	return cert && pki_cert_has_id(cert, type, id, len);
}

bool tls_peer_is(struct tls *tls, const char *name, char *subject, size_t len)
{
	X509 *cert = SSL_get0_peer_certificate(tls->ssl);
	uint8_t id[256];
	char err[128];
	size_t n;

	subject[0] = '\0';
	if (!cert)
		return false;
	pki_name_print(X509_get_subject_name(cert), subject, len);
	if (strchr(name, '=')) {
		n = pki_dn_parse(name, id, sizeof(id), err, sizeof(err));
		return n && pki_cert_has_id(cert, 9, id, n);
	}
	if (inet_pton(AF_INET, name, id) == 1)
		return pki_cert_has_id(cert, 1, id, 4);
	if (inet_pton(AF_INET6, name, id) == 1)
		return pki_cert_has_id(cert, 5, id, 16);
	return pki_cert_has_id(cert, strchr(name, '@') ? 3 : 2, (const uint8_t *)name,
			       strlen(name));
}
