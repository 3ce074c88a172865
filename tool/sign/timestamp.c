/* timestamp.c - see timestamp.h
 *
 * The authority signs a TSTInfo, and in that stand the moment and the digest of the document.
 */
#include "tool/sign/timestamp.h"

#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/ts.h>
#include <openssl/x509v3.h>

#include "tool/sign/hash.h"
#include "tool/sign/openssl.h"

static void free_info(TS_TST_INFO **info)
{
	TS_TST_INFO_free(*info);
}

static enum err digest_of_info(void *context, enum sign_hash kind, struct bytes *out_digest)
{
	const ASN1_OCTET_STRING *inside = context;
	AUTO(hash) hash = NULL;

	TRY(hash_new(kind, &hash));
	TRY(hash_add(hash, ASN1_STRING_get0_data(inside), (size_t)ASN1_STRING_length(inside)));
	return hash_end(hash, out_digest);
}

static TS_TST_INFO *read_info(const ASN1_OCTET_STRING *inside)
{
	const uint8_t *at = ASN1_STRING_get0_data(inside);
	const uint8_t *end = at + ASN1_STRING_length(inside);
	TS_TST_INFO *info = d2i_TS_TST_INFO(NULL, &at, ASN1_STRING_length(inside));

	if (info == NULL || at == end)
		return info;
	TS_TST_INFO_free(info);
	return NULL;
}

static int64_t moment_of(const TS_TST_INFO *info)
{
	const ASN1_GENERALIZEDTIME *moment = TS_TST_INFO_get_time(info);
	struct tm parts;

	return moment != NULL && ASN1_TIME_to_tm(moment, &parts) == 1 ? (int64_t)timegm(&parts) : 0;
}

/* The digest in the TSTInfo is that of the document. */
static enum err check_imprint(TS_TST_INFO *info, const struct content *document,
			      enum signature_fault *out_fault)
{
	TS_MSG_IMPRINT *imprint = TS_TST_INFO_get_msg_imprint(info);
	const ASN1_OCTET_STRING *said = TS_MSG_IMPRINT_get_msg(imprint);
	enum sign_hash kind = SIGN_SHA256;
	AUTO_HELD(bytes) digest = {0};

	*out_fault = cms_hash_of(TS_MSG_IMPRINT_get_algo(imprint), &kind);
	if (*out_fault != FAULT_NONE)
		return ERR_OK;
	TRY(document->digest(document->context, kind, &digest));
	if ((size_t)ASN1_STRING_length(said) != digest.size ||
	    memcmp(ASN1_STRING_get0_data(said), digest.data, digest.size) != 0)
		*out_fault = FAULT_CHANGED;
	return ERR_OK;
}

/* An authority's certificate is for time stamps and for nothing else (RFC 3161, 2.3). Whoever else
 * signs a TSTInfo vouches for no time, however well known his issuer is. */
static bool is_for_timestamps(const struct bytes *certificate)
{
	const uint8_t *at = certificate->data;
	AUTO_X509 x509 = d2i_X509(NULL, &at, (long)certificate->size);

	ERR_clear_error();
	return x509 != NULL && X509_check_purpose(x509, X509_PURPOSE_TIMESTAMP_SIGN, 0) == 1;
}

static enum err check_info(CMS_ContentInfo *cms, ASN1_OCTET_STRING *inside, TS_TST_INFO *info,
			   const struct content *document, const struct trust *trust,
			   struct signature_reports *reports)
{
	const struct content content = {.digest = digest_of_info, .context = inside};
	const struct cms_rules rules = {.trust = trust, .at = moment_of(info)};
	enum signature_fault fault = FAULT_NONE;
	size_t first = reports->count;

	TRY(cms_check(cms, &content, &rules, reports));
	TRY(check_imprint(info, document, &fault));
	for (size_t i = first; i < reports->count; i++) {
		reports->items[i].is_timestamp = true;
		if (!is_for_timestamps(&reports->items[i].certificate))
			reports->items[i].chain_known = false;
		if (reports->items[i].fault == FAULT_NONE)
			reports->items[i].fault = fault;
	}
	return ERR_OK;
}

enum err timestamp_check(CMS_ContentInfo *cms, const struct content *document,
			 const struct trust *trust, struct signature_reports *reports)
{
	ASN1_OCTET_STRING **inside = CMS_get0_content(cms);
	__attribute__((cleanup(free_info))) TS_TST_INFO *info = NULL;

	if (OBJ_obj2nid(CMS_get0_eContentType(cms)) != NID_id_smime_ct_TSTInfo || inside == NULL ||
	    *inside == NULL)
		return ERR_OK;
	info = read_info(*inside);
	if (info == NULL)
		return ERR_OK;
	return check_info(cms, *inside, info, document, trust, reports);
}
