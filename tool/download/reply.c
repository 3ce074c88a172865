/* reply.c - see reply.h */
#include "tool/download/reply.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum err reply_new(struct reply **out_reply)
{
	AUTO(reply) reply = calloc(1, sizeof *reply);

	if (reply == NULL)
		return ERR_MEMORY;
	TRY(secret_new(REPLY_BODY_MAX, &reply->body));
	*out_reply = TAKE(reply);
	return ERR_OK;
}

void reply_free(struct reply *reply)
{
	if (reply == NULL)
		return;
	secret_free(reply->body);
	free(reply);
}

struct field {
	const char *name;
	char *value;
};

enum { FIELD_COUNT = 6 };

static void fields_of(struct reply *reply, struct field out_fields[FIELD_COUNT])
{
	const struct field fields[FIELD_COUNT] = {
		{"Content-Type", reply->content_type},
		{"Content-Encoding", reply->content_encoding},
		{"Content-Length", reply->content_length},
		{"Transfer-Encoding", reply->transfer_encoding},
		{"Repr-Digest", reply->repr_digest},
		{"Kinko-Ticket", reply->ticket},
	};

	memcpy(out_fields, fields, sizeof fields);
}

/* After an interim answer (1xx) comes another status line: what was said before is void. */
static void begin_anew(struct reply *reply)
{
	struct field fields[FIELD_COUNT];

	fields_of(reply, fields);
	for (size_t i = 0; i < FIELD_COUNT; i++)
		fields[i].value[0] = '\0';
	reply->is_ambiguous = false;
}

static void take_value(struct reply *reply, char *place, const char *value, size_t size)
{
	while (size > 0 && (value[0] == ' ' || value[0] == '\t')) {
		value++;
		size--;
	}
	while (size > 0 && strchr(" \t\r\n", value[size - 1]) != NULL)
		size--;
	if (place[0] != '\0' || size >= REPLY_VALUE_SIZE || memchr(value, 0, size) != NULL) {
		reply->is_ambiguous = true;
		return;
	}
	memcpy(place, value, size);
	place[size] = '\0';
}

static void take_field(struct reply *reply, const char *line, size_t size)
{
	const char *colon = memchr(line, ':', size);
	size_t name_size = colon == NULL ? 0 : (size_t)(colon - line);
	struct field fields[FIELD_COUNT];

	fields_of(reply, fields);
	for (size_t i = 0; i < FIELD_COUNT && colon != NULL; i++)
		if (strlen(fields[i].name) == name_size &&
		    strncasecmp(fields[i].name, line, name_size) == 0)
			take_value(reply, fields[i].value, colon + 1, size - name_size - 1);
}

enum err reply_take_header(struct reply *reply, const char *line, size_t size)
{
	reply->header_count++;
	reply->header_size += size;
	if (reply->header_count > REPLY_HEADERS_MAX || reply->header_size > REPLY_HEADERS_SIZE_MAX)
		return ERR_SERVER_TOO_MUCH;
	if (size >= 5 && memcmp(line, "HTTP/", 5) == 0)
		begin_anew(reply);
	else
		take_field(reply, line, size);
	return ERR_OK;
}

enum err reply_take_body(struct reply *reply, const void *bytes, size_t size)
{
	if (size > REPLY_BODY_MAX - reply->body_size)
		return ERR_SERVER_TOO_MUCH;
	memcpy(secret_bytes(reply->body) + reply->body_size, bytes, size);
	reply->body_size += size;
	return ERR_OK;
}

bool reply_is_type(const struct reply *reply, const char *type)
{
	size_t size = strlen(type);

	return strncasecmp(reply->content_type, type, size) == 0 &&
	       strchr("; \t", reply->content_type[size]) != NULL;
}

enum err reply_check_form(const struct reply *reply)
{
	if (reply->is_ambiguous)
		return err_detail(ERR_SERVER_REPLY, "HTTP %ld", reply->status);
	if (reply->content_encoding[0] != '\0' &&
	    strcasecmp(reply->content_encoding, "identity") != 0)
		return err_detail(ERR_SERVER_REPLY, "Content-Encoding: %s",
				  reply->content_encoding);
	if (reply->content_length[0] == '\0' &&
	    strcasecmp(reply->transfer_encoding, "chunked") != 0)
		return err_detail(ERR_SERVER_REPLY, "Content-Length");
	return ERR_OK;
}
