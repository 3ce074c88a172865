/* How a certificate is read is decided by nobody's openssl.cnf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/cert/given.h"

/* A configuration that leaves OpenSSL without any algorithm. Read once per process, at the first
 * call: so this test has a program of its own. */
static void given_a_crippling_configuration(char path[])
{
	static const char text[] = "openssl_conf = init\n[init]\nproviders = all\n"
				   "[all]\nnull = none\n[none]\nactivate = 1\n";
	AUTO_FD fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof text - 1), sizeof text - 1);
	assert_int_equal(setenv("OPENSSL_CONF", path, 1), 0);
}

static void no_configuration_decides_how_a_certificate_is_read(void **state)
{
	char path[] = "/tmp/kinko-test-XXXXXX";
	struct certificate *none = NULL;

	(void)state;
	given_a_crippling_configuration(path);
	assert_int_equal(certificate_parse("", 1, &none), ERR_CERT_PARSE);

	AUTO_HELD(bytes) der = given_member_certificate(given_key("P-256"), given_key("P-384"));
	AUTO(certificate) certificate = given_parsed(&der);
	assert_int_equal(certificate_key_kind(certificate), KEY_P256);
	(void)unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_configuration_decides_how_a_certificate_is_read),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
