/* The anchor in a file: two slots, so that no cut-off write leaves it without a value. */
#include "tests/unit/keeper/given.h"
#include "tests/unit/keeper/given_fault.h"

#include <errno.h>
#include <unistd.h>

#include "vault/base/file.h"
#include "vault/keeper/anchor_file.h"

enum { FILE_SIZE = 1024, SECTOR_SIZE = 512, SLOT_SIZE = 72 };

static int given_empty(void **state)
{
	given_process();
	*state = given_place();
	return 0;
}

static int place_gone(void **state)
{
	given_place_gone(*state);
	return 0;
}

static struct digest value_of(int folder)
{
	enum anchor_answer answer = ANCHOR_UNWRITTEN;
	struct digest value;

	assert_int_equal(anchor_file_read(folder, &answer, &value), ERR_OK);
	assert_int_equal(answer, ANCHOR_WRITTEN);
	return value;
}

static struct digest next_after(const struct digest *from, const struct digest *token)
{
	struct digest next;

	digest_of_two(from->bytes, DIGEST_SIZE, token->bytes, DIGEST_SIZE, &next);
	return next;
}

/* `count` moves from nothing; the value before the last one, and the last one. */
static void given_moves(int folder, unsigned count, struct digest *out_before,
			struct digest *out_last)
{
	*out_before = *out_last = (struct digest){{0}};
	for (unsigned i = 0; i < count; i++) {
		struct digest token = {{(uint8_t)i, 7}};
		struct digest next = next_after(out_last, &token);
		assert_int_equal(anchor_file_move(folder, &token, &next), ERR_OK);
		*out_before = *out_last;
		*out_last = next;
	}
}

static void read_all(int folder, uint8_t out_file[FILE_SIZE])
{
	AUTO_HELD(bytes) bytes = {NULL, 0};
	enum file_answer answer = FILE_ABSENT;

	assert_int_equal(file_read(folder, ANCHOR_NAME, FILE_SIZE, &answer, &bytes), ERR_OK);
	assert_int_equal(bytes.size, FILE_SIZE);
	memcpy(out_file, bytes.data, FILE_SIZE);
}

static void write_all(int folder, const uint8_t *file)
{
	assert_int_equal(file_overwrite(folder, ANCHOR_NAME, 0, file, FILE_SIZE), ERR_OK);
}

static void no_file_and_an_empty_one_are_unwritten(void **state)
{
	int folder = ((struct place_for_vault *)*state)->anchor;
	struct digest token = {{9}}, zero = {{0}}, next = next_after(&zero, &token);

	for (unsigned i = 0; i < 2; i++) {
		enum anchor_answer answer = ANCHOR_WRITTEN;
		struct digest value = {{1}};
		assert_int_equal(anchor_file_read(folder, &answer, &value), ERR_OK);
		assert_int_equal(answer, ANCHOR_UNWRITTEN);
		assert_true(digest_is_zero(&value));
		assert_int_equal(file_replace(folder, ANCHOR_NAME, 0600, NULL, 0), ERR_OK);
	}
	assert_int_equal(anchor_file_move(folder, &token, &next), ERR_OK);
	value_of(folder);
}

static void every_move_is_read_back(void **state)
{
	int folder = ((struct place_for_vault *)*state)->anchor;

	for (unsigned count = 1; count < 6; count++) {
		struct digest before, last, found;
		assert_int_equal(file_remove(folder, ANCHOR_NAME), ERR_OK);
		given_moves(folder, count, &before, &last);
		found = value_of(folder);
		assert_true(digest_equal(&found, &last));
	}
}

/* Whatever a cut-off write left of the slot, the value before is still there. */
static void a_torn_move_leaves_the_value_before(void **state)
{
	int folder = ((struct place_for_vault *)*state)->anchor;

	for (unsigned count = 2; count < 4; count++) {
		struct digest before, last, found;
		uint8_t file[FILE_SIZE];
		size_t current = count % 2 == 0 ? SECTOR_SIZE : 0;
		assert_int_equal(file_remove(folder, ANCHOR_NAME), ERR_OK);
		given_moves(folder, count, &before, &last);
		read_all(folder, file);
		for (size_t at = 0; at < SLOT_SIZE; at++) {
			file[current + at] ^= 0x10;
			write_all(folder, file);
			found = value_of(folder);
			assert_true(digest_equal(&found, &before));
			file[current + at] ^= 0x10;
		}
	}
}

static void the_slot_before_may_be_damaged_and_both_may_not(void **state)
{
	int folder = ((struct place_for_vault *)*state)->anchor;
	struct digest before, last, found;
	enum anchor_answer answer;
	uint8_t file[FILE_SIZE];

	given_moves(folder, 2, &before, &last);
	read_all(folder, file);
	file[0] ^= 1;
	write_all(folder, file);
	found = value_of(folder);
	assert_true(digest_equal(&found, &last));
	file[SECTOR_SIZE] ^= 1;
	write_all(folder, file);
	assert_int_equal(anchor_file_read(folder, &answer, &found), ERR_ROLLED_BACK);
	memset(file, 0, sizeof file);
	write_all(folder, file);
	assert_int_equal(anchor_file_read(folder, &answer, &found), ERR_ROLLED_BACK);
}

static void two_last_slots_are_the_alarm(void **state)
{
	int folder = ((struct place_for_vault *)*state)->anchor;
	struct digest before, last, found;
	enum anchor_answer answer;
	uint8_t file[FILE_SIZE];

	given_moves(folder, 2, &before, &last);
	read_all(folder, file);
	memcpy(file, file + SECTOR_SIZE, SLOT_SIZE);
	write_all(folder, file);
	assert_int_equal(anchor_file_read(folder, &answer, &found), ERR_ROLLED_BACK);
}

static void a_move_that_begins_elsewhere_writes_nothing(void **state)
{
	int folder = ((struct place_for_vault *)*state)->anchor;
	struct digest before, last, token = {{5}}, next;
	uint8_t file[FILE_SIZE], after[FILE_SIZE];

	given_moves(folder, 3, &before, &last);
	read_all(folder, file);
	next = next_after(&before, &token);
	assert_int_equal(anchor_file_move(folder, &token, &next), ERR_ROLLED_BACK);
	read_all(folder, after);
	assert_memory_equal(file, after, sizeof file);
	assert_int_equal(file_remove(folder, ANCHOR_NAME), ERR_OK);
	next = next_after(&last, &token);
	assert_int_equal(anchor_file_move(folder, &token, &next), ERR_ROLLED_BACK);
	assert_false(anchor_exists(folder));
}

/* The sync of the last move failed: its value may be in memory only, the other slot is all that
 * the disk has. */
static void making_sure_of_a_value_leaves_the_other_slot_alone(void **state)
{
	int folder = ((struct place_for_vault *)*state)->anchor;
	struct digest before, last, found;
	uint8_t file[FILE_SIZE], after[FILE_SIZE];

	given_moves(folder, 3, &before, &last);
	read_all(folder, file);
	assert_int_equal(anchor_file_confirm(folder, &before), ERR_ROLLED_BACK);
	assert_int_equal(anchor_file_confirm(folder, &last), ERR_OK);
	read_all(folder, after);
	assert_memory_equal(file, after, sizeof file);
	fault_spoil(folder, ANCHOR_NAME);
	assert_int_equal(anchor_file_confirm(folder, &last), ERR_DISK);
	fault_mend();
	found = value_of(folder);
	assert_true(digest_equal(&found, &last));
}

/* What makes a move cheap: one write and one sync, of a file that is already as long. */
static void a_move_is_one_write_and_one_sync(void **state)
{
	int folder = ((struct place_for_vault *)*state)->anchor;
	struct digest before, last, token = {{3}}, next;

	given_moves(folder, 2, &before, &last);
	next = next_after(&last, &token);
	for (unsigned nth = 1; nth <= 2; nth++) {
		fault_arm(FAULT_FAIL, nth, EIO);
		assert_int_equal(anchor_file_move(folder, &token, &next), ERR_DISK);
		assert_true(fault_disarm());
		if (nth == 1)
			continue;
		/* It was written, and nobody knows how far it came. */
		assert_int_equal(anchor_file_confirm(folder, &next), ERR_OK);
	}
	last = next;
	token.bytes[0]++;
	next = next_after(&last, &token);
	fault_arm(FAULT_FAIL, 3, EIO);
	assert_int_equal(anchor_file_move(folder, &token, &next), ERR_OK);
	assert_false(fault_disarm());
}

#define PLACE_TEST(test) cmocka_unit_test_setup_teardown(test, given_empty, place_gone)

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLACE_TEST(no_file_and_an_empty_one_are_unwritten),
		PLACE_TEST(every_move_is_read_back),
		PLACE_TEST(a_torn_move_leaves_the_value_before),
		PLACE_TEST(the_slot_before_may_be_damaged_and_both_may_not),
		PLACE_TEST(two_last_slots_are_the_alarm),
		PLACE_TEST(a_move_that_begins_elsewhere_writes_nothing),
		PLACE_TEST(making_sure_of_a_value_leaves_the_other_slot_alone),
		PLACE_TEST(a_move_is_one_write_and_one_sync),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
