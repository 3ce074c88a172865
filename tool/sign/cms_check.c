/* cms_check.c - see cms_check.h
 *
 * The content is hashed here and not by CMS_verify: that would hash it once for each algorithm
 * that the SignedData names, and a stranger may name thousands.
 */
#include "tool/sign/cms_check.h"

#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/ess.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "vault/cert/certificate.h"

enum { SIGNERS_MAX = 32, SECURITY_BITS_MIN = 112 /* RSA-2048 (NIST SP 800-57, table 2) */ };

/* One signer, and what OpenSSL lends of it. */
struct signing {
	CMS_ContentInfo *cms;
	CMS_SignerInfo *signer;
	X509 *x509;
	X509_ALGOR *digest_algorithm;
	X509_ALGOR *signature_algorithm;
	enum sign_hash hash;
	const struct content *content;
	const struct cms_rules *rules;
};

static bool is_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

CMS_ContentInfo *cms_read(const uint8_t *bytes, size_t size, bool may_be_padded)
{
	const uint8_t *at = bytes;
	CMS_ContentInfo *cms = NULL;
	size_t used;

	if (size > 0 && size <= VERIFY_CMS_MAX)
		cms = d2i_CMS_ContentInfo(NULL, &at, (long)size);
	ERR_clear_error();
	if (cms == NULL)
		return NULL;
	used = (size_t)(at - bytes);
	if (OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed && used <= size &&
	    (used == size || (may_be_padded && is_zero(bytes + used, size - used))))
		return cms;
	CMS_ContentInfo_free(cms);
	return NULL;
}

/* --- What is said of a signer -------------------------------------------------------------------
 */

static int64_t seconds_of(const ASN1_TIME *time)
{
	struct tm parts;

	return time != NULL && ASN1_TIME_to_tm(time, &parts) == 1 ? (int64_t)timegm(&parts) : 0;
}

static int64_t signing_time(const CMS_SignerInfo *signer)
{
	int at = CMS_signed_get_attr_by_NID(signer, NID_pkcs9_signingTime, -1);
	X509_ATTRIBUTE *attribute = at < 0 ? NULL : CMS_signed_get_attr(signer, at);
	ASN1_TYPE *value = attribute == NULL ? NULL : X509_ATTRIBUTE_get0_type(attribute, 0);

	if (value == NULL ||
	    (value->type != V_ASN1_UTCTIME && value->type != V_ASN1_GENERALIZEDTIME))
		return 0;
	return seconds_of(value->value.asn1_string);
}

static enum err describe(X509 *x509, struct signature_report *report)
{
	AUTO(certificate) certificate = NULL;
	int64_t at = report->signed_at == 0 ? (int64_t)time(NULL) : report->signed_at;

	TRY(openssl_certificate_bytes(x509, &report->certificate));
	/* One that cannot be shown has no name, and is no certificate of anybody. */
	if (certificate_parse(report->certificate.data, report->certificate.size, &certificate) !=
	    ERR_OK) {
		err_forget();
		report->fault = FAULT_NO_CERTIFICATE;
		return ERR_OK;
	}
	report->is_in_time = certificate_not_before(certificate) <= at &&
			     at <= certificate_not_after(certificate);
	return certificate_subject_short(certificate, &report->signer);
}

typedef STACK_OF(X509) x509_stack;

static void free_stack(x509_stack **stack)
{
	sk_X509_pop_free(*stack, X509_free);
}

/* The first certificates that came along; a way to a root needs few. */
static enum err others_of(CMS_ContentInfo *cms, struct bytes_list *out_others)
{
	__attribute__((cleanup(free_stack))) x509_stack *stack = CMS_get1_certs(cms);

	for (int i = 0; i < sk_X509_num(stack) && out_others->count < BYTES_LIST_MAX; i++) {
		TRY(openssl_certificate_bytes(sk_X509_value(stack, i),
					      &out_others->items[out_others->count]));
		out_others->count++;
	}
	return ERR_OK;
}

/* This computer's list of issuers is the one for web pages, and there a name is that of a computer:
 * a certificate for web servers says of no person who it is. */
static bool is_web_server(X509 *x509)
{
	const uint32_t any = UINT32_MAX; /* no restriction */
	uint32_t usage = X509_get_extended_key_usage(x509);

	return usage != any && (usage & XKU_SSL_SERVER) != 0 && (usage & XKU_SMIME) == 0;
}

static enum err find_chain(const struct signing *signing, struct signature_report *report)
{
	AUTO_HELD(bytes_list) others = {0};
	int64_t at = report->signed_at == 0 ? (int64_t)time(NULL) : report->signed_at;

	TRY(others_of(signing->cms, &others));
	report->chain_known = !is_web_server(signing->x509) &&
			      trust_knows(signing->rules->trust, &report->certificate, &others, at);
	return ERR_OK;
}

/* --- Whether it is right ------------------------------------------------------------------------
 */

enum signature_fault cms_hash_of(const X509_ALGOR *algorithm, enum sign_hash *out_hash)
{
	const ASN1_OBJECT *object = NULL;

	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	switch (OBJ_obj2nid(object)) {
	case NID_sha256:
		*out_hash = SIGN_SHA256;
		return FAULT_NONE;
	case NID_sha384:
		*out_hash = SIGN_SHA384;
		return FAULT_NONE;
	case NID_sha512:
		*out_hash = SIGN_SHA512;
		return FAULT_NONE;
	case NID_sha1:
	case NID_md5:
	case NID_md4:
	case NID_md2:
		return FAULT_WEAK_HASH;
	default:
		return FAULT_KIND;
	}
}

static enum signature_fault check_key(const struct signing *signing)
{
	EVP_PKEY *key = X509_get0_pubkey(signing->x509);

	if (key == NULL)
		return FAULT_KIND;
	return EVP_PKEY_get_security_bits(key) >= SECURITY_BITS_MIN ? FAULT_NONE : FAULT_WEAK_KEY;
}

/* ETSI EN 319 122-1, 5.2.2: the signed attribute names the certificate by its digest. */
static enum signature_fault check_named_certificate(const struct signing *signing)
{
	static const int only_one = -3;
	const ASN1_STRING *value = CMS_signed_get0_data_by_OBJ(
		signing->signer, OBJ_nid2obj(NID_id_smime_aa_signingCertificateV2), only_one,
		V_ASN1_SEQUENCE);
	ESS_SIGNING_CERT_V2 *named = NULL;
	STACK_OF(X509) *chain = sk_X509_new_null();
	const uint8_t *at;
	bool is_right = false;

	if (value == NULL || chain == NULL) {
		sk_X509_free(chain);
		return signing->rules->names_certificate ? FAULT_CERTIFICATE : FAULT_NONE;
	}
	at = ASN1_STRING_get0_data(value);
	named = d2i_ESS_SIGNING_CERT_V2(NULL, &at, ASN1_STRING_length(value));
	if (named != NULL && sk_X509_push(chain, signing->x509) > 0)
		is_right = OSSL_ESS_check_signing_certs(NULL, named, chain, 1) > 0;
	ESS_SIGNING_CERT_V2_free(named);
	sk_X509_free(chain);
	return is_right ? FAULT_NONE : FAULT_CERTIFICATE;
}

/* RFC 5652, 5.4 and 11: the digest and the kind of content stand in what is signed. */
static enum signature_fault check_attributes(const struct signing *signing,
					     const struct bytes *digest)
{
	static const int only_one = -3;
	CMS_SignerInfo *signer = signing->signer;
	const ASN1_OCTET_STRING *signed_digest = CMS_signed_get0_data_by_OBJ(
		signer, OBJ_nid2obj(NID_pkcs9_messageDigest), only_one, V_ASN1_OCTET_STRING);
	const ASN1_OBJECT *kind = CMS_signed_get0_data_by_OBJ(
		signer, OBJ_nid2obj(NID_pkcs9_contentType), only_one, V_ASN1_OBJECT);

	if (signed_digest == NULL || kind == NULL ||
	    OBJ_cmp(kind, CMS_get0_eContentType(signing->cms)) != 0)
		return FAULT_SIGNATURE;
	if ((size_t)ASN1_STRING_length(signed_digest) != digest->size ||
	    memcmp(ASN1_STRING_get0_data(signed_digest), digest->data, digest->size) != 0)
		return FAULT_CHANGED;
	if (CMS_SignerInfo_verify(signer) != 1)
		return FAULT_SIGNATURE;
	return check_named_certificate(signing);
}

static void free_key_context(EVP_PKEY_CTX **context)
{
	EVP_PKEY_CTX_free(*context);
}

/* Without signed attributes the signature is over the content itself. Whether the content or the
 * signature was changed nobody can tell. */
static enum signature_fault check_bare(const struct signing *signing, const struct bytes *digest)
{
	EVP_PKEY *key = X509_get0_pubkey(signing->x509);
	const ASN1_OCTET_STRING *signature = CMS_SignerInfo_get0_signature(signing->signer);
	__attribute__((cleanup(free_key_context))) EVP_PKEY_CTX *context =
		EVP_PKEY_CTX_new(key, NULL);
	const ASN1_OBJECT *object = NULL;

	X509_ALGOR_get0(&object, NULL, NULL, signing->signature_algorithm);
	if (OBJ_obj2nid(object) == NID_rsassaPss)
		return FAULT_KIND;
	if (context == NULL || EVP_PKEY_verify_init(context) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(context, openssl_hash(signing->hash)) != 1)
		return FAULT_KIND;
	if (EVP_PKEY_is_a(key, "RSA") &&
	    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) != 1)
		return FAULT_KIND;
	if (EVP_PKEY_verify(context, ASN1_STRING_get0_data(signature),
			    (size_t)ASN1_STRING_length(signature), digest->data, digest->size) != 1)
		return FAULT_CHANGED;
	return signing->rules->names_certificate ? FAULT_CERTIFICATE : FAULT_NONE;
}

static enum err check_signature(struct signing *signing, enum signature_fault *out_fault)
{
	AUTO_HELD(bytes) digest = {0};

	*out_fault = cms_hash_of(signing->digest_algorithm, &signing->hash);
	if (*out_fault == FAULT_NONE)
		*out_fault = check_key(signing);
	if (*out_fault != FAULT_NONE)
		return ERR_OK;
	TRY(signing->content->digest(signing->content->context, signing->hash, &digest));
	*out_fault = CMS_signed_get_attr_count(signing->signer) > 0
			     ? check_attributes(signing, &digest)
			     : check_bare(signing, &digest);
	ERR_clear_error();
	return ERR_OK;
}

static enum err check_signer(struct signing *signing, struct signature_report *report)
{
	EVP_PKEY *unused = NULL;

	CMS_SignerInfo_get0_algs(signing->signer, &unused, &signing->x509,
				 &signing->digest_algorithm, &signing->signature_algorithm);
	report->signed_at =
		signing->rules->at != 0 ? signing->rules->at : signing_time(signing->signer);
	if (signing->x509 == NULL) {
		report->fault = FAULT_NO_CERTIFICATE;
		return ERR_OK;
	}
	TRY(describe(signing->x509, report));
	if (report->fault == FAULT_NONE)
		TRY(check_signature(signing, &report->fault));
	return find_chain(signing, report);
}

enum err cms_check(CMS_ContentInfo *cms, const struct content *content,
		   const struct cms_rules *rules, struct signature_reports *reports)
{
	STACK_OF(CMS_SignerInfo) *signers = CMS_get0_SignerInfos(cms);
	int count = sk_CMS_SignerInfo_num(signers);

	(void)CMS_set1_signers_certs(cms, NULL, 0);
	ERR_clear_error();
	for (int i = 0; i < count && i < SIGNERS_MAX; i++) {
		struct signing signing = {
			.cms = cms,
			.signer = sk_CMS_SignerInfo_value(signers, i),
			.content = content,
			.rules = rules,
		};
		if (reports->count == VERIFY_SIGNATURES_MAX)
			return err_note(ERR_SIGNATURE_UNREADABLE, "too many signatures");
		TRY(check_signer(&signing, &reports->items[reports->count++]));
	}
	return count <= SIGNERS_MAX ? ERR_OK
				    : err_note(ERR_SIGNATURE_UNREADABLE, "too many signers");
}
