/* peer_linux.c - see peer.h; socket(7), unix(7), pidfd_open(2). */
#include "vault/daemon/peer.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "policy/question.h"

enum { OVERFLOW_UID = 65534, USERS_AT_LEAST = 1000 };

/* The primary group comes with the credentials, the others are asked for. Of more groups than a
 * question holds, the further ones are left out: they could only have allowed more. */
static enum err read_groups(int socket, gid_t primary, struct peer *peer)
{
	socklen_t size = 0;
	size_t count;

	if (getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, NULL, &size) != 0 && errno != ERANGE)
		return err_note(ERR_PEER, "SO_PEERGROUPS: %s", strerror(errno));
	peer->groups = calloc(1, sizeof *peer->groups + size);
	if (peer->groups == NULL)
		return ERR_MEMORY;
	peer->groups[0] = primary;
	if (size > 0 && getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, peer->groups + 1, &size) != 0)
		return err_note(ERR_PEER, "SO_PEERGROUPS: %s", strerror(errno));
	count = 1 + size / sizeof *peer->groups;
	peer->group_count = count < QUESTION_GROUPS_MAX ? count : QUESTION_GROUPS_MAX;
	return ERR_OK;
}

enum err peer_of_socket(int socket, uid_t overflow_uid, struct peer *out_peer)
{
	AUTO_HELD(peer) peer = {0};
	struct ucred credentials;
	socklen_t size = sizeof credentials;

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
		return err_note(ERR_PEER, "SO_PEERCRED: %s", strerror(errno));
	if (credentials.uid == overflow_uid || credentials.uid == (uid_t)-1)
		return err_note(ERR_PEER, "the overflow uid");
	peer.uid = credentials.uid;
	TRY(read_groups(socket, credentials.gid, &peer));
	*out_peer = peer;
	peer = (struct peer){0};
	return ERR_OK;
}

void peer_clear(struct peer *peer)
{
	free(peer->groups);
	*peer = (struct peer){0};
}

uid_t peer_overflow_uid(void)
{
	FILE *file = fopen("/proc/sys/kernel/overflowuid", "re");
	unsigned uid = OVERFLOW_UID;

	if (file == NULL)
		return OVERFLOW_UID;
	if (fscanf(file, "%u", &uid) != 1)
		uid = OVERFLOW_UID;
	(void)fclose(file);
	return (uid_t)uid;
}

/* Lines of "first here, first outside, how many". */
bool peer_can_tell_users(void)
{
	FILE *file = fopen("/proc/self/uid_map", "re");
	unsigned long long count = 0;
	unsigned long long in_all = 0;

	if (file == NULL)
		return false;
	while (fscanf(file, "%*u %*u %llu", &count) == 1)
		in_all += count;
	(void)fclose(file);
	return in_all >= USERS_AT_LEAST;
}

enum err peer_open_process(pid_t pid, int *out_process)
{
	int process;

	if (pid <= 0)
		return err_note(ERR_PEER, "a process of another pid namespace");
	process = pidfd_open(pid, 0);
	if (process < 0)
		return err_note(ERR_PEER, "pidfd_open: %s", strerror(errno));
	*out_process = process;
	return ERR_OK;
}

bool peer_process_has_ended(int process)
{
	struct pollfd ended = {.fd = process, .events = POLLIN};

	return poll(&ended, 1, 0) != 0;
}
