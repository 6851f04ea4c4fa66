// SPDX-License-Identifier: MIT
/* Getting a CRL by http (RFC 5280 4.2.1.13). */
#include "tools/keyer/crypto/fetch.h"

#include <openssl/err.h>
#include <openssl/http.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

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

int fetch_http(const char *url, char *why, size_t why_len)
{
	const char *reason;
	char *data;
	long len;
	BIO *bio;
	int fd;

	ERR_clear_error();
	bio = OSSL_HTTP_get(url, NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL, NULL, 1, FETCH_MAX,
			    FETCH_SECONDS);
	if (!bio) {
		reason = ERR_reason_error_string(ERR_peek_last_error());
		snprintf(why, why_len, "%s", reason ? reason : "no answer");
		return -1;
	}
	len = BIO_get_mem_data(bio, &data);
	fd = memfd_create("crl", MFD_CLOEXEC);
	if (fd < 0 || !write_all(fd, data, len)) {
		snprintf(why, why_len, "no memory for %ld bytes", len);
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	BIO_free(bio);
	return fd;
}
