/* verify.c - see verify.h: what PDF and .p7s share, and the .p7s. */
#include "tool/sign/verify.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "tool/sign/cms_check.h"
#include "tool/sign/hash.h"
#include "tool/sign/openssl.h"

const char *signature_fault_word(enum signature_fault fault)
{
	static const char *const words[FAULT_COUNT] = {
		[FAULT_NONE] = "none",
		[FAULT_KIND] = "kind-not-supported",
		[FAULT_RANGE] = "range",
		[FAULT_CONTENTS] = "no-signature",
		[FAULT_CHANGED] = "changed",
		[FAULT_SIGNATURE] = "signature",
		[FAULT_NO_CERTIFICATE] = "no-certificate",
		[FAULT_CERTIFICATE] = "other-certificate",
		[FAULT_WEAK_HASH] = "weak-hash",
		[FAULT_WEAK_KEY] = "weak-key",
	};

	return fault < FAULT_COUNT ? words[fault] : words[FAULT_KIND];
}

enum err signature_reports_new(struct signature_reports **out_reports)
{
	*out_reports = calloc(1, sizeof **out_reports);
	return *out_reports != NULL ? ERR_OK : ERR_MEMORY;
}

void signature_reports_free(struct signature_reports *reports)
{
	if (reports == NULL)
		return;
	for (size_t i = 0; i < reports->count; i++) {
		free(reports->items[i].signer);
		bytes_clear(&reports->items[i].certificate);
	}
	free(reports);
}

bool verify_is_pdf(const uint8_t *bytes, size_t size)
{
	static const char begin[] = "%PDF-";

	return size >= sizeof begin - 1 && memcmp(bytes, begin, sizeof begin - 1) == 0;
}

/* --- .p7s ---------------------------------------------------------------------------------------
 */

/* Nobody is asked for a password of a file that has none. */
static int no_password(char *buffer, int size, int writes, void *context)
{
	(void)buffer;
	(void)size;
	(void)writes;
	(void)context;
	return -1;
}

static CMS_ContentInfo *read_pem(const struct bytes *text)
{
	BIO *memory = BIO_new_mem_buf(text->data, (int)text->size);
	CMS_ContentInfo *cms = NULL;

	if (memory != NULL)
		cms = PEM_read_bio_CMS(memory, NULL, no_password, NULL);
	BIO_free(memory);
	ERR_clear_error();
	if (cms != NULL && OBJ_obj2nid(CMS_get0_type(cms)) != NID_pkcs7_signed) {
		CMS_ContentInfo_free(cms);
		cms = NULL;
	}
	return cms;
}

static enum err read_any(const struct bytes *bytes, CMS_ContentInfo **out_cms)
{
	TRY(openssl_ready());
	if (bytes->size == 0 || bytes->size > VERIFY_CMS_MAX)
		return err_note(ERR_SIGNATURE_UNREADABLE, "%zu bytes", bytes->size);
	*out_cms =
		bytes->data[0] == '-' ? read_pem(bytes) : cms_read(bytes->data, bytes->size, false);
	return *out_cms != NULL ? ERR_OK : err_note(ERR_SIGNATURE_UNREADABLE, "no SignedData");
}

enum err verify_cms_holds_content(const struct bytes *cms, bool *out_holds)
{
	AUTO_CMS parsed = NULL;

	TRY(read_any(cms, &parsed));
	*out_holds = CMS_is_detached(parsed) == 0;
	return ERR_OK;
}

/* The content of a .p7s: a file, or what is in the signature. */
struct holder {
	const struct input *input;
	input_progress *progress;
	void *context;
	const ASN1_OCTET_STRING *inside;
};

static enum err digest_of_holder(void *context, enum sign_hash kind, struct bytes *out_digest)
{
	struct holder *holder = context;
	AUTO(hash) hash = NULL;

	if (holder->input != NULL)
		return input_hash(holder->input, kind, holder->progress, holder->context,
				  out_digest);
	TRY(hash_new(kind, &hash));
	TRY(hash_add(hash, ASN1_STRING_get0_data(holder->inside),
		     (size_t)ASN1_STRING_length(holder->inside)));
	return hash_end(hash, out_digest);
}

/* A content that is in the signature is the one that was signed; another beside it is not. */
static enum err find_content(CMS_ContentInfo *cms, struct holder *holder)
{
	ASN1_OCTET_STRING **inside = CMS_get0_content(cms);

	holder->inside = inside == NULL ? NULL : *inside;
	if ((holder->input == NULL) == (holder->inside == NULL))
		return err_note(ERR_SIGNATURE_UNREADABLE, "content both or neither");
	return ERR_OK;
}

enum err verify_cms(const struct bytes *cms, const struct input *content, input_progress *progress,
		    void *context, const struct trust *trust,
		    struct signature_reports **out_reports)
{
	struct holder holder = {.input = content, .progress = progress, .context = context};
	const struct content digests = {.digest = digest_of_holder, .context = &holder};
	const struct cms_rules rules = {.trust = trust};
	AUTO(signature_reports) reports = NULL;
	AUTO_CMS parsed = NULL;

	TRY(signature_reports_new(&reports));
	TRY(read_any(cms, &parsed));
	TRY(find_content(parsed, &holder));
	TRY(cms_check(parsed, &digests, &rules, reports));
	for (size_t i = 0; i < reports->count; i++)
		reports->items[i].covers_all = true;
	*out_reports = TAKE(reports);
	return ERR_OK;
}
