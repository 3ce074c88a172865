/* channel.h - carries packets over one connected socket, and with each the kernel's word on who
 * sent it. No packet brings a descriptor in: there is no room for one, and one that was sent
 * all the same ends the channel.
 *
 * Nothing here blocks, except channel_wait and channel_spin, which are bounded.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

/* Of one packet, by the kernel. Pid 0: a process that this pid namespace does not see. */
struct sender {
	pid_t pid;
	uid_t uid;
};

enum channel_event {
	CHANNEL_PACKET,
	CHANNEL_EMPTY, /* nothing has arrived */
	CHANNEL_END,   /* closed by the other side, or not a packet of ours: close it */
	CHANNEL_RESET, /* closed by the other side before it had read all that was sent to it */
};

/* Binds NAME in FOLDER, which stays open to find it again; any client may then connect, once
 * channel_listen was called. A client's kernel reports the user who called channel_listen. */
enum err channel_bind(const char *folder, const char *name, int *out_socket) MUST_CHECK;
enum err channel_listen(int socket) MUST_CHECK;
/* ERR_VAULT_UNREACHABLE. The path may be longer than a socket address can hold. */
enum err channel_connect(const char *path, int *out_socket) MUST_CHECK;
/* Who listened (to a client) or connected (to a server). */
bool channel_peer_uid(int socket, uid_t *out_uid);

enum channel_event channel_receive(int socket, uint8_t *bytes, size_t capacity, size_t *out_size,
				   struct sender *out_sender);
/* False when the other side is gone or does not read. */
bool channel_send(int socket, const uint8_t *bytes, size_t size);
/* Whether so little lies unread at the other side that another packet will fit. */
bool channel_has_room(int socket);
/* Sleeps until something has arrived (or the channel ended); false after the time. */
bool channel_wait(int socket, unsigned milliseconds);
/* The same for sending. */
bool channel_wait_for_room(int socket, unsigned milliseconds);

/* Looks again and again for some microseconds before its caller goes to sleep, because waking
 * a process costs more than a short request. It learns: after a few fruitless times it mostly
 * gives up at once. */
struct spin {
	unsigned misses;
};
enum channel_event channel_spin(struct spin *spin, int socket, uint8_t *bytes, size_t capacity,
				size_t *out_size, struct sender *out_sender);
