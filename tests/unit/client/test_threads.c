/* One client, many threads: each gets its own answer, in whatever order they come, and all learn of
 * the end. The vault here answers a sign with its own input, so that a mix-up shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/client/given.h"
#include "vault/client/client.h"
#include "vault/wire/channel.h"

enum { THREADS = 6, ROUNDS = 20, PACKET_MAX = 4096 };

enum ending { STAY, FAREWELL, CLOSE };

struct packet {
	uint8_t bytes[PACKET_MAX];
	size_t size;
};

/* Reads `batch` requests, answers them backwards, and so on; what is no sign is left unanswered
 * until the last. */
struct vault {
	struct given_place place;
	int connection;
	unsigned batch;
	unsigned rounds;
	enum ending ending; /* instead of the last round's answers */
	unsigned packets;   /* read, hello left out */
	pthread_t thread;
};

static struct frame read_packet(struct vault *vault, struct packet *packet)
{
	struct frame frame;
	struct sender sender;
	struct cursor cursor;

	assert_int_equal(channel_receive_patiently(vault->connection, NULL, packet->bytes,
						   PACKET_MAX, &packet->size, &sender),
			 CHANNEL_PACKET);
	cursor = cursor_to_read(packet->bytes, packet->size);
	wire_frame(&cursor, &frame);
	return frame;
}

static void answer_hello(struct vault *vault)
{
	struct packet packet;
	struct frame frame = read_packet(vault, &packet);
	struct cursor cursor = cursor_to_write(packet.bytes, PACKET_MAX);
	struct hello_reply reply = {.version = WIRE_VERSION};

	assert_int_equal(frame.number, MESSAGE_hello);
	frame.kind = FRAME_REPLY;
	wire_frame(&cursor, &frame);
	wire_hello_reply(&cursor, &reply);
	assert_true(channel_send(vault->connection, packet.bytes, cursor.at));
}

static void answer(struct vault *vault, const struct packet *asked)
{
	struct cursor in = cursor_to_read(asked->bytes, asked->size);
	struct packet packet;
	struct cursor out = cursor_to_write(packet.bytes, PACKET_MAX);
	AUTO_HELD(sign_request) request = {0};
	struct login_reply login = {.idle_seconds = 600};
	struct frame frame;

	wire_frame(&in, &frame);
	frame.kind = FRAME_REPLY;
	wire_frame(&out, &frame);
	if (frame.number == MESSAGE_sign) {
		wire_sign_request(&in, &request);
		assert_int_equal(cursor_end(&in), ERR_OK);
		struct sign_reply reply = {request.input};
		wire_sign_reply(&out, &reply);
	} else {
		wire_login_reply(&out, &login);
	}
	assert_true(channel_send(vault->connection, packet.bytes, out.at));
}

static void *be_vault(void *context)
{
	struct vault *vault = context;
	struct packet *packets = calloc(vault->batch, sizeof *packets);

	assert_non_null(packets);
	vault->connection = given_accepted(&vault->place);
	answer_hello(vault);
	for (unsigned round = 0; round < vault->rounds; round++) {
		bool is_last = round + 1 == vault->rounds;
		for (unsigned i = 0; i < vault->batch; i++) {
			(void)read_packet(vault, &packets[i]);
			vault->packets++;
		}
		for (unsigned i = vault->batch; i-- > 0 && !(is_last && vault->ending != STAY);)
			answer(vault, &packets[i]);
	}
	if (vault->ending == FAREWELL)
		given_farewell(vault->connection);
	if (vault->ending != STAY) {
		(void)close(vault->connection);
		vault->connection = -1;
	}
	free(packets);
	return NULL;
}

static struct vault *given_vault(unsigned batch, unsigned rounds, enum ending ending)
{
	struct vault *vault = calloc(1, sizeof *vault);

	assert_non_null(vault);
	vault->batch = batch;
	vault->rounds = rounds;
	vault->ending = ending;
	vault->connection = -1;
	given_place(&vault->place);
	if (rounds == 0)
		return vault;
	assert_int_equal(channel_listen(vault->place.listener), ERR_OK);
	assert_int_equal(pthread_create(&vault->thread, NULL, be_vault, vault), 0);
	return vault;
}

static unsigned vault_gone(struct vault *vault)
{
	unsigned packets;

	if (vault->rounds > 0)
		assert_int_equal(pthread_join(vault->thread, NULL), 0);
	packets = vault->packets;
	given_place_gone(&vault->place);
	if (vault->connection >= 0)
		(void)close(vault->connection);
	free(vault);
	return packets;
}

/* --- Threads of the program --- */

struct asker {
	struct client *client;
	uint8_t number;
	unsigned rounds;
	enum err err;
	pthread_t thread;
};

static enum err sign_and_compare(struct asker *asker, unsigned round)
{
	uint8_t input[32];
	const struct sign_request request = {
		.scheme = SIGN_ECDSA, .hash = SIGN_SHA256, .input = {input, sizeof input}};
	AUTO_HELD(bytes) signature = {NULL, 0};

	memset(input, asker->number, sizeof input);
	input[0] = (uint8_t)round;
	TRY(client_sign(asker->client, &request, &signature));
	return bytes_equal(&signature, &request.input) ? ERR_OK : ERR_INTERNAL;
}

static void *sign(void *context)
{
	struct asker *asker = context;

	for (unsigned i = 0; i < asker->rounds && asker->err == ERR_OK; i++)
		asker->err = sign_and_compare(asker, i);
	return NULL;
}

static void *choose(void *context)
{
	struct asker *asker = context;
	const struct digest id = {{7}};
	AUTO_HELD(entry_reply) reply = {0};

	asker->err = client_use(asker->client, &id, &reply);
	return NULL;
}

static void run_threads(struct client *client, unsigned rounds, void *(*body)(void *),
			enum err expected)
{
	struct asker askers[THREADS];

	for (uint8_t i = 0; i < THREADS; i++) {
		askers[i] = (struct asker){.client = client, .number = i, .rounds = rounds};
		assert_int_equal(pthread_create(&askers[i].thread, NULL, body, &askers[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(askers[i].thread, NULL), 0);
		assert_int_equal(askers[i].err, expected);
	}
}

static struct client *given_client(void)
{
	struct client *client = NULL;

	assert_int_equal(client_open("test", &client), ERR_OK);
	return client;
}

static void answers_that_overtake_each_other_find_their_threads(void **state)
{
	struct vault *vault = given_vault(THREADS, ROUNDS, STAY);
	AUTO(client) client = given_client();

	(void)state;
	run_threads(client, ROUNDS, sign, ERR_OK);
	assert_int_equal(vault_gone(vault), THREADS * ROUNDS);
}

static void a_word_about_the_connection_reaches_every_thread(void **state)
{
	struct vault *vault = given_vault(THREADS, 1, FAREWELL);
	AUTO(client) client = given_client();

	(void)state;
	run_threads(client, 1, sign, ERR_BUSY);
	assert_int_equal(vault_gone(vault), THREADS);
}

static void what_several_threads_may_have_changed_is_not_sent_again(void **state)
{
	struct vault *vault = given_vault(THREADS, 1, CLOSE);
	AUTO(client) client = given_client();

	(void)state;
	run_threads(client, 1, choose, ERR_VAULT_UNREACHABLE);
	assert_int_equal(vault_gone(vault), THREADS);
}

struct login_thread {
	struct client *client;
	enum err err;
};

static void *log_in(void *context)
{
	struct login_thread *login = context;
	const struct digest id = {{7}};
	struct login_reply reply;
	AUTO(secret) pin = NULL;
	uint8_t tries_left = 0;

	login->err = secret_new(4, &pin);
	if (login->err == ERR_OK)
		login->err = client_login(login->client, &id, pin, &tries_left, &reply);
	return NULL;
}

/* The vault answers backwards: the signature first, the login that came before it last. */
static void a_slow_login_does_not_hold_up_others(void **state)
{
	struct vault *vault = given_vault(2, 1, STAY);
	AUTO(client) client = given_client();
	struct login_thread login = {.client = client};
	struct asker asker = {.client = client, .number = 9};
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, log_in, &login), 0);
	(void)usleep(50 * 1000);
	assert_int_equal(sign_and_compare(&asker, 1), ERR_OK);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(login.err, ERR_OK);
	assert_int_equal(vault_gone(vault), 2);
}

static void a_child_of_fork_closes_its_client_and_the_parent_goes_on(void **state)
{
	struct vault *vault = given_vault(1, 1, STAY);
	AUTO(client) client = given_client();
	struct asker asker = {.client = client, .number = 3};
	int status = -1;
	pid_t child = fork();

	(void)state;
	if (child == 0) {
		client_close(client);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	assert_int_equal(sign_and_compare(&asker, 1), ERR_OK);
	assert_int_equal(vault_gone(vault), 1);
}

static void where_nobody_listens_it_does_not_wait(void **state)
{
	struct vault *vault = given_vault(1, 0, STAY);
	AUTO(client) client = NULL;
	struct timespec before;
	struct timespec after;

	(void)state;
	(void)clock_gettime(CLOCK_MONOTONIC, &before);
	assert_int_equal(client_open("test", &client), ERR_VAULT_UNREACHABLE);
	(void)clock_gettime(CLOCK_MONOTONIC, &after);
	assert_in_range(after.tv_sec - before.tv_sec, 0, 1);
	assert_int_equal(vault_gone(vault), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers_that_overtake_each_other_find_their_threads),
		cmocka_unit_test(a_word_about_the_connection_reaches_every_thread),
		cmocka_unit_test(what_several_threads_may_have_changed_is_not_sent_again),
		cmocka_unit_test(a_slow_login_does_not_hold_up_others),
		cmocka_unit_test(a_child_of_fork_closes_its_client_and_the_parent_goes_on),
		cmocka_unit_test(where_nobody_listens_it_does_not_wait),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
