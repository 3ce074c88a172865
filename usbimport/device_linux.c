/* device_linux.c - see device.h: libudev says what hangs on USB, mounts.h where it is mounted.
 * Reads only; names of devices and labels come from strangers and are data, never paths or
 * commands.
 */
#include "usbimport/device.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libudev.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "usbimport/mounts.h"
#include "usbimport/stick_name.h"

OWN_DEFINE(udev, udev_unref)
OWN_DEFINE(udev_device, udev_device_unref)
OWN_DEFINE(udev_enumerate, udev_enumerate_unref)

enum {
	STICKS_MAX = 256,  /* more are a fault, not an office */
	LAYERS_MAX = 4,    /* volume on volume on partition on disk */
	SECTOR_SIZE = 512, /* unit of "size" in sysfs, whatever the drive's own is */
};

/* A file system on USB, before it is known whether it belongs to the computer. */
struct volume {
	struct stick stick;
	char *drive; /* the USB device it hangs on */
	bool is_hidden;
	bool is_system;
};

struct volumes {
	size_t count;
	struct volume items[STICKS_MAX];
};

static void stick_clear(struct stick *stick);
static void volumes_free(struct volumes *volumes);
OWN_DEFINE(volumes, volumes_free)

static enum err find_volumes(const struct mounts *mounts, struct volumes *volumes);
static void mark_systems(struct volumes *volumes);
static enum err pick_sticks(struct volumes *volumes, struct sticks **out_sticks);

enum err sticks_find(struct sticks **out_sticks)
{
	AUTO(mounts) mounts = NULL;
	AUTO(volumes) volumes = calloc(1, sizeof *volumes);

	if (volumes == NULL)
		return ERR_MEMORY;
	TRY(mounts_read(&mounts));
	TRY(find_volumes(mounts, volumes));
	mark_systems(volumes);
	return pick_sticks(volumes, out_sticks);
}

static enum err add_volume(struct udev *udev, const char *path, const struct mounts *mounts,
			   struct volumes *volumes);

static enum err find_volumes(const struct mounts *mounts, struct volumes *volumes)
{
	AUTO(udev) udev = udev_new();
	AUTO(udev_enumerate) search = udev == NULL ? NULL : udev_enumerate_new(udev);
	struct udev_list_entry *entry = NULL;

	if (search == NULL || udev_enumerate_add_match_subsystem(search, "block") < 0 ||
	    udev_enumerate_add_match_property(search, "ID_FS_USAGE", "filesystem") < 0)
		return ERR_MEMORY;
	if (udev_enumerate_scan_devices(search) < 0)
		return err_note(ERR_INTERNAL, "udev cannot list block devices");
	udev_list_entry_foreach(entry, udev_enumerate_get_list_entry(search))
		TRY(add_volume(udev, udev_list_entry_get_name(entry), mounts, volumes));
	return ERR_OK;
}

static enum err find_drive(struct udev *udev, struct udev_device *device, unsigned layers,
			   char **out_drive);
static enum err read_volume(struct udev_device *device, const struct mounts *mounts,
			    struct volume *volume);

/* A device that vanished since it was listed is no fault. */
static enum err add_volume(struct udev *udev, const char *path, const struct mounts *mounts,
			   struct volumes *volumes)
{
	AUTO(udev_device) device = udev_device_new_from_syspath(udev, path);
	struct volume *volume = &volumes->items[volumes->count];
	AUTO_TEXT drive = NULL;

	if (device == NULL || udev_device_get_devnode(device) == NULL)
		return ERR_OK;
	TRY(find_drive(udev, device, 0, &drive));
	if (drive == NULL || udev_device_get_property_value(device, "ID_CDROM") != NULL)
		return ERR_OK;
	if (volumes->count == STICKS_MAX)
		return err_note(ERR_INTERNAL, "more than %d sticks", STICKS_MAX);
	volumes->count++;
	volume->drive = TAKE(drive);
	return read_volume(device, mounts, volume);
}

static bool attribute_is(struct udev_device *device, const char *name, const char *value)
{
	const char *text = device == NULL ? NULL : udev_device_get_sysattr_value(device, name);

	return text != NULL && strcmp(text, value) == 0;
}

/* The disk a partition lies on, or the disk itself: a loan from `device`. */
static struct udev_device *disk_of(struct udev_device *device)
{
	struct udev_device *disk =
		udev_device_get_parent_with_subsystem_devtype(device, "block", "disk");

	return disk == NULL ? device : disk;
}

/* Built into the computer: the USB port cannot be reached ("fixed", by the firmware) and the
 * medium cannot be taken out. A built-in card reader has media that can. */
static bool is_built_in(struct udev_device *device, struct udev_device *usb)
{
	return attribute_is(usb, "removable", "fixed") &&
	       !attribute_is(disk_of(device), "removable", "1");
}

static enum err find_drive_below(struct udev *udev, struct udev_device *device, unsigned layers,
				 char **out_drive);

/* What names the drive this volume lies on; NULL when that is not removable USB. */
static enum err find_drive(struct udev *udev, struct udev_device *device, unsigned layers,
			   char **out_drive)
{
	struct udev_device *usb =
		udev_device_get_parent_with_subsystem_devtype(device, "usb", "usb_device");
	const char *bus = udev_device_get_property_value(device, "ID_BUS");

	if (usb == NULL && (bus == NULL || strcmp(bus, "usb") != 0))
		return find_drive_below(udev, device, layers, out_drive);
	if (is_built_in(device, usb))
		return ERR_OK;
	*out_drive = strdup(udev_device_get_syspath(usb == NULL ? disk_of(device) : usb));
	return *out_drive == NULL ? ERR_MEMORY : ERR_OK;
}

static enum err find_drive_of_slave(struct udev *udev, const char *name, unsigned layers,
				    char **out_drive);

/* An opened encrypted volume hangs nowhere itself; its "slaves" do. All of them must be on USB. */
static enum err find_drive_below(struct udev *udev, struct udev_device *device, unsigned layers,
				 char **out_drive)
{
	AUTO_TEXT folder = NULL;
	AUTO_TEXT drive = NULL;
	bool is_usb = true;
	enum err err = ERR_OK;

	if (asprintf(&folder, "%s/slaves", udev_device_get_syspath(device)) < 0)
		return ERR_MEMORY;
	DIR *slaves = layers < LAYERS_MAX ? opendir(folder) : NULL;
	if (slaves == NULL)
		return ERR_OK;
	for (const struct dirent *entry; is_usb && (entry = readdir(slaves)) != NULL;) {
		if (entry->d_name[0] == '.')
			continue;
		free(TAKE(drive));
		err = find_drive_of_slave(udev, entry->d_name, layers, &drive);
		is_usb = drive != NULL;
	}
	(void)closedir(slaves);
	TRY(err);
	*out_drive = TAKE(drive);
	return ERR_OK;
}

static enum err find_drive_of_slave(struct udev *udev, const char *name, unsigned layers,
				    char **out_drive)
{
	AUTO(udev_device) slave = udev_device_new_from_subsystem_sysname(udev, "block", name);

	return slave == NULL ? ERR_OK : find_drive(udev, slave, layers + 1, out_drive);
}

static enum err place_volume(const struct mounts *mounts, struct volume *volume);

static enum err read_volume(struct udev_device *device, const struct mounts *mounts,
			    struct volume *volume)
{
	struct stick *stick = &volume->stick;
	const char *sectors = udev_device_get_sysattr_value(device, "size");
	const char *ignored = udev_device_get_property_value(device, "UDISKS_IGNORE");

	TRY(stick_name_make(udev_device_get_property_value(device, "ID_FS_LABEL_ENC"),
			    udev_device_get_property_value(device, "ID_VENDOR_ENC"),
			    udev_device_get_property_value(device, "ID_MODEL_ENC"),
			    udev_device_get_sysname(device), &stick->name));
	stick->device = strdup(udev_device_get_devnode(device));
	if (stick->device == NULL)
		return ERR_MEMORY;
	stick->number = udev_device_get_devnum(device);
	stick->size_bytes = sectors == NULL ? 0 : strtoull(sectors, NULL, 10) * SECTOR_SIZE;
	stick->is_read_only =
		attribute_is(device, "ro", "1") || attribute_is(disk_of(device), "ro", "1");
	volume->is_hidden = ignored != NULL && strcmp(ignored, "1") == 0;
	return place_volume(mounts, volume);
}

static bool is_system_folder(const char *folder)
{
	static const char *const FOLDERS[] = {"/",     "/boot", "/boot/efi", "/boot/firmware",
					      "/home", "/usr",  "/var"};

	for (size_t i = 0; i < COUNT_OF(FOLDERS); i++)
		if (strcmp(folder, FOLDERS[i]) == 0)
			return true;
	return false;
}

/* Where it is mounted and whether that is ours to see: what another user has mounted (a folder
 * we may not enter) is that user's stick. */
static enum err place_volume(const struct mounts *mounts, struct volume *volume)
{
	struct stick *stick = &volume->stick;
	const struct mount *mount = mounts_find_device(mounts, stick->number, stick->device);
	struct statvfs room;

	for (size_t i = 0; i < mounts->count; i++)
		volume->is_system |= mount_is_of(&mounts->items[i], stick->number, stick->device) &&
				     is_system_folder(mounts->items[i].folder);
	if (mount == NULL)
		return ERR_OK;
	volume->is_hidden = access(mount->folder, X_OK) != 0 && errno == EACCES;
	stick->is_read_only |= mount->is_read_only;
	stick->folder = strdup(mount->folder);
	if (stick->folder == NULL)
		return ERR_MEMORY;
	if (statvfs(stick->folder, &room) == 0)
		stick->free_bytes = (uint64_t)room.f_bavail * room.f_frsize;
	return ERR_OK;
}

/* A computer that starts from USB: every volume of that drive belongs to it. */
static void mark_systems(struct volumes *volumes)
{
	for (size_t i = 0; i < volumes->count; i++)
		for (size_t j = 0; volumes->items[i].is_system && j < volumes->count; j++)
			volumes->items[j].is_system |=
				strcmp(volumes->items[i].drive, volumes->items[j].drive) == 0;
}

static int compare_devices(const void *a, const void *b)
{
	return strverscmp(((const struct stick *)a)->device, ((const struct stick *)b)->device);
}

static enum err pick_sticks(struct volumes *volumes, struct sticks **out_sticks)
{
	AUTO(sticks) sticks = calloc(1, sizeof *sticks);

	if (sticks == NULL)
		return ERR_MEMORY;
	sticks->items = calloc(volumes->count + 1, sizeof *sticks->items);
	if (sticks->items == NULL)
		return ERR_MEMORY;
	for (size_t i = 0; i < volumes->count; i++) {
		struct volume *volume = &volumes->items[i];

		if (volume->is_system || volume->is_hidden)
			continue;
		sticks->items[sticks->count++] = volume->stick;
		volume->stick = (struct stick){0};
	}
	qsort(sticks->items, sticks->count, sizeof *sticks->items, compare_devices);
	*out_sticks = TAKE(sticks);
	return ERR_OK;
}

/* Takes one out of the list; the list keeps an empty one. */
static enum err take_stick(struct stick *item, struct stick **out_stick)
{
	struct stick *stick = malloc(sizeof *stick);

	if (stick == NULL)
		return ERR_MEMORY;
	*stick = *item;
	*item = (struct stick){0};
	*out_stick = stick;
	return ERR_OK;
}

enum err stick_of_path(const char *path, struct stick **out_stick)
{
	AUTO_FD fd = open(path, O_PATH | O_CLOEXEC);

	if (fd < 0)
		return err_detail(ERR_STICK_FOLDER, "%s (%s)", path, strerror(errno));
	return stick_of_fd(fd, path, out_stick);
}

enum err stick_of_fd(int fd, const char *path, struct stick **out_stick)
{
	AUTO(sticks) sticks = NULL;
	AUTO(mounts) mounts = NULL;
	uint64_t id = 0;

	TRY(mount_id_of_fd(fd, &id));
	TRY(mounts_read(&mounts));
	TRY(sticks_find(&sticks));
	const struct mount *mount = mounts_find_id(mounts, id);
	for (size_t i = 0; mount != NULL && i < sticks->count; i++)
		if (mount_is_of(mount, sticks->items[i].number, sticks->items[i].device))
			return take_stick(&sticks->items[i], out_stick);
	return err_detail(ERR_STICK_NOT_A_STICK, "%s", path);
}

static bool is_same_folder(const char *folder, const char *name)
{
	size_t size = strlen(name);

	while (size > 1 && name[size - 1] == '/')
		size--;
	return folder != NULL && strlen(folder) == size && strncmp(folder, name, size) == 0;
}

static bool is_called(const struct stick *stick, const char *name)
{
	return strcmp(stick->name, name) == 0 || strcmp(stick->device, name) == 0 ||
	       is_same_folder(stick->folder, name);
}

enum err stick_of_name(const char *name, struct stick **out_stick)
{
	AUTO(sticks) sticks = NULL;
	struct stick *found = NULL;

	TRY(sticks_find(&sticks));
	for (size_t i = 0; i < sticks->count; i++) {
		if (!is_called(&sticks->items[i], name))
			continue;
		if (found != NULL)
			return err_detail(ERR_STICK_SEVERAL, "%s (%s, %s)", name, found->device,
					  sticks->items[i].device);
		found = &sticks->items[i];
	}
	if (found == NULL)
		return err_detail(ERR_STICK_UNKNOWN, "%s", name);
	return take_stick(found, out_stick);
}

static void stick_clear(struct stick *stick)
{
	free(stick->name);
	free(stick->device);
	free(stick->folder);
}

void stick_free(struct stick *stick)
{
	if (stick == NULL)
		return;
	stick_clear(stick);
	free(stick);
}

void sticks_free(struct sticks *sticks)
{
	if (sticks == NULL)
		return;
	for (size_t i = 0; sticks->items != NULL && i < sticks->count; i++)
		stick_clear(&sticks->items[i]);
	free(sticks->items);
	free(sticks);
}

static void volumes_free(struct volumes *volumes)
{
	if (volumes == NULL)
		return;
	for (size_t i = 0; i < volumes->count; i++) {
		stick_clear(&volumes->items[i].stick);
		free(volumes->items[i].drive);
	}
	free(volumes);
}
