"""Changes genuine codes and digits in one way at a time; by chance the result may be genuine again."""

import base64
from collections.abc import Callable, Sequence
from random import Random
from typing import TypeVar

from minzhengtong.codes.base45 import ALPHABET
from tests.unit.codes.minting import spell, unspell

T = TypeVar("T", str, bytes)
FOREIGN = ALPHABET + "abz_,é\uff21\u0660\x00\n\ud800"
KID, AUD = slice(8, 16), slice(22, 28)
"""Where the 120 bytes name the key and its region."""


class Bender:
    """Makes random changes to genuine texts of format A and genuine digits."""

    def __init__(self, chance: Random, codes: Sequence[str], digits: Sequence[str]) -> None:
        self._chance = chance

        def code() -> str:
            return chance.choice(codes)

        def eighteen() -> str:
            return chance.choice(digits)

        self.ways: dict[str, Callable[[], str]] = {
            "bits": lambda: spell(self._flipped(unspell(code()))),
            "characters": lambda: self._changed(code(), FOREIGN),
            "inserted": lambda: self._inserted(code(), FOREIGN),
            "deleted": lambda: self._deleted(code()),
            "swapped": lambda: self._swapped(code()),
            "cut": lambda: code()[: chance.randrange(184)],
            "bytes cut": lambda: spell(unspell(code())[: chance.randrange(120)]),
            "spliced": lambda: self._spliced(code(), code()),
            "bytes spliced": lambda: spell(self._spliced(unspell(code()), unspell(code()))),
            "another region": lambda: spell(self._moved(unspell(code()), unspell(code()))),
            "spelled otherwise": lambda: self._respelled(unspell(code())),
            "digits changed": lambda: self._changed(eighteen(), "0123456789"),
            "digits inserted": lambda: self._inserted(eighteen(), "0123456789\u0660"),
            "digits deleted": lambda: self._deleted(eighteen()),
            "digits swapped": lambda: self._swapped(eighteen()),
            "digits spliced": lambda: self._spliced(eighteen(), eighteen()),
        }

    def _flipped(self, raw: bytes) -> bytes:
        number = int.from_bytes(raw)
        for _ in range(self._chance.randint(1, 4)):
            number ^= 1 << self._chance.randrange(8 * len(raw))
        return number.to_bytes(len(raw))

    def _changed(self, text: str, alphabet: str) -> str:
        characters = list(text)
        for _ in range(self._chance.randint(1, 4)):
            characters[self._chance.randrange(len(text))] = self._chance.choice(alphabet)
        return "".join(characters)

    def _inserted(self, text: str, alphabet: str) -> str:
        place = self._chance.randint(0, len(text))
        return text[:place] + self._chance.choice(alphabet) + text[place:]

    def _deleted(self, text: str) -> str:
        place = self._chance.randrange(len(text))
        return text[:place] + text[place + self._chance.randint(1, 3) :]

    def _swapped(self, text: str) -> str:
        first, second = sorted(self._chance.sample(range(len(text)), 2))
        return text[:first] + text[second] + text[first + 1 : second] + text[first] + text[second + 1 :]

    def _spliced(self, one: T, other: T) -> T:
        place = self._chance.randrange(len(one))
        return one[:place] + other[place:]

    def _moved(self, raw: bytes, other: bytes) -> bytes:
        """Under the key of another region, with or without its name."""
        bent = bytearray(raw)
        for part in self._chance.choice(((KID,), (AUD,), (KID, AUD))):
            bent[part] = other[part]
        return bytes(bent)

    def _respelled(self, raw: bytes) -> str:
        """The same bytes, in another alphabet, case or grouping."""
        text, odd = spell(raw), self._chance.randrange(1, 120, 2)
        return self._chance.choice(
            (
                text.lower(),
                text[4:],
                "MZ1:" + raw.hex().upper(),
                "MZ1:" + base64.b64encode(raw).decode(),
                spell(text.encode()),
                spell(raw[:odd]) + spell(raw[odd:])[4:],
            )
        )
