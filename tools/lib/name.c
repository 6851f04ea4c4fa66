// SPDX-License-Identifier: MIT
/*
 * The words for the ABI's numbers.
 */
#include "tools/lib/ipsecvif.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static const char *word(const char *const *words, size_t n, unsigned int value)
{
	return value < n && words[value] ? words[value] : "?";
}

const char *ipsecvif_dir_name(enum ipsecvif_dir dir)
{
	static const char *const words[] = {
		[IPSECVIF_DIR_IN] = "in",
		[IPSECVIF_DIR_OUT] = "out",
	};

	return word(words, ARRAY_SIZE(words), dir);
}

const char *ipsecvif_mode_name(enum ipsecvif_mode mode)
{
	static const char *const words[] = {
		[IPSECVIF_MODE_TRANSPORT] = "transport",
		[IPSECVIF_MODE_TUNNEL] = "tunnel",
	};

	return word(words, ARRAY_SIZE(words), mode);
}

const char *ipsecvif_proto_name(uint8_t proto)
{
	switch (proto) {
	case IPPROTO_ESP:
		return "esp";
	case IPPROTO_AH:
		return "ah";
	default:
		return "?";
	}
}

const char *ipsecvif_limit_name(enum ipsecvif_limit limit)
{
	static const char *const words[] = {
		[IPSECVIF_LIMIT_TIME] = "time",		  [IPSECVIF_LIMIT_BYTES] = "bytes",
		[IPSECVIF_LIMIT_PACKETS] = "packets",	  [IPSECVIF_LIMIT_SEQ] = "sequence",
		[IPSECVIF_LIMIT_VMFORK] = "vm-fork",	  [IPSECVIF_LIMIT_IDLE] = "idle",
		[IPSECVIF_LIMIT_HIBERNATE] = "hibernate",
	};

	return word(words, ARRAY_SIZE(words), limit);
}

const char *ipsecvif_event_name(enum ipsecvif_cmd cmd)
{
	static const char *const words[] = {
		[IPSECVIF_CMD_ACQUIRE_NTF] = "acquire", [IPSECVIF_CMD_EXPIRE_NTF] = "expire",
		[IPSECVIF_CMD_SEQ_NTF] = "sequence",	[IPSECVIF_CMD_MAPPING_NTF] = "mapping",
		[IPSECVIF_CMD_ICV_NTF] = "icv",		[IPSECVIF_CMD_REPLAY_NTF] = "replay",
		[IPSECVIF_CMD_CARRIER_NTF] = "carrier", [IPSECVIF_CMD_SA_DEL_NTF] = "sa-del",
		[IPSECVIF_CMD_SA_ADD_NTF] = "sa-add",
	};

	return word(words, ARRAY_SIZE(words), cmd);
}

const char *ipsecvif_alg_kind_name(enum ipsecvif_alg_kind kind)
{
	static const char *const words[] = {
		[IPSECVIF_ALG_AEAD] = "aead",
		[IPSECVIF_ALG_ENC] = "enc",
		[IPSECVIF_ALG_AUTH] = "auth",
	};

	return word(words, ARRAY_SIZE(words), kind);
}

const char *ipsecvif_df_name(enum ipsecvif_df df)
{
	static const char *const words[] = {
		[IPSECVIF_DF_COPY] = "copy",
		[IPSECVIF_DF_SET] = "set",
		[IPSECVIF_DF_CLEAR] = "clear",
	};

	return word(words, ARRAY_SIZE(words), df);
}

const char *ipsecvif_flow_label_name(enum ipsecvif_flow_label label)
{
	static const char *const words[] = {
		[IPSECVIF_FLOW_LABEL_SA] = "sa",
		[IPSECVIF_FLOW_LABEL_COPY] = "copy",
		[IPSECVIF_FLOW_LABEL_ZERO] = "zero",
	};

	return word(words, ARRAY_SIZE(words), label);
}

const char *ipsecvif_dscp_name(enum ipsecvif_dscp dscp)
{
	static const char *const words[] = {
		[IPSECVIF_DSCP_CLEAR] = "clear",
		[IPSECVIF_DSCP_COPY] = "copy",
	};

	return word(words, ARRAY_SIZE(words), dscp);
}
