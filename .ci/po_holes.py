"""Whether {} stands in a translation exactly as often as in its sentence: po_holes.py FILE"""
import re
import sys


def entries(text):
    """(msgid, msgstr) of each entry, as written between the quotes."""
    for block in text.split("\n\n"):
        parts = {}
        for keyword, lines in re.findall(r'^(msgid|msgstr) ((?:".*"\n?)+)', block, re.M):
            parts[keyword] = "".join(re.findall(r'"(.*)"', lines))
        if "msgid" in parts and "msgstr" in parts:
            yield parts["msgid"], parts["msgstr"]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        wrong = [(source, target) for source, target in entries(file.read())
                 if source and target and source.count("{}") != target.count("{}")]
    for source, target in wrong:
        print(f"{{}} differs:\n  {source}\n  {target}", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
