"""Texts that trip programs up, and JSON misspelled: the samples of a hostile caller. Sends nothing."""

import random

MARK = "<script>x9q</script>{{7777777*7777777}}${7777777*7777777}%{7777777*7777777}'\"--"
"""Shows up as markup when it is not escaped, as 60493815061729 when a template engine reads it."""
TEXTS = (
    "",
    " ",
    "0",
    "-1",
    "null",
    "\x00",
    "a\x00b",
    "\ud800",
    "a\udfffb",
    "\r\nSet-Cookie: a=b",
    "\u202e\u2066",
    "\ufeff",
    "\uffff",
    "码" * 40,
    "🀄🏳️‍🌈",
    "e\u0301" * 50,
    "%00%ff%s%n",
    "../../etc/passwd",
    "1e999",
    "9" * 400,
    "a" * 5_000,
    MARK,
    "' OR 1=1 --",
    "MZ1:",
    "MZ1:" + "0" * 180,
    "7" * 18,
    "٣٣٣",
    "example.fuzhou.transit",
    "per_lin",
)


class Samples:
    """Texts and spellings from one source of chance."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def text(self) -> str:
        """Any text at all."""
        if self.chance.random() < 0.7:
            return self.chance.choice(TEXTS)
        codes = (self.chance.choice((0x20, 0x7F, 0x300, 0x4E00, 0x1F600)) for _ in range(8))
        return "".join(chr(code + self.chance.randrange(0x50)) for code in codes)

    def misspelled(self, data: bytes) -> bytes:
        """JSON that is broken, or spelled in a way that is not allowed."""
        return self.chance.choice(
            (
                data[: len(data) // 2],
                data + data,
                data.replace(b"{", b'{"code": 1, "code": 2, ', 1),
                data.replace(b'"', b"'"),
                data.decode().encode("utf-16"),
                b"\xef\xbb\xbf" + data,
                data.replace(b"a", b"\xff", 1),
                b"[" * 20_000,
                b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
                b'{"code": NaN}',
                b"x" * 70_000,
                b"",
                bytes(self.chance.randrange(256) for _ in range(60)),
            )
        )
