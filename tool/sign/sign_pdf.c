/* sign_pdf.c - see sign_pdf.h */
#include "tool/sign/sign_pdf.h"

#include <string.h>

#include "tool/sign/cms_make.h"
#include "tool/sign/hash.h"
#include "tool/sign/pdf.h"
#include "tool/sign/pdf_prepare.h"
#include "tool/sign/seal.h"
#include "vault/base/utf8.h"

enum err sign_check_text(const char *text)
{
	AUTO_TEXT safe = NULL;

	TRY(utf8_escape(text, &safe));
	if (strlen(text) > SIGN_TEXT_MAX || strcmp(safe, text) != 0)
		return err_detail(ERR_SEAL_TEXT, "%.*s", SIGN_TEXT_MAX, text);
	return ERR_OK;
}

enum err sign_check_size(uint64_t size)
{
	if (size > PDF_SIZE_MAX)
		return err_detail(ERR_PDF_TOO_LARGE, "%d MiB", PDF_SIZE_MAX / (1024 * 1024));
	return ERR_OK;
}

/* Drawn here, where the fonts are. */
static enum err draw_seal(const struct sign_wish *wish, struct bytes *out_seal)
{
	const struct seal_text text = {.name = wish->name, .reason = wish->reason, .at = wish->at};

	return wish->is_visible ? seal_draw(&text, out_seal) : ERR_OK;
}

static enum err prepare(const uint8_t *file, size_t size, const struct sign_wish *wish,
			size_t contents_size, struct pdf_prepared *out_prepared)
{
	AUTO_HELD(bytes) seal = {0};
	const struct pdf_wish pdf_wish = {
		.name = wish->name,
		.reason = wish->reason,
		.location = wish->location,
		.at = wish->at,
		.is_pades = wish->is_pades,
		.seal = wish->is_visible ? &seal : NULL,
		.page = wish->page,
		.contents_size = contents_size,
	};

	TRY(draw_seal(wish, &seal));
	return pdf_prepare_apart(file, size, &pdf_wish, out_prepared);
}

/* Everything but /Contents (ISO 32000-1, 12.8.1). */
static enum err digest_of_ranges(const uint8_t *file, size_t size,
				 const struct pdf_prepared *prepared, enum sign_hash kind,
				 struct bytes *out_digest)
{
	const struct bytes *increment = &prepared->increment;
	size_t after = prepared->contents_at + prepared->contents_size;
	AUTO(hash) hash = NULL;

	TRY(hash_new(kind, &hash));
	TRY(hash_add(hash, file, size));
	TRY(hash_add(hash, increment->data, prepared->contents_at));
	TRY(hash_add(hash, increment->data + after, increment->size - after));
	return hash_end(hash, out_digest);
}

/* The rest of the room stays zero. */
static enum err fill_contents(struct pdf_prepared *prepared, const struct bytes *cms)
{
	static const char digits[] = "0123456789ABCDEF";
	uint8_t *at = prepared->increment.data + prepared->contents_at + 1;

	if (2 * cms->size + 2 > prepared->contents_size)
		return ERR_SIGN_SPACE;
	for (size_t i = 0; i < cms->size; i++) {
		*at++ = (uint8_t)digits[cms->data[i] >> 4];
		*at++ = (uint8_t)digits[cms->data[i] & 0xF];
	}
	return ERR_OK;
}

enum err sign_pdf(const uint8_t *file, size_t size, const struct sign_wish *wish,
		  const struct signer *signer, struct bytes *out_increment)
{
	const struct cms_wish cms_wish = {.at = wish->at, .is_pades = wish->is_pades};
	AUTO_HELD(pdf_prepared) prepared = {0};
	AUTO_HELD(bytes) digest = {0};
	AUTO_HELD(bytes) cms = {0};
	enum sign_scheme scheme;
	enum sign_hash kind;
	size_t contents_size;

	TRY(signer_scheme(signer->key_kind, &scheme, &kind));
	TRY(cms_size_max(signer, &cms_wish, &contents_size));
	TRY(prepare(file, size, wish, contents_size, &prepared));
	TRY(digest_of_ranges(file, size, &prepared, kind, &digest));
	TRY(cms_make(signer, &cms_wish, &digest, &cms));
	TRY(fill_contents(&prepared, &cms));
	*out_increment = prepared.increment;
	prepared.increment = (struct bytes){0};
	return ERR_OK;
}
