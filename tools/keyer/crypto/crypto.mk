# SPDX-License-Identifier: MIT
# Sources of the keyer's cryptography: all that sees OpenSSL.
CRYPTO_SRCS := $(addprefix tools/keyer/crypto/,aead.c bundle.c dh.c dn.c fetch.c kdf.c mac.c sign.c \
	verify.c)
CRYPTO_OBJS := $(CRYPTO_SRCS:%.c=$(O)/%.o)
$(CRYPTO_OBJS): TOOLS_CFLAGS += $(CRYPTO_CFLAGS)
