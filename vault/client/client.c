/* client.c - see client.h: a client's life, its connection, and how a request is asked. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vault/client/client_parts.h"

#define SYSTEM_CONFIG "/etc/kinko"

enum err client_config_folder(char **out_folder)
{
	bool is_named;
	const char *path = link_socket_path(&is_named);
	const char *slash = strrchr(path, '/');

	if (!is_named)
		*out_folder = strdup(SYSTEM_CONFIG);
	else if (slash == NULL)
		*out_folder = strdup(".");
	else
		*out_folder = strndup(path, slash == path ? 1 : (size_t)(slash - path));
	return *out_folder == NULL ? ERR_MEMORY : ERR_OK;
}

/* --- The connection --- */

static enum err read_hello(struct client *client, struct cursor *cursor)
{
	struct hello_reply reply = {0};

	wire_hello_reply(cursor, &reply);
	TRY(cursor_end(cursor));
	if (reply.version != WIRE_VERSION)
		return ERR_WIRE_VERSION;
	if (reply.vault_state > VAULT_DAMAGED)
		return ERR_WIRE;
	atomic_store(&client->is_private, reply.is_private);
	atomic_store(&client->vault_state, reply.vault_state);
	return ERR_OK;
}

BODY_WRITER(write_hello, hello_request)

static enum err say_hello(struct client *client, struct link *link, struct packets *packets,
			  enum link_loss *out_loss)
{
	const struct hello_request request = {.version = WIRE_VERSION, .program = client->program};
	struct cursor body = packets_body(packets);
	struct link_answer answer;
	enum err err;

	write_hello(&body, &request);
	err = link_exchange(link, MESSAGE_hello, packets, &body, &answer);
	*out_loss = answer.loss;
	TRY(err);
	return read_hello(client, &answer.reply);
}

static enum err connect_once(struct client *client, struct packets *packets, struct link **out_link,
			     enum link_loss *out_loss)
{
	AUTO(link) link = NULL;

	*out_loss = LINK_NOT_LOST;
	TRY(link_connect(&link));
	TRY(say_hello(client, link, packets, out_loss));
	*out_link = TAKE(link);
	return ERR_OK;
}

/* A connection that broke before hello was answered (a daemon being restarted) is made once
 * more. */
static enum err connect_and_greet(struct client *client, struct packets *packets,
				  struct link **out_link)
{
	enum link_loss loss;
	enum err err = connect_once(client, packets, out_link, &loss);

	if (err == ERR_VAULT_UNREACHABLE && loss != LINK_NOT_LOST)
		err = connect_once(client, packets, out_link, &loss);
	return err;
}

/* Under the lock, where the other threads that need the connection wait for it too. */
static enum err find_link(struct client *client, bool connects, struct packets *packets,
			  struct link **out_link)
{
	if (client->link != NULL && link_is_broken(client->link))
		link_release(TAKE(client->link));
	if (client->link == NULL && !connects)
		return ERR_LOGIN_NEEDED;
	if (client->link == NULL)
		TRY(connect_and_greet(client, packets, &client->link));
	*out_link = link_hold(client->link);
	return ERR_OK;
}

/* --- Life --- */

enum err client_open(const char *program, struct client **out_client)
{
	AUTO(client) client = calloc(1, sizeof *client);
	AUTO_HELD(exchange) exchange = {0};

	if (client == NULL)
		return ERR_MEMORY;
	client->made_by = getpid();
	(void)pthread_mutex_init(&client->importing, NULL);
	(void)pthread_mutex_init(&client->lock, NULL);
	client->program = strdup(program);
	if (client->program == NULL)
		return ERR_MEMORY;
	TRY(secret_init());
	TRY(client_begin(client, true, &exchange));
	exchange_clear(&exchange);
	*out_client = TAKE(client);
	return ERR_OK;
}

static void free_spare(struct client *client)
{
	while (client->spare != NULL) {
		struct packets *next = client->spare->next;
		packets_free(client->spare);
		client->spare = next;
	}
}

/* In a child of fork the locks are as the parent's threads left them. */
void client_close(struct client *client)
{
	if (client == NULL)
		return;
	if (client->made_by == getpid()) {
		link_release(client->link);
		(void)pthread_mutex_destroy(&client->importing);
		(void)pthread_mutex_destroy(&client->lock);
	} else {
		link_abandon(client->link);
	}
	free_spare(client);
	free(client->program);
	free(client);
}

bool client_is_private(const struct client *client)
{
	return atomic_load(&client->is_private);
}

enum vault_state client_vault_state(const struct client *client)
{
	return (enum vault_state)atomic_load(&client->vault_state);
}

bool client_is_connected(struct client *client)
{
	bool stands;

	(void)pthread_mutex_lock(&client->lock);
	stands = client->link != NULL && link_stands(client->link);
	(void)pthread_mutex_unlock(&client->lock);
	return stands;
}

/* --- Asking --- */

static enum err take_packets(struct client *client, struct packets **out_packets)
{
	if (client->spare == NULL)
		return packets_new(out_packets);
	*out_packets = client->spare;
	client->spare = client->spare->next;
	return ERR_OK;
}

enum err client_begin(struct client *client, bool connects, struct exchange *exchange)
{
	enum err err = ERR_OK;

	link_release(TAKE(exchange->link));
	exchange->client = client;
	(void)pthread_mutex_lock(&client->lock);
	if (exchange->packets == NULL)
		err = take_packets(client, &exchange->packets);
	if (err == ERR_OK)
		err = find_link(client, connects, exchange->packets, &exchange->link);
	(void)pthread_mutex_unlock(&client->lock);
	return err;
}

static bool has_secret(uint8_t number)
{
	static const enum {
		PLAIN,
		SECRET
	} kinds[UINT8_MAX + 1] = {
#define MESSAGE(number, name, needs, asks, kind, pace) [number] = (kind),
#include "vault/wire/messages.def"
#undef MESSAGE
	};

	return kinds[number] == SECRET;
}

void exchange_clear(struct exchange *exchange)
{
	struct client *client = exchange->client;

	link_release(exchange->link);
	if (exchange->packets != NULL) {
		if (has_secret(exchange->number) && exchange->answer.reply.bytes != NULL)
			secret_wipe(exchange->packets->reply, exchange->answer.reply.size);
		(void)pthread_mutex_lock(&client->lock);
		exchange->packets->next = client->spare;
		client->spare = exchange->packets;
		(void)pthread_mutex_unlock(&client->lock);
	}
	*exchange = (struct exchange){0};
}

enum err client_ask_here(struct exchange *exchange, uint8_t number, body_writer *write,
			 const void *request)
{
	struct cursor body = packets_body(exchange->packets);

	exchange->number = number;
	write(&body, request);
	return link_exchange(exchange->link, number, exchange->packets, &body, &exchange->answer);
}

static bool may_go_again(enum err err, enum link_loss loss, enum repeat repeat)
{
	return err == ERR_VAULT_UNREACHABLE &&
	       (loss == LINK_UNREAD || (loss == LINK_UNKNOWN && repeat == CHANGES_NOTHING));
}

enum err client_ask(struct client *client, uint8_t number, enum repeat repeat, body_writer *write,
		    const void *request, struct exchange *exchange)
{
	enum err err;

	exchange->answer = (struct link_answer){.tries_left = WIRE_NO_TRIES, .loss = LINK_NOT_LOST};
	TRY(client_begin(client, true, exchange));
	err = client_ask_here(exchange, number, write, request);
	if (!may_go_again(err, exchange->answer.loss, repeat))
		return err;
	TRY(client_begin(client, true, exchange));
	return client_ask_here(exchange, number, write, request);
}

enum err client_finished(struct exchange *exchange)
{
	enum err err = cursor_end(&exchange->answer.reply);

	if (err != ERR_OK)
		link_break(exchange->link);
	return err;
}

void client_write_nothing(struct cursor *cursor, const void *request)
{
	(void)cursor;
	(void)request;
}

enum err client_take_entry(struct exchange *exchange, struct entry_reply *out_reply)
{
	AUTO_HELD(entry_reply) reply = {0};

	wire_entry_reply(&exchange->answer.reply, &reply);
	TRY(client_finished(exchange));
	*out_reply = reply;
	reply = (struct entry_reply){0};
	return ERR_OK;
}

enum err client_ping(struct client *client)
{
	const struct hello_request request = {.version = WIRE_VERSION, .program = client->program};
	AUTO_HELD(exchange) exchange = {0};

	TRY(client_ask(client, MESSAGE_hello, CHANGES_NOTHING, write_hello, &request, &exchange));
	return read_hello(client, &exchange.answer.reply);
}
