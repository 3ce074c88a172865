/* given.h - a folder to play in.
 */
#pragma once

/* A fresh empty folder below the folder for temporary files; its descriptor. */
int given_folder(void);
/* Removes everything in it, and closes it. */
void given_folder_gone(int folder);

void given_file(int folder, const char *name, const char *text);
void assert_file_holds(int folder, const char *name, const char *text);
