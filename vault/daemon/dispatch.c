/* dispatch.c - see dispatch.h */
#include "vault/daemon/dispatch.h"

#include <stdio.h>
#include <string.h>

#include "vault/base/log.h"
#include "vault/base/utf8.h"
#include "vault/daemon/audit_call.h"
#include "vault/daemon/call.h"

enum { FRAME_SIZE = 6 };
enum kind { PLAIN, SECRET };
enum pace { QUICK, SLOW };

struct handler {
	enum err (*answer)(struct call *call, struct request *request);
	enum session_state needs;
	enum action asks;
	enum kind kind;
	enum pace pace;
};

static const struct handler handlers[UINT8_MAX + 1] = {
#define MESSAGE(number, name, needs, asks, kind, pace) \
	[number] = {answer_##name, needs, asks, kind, pace},
#include "vault/wire/messages.def"
#undef MESSAGE
};

static struct frame read_frame(const uint8_t *packet, size_t size, struct cursor *out_cursor)
{
	struct frame frame = {0};

	*out_cursor = cursor_to_read(packet, size);
	wire_frame(out_cursor, &frame);
	return out_cursor->bad == ERR_OK ? frame : (struct frame){0};
}

static const struct handler *handler_of(const struct frame *frame)
{
	const struct handler *handler = &handlers[frame->number];

	return frame->kind == FRAME_REQUEST && frame->request_id != 0 && handler->answer != NULL
		       ? handler
		       : NULL;
}

bool dispatch_is_slow(const uint8_t *packet, size_t size)
{
	struct cursor cursor;
	struct frame frame = read_frame(packet, size, &cursor);
	const struct handler *handler = handler_of(&frame);

	return handler != NULL && handler->pace == SLOW;
}

bool dispatch_uses_key(const uint8_t *packet, size_t size)
{
	struct cursor cursor;
	struct frame frame = read_frame(packet, size, &cursor);

	return frame.number == MESSAGE_sign || frame.number == MESSAGE_decrypt;
}

/* A refused vault tells its state and nothing else. */
static enum err check_vault(const struct call *call, uint8_t number)
{
	if (number == MESSAGE_hello || number == MESSAGE_status)
		return ERR_OK;
	return keeper_refusal(call->service->keeper);
}

static enum err answer(struct call *call, const struct handler *handler, uint8_t number,
		       struct request *request)
{
	TRY(session_admit(call->session, &call->sender, handler->needs,
			  request->subject.certificate));
	TRY(check_vault(call, number));
	return audit_call_run(call, (enum message_number)number, request, handler->asks,
			      handler->answer);
}

/* The detail of this thread's last failure, cut where a character ends. */
static void copy_detail(char *out_detail, size_t capacity)
{
	(void)snprintf(out_detail, capacity, "%s", err_detail_text());
	out_detail[utf8_cut(out_detail, strlen(out_detail))] = '\0';
	if (!utf8_is_valid(out_detail, strlen(out_detail)))
		out_detail[0] = '\0';
}

static size_t write_error(const struct frame *asked, enum err err, uint8_t tries_left,
			  uint8_t *out_answer, size_t capacity)
{
	char detail[512];
	struct frame frame = {
		.request_id = asked->request_id, .kind = FRAME_ERROR, .number = asked->number};
	struct wire_error error = {
		.number = (uint32_t)err, .tries_left = tries_left, .detail = detail};
	struct cursor cursor = cursor_to_write(out_answer, capacity);

	copy_detail(detail, sizeof detail);
	wire_frame(&cursor, &frame);
	wire_error(&cursor, &error);
	return cursor_end(&cursor) == ERR_OK ? cursor.at : 0;
}

/* What is nobody's fault at the other end is worth a line to the operator. */
static void report(struct service *service, uint8_t number, enum err err)
{
	const char *name = message_name(number);

	if (err_note_text()[0] != '\0' && complaint_is_due(&service->complaints))
		log_error(LOG_WARNING, name == NULL ? "request" : name, err);
}

size_t dispatch_refuse(const uint8_t *packet, size_t size, enum err err, uint8_t *out_answer,
		       size_t capacity)
{
	struct cursor cursor;
	struct frame frame = read_frame(packet, size, &cursor);

	err_forget();
	return write_error(&frame, err, WIRE_NO_TRIES, out_answer, capacity);
}

static enum err read_and_answer(struct call *call, const struct frame *frame, struct cursor *packet,
				bool *out_closes)
{
	const struct handler *handler = handler_of(frame);
	struct request request = {0};
	enum err err = handler == NULL
			       ? ERR_WIRE
			       : request_read((enum message_number)frame->number, packet, &request);

	if (err == ERR_OK)
		err = answer(call, handler, frame->number, &request);
	*out_closes = err == ERR_WIRE;
	if (handler != NULL)
		request_clear((enum message_number)frame->number, &request);
	return err;
}

size_t dispatch(struct service *service, struct session *session, const struct sender *sender,
		uint8_t *packet, size_t size, uint8_t *out_answer, bool *out_closes,
		bool *out_is_secret)
{
	struct cursor in;
	struct cursor out = cursor_to_write(out_answer, WIRE_PACKET_MAX);
	struct frame asked = read_frame(packet, size, &in);
	struct frame reply = {
		.request_id = asked.request_id, .kind = FRAME_REPLY, .number = asked.number};
	struct call call = {.service = service,
			    .session = session,
			    .sender = *sender,
			    .reply = &out,
			    .tries_left = WIRE_NO_TRIES};
	enum err err;

	err_forget();
	wire_frame(&out, &reply);
	err = read_and_answer(&call, &asked, &in, out_closes);
	if (err == ERR_OK)
		err = cursor_end(&out);
	if (err == ERR_WIRE_VERSION)
		*out_closes = true;
	*out_is_secret = handlers[asked.number].kind == SECRET;
	if (*out_is_secret)
		secret_wipe(packet, size);
	if (err == ERR_OK)
		return out.at;
	size = write_error(&asked, err, call.tries_left, out_answer, WIRE_PACKET_MAX);
	report(service, asked.number, err);
	return size;
}
