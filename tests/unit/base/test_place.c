/* Where a vault and the parts of Kinko lie, and the words that never change. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "vault/base/place.h"
#include "vault/base/program.h"
#include "vault/base/vault.h"

static void the_system_vault_has_fixed_places(void **state)
{
	AUTO(place) place = NULL;

	(void)state;
	assert_int_equal(place_of_system(&place), ERR_OK);
	assert_false(place->is_private);
	assert_string_equal(place->run, "/run/kinko");
	assert_string_equal(place->socket, "/run/kinko/vault.sock");
	assert_string_equal(place->state, "/var/lib/kinko");
	assert_string_equal(place->anchor, "/var/lib/kinko-anchor");
	assert_string_equal(place->config, "/etc/kinko");
}

static void a_private_vault_lies_in_one_folder(void **state)
{
	AUTO(place) place = NULL;

	(void)state;
	assert_int_equal(place_of_private("/a/金庫", &place), ERR_OK);
	assert_true(place->is_private);
	assert_string_equal(place->run, "/a/金庫");
	assert_string_equal(place->socket, "/a/金庫/vault.sock");
	assert_string_equal(place->state, "/a/金庫/state");
	assert_string_equal(place->anchor, "/a/金庫/anchor");
	assert_string_equal(place->config, "/a/金庫");
}

static void a_relative_folder_is_made_absolute(void **state)
{
	AUTO(place) place = NULL;
	AUTO_TEXT here = getcwd(NULL, 0);
	AUTO_TEXT expected = NULL;

	(void)state;
	assert_true(asprintf(&expected, "%s/vault/state", here) > 0);
	assert_int_equal(place_of_private("vault", &place), ERR_OK);
	assert_string_equal(place->state, expected);
}

static void a_part_is_found_beside_the_running_program(void **state)
{
	AUTO_TEXT own = NULL;
	AUTO_TEXT missing = NULL;

	(void)state;
	assert_int_equal(setenv("PATH", "/nowhere", 1), 0);
	assert_int_equal(program_find(program_invocation_short_name, &own), ERR_OK);
	assert_int_equal(access(own, X_OK), 0);
	assert_int_equal(program_find("kinko-no-such-part", &missing), ERR_PROGRAM_MISSING);
	assert_string_equal(err_detail_text(), "kinko-no-such-part");
	assert_null(missing);
}

static void words_for_scripts_never_change(void **state)
{
	(void)state;
	assert_string_equal(vault_state_word(VAULT_READY), "ready");
	assert_string_equal(vault_state_word(VAULT_MACHINE_CHANGED), "machine-changed");
	assert_string_equal(vault_state_word(VAULT_ROLLED_BACK), "rolled-back");
	assert_string_equal(vault_state_word(VAULT_DAMAGED), "damaged");
	assert_string_equal(vault_binding_word(VAULT_BINDING_HOST), "host");
	assert_string_equal(vault_binding_word(VAULT_BINDING_TPM), "tpm");
	assert_string_equal(import_result_word(IMPORT_IMPORTED), "imported");
	assert_string_equal(import_result_word(IMPORT_ALREADY_THERE), "already-there");
	assert_string_equal(import_result_word(IMPORT_PIN_RESET), "pin-reset");
	assert_string_equal(warning_word(WARNING_EXPIRED), "expired");
	assert_string_equal(warning_word(WARNING_NOT_YET_VALID), "not-yet-valid");
	assert_string_equal(warning_word(WARNING_WEAK_SIGNATURE), "weak-signature");
	assert_string_equal(warning_word(WARNING_ON_THIS_COMPUTER), "original-on-this-computer");
	assert_string_equal(warning_word(WARNING_WEAK_PROTECTION), "weak-protection");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_system_vault_has_fixed_places),
		cmocka_unit_test(a_private_vault_lies_in_one_folder),
		cmocka_unit_test(a_relative_folder_is_made_absolute),
		cmocka_unit_test(a_part_is_found_beside_the_running_program),
		cmocka_unit_test(words_for_scripts_never_change),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
