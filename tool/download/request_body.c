/* request_body.c - see request_body.h */
#include "tool/download/request_body.h"

#include <string.h>

#include "tool/download/download.h"
#include "vault/base/pin_text.h"

enum { ESCAPED_MAX = 6 /* \u001F */ };

/* What it was and how far it got; never grows. */
struct writer {
	struct secret *secret;
	size_t at;
};

static void put(struct writer *writer, const void *bytes, size_t size)
{
	memcpy(secret_bytes(writer->secret) + writer->at, bytes, size);
	writer->at += size;
}

static void put_text(struct writer *writer, const char *text)
{
	put(writer, text, strlen(text));
}

/* RFC 8259, 7: the quotation mark, the backslash and control characters. */
static void put_escaped(struct writer *writer, uint8_t byte)
{
	static const char digits[] = "0123456789ABCDEF";
	char escape[ESCAPED_MAX] = {'\\', 'u', '0', '0', digits[byte >> 4], digits[byte & 15]};

	if (byte == '"' || byte == '\\' || byte < 0x20)
		put(writer, escape, sizeof escape);
	else
		put(writer, &byte, 1);
}

/* Exactly what was written, as a secret of its own. */
static enum err finish(const struct writer *writer, struct secret **out_body)
{
	TRY(secret_new(writer->at, out_body));
	memcpy(secret_bytes(*out_body), secret_view(writer->secret), writer->at);
	return ERR_OK;
}

bool download_id_is_proper(const char *id)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
	size_t size = strlen(id);

	return size > 0 && size <= DOWNLOAD_ID_MAX && strspn(id, allowed) == size;
}

enum err request_body_retrieve(const char *id, const struct secret *pin, struct secret **out_body)
{
	AUTO(secret) room = NULL;
	struct writer writer = {NULL, 0};

	if (!download_id_is_proper(id))
		return ERR_ID_TEXT;
	if (!pin_text_is_proper(pin))
		return ERR_PIN_TEXT;
	TRY(secret_new(64 + DOWNLOAD_ID_MAX + secret_size(pin) * ESCAPED_MAX, &room));
	writer.secret = room;
	put_text(&writer, "{\"id\":\"");
	put_text(&writer, id);
	put_text(&writer, "\",\"pin\":\"");
	for (size_t i = 0; i < secret_size(pin); i++)
		put_escaped(&writer, secret_view(pin)[i]);
	put_text(&writer, "\"}");
	return finish(&writer, out_body);
}

enum err request_body_saved(const char *ticket, const struct digest *digest,
			    struct secret **out_body)
{
	AUTO(secret) room = NULL;
	struct writer writer = {NULL, 0};
	char hex[DIGEST_HEX_SIZE];

	hex_of(digest->bytes, DIGEST_SIZE, hex);
	TRY(secret_new(64 + DOWNLOAD_TICKET_MAX + DIGEST_HEX_SIZE, &room));
	writer.secret = room;
	put_text(&writer, "{\"ticket\":\"");
	put_text(&writer, ticket);
	put_text(&writer, "\",\"sha256\":\"");
	put_text(&writer, hex);
	put_text(&writer, "\"}");
	return finish(&writer, out_body);
}
