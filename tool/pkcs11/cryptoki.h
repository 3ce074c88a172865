/* cryptoki.h - PKCS#11 2.40 and 3.0 as C: types, numbers and prototypes (OASIS; the header is the
 * one that NSS ships). Everything of the standard comes in through here.
 *
 * Programs hand over pointers of any kind: what they point to is read and written byte by byte
 * here, so that a pointer that is not aligned does no harm.
 */
#pragma once

#include <nss/pkcs11.h>
#include <stdint.h>
#include <string.h>

/* The results of PKCS#11 are a type of their own; CHECK is for them what TRY is for enum err. */
#define CHECK(step)                       \
	do {                              \
		CK_RV check_rv_ = (step); \
		if (check_rv_ != CKR_OK)  \
			return check_rv_; \
	} while (0)

/* No program has more than this in its memory; a larger size is a mistake of the caller. */
#define CRYPTOKI_SIZE_MAX ((CK_ULONG)PTRDIFF_MAX)
/* More attributes than any object has. */
#define CRYPTOKI_TEMPLATE_MAX 512

static inline CK_ULONG ulong_get(const void *from)
{
	CK_ULONG value;

	memcpy(&value, from, sizeof value);
	return value;
}

static inline void ulong_put(void *to, CK_ULONG value)
{
	memcpy(to, &value, sizeof value);
}

/* The `index`th attribute of a template. */
static inline CK_ATTRIBUTE attribute_get(const void *template, CK_ULONG index)
{
	CK_ATTRIBUTE attribute;

	memcpy(&attribute, (const uint8_t *)template + index * sizeof attribute, sizeof attribute);
	return attribute;
}

static inline void attribute_put(void *template, CK_ULONG index, const CK_ATTRIBUTE *attribute)
{
	memcpy((uint8_t *)template + index * sizeof *attribute, attribute, sizeof *attribute);
}
