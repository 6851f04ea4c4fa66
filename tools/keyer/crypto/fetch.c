// SPDX-License-Identifier: MIT
/* Getting a CRL (RFC 5280 4.2.1.13) or a status (RFC 6960 A.1) by http. */
#include "tools/keyer/crypto/fetch.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/http.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tools/keyer/crypto/pki.h"

enum {
	FETCH_SECONDS = 5,
	FETCH_MAX = 32 * 1024 * 1024,
};

static bool write_all(int fd, const char *data, long len)
{
	while (len > 0) {
		ssize_t put = write(fd, data, (size_t)len);

		if (put <= 0)
			return false;
		data += put;
		len -= put;
	}
	return true;
}

/* The first error is the cause of the others. */
static void error_say(char *why, size_t why_len)
{
	unsigned long error = ERR_peek_error();
	const char *reason = ERR_reason_error_string(error);

	if (ERR_SYSTEM_ERROR(error))
		snprintf(why, why_len, "%s", strerror(ERR_GET_REASON(error)));
	else
		snprintf(why, why_len, "%s", reason ? reason : "no answer");
}

static BIO *status_post(const char *url, const uint8_t *request, size_t len)
{
	BIO *body = BIO_new_mem_buf(request, (int)len), *answer = NULL;
	char *host = NULL, *port = NULL, *path = NULL;

	if (body && OSSL_HTTP_parse_url(url, NULL, NULL, &host, &port, NULL, &path, NULL, NULL))
		answer = OSSL_HTTP_transfer(NULL, host, port, path, 0, NULL, NULL, NULL, NULL, NULL,
					    NULL, 0, NULL, "application/ocsp-request", body,
					    "application/ocsp-response", 1, PKI_OCSP_ANSWER_MAX,
					    FETCH_SECONDS, 0);
	OPENSSL_free(host);
	OPENSSL_free(port);
	OPENSSL_free(path);
	BIO_free(body);
	return answer;
}

int fetch_http(const char *url, const uint8_t *request, size_t request_len, char *why,
	       size_t why_len)
{
	char *data;
	long len;
	BIO *bio;
	int fd;

	ERR_clear_error();
	if (request)
		bio = status_post(url, request, request_len);
	else
		bio = OSSL_HTTP_get(url, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, 1,
				    FETCH_MAX, FETCH_SECONDS);
	if (!bio) {
		error_say(why, why_len);
		return -1;
	}
	len = BIO_get_mem_data(bio, &data);
	fd = memfd_create("fetched", MFD_CLOEXEC);
	if (fd < 0 || !write_all(fd, data, len)) {
		snprintf(why, why_len, "no memory for %ld bytes", len);
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	BIO_free(bio);
	return fd;
}
