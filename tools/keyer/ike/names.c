// SPDX-License-Identifier: MIT
/*
 * Names of the registry's numbers, and of ours, for the log.
 */
#include <stdio.h>

#include "tools/keyer/ike/v2.h"

const char *exchange_name(uint8_t exchange)
{
	switch (exchange) {
	case EXCH_IKE_SA_INIT:
		return "IKE_SA_INIT";
	case EXCH_IKE_AUTH:
		return "IKE_AUTH";
	case EXCH_CREATE_CHILD_SA:
		return "CREATE_CHILD_SA";
	case EXCH_IKE_INTERMEDIATE:
		return "IKE_INTERMEDIATE";
	case EXCH_IKE_FOLLOWUP_KE:
		return "IKE_FOLLOWUP_KE";
	case EXCH_INFORMATIONAL:
		return "INFORMATIONAL";
	}
	return "unknown exchange";
}

const char *payload_name(uint8_t payload)
{
	static const char *const name[] = { "SA",   "KE", "IDi", "IDr", "CERT", "CERTREQ",
					    "AUTH", "N",  "N",	 "D",	"V",	"TSi",
					    "TSr",  "SK", "CP",	 "EAP" };

	if (payload == PL_NONCE)
		return "Nonce";
	if (payload >= PL_SA && payload <= PL_EAP)
		return name[payload - PL_SA];
	return payload == PL_SKF ? "SKF" : "unknown";
}

static const struct {
	uint16_t type;
	const char *name;
} notifies[] = {
	{ N_UNSUPPORTED_CRITICAL_PAYLOAD, "UNSUPPORTED_CRITICAL_PAYLOAD" },
	{ N_INVALID_IKE_SPI, "INVALID_IKE_SPI" },
	{ N_INVALID_MAJOR_VERSION, "INVALID_MAJOR_VERSION" },
	{ N_INVALID_SYNTAX, "INVALID_SYNTAX" },
	{ N_INVALID_MESSAGE_ID, "INVALID_MESSAGE_ID" },
	{ N_INVALID_SPI, "INVALID_SPI" },
	{ N_NO_PROPOSAL_CHOSEN, "NO_PROPOSAL_CHOSEN" },
	{ N_INVALID_KE_PAYLOAD, "INVALID_KE_PAYLOAD" },
	{ N_AUTHENTICATION_FAILED, "AUTHENTICATION_FAILED" },
	{ N_SINGLE_PAIR_REQUIRED, "SINGLE_PAIR_REQUIRED" },
	{ N_NO_ADDITIONAL_SAS, "NO_ADDITIONAL_SAS" },
	{ N_INTERNAL_ADDRESS_FAILURE, "INTERNAL_ADDRESS_FAILURE" },
	{ N_FAILED_CP_REQUIRED, "FAILED_CP_REQUIRED" },
	{ N_TS_UNACCEPTABLE, "TS_UNACCEPTABLE" },
	{ N_INVALID_SELECTORS, "INVALID_SELECTORS" },
	{ N_TEMPORARY_FAILURE, "TEMPORARY_FAILURE" },
	{ N_CHILD_SA_NOT_FOUND, "CHILD_SA_NOT_FOUND" },
	{ N_STATE_NOT_FOUND, "STATE_NOT_FOUND" },
};

const char *notify_name(uint16_t type, char *buf, size_t len)
{
	for (size_t i = 0; i < sizeof(notifies) / sizeof(*notifies); i++) {
		if (notifies[i].type == type)
			return notifies[i].name;
	}
	snprintf(buf, len, "notify %u", type);
	return buf;
}

const char *reason_name(enum ike_reason why)
{
	static const char *const name[] = { "none",	"operator",    "peer",	      "timeout",
					    "dpd",	"no-proposal", "no-selector", "auth",
					    "identity", "protocol",    "kernel",      "replaced",
					    "expired",	"config" };

	return (size_t)why < sizeof(name) / sizeof(*name) ? name[why] : "unknown";
}

const char *sa_state_name(enum sa_state s)
{
	static const char *const name[] = { "new",	 "init-sent",	"init-done",
					    "auth-sent", "established", "rekeyed",
					    "deleting",	 "linger",	"dead" };

	return (size_t)s < sizeof(name) / sizeof(*name) ? name[s] : "unknown";
}

const char *task_name(enum task_kind kind)
{
	static const char *const name[] = { "none",	   "init",	   "child-new",
					    "child-rekey", "child-delete", "ike-rekey",
					    "ike-delete",  "dpd",	   "mobike" };

	return (size_t)kind < sizeof(name) / sizeof(*name) ? name[kind] : "unknown";
}
