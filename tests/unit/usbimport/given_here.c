/* given_here.c - see given_here.h */
#include "tests/unit/usbimport/given_here.h"

#include "tests/unit/usbimport/given.h"

char *here_folder;
struct secret *here_bytes;

const char *here(const char *name)
{
	return path_in(here_folder, name);
}

int here_make(void **state)
{
	(void)state;
	if (secret_init() != ERR_OK)
		return -1;
	here_folder = given_folder();
	here_bytes = given_secret(3000, 1);
	return 0;
}

int here_remove(void **state)
{
	(void)state;
	drop_folder(here_folder);
	secret_free(here_bytes);
	return 0;
}
