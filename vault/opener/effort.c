/* effort.c - see effort.h */
#include "vault/opener/effort.h"

static enum err too_much(const char *what, uint64_t value, uint64_t limit)
{
	return err_detail(ERR_ORIGINAL_EXPENSIVE, "%s, %llu > %llu", what,
			  (unsigned long long)value, (unsigned long long)limit);
}

enum err effort_declare(struct effort *effort, const char *what, uint64_t rounds)
{
	if (rounds == 0)
		return err_detail(ERR_ORIGINAL_DAMAGED, "%s, 0", what);
	if (rounds > EFFORT_ROUNDS_MAX)
		return too_much(what, rounds, EFFORT_ROUNDS_MAX);
	effort->declared += rounds;
	if (effort->declared > EFFORT_ALL_ROUNDS_MAX)
		return too_much(what, effort->declared, EFFORT_ALL_ROUNDS_MAX);
	return ERR_OK;
}

enum err effort_add_bag(struct effort *effort)
{
	if (++effort->bags > EFFORT_BAGS_MAX)
		return too_much("SafeBag", effort->bags, EFFORT_BAGS_MAX);
	return ERR_OK;
}

enum err effort_check_depth(unsigned depth)
{
	return depth > EFFORT_DEPTH_MAX ? too_much("SafeContents", depth, EFFORT_DEPTH_MAX)
					: ERR_OK;
}

enum err effort_check_salt(size_t size)
{
	return size > EFFORT_SALT_MAX ? too_much("salt", size, EFFORT_SALT_MAX) : ERR_OK;
}

bool effort_spend(struct effort *effort, uint64_t rounds, size_t nth_try)
{
	if (nth_try > 0 && effort->spent + rounds > EFFORT_ALL_ROUNDS_MAX)
		return false;
	effort->spent += rounds;
	return true;
}
