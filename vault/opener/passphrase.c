/* passphrase.c - see passphrase.h */
#include "vault/opener/passphrase.h"

#include <string.h>

#include "vault/base/utf8.h"
#include "vault/opener/bmp.h"

static const char *text_of(const struct secret *pin)
{
	return pin == NULL ? "" : (const char *)secret_view(pin);
}

static size_t size_of(const struct secret *pin)
{
	return pin == NULL ? 0 : secret_size(pin);
}

enum err passphrase_check(const struct secret *pin)
{
	size_t size = size_of(pin);

	if (!utf8_is_valid(text_of(pin), size) || memchr(text_of(pin), '\0', size) != NULL)
		return ERR_PIN_TEXT;
	return ERR_OK;
}

/* The largest character of the PIN says which other forms are worth a try. */
static uint32_t largest_character(const struct secret *pin)
{
	uint32_t largest = 0;

	for (size_t at = 0, taken; at < size_of(pin); at += taken) {
		uint32_t value = utf8_next(text_of(pin) + at, size_of(pin) - at, &taken);
		largest = value > largest ? value : largest;
	}
	return largest;
}

/* How many bytes the PIN takes as BMPString. */
static size_t bmp_size(const struct secret *pin)
{
	size_t size = 0;

	for (size_t at = 0, taken; at < size_of(pin); at += taken)
		size += utf8_next(text_of(pin) + at, size_of(pin) - at, &taken) > 0xFFFF ? 4 : 2;
	return size;
}

static enum err make_bmp(const struct secret *pin, size_t nul_size, struct secret **out_passphrase)
{
	TRY(secret_new(bmp_size(pin) + nul_size, out_passphrase));
	(void)bmp_of_text(text_of(pin), size_of(pin), secret_bytes(*out_passphrase));
	return ERR_OK;
}

static enum err make_widened_bytes(const struct secret *pin, struct secret **out_passphrase)
{
	TRY(secret_new(2 * size_of(pin) + 2, out_passphrase));
	for (size_t i = 0; i < size_of(pin); i++)
		secret_bytes(*out_passphrase)[2 * i + 1] = secret_view(pin)[i];
	return ERR_OK;
}

static enum err make_latin(const struct secret *pin, struct secret **out_passphrase)
{
	uint8_t *out;

	TRY(secret_new(bmp_size(pin) / 2, out_passphrase));
	out = secret_bytes(*out_passphrase);
	for (size_t at = 0, taken; at < size_of(pin); at += taken)
		*out++ = (uint8_t)utf8_next(text_of(pin) + at, size_of(pin) - at, &taken);
	return ERR_OK;
}

static enum err make_wide(const struct secret *pin, size_t nth, struct secret **out_passphrase)
{
	if (nth == 0)
		return make_bmp(pin, 2, out_passphrase);
	if (nth == 1 && largest_character(pin) > 0x7F)
		return make_widened_bytes(pin, out_passphrase);
	return ERR_OK;
}

static enum err make_narrow(const struct secret *pin, size_t nth, struct secret **out_passphrase)
{
	uint32_t largest = largest_character(pin);

	if (nth == 0)
		return pin == NULL ? secret_new(0, out_passphrase)
				   : secret_clone(pin, out_passphrase);
	if (nth == 1 || nth == 2)
		return make_bmp(pin, nth == 1 ? 2 : 0, out_passphrase);
	if (nth == 3 && largest > 0x7F && largest <= 0xFF)
		return make_latin(pin, out_passphrase);
	return ERR_OK;
}

enum err passphrase_make(const struct secret *pin, enum passphrase_kind kind, size_t nth,
			 struct secret **out_passphrase)
{
	*out_passphrase = NULL;
	return kind == PASSPHRASE_WIDE ? make_wide(pin, nth, out_passphrase)
				       : make_narrow(pin, nth, out_passphrase);
}
