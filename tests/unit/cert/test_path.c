/* The 証明のパス page: every step is proven by a signature, and every path ends. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/cert/given.h"
#include "vault/cert/path.h"

/* `subject` with the key `kind`, signed by `issuer` with its key. */
static struct bytes given_link(const char *subject, const char *kind, const char *issuer,
			       const char *issuer_kind)
{
	return given_signed(given_certificate(subject, issuer, given_key(kind)),
			    given_key(issuer_kind),
			    strcmp(issuer_kind, "ED25519") == 0 ? NULL : EVP_sha256());
}

static void given_in_chain(struct bytes_list *chain, struct bytes der)
{
	assert_true(chain->count < BYTES_LIST_MAX);
	chain->items[chain->count++] = der;
}

static void assert_step(const struct path *path, size_t step, const struct bytes *der)
{
	assert_true(step < path->count);
	assert_true(bytes_equal(certificate_der(path->steps[step]), der));
}

static void a_path_is_found_in_any_order(void **state)
{
	AUTO_HELD(bytes) leaf = given_link("Taro", "P-256", "Sub", "P-384");
	AUTO_HELD(bytes_list) chain = {0};
	AUTO(path) path = NULL;

	(void)state;
	given_in_chain(&chain, given_link("Root", "RSA", "Root", "RSA"));
	given_in_chain(&chain, given_link("Other", "P-521", "Other", "P-521"));
	given_in_chain(&chain, given_link("Sub", "P-384", "Mid", "ED25519"));
	given_in_chain(&chain, given_link("Mid", "ED25519", "Root", "RSA"));
	assert_int_equal(path_build(&leaf, &chain, &path), ERR_OK);
	assert_true(path->is_complete);
	assert_int_equal(path->count, 4);
	assert_step(path, 0, &leaf);
	assert_step(path, 1, &chain.items[2]);
	assert_step(path, 2, &chain.items[3]);
	assert_step(path, 3, &chain.items[0]);
}

static void without_its_issuer_a_certificate_stands_alone(void **state)
{
	AUTO_HELD(bytes) leaf = given_link("Taro", "P-256", "Root", "RSA");
	AUTO_HELD(bytes_list) chain = {0};
	AUTO(path) path = NULL;

	(void)state;
	assert_int_equal(path_build(&leaf, &chain, &path), ERR_OK);
	assert_false(path->is_complete);
	assert_int_equal(path->count, 1);
	assert_step(path, 0, &leaf);
}

static void an_issuer_that_only_has_the_name_is_no_step(void **state)
{
	AUTO_HELD(bytes) leaf = given_link("Taro", "P-256", "Root", "RSA");
	AUTO_HELD(bytes_list) chain = {0};
	AUTO(path) path = NULL;

	(void)state;
	given_in_chain(&chain, given_link("Root", "P-384", "Root", "P-384"));
	assert_int_equal(path_build(&leaf, &chain, &path), ERR_OK);
	assert_false(path->is_complete);
	assert_int_equal(path->count, 1);
}

static void a_certificate_of_its_own_is_a_whole_path(void **state)
{
	AUTO_HELD(bytes) self = given_link("Root", "RSA", "Root", "RSA");
	AUTO_HELD(bytes_list) chain = {0};
	AUTO(path) path = NULL;

	(void)state;
	given_in_chain(&chain, given_link("Root", "RSA", "Root", "RSA"));
	assert_int_equal(path_build(&self, &chain, &path), ERR_OK);
	assert_true(path->is_complete);
	assert_int_equal(path->count, 1);
}

static void issuers_that_certify_each_other_end_the_path(void **state)
{
	AUTO_HELD(bytes) leaf = given_link("Taro", "P-256", "A", "P-384");
	AUTO_HELD(bytes_list) chain = {0};
	AUTO(path) path = NULL;

	(void)state;
	given_in_chain(&chain, given_link("A", "P-384", "B", "P-521"));
	given_in_chain(&chain, given_link("B", "P-521", "A", "P-384"));
	assert_int_equal(path_build(&leaf, &chain, &path), ERR_OK);
	assert_false(path->is_complete);
	assert_int_equal(path->count, 3);
}

static void a_leaf_in_a_loop_ends_the_path(void **state)
{
	AUTO_HELD(bytes) leaf = given_link("A", "P-256", "B", "P-384");
	AUTO_HELD(bytes_list) chain = {0};
	AUTO(path) path = NULL;

	(void)state;
	given_in_chain(&chain, given_link("B", "P-384", "A", "P-256"));
	assert_int_equal(path_build(&leaf, &chain, &path), ERR_OK);
	assert_false(path->is_complete);
	assert_int_equal(path->count, 2);
}

static void a_chain_full_of_the_same_is_one_step(void **state)
{
	AUTO_HELD(bytes) leaf = given_link("Taro", "P-256", "Root", "RSA");
	AUTO_HELD(bytes) root = given_link("Root", "RSA", "Root", "RSA");
	AUTO_HELD(bytes_list) chain = {0};
	AUTO(path) path = NULL;

	(void)state;
	for (size_t i = 0; i < BYTES_LIST_MAX; i++) {
		struct bytes copy = {0};
		const struct bytes *from = i % 2 == 0 ? &root : &leaf;
		assert_int_equal(bytes_copy(from->data, from->size, &copy), ERR_OK);
		given_in_chain(&chain, copy);
	}
	assert_int_equal(path_build(&leaf, &chain, &path), ERR_OK);
	assert_true(path->is_complete);
	assert_int_equal(path->count, 2);
}

/* RFC 4210, 4.4: after a change of its key an authority has four certificates of one name. */
static void a_renewed_issuer_is_known_by_its_key(void **state)
{
	AUTO_HELD(bytes) leaf = given_link("Taro", "P-256", "CA", "P-384");
	AUTO_HELD(bytes_list) chain = {0};
	AUTO(path) path = NULL;

	(void)state;
	given_in_chain(&chain, given_link("CA", "RSA", "CA", "RSA"));     /* old */
	given_in_chain(&chain, given_link("CA", "RSA", "CA", "P-384"));   /* old with new */
	given_in_chain(&chain, given_link("CA", "P-384", "CA", "RSA"));   /* new with old */
	given_in_chain(&chain, given_link("CA", "P-384", "CA", "P-384")); /* new */
	assert_int_equal(path_build(&leaf, &chain, &path), ERR_OK);
	assert_true(path->is_complete);
	assert_int_equal(path->count, 2);
	assert_step(path, 1, &chain.items[3]);
}

static void a_link_certificate_leads_to_the_old_root(void **state)
{
	AUTO_HELD(bytes) leaf = given_link("Taro", "P-256", "CA", "P-384");
	AUTO_HELD(bytes_list) chain = {0};
	AUTO(path) path = NULL;

	(void)state;
	given_in_chain(&chain, given_link("CA", "RSA", "CA", "RSA"));
	given_in_chain(&chain, given_link("CA", "P-384", "CA", "RSA"));
	assert_int_equal(path_build(&leaf, &chain, &path), ERR_OK);
	assert_true(path->is_complete);
	assert_int_equal(path->count, 3);
	assert_step(path, 1, &chain.items[1]);
	assert_step(path, 2, &chain.items[0]);
}

static void a_dead_end_does_not_hide_the_way_on(void **state)
{
	AUTO_HELD(bytes) leaf = given_link("Taro", "P-256", "Sub", "P-384");
	AUTO_HELD(bytes_list) chain = {0};
	AUTO(path) path = NULL;
	X509 *longest = given_certificate("Sub", "Absent", given_key("P-384"));

	(void)state;
	given_dates(longest, "260131150000Z", "20600101000000Z");
	given_in_chain(&chain, given_signed(longest, given_key("P-521"), EVP_sha256()));
	given_in_chain(&chain, given_link("Sub", "P-384", "Root", "RSA"));
	given_in_chain(&chain, given_link("Root", "RSA", "Root", "RSA"));
	assert_int_equal(path_build(&leaf, &chain, &path), ERR_OK);
	assert_true(path->is_complete);
	assert_step(path, 1, &chain.items[1]);
	assert_step(path, 2, &chain.items[2]);
}

static void what_is_no_certificate_has_no_path(void **state)
{
	struct bytes garbage = {(uint8_t[]){1, 2, 3}, 3};
	struct bytes_list chain = {0};
	AUTO(path) path = NULL;

	(void)state;
	assert_int_equal(path_build(&garbage, &chain, &path), ERR_CERT_PARSE);
	assert_null(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_is_found_in_any_order),
		cmocka_unit_test(without_its_issuer_a_certificate_stands_alone),
		cmocka_unit_test(an_issuer_that_only_has_the_name_is_no_step),
		cmocka_unit_test(a_certificate_of_its_own_is_a_whole_path),
		cmocka_unit_test(issuers_that_certify_each_other_end_the_path),
		cmocka_unit_test(a_leaf_in_a_loop_ends_the_path),
		cmocka_unit_test(a_chain_full_of_the_same_is_one_step),
		cmocka_unit_test(a_renewed_issuer_is_known_by_its_key),
		cmocka_unit_test(a_link_certificate_leads_to_the_old_root),
		cmocka_unit_test(a_dead_end_does_not_hide_the_way_on),
		cmocka_unit_test(what_is_no_certificate_has_no_path),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
