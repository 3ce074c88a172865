/* Of all the disks of a computer only the removable ones on USB are sticks. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/usbimport/given.h"
#include "usbimport/device.h"
#include "usbimport/mounts.h"

#define DISK(path, name, numbers, bus, removable, more)                                          \
	"P: " path "/block/" name "\nE: SUBSYSTEM=block\nE: DEVTYPE=disk\nE: DEVNAME=/dev/" name \
	"\n" numbers "E: ID_BUS=" bus "\nE: ID_FS_USAGE=filesystem\nE: ID_FS_LABEL_ENC=" name    \
	"\n" more "A: removable=" removable "\\n\nA: size=2048\\n\n\n"
#define NUMBERS(major, minor) "E: MAJOR=" major "\nE: MINOR=" minor "\n"
#define USB_DEVICE(port, attributes)                     \
	"P: /devices/pci0000:00/0000:00:14.0/usb1/" port \
	"\nE: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\n" attributes "\n"
#define USB_PATH "/devices/pci0000:00/0000:00:14.0/usb1/"

static const char INTERNAL_DISKS[] =
	DISK("/devices/pci0000:00/0000:00:17.0/ata1/host0", "sda", NUMBERS("8", "0"), "ata", "0",
	     "") DISK("/devices/pci0000:00/0000:00:1d.0/nvme/nvme0", "nvme0n1", NUMBERS("259", "0"),
		      "nvme", "0", "") DISK("/devices/pci0000:00/0000:00:17.0/ata2/host1", "sdy",
					    NUMBERS("65", "128"), "ata", "1", "")
		DISK("/devices/pci0000:00/0000:00:1a.0/mmc_host/mmc0", "mmcblk0",
		     NUMBERS("179", "0"), "mmc", "1", "");

static const char ONE_MOUNT[] = "1 0 8:0 / / rw - ext4 /dev/sda rw\n"
				"2 1 8:11 / /media/u/\\346\\234\\254 rw - vfat /dev/sdb1 rw\n";

static struct sticks *found(void)
{
	struct sticks *sticks = NULL;

	assert_int_equal(sticks_find(&sticks), ERR_OK);
	return sticks;
}

static size_t found_count(void)
{
	struct sticks *sticks = found();
	size_t count = sticks->count;

	sticks_free(sticks);
	return count;
}

static void a_stick_is_found_with_name_device_and_folder(void **state)
{
	UMockdevTestbed *computer = given_computer(
		STICK("1-1", "sdb", "1", "\xE5\x8E\x9F\xE6\x9C\xAC\\x20USB", ""), ONE_MOUNT);
	struct sticks *sticks = found();

	(void)state;
	assert_int_equal(sticks->count, 1);
	assert_string_equal(sticks->items[0].name, "原本 USB");
	assert_string_equal(sticks->items[0].device, "/dev/sdb1");
	assert_string_equal(sticks->items[0].folder, "/media/u/本");
	assert_int_equal(sticks->items[0].number, makedev(8, 11));
	assert_int_equal(sticks->items[0].size_bytes, 2048 * 512);
	assert_false(sticks->items[0].is_read_only);
	sticks_free(sticks);
	g_object_unref(computer);
}

static void a_stick_that_is_not_mounted_is_found_too(void **state)
{
	UMockdevTestbed *computer = given_computer(STICK("1-1", "sdb", "1", "", ""),
						   "1 0 8:0 / / rw - ext4 /dev/sda rw\n");
	struct sticks *sticks = found();

	(void)state;
	assert_int_equal(sticks->count, 1);
	assert_string_equal(sticks->items[0].name, "KINKO Flash Disk");
	assert_null(sticks->items[0].folder);
	assert_int_equal(sticks->items[0].free_bytes, 0);
	sticks_free(sticks);
	g_object_unref(computer);
}

static void internal_disks_and_slots_that_are_not_on_usb_are_no_sticks(void **state)
{
	UMockdevTestbed *computer = given_computer(INTERNAL_DISKS, ONE_MOUNT);

	(void)state;
	assert_int_equal(found_count(), 0);
	g_object_unref(computer);
}

static void a_card_in_a_reader_on_usb_is_a_stick_even_when_the_reader_is_built_in(void **state)
{
	UMockdevTestbed *computer =
		given_computer(USB_DEVICE("1-3", "A: removable=fixed\\n\n")
				       DISK(USB_PATH "1-3/host4", "sdc", NUMBERS("8", "32"), "usb",
					    "1", "") USB_DEVICE("1-4", "A: removable=fixed\\n\n")
					       DISK(USB_PATH "1-4/host5", "sdd", NUMBERS("8", "48"),
						    "usb", "0", ""),
			       ONE_MOUNT);
	struct sticks *sticks = found();

	(void)state;
	assert_int_equal(sticks->count, 1); /* sdd: a disk inside the computer, wired to USB */
	assert_string_equal(sticks->items[0].device, "/dev/sdc");
	sticks_free(sticks);
	g_object_unref(computer);
}

static void a_portable_disk_whose_medium_stays_inside_is_a_stick(void **state)
{
	UMockdevTestbed *computer = given_computer(
		USB_DEVICE("1-3", "A: removable=unknown\\n\n")
			DISK(USB_PATH "1-3/host4", "sdc", NUMBERS("8", "32"), "usb", "0", ""),
		ONE_MOUNT);

	(void)state;
	assert_int_equal(found_count(), 1);
	g_object_unref(computer);
}

static void a_cd_drive_and_a_hidden_partition_are_no_sticks(void **state)
{
	UMockdevTestbed *computer = given_computer(
		USB_DEVICE("1-3", "") DISK(USB_PATH "1-3/host4", "sr0", NUMBERS("11", "0"), "usb",
					   "1", "E: ID_CDROM=1\n")
			STICK("1-5", "sde", "6", "EFI", "E: UDISKS_IGNORE=1\n"),
		ONE_MOUNT);

	(void)state;
	assert_int_equal(found_count(), 0);
	g_object_unref(computer);
}

static void a_disk_the_computer_runs_from_is_no_stick(void **state)
{
	UMockdevTestbed *computer = given_computer(
		STICK("1-1", "sdb", "1", "ROOT", "") DISK(USB_PATH "1-1/host6/second", "sdz",
							  NUMBERS("65", "144"), "usb", "1", "")
			STICK("1-2", "sdc", "2", "STICK", ""),
		"1 0 8:11 / / rw - ext4 /dev/sdb1 rw\n"
		"2 1 65:144 / /data rw - ext4 /dev/sdz rw\n"
		"3 1 8:21 / /media/u/STICK rw - vfat /dev/sdc1 rw\n");
	struct sticks *sticks = found();

	(void)state;
	assert_int_equal(sticks->count, 1);
	assert_string_equal(sticks->items[0].name, "STICK");
	sticks_free(sticks);
	g_object_unref(computer);
}

/* What cryptsetup makes: dm-0 hangs nowhere and names the partition below it. */
static void an_opened_encrypted_stick_is_a_stick(void **state)
{
	UMockdevTestbed *computer = given_computer(
		STICK("1-1", "sdb", "1", "", "E: ID_FS_USAGE=crypto\n")
			DISK("/devices/virtual", "dm-0", NUMBERS("253", "0"), "", "0", "")
				DISK("/devices/virtual", "dm-1", NUMBERS("253", "1"), "", "0", ""),
		"1 0 253:0 / /media/u/x rw - ext4 /dev/mapper/luks-x rw\n");
	char *sys = umockdev_testbed_get_sys_dir(computer);
	struct sticks *sticks = NULL;

	(void)state;
	assert_int_equal(mkdir(path_in(sys, "devices/virtual/block/dm-0/slaves"), 0700), 0);
	assert_int_equal(symlink("../../../.."
				 "/pci0000:00/0000:00:14.0/usb1/1-1/host6/block/sdb/sdb1",
				 path_in(sys, "devices/virtual/block/dm-0/slaves/sdb1")),
			 0);
	sticks = found();
	assert_int_equal(sticks->count, 1);
	assert_string_equal(sticks->items[0].device, "/dev/dm-0");
	assert_string_equal(sticks->items[0].folder, "/media/u/x");
	sticks_free(sticks);
	g_free(sys);
	g_object_unref(computer);
}

static void a_locked_stick_is_known_as_read_only(void **state)
{
	UMockdevTestbed *computer = given_computer(
		STICK("1-1", "sdb", "1", "A", "A: ro=1\\n\n") STICK("1-2", "sdc", "2", "B", "")
			STICK("1-3", "sdd", "3", "C", ""),
		"1 0 8:21 / /b ro - vfat /dev/sdc1 rw\n"
		"2 0 8:31 / /c rw - vfat /dev/sdd1 rw\n");
	struct sticks *sticks = NULL;

	(void)state;
	umockdev_testbed_set_attribute(computer, "/sys" USB_PATH "1-1/host6/block/sdb", "ro", "1");
	sticks = found();
	assert_int_equal(sticks->count, 3);
	assert_true(sticks->items[0].is_read_only);
	assert_true(sticks->items[1].is_read_only);
	assert_false(sticks->items[2].is_read_only);
	sticks_free(sticks);
	g_object_unref(computer);
}

static void sticks_come_in_the_order_of_their_devices(void **state)
{
	UMockdevTestbed *computer = given_computer(
		STICK("1-1", "sdaa", "10", "LATE", "") STICK("1-2", "sdc", "2", "SECOND", "")
			STICK("1-3", "sdb", "3", "FIRST", ""),
		ONE_MOUNT);
	struct sticks *sticks = found();

	(void)state;
	assert_int_equal(sticks->count, 3);
	assert_string_equal(sticks->items[1].device, "/dev/sdb1");
	assert_string_equal(sticks->items[2].device, "/dev/sdc1");
	sticks_free(sticks);
	g_object_unref(computer);
}

static void a_stick_is_known_by_name_device_or_folder(void **state)
{
	static const char *const NAMES[] = {"原本", "/dev/sdb1", "/media/u/本", "/media/u/本//"};
	UMockdevTestbed *computer =
		given_computer(STICK("1-1", "sdb", "1", "\xE5\x8E\x9F\xE6\x9C\xAC", ""), ONE_MOUNT);
	struct stick *stick = NULL;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(NAMES); i++) {
		assert_int_equal(stick_of_name(NAMES[i], &stick), ERR_OK);
		assert_string_equal(stick->device, "/dev/sdb1");
		stick_free(stick);
	}
	assert_int_equal(stick_of_name("原", &stick), ERR_STICK_UNKNOWN);
	assert_string_equal(err_detail_text(), "原");
	g_object_unref(computer);
}

static void two_sticks_of_one_name_are_not_guessed(void **state)
{
	UMockdevTestbed *computer = given_computer(STICK("1-1", "sdb", "1", "SAME", "")
							   STICK("1-2", "sdc", "2", "SAME", ""),
						   ONE_MOUNT);
	struct stick *stick = NULL;

	(void)state;
	assert_int_equal(stick_of_name("SAME", &stick), ERR_STICK_SEVERAL);
	assert_string_equal(err_detail_text(), "SAME (/dev/sdb1, /dev/sdc1)");
	assert_int_equal(stick_of_name("/dev/sdc1", &stick), ERR_OK);
	stick_free(stick);
	g_object_unref(computer);
}

static uint64_t mount_id_of(const char *path)
{
	uint64_t id = 0;
	int fd = open(path, O_PATH | O_CLOEXEC);

	assert_int_equal(mount_id_of_fd(fd, &id), ERR_OK);
	assert_int_equal(close(fd), 0);
	return id;
}

static void a_path_lies_on_the_stick_whose_mount_it_is_reached_through(void **state)
{
	char *folder = given_folder();
	char table[512];
	struct stick *stick = NULL;

	(void)state;
	(void)snprintf(table, sizeof table, "%llu 0 8:11 / /tmp rw - vfat /dev/sdb1 rw\n",
		       (unsigned long long)mount_id_of(folder));
	UMockdevTestbed *computer = given_computer(STICK("1-1", "sdb", "1", "S", ""), table);
	assert_int_equal(symlink("/proc/self", path_in(folder, "link")), 0);
	assert_int_equal(stick_of_path(folder, &stick), ERR_OK);
	assert_string_equal(stick->name, "S");
	stick_free(stick);
	assert_int_equal(stick_of_path("/proc", &stick), ERR_STICK_NOT_A_STICK);
	assert_int_equal(stick_of_path(path_in(folder, "link"), &stick), ERR_STICK_NOT_A_STICK);
	assert_int_equal(stick_of_path(path_in(folder, "nothing"), &stick), ERR_STICK_FOLDER);
	g_object_unref(computer);
	drop_folder(folder);
}

static void a_mount_the_table_does_not_show_is_no_stick(void **state)
{
	UMockdevTestbed *computer = given_computer(STICK("1-1", "sdb", "1", "S", ""),
						   "999999 0 8:11 / / rw - vfat x rw\n");
	struct stick *stick = NULL;

	(void)state;
	assert_int_equal(stick_of_path("/tmp", &stick), ERR_STICK_NOT_A_STICK);
	g_object_unref(computer);
}

static void another_users_stick_is_not_ours(void **state)
{
	char *folder = given_folder();
	char table[512];
	int status = 0;

	(void)state;
	if (geteuid() != 0) {
		print_message("skipped: needs root to become another user\n");
		drop_folder(folder);
		skip();
	}
	(void)snprintf(table, sizeof table, "1 0 8:11 / %s rw - vfat /dev/sdb1 rw\n", folder);
	UMockdevTestbed *computer = given_computer(STICK("1-1", "sdb", "1", "S", ""), table);
	char *root = umockdev_testbed_get_root_dir(computer);
	(void)chmod(root, 0755);
	(void)chmod(path_in(root, "proc"), 0755);
	(void)chmod(path_in(root, "proc/self"), 0755);
	(void)chmod(path_in(root, "proc/self/mountinfo"), 0644);
	assert_int_equal(found_count(), 1);
	pid_t other = fork();
	if (other == 0)
		_exit(setresuid(65534, 65534, 65534) == 0 ? (int)found_count() : 99);
	assert_int_equal(waitpid(other, &status, 0), other);
	assert_int_equal(WEXITSTATUS(status), 0);
	g_free(root);
	g_object_unref(computer);
	drop_folder(folder);
}

static void a_computer_without_disks_has_no_sticks(void **state)
{
	UMockdevTestbed *computer = given_computer("", ONE_MOUNT);

	(void)state;
	assert_int_equal(found_count(), 0);
	g_object_unref(computer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_stick_is_found_with_name_device_and_folder),
		cmocka_unit_test(a_stick_that_is_not_mounted_is_found_too),
		cmocka_unit_test(internal_disks_and_slots_that_are_not_on_usb_are_no_sticks),
		cmocka_unit_test(
			a_card_in_a_reader_on_usb_is_a_stick_even_when_the_reader_is_built_in),
		cmocka_unit_test(a_portable_disk_whose_medium_stays_inside_is_a_stick),
		cmocka_unit_test(a_cd_drive_and_a_hidden_partition_are_no_sticks),
		cmocka_unit_test(a_disk_the_computer_runs_from_is_no_stick),
		cmocka_unit_test(an_opened_encrypted_stick_is_a_stick),
		cmocka_unit_test(a_locked_stick_is_known_as_read_only),
		cmocka_unit_test(sticks_come_in_the_order_of_their_devices),
		cmocka_unit_test(a_stick_is_known_by_name_device_or_folder),
		cmocka_unit_test(two_sticks_of_one_name_are_not_guessed),
		cmocka_unit_test(a_path_lies_on_the_stick_whose_mount_it_is_reached_through),
		cmocka_unit_test(a_mount_the_table_does_not_show_is_no_stick),
		cmocka_unit_test(another_users_stick_is_not_ours),
		cmocka_unit_test(a_computer_without_disks_has_no_sticks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
