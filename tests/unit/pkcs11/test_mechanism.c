/* What is listed works, with the parameters that the vault can do; nothing else is accepted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tool/pkcs11/mechanism.h"
#include "tool/pkcs11/operation.h"
#include "vault/base/own.h"

static const struct permission everything = {~0U, true};
static const struct permission sha256_only = {1U << HASH_SHA256, false};
static const struct public_key rsa = {.kind = PUBLIC_KEY_RSA, .bits = 2048, .signature_size = 256};
static const struct public_key curve = {.kind = PUBLIC_KEY_EC, .bits = 256, .signature_size = 64};

static CK_RV choose(CK_MECHANISM_TYPE type, void *parameter, CK_ULONG size, CK_FLAGS flag)
{
	const CK_MECHANISM wanted = {type, parameter, size};
	const struct mechanism *mechanism;
	enum hash_kind hash;

	return mechanism_choose(&wanted, flag, &rsa, &everything, &mechanism, &hash);
}

static void what_is_listed_can_be_chosen_and_what_is_not_cannot(void **state)
{
	const struct mechanism *listed;

	(void)state;
	for (size_t i = 0; (listed = mechanism_at(i, &curve, &sha256_only)) != NULL; i++) {
		CK_FLAGS flags = mechanism_flags(listed, &curve, &sha256_only);
		for (CK_FLAGS flag = 1; flag <= CKF_DERIVE; flag <<= 1) {
			const CK_MECHANISM wanted = {listed->type, NULL, 0};
			const struct mechanism *mechanism;
			enum hash_kind hash;
			assert_int_equal(mechanism_choose(&wanted, flag, &curve, &sha256_only,
							  &mechanism, &hash),
					 (flags & flag) != 0 ? CKR_OK : CKR_MECHANISM_INVALID);
		}
	}
	assert_int_equal(choose(CKM_RSA_X_509, NULL, 0, CKF_SIGN), CKR_MECHANISM_INVALID);
	assert_int_equal(choose(CKM_RSA_X_509, NULL, 0, CKF_DECRYPT), CKR_MECHANISM_INVALID);
	assert_int_equal(choose(CKM_RSA_PKCS, NULL, 0, CKF_DECRYPT), CKR_MECHANISM_INVALID);
	assert_int_equal(choose(CKM_MD5_RSA_PKCS, NULL, 0, CKF_VERIFY), CKR_MECHANISM_INVALID);
	assert_int_equal(choose(CKM_SHA1_RSA_PKCS, NULL, 0, CKF_SIGN), CKR_MECHANISM_INVALID);
	assert_int_equal(choose(CKM_SHA1_RSA_PKCS, NULL, 0, CKF_VERIFY), CKR_OK);
	assert_int_equal(choose(CKM_ECDSA, NULL, 0, CKF_SIGN), CKR_MECHANISM_INVALID);
}

static void the_salt_is_as_long_as_the_hash(void **state)
{
	CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, 32};

	(void)state;
	assert_int_equal(choose(CKM_RSA_PKCS_PSS, &pss, sizeof pss, CKF_SIGN), CKR_OK);
	assert_int_equal(choose(CKM_SHA256_RSA_PKCS_PSS, &pss, sizeof pss, CKF_SIGN), CKR_OK);
	assert_int_equal(choose(CKM_SHA384_RSA_PKCS_PSS, &pss, sizeof pss, CKF_SIGN),
			 CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(choose(CKM_RSA_PKCS_PSS, &pss, sizeof pss - 1, CKF_SIGN),
			 CKR_MECHANISM_PARAM_INVALID);
	assert_int_equal(choose(CKM_RSA_PKCS_PSS, NULL, 0, CKF_SIGN), CKR_MECHANISM_PARAM_INVALID);
	pss.sLen = 20;
	assert_int_equal(choose(CKM_RSA_PKCS_PSS, &pss, sizeof pss, CKF_SIGN),
			 CKR_MECHANISM_PARAM_INVALID);
	pss = (CK_RSA_PKCS_PSS_PARAMS){CKM_SHA256, CKG_MGF1_SHA1, 32};
	assert_int_equal(choose(CKM_RSA_PKCS_PSS, &pss, sizeof pss, CKF_SIGN),
			 CKR_MECHANISM_PARAM_INVALID);
	pss = (CK_RSA_PKCS_PSS_PARAMS){CKM_SHA_1, CKG_MGF1_SHA1, 20};
	assert_int_equal(choose(CKM_RSA_PKCS_PSS, &pss, sizeof pss, CKF_SIGN),
			 CKR_MECHANISM_PARAM_INVALID);
}

static void oaep_has_one_hash_and_no_label(void **state)
{
	uint8_t label[] = "label";
	CK_RSA_PKCS_OAEP_PARAMS oaep = {CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, NULL, 0};

	(void)state;
	assert_int_equal(choose(CKM_RSA_PKCS_OAEP, &oaep, sizeof oaep, CKF_DECRYPT), CKR_OK);
	oaep.mgf = CKG_MGF1_SHA1;
	assert_int_equal(choose(CKM_RSA_PKCS_OAEP, &oaep, sizeof oaep, CKF_DECRYPT),
			 CKR_MECHANISM_PARAM_INVALID);
	oaep = (CK_RSA_PKCS_OAEP_PARAMS){CKM_SHA256, CKG_MGF1_SHA256, CKZ_DATA_SPECIFIED, label,
					 sizeof label};
	assert_int_equal(choose(CKM_RSA_PKCS_OAEP, &oaep, sizeof oaep, CKF_DECRYPT),
			 CKR_MECHANISM_PARAM_INVALID);
}

static CK_RV input_result(CK_MECHANISM_TYPE type, const void *data, size_t size,
			  enum hash_kind *out_hash)
{
	struct operation operation;
	uint8_t digest[HASH_SIZE_MAX];
	struct part input;
	CK_RV result;

	operation_begin(&operation, mechanism_find(type), HASH_NONE);
	result = operation_add(&operation, data, size);
	if (result == CKR_OK)
		result = operation_input(&operation, digest, &input);
	*out_hash = operation.hash;
	operation_end(&operation);
	return result;
}

static void a_digest_info_is_taken_exactly(void **state)
{
	enum hash_kind hash;

	(void)state;
	for (int kind = HASH_SHA1; kind <= HASH_SHA512; kind++) {
		uint8_t info[19 + HASH_SIZE_MAX + 1] = {0};
		size_t size;
		const uint8_t *prefix = hash_info_prefix((enum hash_kind)kind, &size);
		memcpy(info, prefix, size);
		size += hash_size((enum hash_kind)kind);
		assert_int_equal(input_result(CKM_RSA_PKCS, info, size, &hash), CKR_OK);
		assert_int_equal(hash, kind);
		assert_int_equal(input_result(CKM_RSA_PKCS, info, size + 1, &hash),
				 CKR_DATA_INVALID);
		assert_int_equal(input_result(CKM_RSA_PKCS, info, size - 1, &hash),
				 CKR_DATA_INVALID);
		for (size_t i = 0; i < size - hash_size((enum hash_kind)kind); i++) {
			info[i] ^= 1;
			assert_int_equal(input_result(CKM_RSA_PKCS, info, size, &hash),
					 CKR_DATA_INVALID);
			info[i] ^= 1;
		}
	}
}

static void a_bare_digest_has_the_size_of_a_hash(void **state)
{
	static const uint8_t digest[200] = {0};
	enum hash_kind hash;

	(void)state;
	for (size_t size = 0; size < sizeof digest; size++) {
		bool is_one = size == 20 || size == 32 || size == 48 || size == 64;
		assert_int_equal(input_result(CKM_ECDSA, digest, size, &hash),
				 is_one ? CKR_OK : CKR_DATA_LEN_RANGE);
	}
}

static void what_is_beyond_all_memory_is_not_read(void **state)
{
	enum hash_kind hash;
	static const uint8_t byte = 0;

	(void)state;
	assert_int_equal(input_result(CKM_ECDSA, &byte, (size_t)1 << 63, &hash),
			 CKR_DATA_LEN_RANGE);
	assert_int_equal(input_result(CKM_ECDSA, NULL, 1, &hash), CKR_ARGUMENTS_BAD);
	assert_int_equal(input_result(CKM_EDDSA, &byte, (size_t)PTRDIFF_MAX, &hash),
			 CKR_DATA_LEN_RANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_listed_can_be_chosen_and_what_is_not_cannot),
		cmocka_unit_test(the_salt_is_as_long_as_the_hash),
		cmocka_unit_test(oaep_has_one_hash_and_no_label),
		cmocka_unit_test(a_digest_info_is_taken_exactly),
		cmocka_unit_test(a_bare_digest_has_the_size_of_a_hash),
		cmocka_unit_test(what_is_beyond_all_memory_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
