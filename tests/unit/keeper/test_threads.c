/* Many at once: right PINs do not lock, wrong ones are all counted, nothing is doubled. */
#include "tests/unit/keeper/given.h"
#include "tests/unit/keeper/given_fault.h"

#include <pthread.h>
#include <unistd.h>

#include "vault/keeper/stretch.h"

enum { THREADS = 8 };

struct world {
	struct place_for_vault *place;
	struct keeper *keeper;
	struct given_identity *identities[3];
};

static int given_world(void **state)
{
	struct world *world = calloc(1, sizeof *world);

	given_process();
	world->place = given_place();
	/* Long enough that derivations meet. */
	world->place->settings.cost =
		(struct keeper_cost){.memory_bytes = 1024 * 1024, .passes = 1};
	world->keeper = given_keeper(world->place);
	for (size_t i = 0; i < COUNT_OF(world->identities); i++)
		world->identities[i] = given_identity(GIVEN_P256, "THREAD");
	given_imported(world->keeper, GIVEN_UID, world->identities[0], "abcd", IMPORT_IMPORTED);
	stretched_forget();
	*state = world;
	return 0;
}

static int world_gone(void **state)
{
	struct world *world = *state;

	keeper_free(world->keeper);
	given_place_gone(world->place);
	for (size_t i = 0; i < COUNT_OF(world->identities); i++)
		given_identity_gone(world->identities[i]);
	free(world);
	return 0;
}

struct worker {
	struct world *world;
	const char *pin;
	unsigned number;
	unsigned ok, wrong, locked, other;
	pthread_t thread;
};

static void count(struct worker *worker, enum err err)
{
	if (err == ERR_OK)
		worker->ok++;
	else if (err == ERR_PIN_WRONG)
		worker->wrong++;
	else if (err == ERR_PIN_LOCKED)
		worker->locked++;
	else
		worker->other++;
}

/* Runs the same body in all threads and sums up what they met. */
static struct worker run_all(struct world *world, void *(*body)(void *), const char *pin)
{
	struct worker workers[THREADS];
	struct worker sum = {0};

	for (unsigned i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){.world = world, .pin = pin, .number = i};
		assert_int_equal(pthread_create(&workers[i].thread, NULL, body, &workers[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
		sum.ok += workers[i].ok;
		sum.wrong += workers[i].wrong;
		sum.locked += workers[i].locked;
		sum.other += workers[i].other;
	}
	return sum;
}

static enum err log_in(struct world *world, uid_t uid, const struct given_identity *identity,
		       const char *text)
{
	AUTO(login) login = NULL;
	struct secret *pin = NULL;
	uint8_t left = 0;
	enum err err = secret_new(strlen(text), &pin);

	if (err != ERR_OK)
		return err;
	memcpy(secret_bytes(pin), text, strlen(text));
	err = keeper_login(world->keeper, uid, &identity->id, pin, GIVEN_TRIES, &left, &login);
	secret_free(pin);
	return err;
}

static void *log_in_often(void *context)
{
	struct worker *worker = context;

	for (int i = 0; i < 6; i++)
		count(worker,
		      log_in(worker->world, GIVEN_UID, worker->world->identities[0], worker->pin));
	return NULL;
}

static void many_right_pins_at_once_do_not_lock(void **state)
{
	struct world *world = *state;
	struct worker sum = run_all(world, log_in_often, "abcd");

	assert_int_equal(sum.ok, 6 * THREADS);
	assert_int_equal(given_tries_left(world->keeper, GIVEN_UID, world->identities[0]),
			 GIVEN_TRIES);
}

static void parallel_wrong_pins_are_evaluated_as_often_as_there_are_tries(void **state)
{
	struct world *world = *state;
	struct worker sum = run_all(world, log_in_often, "no");

	assert_int_equal(sum.wrong, GIVEN_TRIES);
	assert_int_equal(sum.locked, 6 * THREADS - GIVEN_TRIES);
	assert_int_equal(stretched_count(), GIVEN_TRIES);
	assert_int_equal(given_tries_left(world->keeper, GIVEN_UID, world->identities[0]), 0);
}

static void *import_everything(void *context)
{
	struct worker *worker = context;
	uid_t uid = GIVEN_UID + 10 + worker->number % 2;

	for (size_t i = 0; i < COUNT_OF(worker->world->identities); i++) {
		AUTO_HELD(entry) entry = {0};
		enum import_result result = IMPORT_IMPORTED;
		uint32_t warnings = 0;
		enum err err = given_import(worker->world->keeper, uid,
					    worker->world->identities[i], "abcd", "", false,
					    worker->number == 0, &result, &warnings, &entry);
		if (err == ERR_OK && result == IMPORT_ALREADY_THERE)
			err = ERR_PIN_LOCKED; /* counted apart */
		count(worker, err);
	}
	return NULL;
}

static void imports_at_once_make_one_entry(void **state)
{
	struct world *world = *state;
	struct worker sum = run_all(world, import_everything, "abcd");

	assert_int_equal(sum.ok, 2 * COUNT_OF(world->identities));
	assert_int_equal(sum.locked, (THREADS - 2) * COUNT_OF(world->identities));
	assert_int_equal(sum.other, 0);
	assert_true(stretched_at_once() <= STRETCH_SLOTS);
	keeper_free(world->keeper);
	world->keeper = given_keeper(world->place);
}

static enum err look_at_entry(const struct entry *entry, void *context)
{
	size_t *seen = context;

	*seen += strlen(entry->label);
	return ERR_OK;
}

/* Everything that a user can do, in every thread at once. */
static void *do_everything(void *context)
{
	struct worker *worker = context;
	struct keeper *keeper = worker->world->keeper;
	uid_t uid = GIVEN_UID + 20;

	for (unsigned i = 0; i < 12; i++) {
		const struct given_identity *identity =
			worker->world->identities[(i + worker->number) % 3];
		AUTO_HELD(entry) entry = {0};
		enum import_result result = IMPORT_IMPORTED;
		uint32_t warnings = 0;
		struct digest file = {{1}};
		size_t seen = 0;
		bool more = false;
		enum err err = ERR_OK;
		switch ((i + worker->number) % 6) {
		case 0:
			err = given_import(keeper, uid, identity, "abcd", "", i % 4 == 0, false,
					   &result, &warnings, &entry);
			break;
		case 1:
			err = log_in(worker->world, uid, identity, "abcd");
			break;
		case 2:
			err = keeper_use(keeper, uid, &identity->id, &entry);
			break;
		case 3:
			err = keeper_list(keeper, uid, 0, 100, look_at_entry, &seen, &more);
			break;
		case 4:
			err = keeper_original_proven(keeper, uid, &identity->id, &file, 5, "stick",
						     &entry);
			break;
		default:
			err = keeper_delete(keeper, uid, &identity->id, &entry);
			break;
		}
		count(worker, err == ERR_CERT_NOT_FOUND ? ERR_OK : err);
	}
	return NULL;
}

static void everything_at_once_leaves_a_whole_vault(void **state)
{
	struct world *world = *state;
	struct worker sum = run_all(world, do_everything, "abcd");

	assert_int_equal(sum.ok, 12 * THREADS);
	keeper_free(world->keeper);
	world->keeper = given_keeper(world->place);
	assert_int_equal(given_tries_left(world->keeper, GIVEN_UID, world->identities[0]),
			 GIVEN_TRIES);
}

/* A login that ends while others come and go; its key may be wiped by any of them. */
static void *log_in_and_change(void *context)
{
	struct worker *worker = context;
	struct world *world = worker->world;

	for (unsigned i = 0; i < 4; i++) {
		AUTO_HELD(entry) entry = {0};
		struct secret *pin = NULL;
		uint8_t left = 0;
		if (secret_new(4, &pin) != ERR_OK)
			continue;
		memcpy(secret_bytes(pin), "abcd", 4);
		if (worker->number == 0)
			count(worker,
			      keeper_change_pin(world->keeper, GIVEN_UID, &world->identities[0]->id,
						pin, pin, true, GIVEN_TRIES, &left, &entry));
		else
			count(worker, log_in(world, GIVEN_UID, world->identities[0], "abcd"));
		secret_free(pin);
	}
	return NULL;
}

static void logins_and_a_change_of_pin_meet(void **state)
{
	struct world *world = *state;
	struct worker sum = run_all(world, log_in_and_change, "abcd");

	assert_int_equal(sum.ok, 4 * THREADS);
}

/* Waits in a queue of derivations and notes when it came. */
struct queued {
	struct stretcher *stretcher;
	uid_t uid;
	unsigned *order;
	unsigned place;
	pthread_t thread;
};

static void *wait_for_slot(void *context)
{
	struct queued *queued = context;
	struct stretch_slot slot = {0};

	stretch_slot_take(queued->stretcher, queued->uid, &slot);
	queued->place = (*queued->order)++; /* one slot only is free: no two at once */
	stretch_slot_end(&slot);
	return NULL;
}

static void derivations_are_fair_between_users(void **state)
{
	AUTO(stretcher) stretcher = NULL;
	struct stretch_slot first = {0}, second = {0};
	struct queued queued[6];
	unsigned order = 0;

	(void)state;
	assert_int_equal(stretcher_new(&stretcher), ERR_OK);
	stretch_slot_take(stretcher, 1000, &first);
	stretch_slot_take(stretcher, 1000, &second);
	/* Five of one user, then one of another, who waits for one of them at most. */
	for (unsigned i = 0; i < COUNT_OF(queued); i++) {
		queued[i] = (struct queued){stretcher, i == 5 ? 2000 : 1000, &order, 0, 0};
		assert_int_equal(pthread_create(&queued[i].thread, NULL, wait_for_slot, &queued[i]),
				 0);
		(void)usleep(20000);
	}
	stretch_slot_end(&first);
	for (unsigned i = 0; i < COUNT_OF(queued); i++)
		assert_int_equal(pthread_join(queued[i].thread, NULL), 0);
	stretch_slot_end(&second);
	assert_true(queued[5].place <= 1);
}

int main(void)
{
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, given_world, world_gone)
	const struct CMUnitTest tests[] = {
		WORLD_TEST(many_right_pins_at_once_do_not_lock),
		WORLD_TEST(parallel_wrong_pins_are_evaluated_as_often_as_there_are_tries),
		WORLD_TEST(imports_at_once_make_one_entry),
		WORLD_TEST(everything_at_once_leaves_a_whole_vault),
		WORLD_TEST(logins_and_a_change_of_pin_meet),
		cmocka_unit_test(derivations_are_fair_between_users),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
