/* system_ca_linux.c - see system_ca.h; the places of the families of distributions. */
#include "tool/download/system_ca.h"

#include <stddef.h>
#include <unistd.h>

#include "vault/base/own.h"

const char *system_ca_file(void)
{
	static const char *const places[] = {
		"/etc/ssl/certs/ca-certificates.crt", /* Debian */
		"/etc/pki/tls/certs/ca-bundle.crt",   /* Fedora */
		"/etc/ssl/ca-bundle.pem",             /* SUSE */
	};

	for (size_t i = 0; i < COUNT_OF(places); i++)
		if (access(places[i], R_OK) == 0)
			return places[i];
	return NULL;
}
