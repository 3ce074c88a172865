/* own.h - ownership in three words.
 *
 * AUTO(type) name = ...;   frees the object when the scope ends (its type needs OWN_DEFINE)
 * TAKE(name)               hands ownership on and leaves NULL behind
 * MUST_CHECK               a result that nobody may drop
 */
#pragma once

#define MUST_CHECK        __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

/* Every destructor accepts NULL, so that half-built objects can be dropped. */
#define OWN_DEFINE(type, destroy)                              \
	static inline void type##_own_end(struct type **owned) \
	{                                                      \
		destroy(*owned);                               \
	}

#define AUTO(type) __attribute__((cleanup(type##_own_end))) struct type *

/* For structs that the caller holds: cleared, not freed, at the end of the scope. */
#define OWN_DEFINE_HELD(type, clear)                          \
	static inline void type##_held_end(struct type *held) \
	{                                                     \
		clear(held);                                  \
	}

#define AUTO_HELD(type) __attribute__((cleanup(type##_held_end))) struct type

#define TAKE(pointer)                                   \
	__extension__({                                 \
		__typeof__(pointer) taken_ = (pointer); \
		(pointer) = NULL;                       \
		taken_;                                 \
	})

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* Plain C things that want an end too. */
void own_close_fd(const int *fd); /* a negative descriptor is none */
void own_free_text(char *const *text);

#define AUTO_FD   __attribute__((cleanup(own_close_fd))) int
#define AUTO_TEXT __attribute__((cleanup(own_free_text))) char *
