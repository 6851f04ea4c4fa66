# SPDX-License-Identifier: MIT
# Sources of the keyer's cryptography: all that sees OpenSSL.
CRYPTO_SRCS := $(addprefix tools/keyer/crypto/,aead.c bundle.c dh.c dn.c fetch.c kdf.c mac.c mschap.c ocsp.c \
	revoke.c sign.c tls.c verify.c)
CRYPTO_OBJS := $(CRYPTO_SRCS:%.c=$(O)/%.o)
CRYPTO_LIBS := $(SSL_LIBS) $(CRYPTO_LIBS)
$(CRYPTO_OBJS): TOOLS_CFLAGS += $(CRYPTO_CFLAGS) $(SSL_CFLAGS)
