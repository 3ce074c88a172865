/* Every byte of an original is changed, with the MAC made right again so that the change is
 * met deep inside: whatever comes, the opener answers, and under AddressSanitizer it stays
 * within its memory.
 */
#include "tests/unit/opener/given.h"

#include "tests/unit/opener/given_pfx.h"
#include "vault/opener/outer.h"

static void assert_answered(enum err err)
{
	assert_true(err == ERR_OK || err == ERR_PIN_TEXT ||
		    (err >= ERR_ORIGINAL_PIN && err <= ERR_ORIGINAL_KEY_FORGED));
}

/* The safes of a file, still encoded. */
static struct piece safes_of(const char *name)
{
	AUTO(secret) original = given_file(name);
	AUTO_HELD(outer) outer = {.safes = {.size = 0}};

	assert_int_equal(outer_read(secret_view(original), secret_size(original), &outer), ERR_OK);
	return raw(outer.safes.bytes, outer.safes.size);
}

static void change_each_byte(const struct library *library, struct piece safes)
{
	for (size_t at = 0; at < safes.size; at++) {
		struct piece changed = copy_of(&safes);
		changed.bytes[at] ^= at % 2 == 0 ? 0x01 : 0xFF;
		struct piece mac = mac_data(&changed, DEMO_PIN);
		AUTO(secret) original = pfx_with_mac(changed, mac);
		assert_answered(opening(library, OPENER_CHECK, DEMO_PIN, original));
	}
	drop(&safes);
}

static void changed_bytes_of_an_encrypted_original_are_answered(void **state)
{
	change_each_byte(*state, safes_of("one-round.p12"));
}

/* In clear each change reaches the readers of keys and certificates. A small key is enough. */
static void changed_bytes_of_an_original_in_clear_are_answered(void **state)
{
	struct piece key = key_bag(file("other-key.der"), id_attribute("0102"));
	struct piece name = join(name_attribute(0x1E, text("53F8D842DFB7")), id_attribute("0102"));
	struct piece certificate = certificate_bag(file("other-certificate.der"), name);

	change_each_byte(*state, element(0x30, data_safe(join(key, certificate))));
}

static void changed_bytes_under_the_old_mac_are_answered(void **state)
{
	AUTO(secret) original = given_file("one-round.p12");
	size_t opened = 0;

	for (size_t at = 0; at < secret_size(original); at++) {
		AUTO(secret) changed = given_secret(secret_view(original), secret_size(original));
		secret_bytes(changed)[at] ^= 0x01;
		enum err err = opening(*state, OPENER_CHECK, DEMO_PIN, changed);
		assert_answered(err);
		opened += err == ERR_OK ? 1 : 0;
	}
	assert_true(opened <= 2); /* the NULL beside the name of the hash means nothing */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(changed_bytes_of_an_encrypted_original_are_answered),
		cmocka_unit_test(changed_bytes_of_an_original_in_clear_are_answered),
		cmocka_unit_test(changed_bytes_under_the_old_mac_are_answered),
	};

	return cmocka_run_group_tests(tests, given_library, drop_library);
}
