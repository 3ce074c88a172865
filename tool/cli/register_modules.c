/* register_modules.c - reading: see register_modules.h */
#include "tool/cli/register_modules.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "tool/cli/compose.h"
#include "vault/base/file.h"
#include "vault/base/program.h"

enum { LIST_SIZE_MAX = 1024 * 1024 };

static bool is_ours(const char *library)
{
	const char *slash = strrchr(library, '/');

	return strcmp(slash == NULL ? library : slash + 1, PROGRAM_MODULE) == 0;
}

/* What follows `key` in the line, or NULL. NSS quotes a value that holds blanks. */
static char *value_of(char *line, const char *key)
{
	size_t size = strlen(key);
	char *value = line + size;

	if (strncmp(line, key, size) != 0)
		return NULL;
	if (value[0] == '"' && strlen(value) > 1 && value[strlen(value) - 1] == '"') {
		value[strlen(value) - 1] = '\0';
		value++;
	}
	return value;
}

/* Modules stand in blocks with an empty line between them: library=, name=, parameters=, NSS=. */
static enum err search(char *text, struct registration *out_registration)
{
	const char *library = "";
	const char *name = "";
	char *rest = text;

	for (char *line = strsep(&rest, "\n"); line != NULL; line = strsep(&rest, "\n")) {
		char *value = value_of(line, "library=");
		if (value != NULL)
			library = value;
		value = value_of(line, "name=");
		if (value != NULL)
			name = value;
		if (line[0] != '\0' && rest != NULL)
			continue;
		if (is_ours(library) && name[0] != '\0') {
			TRY(compose(&out_registration->library, "%s", library));
			TRY(compose(&out_registration->name, "%s", name));
			out_registration->is_there = true;
			return ERR_OK;
		}
		library = name = "";
	}
	return ERR_OK;
}

enum err registration_find(const char *folder, struct registration *out_registration)
{
	AUTO_FD opened = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	AUTO_HELD(bytes) bytes = {0};
	AUTO_TEXT text = NULL;
	enum file_answer answer = FILE_ABSENT;

	*out_registration = (struct registration){0};
	if (opened < 0)
		return err_detail(ERR_NOT_FOUND, "%s", folder);
	if (file_read(opened, "pkcs11.txt", LIST_SIZE_MAX, &answer, &bytes) != ERR_OK)
		return err_detail(ERR_NOT_FOUND, "%s/pkcs11.txt", folder);
	if (answer == FILE_ABSENT || bytes.size == 0)
		return ERR_OK;
	text = strndup((const char *)bytes.data, bytes.size);
	return text == NULL ? ERR_MEMORY : search(text, out_registration);
}

void registration_clear(struct registration *registration)
{
	free(registration->name);
	free(registration->library);
	*registration = (struct registration){0};
}
