/* usb_ports.c - the USB ports of a test's computer (umockdev), for stick.py.
 *
 * Prints the folder that programs need as UMOCKDEV_DIR, then obeys lines until its input ends, and
 * answers each with "ok" or the reason:
 *
 *   add SIZE             followed by SIZE bytes: a description of devices, in umockdev's notation
 *   event ACTION PATH    udev tells of the device below /sys
 *   remove PATH
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <umockdev.h>

static bool add(UMockdevTestbed *ports, const char *size_text)
{
	size_t size = strtoul(size_text, NULL, 10);
	char *description = calloc(1, size + 1);
	GError *failure = NULL;
	bool is_read = description != NULL && fread(description, 1, size, stdin) == size;
	bool is_added = is_read && umockdev_testbed_add_from_string(ports, description, &failure);

	if (failure != NULL)
		(void)fprintf(stderr, "%s\n", failure->message);
	g_clear_error(&failure);
	free(description);
	return is_added;
}

static bool event(UMockdevTestbed *ports, char *rest)
{
	const char *action = strsep(&rest, " ");

	if (rest == NULL)
		return false;
	umockdev_testbed_uevent(ports, rest, action);
	return true;
}

static bool obey(UMockdevTestbed *ports, char *line)
{
	char *rest = line;

	line[strcspn(line, "\n")] = '\0';
	const char *command = strsep(&rest, " ");
	if (rest == NULL)
		return false;
	if (strcmp(command, "add") == 0)
		return add(ports, rest);
	if (strcmp(command, "event") == 0)
		return event(ports, rest);
	if (strcmp(command, "remove") != 0)
		return false;
	umockdev_testbed_remove_device(ports, rest);
	return true;
}

int main(void)
{
	UMockdevTestbed *ports = umockdev_testbed_new();
	char *root = umockdev_testbed_get_root_dir(ports);
	char line[4096];

	(void)printf("%s\n", root);
	(void)fflush(stdout);
	while (fgets(line, sizeof line, stdin) != NULL) {
		(void)puts(obey(ports, line) ? "ok" : "not understood");
		(void)fflush(stdout);
	}
	g_free(root);
	g_object_unref(ports);
	return 0;
}
