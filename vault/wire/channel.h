/* channel.h - carries packets over one connected socket, and with each the kernel's word on who
 * sent it. No packet brings a descriptor in: there is no room for one, and one that was sent
 * all the same ends the channel.
 *
 * Nothing here waits, except what is called patient, and that no longer than was
 * said when the channel was made.
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
/* ERR_VAULT_UNREACHABLE. The path may be longer than a socket address can hold. Patient in
 * sending for `milliseconds`, in receiving for one second at a time. */
enum err channel_connect(const char *path, unsigned milliseconds, int *out_socket) MUST_CHECK;
/* The next client; -1 with errno. Patient in receiving for `milliseconds` at a time. */
int channel_accept(int listener, unsigned milliseconds);
/* Who listened (to a client) or connected (to a server). */
bool channel_peer_uid(int socket, uid_t *out_uid);

enum channel_event channel_receive(int socket, uint8_t *bytes, size_t capacity, size_t *out_size,
				   struct sender *out_sender);
/* False when the other side is gone or does not read. */
bool channel_send(int socket, const uint8_t *bytes, size_t size);
bool channel_send_patiently(int socket, const uint8_t *bytes, size_t size);
/* Whether a packet, or the end, lies there to be read. */
bool channel_has_packet(int socket);
/* Whether so little lies unread at the other side that any packet will fit, and after it some
 * more of a few bytes each. */
bool channel_has_room(int socket);
/* Whether the other end has closed it; what lies there to be read stays. */
bool channel_is_ended(int socket);

/* How to wait for a packet that is likely to come soon: looking again and again for some
 * microseconds before falling asleep, because waking a process on another core costs more than
 * a short request. It learns: after a few fruitless times it mostly falls asleep at once, which
 * is best where both sides share a core. */
struct spin {
	unsigned misses;
};
/* Spins (`spin` NULL: not at all), then receives patiently. */
enum channel_event channel_receive_patiently(int socket, struct spin *spin, uint8_t *bytes,
					     size_t capacity, size_t *out_size,
					     struct sender *out_sender);
