"""One rule for what may surround the text of a code, whatever typed, pasted or read it."""

import re

from minzhengtong.codes.cose import CodeRefused, CodeStep
from minzhengtong.codes.reasons import Reason

# Control characters, blanks and invisible marks. No code begins or ends with one: the last of three base45
# characters is a W at most, as two bytes hold no more.
_AROUND = "".join(
    map(chr, (*range(1, 0x21), *range(0x7F, 0xA1), *range(0x2000, 0x2010), *range(0x2028, 0x2030), 0x2060))
) + ("\u3000\ufeff")
_FULL_WIDTH = re.compile("[\u3000-\u303f\uff00-\uffef]")


def text_of_code(text: str) -> str:
    """The text without line ends, tabs, blanks and invisible marks around it.

    Raises: CodeRefused (not_a_code) for full-width characters, which no code contains: a scanner that types
    like a keyboard was connected while a Chinese input method was on.
    """
    bare = text.strip(_AROUND)
    if not bare.isascii() and _FULL_WIDTH.search(bare):
        raise CodeRefused(
            Reason.NOT_A_CODE,
            "half-width characters (ASCII)",
            "full-width characters, as a Chinese input method types them: switch the keyboard to English",
            CodeStep.TEXT,
        )
    return bare
