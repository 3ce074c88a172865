/* channel_linux.c - see channel.h; unix(7): SOCK_SEQPACKET, SO_PASSCRED, SCM_CREDENTIALS. */
#include "vault/wire/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

enum {
	BACKLOG = 512,
	SPIN_NANOSECONDS = 50 * 1000,
	SPIN_MISSES_MAX = 4, /* after so many, spin only now and then */
	SPIN_RETRY_EVERY = 32,
};

/* The address of NAME in an open folder: as short as an address must be, however long the
 * path, and safe from a folder that is swapped meanwhile. */
static struct sockaddr_un address_in(int folder, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/%s", folder,
		       name);
	return address;
}

/* By its own path where that fits, because people look for it with ss(8). */
static struct sockaddr_un address_of(int folder, const char *folder_path, const char *name)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(folder_path) + 1 + strlen(name) >= sizeof address.sun_path)
		return address_in(folder, name);
	(void)snprintf(address.sun_path, sizeof address.sun_path, "%s/%s", folder_path, name);
	return address;
}

static int open_folder(const char *path)
{
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int new_socket(void)
{
	const int on = 1;
	int channel = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (channel >= 0 && setsockopt(channel, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0) {
		(void)close(channel);
		return -1;
	}
	return channel;
}

enum err channel_bind(const char *folder_path, const char *name, int *out_socket)
{
	AUTO_FD folder = open_folder(folder_path);
	AUTO_FD channel = new_socket();
	struct sockaddr_un address;

	if (folder < 0 || channel < 0)
		return err_detail(ERR_VAULT_FOLDER, "%s (%s)", folder_path, strerror(errno));
	address = address_of(folder, folder_path, name);
	if (bind(channel, (const struct sockaddr *)&address, sizeof address) != 0)
		return err_detail(ERR_VAULT_FOLDER, "%s/%s (%s)", folder_path, name,
				  strerror(errno));
	*out_socket = channel;
	channel = -1;
	return ERR_OK;
}

enum err channel_listen(int socket)
{
	return listen(socket, BACKLOG) != 0 ? err_note(ERR_INTERNAL, "listen: %s", strerror(errno))
					    : ERR_OK;
}

/* Connecting to a full backlog is EAGAIN on a non-blocking socket: worth a moment's patience. */
static bool connect_patiently(int channel, const struct sockaddr_un *address)
{
	const struct timespec moment = {.tv_nsec = 10 * 1000 * 1000};

	for (unsigned i = 0; i < 200; i++) {
		if (connect(channel, (const struct sockaddr *)address, sizeof *address) == 0)
			return true;
		if (errno != EAGAIN && errno != EINTR)
			return false;
		(void)nanosleep(&moment, NULL);
	}
	return false;
}

enum err channel_connect(const char *path, int *out_socket)
{
	AUTO_FD channel = new_socket();
	AUTO_FD folder = -1;
	AUTO_TEXT folder_path = strdup(path);
	char *slash = folder_path == NULL ? NULL : strrchr(folder_path, '/');
	struct sockaddr_un address;

	if (folder_path == NULL || channel < 0)
		return ERR_MEMORY;
	if (slash == NULL)
		return err_note(ERR_VAULT_UNREACHABLE, "not an absolute path");
	*slash = '\0';
	folder = open_folder(slash == folder_path ? "/" : folder_path);
	if (folder < 0)
		return err_note(ERR_VAULT_UNREACHABLE, "folder: %s", strerror(errno));
	address = address_of(folder, folder_path, slash + 1);
	if (!connect_patiently(channel, &address))
		return err_note(ERR_VAULT_UNREACHABLE, "connect: %s", strerror(errno));
	*out_socket = channel;
	channel = -1;
	return ERR_OK;
}

bool channel_peer_uid(int socket, uid_t *out_uid)
{
	struct ucred peer;
	socklen_t size = sizeof peer;

	if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
		return false;
	*out_uid = peer.uid;
	return true;
}

/* Should the kernel ever have put descriptors in, they are closed before anything else. */
static bool read_control(struct msghdr *message, struct sender *out_sender)
{
	bool is_known = false;

	for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL;
	     part = CMSG_NXTHDR(message, part)) {
		if (part->cmsg_level != SOL_SOCKET)
			continue;
		if (part->cmsg_type == SCM_CREDENTIALS &&
		    part->cmsg_len == CMSG_LEN(sizeof(struct ucred))) {
			struct ucred sender;
			memcpy(&sender, CMSG_DATA(part), sizeof sender);
			*out_sender = (struct sender){.pid = sender.pid, .uid = sender.uid};
			is_known = true;
		}
		if (part->cmsg_type == SCM_RIGHTS)
			for (size_t at = 0; at + sizeof(int) <= part->cmsg_len - CMSG_LEN(0);
			     at += sizeof(int)) {
				int passed;
				memcpy(&passed, CMSG_DATA(part) + at, sizeof passed);
				(void)close(passed);
			}
	}
	return is_known;
}

/* ECONNRESET: the other side closed with packets unread (unix_release_sock in the kernel). */
static enum channel_event event_of_failure(int error)
{
	if (error == EAGAIN)
		return CHANNEL_EMPTY;
	return error == ECONNRESET ? CHANNEL_RESET : CHANNEL_END;
}

enum channel_event channel_receive(int socket, uint8_t *bytes, size_t capacity, size_t *out_size,
				   struct sender *out_sender)
{
	/* Room for the credentials, which the kernel puts first, and for nothing more. */
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(sizeof(struct ucred))];
	} control;
	struct iovec part = {.iov_base = bytes, .iov_len = capacity};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof control};
	ssize_t size;

	do
		size = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (size < 0 && errno == EINTR);
	if (size < 0)
		return event_of_failure(errno);
	if (!read_control(&message, out_sender) || size == 0 ||
	    (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
		return CHANNEL_END;
	*out_size = (size_t)size;
	return CHANNEL_PACKET;
}

bool channel_send(int socket, const uint8_t *bytes, size_t size)
{
	ssize_t sent;

	do
		sent = send(socket, bytes, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)size;
}

static bool wait_for(int socket, short events, unsigned milliseconds)
{
	struct pollfd waiting = {.fd = socket, .events = events};
	int ready;

	do
		ready = poll(&waiting, 1, (int)milliseconds);
	while (ready < 0 && errno == EINTR);
	return ready > 0;
}

bool channel_has_room(int socket)
{
	return wait_for(socket, POLLOUT, 0);
}

bool channel_wait(int socket, unsigned milliseconds)
{
	return wait_for(socket, POLLIN, milliseconds);
}

bool channel_wait_for_room(int socket, unsigned milliseconds)
{
	return wait_for(socket, POLLOUT, milliseconds);
}

static int64_t now_nanoseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

enum channel_event channel_spin(struct spin *spin, int socket, uint8_t *bytes, size_t capacity,
				size_t *out_size, struct sender *out_sender)
{
	enum channel_event event = channel_receive(socket, bytes, capacity, out_size, out_sender);
	int64_t end;

	if (event == CHANNEL_EMPTY && spin->misses >= SPIN_MISSES_MAX &&
	    ++spin->misses % SPIN_RETRY_EVERY != 0)
		return event;
	end = now_nanoseconds() + SPIN_NANOSECONDS;
	while (event == CHANNEL_EMPTY && now_nanoseconds() < end)
		event = channel_receive(socket, bytes, capacity, out_size, out_sender);
	spin->misses = event == CHANNEL_EMPTY ? spin->misses + 1 : 0;
	return event;
}
