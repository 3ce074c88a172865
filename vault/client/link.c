/* link.c - see link.h
 *
 * Who waits for an answer
 *
 *   state      means                                   left by
 *   WAITING    its answer has not come                 the answer, or the link breaks
 *   ANSWERED   its packet lies in its own `packets`    it reads it
 *   (reading)  one of those that wait, at most         its answer, or the end: wakes another
 */
#include "vault/client/link.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "vault/wire/channel.h"

enum {
	FRAME_SIZE = 6,
	/* The largest request: one piece of an original, with its frame and sizes. */
	REQUEST_MAX = WIRE_PIECE_MAX + 1024,
	FAREWELL_MAX = FRAME_SIZE + WIRE_TEXT_MAX + 16,
	QUICK_MILLISECONDS = 20 * 1000,
	SLOW_MILLISECONDS = 180 * 1000, /* a queue of PIN attempts, the opener, a slow disk */
	LOOK_MILLISECONDS = 1000,       /* at the deadline, by who does not read */
};

/* A request on its way; lives where its thread waits. */
struct waiting {
	struct waiting *next;
	uint32_t request_id;
	uint8_t number;
	bool is_unsent;
	bool is_answered;
	struct packets *packets;
	size_t size; /* of the answer */
	int64_t ends_at;
	pthread_cond_t woken;
};

struct link {
	int socket;
	atomic_uint holders;
	pthread_mutex_t lock; /* guards what follows */
	pthread_condattr_t clock;
	uint32_t request_id;
	struct waiting *first;
	bool is_being_read;
	struct spin spin; /* of who reads */
	bool is_broken;
	/* How it broke: */
	enum err end;             /* ERR_VAULT_UNREACHABLE, ERR_WIRE or ERR_TIMEOUT */
	bool was_one_read_undone; /* the vault closed it with the one request unread */
	size_t farewell_size;     /* the vault's last word, about the whole connection */
	uint8_t farewell[FAREWELL_MAX];
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

/* --- Packets --- */

enum err packets_new(struct packets **out_packets)
{
	AUTO(packets) packets = calloc(1, sizeof *packets);

	if (packets == NULL)
		return ERR_MEMORY;
	TRY(secret_new(REQUEST_MAX, &packets->request));
	packets->reply = malloc(WIRE_PACKET_MAX);
	if (packets->reply == NULL)
		return ERR_MEMORY;
	*out_packets = TAKE(packets);
	return ERR_OK;
}

void packets_free(struct packets *packets)
{
	if (packets == NULL)
		return;
	secret_free(packets->request);
	free(packets->reply);
	free(packets);
}

struct cursor packets_body(struct packets *packets)
{
	return cursor_to_write(secret_bytes(packets->request) + FRAME_SIZE,
			       REQUEST_MAX - FRAME_SIZE);
}

/* --- Life --- */

enum err link_connect(struct link **out_link)
{
	AUTO_FD socket = -1;
	struct link *link;

	TRY(link_open_socket(&socket));
	link = calloc(1, sizeof *link);
	if (link == NULL)
		return ERR_MEMORY;
	link->socket = socket;
	socket = -1;
	atomic_init(&link->holders, 1);
	(void)pthread_mutex_init(&link->lock, NULL);
	(void)pthread_condattr_init(&link->clock);
	(void)pthread_condattr_setclock(&link->clock, CLOCK_MONOTONIC);
	*out_link = link;
	return ERR_OK;
}

struct link *link_hold(struct link *link)
{
	atomic_fetch_add(&link->holders, 1);
	return link;
}

void link_release(struct link *link)
{
	if (link == NULL || atomic_fetch_sub(&link->holders, 1) != 1)
		return;
	(void)close(link->socket);
	(void)pthread_condattr_destroy(&link->clock);
	(void)pthread_mutex_destroy(&link->lock);
	free(link);
}

/* The locks are as the parent's threads left them: they are not touched. */
void link_abandon(struct link *link)
{
	if (link == NULL)
		return;
	(void)close(link->socket);
	free(link);
}

static void lock(struct link *link)
{
	(void)pthread_mutex_lock(&link->lock);
}

static void unlock(struct link *link)
{
	(void)pthread_mutex_unlock(&link->lock);
}

bool link_is_broken(struct link *link)
{
	bool is_broken;

	lock(link);
	is_broken = link->is_broken;
	unlock(link);
	return is_broken;
}

bool link_stands(struct link *link)
{
	return !link_is_broken(link) && !channel_is_ended(link->socket);
}

/* Under the lock. shutdown(2) ends the wait of whoever reads. */
static void break_with(struct link *link, enum err end)
{
	if (link->is_broken)
		return;
	link->is_broken = true;
	link->end = end;
	(void)shutdown(link->socket, SHUT_RDWR);
	for (struct waiting *other = link->first; other != NULL; other = other->next)
		(void)pthread_cond_signal(&other->woken);
}

void link_break(struct link *link)
{
	lock(link);
	break_with(link, ERR_WIRE);
	unlock(link);
}

/* --- Waiting for an answer; all under the lock --- */

static int64_t now_milliseconds(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void join(struct link *link, struct waiting *waiting)
{
	waiting->request_id = ++link->request_id;
	if (waiting->request_id == 0)
		waiting->request_id = link->request_id = 1;
	(void)pthread_cond_init(&waiting->woken, &link->clock);
	waiting->next = link->first;
	link->first = waiting;
}

static struct waiting *take_out(struct link *link, uint32_t request_id)
{
	struct waiting **at = &link->first;
	struct waiting *found;

	while (*at != NULL && (*at)->request_id != request_id)
		at = &(*at)->next;
	found = *at;
	if (found != NULL)
		*at = found->next;
	return found;
}

/* Somebody has to read on. */
static void wake_another(struct link *link)
{
	if (link->first != NULL && !link->is_being_read)
		(void)pthread_cond_signal(&link->first->woken);
}

static void keep_farewell(struct link *link, const uint8_t *packet, size_t size)
{
	link->farewell_size = size <= FAREWELL_MAX ? size : 0;
	memcpy(link->farewell, packet, link->farewell_size);
	break_with(link, ERR_VAULT_UNREACHABLE);
}

/* Request id 0 is the vault's word about the connection as a whole: it has closed it. */
static void hand_on(struct link *link, struct packets *packets, size_t size)
{
	struct cursor cursor = cursor_to_read(packets->reply, size);
	struct frame frame = {0};
	struct waiting *owner;
	uint8_t *reply;

	wire_frame(&cursor, &frame);
	if (cursor.bad == ERR_OK && frame.kind == FRAME_ERROR && frame.request_id == 0) {
		keep_farewell(link, packets->reply, size);
		return;
	}
	owner = cursor.bad == ERR_OK ? take_out(link, frame.request_id) : NULL;
	if (owner == NULL) {
		break_with(link, ERR_WIRE);
		return;
	}
	reply = packets->reply;
	packets->reply = owner->packets->reply;
	owner->packets->reply = reply;
	owner->size = size;
	owner->is_answered = true;
	(void)pthread_cond_signal(&owner->woken);
}

/* The vault's last word comes before the end: a reset is told first, and takes nothing away. */
static void end_of_link(struct link *link, struct packets *packets, enum channel_event event)
{
	struct sender sender;
	size_t size;

	if (event == CHANNEL_RESET && channel_receive(link->socket, packets->reply, WIRE_PACKET_MAX,
						      &size, &sender) == CHANNEL_PACKET)
		hand_on(link, packets, size);
	if (link->is_broken)
		return;
	link->was_one_read_undone =
		event == CHANNEL_RESET && link->first != NULL && link->first->next == NULL;
	break_with(link, ERR_VAULT_UNREACHABLE);
}

/* The lock is given up while it waits for a packet, whoever that is for. */
static void read_once(struct link *link, struct waiting *self)
{
	struct spin *spin = is_slow(self->number) ? NULL : &link->spin;
	enum channel_event event;
	struct sender sender;
	size_t size = 0;

	link->is_being_read = true;
	unlock(link);
	event = channel_receive_patiently(link->socket, spin, self->packets->reply, WIRE_PACKET_MAX,
					  &size, &sender);
	lock(link);
	link->is_being_read = false;
	if (event == CHANNEL_PACKET)
		hand_on(link, self->packets, size);
	else if (event != CHANNEL_EMPTY)
		end_of_link(link, self->packets, event);
}

static void sleep_a_while(struct link *link, struct waiting *self)
{
	int64_t end = now_milliseconds() + LOOK_MILLISECONDS;
	const struct timespec when = {.tv_sec = end / 1000, .tv_nsec = end % 1000 * 1000000};

	(void)pthread_cond_timedwait(&self->woken, &link->lock, &when);
}

static void wait_for_answer(struct link *link, struct waiting *self)
{
	while (!self->is_answered && !link->is_broken) {
		if (link->is_being_read)
			sleep_a_while(link, self);
		else
			read_once(link, self);
		if (!self->is_answered && now_milliseconds() >= self->ends_at)
			break_with(link, self->is_unsent ? ERR_VAULT_UNREACHABLE : ERR_TIMEOUT);
	}
	if (!self->is_answered)
		(void)take_out(link, self->request_id);
	wake_another(link);
}

/* --- One exchange --- */

static bool send_request(const struct link *link, const struct waiting *waiting, size_t body_size)
{
	uint8_t *packet = secret_bytes(waiting->packets->request);
	struct cursor cursor = cursor_to_write(packet, FRAME_SIZE);
	struct frame frame = {.request_id = waiting->request_id,
			      .kind = FRAME_REQUEST,
			      .number = waiting->number};
	bool is_sent;

	wire_frame(&cursor, &frame);
	is_sent = cursor_end(&cursor) == ERR_OK &&
		  channel_send_patiently(link->socket, packet, FRAME_SIZE + body_size);
	secret_wipe(packet, FRAME_SIZE + body_size);
	return is_sent;
}

/* The vault's error becomes ours, with its detail. */
static enum err read_error(struct link *link, struct cursor *cursor, struct link_answer *out_answer)
{
	AUTO_HELD(wire_error) error = {0};
	enum err err;

	wire_error(cursor, &error);
	if (cursor_end(cursor) != ERR_OK || error.number == 0) {
		link_break(link);
		out_answer->loss = LINK_UNKNOWN;
		return ERR_WIRE;
	}
	err = err_from_wire(error.number);
	out_answer->tries_left = error.tries_left;
	return error.detail[0] == '\0' ? err : err_detail(err, "%s", error.detail);
}

/* A broken link does not change any more. What was never sent, or lay unread when the vault
 * closed, has not been done. */
static enum err read_end(struct link *link, const struct waiting *waiting,
			 struct link_answer *out_answer)
{
	struct cursor cursor = cursor_to_read(link->farewell, link->farewell_size);
	struct frame frame;

	if (link->farewell_size != 0) {
		wire_frame(&cursor, &frame);
		return read_error(link, &cursor, out_answer);
	}
	out_answer->loss =
		waiting->is_unsent || link->was_one_read_undone ? LINK_UNREAD : LINK_UNKNOWN;
	return link->end;
}

static enum err read_answer(struct link *link, const struct waiting *waiting,
			    struct link_answer *out_answer)
{
	struct cursor cursor = cursor_to_read(waiting->packets->reply, waiting->size);
	struct frame frame = {0};

	wire_frame(&cursor, &frame);
	if (frame.number == waiting->number && frame.kind == FRAME_ERROR)
		return read_error(link, &cursor, out_answer);
	if (frame.number != waiting->number || frame.kind != FRAME_REPLY) {
		link_break(link);
		out_answer->loss = LINK_UNKNOWN;
		return ERR_WIRE;
	}
	out_answer->reply = cursor;
	return ERR_OK;
}

enum err link_exchange(struct link *link, uint8_t number, struct packets *packets,
		       const struct cursor *body, struct link_answer *out_answer)
{
	struct waiting waiting = {.number = number, .packets = packets};
	int64_t now = now_milliseconds();

	*out_answer = (struct link_answer){.tries_left = WIRE_NO_TRIES, .loss = LINK_NOT_LOST};
	TRY(cursor_end(body));
	waiting.ends_at = now + (is_slow(number) ? SLOW_MILLISECONDS : QUICK_MILLISECONDS);
	lock(link);
	join(link, &waiting);
	unlock(link);
	if (!send_request(link, &waiting, body->at)) {
		waiting.is_unsent = true;
		waiting.ends_at = now;
	}
	lock(link);
	wait_for_answer(link, &waiting);
	unlock(link);
	(void)pthread_cond_destroy(&waiting.woken);
	return waiting.is_answered ? read_answer(link, &waiting, out_answer)
				   : read_end(link, &waiting, out_answer);
}
