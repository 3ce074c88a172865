/* given.h - folders, sticks that fail, and computers with any USB devices.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <umockdev.h>

#include "tests/fault/faulty_stick.h"
#include "vault/base/secret.h"

/* An empty folder with an absolute path; drop_folder removes it with all it holds. */
char *given_folder(void);
void drop_folder(char *folder);

/* "FOLDER/NAME"; lives until the test program ends. */
const char *path_in(const char *folder, const char *name);
void given_file(const char *path, const void *bytes, size_t size);
void given_text(const char *path, const char *text);
bool file_holds(const char *path, const void *bytes, size_t size);
bool is_there(const char *path);
size_t count_entries(const char *folder); /* hidden ones too */

/* What `sha256sum --strict -c FILE` says in the folder. */
bool checksums_agree(const char *folder, const char *file);

/* `size` bytes that differ with `seed`. */
struct secret *given_secret(size_t size, unsigned seed);

/* faulty_stick: what lies in `content` shows in `folder`. NULL: it cannot run here (it said why).
 */
struct faulty_stick {
	char *home;
	const char *content;
	const char *folder;
	int64_t *faults; /* all -1, FAULT_ERRNO EIO */
	pid_t server;
};
struct faulty_stick *given_faulty_stick(void);
void clear_faults(struct faulty_stick *stick);
void kill_stick(struct faulty_stick *stick); /* pulled out: ENOTCONN from now on */
void drop_faulty_stick(struct faulty_stick *stick);

/* A tmpfs of so many KiB. False: not here (it said why). */
bool given_tmpfs(const char *folder, unsigned size_kib, bool is_read_only);
void drop_tmpfs(const char *folder);

/* A computer with the devices of this description (umockdev's notation) and no others, and with
 * this mount table. */
UMockdevTestbed *given_computer(const char *devices, const char *mount_table);
void given_mount_table(UMockdevTestbed *computer, const char *mount_table);

/* The description of a USB stick with one FAT partition /dev/NAME1 (8:MINOR+1). */
#define STICK(port, name, minor, label, properties)                                           \
	"P: /devices/pci0000:00/0000:00:14.0/usb1/" port "\n"                                 \
	"E: SUBSYSTEM=usb\nE: DEVTYPE=usb_device\nA: removable=removable\\n\n\n"              \
	"P: /devices/pci0000:00/0000:00:14.0/usb1/" port "/host6/block/" name "\n"            \
	"E: SUBSYSTEM=block\nE: DEVTYPE=disk\nE: DEVNAME=/dev/" name                          \
	"\nE: MAJOR=8\nE: MINOR=" minor "0\nE: ID_BUS=usb\nA: removable=1\\n\nA: ro=0\\n\n\n" \
	"P: /devices/pci0000:00/0000:00:14.0/usb1/" port "/host6/block/" name "/" name "1\n"  \
	"E: SUBSYSTEM=block\nE: DEVTYPE=partition\nE: DEVNAME=/dev/" name "1\nE: MAJOR=8\n"   \
	"E: MINOR=" minor "1\nE: ID_BUS=usb\nE: ID_FS_USAGE=filesystem\nE: ID_FS_TYPE=vfat\n" \
	"E: ID_FS_LABEL_ENC=" label "\nE: ID_VENDOR_ENC=KINKO\\x20\\x20\n"                    \
	"E: ID_MODEL_ENC=Flash\\x20Disk\\x20\n" properties "A: size=2048\\n\nA: ro=0\\n\n\n"
