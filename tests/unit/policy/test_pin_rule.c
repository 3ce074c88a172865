/* The customer's rule for a new PIN. */
#include "given.h"

#include "policy/pin_rule.h"

static struct secret *given_pin_bytes(const char *text, size_t size)
{
	char copy[64];
	struct secret *pin = NULL;

	assert_true(size <= sizeof copy);
	memcpy(copy, text, size);
	assert_int_equal(secret_take(copy, size, &pin), ERR_OK);
	return pin;
}

static void assert_rule(const char *text, enum pin_rule expected)
{
	AUTO(secret) pin = given_pin_bytes(text, strlen(text));

	if (pin_rule_check(pin) != expected)
		fail_msg("\"%s\" gives rule %d", text, (int)pin_rule_check(pin));
}

static void four_to_sixteen_small_letters_and_digits_are_a_new_pin(void **state)
{
	(void)state;
	assert_rule("abcd", PIN_RULE_OK);
	assert_rule("0000", PIN_RULE_OK);
	assert_rule("az09az09az09az09", PIN_RULE_OK);
	assert_rule("", PIN_RULE_TOO_SHORT);
	assert_rule("abc", PIN_RULE_TOO_SHORT);
	assert_rule("az09az09az09az09a", PIN_RULE_TOO_LONG);
}

static void each_slip_of_the_keyboard_has_its_own_answer(void **state)
{
	(void)state;
	assert_rule("Abcd", PIN_RULE_CAPITALS);
	assert_rule("ABCD", PIN_RULE_CAPITALS);
	assert_rule("ａｂｃｄ", PIN_RULE_FULL_WIDTH);
	assert_rule("１２３４", PIN_RULE_FULL_WIDTH);
	assert_rule("ＡＢＣＤ", PIN_RULE_FULL_WIDTH);
	assert_rule("あいうえ", PIN_RULE_FULL_WIDTH);
	assert_rule("ｱｲｳｴ", PIN_RULE_FULL_WIDTH);
	assert_rule("暗証番号", PIN_RULE_FULL_WIDTH);
	assert_rule("abcd　", PIN_RULE_FULL_WIDTH);
	assert_rule("abc-d", PIN_RULE_OTHER);
	assert_rule("abc d", PIN_RULE_OTHER);
	assert_rule("abcdé", PIN_RULE_OTHER);
	assert_rule("abcd\n", PIN_RULE_OTHER);
	assert_rule("abcd\xFF", PIN_RULE_OTHER);
	assert_rule("abcd\xF0\xA0\xAE\xB7", PIN_RULE_OTHER);
}

static void the_neighbours_of_the_allowed_characters_are_not_allowed(void **state)
{
	(void)state;
	assert_rule("abc`", PIN_RULE_OTHER);
	assert_rule("abc{", PIN_RULE_OTHER);
	assert_rule("abc/", PIN_RULE_OTHER);
	assert_rule("abc:", PIN_RULE_OTHER);
	assert_rule("abc@", PIN_RULE_OTHER);
	assert_rule("abc[", PIN_RULE_OTHER);
}

static void a_zero_byte_is_not_the_end_of_a_pin(void **state)
{
	AUTO(secret) pin = given_pin_bytes("abcd\0efgh", 9);

	(void)state;
	assert_int_equal(pin_rule_check(pin), PIN_RULE_OTHER);
}

static void a_wrong_character_is_told_before_a_wrong_length(void **state)
{
	(void)state;
	assert_rule("A", PIN_RULE_CAPITALS);
	assert_rule("ａ", PIN_RULE_FULL_WIDTH);
	assert_rule("az09az09az09az09A", PIN_RULE_CAPITALS);
}

static void every_refusal_has_a_sentence_of_its_own(void **state)
{
	(void)state;
	assert_string_equal(pin_rule_message_id(PIN_RULE_OK), "");
	for (int i = PIN_RULE_TOO_SHORT; i <= PIN_RULE_OTHER; i++) {
		assert_string_not_equal(pin_rule_message_id((enum pin_rule)i), "");
		for (int j = PIN_RULE_OK; j < i; j++)
			assert_string_not_equal(pin_rule_message_id((enum pin_rule)i),
						pin_rule_message_id((enum pin_rule)j));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_to_sixteen_small_letters_and_digits_are_a_new_pin),
		cmocka_unit_test(each_slip_of_the_keyboard_has_its_own_answer),
		cmocka_unit_test(the_neighbours_of_the_allowed_characters_are_not_allowed),
		cmocka_unit_test(a_zero_byte_is_not_the_end_of_a_pin),
		cmocka_unit_test(a_wrong_character_is_told_before_a_wrong_length),
		cmocka_unit_test(every_refusal_has_a_sentence_of_its_own),
	};

	if (secret_init() != ERR_OK)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
