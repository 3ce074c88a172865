/* policy_text.c - see policy_text.h */
#include "vault/cert/policy_text.h"

#include <inttypes.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "vault/cert/asn1_text.h"
#include "vault/cert/general_name.h"
#include "vault/cert/name.h"

enum { POLICY = 1, QUALIFIER = 2, NOTICE = 3 }; /* depths */

void integer_write(FILE *out, const ASN1_INTEGER *integer)
{
	int64_t value = 0;

	if (ASN1_INTEGER_get_int64(&value, integer) == 1) {
		(void)fprintf(out, "%" PRId64, value);
		return;
	}
	ERR_clear_error();
	asn1_write_hex(out, ASN1_STRING_get0_data(integer), (size_t)ASN1_STRING_length(integer));
}

static void write_text_line(FILE *out, int depth, const char *label, const ASN1_STRING *text)
{
	indent_write(out, depth);
	(void)fputs(label, out);
	asn1_write_text(out, text);
	(void)fputc('\n', out);
}

static void write_reference(FILE *out, const NOTICEREF *reference)
{
	write_text_line(out, NOTICE, "Organization=", reference->organization);
	indent_write(out, NOTICE);
	(void)fputs("Notice Number=", out);
	for (int i = 0; i < sk_ASN1_INTEGER_num(reference->noticenos); i++) {
		(void)fputs(i == 0 ? "" : ", ", out);
		integer_write(out, sk_ASN1_INTEGER_value(reference->noticenos, i));
	}
	(void)fputc('\n', out);
}

/* Both parts of a notice may be absent. */
static void write_notice(FILE *out, const USERNOTICE *notice)
{
	if (notice->noticeref != NULL)
		write_reference(out, notice->noticeref);
	if (notice->exptext != NULL)
		write_text_line(out, NOTICE, "Notice Text=", notice->exptext);
}

static void write_qualifier(FILE *out, const POLICYQUALINFO *qualifier)
{
	int nid = OBJ_obj2nid(qualifier->pqualid);
	char oid[NAME_OID_SIZE];

	name_oid(qualifier->pqualid, oid);
	indent_write(out, QUALIFIER);
	(void)fprintf(out, "Policy Qualifier Id=%s\n",
		      nid == NID_id_qt_cps       ? "CPS"
		      : nid == NID_id_qt_unotice ? "User Notice"
						 : oid);
	indent_write(out, QUALIFIER);
	(void)fputs("Qualifier:\n", out);
	if (nid == NID_id_qt_cps)
		write_text_line(out, NOTICE, "", qualifier->d.cpsuri);
	else if (nid == NID_id_qt_unotice)
		write_notice(out, qualifier->d.usernotice);
	else
		any_write_line(out, qualifier->d.other, NOTICE);
}

static void write_policy(FILE *out, const POLICYINFO *policy, int number)
{
	char oid[NAME_OID_SIZE];

	name_oid(policy->policyid, oid);
	(void)fprintf(out, "[%d]Certificate Policy:\n", number);
	indent_write(out, POLICY);
	(void)fprintf(out, "Policy Identifier=%s\n", oid);
	for (int i = 0; i < sk_POLICYQUALINFO_num(policy->qualifiers); i++) {
		indent_write(out, POLICY);
		(void)fprintf(out, "[%d,%d]Policy Qualifier Info:\n", number, i + 1);
		write_qualifier(out, sk_POLICYQUALINFO_value(policy->qualifiers, i));
	}
}

void policies_write(FILE *out, const void *policies)
{
	const CERTIFICATEPOLICIES *list = policies;

	for (int i = 0; i < sk_POLICYINFO_num(list); i++)
		write_policy(out, sk_POLICYINFO_value(list, i), i + 1);
}
