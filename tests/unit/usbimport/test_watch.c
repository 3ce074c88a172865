/* A stick that comes, goes or is mounted is noticed at once; waiting can be ended. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/usbimport/given.h"
#include "usbimport/device.h"

#define PARTITION "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-1/host6/block/sdb/sdb1"
#define USB_PORT  "/sys/devices/pci0000:00/0000:00:14.0/usb1/1-1"

enum { SOON_MS = 5000, BRIEFLY_MS = 50 };

static struct sticks_watch *opened(void)
{
	struct sticks_watch *watch = NULL;

	assert_int_equal(sticks_watch_open(&watch), ERR_OK);
	return watch;
}

static void a_stick_that_comes_or_goes_ends_the_wait(void **state)
{
	UMockdevTestbed *computer = given_computer(STICK("1-1", "sdb", "1", "S", ""), "");
	struct sticks_watch *watch = opened();

	(void)state;
	umockdev_testbed_uevent(computer, PARTITION, "add");
	assert_int_equal(sticks_watch_wait(watch, SOON_MS, -1), ERR_OK);
	umockdev_testbed_uevent(computer, PARTITION, "remove");
	assert_int_equal(sticks_watch_wait(watch, SOON_MS, -1), ERR_OK);
	sticks_watch_close(watch);
	g_object_unref(computer);
}

static void what_happened_since_the_watch_was_opened_is_not_lost(void **state)
{
	UMockdevTestbed *computer = given_computer("", "");
	struct sticks_watch *watch = opened();
	struct sticks *sticks = NULL;

	(void)state;
	assert_int_equal(sticks_find(&sticks), ERR_OK);
	assert_int_equal(sticks->count, 0);
	sticks_free(sticks);
	assert_true(umockdev_testbed_add_from_string(computer, STICK("1-1", "sdb", "1", "S", ""),
						     NULL));
	umockdev_testbed_uevent(computer, PARTITION, "add");
	assert_int_equal(sticks_watch_wait(watch, SOON_MS, -1), ERR_OK);
	assert_int_equal(sticks_find(&sticks), ERR_OK);
	assert_int_equal(sticks->count, 1);
	sticks_free(sticks);
	sticks_watch_close(watch);
	g_object_unref(computer);
}

static void devices_that_hold_no_files_wake_nobody(void **state)
{
	UMockdevTestbed *computer = given_computer(STICK("1-1", "sdb", "1", "S", ""), "");
	struct sticks_watch *watch = opened();

	(void)state;
	umockdev_testbed_uevent(computer, USB_PORT, "change");
	assert_int_equal(sticks_watch_wait(watch, BRIEFLY_MS, -1), ERR_TIMEOUT);
	sticks_watch_close(watch);
	g_object_unref(computer);
}

static void waiting_ends_in_time(void **state)
{
	UMockdevTestbed *computer = given_computer("", "");
	AUTO(sticks_watch) watch = opened();

	(void)state;
	assert_int_equal(sticks_watch_wait(watch, BRIEFLY_MS, -1), ERR_TIMEOUT);
	assert_int_equal(sticks_watch_wait(watch, 0, -1), ERR_TIMEOUT);
	g_object_unref(computer);
}

static void waiting_can_be_cancelled(void **state)
{
	UMockdevTestbed *computer = given_computer("", "");
	AUTO(sticks_watch) watch = opened();
	int cancel[2];

	(void)state;
	assert_int_equal(pipe(cancel), 0);
	assert_int_equal(write(cancel[1], "x", 1), 1);
	assert_int_equal(sticks_watch_wait(watch, -1, cancel[0]), ERR_CANCELLED);
	assert_int_equal(close(cancel[0]), 0);
	assert_int_equal(close(cancel[1]), 0);
	g_object_unref(computer);
}

/* Without umockdev: the mount table of this computer. */
static void a_mount_ends_the_wait(void **state)
{
	char *folder = given_folder();
	struct sticks_watch *watch = opened();

	(void)state;
	if (!given_tmpfs(folder, 64, false)) {
		sticks_watch_close(watch);
		drop_folder(folder);
		skip();
	}
	assert_int_equal(sticks_watch_wait(watch, SOON_MS, -1), ERR_OK);
	drop_tmpfs(folder);
	assert_int_equal(sticks_watch_wait(watch, SOON_MS, -1), ERR_OK);
	sticks_watch_close(watch);
	drop_folder(folder);
}

static size_t open_descriptors(void)
{
	return count_entries("/proc/self/fd");
}

static void a_thousand_changes_leave_nothing_behind(void **state)
{
	UMockdevTestbed *computer = given_computer(STICK("1-1", "sdb", "1", "S", ""), "");
	struct sticks_watch *watch = opened();

	(void)state;
	umockdev_testbed_uevent(computer, PARTITION, "add"); /* umockdev opens what it keeps open */
	assert_int_equal(sticks_watch_wait(watch, SOON_MS, -1), ERR_OK);
	size_t before = open_descriptors();
	for (unsigned i = 0; i < 1000; i++) {
		umockdev_testbed_uevent(computer, PARTITION, i % 2 == 0 ? "remove" : "add");
		assert_int_equal(sticks_watch_wait(watch, SOON_MS, -1), ERR_OK);
	}
	assert_int_equal(open_descriptors(), before);
	assert_int_equal(sticks_watch_wait(watch, BRIEFLY_MS, -1), ERR_TIMEOUT);
	sticks_watch_close(watch);
	g_object_unref(computer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stick_that_comes_or_goes_ends_the_wait),
		cmocka_unit_test(what_happened_since_the_watch_was_opened_is_not_lost),
		cmocka_unit_test(devices_that_hold_no_files_wake_nobody),
		cmocka_unit_test(waiting_ends_in_time),
		cmocka_unit_test(waiting_can_be_cancelled),
		cmocka_unit_test(a_mount_ends_the_wait),
		cmocka_unit_test(a_thousand_changes_leave_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
