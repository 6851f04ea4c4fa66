# SPDX-License-Identifier: MIT
# Sources of the IKE protocol core. It needs $(CRYPTO_OBJS), and no library.
IKE_SRCS := $(sort $(wildcard tools/keyer/ike/*.c))
IKE_OBJS := $(IKE_SRCS:%.c=$(O)/%.o)
