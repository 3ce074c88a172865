/* padded.h - texts of PKCS#11 are as long as their field, filled with spaces, without NUL.
 */
#pragma once

#include <string.h>

#include "tool/pkcs11/cryptoki.h"

static inline void padded(CK_UTF8CHAR *out_field, size_t field_size, const char *text)
{
	size_t size = strlen(text);

	memset(out_field, ' ', field_size);
	memcpy(out_field, text, size < field_size ? size : field_size);
}
