"""Reads XML of which nothing outside the file is read, and in which no entity is expanded; and writes it."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from xml.etree import ElementTree

from boxlint.formats.unreadable import is_utf16

__all__ = ["NOT_IN_XML", "decoded", "xml_root", "xml_text"]

# Characters that XML cannot hold, and the carriage return, which is read as the end of a line.
NOT_IN_XML = re.compile("[^\t\n\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# Encodings that the parser does not know but Python does.
_ENCODINGS = {
    **dict.fromkeys(("gb2312", "gbk", "gb18030"), "gb18030"),
    **dict.fromkeys(("shift_jis", "shift-jis"), "shift_jis"),
    **{name: name for name in ("big5", "euc-jp", "euc-kr", "cp949")},
}
_DECLARED = re.compile(rb"""^\s*<\?xml[^>]*encoding\s*=\s*["']([^"']+)["']""")
# Elements in each other; annotations have a handful. What Python does with far more would overflow its stack.
_DEEPEST = 100
_BARE_AMPERSAND = re.compile(rb"&(?!#?\w+;)")


class _PlainBuilder(ElementTree.TreeBuilder):
    """Refuses documents with a document type, so that no entity is expanded."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise ValueError(f"declares a document type {name!r}, expected plain XML without DTD")


def xml_root(file: Path) -> ElementTree.Element:
    """The outermost element of a file; tags are without their namespaces.

    Raises
    ------
    OSError
        If it cannot be read.
    ValueError
        If it is no XML, declares a document type, or its encoding is unknown; or its elements are nested too deeply.
    """
    content = file.read_bytes()
    if not content.strip():
        raise ValueError("the file is empty, expected XML")
    parser = ElementTree.XMLParser(target=_PlainBuilder())
    try:
        parser.feed(decoded(content)[0])
        root = parser.close()
    except ElementTree.ParseError as error:
        line, column = error.position
        reason = str(error).partition(":")[0]
        raise ValueError(f"line {line}, column {column + 1}: {reason}, expected XML{_hint(content)}") from error
    except LookupError as error:
        raise ValueError(f"its encoding is unknown: {error}") from error
    level, depth = [root], 1
    while level:
        if depth > _DEEPEST:
            raise ValueError(f"its elements are nested more than {_DEEPEST} deep")
        for element in level:
            # Names are compared without their namespace.
            element.tag = element.tag.rpartition("}")[2]
        level, depth = [child for element in level for child in element], depth + 1
    return root


def xml_text(root: ElementTree.Element) -> str:
    """An element as an indented text, without the declaration that a file in UTF-8 can do without.

    Raises
    ------
    ValueError
        If XML cannot hold one of its texts.

    >>> print(xml_text(ElementTree.Element("a", b="<c>")), end="")
    <a b="&lt;c&gt;" />
    """
    for element in root.iter():
        for text in (element.text or "", *element.attrib.values()):
            if NOT_IN_XML.search(text):
                raise ValueError(f"{text!r:.80} has characters that XML cannot hold")
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode") + "\n"


def decoded(content: bytes) -> tuple[str | bytes, str]:
    """What to give the parser, and the encoding of it: the text if the parser does not know its encoding."""
    declared = _DECLARED.match(content)
    encoding = declared[1].decode("ascii", "replace").lower() if declared else "utf-8"
    if encoding in _ENCODINGS:
        return content.decode(_ENCODINGS[encoding]), _ENCODINGS[encoding]
    if is_utf16(content):
        marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        encoding = "utf-16" if marked else "utf-16-be" if content[0] == 0 else "utf-16-le"
        return content.decode(encoding), encoding
    return content, encoding


def _hint(content: bytes) -> str:
    """Why XML may be broken."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        if not _DECLARED.match(content):
            return '; its encoding is not UTF-8 and is not declared: declare it, as in <?xml encoding="gbk"?>'
    return "; write & as &amp;" if _BARE_AMPERSAND.search(content) else ""
