/* The whole server in this process: many real threads, many real clients. */
#include "tests/unit/daemon/given.h"

#include <pthread.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "vault/daemon/server.h"
#include "vault/wire/channel.h"
#include "vault/wire/message.h"

enum { PATIENCE = 20000, CLIENTS = 12, REQUESTS = 60 };

struct fixture {
	struct given_service *given;
	struct given_identity *identity;
	struct server *server;
	int listener;
	pthread_t thread;
	atomic_bool is_ready;
	enum err outcome;
};

static void note_ready(void *context)
{
	struct fixture *fixture = context;

	atomic_store(&fixture->is_ready, true);
}

static void *serve(void *context)
{
	struct fixture *fixture = context;

	fixture->outcome = server_run(fixture->server, note_ready, fixture);
	return NULL;
}

static int start(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	struct server_settings settings = {0};

	assert_non_null(fixture);
	fixture->given = given_service();
	fixture->identity = given_identity(GIVEN_P256, "DEMO Taro");
	given_imported(fixture->given->service.keeper, geteuid(), fixture->identity, "demo1234",
		       IMPORT_IMPORTED);
	assert_int_equal(
		channel_bind(fixture->given->where->path, "vault.sock", &fixture->listener),
		ERR_OK);
	settings.service = &fixture->given->service;
	settings.listener = fixture->listener;
	assert_int_equal(server_new(&settings, &fixture->server), ERR_OK);
	assert_int_equal(pthread_create(&fixture->thread, NULL, serve, fixture), 0);
	while (!atomic_load(&fixture->is_ready))
		(void)usleep(1000);
	*state = fixture;
	return 0;
}

static int end(void **state)
{
	struct fixture *fixture = *state;
	char path[128];

	assert_int_equal(kill(getpid(), SIGTERM), 0);
	assert_int_equal(pthread_join(fixture->thread, NULL), 0);
	assert_int_equal(fixture->outcome, ERR_OK);
	server_free(fixture->server);
	(void)close(fixture->listener);
	(void)snprintf(path, sizeof path, "%s/vault.sock", fixture->given->where->path);
	(void)unlink(path);
	given_identity_gone(fixture->identity);
	given_service_gone(fixture->given);
	free(fixture);
	return 0;
}

/* --- A client --------------------------------------------------------------------------------- */

struct client {
	int socket;
	uint8_t *buffer;
	uint32_t request_id;
};

static struct client given_client(const struct fixture *fixture)
{
	struct client client = {.buffer = malloc(WIRE_PACKET_MAX)};
	char path[128];

	(void)snprintf(path, sizeof path, "%s/vault.sock", fixture->given->where->path);
	assert_non_null(client.buffer);
	assert_int_equal(channel_connect(path, PATIENCE, &client.socket), ERR_OK);
	return client;
}

static void client_gone(struct client *client)
{
	(void)close(client->socket);
	free(client->buffer);
}

static struct cursor begin(struct client *client, uint8_t number)
{
	struct cursor cursor = cursor_to_write(client->buffer, WIRE_PACKET_MAX);
	struct frame frame = {
		.request_id = ++client->request_id, .kind = FRAME_REQUEST, .number = number};

	wire_frame(&cursor, &frame);
	return cursor;
}

static void send_request(struct client *client, const struct cursor *cursor)
{
	assert_int_equal(cursor_end(cursor), ERR_OK);
	assert_true(channel_send_patiently(client->socket, client->buffer, cursor->at));
}

static struct frame receive(struct client *client)
{
	struct frame frame = {0};
	struct sender sender;
	size_t size = 0;
	enum channel_event event = CHANNEL_EMPTY;
	struct cursor cursor;

	for (unsigned i = 0; event == CHANNEL_EMPTY && i < PATIENCE / 1000; i++)
		event = channel_receive_patiently(client->socket, NULL, client->buffer,
						  WIRE_PACKET_MAX, &size, &sender);
	assert_int_equal(event, CHANNEL_PACKET);
	cursor = cursor_to_read(client->buffer, size);
	wire_frame(&cursor, &frame);
	return frame;
}

static uint8_t ask(struct client *client, const struct cursor *cursor)
{
	struct frame frame;

	send_request(client, cursor);
	frame = receive(client);
	assert_int_equal(frame.request_id, client->request_id);
	return frame.kind;
}

static void say_hello(struct client *client)
{
	struct cursor cursor = begin(client, MESSAGE_hello);
	char program[] = "test";
	struct hello_request hello = {.version = WIRE_VERSION, .program = program};

	wire_hello_request(&cursor, &hello);
	assert_int_equal(ask(client, &cursor), FRAME_REPLY);
}

static struct cursor list_request(struct client *client)
{
	struct cursor cursor = begin(client, MESSAGE_list);
	struct list_request list = {0};

	wire_list_request(&cursor, &list);
	return cursor;
}

static struct cursor login_request(struct client *client, const struct digest *id)
{
	struct cursor cursor = begin(client, MESSAGE_login);
	AUTO_HELD(login_request) login = {.id = *id, .pin = given_pin("demo1234")};

	wire_login_request(&cursor, &login);
	return cursor;
}

/* --- Tests ------------------------------------------------------------------------------------ */

static void *work(void *context)
{
	struct fixture *fixture = context;
	struct client client = given_client(fixture);

	say_hello(&client);
	for (unsigned i = 0; i < REQUESTS; i++) {
		struct cursor cursor = list_request(&client);
		assert_int_equal(ask(&client, &cursor), FRAME_REPLY);
		if (i % 20 != 0)
			continue;
		cursor = login_request(&client, &fixture->identity->id);
		assert_int_equal(ask(&client, &cursor), FRAME_REPLY);
		cursor = begin(&client, MESSAGE_status);
		assert_int_equal(ask(&client, &cursor), FRAME_REPLY);
	}
	client_gone(&client);
	return NULL;
}

static void many_clients_are_served_by_a_few_threads(void **state)
{
	struct fixture *fixture = *state;
	pthread_t threads[CLIENTS];

	for (size_t i = 0; i < CLIENTS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, fixture), 0);
	for (size_t i = 0; i < CLIENTS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

static void answers_to_requests_sent_at_once_all_come_back(void **state)
{
	struct fixture *fixture = *state;
	struct client client = given_client(fixture);
	bool answered[64] = {false};

	say_hello(&client);
	for (unsigned i = 0; i < 40; i++) {
		struct cursor cursor = i % 10 == 0 ? login_request(&client, &fixture->identity->id)
						   : list_request(&client);
		send_request(&client, &cursor);
	}
	for (unsigned i = 0; i < 40; i++) {
		struct frame frame = receive(&client);
		assert_in_range(frame.request_id, 2, 41);
		assert_false(answered[frame.request_id]);
		answered[frame.request_id] = true;
	}
	client_gone(&client);
}

/* Within some seconds, and without a request that would look. */
static void assert_no_login_is_left(const struct fixture *fixture)
{
	for (unsigned i = 0; i < 500; i++) {
		if (quota_taken(fixture->given->service.logins, geteuid()) == 0)
			return;
		(void)usleep(20 * 1000);
	}
	fail_msg("a login is still open");
}

static void clients_that_vanish_leave_nothing(void **state)
{
	struct fixture *fixture = *state;

	for (unsigned i = 0; i < 50; i++) {
		struct client client = given_client(fixture);
		say_hello(&client);
		struct cursor cursor = login_request(&client, &fixture->identity->id);
		send_request(&client, &cursor);
		client_gone(&client); /* before its answer */
	}
	assert_no_login_is_left(fixture);
}

static void a_key_is_wiped_at_its_time_though_nobody_asks(void **state)
{
	struct fixture *fixture = *state;
	struct client client = given_client(fixture);
	struct cursor cursor;

	given_policy(fixture->given, "[pin]\nidle-seconds = 1\n");
	say_hello(&client);
	cursor = login_request(&client, &fixture->identity->id);
	assert_int_equal(ask(&client, &cursor), FRAME_REPLY);
	assert_int_equal(quota_taken(fixture->given->service.logins, geteuid()), 1);
	assert_no_login_is_left(fixture);
	client_gone(&client);
}

static void a_key_is_wiped_when_its_process_ends_though_the_socket_stays(void **state)
{
	struct fixture *fixture = *state;
	struct client client = given_client(fixture);
	pid_t child = fork();

	if (child == 0) {
		struct cursor cursor;
		say_hello(&client);
		cursor = login_request(&client, &fixture->identity->id);
		_exit(ask(&client, &cursor) == FRAME_REPLY ? 0 : 1);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_no_login_is_left(fixture);
	client_gone(&client);
}

static void the_policy_can_be_read_again_while_it_is_asked(void **state)
{
	struct fixture *fixture = *state;
	struct client client = given_client(fixture);

	say_hello(&client);
	for (unsigned i = 0; i < 50; i++) {
		struct cursor cursor = list_request(&client);
		assert_int_equal(kill(getpid(), SIGHUP), 0);
		assert_int_equal(ask(&client, &cursor), FRAME_REPLY);
	}
	client_gone(&client);
}

static int once(void **state)
{
	(void)state;
	server_block_signals();
	given_process();
	return 0;
}

static void connect_to(int socket, const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	(void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
	assert_int_equal(connect(socket, (const struct sockaddr *)&address, sizeof address), 0);
}

/* Any answer will do: also one that says that there is no room. */
static void assert_is_served(int socket)
{
	struct pollfd answered = {.fd = socket, .events = POLLIN};
	struct hello_request request = {.version = WIRE_VERSION, .program = NULL};
	struct frame frame = {.request_id = 1, .kind = FRAME_REQUEST, .number = MESSAGE_hello};
	uint8_t packet[64];
	struct cursor cursor = cursor_to_write(packet, sizeof packet);

	wire_frame(&cursor, &frame);
	wire_hello_request(&cursor, &request);
	(void)channel_send(socket, packet, cursor.at);
	assert_int_equal(poll(&answered, 1, 5000), 1);
}

static double processor_seconds(void)
{
	struct timespec used;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* No descriptor below the limit: neither for a client nor for the one that is kept to be given
 * up. */
static void without_descriptors_the_server_waits_and_does_not_turn_in_circles(void **state)
{
	struct fixture *fixture = *state;
	AUTO_TEXT path = NULL;
	AUTO_FD waiting = -1;
	AUTO_FD unused = -1;
	struct rlimit before;
	struct rlimit few;
	double used;

	assert_true(asprintf(&path, "%s/vault.sock", fixture->given->where->path) > 0);
	(void)usleep(50 * 1000);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	few = (struct rlimit){.rlim_cur = 3, .rlim_max = before.rlim_max};
	assert_int_equal(channel_connect(path, PATIENCE, &unused), ERR_OK);
	(void)usleep(50 * 1000);
	waiting = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_true(waiting >= 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	connect_to(waiting, path);
	used = processor_seconds();
	(void)usleep(400 * 1000);
	used = processor_seconds() - used;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	assert_true(used < 0.15);
	assert_is_served(waiting);
}

int main(void)
{
#define WITH_SERVER(test) cmocka_unit_test_setup_teardown(test, start, end)
	const struct CMUnitTest tests[] = {
		WITH_SERVER(many_clients_are_served_by_a_few_threads),
		WITH_SERVER(answers_to_requests_sent_at_once_all_come_back),
		WITH_SERVER(clients_that_vanish_leave_nothing),
		WITH_SERVER(a_key_is_wiped_at_its_time_though_nobody_asks),
		WITH_SERVER(a_key_is_wiped_when_its_process_ends_though_the_socket_stays),
		WITH_SERVER(the_policy_can_be_read_again_while_it_is_asked),
		WITH_SERVER(without_descriptors_the_server_waits_and_does_not_turn_in_circles),
	};
	return cmocka_run_group_tests(tests, once, NULL);
}
