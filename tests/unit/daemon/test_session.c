/* What a connection may do, and how a login ends. */
#include "tests/unit/daemon/given.h"

#include <unistd.h>

#include "vault/daemon/peer.h"

static const struct session_limits long_limits = {.idle_seconds = 600, .max_seconds = 28800};

struct fixture {
	struct given_service *given;
	struct given_identity *identity;
	struct session *session;
	pid_t other; /* a process of the same user */
};

static int start(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);

	assert_non_null(fixture);
	fixture->other = given_process_that_waits();
	fixture->given = given_service();
	fixture->identity = given_identity(GIVEN_P256, "DEMO Taro");
	given_imported(fixture->given->service.keeper, GIVEN_UID, fixture->identity, "demo1234",
		       IMPORT_IMPORTED);
	fixture->session = given_greeted(fixture->given, GIVEN_UID);
	*state = fixture;
	return 0;
}

static int end(void **state)
{
	struct fixture *fixture = *state;

	session_free(fixture->session);
	given_identity_gone(fixture->identity);
	given_service_gone(fixture->given);
	given_process_gone(fixture->other);
	free(fixture);
	return 0;
}

static struct login *given_open_login(struct fixture *fixture)
{
	AUTO(secret) pin = given_pin("demo1234");
	struct login *login = NULL;
	uint8_t tries_left;

	assert_int_equal(keeper_login(fixture->given->service.keeper, GIVEN_UID,
				      &fixture->identity->id, pin, GIVEN_TRIES, &tries_left,
				      &login),
			 ERR_OK);
	return login;
}

static enum err log_in(struct fixture *fixture, pid_t pid, const struct session_limits *limits)
{
	int process = -1;

	assert_int_equal(peer_open_process(pid, &process), ERR_OK);
	assert_int_equal(session_begin_login(fixture->session), ERR_OK);
	return session_finish_login(fixture->session, given_open_login(fixture), pid, process,
				    limits);
}

/* A request of this process that needs a login. */
static enum err use(struct session *session)
{
	const struct sender self = {.pid = getpid(), .uid = GIVEN_UID};

	return session_admit(session, &self, SESSION_LOGGED_IN, NULL);
}

static void a_session_is_new_then_ready_then_logged_in(void **state)
{
	struct fixture *fixture = *state;
	AUTO(session) fresh = given_session(fixture->given, GIVEN_UID);

	assert_int_equal(session_state(fresh), SESSION_NEW);
	session_greet(fresh);
	assert_int_equal(session_state(fresh), SESSION_READY);
	assert_int_equal(log_in(fixture, getpid(), &long_limits), ERR_OK);
	assert_int_equal(session_state(fixture->session), SESSION_LOGGED_IN);
	assert_true(session_logout(fixture->session));
	assert_int_equal(session_state(fixture->session), SESSION_READY);
	assert_false(session_logout(fixture->session));
}

static void another_user_ends_it_and_another_process_is_refused(void **state)
{
	struct fixture *fixture = *state;
	const struct sender owner = {.pid = getpid(), .uid = GIVEN_UID};
	const struct sender child = {.pid = fixture->other, .uid = GIVEN_UID};
	const struct sender stranger = {.pid = getpid(), .uid = GIVEN_OTHER_UID};

	assert_int_equal(session_admit(fixture->session, &child, SESSION_READY, NULL), ERR_OK);
	assert_int_equal(log_in(fixture, getpid(), &long_limits), ERR_OK);
	assert_int_equal(session_admit(fixture->session, &owner, SESSION_READY, NULL), ERR_OK);
	assert_int_equal(session_admit(fixture->session, &child, SESSION_READY, NULL),
			 ERR_LOGIN_NEEDED);
	assert_int_equal(session_admit(fixture->session, &stranger, SESSION_READY, NULL), ERR_PEER);
	assert_int_equal(session_state(fixture->session), SESSION_LOGGED_IN);
}

static void a_login_ends_with_its_process(void **state)
{
	struct fixture *fixture = *state;
	pid_t pid = given_process_that_waits();

	assert_int_equal(log_in(fixture, pid, &long_limits), ERR_OK);
	assert_int_equal(session_state(fixture->session), SESSION_LOGGED_IN);
	given_process_gone(pid);
	assert_int_equal(session_state(fixture->session), SESSION_READY);
}

static void a_process_that_ended_meanwhile_gets_no_login(void **state)
{
	struct fixture *fixture = *state;
	pid_t pid = given_process_that_waits();
	int process = -1;

	assert_int_equal(peer_open_process(pid, &process), ERR_OK);
	given_process_gone(pid);
	assert_int_equal(session_begin_login(fixture->session), ERR_OK);
	assert_int_equal(session_finish_login(fixture->session, given_open_login(fixture), pid,
					      process, &long_limits),
			 ERR_LOGIN_NEEDED);
	assert_int_equal(quota_taken(fixture->given->service.logins, GIVEN_UID), 0);
}

static void a_login_ends_at_its_idle_and_its_absolute_limit(void **state)
{
	struct fixture *fixture = *state;
	const struct session_limits idle = {.idle_seconds = 0, .max_seconds = 28800};
	const struct session_limits most = {.idle_seconds = 600, .max_seconds = 0};

	assert_int_equal(log_in(fixture, getpid(), &idle), ERR_LOGIN_NEEDED);
	assert_int_equal(log_in(fixture, getpid(), &most), ERR_LOGIN_NEEDED);
	assert_int_equal(log_in(fixture, getpid(), &long_limits), ERR_OK);
	assert_in_range(session_next_end(fixture->session), session_clock() + 599,
			session_clock() + 600);
	assert_int_equal(use(fixture->session), ERR_OK);
	assert_int_equal(session_state(fixture->session), SESSION_LOGGED_IN);
}

static void use_puts_off_the_idle_limit_and_not_the_absolute_one(void **state)
{
	struct fixture *fixture = *state;
	const struct session_limits limits = {.idle_seconds = 2, .max_seconds = 3};

	assert_int_equal(log_in(fixture, getpid(), &limits), ERR_OK);
	for (unsigned i = 0; i < 6; i++) {
		(void)usleep(500 * 1000);
		(void)use(fixture->session);
		if (i < 3)
			assert_int_equal(session_state(fixture->session), SESSION_LOGGED_IN);
	}
	(void)usleep(600 * 1000);
	assert_int_equal(session_state(fixture->session), SESSION_READY);
}

static void a_second_login_while_one_is_pending_is_refused(void **state)
{
	struct fixture *fixture = *state;

	assert_int_equal(session_begin_login(fixture->session), ERR_OK);
	assert_int_equal(session_begin_login(fixture->session), ERR_BUSY);
	session_fail_login(fixture->session);
	assert_int_equal(session_begin_login(fixture->session), ERR_OK);
	session_fail_login(fixture->session);
	assert_int_equal(quota_taken(fixture->given->service.logins, GIVEN_UID), 0);
}

static void a_login_for_a_closed_session_is_not_kept(void **state)
{
	struct fixture *fixture = *state;
	int process = -1;

	assert_int_equal(peer_open_process(getpid(), &process), ERR_OK);
	assert_int_equal(session_begin_login(fixture->session), ERR_OK);
	session_close(fixture->session);
	assert_int_equal(session_finish_login(fixture->session, given_open_login(fixture), getpid(),
					      process, &long_limits),
			 ERR_LOGIN_NEEDED);
	assert_int_equal(session_state(fixture->session), SESSION_CLOSED);
	assert_int_equal(quota_taken(fixture->given->service.logins, GIVEN_UID), 0);
}

static void a_change_of_the_pin_ends_the_login(void **state)
{
	struct fixture *fixture = *state;
	AUTO(secret) old_pin = given_pin("demo1234");
	AUTO(secret) new_pin = given_pin("demo5678");
	AUTO_HELD(entry) entry = {0};
	uint8_t tries_left;

	assert_int_equal(log_in(fixture, getpid(), &long_limits), ERR_OK);
	assert_int_equal(keeper_change_pin(fixture->given->service.keeper, GIVEN_UID,
					   &fixture->identity->id, old_pin, new_pin, true,
					   GIVEN_TRIES, &tries_left, &entry),
			 ERR_OK);
	assert_int_equal(session_state(fixture->session), SESSION_READY);
}

static void there_are_only_so_many_logins_of_a_user(void **state)
{
	struct fixture *fixture = *state;
	struct session *sessions[SERVICE_LOGINS_PER_USER];

	for (size_t i = 0; i < COUNT_OF(sessions); i++) {
		sessions[i] = given_greeted(fixture->given, GIVEN_UID);
		assert_int_equal(session_begin_login(sessions[i]), ERR_OK);
	}
	assert_int_equal(session_begin_login(fixture->session), ERR_LOGIN_LIMIT);
	session_fail_login(sessions[0]);
	assert_int_equal(session_begin_login(fixture->session), ERR_OK);
	session_fail_login(fixture->session);
	for (size_t i = 1; i < COUNT_OF(sessions); i++)
		session_fail_login(sessions[i]);
	for (size_t i = 0; i < COUNT_OF(sessions); i++)
		session_free(sessions[i]);
}

/* --- How often a login is used, and how it ends --- */

static enum err use_once(struct fixture *fixture, bool is_used)
{
	struct login *login = NULL;

	TRY(session_begin_use(fixture->session, &fixture->identity->id, &login));
	session_end_use(fixture->session, login, is_used);
	return ERR_OK;
}

static void a_login_for_three_uses_ends_with_the_third(void **state)
{
	struct fixture *fixture = *state;
	const struct session_limits three = {
		.idle_seconds = 600, .max_seconds = 28800, .uses_max = 3};

	assert_int_equal(log_in(fixture, getpid(), &three), ERR_OK);
	assert_int_equal(use_once(fixture, true), ERR_OK);
	for (unsigned i = 0; i < 10; i++) /* what came to nothing does not count */
		assert_int_equal(use_once(fixture, false), ERR_OK);
	assert_int_equal(use_once(fixture, true), ERR_OK);
	assert_int_equal(session_state(fixture->session), SESSION_LOGGED_IN);
	assert_int_equal(use_once(fixture, true), ERR_OK);
	assert_int_equal(session_state(fixture->session), SESSION_READY);
	assert_int_equal(use_once(fixture, true), ERR_LOGIN_NEEDED);
}

static void uses_that_run_at_once_are_not_more_than_allowed(void **state)
{
	struct fixture *fixture = *state;
	const struct session_limits two = {
		.idle_seconds = 600, .max_seconds = 28800, .uses_max = 2};
	struct login *uses[2] = {NULL, NULL};
	struct login *third = NULL;

	assert_int_equal(log_in(fixture, getpid(), &two), ERR_OK);
	for (size_t i = 0; i < 2; i++)
		assert_int_equal(
			session_begin_use(fixture->session, &fixture->identity->id, &uses[i]),
			ERR_OK);
	assert_int_equal(session_begin_use(fixture->session, &fixture->identity->id, &third),
			 ERR_LOGIN_NEEDED);
	session_end_use(fixture->session, uses[0], true);
	assert_int_equal(session_state(fixture->session), SESSION_LOGGED_IN);
	session_end_use(fixture->session, uses[1], false); /* so one is left */
	assert_int_equal(use_once(fixture, true), ERR_OK);
	assert_int_equal(session_state(fixture->session), SESSION_READY);
}

static void only_the_certificate_that_is_logged_in_is_used(void **state)
{
	struct fixture *fixture = *state;
	const struct sender self = {.pid = getpid(), .uid = GIVEN_UID};
	const struct digest other = {{1}};
	struct login_facts facts;
	struct login *login = NULL;

	assert_int_equal(log_in(fixture, getpid(), &long_limits), ERR_OK);
	assert_int_equal(session_admit(fixture->session, &self, SESSION_LOGGED_IN, &other),
			 ERR_LOGIN_NEEDED);
	assert_int_equal(
		session_admit(fixture->session, &self, SESSION_LOGGED_IN, &fixture->identity->id),
		ERR_OK);
	assert_int_equal(session_begin_use(fixture->session, &other, &login), ERR_LOGIN_NEEDED);
	assert_false(session_login_facts(fixture->session, &other, &facts));
	assert_true(session_login_facts(fixture->session, &fixture->identity->id, &facts));
	assert_int_equal(facts.rsa_bits, 0);
}

/* The key is wiped by who used it last. */
static void a_use_goes_on_though_its_login_ends_meanwhile(void **state)
{
	struct fixture *fixture = *state;
	uint8_t digest[32] = {0};
	const struct bytes input = {digest, sizeof digest};
	AUTO_HELD(bytes) signature = {NULL, 0};
	struct login *login = NULL;

	assert_int_equal(log_in(fixture, getpid(), &long_limits), ERR_OK);
	assert_int_equal(session_begin_use(fixture->session, &fixture->identity->id, &login),
			 ERR_OK);
	session_close(fixture->session);
	assert_int_equal(login_sign(login, SIGN_ECDSA, SIGN_SHA256, &input, &signature), ERR_OK);
	session_end_use(fixture->session, login, true);
	assert_int_equal(quota_taken(fixture->given->service.logins, GIVEN_UID), 0);
}

static void assert_ended(struct fixture *fixture, enum login_end expected)
{
	struct ended_login ended = {.end = LOGIN_END_TOLD};

	assert_true(session_take_ended(fixture->session, &ended));
	assert_int_equal(ended.end, expected);
	assert_true(digest_equal(&ended.certificate, &fixture->identity->id));
	assert_false(session_take_ended(fixture->session, &ended));
}

static void a_login_that_ends_by_itself_is_told_once(void **state)
{
	struct fixture *fixture = *state;
	const struct session_limits idle = {.idle_seconds = 1, .max_seconds = 28800};
	const struct session_limits most = {.idle_seconds = 600, .max_seconds = 1};
	pid_t pid = given_process_that_waits();

	assert_int_equal(log_in(fixture, getpid(), &idle), ERR_OK);
	(void)sleep(2);
	assert_int_equal(session_end_overdue(fixture->session), ERR_OK);
	assert_ended(fixture, LOGIN_END_IDLE);
	assert_int_equal(log_in(fixture, getpid(), &most), ERR_OK);
	(void)sleep(2);
	assert_int_equal(use(fixture->session), ERR_LOGIN_NEEDED);
	assert_ended(fixture, LOGIN_END_LIMIT);
	assert_int_equal(log_in(fixture, pid, &long_limits), ERR_OK);
	given_process_gone(pid);
	assert_int_equal(session_state(fixture->session), SESSION_READY);
	assert_ended(fixture, LOGIN_END_PROCESS);
	assert_int_equal(log_in(fixture, getpid(), &long_limits), ERR_OK);
	assert_int_equal(log_in(fixture, getpid(), &long_limits), ERR_OK);
	assert_ended(fixture, LOGIN_END_REPLACED);
	session_close(fixture->session);
	assert_ended(fixture, LOGIN_END_CLOSED);
}

static void an_end_that_the_log_has_already_is_not_told(void **state)
{
	struct fixture *fixture = *state;
	const struct session_limits once = {
		.idle_seconds = 600, .max_seconds = 28800, .uses_max = 1};
	struct ended_login ended;

	assert_int_equal(log_in(fixture, getpid(), &long_limits), ERR_OK);
	assert_true(session_logout(fixture->session));
	assert_int_equal(log_in(fixture, getpid(), &once), ERR_OK);
	assert_int_equal(use_once(fixture, true), ERR_OK);
	assert_int_equal(session_state(fixture->session), SESSION_READY);
	assert_false(session_take_ended(fixture->session, &ended));
}

static struct secret *given_piece(const char *text)
{
	return given_pin(text);
}

static void an_original_arrives_piece_by_piece(void **state)
{
	struct fixture *fixture = *state;
	AUTO(secret) first = given_piece("first ");
	AUTO(secret) second = given_piece("second");
	AUTO(secret) whole = NULL;
	struct digest digest;

	digest_of("first second", 12, &digest);
	assert_int_equal(session_begin_import(fixture->session, 12, &digest), ERR_OK);
	assert_int_equal(session_add_piece(fixture->session, 6, second), ERR_WIRE_STATE);
	assert_int_equal(session_add_piece(fixture->session, 0, first), ERR_OK);
	assert_int_equal(session_add_piece(fixture->session, 0, first), ERR_WIRE_STATE);
	assert_int_equal(session_add_piece(fixture->session, 6, second), ERR_OK);
	assert_int_equal(session_add_piece(fixture->session, 12, second), ERR_WIRE_STATE);
	assert_int_equal(session_take_import(fixture->session, &whole), ERR_OK);
	assert_memory_equal(secret_view(whole), "first second", 12);
	assert_int_equal(session_take_import(fixture->session, &whole), ERR_WIRE_STATE);
	assert_int_equal(quota_taken(fixture->given->service.imports, GIVEN_UID), 0);
}

static void a_user_has_only_so_many_originals_on_their_way(void **state)
{
	struct fixture *fixture = *state;
	struct session *sessions[SERVICE_IMPORTS_PER_USER];
	const struct digest digest = {{0}};

	for (size_t i = 0; i < COUNT_OF(sessions); i++) {
		sessions[i] = given_greeted(fixture->given, GIVEN_UID);
		assert_int_equal(session_begin_import(sessions[i], 10, &digest), ERR_OK);
		assert_int_equal(session_begin_import(sessions[i], 10, &digest), ERR_OK); /* anew */
	}
	assert_int_equal(session_begin_import(fixture->session, 10, &digest), ERR_BUSY);
	for (size_t i = 0; i < COUNT_OF(sessions); i++)
		session_free(sessions[i]);
	assert_int_equal(session_begin_import(fixture->session, 10, &digest), ERR_OK);
}

static void who_never_says_hello_is_overdue_after_a_while(void **state)
{
	struct fixture *fixture = *state;
	AUTO(session) fresh = given_session(fixture->given, GIVEN_UID);

	assert_int_equal(session_end_overdue(fresh), ERR_OK);
	assert_in_range(session_next_end(fresh), session_clock() + 1, session_clock() + 60);
	session_greet(fresh);
	assert_true(session_next_end(fresh) == INT64_MAX);
}

static void count_watch(int process, void *context)
{
	unsigned *count = context;

	assert_true(process >= 0);
	(*count)++;
}

static void the_process_of_a_login_is_handed_out_once(void **state)
{
	struct fixture *fixture = *state;
	unsigned count = 0;

	session_watch_process(fixture->session, count_watch, &count);
	assert_int_equal(count, 0);
	assert_int_equal(log_in(fixture, getpid(), &long_limits), ERR_OK);
	session_watch_process(fixture->session, count_watch, &count);
	session_watch_process(fixture->session, count_watch, &count);
	assert_int_equal(count, 1);
	assert_int_equal(log_in(fixture, getpid(), &long_limits), ERR_OK);
	session_watch_process(fixture->session, count_watch, &count);
	assert_int_equal(count, 2);
}

static void a_process_of_another_pid_namespace_is_nobody(void **state)
{
	int process;

	(void)state;
	assert_int_equal(peer_open_process(0, &process), ERR_PEER);
	assert_int_equal(peer_open_process(-1, &process), ERR_PEER);
}

static int once(void **state)
{
	(void)state;
	given_process();
	return 0;
}

int main(void)
{
#define WITH_LOGIN(test) cmocka_unit_test_setup_teardown(test, start, end)
	const struct CMUnitTest tests[] = {
		WITH_LOGIN(a_session_is_new_then_ready_then_logged_in),
		WITH_LOGIN(another_user_ends_it_and_another_process_is_refused),
		WITH_LOGIN(a_login_ends_with_its_process),
		WITH_LOGIN(a_process_that_ended_meanwhile_gets_no_login),
		WITH_LOGIN(a_login_ends_at_its_idle_and_its_absolute_limit),
		WITH_LOGIN(use_puts_off_the_idle_limit_and_not_the_absolute_one),
		WITH_LOGIN(a_second_login_while_one_is_pending_is_refused),
		WITH_LOGIN(a_login_for_a_closed_session_is_not_kept),
		WITH_LOGIN(a_login_for_three_uses_ends_with_the_third),
		WITH_LOGIN(uses_that_run_at_once_are_not_more_than_allowed),
		WITH_LOGIN(only_the_certificate_that_is_logged_in_is_used),
		WITH_LOGIN(a_use_goes_on_though_its_login_ends_meanwhile),
		WITH_LOGIN(a_login_that_ends_by_itself_is_told_once),
		WITH_LOGIN(an_end_that_the_log_has_already_is_not_told),
		WITH_LOGIN(a_change_of_the_pin_ends_the_login),
		WITH_LOGIN(there_are_only_so_many_logins_of_a_user),
		WITH_LOGIN(an_original_arrives_piece_by_piece),
		WITH_LOGIN(a_user_has_only_so_many_originals_on_their_way),
		WITH_LOGIN(who_never_says_hello_is_overdue_after_a_while),
		WITH_LOGIN(the_process_of_a_login_is_handed_out_once),
		cmocka_unit_test(a_process_of_another_pid_namespace_is_nobody),
	};
	return cmocka_run_group_tests(tests, once, NULL);
}
