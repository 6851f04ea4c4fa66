/* SPDX-License-Identifier: MIT */
/*
 * Separation of privileges: who of the daemon's processes may do what.
 *
 *	netadmin   root's uid, CAP_NET_ADMIN and nothing else
 *	keyholder  root's uid, so that no unprivileged process can trace or signal
 *		   it; no capability, empty root directory, a dozen system calls
 *	ike	   uid of `ipsecvif` (or `nobody`), no capability, empty root
 *		   directory, a dozen system calls and recvmsg/sendmsg on the
 *		   sockets that it was given
 *	resolver   uid of `ipsecvif` (or `nobody`), no capability
 *
 * None of them can gain a privilege again, dump core or be traced. A failure to
 * drop a privilege ends the process.
 */
#ifndef IPSECVIF_KEYER_PRIVSEP_H
#define IPSECVIF_KEYER_PRIVSEP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/** enum privsep_role - what a child is confined to */
enum privsep_role {
	PRIVSEP_KEYHOLDER,
	PRIVSEP_IKE,
	PRIVSEP_RESOLVER
};

/**
 * privsep_fork() - start a child
 * @name: of the process, at most 15 characters.
 * @keep: the descriptors it keeps besides the standard ones; all others are
 *	closed in it.
 * @main: runs in the child; its result is the exit status.
 * Return: the child's process id, or -errno.
 */
pid_t privsep_fork(const char *name, const int *keep, size_t n_keep, int (*main)(void *arg),
		   void *arg);

/**
 * privsep_confine() - drop what @role does not need, for good
 * @err: on failure, one sentence; the caller exits.
 * Return: 0 or -1.
 */
int privsep_confine(enum privsep_role role, char *err, size_t err_len);

/** privsep_confine_parent() - the same for netadmin: only CAP_NET_ADMIN stays. */
int privsep_confine_parent(char *err, size_t err_len);

#endif /* IPSECVIF_KEYER_PRIVSEP_H */
