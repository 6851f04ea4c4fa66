// SPDX-License-Identifier: MIT
/* The messages between the daemon's processes: their lengths. */
#include "tools/keyer/message.h"

#include <string.h>

static const size_t message_lengths[MSG_TYPES] = {
	[MSG_SOCKET] = sizeof(struct message_socket),
	[MSG_CAPS] = sizeof(struct message_caps),
	[MSG_CONN_DEL] = sizeof(struct message_conn),
	[MSG_INITIATE] = sizeof(struct ike_ev_initiate),
	[MSG_TERMINATE] = sizeof(struct ike_ev_terminate),
	[MSG_REKEY] = sizeof(struct ike_ev_terminate),
	[MSG_SPI] = sizeof(struct ike_ev_spi),
	[MSG_INSTALLED] = sizeof(struct ike_ev_installed),
	[MSG_EXPIRE] = sizeof(struct ike_ev_child),
	[MSG_MAPPING] = sizeof(struct ike_ev_child),
	[MSG_ADDRESS_LOST] = sizeof(struct ike_addr),
	[MSG_TRUST] = sizeof(struct message_trust),
	[MSG_TRUST_FILE] = sizeof(struct message_trust_file),
	[MSG_FETCH] = sizeof(struct message_fetch),
	[MSG_FETCHED] = sizeof(struct message_fetched),
	[MSG_DEBUG] = sizeof(struct message_debug),
	[MSG_ROAM] = sizeof(struct ike_ev_roam),
	[MSG_PATH] = sizeof(struct ike_ev_path),
	[MSG_PATH_REQUEST] = sizeof(struct ike_fx_path),
	[MSG_SPI_REQUEST] = sizeof(struct ike_fx_spi),
	[MSG_SPI_RELEASE] = sizeof(struct ike_fx_spi),
	[MSG_CHILD_INSTALL] = sizeof(struct ike_fx_child),
	[MSG_CHILD_UPDATE] = sizeof(struct ike_fx_child),
	[MSG_CHILD_REMOVE] = sizeof(struct ike_fx_child),
	[MSG_CONFIG] = sizeof(struct ike_fx_config),
	[MSG_STATUS] = sizeof(struct ike_fx_status),
	[MSG_SIGN] = sizeof(struct ike_fx_auth),
	[MSG_VERIFY] = sizeof(struct ike_fx_auth),
	[MSG_PPK] = sizeof(struct ike_fx_ppk),
	[MSG_PPK_MIXED] = sizeof(struct ike_ev_ppk),
	[MSG_SIGNED] = sizeof(struct ike_ev_auth),
	[MSG_VERIFIED] = sizeof(struct ike_ev_auth),
	[MSG_EAP] = sizeof(struct ike_fx_eap),
	[MSG_EAP_END] = sizeof(struct ike_fx_eap_end),
	[MSG_EAP_ANSWER] = sizeof(struct ike_ev_eap),
	[MSG_EAP_CONF] = sizeof(struct message_eap),
	[MSG_SECRET_SET] = sizeof(struct message_secret),
	[MSG_SECRET_DEL] = sizeof(struct message_conn),
	[MSG_SECRET_STATE] = sizeof(struct message_secret_state),
	[MSG_RESOLVE] = sizeof(struct message_resolve),
	[MSG_RESOLVED] = sizeof(struct message_resolved),
	[MSG_LOG] = sizeof(struct message_log),
};

_Static_assert(sizeof(struct ike_conn_conf) + 2 * IKE_ADDRS_MAX * sizeof(struct ike_addr_range) +
			       IKE_CHILDREN_MAX *
				       (sizeof(struct ike_child_conf) +
					2 * IKE_TS_MAX * sizeof(struct ike_ts) +
					IKE_PROPOSALS_MAX * sizeof(struct ike_proposal)) +
			       16384 <
		       MESSAGE_MAX,
	       "a connection fits a message");

bool message_length_ok(uint32_t type, size_t len)
{
	if (type >= MSG_TYPES)
		return false;
	if (type == MSG_CONN_SET)
		return len >= sizeof(struct ike_conn_conf);
	return len == message_lengths[type];
}

bool message_text_ok(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}
