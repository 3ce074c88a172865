/* program_linux.c - see program.h; /proc/self/exe is described in proc(5). */
#include "vault/base/program.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The folder of the running program, in `out_folder` of PATH_MAX bytes. */
static enum err own_folder(char *out_folder)
{
	ssize_t size = readlink("/proc/self/exe", out_folder, PATH_MAX - 1);
	char *slash;

	if (size <= 0)
		return err_note(ERR_INTERNAL, "/proc/self/exe cannot be read");
	out_folder[size] = '\0';
	slash = strrchr(out_folder, '/');
	if (slash != NULL)
		*slash = '\0';
	return ERR_OK;
}

enum err program_find(const char *name, char **out_path)
{
	static const char *const places[] = {".", "../libexec/kinko"};
	char folder[PATH_MAX];
	char path[PATH_MAX + 64];

	TRY(own_folder(folder));
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		(void)snprintf(path, sizeof path, "%s/%s/%s", folder, places[i], name);
		if (access(path, X_OK) == 0) {
			*out_path = strdup(path);
			return *out_path == NULL ? ERR_MEMORY : ERR_OK;
		}
	}
	return err_detail(ERR_PROGRAM_MISSING, "%s", name);
}

enum err program_module(char **out_path)
{
	static const char *const places[] = {"lib", "lib/pkcs11"};
	char folder[PATH_MAX];
	char path[PATH_MAX + 128];

	TRY(own_folder(folder));
	for (size_t i = 0; i < COUNT_OF(places); i++) {
		(void)snprintf(path, sizeof path, "%s/../%s/" PROGRAM_MODULE, folder, places[i]);
		*out_path = realpath(path, NULL);
		if (*out_path != NULL)
			return ERR_OK;
	}
	return err_detail(ERR_PROGRAM_MISSING, "%s", PROGRAM_MODULE);
}

enum err program_locale_folder(char **out_path)
{
	char folder[PATH_MAX];

	TRY(own_folder(folder));
	return asprintf(out_path, "%s/../share/locale", folder) < 0 ? ERR_MEMORY : ERR_OK;
}
