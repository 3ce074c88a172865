/* link_linux.c - see link.h; identity by SO_PEERCRED, see unix(7). */
#include "vault/client/link.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "vault/base/place.h"
#include "vault/wire/channel.h"

#define SYSTEM_SOCKET "/run/kinko/vault.sock"

enum {
	FRAME_SIZE = 6,
	/* The largest request: one piece of an original, with its frame and sizes. */
	REQUEST_MAX = WIRE_PIECE_MAX + 1024,
	SEND_MILLISECONDS = 10 * 1000,
	QUICK_MILLISECONDS = 20 * 1000,
	SLOW_MILLISECONDS = 180 * 1000, /* a queue of PIN attempts, the opener, a slow disk */
};

struct link {
	int socket; /* -1: not connected */
	uint32_t request_id;
	struct spin spin;
	struct secret *request; /* may hold a PIN or a piece of an original */
	uint8_t *reply;         /* never does */
};

static bool is_slow(uint8_t number)
{
	static const enum {
		QUICK,
		SLOW
	} paces[UINT8_MAX + 1] = {
#define MESSAGE(number, name, needs, asks, kind, pace) [number] = (pace),
#include "vault/wire/messages.def"
#undef MESSAGE
	};

	return paces[number] == SLOW;
}

enum err link_new(struct link **out_link)
{
	AUTO(link) link = calloc(1, sizeof *link);

	if (link == NULL)
		return ERR_MEMORY;
	link->socket = -1;
	TRY(secret_init());
	TRY(secret_new(REQUEST_MAX, &link->request));
	link->reply = malloc(WIRE_PACKET_MAX);
	if (link->reply == NULL)
		return ERR_MEMORY;
	*out_link = TAKE(link);
	return ERR_OK;
}

void link_free(struct link *link)
{
	if (link == NULL)
		return;
	link_disconnect(link);
	secret_free(link->request);
	free(link->reply);
	free(link);
}

/* secure_getenv: a program with raised rights is not led to a foreign vault. */
const char *link_socket_path(bool *out_is_named)
{
	const char *named = secure_getenv(PLACE_SOCKET_VARIABLE);

	*out_is_named = named != NULL && named[0] != '\0';
	return *out_is_named ? named : SYSTEM_SOCKET;
}

static bool is_system_user(uid_t uid)
{
	char buffer[4096];
	struct passwd user;
	struct passwd *found = NULL;

	return getpwnam_r(PLACE_USER, &user, buffer, sizeof buffer, &found) == 0 && found != NULL &&
	       user.pw_uid == uid;
}

static enum err identify(int socket, bool is_named)
{
	uid_t server;

	if (!channel_peer_uid(socket, &server))
		return err_note(ERR_SERVER_IDENTITY, "SO_PEERCRED: %s", strerror(errno));
	if (is_system_user(server) || (is_named && server == getuid()))
		return ERR_OK;
	return err_note(ERR_SERVER_IDENTITY, "the server is user %u", (unsigned)server);
}

bool link_is_connected(const struct link *link)
{
	return link->socket >= 0;
}

enum err link_connect(struct link *link)
{
	AUTO_FD socket = -1;
	bool is_named;
	const char *path = link_socket_path(&is_named);

	link_disconnect(link);
	TRY(channel_connect(path, SEND_MILLISECONDS, &socket));
	TRY(identify(socket, is_named));
	link->socket = socket;
	socket = -1;
	return ERR_OK;
}

void link_disconnect(struct link *link)
{
	if (link->socket >= 0)
		(void)close(link->socket);
	link->socket = -1;
}

struct cursor link_request(struct link *link)
{
	return cursor_to_write(secret_bytes(link->request) + FRAME_SIZE, REQUEST_MAX - FRAME_SIZE);
}

static enum err lost(struct link *link, enum err err, enum link_loss loss,
		     struct link_answer *out_answer)
{
	link_disconnect(link);
	out_answer->loss = loss;
	return err;
}

/* The vault's error becomes ours, with its detail. */
static enum err read_error(struct link *link, struct cursor *cursor, struct link_answer *out_answer)
{
	AUTO_HELD(wire_error) error = {0};
	enum err err;

	wire_error(cursor, &error);
	if (cursor_end(cursor) != ERR_OK || error.number == 0)
		return lost(link, ERR_WIRE, LINK_UNKNOWN, out_answer);
	err = err_from_wire(error.number);
	out_answer->tries_left = error.tries_left;
	return error.detail[0] == '\0' ? err : err_detail(err, "%s", error.detail);
}

/* A vault that closed the connection without reading may have said why (request id 0). */
static enum err read_farewell(struct link *link, struct link_answer *out_answer)
{
	struct sender sender;
	struct frame frame = {0};
	struct cursor cursor;
	size_t size;

	if (channel_receive(link->socket, link->reply, WIRE_PACKET_MAX, &size, &sender) !=
	    CHANNEL_PACKET)
		return lost(link, ERR_VAULT_UNREACHABLE, LINK_UNREAD, out_answer);
	cursor = cursor_to_read(link->reply, size);
	wire_frame(&cursor, &frame);
	if (cursor.bad != ERR_OK || frame.kind != FRAME_ERROR || frame.request_id != 0)
		return lost(link, ERR_VAULT_UNREACHABLE, LINK_UNREAD, out_answer);
	return lost(link, read_error(link, &cursor, out_answer), LINK_NOT_LOST, out_answer);
}

/* A server that closed before this packet was read has not acted on it. */
static enum err send_request(struct link *link, uint8_t number, size_t body_size,
			     struct link_answer *out_answer)
{
	struct cursor cursor = cursor_to_write(secret_bytes(link->request), FRAME_SIZE);
	struct frame frame = {
		.request_id = ++link->request_id, .kind = FRAME_REQUEST, .number = number};
	bool is_sent;

	if (frame.request_id == 0)
		frame.request_id = link->request_id = 1;
	wire_frame(&cursor, &frame);
	TRY(cursor_end(&cursor));
	is_sent = channel_send_patiently(link->socket, secret_view(link->request),
					 FRAME_SIZE + body_size);
	secret_wipe(secret_bytes(link->request), FRAME_SIZE + body_size);
	return is_sent ? ERR_OK : read_farewell(link, out_answer);
}

static int64_t now_milliseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static enum err receive_packet(struct link *link, uint8_t number, size_t *out_size,
			       struct link_answer *out_answer)
{
	const bool slow = is_slow(number);
	int64_t end = now_milliseconds() + (slow ? SLOW_MILLISECONDS : QUICK_MILLISECONDS);
	struct sender sender;

	for (;;) {
		enum channel_event event =
			channel_receive_patiently(link->socket, slow ? NULL : &link->spin,
						  link->reply, WIRE_PACKET_MAX, out_size, &sender);
		if (event == CHANNEL_PACKET)
			return ERR_OK;
		if (event == CHANNEL_RESET) /* our one request is the only packet there was */
			return read_farewell(link, out_answer);
		if (event == CHANNEL_END)
			return lost(link, ERR_VAULT_UNREACHABLE, LINK_UNKNOWN, out_answer);
		if (now_milliseconds() >= end)
			return lost(link, ERR_TIMEOUT, LINK_UNKNOWN, out_answer);
	}
}

/* Request id 0 is the vault's word about the connection as a whole: it has closed it. */
static enum err read_answer(struct link *link, uint8_t number, size_t size,
			    struct link_answer *out_answer)
{
	struct frame frame = {0};
	struct cursor cursor = cursor_to_read(link->reply, size);

	wire_frame(&cursor, &frame);
	if (cursor.bad != ERR_OK)
		return lost(link, ERR_WIRE, LINK_UNKNOWN, out_answer);
	if (frame.kind == FRAME_ERROR && frame.request_id == 0)
		return lost(link, read_error(link, &cursor, out_answer), LINK_NOT_LOST, out_answer);
	if (frame.request_id != link->request_id || frame.number != number)
		return lost(link, ERR_WIRE, LINK_UNKNOWN, out_answer);
	if (frame.kind == FRAME_ERROR)
		return read_error(link, &cursor, out_answer);
	if (frame.kind != FRAME_REPLY)
		return lost(link, ERR_WIRE, LINK_UNKNOWN, out_answer);
	out_answer->reply = cursor;
	return ERR_OK;
}

enum err link_exchange(struct link *link, uint8_t number, const struct cursor *body,
		       struct link_answer *out_answer)
{
	size_t size;

	*out_answer = (struct link_answer){.tries_left = WIRE_NO_TRIES, .loss = LINK_NOT_LOST};
	TRY(cursor_end(body));
	TRY(send_request(link, number, body->at, out_answer));
	TRY(receive_packet(link, number, &size, out_answer));
	return read_answer(link, number, size, out_answer);
}
