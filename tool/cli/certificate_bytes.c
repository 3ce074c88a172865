/* certificate_bytes.c - see certificate_bytes.h */
#include "tool/cli/certificate_bytes.h"

#include <stdint.h>
#include <stdio.h>

enum { GROUP = 3, LINE_GROUPS = 16 }; /* RFC 7468, 2: 64 characters a line */

/* RFC 4648, 4: three bytes as four characters; of a shorter group, "=" for what is missing. */
static void print_group(const uint8_t *bytes, size_t size)
{
	static const char alphabet[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	uint32_t group = (uint32_t)bytes[0] << 16;

	if (size > 1)
		group |= (uint32_t)bytes[1] << 8;
	if (size > 2)
		group |= bytes[2];
	(void)putchar(alphabet[group >> 18]);
	(void)putchar(alphabet[group >> 12 & 63]);
	(void)putchar(size > 1 ? alphabet[group >> 6 & 63] : '=');
	(void)putchar(size > 2 ? alphabet[group & 63] : '=');
}

enum err certificate_print_pem(const struct bytes *der)
{
	(void)puts("-----BEGIN CERTIFICATE-----");
	for (size_t at = 0, groups = 1; at < der->size; at += GROUP, groups++) {
		size_t left = der->size - at;
		print_group(der->data + at, left < GROUP ? left : GROUP);
		if (groups % LINE_GROUPS == 0 || left <= GROUP)
			(void)putchar('\n');
	}
	(void)puts("-----END CERTIFICATE-----");
	return ERR_OK;
}

enum err certificate_print_der(const struct bytes *der)
{
	return fwrite(der->data, 1, der->size, stdout) == der->size
		       ? ERR_OK
		       : err_detail(ERR_OUTPUT, "standard output");
}
