/* demo_ca.c - see demo_ca.h */
#include "tests/server/demo_ca.h"

#include <stdlib.h>
#include <time.h>

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "tests/server/certificate_make.h"

enum {
	DAY_SECONDS = 24 * 60 * 60,
	JAPAN_SECONDS = 9 * 60 * 60,
	MEMBER_YEARS = 5,
	CA_AGE_DAYS = 6 * 365, /* older than the oldest certificate */
	CA_DAYS = 20 * 365,
	SERVER_DAYS = 10 * 365,
	RSA_BITS = 2048,
};

static const struct name_part root_name[] = {
	{NID_countryName, "JP"},
	{NID_organizationName, "Kinko DEMO Trust Co., Ltd."},
	{NID_organizationalUnitName, "Kinko DEMO Root CA (worth nothing)"},
	{0, NULL},
};
/* No CN, as with the authority of the real certificates: a viewer falls back to the OU. */
static const struct name_part issuing_name[] = {
	{NID_countryName, "JP"},
	{NID_organizationName, "Kinko DEMO Trust Co., Ltd."},
	{NID_organizationalUnitName, "Kinko DEMO Passport for Professionals"},
	{0, NULL},
};
static const struct name_part issuing_japanese_name[] = {
	{NID_countryName, "JP"},
	{NID_organizationName, "金庫デモトラスト株式会社"},
	{NID_organizationalUnitName, "金庫デモ専門職認証サービス"},
	{0, NULL},
};
static const struct name_part crl_name[] = {
	{NID_countryName, "JP"},
	{NID_organizationName, "Kinko DEMO Trust Co., Ltd."},
	{NID_organizationalUnitName, "Kinko DEMO Passport for Professionals"},
	{NID_commonName, "CRL1"},
	{0, NULL},
};
static const struct name_part server_name[] = {
	{NID_countryName, "JP"},
	{NID_organizationName, "Kinko DEMO Trust Co., Ltd."},
	{NID_commonName, "Kinko DEMO download server"},
	{0, NULL},
};

/* An OID below the number that RFC 5612 sets aside for examples. */
static const char member_policy[] = "critical,1.3.6.1.4.1.32473.1.1";

struct demo_period demo_period_of(int64_t now, int days_ago)
{
	int64_t day = (now + JAPAN_SECONDS) / DAY_SECONDS - days_ago;
	time_t first = (time_t)(day * DAY_SECONDS);
	struct tm date;

	(void)gmtime_r(&first, &date);
	date.tm_year += MEMBER_YEARS;
	return (struct demo_period){
		.not_before = (int64_t)first - JAPAN_SECONDS,
		.not_after = (int64_t)timegm(&date) + DAY_SECONDS - 1 - JAPAN_SECONDS,
	};
}

static enum err add_ca_extensions(X509 *certificate, X509 *issuer, const char *constraints)
{
	TRY(certificate_add(certificate, issuer, NID_basic_constraints, constraints));
	TRY(certificate_add(certificate, issuer, NID_key_usage, "critical,keyCertSign,cRLSign"));
	TRY(certificate_add(certificate, issuer, NID_subject_key_identifier, "hash"));
	return certificate_add(certificate, issuer, NID_authority_key_identifier, "keyid:always");
}

static enum err make_root(int64_t now, struct demo_ca *ca)
{
	ca->root_key = EVP_RSA_gen(RSA_BITS);
	if (ca->root_key == NULL)
		return openssl_failed("key of the root");
	TRY(certificate_begin(root_name, NULL, now - (int64_t)CA_AGE_DAYS * DAY_SECONDS,
			      now + (int64_t)CA_DAYS * DAY_SECONDS, ca->root_key, &ca->root));
	TRY(add_ca_extensions(ca->root, NULL, "critical,CA:TRUE"));
	return certificate_sign(ca->root, ca->root_key);
}

static enum err make_issuing(int64_t now, struct demo_ca *ca)
{
	ca->issuing_key = EVP_RSA_gen(RSA_BITS);
	if (ca->issuing_key == NULL)
		return openssl_failed("key of the issuing CA");
	TRY(certificate_begin(issuing_name, ca->root, now - (int64_t)CA_AGE_DAYS * DAY_SECONDS,
			      now + (int64_t)CA_DAYS * DAY_SECONDS, ca->issuing_key, &ca->issuing));
	TRY(add_ca_extensions(ca->issuing, ca->root, "critical,CA:TRUE,pathlen:0"));
	return certificate_sign(ca->issuing, ca->root_key);
}

enum err demo_ca_new(int64_t now, struct demo_ca **out_ca)
{
	AUTO(demo_ca) ca = calloc(1, sizeof *ca);

	if (ca == NULL)
		return ERR_MEMORY;
	TRY(make_root(now, ca));
	TRY(make_issuing(now, ca));
	*out_ca = TAKE(ca);
	return ERR_OK;
}

void demo_ca_free(struct demo_ca *ca)
{
	if (ca == NULL)
		return;
	X509_free(ca->root);
	EVP_PKEY_free(ca->root_key);
	X509_free(ca->issuing);
	EVP_PKEY_free(ca->issuing_key);
	free(ca);
}

static enum err add_member_extensions(const struct demo_ca *ca, const struct demo_subject *subject,
				      X509 *certificate)
{
	const struct name_part japanese_name[] = {
		{NID_countryName, "JP"},
		{NID_organizationName, "日本デモ専門職連合会"},
		{NID_commonName, subject->japanese_name},
		{0, NULL},
	};

	TRY(certificate_add(certificate, ca->issuing, NID_key_usage,
			    "critical,digitalSignature,nonRepudiation"));
	TRY(certificate_add(certificate, ca->issuing, NID_certificate_policies, member_policy));
	TRY(certificate_add(certificate, ca->issuing, NID_subject_key_identifier, "hash"));
	TRY(certificate_add(certificate, ca->issuing, NID_authority_key_identifier, "keyid"));
	TRY(certificate_add_directory_name(certificate, NID_subject_alt_name, japanese_name));
	TRY(certificate_add_directory_name(certificate, NID_issuer_alt_name,
					   issuing_japanese_name));
	return certificate_add_crl_point(certificate, crl_name);
}

enum err demo_ca_issue(const struct demo_ca *ca, const struct demo_subject *subject,
		       const struct demo_period *period, struct evp_pkey_st *key,
		       struct x509_st **out_certificate)
{
	AUTO(x509_st) certificate = NULL;
	const struct name_part name[] = {
		{NID_countryName, "JP"},
		{NID_organizationName, "Japan DEMO Federation of Professionals"},
		{NID_commonName, subject->name},
		{NID_userId, subject->user_id},
		{0, NULL},
	};

	TRY(certificate_begin(name, ca->issuing, period->not_before, period->not_after, key,
			      &certificate));
	TRY(add_member_extensions(ca, subject, certificate));
	TRY(certificate_sign(certificate, ca->issuing_key));
	*out_certificate = TAKE(certificate);
	return ERR_OK;
}

/* What was written into a memory BIO, as text with NUL. */
static enum err text_of_bio(BIO *bio, struct bytes *out_text)
{
	char *data = NULL;
	long size;

	if (BIO_write(bio, "", 1) != 1)
		return ERR_MEMORY;
	size = BIO_get_mem_data(bio, &data);
	return size <= 0 ? ERR_MEMORY : bytes_copy(data, (size_t)size, out_text);
}

static enum err certificate_pem(X509 *certificate, struct bytes *out_pem)
{
	AUTO(bio_st) bio = BIO_new(BIO_s_mem());

	if (bio == NULL || PEM_write_bio_X509(bio, certificate) != 1)
		return openssl_failed("PEM of a certificate");
	return text_of_bio(bio, out_pem);
}

static enum err key_pem(EVP_PKEY *key, struct bytes *out_pem)
{
	AUTO(bio_st) bio = BIO_new(BIO_s_mem());

	if (bio == NULL || PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
		return openssl_failed("PEM of a key");
	return text_of_bio(bio, out_pem);
}

enum err demo_ca_issue_server(const struct demo_ca *ca, int64_t now, struct bytes *out_key_pem,
			      struct bytes *out_certificate_pem)
{
	AUTO(evp_pkey_st) key = EVP_EC_gen("P-256");
	AUTO(x509_st) certificate = NULL;

	if (key == NULL)
		return openssl_failed("key of the server");
	TRY(certificate_begin(server_name, ca->root, now - DAY_SECONDS,
			      now + (int64_t)SERVER_DAYS * DAY_SECONDS, key, &certificate));
	TRY(certificate_add(certificate, ca->root, NID_basic_constraints, "critical,CA:FALSE"));
	TRY(certificate_add(certificate, ca->root, NID_key_usage, "critical,digitalSignature"));
	TRY(certificate_add(certificate, ca->root, NID_ext_key_usage, "serverAuth"));
	TRY(certificate_add(certificate, ca->root, NID_authority_key_identifier, "keyid"));
	TRY(certificate_add(certificate, ca->root, NID_subject_alt_name,
			    "DNS:localhost,IP:127.0.0.1,IP:::1"));
	TRY(certificate_sign(certificate, ca->root_key));
	TRY(key_pem(key, out_key_pem));
	return certificate_pem(certificate, out_certificate_pem);
}

enum err demo_ca_root_pem(const struct demo_ca *ca, struct bytes *out_pem)
{
	return certificate_pem(ca->root, out_pem);
}
