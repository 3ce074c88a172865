/* secret_linux.c - what of secret.h only this system can do; madvise(2) */
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vault/base/secret.h"

void secret_stays_here(const struct secret *secret)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	const uintptr_t first = (uintptr_t)secret_view(secret) / page * page;
	const uintptr_t end = (uintptr_t)secret_view(secret) + secret_size(secret);

	/* It lies in whole pages of its own. */
	(void)madvise((void *)first, end - first,
		      MADV_WIPEONFORK); // NOLINT(performance-no-int-to-ptr)
}
