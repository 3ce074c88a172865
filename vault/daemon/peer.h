/* peer.h - who is at the other end, in the kernel's words and in nobody else's.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "vault/base/err.h"
#include "vault/base/own.h"

struct peer {
	uid_t uid;
	size_t group_count;
	gid_t *groups; /* the primary and the supplementary ones, at the time of connecting */
};

/* ERR_PEER: the user cannot be told (a user namespace without a name for it here). */
enum err peer_of_socket(int socket, uid_t overflow_uid, struct peer *out_peer) MUST_CHECK;
void peer_clear(struct peer *peer);
OWN_DEFINE_HELD(peer, peer_clear)

/* The uid that stands for all users the kernel has no number for here; see user_namespaces(7). */
uid_t peer_overflow_uid(void);

/* False where only a few users have a number at all (systemd's PrivateUsers=): all others would
 * look alike. */
bool peer_can_tell_users(void);

/* A handle that stays with this process even when its pid is used again. ERR_PEER when there is
 * no such process, or none that this pid namespace sees (pid 0). */
enum err peer_open_process(pid_t pid, int *out_process) MUST_CHECK;
bool peer_process_has_ended(int process);
