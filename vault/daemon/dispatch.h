/* dispatch.h - from a packet to its answer: who may ask this now, what does the policy say, then
 * the one function that does it. Made from messages.def.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vault/daemon/service.h"
#include "vault/daemon/session.h"

/* Whether answering may wait for disk, PIN stretch or the opener. */
bool dispatch_is_slow(const uint8_t *packet, size_t size);

/* Whether answering uses a key: the processor is busy with it for a while. */
bool dispatch_uses_key(const uint8_t *packet, size_t size);

/* Answers one packet into `out_answer` (WIRE_PACKET_MAX bytes), and wipes the packet when it
 * carried a secret. *out_closes: after this answer the connection ends. *out_is_secret: the answer
 * is to be wiped once it was sent. */
size_t dispatch(struct service *service, struct session *session, const struct sender *sender,
		uint8_t *packet, size_t size, uint8_t *out_answer, bool *out_closes,
		bool *out_is_secret);

/* The answer that no handler has to be asked for. With no packet it has request id 0 and means
 * the connection as a whole. */
size_t dispatch_refuse(const uint8_t *packet, size_t size, enum err err, uint8_t *out_answer,
		       size_t capacity);
