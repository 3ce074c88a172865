/* doctor_browsers_linux.c - programs that came as a snap or a flatpak: they see neither a module of
 * this computer nor the vault's socket, so nothing that is entered anywhere reaches them.
 */
#include <stdlib.h>
#include <unistd.h>

#include "tool/cli/compose.h"
#include "tool/cli/doctor.h"
#include "vault/base/text.h"

static const struct {
	const char *program;
	const char *path; /* "~": below the home folder */
} places[] = {
	{"Firefox (snap)", "/snap/bin/firefox"},
	{"Chromium (snap)", "/snap/bin/chromium"},
	{"Thunderbird (snap)", "/snap/bin/thunderbird"},
	{"LibreOffice (snap)", "/snap/bin/libreoffice"},
	{"Firefox (flatpak)", "/var/lib/flatpak/app/org.mozilla.firefox"},
	{"Firefox (flatpak)", "~/.local/share/flatpak/app/org.mozilla.firefox"},
	{"Thunderbird (flatpak)", "/var/lib/flatpak/app/org.mozilla.Thunderbird"},
	{"Thunderbird (flatpak)", "~/.local/share/flatpak/app/org.mozilla.Thunderbird"},
	{"Chromium (flatpak)", "/var/lib/flatpak/app/org.chromium.Chromium"},
	{"Chromium (flatpak)", "~/.local/share/flatpak/app/org.chromium.Chromium"},
	{"Chrome (flatpak)", "/var/lib/flatpak/app/com.google.Chrome"},
	{"Chrome (flatpak)", "~/.local/share/flatpak/app/com.google.Chrome"},
	{"LibreOffice (flatpak)", "/var/lib/flatpak/app/org.libreoffice.LibreOffice"},
	{"LibreOffice (flatpak)", "~/.local/share/flatpak/app/org.libreoffice.LibreOffice"},
};

static enum err is_there(const char *home, const char *path, bool *out_is_there)
{
	AUTO_TEXT full = NULL;

	TRY(path[0] == '~' ? compose(&full, "%s%s", home, path + 1) : compose(&full, "%s", path));
	*out_is_there = access(full, F_OK) == 0;
	return ERR_OK;
}

enum err doctor_browsers(struct doctor *doctor, const char *home)
{
	AUTO_TEXT names = NULL;

	for (size_t i = 0; i < COUNT_OF(places); i++) {
		AUTO_TEXT before = NULL;
		bool found = false;
		TRY(is_there(home, places[i].path, &found));
		if (!found)
			continue;
		before = TAKE(names);
		TRY(compose(&names, "%s%s%s", before == NULL ? "" : before,
			    before == NULL ? "" : ", ", places[i].program));
	}
	if (names == NULL)
		return doctor_say_plain(doctor, "sandboxed-programs", DOCTOR_OK, _("none"), "");
	return doctor_say_plain(doctor, "sandboxed-programs", DOCTOR_FAILED, names,
				_("These cannot use the vault. Please use the program from your "
				  "distribution's own packages (apt) for signing."));
}
