"""Reads the text of a code without the database: verified claims, digits of the right form, or a refusal."""

from datetime import datetime

from minzhengtong.codes.cose import CodeClaims, CodeRefused, CodeStep
from minzhengtong.codes.digits import read_digits
from minzhengtong.codes.signers import code_keys
from minzhengtong.codes.text import text_of_code
from minzhengtong.keys.keyring import Keys
from minzhengtong.scans.outcome import Refusal, StepName

Reading = CodeClaims | str | Refusal
"""Verified claims; or 18 digits, which must be looked up; or why the text is neither."""

_STEPS: dict[CodeStep, StepName] = {
    CodeStep.TEXT: "text",
    CodeStep.KEY: "signature",
    CodeStep.SIGNATURE: "signature",
    CodeStep.TIME: "time",
}


def read_code(keys: Keys, now: datetime, text: str) -> Reading:
    """Read the text of a code; before any transaction, as checking a signature takes longer than spending."""
    try:
        bare = text_of_code(text)
        if bare[:1].isdigit():
            return read_digits(bare)
        return code_keys(keys).verifier.verify(bare, int(now.timestamp()))
    except CodeRefused as refused:
        return refusal_of(refused)


def refusal_of(refused: CodeRefused) -> Refusal:
    """The refusal of a text, a key, a signature or a time, as a step of the scan."""
    return Refusal(_STEPS[refused.step], refused.reason, refused.expected, refused.received)
