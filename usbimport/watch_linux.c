/* watch_linux.c - waits for sticks to come, to be mounted and to go (device.h).
 *
 * udev tells of devices. The mount table tells of itself: a poll on it has POLLPRI when it changed
 * since it was opened or last polled (proc_pid_mounts(5)). Without udev the table alone counts.
 */
#include "usbimport/device.h"

#include <errno.h>
#include <fcntl.h>
#include <libudev.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct sticks_watch {
	struct udev *udev;
	struct udev_monitor *monitor; /* NULL without udev */
	int mounts;
};

OWN_DEFINE(udev_device, udev_device_unref)

enum { WATCH_DEVICES, WATCH_MOUNTS, WATCH_CANCEL, WATCH_COUNT };

static void open_monitor(struct sticks_watch *watch);

enum err sticks_watch_open(struct sticks_watch **out_watch)
{
	AUTO(sticks_watch) watch = calloc(1, sizeof *watch);

	if (watch == NULL)
		return ERR_MEMORY;
	watch->mounts = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (watch->mounts < 0)
		return err_note(ERR_INTERNAL, "the mount table: %s", strerror(errno));
	watch->udev = udev_new();
	if (watch->udev == NULL)
		return ERR_MEMORY;
	open_monitor(watch);
	*out_watch = TAKE(watch);
	return ERR_OK;
}

static void open_monitor(struct sticks_watch *watch)
{
	watch->monitor = udev_monitor_new_from_netlink(watch->udev, "udev");
	if (watch->monitor != NULL &&
	    (udev_monitor_filter_add_match_subsystem_devtype(watch->monitor, "block", NULL) < 0 ||
	     udev_monitor_enable_receiving(watch->monitor) < 0))
		watch->monitor = udev_monitor_unref(watch->monitor);
}

static int64_t now_ms(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* All that is pending belongs to one change. Whether there was any: a message that the filter
 * drops also wakes poll. */
static bool drain(struct udev_monitor *monitor)
{
	bool has_any = false;

	for (;;) {
		AUTO(udev_device) device = udev_monitor_receive_device(monitor);
		if (device == NULL)
			return has_any;
		has_any = true;
	}
}

enum err sticks_watch_wait(struct sticks_watch *watch, int timeout_ms, int cancel_fd)
{
	struct pollfd polled[WATCH_COUNT] = {
		[WATCH_DEVICES] = {.events = POLLIN,
				   .fd = watch->monitor == NULL
						 ? -1
						 : udev_monitor_get_fd(watch->monitor)},
		[WATCH_MOUNTS] = {.events = POLLPRI, .fd = watch->mounts},
		[WATCH_CANCEL] = {.events = POLLIN, .fd = cancel_fd},
	};
	const int64_t deadline = now_ms() + timeout_ms;

	for (;;) {
		int64_t left = timeout_ms < 0 ? -1 : deadline - now_ms();
		int ready = poll(polled, WATCH_COUNT, left < 0 && timeout_ms >= 0 ? 0 : (int)left);

		if (ready < 0 && errno != EINTR)
			return err_note(ERR_INTERNAL, "poll: %s", strerror(errno));
		if (ready == 0)
			return ERR_TIMEOUT;
		if (ready < 0)
			continue;
		if (polled[WATCH_CANCEL].revents != 0)
			return ERR_CANCELLED;
		if (polled[WATCH_MOUNTS].revents != 0)
			return ERR_OK;
		if (polled[WATCH_DEVICES].revents != 0 && drain(watch->monitor))
			return ERR_OK;
	}
}

void sticks_watch_close(struct sticks_watch *watch)
{
	if (watch == NULL)
		return;
	own_close_fd(&watch->mounts);
	udev_monitor_unref(watch->monitor);
	udev_unref(watch->udev);
	free(watch);
}
