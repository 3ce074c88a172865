# Run by kinko_text: writes the source that holds a file's bytes.
file(READ ${file} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
file(WRITE ${source}
"#include \"${header}\"

static const unsigned char text[] = {${bytes}0};

const char *${function}(void)
{
	return (const char *)text;
}
")
