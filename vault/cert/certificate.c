/* certificate.c - see certificate.h
 *
 * Everything that costs work or can fail is done once, in certificate_parse; the certificate
 * does not change afterwards.
 */
#include "vault/cert/certificate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include "vault/cert/name.h"
#include "vault/cert/x509.h"

static enum err certificate_read(struct certificate *certificate);
static bool read_time(const ASN1_TIME *time, int64_t *out_at);
static enum key_kind kind_of(const EVP_PKEY *key);

enum err certificate_parse(const void *der, size_t size, struct certificate **out_certificate)
{
	AUTO(certificate) certificate = NULL;
	enum err err;

	if (size == 0 || size > CERTIFICATE_SIZE_MAX)
		return err_note(ERR_CERT_PARSE, "certificate: %zu bytes", size);
	/* No openssl.cnf of anybody decides how a certificate is read. Costs nothing again. */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL) != 1)
		return ERR_MEMORY;
	certificate = calloc(1, sizeof *certificate);
	if (certificate == NULL)
		return ERR_MEMORY;
	TRY(bytes_copy(der, size, &certificate->der));
	digest_of(der, size, &certificate->id);
	err = certificate_read(certificate);
	ERR_clear_error(); /* OpenSSL also leaves complaints behind when all went well */
	if (err == ERR_OK)
		*out_certificate = TAKE(certificate);
	return err;
}

/* The first complaint in the queue is the cause, those that follow only pass it on. */
static enum err unreadable(void)
{
	unsigned long first = ERR_peek_error();
	const char *reason = ERR_reason_error_string(first);

	if (ERR_GET_REASON(first) == ERR_R_MALLOC_FAILURE)
		return ERR_MEMORY;
	return err_note(ERR_CERT_PARSE, "certificate: %s", reason == NULL ? "?" : reason);
}

static enum err certificate_read(struct certificate *certificate)
{
	const unsigned char *end = certificate->der.data;

	ERR_clear_error();
	certificate->x509 = d2i_X509(NULL, &end, (long)certificate->der.size);
	if (certificate->x509 == NULL)
		return unreadable();
	if (end != certificate->der.data + certificate->der.size)
		return err_note(ERR_CERT_PARSE, "certificate: bytes after its end");
	if (!read_time(X509_get0_notBefore(certificate->x509), &certificate->not_before) ||
	    !read_time(X509_get0_notAfter(certificate->x509), &certificate->not_after))
		return err_note(ERR_CERT_PARSE, "certificate: a date that is none");
	certificate->key = X509_get0_pubkey(certificate->x509);
	certificate->key_kind = kind_of(certificate->key);
	return ERR_OK;
}

static bool read_time(const ASN1_TIME *time, int64_t *out_at)
{
	struct tm moment = {0};

	if (ASN1_TIME_to_tm(time, &moment) != 1)
		return false;
	*out_at = timegm(&moment);
	return true;
}

/* Only named curves: parameters written out can describe anything. */
static enum key_kind curve_of(const EVP_PKEY *key)
{
	static const struct {
		const char *name;
		enum key_kind kind;
	} curves[] = {{SN_X9_62_prime256v1, KEY_P256},
		      {SN_secp384r1, KEY_P384},
		      {SN_secp521r1, KEY_P521}};
	char name[64];
	int is_written_out = 0;

	if (EVP_PKEY_get_group_name(key, name, sizeof name, NULL) != 1)
		return KEY_UNKNOWN;
	if (EVP_PKEY_get_int_param(key, OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS,
				   &is_written_out) == 1 &&
	    is_written_out != 0)
		return KEY_UNKNOWN;
	for (size_t i = 0; i < COUNT_OF(curves); i++)
		if (strcmp(name, curves[i].name) == 0)
			return curves[i].kind;
	return KEY_UNKNOWN;
}

static enum key_kind kind_of(const EVP_PKEY *key)
{
	if (key == NULL)
		return KEY_UNKNOWN;
	if (EVP_PKEY_is_a(key, "RSA"))
		return KEY_RSA;
	if (EVP_PKEY_is_a(key, "ED25519"))
		return KEY_ED25519;
	if (EVP_PKEY_is_a(key, "EC"))
		return curve_of(key);
	return KEY_UNKNOWN;
}

const struct bytes *certificate_der(const struct certificate *certificate)
{
	return &certificate->der;
}

void certificate_id(const struct certificate *certificate, struct digest *out_id)
{
	*out_id = certificate->id;
}

enum err certificate_subject(const struct certificate *certificate, char **out_name)
{
	return name_text(X509_get_subject_name(certificate->x509), out_name);
}

enum err certificate_issuer(const struct certificate *certificate, char **out_name)
{
	return name_text(X509_get_issuer_name(certificate->x509), out_name);
}

enum err certificate_subject_short(const struct certificate *certificate, char **out_name)
{
	return name_short_text(X509_get_subject_name(certificate->x509), out_name);
}

enum err certificate_issuer_short(const struct certificate *certificate, char **out_name)
{
	return name_short_text(X509_get_issuer_name(certificate->x509), out_name);
}

/* A negative number, forbidden but seen, shows its magnitude, marked with a minus. */
enum err certificate_serial(const struct certificate *certificate, char **out_hex)
{
	const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate->x509);
	const uint8_t *bytes = ASN1_STRING_get0_data(serial);
	size_t size = (size_t)ASN1_STRING_length(serial);
	bool is_negative = ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER;
	static const uint8_t zero[1] = {0};
	char *hex;

	for (; size > 0 && bytes[0] == 0; size--)
		bytes++;
	if (size == 0) {
		bytes = zero;
		size = 1;
	}
	hex = malloc(2 * size + 2);
	if (hex == NULL)
		return ERR_MEMORY;
	hex[0] = '-';
	hex_of(bytes, size, hex + (is_negative ? 1 : 0));
	*out_hex = hex;
	return ERR_OK;
}

enum err certificate_user_id(const struct certificate *certificate, char **out_user_id)
{
	return name_attribute_text(X509_get_subject_name(certificate->x509), NID_userId,
				   out_user_id);
}

int64_t certificate_not_before(const struct certificate *certificate)
{
	return certificate->not_before;
}

int64_t certificate_not_after(const struct certificate *certificate)
{
	return certificate->not_after;
}

enum key_kind certificate_key_kind(const struct certificate *certificate)
{
	return certificate->key_kind;
}

unsigned certificate_key_bits(const struct certificate *certificate)
{
	int bits = certificate->key == NULL ? 0 : EVP_PKEY_get_bits(certificate->key);

	return bits < 0 ? 0 : (unsigned)bits;
}

enum err certificate_key_name(const struct certificate *certificate, char **out_name)
{
	static const char *const names[] = {
		[KEY_UNKNOWN] = "unknown", [KEY_P256] = "p-256",      [KEY_P384] = "p-384",
		[KEY_P521] = "p-521",      [KEY_ED25519] = "ed25519",
	};

	if (certificate->key_kind == KEY_RSA)
		return asprintf(out_name, "rsa-%u", certificate_key_bits(certificate)) < 0
			       ? ERR_MEMORY
			       : ERR_OK;
	*out_name = strdup(names[certificate->key_kind]);
	return *out_name == NULL ? ERR_MEMORY : ERR_OK;
}

/* RFC 4055, 3.1: where the hash is left out it is SHA-1. */
static int pss_hash(const X509_ALGOR *algorithm)
{
	RSA_PSS_PARAMS *parameters = NULL;
	const ASN1_OBJECT *hash = NULL;
	const void *value = NULL;
	int type = V_ASN1_UNDEF;
	int nid = NID_undef;

	X509_ALGOR_get0(NULL, &type, &value, algorithm);
	if (type == V_ASN1_SEQUENCE)
		parameters = ASN1_item_unpack(value, ASN1_ITEM_rptr(RSA_PSS_PARAMS));
	if (parameters != NULL && parameters->hashAlgorithm == NULL)
		nid = NID_sha1;
	if (parameters != NULL && parameters->hashAlgorithm != NULL) {
		X509_ALGOR_get0(&hash, NULL, NULL, parameters->hashAlgorithm);
		nid = OBJ_obj2nid(hash);
	}
	RSA_PSS_PARAMS_free(parameters);
	ERR_clear_error();
	return nid;
}

int x509_signature_hash(const X509 *x509)
{
	const X509_ALGOR *algorithm = X509_get0_tbs_sigalg(x509);
	const ASN1_OBJECT *object = NULL;
	int hash = NID_undef;

	X509_ALGOR_get0(&object, NULL, NULL, algorithm);
	if (OBJ_obj2nid(object) == NID_rsassaPss)
		return pss_hash(algorithm);
	if (OBJ_find_sigid_algs(OBJ_obj2nid(object), &hash, NULL) != 1)
		return NID_undef;
	return hash;
}

bool certificate_signature_is_weak(const struct certificate *certificate)
{
	static const int weak[] = {NID_md2, NID_md4, NID_md5, NID_md5_sha1, NID_sha1};
	int hash = x509_signature_hash(certificate->x509);

	for (size_t i = 0; i < COUNT_OF(weak); i++)
		if (hash == weak[i])
			return true;
	return false;
}

OWN_DEFINE(evp_md_ctx_st, EVP_MD_CTX_free)

bool certificate_verifies(const struct certificate *certificate, const void *message,
			  size_t message_size, const void *signature, size_t signature_size)
{
	enum key_kind kind = certificate->key_kind;
	const EVP_MD *hash = kind == KEY_ED25519 ? NULL : EVP_sha256();
	AUTO(evp_md_ctx_st) context = EVP_MD_CTX_new();
	EVP_PKEY_CTX *key_context = NULL; /* belongs to context */
	bool is_right;

	is_right = kind != KEY_UNKNOWN && context != NULL &&
		   EVP_DigestVerifyInit(context, &key_context, hash, NULL, certificate->key) == 1 &&
		   (kind != KEY_RSA ||
		    EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PADDING) == 1) &&
		   EVP_DigestVerify(context, signature, signature_size, message, message_size) == 1;
	ERR_clear_error();
	return is_right;
}

/* DSA and its kin are left out: nobody issues with them, and a hostile one is slow to verify. */
static bool can_issue(const struct certificate *issuer)
{
	static const char *const kinds[] = {"RSA", "RSA-PSS", "EC", "ED25519", "ED448"};

	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (issuer->key != NULL && EVP_PKEY_is_a(issuer->key, kinds[i]))
			return true;
	return false;
}

bool certificate_is_issued_by(const struct certificate *certificate,
			      const struct certificate *issuer)
{
	bool is_issued;

	if (!can_issue(issuer) || X509_NAME_cmp(X509_get_issuer_name(certificate->x509),
						X509_get_subject_name(issuer->x509)) != 0)
		return false;
	is_issued = X509_verify(certificate->x509, issuer->key) == 1;
	ERR_clear_error();
	return is_issued;
}

bool certificate_may_encipher(const struct certificate *certificate)
{
	return (X509_get_extension_flags(certificate->x509) & EXFLAG_KUSAGE) != 0 &&
	       (X509_get_key_usage(certificate->x509) &
		(KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT)) != 0;
}

void certificate_free(struct certificate *certificate)
{
	if (certificate == NULL)
		return;
	X509_free(certificate->x509);
	bytes_clear(&certificate->der);
	free(certificate);
}
