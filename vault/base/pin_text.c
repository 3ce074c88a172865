/* pin_text.c - see pin_text.h */
#include "vault/base/pin_text.h"

#include <string.h>

#include "vault/base/utf8.h"

bool pin_text_is_proper(const struct secret *pin)
{
	const char *text = pin == NULL ? "" : (const char *)secret_view(pin);
	size_t size = pin == NULL ? 0 : secret_size(pin);

	return size >= 1 && size <= PIN_TEXT_MAX && memchr(text, '\0', size) == NULL &&
	       utf8_is_valid(text, size);
}
