/* pin_rule.c - see pin_rule.h */
#include "policy/pin_rule.h"

#include "vault/base/own.h"
#include "vault/base/utf8.h"

static enum pin_rule rule_of_character(uint32_t character);
static enum pin_rule rule_of_length(size_t size);

enum pin_rule pin_rule_check(const struct secret *pin)
{
	const char *text = (const char *)secret_view(pin);
	size_t size = secret_size(pin);

	for (size_t at = 0, taken; at < size; at += taken) {
		enum pin_rule rule = rule_of_character(utf8_next(text + at, size - at, &taken));
		if (rule != PIN_RULE_OK)
			return rule;
	}
	return rule_of_length(size);
}

/* Kana, CJK punctuation and ideographs, and the forms of the block at U+FF00: what an input
 * method leaves in the field. */
static bool is_from_input_method(uint32_t character)
{
	return (character >= 0x3000 && character <= 0x9FFF) ||
	       (character >= 0xFF00 && character <= 0xFFEF);
}

static enum pin_rule rule_of_character(uint32_t character)
{
	if ((character >= 'a' && character <= 'z') || (character >= '0' && character <= '9'))
		return PIN_RULE_OK;
	if (character >= 'A' && character <= 'Z')
		return PIN_RULE_CAPITALS;
	return is_from_input_method(character) ? PIN_RULE_FULL_WIDTH : PIN_RULE_OTHER;
}

/* Bytes are characters here: only a-z and 0-9 came through. */
static enum pin_rule rule_of_length(size_t size)
{
	if (size < PIN_NEW_MIN)
		return PIN_RULE_TOO_SHORT;
	return size > PIN_NEW_MAX ? PIN_RULE_TOO_LONG : PIN_RULE_OK;
}

const char *pin_rule_message_id(enum pin_rule rule)
{
	static const char *const messages[] = {
		[PIN_RULE_OK] = "",
		[PIN_RULE_TOO_SHORT] = N_("The PIN is shorter than 4 characters."),
		[PIN_RULE_TOO_LONG] = N_("The PIN is longer than 16 characters."),
		[PIN_RULE_CAPITALS] =
			N_("The PIN has capital letters; please check the Caps Lock key."),
		[PIN_RULE_FULL_WIDTH] = N_(
			"The PIN has full-width characters; please switch the input method off."),
		[PIN_RULE_OTHER] = N_("The PIN has characters other than a-z and 0-9."),
	};

	return (size_t)rule < COUNT_OF(messages) ? messages[rule] : messages[PIN_RULE_OTHER];
}
