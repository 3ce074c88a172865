/* From a packet to its answer: state, vault, policy, and only then the message itself. */
#include "tests/unit/daemon/given.h"

#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "vault/daemon/dispatch.h"
#include "vault/wire/message.h"

struct fixture {
	struct given_service *given;
	struct given_identity *identity;
	struct session *session;
	uint8_t *packet;
	uint8_t *answer;
	size_t answer_size;
	bool closes;
};

static int start(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);

	assert_non_null(fixture);
	fixture->given = given_service();
	fixture->identity = given_identity(GIVEN_P256, "DEMO Taro");
	given_imported(fixture->given->service.keeper, GIVEN_UID, fixture->identity, "demo1234",
		       IMPORT_IMPORTED);
	fixture->session = given_session(fixture->given, GIVEN_UID);
	fixture->packet = malloc(WIRE_PACKET_MAX);
	fixture->answer = malloc(WIRE_PACKET_MAX);
	assert_non_null(fixture->packet);
	assert_non_null(fixture->answer);
	*state = fixture;
	return 0;
}

static int end(void **state)
{
	struct fixture *fixture = *state;

	session_free(fixture->session);
	given_identity_gone(fixture->identity);
	given_service_gone(fixture->given);
	free(fixture->packet);
	free(fixture->answer);
	free(fixture);
	return 0;
}

static struct cursor given_frame(struct fixture *fixture, uint8_t kind, uint8_t number)
{
	struct cursor cursor = cursor_to_write(fixture->packet, WIRE_PACKET_MAX);
	struct frame frame = {.request_id = 77, .kind = kind, .number = number};

	wire_frame(&cursor, &frame);
	return cursor;
}

/* Sends what the cursor holds; the answer's kind. ERR_OK, or the error's number. */
static enum err ask_as(struct fixture *fixture, const struct cursor *cursor, pid_t pid)
{
	const struct sender sender = {.pid = pid, .uid = session_peer(fixture->session)->uid};
	AUTO_HELD(wire_error) error = {0};
	struct frame frame = {0};
	struct cursor answer;
	bool is_secret = false;

	fixture->closes = false;
	fixture->answer_size =
		dispatch(&fixture->given->service, fixture->session, &sender, fixture->packet,
			 cursor->at, fixture->answer, &fixture->closes, &is_secret);
	answer = cursor_to_read(fixture->answer, fixture->answer_size);
	wire_frame(&answer, &frame);
	assert_int_equal(frame.request_id, 77);
	if (frame.kind == FRAME_REPLY)
		return ERR_OK;
	assert_int_equal(frame.kind, FRAME_ERROR);
	wire_error(&answer, &error);
	assert_int_equal(cursor_end(&answer), ERR_OK);
	assert_int_not_equal(error.number, 0);
	return err_from_wire(error.number);
}

static enum err ask(struct fixture *fixture, const struct cursor *cursor)
{
	return ask_as(fixture, cursor, getpid());
}

static enum err say_hello(struct fixture *fixture, uint16_t version)
{
	struct cursor cursor = given_frame(fixture, FRAME_REQUEST, MESSAGE_hello);
	char program[] = "test";
	struct hello_request hello = {.version = version, .program = program};

	wire_hello_request(&cursor, &hello);
	return ask(fixture, &cursor);
}

static enum err ask_status(struct fixture *fixture)
{
	struct cursor cursor = given_frame(fixture, FRAME_REQUEST, MESSAGE_status);

	return ask(fixture, &cursor);
}

static enum err ask_list(struct fixture *fixture, bool is_other, uid_t owner)
{
	struct cursor cursor = given_frame(fixture, FRAME_REQUEST, MESSAGE_list);
	struct list_request list = {.is_other_owner = is_other, .owner = owner};

	wire_list_request(&cursor, &list);
	return ask(fixture, &cursor);
}

static enum err ask_certificate(struct fixture *fixture, uint8_t number, bool is_other, uid_t owner,
				const struct digest *id)
{
	struct cursor cursor = given_frame(fixture, FRAME_REQUEST, number);
	struct certificate_request request = {
		.is_other_owner = is_other, .owner = owner, .id = *id};

	wire_certificate_request(&cursor, &request);
	return ask(fixture, &cursor);
}

static enum err log_in(struct fixture *fixture, const char *pin, pid_t pid)
{
	struct cursor cursor = given_frame(fixture, FRAME_REQUEST, MESSAGE_login);
	AUTO_HELD(login_request) request = {.id = fixture->identity->id, .pin = given_pin(pin)};

	wire_login_request(&cursor, &request);
	return ask_as(fixture, &cursor, pid);
}

static void nothing_is_answered_before_hello(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(ask_status(fixture), ERR_WIRE_STATE);
	assert_int_equal(ask_list(fixture, false, 0), ERR_WIRE_STATE);
	assert_int_equal(say_hello(fixture, WIRE_VERSION), ERR_OK);
	assert_int_equal(ask_list(fixture, false, 0), ERR_OK);
}

static void another_version_is_told_so_and_ends_the_connection(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(say_hello(fixture, WIRE_VERSION + 1), ERR_WIRE_VERSION);
	assert_true(fixture->closes);
}

static void every_number_that_is_no_message_ends_the_connection(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(say_hello(fixture, WIRE_VERSION), ERR_OK);
	for (unsigned number = 0; number <= UINT8_MAX; number++) {
		struct cursor cursor = given_frame(fixture, FRAME_REQUEST, (uint8_t)number);
		if (message_name((uint8_t)number) != NULL)
			continue;
		assert_int_equal(ask(fixture, &cursor), ERR_WIRE);
		assert_true(fixture->closes);
	}
}

static void an_answer_sent_as_a_request_ends_the_connection(void **state)
{
	struct fixture *fixture = *state;
	struct cursor cursor;

	assert_int_equal(say_hello(fixture, WIRE_VERSION), ERR_OK);
	cursor = given_frame(fixture, FRAME_REPLY, MESSAGE_status);
	assert_int_equal(ask(fixture, &cursor), ERR_WIRE);
	assert_true(fixture->closes);
}

static void the_policy_is_asked_before_anything_happens(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(say_hello(fixture, WIRE_VERSION), ERR_OK);
	given_policy(fixture->given, "[vault]\nusers = root\n");
	assert_int_equal(ask_list(fixture, false, 0), ERR_POLICY_DENIED);
	assert_int_equal(ask_certificate(fixture, MESSAGE_delete, false, 0, &fixture->identity->id),
			 ERR_POLICY_DENIED);
	assert_int_equal(log_in(fixture, "demo1234", getpid()), ERR_POLICY_DENIED);
	assert_int_equal(ask_status(fixture), ERR_OK);
	assert_false(fixture->closes);
	given_policy(fixture->given, "");
	assert_int_equal(ask_list(fixture, false, 0), ERR_OK);
}

static void another_owners_certificate_is_not_there(void **state)
{
	struct fixture *fixture = *state;
	struct given_identity *nobodys = given_identity(GIVEN_P256, "DEMO Nobody");
	static const uint8_t numbers[] = {MESSAGE_show, MESSAGE_use, MESSAGE_delete,
					  MESSAGE_confirm};

	session_free(fixture->session);
	fixture->session = given_greeted(fixture->given, GIVEN_OTHER_UID);
	for (size_t i = 0; i < COUNT_OF(numbers); i++) {
		uint8_t kept[512];
		size_t size;
		assert_int_equal(ask_certificate(fixture, numbers[i], false, 0, &nobodys->id),
				 ERR_CERT_NOT_FOUND);
		size = fixture->answer_size;
		assert_true(size < sizeof kept);
		memcpy(kept, fixture->answer, size);
		assert_int_equal(
			ask_certificate(fixture, numbers[i], false, 0, &fixture->identity->id),
			ERR_CERT_NOT_FOUND);
		assert_int_equal(fixture->answer_size, size);
	}
	assert_int_equal(log_in(fixture, "demo1234", getpid()), ERR_CERT_NOT_FOUND);
	assert_int_equal(log_in(fixture, "wrong", getpid()), ERR_CERT_NOT_FOUND);
	assert_int_equal(
		given_tries_left(fixture->given->service.keeper, GIVEN_UID, fixture->identity),
		GIVEN_TRIES);
	given_identity_gone(nobodys);
}

static void only_administrators_list_and_delete_for_others(void **state)
{
	struct fixture *fixture = *state;
	const struct digest *id = &fixture->identity->id;

	session_free(fixture->session);
	fixture->session = given_greeted(fixture->given, GIVEN_OTHER_UID);
	assert_int_equal(ask_list(fixture, true, GIVEN_UID), ERR_POLICY_DENIED);
	assert_int_equal(ask_certificate(fixture, MESSAGE_delete, true, GIVEN_UID, id),
			 ERR_POLICY_DENIED);

	session_free(fixture->session);
	fixture->session = given_greeted(fixture->given, 0); /* root, by default */
	assert_int_equal(ask_certificate(fixture, MESSAGE_use, true, GIVEN_UID, id), ERR_WIRE);
	assert_int_equal(ask_list(fixture, true, GIVEN_UID), ERR_OK);
	{
		AUTO_HELD(entry) entry = {0};
		struct cursor cursor = cursor_to_read(fixture->answer, fixture->answer_size);
		struct frame frame;
		bool has_more = true;
		uint16_t count = 0;
		wire_frame(&cursor, &frame);
		wire_list_head(&cursor, &has_more, &count);
		entry_code(&cursor, &entry);
		assert_int_equal(cursor_end(&cursor), ERR_OK);
		assert_false(has_more);
		assert_int_equal(count, 1);
		assert_string_equal(entry.label, "DEMO Taro");
		assert_string_equal(entry.summary.subject, "");
		assert_string_equal(entry.summary.serial, "");
		assert_string_equal(entry.summary.key, "");
		assert_int_equal(entry.summary.not_before, 0);
		assert_true(entry_is_limited(&entry));
		assert_false(entry.is_active);
	}
	assert_int_equal(ask_certificate(fixture, MESSAGE_delete, true, GIVEN_UID, id), ERR_OK);
	assert_int_equal(ask_certificate(fixture, MESSAGE_delete, true, GIVEN_UID, id),
			 ERR_CERT_NOT_FOUND);
}

static void a_login_is_bound_to_the_process_that_made_it(void **state)
{
	struct fixture *fixture = *state;
	pid_t other = given_process_that_waits();
	struct cursor cursor;

	assert_int_equal(say_hello(fixture, WIRE_VERSION), ERR_OK);
	cursor = given_frame(fixture, FRAME_REQUEST, MESSAGE_logout);
	assert_int_equal(ask(fixture, &cursor), ERR_LOGIN_NEEDED);
	assert_int_equal(log_in(fixture, "demo1234", 0), ERR_PEER);
	assert_int_equal(log_in(fixture, "demo1234", getpid()), ERR_OK);
	cursor = given_frame(fixture, FRAME_REQUEST, MESSAGE_logout);
	assert_int_equal(ask_as(fixture, &cursor, other), ERR_LOGIN_NEEDED);
	cursor = given_frame(fixture, FRAME_REQUEST, MESSAGE_logout);
	assert_int_equal(ask(fixture, &cursor), ERR_OK);
	given_process_gone(other);
}

/* A limit on the size of files stands for a disk that is full. */
static void limit_files(rlim_t size)
{
	struct rlimit limit;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	limit.rlim_cur = size;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static enum err log_out(struct fixture *fixture)
{
	struct cursor cursor = given_frame(fixture, FRAME_REQUEST, MESSAGE_logout);

	return ask(fixture, &cursor);
}

static enum err sign_digest(struct fixture *fixture, uint8_t hash, size_t size)
{
	struct cursor cursor = given_frame(fixture, FRAME_REQUEST, MESSAGE_sign);
	uint8_t digest[64] = {0};
	struct sign_request request = {.id = fixture->identity->id,
				       .scheme = SIGN_ECDSA,
				       .hash = hash,
				       .input = {.data = digest, .size = size}};

	wire_sign_request(&cursor, &request);
	return ask(fixture, &cursor);
}

/* No key is used that nobody could be told of; but what ends a login is never refused. */
static void a_full_log_keeps_nobody_logged_in(void **state)
{
	struct fixture *fixture = *state;
	struct keeper *keeper = fixture->given->service.keeper;
	unsigned reserved = 0;

	assert_int_equal(say_hello(fixture, WIRE_VERSION), ERR_OK);
	assert_int_equal(log_in(fixture, "demo1234", getpid()), ERR_OK);
	assert_int_equal(sign_digest(fixture, SIGN_SHA256, 32), ERR_OK);
	limit_files(6 * 1024 * 1024);
	while (keeper_log_reserve(keeper) == ERR_OK)
		reserved++;
	assert_int_equal(sign_digest(fixture, SIGN_SHA256, 32), ERR_LOG_FULL);
	assert_int_equal(session_state(fixture->session), SESSION_LOGGED_IN);
	assert_int_equal(log_out(fixture), ERR_OK);
	assert_int_equal(session_state(fixture->session), SESSION_READY);
	assert_int_equal(log_out(fixture), ERR_LOGIN_NEEDED);
	limit_files(RLIM_INFINITY);
	while (reserved-- > 0)
		keeper_log_give_back(keeper);
}

static void nothing_to_sign_by_no_hash_is_refused(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(say_hello(fixture, WIRE_VERSION), ERR_OK);
	assert_int_equal(log_in(fixture, "demo1234", getpid()), ERR_OK);
	assert_int_equal(sign_digest(fixture, 0, 0), ERR_SIGN_INPUT);
	assert_int_equal(sign_digest(fixture, UINT8_MAX, 0), ERR_SIGN_INPUT);
}

static void a_wrong_pin_is_answered_with_the_tries_that_are_left(void **state)
{
	struct fixture *fixture = *state;
	AUTO_HELD(wire_error) error = {0};
	struct cursor answer;
	struct frame frame;

	assert_int_equal(say_hello(fixture, WIRE_VERSION), ERR_OK);
	assert_int_equal(log_in(fixture, "wrong", getpid()), ERR_PIN_WRONG);
	answer = cursor_to_read(fixture->answer, fixture->answer_size);
	wire_frame(&answer, &frame);
	wire_error(&answer, &error);
	assert_int_equal(error.tries_left, GIVEN_TRIES - 1);
	assert_string_equal(error.detail, "4");
}

static void a_packet_with_a_pin_is_wiped_after_it_was_read(void **state)
{
	struct fixture *fixture = *state;
	size_t size;

	assert_int_equal(say_hello(fixture, WIRE_VERSION), ERR_OK);
	memset(fixture->packet, 0, WIRE_PACKET_MAX);
	assert_int_equal(log_in(fixture, "demo1234", getpid()), ERR_OK);
	size = 6 + DIGEST_SIZE + 4 + 8;
	for (size_t i = 0; i < size; i++)
		assert_int_equal(fixture->packet[i], 0);
}

static void a_failure_says_nothing_of_the_one_before(void **state)
{
	struct fixture *fixture = *state;
	AUTO_HELD(wire_error) error = {0};
	struct cursor answer;
	struct frame frame;

	assert_int_equal(say_hello(fixture, WIRE_VERSION), ERR_OK);
	(void)err_detail(ERR_CONFIG, "somebody else's detail");
	answer = given_frame(fixture, FRAME_REQUEST, MESSAGE_logout);
	assert_int_equal(ask(fixture, &answer), ERR_LOGIN_NEEDED);
	answer = cursor_to_read(fixture->answer, fixture->answer_size);
	wire_frame(&answer, &frame);
	wire_error(&answer, &error);
	assert_string_equal(error.detail, "");
}

static void the_slow_messages_are_known(void **state)
{
	struct fixture *fixture = *state;
	struct cursor cursor = given_frame(fixture, FRAME_REQUEST, MESSAGE_login);

	assert_true(dispatch_is_slow(fixture->packet, cursor.at));
	cursor = given_frame(fixture, FRAME_REQUEST, MESSAGE_list);
	assert_false(dispatch_is_slow(fixture->packet, cursor.at));
	assert_false(dispatch_is_slow(fixture->packet, 3));
}

/* An opener that answers nonsense: /bin/cat gives the job back. */
static void an_opener_that_answers_nonsense_stores_nothing(void **state)
{
	struct fixture *fixture = *state;
	AUTO_HELD(import_data_request) data = {.piece = given_pin("not an original")};
	AUTO_HELD(import_commit_request) commit = {.pin = given_pin("demo1234")};
	struct import_begin_request begin = {.size = 15};
	struct cursor cursor;

	assert_int_equal(say_hello(fixture, WIRE_VERSION), ERR_OK);
	digest_of("not an original", 15, &begin.digest);
	cursor = given_frame(fixture, FRAME_REQUEST, MESSAGE_import_begin);
	wire_import_begin_request(&cursor, &begin);
	assert_int_equal(ask(fixture, &cursor), ERR_OK);
	cursor = given_frame(fixture, FRAME_REQUEST, MESSAGE_import_data);
	wire_import_data_request(&cursor, &data);
	assert_int_equal(ask(fixture, &cursor), ERR_OK);
	cursor = given_frame(fixture, FRAME_REQUEST, MESSAGE_import_commit);
	wire_import_commit_request(&cursor, &commit);
	assert_int_equal(ask(fixture, &cursor), ERR_OPENER);
	assert_int_equal(quota_taken(fixture->given->service.openers, GIVEN_UID), 0);
}

static void another_original_than_was_promised_ends_the_connection(void **state)
{
	struct fixture *fixture = *state;
	AUTO_HELD(import_data_request) data = {.piece = given_pin("not an original")};
	AUTO_HELD(import_commit_request) commit = {.pin = given_pin("demo1234")};
	struct import_begin_request begin = {.size = 15};
	struct cursor cursor;

	assert_int_equal(say_hello(fixture, WIRE_VERSION), ERR_OK);
	digest_of("another original", 16, &begin.digest);
	cursor = given_frame(fixture, FRAME_REQUEST, MESSAGE_import_begin);
	wire_import_begin_request(&cursor, &begin);
	assert_int_equal(ask(fixture, &cursor), ERR_OK);
	cursor = given_frame(fixture, FRAME_REQUEST, MESSAGE_import_data);
	wire_import_data_request(&cursor, &data);
	assert_int_equal(ask(fixture, &cursor), ERR_OK);
	assert_false(fixture->closes);
	cursor = given_frame(fixture, FRAME_REQUEST, MESSAGE_import_commit);
	wire_import_commit_request(&cursor, &commit);
	assert_int_equal(ask(fixture, &cursor), ERR_WIRE);
	assert_true(fixture->closes);
}

static struct given_identity *given_imported_with_chain(struct fixture *fixture, size_t count,
							size_t size)
{
	struct given_identity *identity = given_identity(GIVEN_P256, "DEMO Chain");
	AUTO(secret) pin = given_pin("demo1234");
	struct bytes_list chain = {.count = count};
	const struct keeper_original original = {.key = identity->key,
						 .pin = pin,
						 .certificate = &identity->certificate,
						 .chain = &chain,
						 .friendly_name = "",
						 .where = ""};
	const struct keeper_import_how how = {.tries = 5};
	AUTO_HELD(entry) entry = {0};
	enum import_result result;
	uint32_t warnings;

	for (size_t i = 0; i < count; i++)
		assert_int_equal(bytes_zeroed(size, &chain.items[i]), ERR_OK);
	assert_int_equal(keeper_import(fixture->given->service.keeper, GIVEN_UID, &original, &how,
				       &result, &warnings, &entry),
			 ERR_OK);
	bytes_list_clear(&chain);
	return identity;
}

static void a_chain_longer_than_a_packet_is_cut_and_its_certificate_shown(void **state)
{
	struct fixture *fixture = *state;
	struct given_identity *identity = given_imported_with_chain(fixture, 4, 60 * 1024);
	AUTO_HELD(show_reply) reply = {0};
	struct frame frame;
	struct cursor answer;

	assert_int_equal(say_hello(fixture, WIRE_VERSION), ERR_OK);
	assert_int_equal(ask_certificate(fixture, MESSAGE_show, false, 0, &identity->id), ERR_OK);
	answer = cursor_to_read(fixture->answer, fixture->answer_size);
	wire_frame(&answer, &frame);
	wire_show_reply(&answer, &reply);
	assert_int_equal(cursor_end(&answer), ERR_OK);
	assert_true(bytes_equal(&reply.certificate, &identity->certificate));
	assert_int_equal(reply.chain.count, 2);
	given_identity_gone(identity);
}

static int once(void **state)
{
	(void)state;
	(void)signal(SIGXFSZ, SIG_IGN);
	given_process();
	return 0;
}

int main(void)
{
#define WITH_VAULT(test) cmocka_unit_test_setup_teardown(test, start, end)
	const struct CMUnitTest tests[] = {
		WITH_VAULT(nothing_is_answered_before_hello),
		WITH_VAULT(another_version_is_told_so_and_ends_the_connection),
		WITH_VAULT(every_number_that_is_no_message_ends_the_connection),
		WITH_VAULT(an_answer_sent_as_a_request_ends_the_connection),
		WITH_VAULT(the_policy_is_asked_before_anything_happens),
		WITH_VAULT(another_owners_certificate_is_not_there),
		WITH_VAULT(only_administrators_list_and_delete_for_others),
		WITH_VAULT(a_login_is_bound_to_the_process_that_made_it),
		WITH_VAULT(a_full_log_keeps_nobody_logged_in),
		WITH_VAULT(nothing_to_sign_by_no_hash_is_refused),
		WITH_VAULT(a_wrong_pin_is_answered_with_the_tries_that_are_left),
		WITH_VAULT(a_packet_with_a_pin_is_wiped_after_it_was_read),
		WITH_VAULT(a_failure_says_nothing_of_the_one_before),
		WITH_VAULT(the_slow_messages_are_known),
		WITH_VAULT(an_opener_that_answers_nonsense_stores_nothing),
		WITH_VAULT(another_original_than_was_promised_ends_the_connection),
		WITH_VAULT(a_chain_longer_than_a_packet_is_cut_and_its_certificate_shown),
	};
	return cmocka_run_group_tests(tests, once, NULL);
}
