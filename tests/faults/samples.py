"""Spoils values, and misspells JSON: the samples of a hostile caller. Sends nothing."""

import json
import random
from typing import Any

MARK = "<script>x9q</script>{{7777*7}}${7777*7}%{7777*7}'\"--"
"""Shows up as markup when it is not escaped, as 54439 when a template engine reads it."""
TEXTS = (
    "",
    " ",
    "0",
    "-1",
    "null",
    "\x00",
    "a\x00b",
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
OTHERS: tuple[Any, ...] = (
    None,
    True,
    False,
    0,
    -1,
    1.5,
    2**63,
    -(2**70),
    1e308,
    [],
    {},
    [[]],
    {"a": {"b": []}},
)


class Samples:
    """Values from one source of chance."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance

    def spoiled(self, value: Any) -> Any:
        """The same with something wrong at one place, however deep."""
        if isinstance(value, dict) and value and self.chance.random() < 0.8:
            name = self.chance.choice(sorted(value))
            change = self.chance.random()
            if change < 0.15:
                return {key: part for key, part in value.items() if key != name}
            if change < 0.3:
                return {**value, self.chance.choice(TEXTS): self.other()}
            return {**value, name: self.spoiled(value[name])}
        if isinstance(value, list) and value and self.chance.random() < 0.8:
            place = self.chance.randrange(len(value))
            if self.chance.random() < 0.3:
                return value * self.chance.choice((2, 30))
            return [*value[:place], self.spoiled(value[place]), *value[place + 1 :]]
        return self.other()

    def other(self) -> Any:
        """Any value at all."""
        return self.chance.choice((*OTHERS, self.text(), self.text()))

    def text(self) -> str:
        """Any text at all."""
        if self.chance.random() < 0.7:
            return self.chance.choice(TEXTS)
        codes = (self.chance.choice((0x20, 0x7F, 0x300, 0x4E00, 0x1F600)) for _ in range(8))
        return "".join(chr(code + self.chance.randrange(0x50)) for code in codes)

    def json(self, value: Any) -> bytes:
        """A value as JSON, now and then misspelled."""
        data = json.dumps(value).encode()
        return data if self.chance.random() < 0.85 else self.misspelled(data)

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
