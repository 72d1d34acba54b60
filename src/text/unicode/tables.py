"""Writes tables.rs: python3.13 tables.py > tables.rs && rustfmt tables.rs

The Python that runs this decides the Unicode version (3.13: 15.1.0).
"""

import unicodedata


def bounds(predicate):
    result, inside = [], False
    for code in range(0x110000):
        if predicate(chr(code)) != inside:
            inside = not inside
            result.append(code)
    return result


def starts(c):
    return c.isidentifier()


def continues(c):
    return ("a" + c).isidentifier()


TABLES = [
    ("PRINTABLE", "`str.isprintable`", str.isprintable),
    ("LETTERS", "`str.isalpha`", str.isalpha),
    ("DECIMALS", "`str.isdecimal`: runs of whole decades, zero first", str.isdecimal),
    ("DIGITS", "`str.isdigit`", str.isdigit),
    ("NUMERIC", "`str.isnumeric` where it differs from `DIGITS`", lambda c: c.isnumeric() != c.isdigit()),
    ("START", "XID_Start and `_` where they differ from `LETTERS`", lambda c: starts(c) != c.isalpha()),
    ("CONTINUE", "XID_Continue where it differs from `LETTERS`", lambda c: continues(c) != c.isalpha()),
    ("FORMAT", "Category Cf", lambda c: unicodedata.category(c) == "Cf"),
]

print("//! Character properties of Unicode", unicodedata.unidata_version + ", written by `tables.py`; do not edit.")
print("//!")
print("//! Each table lists the code points where a property turns on, off, on, ... in ascending order.")
for name, doc, predicate in TABLES:
    numbers = ", ".join(hex(code) for code in bounds(predicate))
    print(f"\n/// {doc}.\npub(super) const {name}: &[u32] = &[{numbers}];")
