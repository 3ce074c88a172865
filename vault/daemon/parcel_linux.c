/* parcel_linux.c - see parcel.h; SCM_RIGHTS as in unix(7). */
#include "vault/daemon/parcel.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

bool parcel_send(int socket, const struct parcel *parcel)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(PARCEL_PASSED_MAX * sizeof(int))];
	} control = {0};
	int32_t word = parcel->word;
	struct iovec part = {.iov_base = &word, .iov_len = sizeof word};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	size_t size = (size_t)parcel->count * sizeof(int);

	if (parcel->count > 0) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(size);
		*CMSG_FIRSTHDR(&message) = (struct cmsghdr){.cmsg_len = CMSG_LEN(size),
							    .cmsg_level = SOL_SOCKET,
							    .cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), parcel->passed, size);
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL) == (ssize_t)sizeof word;
}

void parcel_close(struct parcel *parcel)
{
	for (int i = 0; i < parcel->count; i++)
		(void)close(parcel->passed[i]);
	parcel->count = 0;
}

bool parcel_receive(int socket, struct parcel *out_parcel)
{
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(PARCEL_PASSED_MAX * sizeof(int))];
	} control;
	struct parcel parcel = {0};
	struct iovec part = {.iov_base = &parcel.word, .iov_len = sizeof parcel.word};
	struct msghdr message = {.msg_iov = &part,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof control};
	ssize_t size;
	const struct cmsghdr *head;

	do
		size = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (size < 0 && errno == EINTR);
	head = CMSG_FIRSTHDR(&message);
	if (size >= 0 && head != NULL && head->cmsg_type == SCM_RIGHTS) {
		size_t bytes = head->cmsg_len - CMSG_LEN(0);
		parcel.count = (int)(bytes / sizeof(int));
		memcpy(parcel.passed, CMSG_DATA(head), (size_t)parcel.count * sizeof(int));
	}
	if (size != (ssize_t)sizeof parcel.word || (message.msg_flags & MSG_CTRUNC) != 0) {
		parcel_close(&parcel);
		return false;
	}
	*out_parcel = parcel;
	return true;
}
