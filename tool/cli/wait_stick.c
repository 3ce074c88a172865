/* wait_stick.c - see wait_stick.h */
#include "tool/cli/wait_stick.h"

#include "vault/base/text.h"

enum { WITHOUT_END = -1 };

enum err wait_stick_check(const struct stick *stick, enum wait_for what)
{
	if (stick->folder == NULL)
		return err_detail(ERR_STICK_NOT_MOUNTED, "%s", stick->name);
	if (what == WAIT_TO_WRITE && stick->is_read_only)
		return err_detail(ERR_STICK_READ_ONLY, "%s", stick->name);
	return ERR_OK;
}

/* Whether one of them will do; else what is wrong with the last. */
static enum err check_all(const struct sticks *sticks, enum wait_for what)
{
	enum err err = ERR_STICK_NONE;

	err_forget();
	for (size_t i = 0; i < sticks->count; i++) {
		err = wait_stick_check(&sticks->items[i], what);
		if (err == ERR_OK)
			break;
	}
	return err;
}

/* Each reason is told once, not at every change of any device. */
static void tell_why(struct run *run, enum err err, enum err *told)
{
	AUTO_TEXT message = NULL;

	if (err == *told || text_of_message(err, err_detail_text(), &message) != ERR_OK)
		return;
	*told = err;
	terminal_say(run->terminal, "%s\n%s\n", message,
		     err == ERR_STICK_NONE ? _("Please insert the USB stick. (Ctrl+C: cancel)")
		     : err == ERR_STICK_NOT_MOUNTED
			     ? _("Please open it in the file manager. (Ctrl+C: cancel)")
			     : _("Please insert another USB stick. (Ctrl+C: cancel)"));
}

enum err wait_stick(struct run *run, enum wait_for what, struct sticks **out_sticks)
{
	AUTO(sticks_watch) watch = NULL;
	enum err told = ERR_OK;

	TRY(sticks_watch_open(&watch));
	for (;;) {
		AUTO(sticks) sticks = NULL;
		enum err err;

		TRY(sticks_find(&sticks));
		err = check_all(sticks, what);
		if (err == ERR_OK) {
			*out_sticks = TAKE(sticks);
			return ERR_OK;
		}
		if (run->terminal == NULL)
			return err;
		tell_why(run, err, &told);
		err = sticks_watch_wait(watch, WITHOUT_END, interrupt_fd(run->interrupt));
		if (err == ERR_CANCELLED)
			terminal_say(run->terminal, "\n");
		TRY(err);
	}
}
