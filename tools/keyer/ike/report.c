// SPDX-License-Identifier: MIT
/*
 * Status and log.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/keyer/ike/report.h"
#include "tools/keyer/ike/sa.h"
#include "tools/keyer/ike/word.h"

static void log_text(struct ike *ike, uint32_t conn, enum ike_log_level level, const char *prefix,
		     const char *fmt, va_list ap)
{
	struct ike_fx_log *log = &effect_add(ike, IKE_FX_LOG)->u.log;
	int n = snprintf(log->text, sizeof(log->text), "%s", prefix);

	log->conn = conn;
	log->level = level;
	vsnprintf(log->text + n, sizeof(log->text) - (size_t)n, fmt, ap);
}

static void spi_print(const uint8_t *spi, char out[2 * IKE_SPI_LEN + 1])
{
	for (unsigned int i = 0; i < IKE_SPI_LEN; i++)
		snprintf(out + 2 * (size_t)i, 3, "%02x", spi[i]);
}

const char *log_why(const char *text, const char *hint, char *buf, size_t len)
{
	size_t n = (size_t)snprintf(buf, len, "why=");

	n += log_quote(text, buf + n, len - n);
	if (hint && *hint && len - n > 16) {
		n += (size_t)snprintf(buf + n, len - n, " hint=");
		log_quote(hint, buf + n, len - n);
	}
	return buf;
}

void log_sa(const struct sa *sa, enum ike_log_level level, const char *fmt, ...)
{
	char prefix[256], remote[64], spi[2 * IKE_SPI_LEN + 1];
	va_list ap;

	spi_print(sa->initiator ? sa->spi_i : sa->spi_r, spi);
	snprintf(prefix, sizeof(prefix), "tunnel=%s ike=%s peer=%s ",
		 sa->conn_name[0] ? sa->conn_name : "-", spi,
		 ike_addr_print(&sa->remote, remote, sizeof(remote)));
	va_start(ap, fmt);
	log_text(sa->ike, sa->conn_id, level, prefix, fmt, ap);
	va_end(ap);
}

void log_packet(struct ike *ike, const struct ike_addr *local, const struct ike_addr *remote,
		const char *fmt, ...)
{
	char prefix[192], l[64], r[64];
	va_list ap;

	if (ike->now - ike->log_window >= LOG_WINDOW_MS) {
		ike->log_window = ike->now;
		ike->log_count = 0;
	}
	if (++ike->log_count > LOG_BURST)
		return;
	snprintf(prefix, sizeof(prefix), "tunnel=- peer=%s local=%s ",
		 ike_addr_print(remote, r, sizeof(r)), ike_addr_print(local, l, sizeof(l)));
	va_start(ap, fmt);
	log_text(ike, 0, IKE_LOG_INFO, prefix, fmt, ap);
	va_end(ap);
	if (ike->log_count == LOG_BURST) {
		struct ike_fx_log *log = &effect_add(ike, IKE_FX_LOG)->u.log;

		log->level = IKE_LOG_WARN;
		snprintf(log->text, sizeof(log->text),
			 "result=quiet why=\"too many packets that belong to no tunnel; "
			 "silent about them for up to %d s\"",
			 LOG_WINDOW_MS / 1000);
	}
}

static void status_text(struct ike_fx_status *st, const char *text, const char *hint)
{
	snprintf(st->text, sizeof(st->text), "%s", text ? text : "");
	snprintf(st->hint, sizeof(st->hint), "%s", hint ? hint : "");
}

struct ike_fx_status *status_sa(struct sa *sa, enum ike_status what, enum ike_reason why,
				const char *text, const char *hint)
{
	struct ike_fx_status *st = &effect_add(sa->ike, IKE_FX_STATUS)->u.status;

	st->what = what;
	st->why = why;
	st->conn = sa->conn_id;
	memcpy(st->spi_i, sa->spi_i, IKE_SPI_LEN);
	memcpy(st->spi_r, sa->spi_r, IKE_SPI_LEN);
	st->initiator = sa->initiator;
	st->nat_local = sa->nat_local;
	st->nat_remote = sa->nat_remote;
	st->local = sa->local;
	st->remote = sa->remote;
	st->reauth_at = sa->reauth_at == NEVER ? 0 : sa->reauth_at;
	st->peer_id = *sa_who(sa);
	memcpy(st->was_spi_i, sa->was_spi_i, IKE_SPI_LEN);
	memcpy(st->was_spi_r, sa->was_spi_r, IKE_SPI_LEN);
	st->rekey_at = sa->rekey_at == NEVER ? 0 : sa->rekey_at;
	if (sa->chosen)
		ike_proposal_print(sa->chosen, st->proposal, sizeof(st->proposal));
	status_text(st, text, hint);
	return st;
}

void step(struct sa *sa, const char *fmt, ...)
{
	char text[IKE_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	status_sa(sa, IKE_ST_STEP, IKE_WHY_NONE, text, NULL);
}

void report_child_failed(struct sa *sa, const char *child, enum ike_reason why, const char *text,
			 const char *hint)
{
	struct ike_fx_status *st = status_sa(sa, IKE_ST_CHILD_FAILED, why, text, hint);
	char words[IKE_TEXT_MAX];

	snprintf(st->child, sizeof(st->child), "%s", child);
	log_sa(sa, IKE_LOG_WARN, "child=%s result=failed reason=%s %s", child[0] ? child : "-",
	       reason_name(why), log_why(text, hint, words, sizeof(words)));
}

void report_refused(struct ike *ike, const struct conn *c, const struct ike_addr *local,
		    const struct ike_addr *remote, enum ike_reason why, const char *text,
		    const char *hint)
{
	char words[IKE_TEXT_MAX];

	log_packet(ike, local, remote, "candidate=%s result=refused reason=%s %s",
		   c ? c->conf->name : "-", reason_name(why),
		   log_why(text, hint, words, sizeof(words)));
	/* beyond the log's rate the operator is spared the status too */
	if (c && ike->log_count <= LOG_BURST) {
		struct ike_fx_status *st = &effect_add(ike, IKE_FX_STATUS)->u.status;

		st->what = IKE_ST_FAILED;
		st->why = why;
		st->conn = c->id;
		st->local = *local;
		st->remote = *remote;
		status_text(st, text, hint);
	}
}
