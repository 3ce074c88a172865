/* The mount table is read as the kernel writes it, and says where a stick is. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/usbimport/given.h"
#include "usbimport/mounts.h"

static struct mounts *parsed(const char *text)
{
	struct mounts *mounts = NULL;

	assert_int_equal(mounts_parse(text, &mounts), ERR_OK);
	return mounts;
}

static void a_line_is_read_with_its_escapes(void **state)
{
	struct mounts *mounts =
		parsed("36 35 8:17 /a\\040b /media/u/\xE9\x87\x91\xE5\xBA\xAB\\040\\134\\011x "
		       "rw,noatime master:1 shared:7 - vfat /dev/sdb1 rw,errors=remount-ro\n");

	(void)state;
	assert_int_equal(mounts->count, 1);
	assert_int_equal(mounts->items[0].id, 36);
	assert_int_equal(mounts->items[0].device, makedev(8, 17));
	assert_string_equal(mounts->items[0].root, "/a b");
	assert_string_equal(mounts->items[0].folder, "/media/u/金庫 \\\tx");
	assert_string_equal(mounts->items[0].type, "vfat");
	assert_string_equal(mounts->items[0].source, "/dev/sdb1");
	assert_false(mounts->items[0].is_read_only);
	mounts_free(mounts);
}

static void read_only_may_be_the_mount_or_the_file_system(void **state)
{
	struct mounts *mounts = parsed("1 0 8:1 / /a ro,nosuid - vfat /dev/a rw\n"
				       "2 0 8:2 / /b rw - vfat /dev/b utf8,ro\n"
				       "3 0 8:3 / /c rw,relatime - ext4 /dev/c rw,errors=ro\n"
				       "4 0 8:4 / /d rw,ro2 - ext4 /dev/d rw\n");

	(void)state;
	assert_true(mounts->items[0].is_read_only);
	assert_true(mounts->items[1].is_read_only);
	assert_false(mounts->items[2].is_read_only);
	assert_false(mounts->items[3].is_read_only);
	mounts_free(mounts);
}

static void a_line_that_lacks_fields_is_refused(void **state)
{
	static const char *const LINES[] = {
		"36 35 8:17 / /mnt rw - vfat\n", "36 35 8:17 / /mnt rw vfat /dev/sdb1 rw\n",
		"36 35 817 / /mnt rw - vfat /dev/sdb1 rw\n", "36\n", "- - - - - - - -\n"};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(LINES); i++) {
		struct mounts *mounts = NULL;
		assert_int_equal(mounts_parse(LINES[i], &mounts), ERR_INTERNAL);
		assert_null(mounts);
		err_forget();
	}
}

static void the_whole_stick_is_preferred_to_a_part_and_a_short_way_to_a_long_one(void **state)
{
	struct mounts *mounts = parsed("1 0 8:17 /Kinko /a rw - vfat /dev/sdb1 rw\n"
				       "2 0 8:17 / /media/u/long/way rw - vfat /dev/sdb1 rw\n"
				       "3 0 8:17 / /media/stick rw - vfat /dev/sdb1 rw\n"
				       "4 0 8:17 / /media/again rw - vfat /dev/sdb1 rw\n");

	(void)state;
	assert_string_equal(mounts_find_device(mounts, makedev(8, 17), "/dev/sdb1")->folder,
			    "/media/stick");
	assert_null(mounts_find_device(mounts, makedev(8, 18), "/dev/sdb2"));
	assert_int_equal(mounts_find_id(mounts, 4)->id, 4);
	assert_null(mounts_find_id(mounts, 5));
	mounts_free(mounts);
}

static void btrfs_is_known_by_its_source_and_fuse_may_not_claim_one(void **state)
{
	struct mounts *mounts = parsed("1 0 0:41 / /a rw - fuse.x /dev/sdb1 rw\n"
				       "2 0 0:42 / /b rw - btrfs /dev/sdc1 rw\n");

	(void)state;
	assert_null(mounts_find_device(mounts, makedev(8, 17), "/dev/sdb1"));
	assert_string_equal(mounts_find_device(mounts, makedev(8, 33), "/dev/sdc1")->folder, "/b");
	mounts_free(mounts);
}

static void an_open_folder_is_found_in_the_table_of_this_computer(void **state)
{
	struct mounts *mounts = NULL;
	uint64_t id = 0;
	int fd = open("/", O_PATH | O_CLOEXEC);

	(void)state;
	assert_int_equal(mounts_read(&mounts), ERR_OK);
	assert_int_equal(mount_id_of_fd(fd, &id), ERR_OK);
	assert_non_null(mounts_find_id(mounts, id));
	assert_string_equal(mounts_find_id(mounts, id)->folder, "/");
	assert_int_equal(close(fd), 0);
	mounts_free(mounts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_read_with_its_escapes),
		cmocka_unit_test(read_only_may_be_the_mount_or_the_file_system),
		cmocka_unit_test(a_line_that_lacks_fields_is_refused),
		cmocka_unit_test(
			the_whole_stick_is_preferred_to_a_part_and_a_short_way_to_a_long_one),
		cmocka_unit_test(btrfs_is_known_by_its_source_and_fuse_may_not_claim_one),
		cmocka_unit_test(an_open_folder_is_found_in_the_table_of_this_computer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
