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
	SPIN_NANOSECONDS = 20 * 1000,
	SPIN_MISSES_MAX = 4, /* after so many, spin only now and then */
	SPIN_RETRY_EVERY = 256,
	CLIENT_RECEIVES_MILLISECONDS = 1000,
};

/* By its own path where that fits, because people look for it with ss(8). Any longer path goes
 * through the open folder. False when not even that fits: the name itself is too long. */
static bool address_of(int folder, const char *folder_path, const char *name,
		       struct sockaddr_un *out_address)
{
	char *path = out_address->sun_path;
	const size_t capacity = sizeof out_address->sun_path;
	int size;

	*out_address = (struct sockaddr_un){.sun_family = AF_UNIX};
	size = snprintf(path, capacity, "%s/%s", folder_path, name);
	if (size >= 0 && (size_t)size < capacity)
		return true;
	size = snprintf(path, capacity, "/proc/self/fd/%d/%s", folder, name);
	return size >= 0 && (size_t)size < capacity;
}

static int open_folder(const char *path)
{
	return open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
}

static int new_socket(int flags)
{
	const int on = 1;
	int channel = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0);

	if (channel >= 0 && setsockopt(channel, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0) {
		(void)close(channel);
		return -1;
	}
	return channel;
}

enum err channel_bind(const char *folder_path, const char *name, int *out_socket)
{
	AUTO_FD folder = open_folder(folder_path);
	AUTO_FD channel = new_socket(SOCK_NONBLOCK);
	struct sockaddr_un address;

	if (folder < 0 || channel < 0)
		return err_detail(ERR_VAULT_FOLDER, "%s (%s)", folder_path, strerror(errno));
	if (!address_of(folder, folder_path, name, &address))
		return err_detail(ERR_VAULT_FOLDER, "%s/%s", folder_path, name);
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

static bool set_patience(int socket, int option, unsigned milliseconds)
{
	const struct timeval time = {.tv_sec = milliseconds / 1000,
				     .tv_usec = (suseconds_t)(milliseconds % 1000) * 1000};

	return setsockopt(socket, SOL_SOCKET, option, &time, sizeof time) == 0;
}

/* Waits while the server's backlog is full, no longer than SO_SNDTIMEO says. */
static bool connect_to(int channel, const struct sockaddr_un *address)
{
	int result;

	do
		result = connect(channel, (const struct sockaddr *)address, sizeof *address);
	while (result != 0 && errno == EINTR);
	return result == 0;
}

enum err channel_connect(const char *path, unsigned milliseconds, int *out_socket)
{
	AUTO_FD channel = new_socket(0);
	AUTO_FD folder = -1;
	AUTO_TEXT folder_path = strdup(path);
	char *slash = folder_path == NULL ? NULL : strrchr(folder_path, '/');
	struct sockaddr_un address;

	if (folder_path == NULL || channel < 0 ||
	    !set_patience(channel, SO_SNDTIMEO, milliseconds) ||
	    !set_patience(channel, SO_RCVTIMEO, CLIENT_RECEIVES_MILLISECONDS))
		return ERR_MEMORY;
	if (slash == NULL)
		return err_note(ERR_VAULT_UNREACHABLE, "not an absolute path");
	*slash = '\0';
	folder = open_folder(slash == folder_path ? "/" : folder_path);
	if (folder < 0)
		return err_note(ERR_VAULT_UNREACHABLE, "folder: %s", strerror(errno));
	if (!address_of(folder, folder_path, slash + 1, &address))
		return err_note(ERR_VAULT_UNREACHABLE, "the socket's name is too long");
	if (!connect_to(channel, &address))
		return err_note(ERR_VAULT_UNREACHABLE, "connect: %s", strerror(errno));
	*out_socket = channel;
	channel = -1;
	return ERR_OK;
}

int channel_accept(int listener, unsigned milliseconds)
{
	int channel = accept4(listener, NULL, NULL, SOCK_CLOEXEC);

	if (channel >= 0)
		(void)set_patience(channel, SO_RCVTIMEO, milliseconds);
	return channel;
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

static enum channel_event receive(int socket, int flags, uint8_t *bytes, size_t capacity,
				  size_t *out_size, struct sender *out_sender)
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
		size = recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
	while (size < 0 && errno == EINTR);
	if (size < 0)
		return event_of_failure(errno);
	if (!read_control(&message, out_sender) || size == 0 ||
	    (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
		return CHANNEL_END;
	*out_size = (size_t)size;
	return CHANNEL_PACKET;
}

enum channel_event channel_receive(int socket, uint8_t *bytes, size_t capacity, size_t *out_size,
				   struct sender *out_sender)
{
	return receive(socket, MSG_DONTWAIT, bytes, capacity, out_size, out_sender);
}

static bool send_packet(int socket, int flags, const uint8_t *bytes, size_t size)
{
	ssize_t sent;

	do
		sent = send(socket, bytes, size, flags | MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)size;
}

bool channel_send(int socket, const uint8_t *bytes, size_t size)
{
	return send_packet(socket, MSG_DONTWAIT, bytes, size);
}

bool channel_send_patiently(int socket, const uint8_t *bytes, size_t size)
{
	return send_packet(socket, 0, bytes, size);
}

bool channel_has_packet(int socket)
{
	uint8_t first;

	return recv(socket, &first, sizeof first, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

/* The kernel calls it writable while less than a quarter of its buffer is unread. */
bool channel_has_room(int socket)
{
	struct pollfd waiting = {.fd = socket, .events = POLLOUT};

	return poll(&waiting, 1, 0) != 0;
}

bool channel_is_ended(int socket)
{
	struct pollfd at = {.fd = socket, .events = POLLRDHUP};

	return poll(&at, 1, 0) != 0;
}

static int64_t now_nanoseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static bool is_worth_spinning(struct spin *spin)
{
	return spin != NULL &&
	       (spin->misses < SPIN_MISSES_MAX || ++spin->misses % SPIN_RETRY_EVERY == 0);
}

/* What lies there already says nothing about spinning: where both sides share a core, the other
 * one has run while this one slept. Only what comes during a spin is a hit. */
static enum channel_event receive_spinning(int socket, struct spin *spin, uint8_t *bytes,
					   size_t capacity, size_t *out_size,
					   struct sender *out_sender)
{
	enum channel_event event = channel_receive(socket, bytes, capacity, out_size, out_sender);
	int64_t end;

	if (event != CHANNEL_EMPTY)
		return event;
	end = now_nanoseconds() + SPIN_NANOSECONDS;
	while (event == CHANNEL_EMPTY && now_nanoseconds() < end)
		event = channel_receive(socket, bytes, capacity, out_size, out_sender);
	spin->misses = event == CHANNEL_EMPTY ? spin->misses + 1 : 0;
	return event;
}

enum channel_event channel_receive_patiently(int socket, struct spin *spin, uint8_t *bytes,
					     size_t capacity, size_t *out_size,
					     struct sender *out_sender)
{
	enum channel_event event = CHANNEL_EMPTY;

	if (is_worth_spinning(spin))
		event = receive_spinning(socket, spin, bytes, capacity, out_size, out_sender);
	return event == CHANNEL_EMPTY ? receive(socket, 0, bytes, capacity, out_size, out_sender)
				      : event;
}
