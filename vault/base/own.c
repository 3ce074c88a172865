/* own.c - see own.h */
#include "vault/base/own.h"

#include <stdlib.h>
#include <unistd.h>

void own_close_fd(const int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
}

void own_free_text(char *const *text)
{
	free(*text);
}
