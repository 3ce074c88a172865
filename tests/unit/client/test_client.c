/* The client against a vault that does what each test wants: it sends again only what cannot
 * have been done, and believes nothing it cannot check.
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
#include <unistd.h>

#include "tests/unit/client/given.h"
#include "vault/client/client.h"
#include "vault/wire/channel.h"

enum { STEPS_MAX = 16 };

/* What the vault does with the next packet, or instead of waiting for one. */
enum step {
	END_OF_SCRIPT,
	ACCEPT,         /* the next connection */
	HELLO,          /* reads and answers hello */
	OTHER_VERSION,  /* reads hello, refuses it */
	LIST_ONE,       /* reads list, answers one entry */
	READ_AND_CLOSE, /* reads a packet, closes without an answer */
	CLOSE_UNREAD,   /* waits until a packet lies there, closes */
	CLOSE,          /* closes at once */
	FAREWELL,       /* says why with request id 0, closes */
	WRONG_PIN,      /* reads, answers ERR_PIN_WRONG with two tries left */
	OTHER_ID,       /* reads, answers with the id of another request */
	SHORT_REPLY,    /* reads, answers with a body too short */
	NEWER_ERROR,    /* reads, answers with an error of the future */
	ENTRY,          /* reads, answers an entry */
	EMPTY,          /* reads, answers without a body */
	NO_LOGIN,       /* reads, answers that the login has ended */
	IMPORTED,       /* reads, answers a commit */
};

struct vault {
	struct given_place place;
	int connection;
	enum step steps[STEPS_MAX];
	pthread_t thread;
	unsigned packets; /* read */
	uint8_t last[WIRE_PACKET_MAX];
	size_t last_size;
};

static void read_packet(struct vault *vault)
{
	struct sender sender;
	enum channel_event event =
		channel_receive_patiently(vault->connection, NULL, vault->last, sizeof vault->last,
					  &vault->last_size, &sender);

	assert_int_equal(event, CHANNEL_PACKET);
	vault->packets++;
}

static struct cursor begin_answer(const struct vault *vault, uint8_t *packet, uint8_t kind)
{
	struct cursor in = cursor_to_read(vault->last, vault->last_size);
	struct cursor out = cursor_to_write(packet, WIRE_PACKET_MAX);
	struct frame frame;

	wire_frame(&in, &frame);
	assert_int_equal(frame.kind, FRAME_REQUEST);
	frame.kind = kind;
	wire_frame(&out, &frame);
	return out;
}

static void send_answer(struct vault *vault, const uint8_t *packet, const struct cursor *cursor)
{
	assert_int_equal(cursor_end(cursor), ERR_OK);
	assert_true(channel_send(vault->connection, packet, cursor->at));
}

static void write_entry(struct cursor *cursor)
{
	char label[] = "DEMO Taro";
	struct entry entry = {.label = label, .number = 1, .tries_left = 5};

	entry_code(cursor, &entry);
}

static void answer_error(struct vault *vault, uint32_t number, uint8_t tries_left, char *detail)
{
	uint8_t packet[WIRE_PACKET_MAX];
	struct cursor cursor = begin_answer(vault, packet, FRAME_ERROR);
	struct wire_error error = {.number = number, .tries_left = tries_left, .detail = detail};

	wire_error(&cursor, &error);
	send_answer(vault, packet, &cursor);
}

static void answer_hello(struct vault *vault)
{
	uint8_t packet[WIRE_PACKET_MAX];
	struct cursor cursor = begin_answer(vault, packet, FRAME_REPLY);
	struct hello_reply reply = {.version = WIRE_VERSION, .is_private = true};

	wire_hello_reply(&cursor, &reply);
	send_answer(vault, packet, &cursor);
}

static void answer_list(struct vault *vault)
{
	uint8_t packet[WIRE_PACKET_MAX];
	struct cursor cursor = begin_answer(vault, packet, FRAME_REPLY);
	bool has_more = false;
	uint16_t count = 1;

	wire_list_head(&cursor, &has_more, &count);
	write_entry(&cursor);
	send_answer(vault, packet, &cursor);
}

static void answer_with(struct vault *vault, enum step step)
{
	uint8_t packet[WIRE_PACKET_MAX];
	struct cursor cursor = begin_answer(vault, packet, FRAME_REPLY);
	uint8_t result = IMPORT_IMPORTED;
	uint32_t warnings = 0;

	if (step == IMPORTED) {
		cursor_u8(&cursor, &result);
		cursor_u32(&cursor, &warnings);
	}
	if (step == ENTRY || step == IMPORTED)
		write_entry(&cursor);
	if (step == SHORT_REPLY)
		cursor_u8(&cursor, &result);
	if (step == OTHER_ID)
		packet[3] ^= 0x55;
	send_answer(vault, packet, &cursor);
}

static void close_connection(struct vault *vault)
{
	(void)close(vault->connection);
	vault->connection = -1;
}

static void wait_for_packet(const struct vault *vault)
{
	while (recv(vault->connection, NULL, 0, MSG_PEEK | MSG_TRUNC) < 0)
		;
}

static void take_step(struct vault *vault, enum step step)
{
	char words[] = "words";

	if (step != ACCEPT && step != CLOSE && step != CLOSE_UNREAD && step != FAREWELL)
		read_packet(vault);
	switch (step) {
	case ACCEPT:
		vault->connection = given_accepted(&vault->place);
		return;
	case HELLO:
		answer_hello(vault);
		return;
	case OTHER_VERSION:
		answer_error(vault, ERR_WIRE_VERSION, WIRE_NO_TRIES, words);
		close_connection(vault);
		return;
	case LIST_ONE:
		answer_list(vault);
		return;
	case CLOSE_UNREAD:
		wait_for_packet(vault);
		close_connection(vault);
		return;
	case READ_AND_CLOSE:
	case CLOSE:
		close_connection(vault);
		return;
	case FAREWELL:
		given_farewell(vault->connection);
		close_connection(vault);
		return;
	case WRONG_PIN:
		answer_error(vault, ERR_PIN_WRONG, 2, words);
		return;
	case NO_LOGIN:
		answer_error(vault, ERR_LOGIN_NEEDED, WIRE_NO_TRIES, words);
		return;
	case NEWER_ERROR:
		answer_error(vault, 9999, WIRE_NO_TRIES, words);
		return;
	case OTHER_ID:
	case SHORT_REPLY:
	case ENTRY:
	case EMPTY:
	case IMPORTED:
		answer_with(vault, step);
		return;
	case END_OF_SCRIPT:
		return;
	}
}

static void *follow_script(void *context)
{
	struct vault *vault = context;

	for (size_t i = 0; i < STEPS_MAX && vault->steps[i] != END_OF_SCRIPT; i++)
		take_step(vault, vault->steps[i]);
	return NULL;
}

static struct vault *given_vault(const enum step *steps, size_t count)
{
	struct vault *vault = calloc(1, sizeof *vault);

	assert_non_null(vault);
	given_place(&vault->place);
	assert_int_equal(channel_listen(vault->place.listener), ERR_OK);
	vault->connection = -1;
	memcpy(vault->steps, steps, count * sizeof *steps);
	assert_int_equal(pthread_create(&vault->thread, NULL, follow_script, vault), 0);
	return vault;
}

#define GIVEN_VAULT(...)                              \
	given_vault((const enum step[]){__VA_ARGS__}, \
		    sizeof((const enum step[]){__VA_ARGS__}) / sizeof(enum step))

/* Waits until the whole script was followed; how many packets the vault has read. */
static unsigned vault_gone(struct vault *vault)
{
	unsigned packets;

	assert_int_equal(pthread_join(vault->thread, NULL), 0);
	packets = vault->packets;
	given_place_gone(&vault->place);
	if (vault->connection >= 0)
		(void)close(vault->connection);
	free(vault);
	return packets;
}

static enum err count_entry(const struct entry *entry, void *context)
{
	unsigned *count = context;

	assert_string_equal(entry->label, "DEMO Taro");
	(*count)++;
	return ERR_OK;
}

static struct secret *given_secret(const char *text)
{
	struct secret *secret = NULL;

	assert_int_equal(secret_new(strlen(text), &secret), ERR_OK);
	memcpy(secret_bytes(secret), text, strlen(text));
	return secret;
}

static const struct digest some_id = {{7}};

static void a_list_is_visited_entry_by_entry(void **state)
{
	struct vault *vault = GIVEN_VAULT(ACCEPT, HELLO, LIST_ONE);
	AUTO(client) client = NULL;
	unsigned count = 0;

	(void)state;
	assert_int_equal(client_open("test", &client), ERR_OK);
	assert_true(client_is_private(client));
	assert_int_equal(client_vault_state(client), VAULT_READY);
	assert_int_equal(client_list(client, NULL, count_entry, &count), ERR_OK);
	assert_int_equal(count, 1);
	assert_int_equal(vault_gone(vault), 2);
}

static void no_vault_there_is_unreachable(void **state)
{
	AUTO(client) client = NULL;

	(void)state;
	assert_int_equal(setenv("KINKO_SOCKET", "/tmp/kinko-nobody/vault.sock", 1), 0);
	assert_int_equal(client_open("test", &client), ERR_VAULT_UNREACHABLE);
}

static void the_configuration_lies_beside_the_socket(void **state)
{
	AUTO_TEXT folder = NULL;
	AUTO_TEXT system_folder = NULL;

	(void)state;
	assert_int_equal(setenv("KINKO_SOCKET", "/some/where/vault.sock", 1), 0);
	assert_int_equal(client_config_folder(&folder), ERR_OK);
	assert_string_equal(folder, "/some/where");
	assert_int_equal(unsetenv("KINKO_SOCKET"), 0);
	assert_int_equal(client_config_folder(&system_folder), ERR_OK);
	assert_string_equal(system_folder, "/etc/kinko");
}

static void another_version_is_told_so(void **state)
{
	struct vault *vault = GIVEN_VAULT(ACCEPT, OTHER_VERSION);
	AUTO(client) client = NULL;

	(void)state;
	assert_int_equal(client_open("test", &client), ERR_WIRE_VERSION);
	assert_int_equal(vault_gone(vault), 1);
}

static void a_restart_between_two_requests_is_not_noticed(void **state)
{
	struct vault *vault = GIVEN_VAULT(ACCEPT, HELLO, CLOSE, ACCEPT, HELLO, ENTRY);
	AUTO(client) client = NULL;
	AUTO_HELD(entry_reply) reply = {0};

	(void)state;
	assert_int_equal(client_open("test", &client), ERR_OK);
	(void)usleep(50 * 1000);
	assert_int_equal(client_use(client, &some_id, &reply), ERR_OK);
	assert_string_equal(reply.entry.label, "DEMO Taro");
	assert_int_equal(vault_gone(vault), 3);
}

static void what_the_vault_never_read_is_sent_again(void **state)
{
	struct vault *vault = GIVEN_VAULT(ACCEPT, HELLO, CLOSE_UNREAD, ACCEPT, HELLO, ENTRY);
	AUTO(client) client = NULL;
	AUTO_HELD(entry_reply) reply = {0};

	(void)state;
	assert_int_equal(client_open("test", &client), ERR_OK);
	assert_int_equal(client_delete(client, NULL, &some_id, &reply), ERR_OK);
	assert_int_equal(vault_gone(vault), 3);
}

static void what_the_vault_may_have_done_is_never_sent_again(void **state)
{
	struct vault *vault = GIVEN_VAULT(ACCEPT, HELLO, READ_AND_CLOSE);
	AUTO(client) client = NULL;
	AUTO_HELD(entry_reply) reply = {0};

	(void)state;
	assert_int_equal(client_open("test", &client), ERR_OK);
	assert_int_equal(client_delete(client, NULL, &some_id, &reply), ERR_VAULT_UNREACHABLE);
	assert_int_equal(vault_gone(vault), 2);
}

static void a_pin_is_never_sent_twice(void **state)
{
	struct vault *vault = GIVEN_VAULT(ACCEPT, HELLO, READ_AND_CLOSE);
	AUTO(client) client = NULL;
	AUTO(secret) pin = given_secret("demo1234");
	struct login_reply reply;
	uint8_t tries_left = 0;

	(void)state;
	assert_int_equal(client_open("test", &client), ERR_OK);
	assert_int_equal(client_login(client, &some_id, pin, &tries_left, &reply),
			 ERR_VAULT_UNREACHABLE);
	assert_int_equal(tries_left, WIRE_NO_TRIES);
	assert_int_equal(vault_gone(vault), 2);
}

static void a_signature_after_a_lost_connection_needs_a_login(void **state)
{
	struct vault *vault = GIVEN_VAULT(ACCEPT, HELLO, READ_AND_CLOSE, ACCEPT, HELLO, NO_LOGIN);
	AUTO(client) client = NULL;
	uint8_t digest[32] = {0};
	const struct sign_request request = {.id = some_id,
					     .scheme = SIGN_ECDSA,
					     .hash = SIGN_SHA256,
					     .input = {digest, sizeof digest}};
	AUTO_HELD(bytes) signature = {NULL, 0};

	(void)state;
	assert_int_equal(client_open("test", &client), ERR_OK);
	assert_int_equal(client_sign(client, &request, &signature), ERR_LOGIN_NEEDED);
	assert_null(signature.data);
	assert_int_equal(vault_gone(vault), 4);
}

static void a_logout_makes_no_connection_of_its_own(void **state)
{
	struct vault *vault = GIVEN_VAULT(ACCEPT, HELLO, READ_AND_CLOSE);
	AUTO(client) client = NULL;

	(void)state;
	assert_int_equal(client_open("test", &client), ERR_OK);
	assert_int_equal(client_logout(client), ERR_VAULT_UNREACHABLE);
	assert_int_equal(client_logout(client), ERR_LOGIN_NEEDED);
	assert_int_equal(vault_gone(vault), 2);
}

static void what_changes_nothing_is_asked_once_more(void **state)
{
	struct vault *vault = GIVEN_VAULT(ACCEPT, HELLO, READ_AND_CLOSE, ACCEPT, HELLO, LIST_ONE);
	AUTO(client) client = NULL;
	unsigned count = 0;

	(void)state;
	assert_int_equal(client_open("test", &client), ERR_OK);
	assert_int_equal(client_list(client, NULL, count_entry, &count), ERR_OK);
	assert_int_equal(count, 1);
	assert_int_equal(vault_gone(vault), 4);
}

static void and_not_a_third_time(void **state)
{
	struct vault *vault =
		GIVEN_VAULT(ACCEPT, HELLO, READ_AND_CLOSE, ACCEPT, HELLO, READ_AND_CLOSE);
	AUTO(client) client = NULL;
	unsigned count = 0;

	(void)state;
	assert_int_equal(client_open("test", &client), ERR_OK);
	assert_int_equal(client_list(client, NULL, count_entry, &count), ERR_VAULT_UNREACHABLE);
	assert_int_equal(vault_gone(vault), 4);
}

static void an_original_is_sent_again_as_a_whole(void **state)
{
	/* Broken after the first piece of two; then everything once more. */
	struct vault *vault = GIVEN_VAULT(ACCEPT, HELLO, EMPTY, READ_AND_CLOSE, ACCEPT, HELLO,
					  EMPTY, EMPTY, EMPTY, IMPORTED);
	AUTO(client) client = NULL;
	AUTO(secret) original = NULL;
	AUTO(secret) pin = given_secret("demo1234");
	AUTO_HELD(import_commit_reply) reply = {0};
	struct client_import import = {.pin = pin, .where = ""};

	(void)state;
	assert_int_equal(secret_new(WIRE_PIECE_MAX + 10, &original), ERR_OK);
	import.original = original;
	assert_int_equal(client_open("test", &client), ERR_OK);
	assert_int_equal(client_import(client, &import, &reply), ERR_OK);
	assert_int_equal(reply.result, IMPORT_IMPORTED);
	assert_int_equal(vault_gone(vault), 8);
}

static void a_commit_that_was_read_is_not_sent_again(void **state)
{
	struct vault *vault = GIVEN_VAULT(ACCEPT, HELLO, EMPTY, EMPTY, READ_AND_CLOSE);
	AUTO(client) client = NULL;
	AUTO(secret) original = given_secret("an original");
	AUTO(secret) pin = given_secret("demo1234");
	AUTO_HELD(import_commit_reply) reply = {0};
	const struct client_import import = {.original = original, .pin = pin, .where = ""};

	(void)state;
	assert_int_equal(client_open("test", &client), ERR_OK);
	assert_int_equal(client_import(client, &import, &reply), ERR_VAULT_UNREACHABLE);
	assert_int_equal(vault_gone(vault), 4);
}

static void a_vault_that_turns_away_may_say_why(void **state)
{
	struct vault *vault = GIVEN_VAULT(ACCEPT, FAREWELL);
	AUTO(client) client = NULL;

	(void)state;
	assert_int_equal(client_open("test", &client), ERR_BUSY);
	assert_int_equal(vault_gone(vault), 0);
}

static void a_wrong_pin_comes_with_its_tries_and_its_detail(void **state)
{
	struct vault *vault = GIVEN_VAULT(ACCEPT, HELLO, WRONG_PIN);
	AUTO(client) client = NULL;
	AUTO(secret) pin = given_secret("demo1234");
	AUTO_HELD(entry_reply) reply = {0};
	uint8_t tries_left = 0;

	(void)state;
	assert_int_equal(client_open("test", &client), ERR_OK);
	assert_int_equal(client_change_pin(client, &some_id, pin, pin, &tries_left, &reply),
			 ERR_PIN_WRONG);
	assert_int_equal(tries_left, 2);
	assert_string_equal(err_detail_text(), "words");
	assert_int_equal(vault_gone(vault), 2);
}

static void an_answer_to_another_request_is_not_believed(void **state)
{
	struct vault *vault = GIVEN_VAULT(ACCEPT, HELLO, OTHER_ID);
	AUTO(client) client = NULL;
	AUTO_HELD(entry_reply) reply = {0};

	(void)state;
	assert_int_equal(client_open("test", &client), ERR_OK);
	assert_int_equal(client_use(client, &some_id, &reply), ERR_WIRE);
	assert_int_equal(vault_gone(vault), 2);
}

static void an_answer_that_is_too_short_is_not_believed(void **state)
{
	struct vault *vault = GIVEN_VAULT(ACCEPT, HELLO, SHORT_REPLY);
	AUTO(client) client = NULL;
	AUTO_HELD(entry_reply) reply = {0};

	(void)state;
	assert_int_equal(client_open("test", &client), ERR_OK);
	assert_int_equal(client_use(client, &some_id, &reply), ERR_WIRE);
	assert_int_equal(vault_gone(vault), 2);
}

static void an_error_of_a_newer_vault_is_an_error(void **state)
{
	struct vault *vault = GIVEN_VAULT(ACCEPT, HELLO, NEWER_ERROR);
	AUTO(client) client = NULL;
	AUTO_HELD(entry_reply) reply = {0};

	(void)state;
	assert_int_equal(client_open("test", &client), ERR_OK);
	assert_int_equal(client_use(client, &some_id, &reply), ERR_WIRE);
	assert_int_equal(vault_gone(vault), 2);
}

static void what_is_too_large_is_not_even_sent(void **state)
{
	struct vault *vault = GIVEN_VAULT(ACCEPT, HELLO);
	AUTO(client) client = NULL;
	AUTO(secret) original = NULL;
	AUTO(secret) pin = NULL;
	AUTO_HELD(import_commit_reply) reply = {0};
	struct client_import import = {.where = ""};

	(void)state;
	assert_int_equal(secret_new(ORIGINAL_SIZE_MAX + 1, &original), ERR_OK);
	assert_int_equal(secret_new(WIRE_PIN_MAX + 1, &pin), ERR_OK);
	assert_int_equal(client_open("test", &client), ERR_OK);
	import.original = original;
	import.pin = original;
	assert_int_equal(client_import(client, &import, &reply), ERR_ORIGINAL_TOO_LARGE);
	import.original = pin;
	import.pin = pin;
	assert_int_equal(client_import(client, &import, &reply), ERR_PIN_TEXT);
	assert_int_equal(vault_gone(vault), 1);
}

static int once(void **state)
{
	(void)state;
	return secret_init() == ERR_OK ? 0 : -1;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_is_visited_entry_by_entry),
		cmocka_unit_test(no_vault_there_is_unreachable),
		cmocka_unit_test(the_configuration_lies_beside_the_socket),
		cmocka_unit_test(another_version_is_told_so),
		cmocka_unit_test(a_restart_between_two_requests_is_not_noticed),
		cmocka_unit_test(what_the_vault_never_read_is_sent_again),
		cmocka_unit_test(what_the_vault_may_have_done_is_never_sent_again),
		cmocka_unit_test(a_pin_is_never_sent_twice),
		cmocka_unit_test(what_changes_nothing_is_asked_once_more),
		cmocka_unit_test(a_signature_after_a_lost_connection_needs_a_login),
		cmocka_unit_test(a_logout_makes_no_connection_of_its_own),
		cmocka_unit_test(and_not_a_third_time),
		cmocka_unit_test(an_original_is_sent_again_as_a_whole),
		cmocka_unit_test(a_commit_that_was_read_is_not_sent_again),
		cmocka_unit_test(a_vault_that_turns_away_may_say_why),
		cmocka_unit_test(a_wrong_pin_comes_with_its_tries_and_its_detail),
		cmocka_unit_test(an_answer_to_another_request_is_not_believed),
		cmocka_unit_test(an_answer_that_is_too_short_is_not_believed),
		cmocka_unit_test(an_error_of_a_newer_vault_is_an_error),
		cmocka_unit_test(what_is_too_large_is_not_even_sent),
	};
	return cmocka_run_group_tests(tests, once, NULL);
}
