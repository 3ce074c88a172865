/* mechanism.c - see mechanism.h. PKCS#11 2.40 and 3.0, "Current Mechanisms". */
#include "tool/pkcs11/mechanism.h"

#include "vault/base/own.h"

#define SIGNS    (CKF_SIGN | CKF_VERIFY)
#define VERIFIES CKF_VERIFY

/* SHA-1 verifies and never signs. */
static const struct mechanism mechanisms[] = {
	{CKM_SHA256, PUBLIC_KEY_UNKNOWN, CKF_DIGEST, 0, HASH_SHA256, true},
	{CKM_SHA384, PUBLIC_KEY_UNKNOWN, CKF_DIGEST, 0, HASH_SHA384, true},
	{CKM_SHA512, PUBLIC_KEY_UNKNOWN, CKF_DIGEST, 0, HASH_SHA512, true},
	{CKM_RSA_PKCS, PUBLIC_KEY_RSA, SIGNS, SIGN_RSA_PKCS1, HASH_NONE, false},
	{CKM_SHA256_RSA_PKCS, PUBLIC_KEY_RSA, SIGNS, SIGN_RSA_PKCS1, HASH_SHA256, true},
	{CKM_SHA384_RSA_PKCS, PUBLIC_KEY_RSA, SIGNS, SIGN_RSA_PKCS1, HASH_SHA384, true},
	{CKM_SHA512_RSA_PKCS, PUBLIC_KEY_RSA, SIGNS, SIGN_RSA_PKCS1, HASH_SHA512, true},
	{CKM_SHA1_RSA_PKCS, PUBLIC_KEY_RSA, VERIFIES, SIGN_RSA_PKCS1, HASH_SHA1, true},
	{CKM_RSA_PKCS_PSS, PUBLIC_KEY_RSA, SIGNS, SIGN_RSA_PSS, HASH_NONE, false},
	{CKM_SHA256_RSA_PKCS_PSS, PUBLIC_KEY_RSA, SIGNS, SIGN_RSA_PSS, HASH_SHA256, true},
	{CKM_SHA384_RSA_PKCS_PSS, PUBLIC_KEY_RSA, SIGNS, SIGN_RSA_PSS, HASH_SHA384, true},
	{CKM_SHA512_RSA_PKCS_PSS, PUBLIC_KEY_RSA, SIGNS, SIGN_RSA_PSS, HASH_SHA512, true},
	{CKM_RSA_PKCS_OAEP, PUBLIC_KEY_RSA, CKF_DECRYPT, 0, HASH_NONE, false},
	{CKM_ECDSA, PUBLIC_KEY_EC, SIGNS, SIGN_ECDSA, HASH_NONE, false},
	{CKM_ECDSA_SHA256, PUBLIC_KEY_EC, SIGNS, SIGN_ECDSA, HASH_SHA256, true},
	{CKM_ECDSA_SHA384, PUBLIC_KEY_EC, SIGNS, SIGN_ECDSA, HASH_SHA384, true},
	{CKM_ECDSA_SHA512, PUBLIC_KEY_EC, SIGNS, SIGN_ECDSA, HASH_SHA512, true},
	{CKM_ECDSA_SHA1, PUBLIC_KEY_EC, VERIFIES, SIGN_ECDSA, HASH_SHA1, true},
	{CKM_EDDSA, PUBLIC_KEY_ED25519, SIGNS, SIGN_EDDSA, HASH_SHA512, false},
};

enum sign_hash mechanism_sign_hash(enum hash_kind hash)
{
	if (hash == HASH_SHA384)
		return SIGN_SHA384;
	return hash == HASH_SHA512 ? SIGN_SHA512 : SIGN_SHA256;
}

const struct mechanism *mechanism_find(CK_MECHANISM_TYPE type)
{
	for (size_t i = 0; i < COUNT_OF(mechanisms); i++)
		if (mechanisms[i].type == type)
			return &mechanisms[i];
	return NULL;
}

CK_FLAGS mechanism_flags(const struct mechanism *mechanism, const struct public_key *key,
			 const struct permission *permission)
{
	CK_FLAGS flags = mechanism->flags;
	unsigned wanted = mechanism->hash == HASH_NONE ? ~0U : 1U << mechanism->hash;

	if (mechanism->key != PUBLIC_KEY_UNKNOWN && mechanism->key != key->kind)
		return 0;
	if ((permission->hashes & wanted) == 0)
		flags &= ~(CK_FLAGS)CKF_SIGN;
	if (!permission->decrypts)
		flags &= ~(CK_FLAGS)CKF_DECRYPT;
	return flags;
}

const struct mechanism *mechanism_at(size_t index, const struct public_key *key,
				     const struct permission *permission)
{
	for (size_t i = 0; i < COUNT_OF(mechanisms); i++)
		if (mechanism_flags(&mechanisms[i], key, permission) != 0 && index-- == 0)
			return &mechanisms[i];
	return NULL;
}

void mechanism_info(const struct mechanism *mechanism, const struct public_key *key,
		    const struct permission *permission, CK_MECHANISM_INFO *out_info)
{
	*out_info = (CK_MECHANISM_INFO){.flags = mechanism_flags(mechanism, key, permission)};
	if (mechanism->key != PUBLIC_KEY_UNKNOWN)
		out_info->ulMinKeySize = out_info->ulMaxKeySize = key->bits;
	if (mechanism->key == PUBLIC_KEY_EC)
		out_info->flags |= CKF_EC_F_P | CKF_EC_NAMEDCURVE | CKF_EC_UNCOMPRESS;
}

static enum hash_kind hash_of_mechanism(CK_MECHANISM_TYPE type)
{
	const struct mechanism *mechanism = mechanism_find(type);

	return mechanism != NULL && mechanism->flags == CKF_DIGEST ? mechanism->hash : HASH_NONE;
}

static bool is_mask_of(CK_RSA_PKCS_MGF_TYPE mask, enum hash_kind hash)
{
	return (hash == HASH_SHA256 && mask == CKG_MGF1_SHA256) ||
	       (hash == HASH_SHA384 && mask == CKG_MGF1_SHA384) ||
	       (hash == HASH_SHA512 && mask == CKG_MGF1_SHA512);
}

/* One hash for digest and mask, and a salt as long as the hash: what the vault makes. */
static CK_RV check_pss(const CK_MECHANISM *wanted, enum hash_kind *in_out_hash)
{
	CK_RSA_PKCS_PSS_PARAMS given;
	enum hash_kind hash;

	if (wanted->pParameter == NULL || wanted->ulParameterLen != sizeof given)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&given, wanted->pParameter, sizeof given);
	hash = hash_of_mechanism(given.hashAlg);
	if (hash == HASH_NONE || (*in_out_hash != HASH_NONE && *in_out_hash != hash) ||
	    !is_mask_of(given.mgf, hash) || given.sLen != hash_size(hash))
		return CKR_MECHANISM_PARAM_INVALID;
	*in_out_hash = hash;
	return CKR_OK;
}

/* One hash for label and mask, and no label. */
static CK_RV check_oaep(const CK_MECHANISM *wanted, enum hash_kind *out_hash)
{
	CK_RSA_PKCS_OAEP_PARAMS given;

	if (wanted->pParameter == NULL || wanted->ulParameterLen != sizeof given)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&given, wanted->pParameter, sizeof given);
	*out_hash = hash_of_mechanism(given.hashAlg);
	if (*out_hash == HASH_NONE || !is_mask_of(given.mgf, *out_hash) ||
	    given.ulSourceDataLen != 0 || (given.source != 0 && given.source != CKZ_DATA_SPECIFIED))
		return CKR_MECHANISM_PARAM_INVALID;
	return CKR_OK;
}

/* Pure Ed25519: no prehash, no context (RFC 8032, 5.1). */
static CK_RV check_eddsa(const CK_MECHANISM *wanted)
{
	CK_EDDSA_PARAMS given;

	if (wanted->ulParameterLen == 0)
		return CKR_OK;
	if (wanted->pParameter == NULL || wanted->ulParameterLen != sizeof given)
		return CKR_MECHANISM_PARAM_INVALID;
	memcpy(&given, wanted->pParameter, sizeof given);
	return given.phFlag == CK_FALSE && given.ulContextDataLen == 0
		       ? CKR_OK
		       : CKR_MECHANISM_PARAM_INVALID;
}

static CK_RV check_parameters(const CK_MECHANISM *wanted, const struct mechanism *mechanism,
			      enum hash_kind *in_out_hash)
{
	if (mechanism->scheme == SIGN_RSA_PSS)
		return check_pss(wanted, in_out_hash);
	if (mechanism->flags == CKF_DECRYPT)
		return check_oaep(wanted, in_out_hash);
	if (mechanism->scheme == SIGN_EDDSA)
		return check_eddsa(wanted);
	return wanted->ulParameterLen == 0 ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}

CK_RV mechanism_choose(const void *wanted, CK_FLAGS flag, const struct public_key *key,
		       const struct permission *permission, const struct mechanism **out_mechanism,
		       enum hash_kind *out_hash)
{
	const struct mechanism *mechanism;
	enum hash_kind hash;
	CK_MECHANISM given;

	if (wanted == NULL)
		return CKR_ARGUMENTS_BAD;
	memcpy(&given, wanted, sizeof given);
	mechanism = mechanism_find(given.mechanism);
	if (mechanism == NULL || (mechanism_flags(mechanism, key, permission) & flag) == 0)
		return CKR_MECHANISM_INVALID;
	hash = mechanism->hash;
	CHECK(check_parameters(&given, mechanism, &hash));
	if (flag == CKF_SIGN && hash != HASH_NONE && (permission->hashes & 1U << hash) == 0)
		return CKR_MECHANISM_PARAM_INVALID;
	*out_mechanism = mechanism;
	*out_hash = hash;
	return CKR_OK;
}
