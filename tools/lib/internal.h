/* SPDX-License-Identifier: MIT */
/*
 * What the files of libipsecvif share, and its unit tests look into. Not
 * installed, not for programs.
 */
#ifndef IPSECVIF_LIB_INTERNAL_H
#define IPSECVIF_LIB_INTERNAL_H

#include <linux/netlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>

#include "tools/lib/ipsecvif.h"

/* Times that a dump is repeated when changes interrupt it. */
#define DUMP_TRIES 16

/* Room that one selector takes in a request, generously. */
#define SELECTOR_ROOM 160
/* Room for everything else, two SAs with their keys included. */
#define REQUEST_ROOM 4096

/**
 * typedef reply_fn - receives one message of the kernel's answer
 * @attr: the first top-level attribute.
 * @len: bytes from there to the message's end.
 * @arg: the caller's.
 *
 * Return: 0, or a negative errno, which becomes the request's result.
 */
typedef int reply_fn(struct nlattr *attr, int len, void *arg);

/* --- client.c --- */

/**
 * client_fail - set the error of a call that failed on our side
 * @client: the client.
 * @err: negative errno.
 * @format: the sentence, printf()-style.
 *
 * Return: @err.
 */
int client_fail(struct ipsecvif_client *client, int err, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * client_family - the family's and the event group's numbers
 * @client: the client.
 * @group: receives the multicast group of the events.
 *
 * Return: the number that messages of the family have as type.
 */
int client_family(const struct ipsecvif_client *client, int *group);

/**
 * request_new - begin a request
 * @client: the client, whose error is cleared.
 * @cmd: an enum ipsecvif_cmd.
 * @flags: NLM_F_DUMP, or 0.
 * @ifindex: the device; 0: none is named.
 * @room: bytes of attributes to come.
 *
 * Return: the message, for request_run() or request_free(), or NULL (-ENOMEM,
 * and the client's error is set).
 */
struct nl_msg *request_new(struct ipsecvif_client *client, uint8_t cmd, int flags,
			   unsigned int ifindex, size_t room);

/**
 * request_run - send a request and wait for its end; wipes and frees it
 * @client: the client.
 * @msg: the request.
 * @fn: called for each message of the answer; NULL if none is expected.
 * @arg: passed to @fn.
 *
 * Return: 0; -EINTR if changes interrupted a dump, to be repeated; another
 * negative errno. The client's error is set but for -EINTR.
 */
int request_run(struct ipsecvif_client *client, struct nl_msg *msg, reply_fn *fn, void *arg);

/**
 * request_too_big - wipe and free a request that did not fit its message
 * @client: the client, whose error is set.
 * @msg: the request.
 *
 * Return: -EMSGSIZE.
 */
int request_too_big(struct ipsecvif_client *client, struct nl_msg *msg);

/* --- list.c --- */

/**
 * struct list - elements of one size that a dump collects
 * @items: the elements.
 * @size: bytes of each.
 * @n: their number.
 * @room: elements that fit before @items must grow.
 */
struct list {
	void *items;
	size_t size;
	size_t n;
	size_t room;
};

/**
 * list_grow - append a cleared element
 * @list: the list.
 *
 * Return: the element, valid until the next call, or NULL without memory.
 */
void *list_grow(struct list *list);

/**
 * dump_run - read a whole list from the kernel, again if changes interrupt it
 * @client: the client.
 * @cmd: an enum ipsecvif_cmd.
 * @ifindex: the device; 0: none is named.
 * @fn: adds what a message carries to the list that is its argument.
 * @list: where @fn collects; @size is set, the rest zero.
 * @fini: frees what an element holds, or NULL.
 *
 * Return: 0, or a negative errno with the client's error set and @list empty.
 */
int dump_run(struct ipsecvif_client *client, uint8_t cmd, unsigned int ifindex, reply_fn *fn,
	     struct list *list, void (*fini)(void *item));

/**
 * list_free - free a list
 * @list: the list.
 * @fini: frees what an element holds, or NULL.
 */
void list_free(struct list *list, void (*fini)(void *item));

/* --- extack.c --- */

/**
 * extack_text - put the kernel's refusal into a sentence
 * @err: its negative errno.
 * @tlvs: the first extended-ACK attribute, or NULL.
 * @len: bytes of them.
 * @request: the request, to name the attribute the kernel points at; or NULL.
 * @text: where to write the sentence.
 * @size: bytes at @text.
 */
void extack_text(int err, const struct nlattr *tlvs, int len, const struct nlmsghdr *request,
		 char *text, size_t size);

/**
 * extack_tlvs - find the extended-ACK attributes of an NLMSG_ERROR or NLMSG_DONE
 * @hdr: the message.
 * @len: receives the bytes of attributes.
 *
 * Return: the first, or NULL if it has none.
 */
const struct nlattr *extack_tlvs(const struct nlmsghdr *hdr, int *len);

/* --- attribute codecs: put returns 0 or negative (no room), parse a negative errno --- */

int put_addr(struct nl_msg *msg, int type, const struct ipsecvif_addr *addr);
int parse_addr(const struct nlattr *nla, struct ipsecvif_addr *addr);
int put_selector(struct nl_msg *msg, int type, const struct ipsecvif_selector *selector);
int parse_selector(struct nlattr *nest, struct ipsecvif_selector *selector);
int put_sa(struct nl_msg *msg, const struct ipsecvif_sa *sa);
int parse_sa(struct nlattr *nest, struct ipsecvif_sa *sa);
int parse_dev(struct nlattr *nest, struct ipsecvif_dev *dev);
int parse_alg(struct nlattr *nest, struct ipsecvif_alg *alg);
int parse_event(uint8_t cmd, struct nlattr *attr, int len, struct ipsecvif_event *event);

#endif /* IPSECVIF_LIB_INTERNAL_H */
