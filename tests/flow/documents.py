"""PDF documents of every form, written by hand or by qpdf: python3 tests/flow/documents.py FOLDER"""
import pathlib
import subprocess
import sys

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
TEXT = b"BT /F1 24 Tf 72 720 Td (Application for registration) Tj ET"


def bodies(pages=1, rotate=0, annotations=b"", catalogue=b""):
    """The objects of a document: 1 catalogue, 2 pages, 3 font, 4 text, then the pages."""
    kids = b" ".join(b"%d 0 R" % (5 + n) for n in range(pages))
    page = (b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Rotate %d "
            b"/Resources << /Font << /F1 3 0 R >> >> %s>>" % (rotate, annotations))
    return [b"<< /Type /Catalog /Pages 2 0 R %s>>" % catalogue,
            b"<< /Type /Pages /Kids [%s] /Count %d /MediaBox [0 0 595 842] >>" % (kids, pages),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(TEXT), TEXT),
            *[page] * pages]


def classic(objects, header=HEADER, end=b"\n"):
    """A cross-reference table (ISO 32000-1, 7.5.4)."""
    out, offsets = header, []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f\r\n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n\r\n" % offset for offset in offsets)
    out += (b"trailer\n<< /Size %d /Root 1 0 R /ID [<00> <01>] >>\nstartxref\n%d\n%%%%EOF"
            % (len(objects) + 1, table))
    return out + end


def hybrid():
    """A table for old readers and a stream for new ones, which alone shows the page (7.5.8.4)."""
    objects = bodies()
    page = objects.pop()  # number 5 lies in an object stream
    out, offsets = HEADER, {}

    def put(number, body):
        nonlocal out
        offsets[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)

    for number, body in enumerate(objects, 1):
        put(number, body)
    inner = b"5 0 " + page
    put(6, b"<< /Type /ObjStm /N 1 /First 4 /Length %d >>\nstream\n%s\nendstream"
        % (len(inner), inner))
    entry = bytes([2, 0, 6, 0])
    put(7, b"<< /Type /XRef /W [1 2 1] /Index [5 1] /Size 8 /Length %d >>\nstream\n%s\nendstream"
        % (len(entry), entry))
    table = len(out)
    out += b"xref\n0 8\n0000000005 65535 f\r\n"
    for number in range(1, 8):
        out += (b"0000000000 00000 f\r\n" if number == 5 else
                b"%010d 00000 n\r\n" % offsets[number])
    return out + (b"trailer\n<< /Size 8 /Root 1 0 R /XRefStm %d >>\nstartxref\n%d\n%%%%EOF\n"
                  % (offsets[7], table))


def rewritten(path, *options):
    result = path.with_name(path.stem + "-rewritten.pdf")
    subprocess.run(["qpdf", *options, path, result], check=True)
    document = result.read_bytes()
    result.unlink()
    return document


def every_form(folder):
    """{name: bytes}"""
    folder = pathlib.Path(folder)
    plain = folder / "source.pdf"
    plain.write_bytes(classic(bodies(pages=3)))
    text_field = b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (name) /Rect [72 600 200 620] >>"
    forms = {
        "plain": classic(bodies()),
        "no-end-of-line": classic(bodies(), end=b""),
        "windows-end-of-line": classic(bodies(), end=b"\r\n"),
        "pages": plain.read_bytes(),
        "turned-90": classic(bodies(rotate=90)),
        "turned-180": classic(bodies(rotate=180)),
        "turned-270": classic(bodies(rotate=270)),
        "hybrid": hybrid(),
        "form": classic(bodies(annotations=b"/Annots [6 0 R] ",
                               catalogue=b"/AcroForm << /Fields [6 0 R] >> ") + [text_field]),
        "form-apart": classic(bodies(annotations=b"/Annots 7 0 R ", catalogue=b"/AcroForm 8 0 R ")
                              + [text_field, b"[6 0 R]", b"<< /Fields 9 0 R >>", b"[6 0 R]"]),
        "streams": rewritten(plain, "--object-streams=generate"),
        "linear": rewritten(plain, "--linearize"),
        "linear-streams": rewritten(plain, "--linearize", "--object-streams=generate"),
    }
    plain.unlink()
    return forms


if __name__ == "__main__":
    for name, document in every_form(sys.argv[1]).items():
        pathlib.Path(sys.argv[1], name + ".pdf").write_bytes(document)
