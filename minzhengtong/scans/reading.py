"""What a terminal read: a genuine code, digits of the right form, or a refusal. Touches no database."""

from datetime import datetime

from minzhengtong.codes.cose import CodeClaims, CodeRefused, CodeStep
from minzhengtong.codes.digits import read_digits
from minzhengtong.codes.signers import code_keys
from minzhengtong.keys.keyring import Keys
from minzhengtong.scans.outcome import Refusal, StepName

Reading = CodeClaims | str | Refusal
"""Verified claims; or 18 digits, which only the database can judge; or why it is neither."""

_STEPS: dict[CodeStep, StepName] = {
    CodeStep.TEXT: "text",
    CodeStep.KEY: "signature",
    CodeStep.SIGNATURE: "signature",
    CodeStep.TIME: "time",
}


def read_code(keys: Keys, now: datetime, text: str) -> Reading:
    """Judge the text of a code before any transaction: checking a signature takes longer than spending."""
    try:
        if text[:1].isdigit():
            return read_digits(text)
        return code_keys(keys).verifier.verify(text, int(now.timestamp()))
    except CodeRefused as refused:
        return refusal_of(refused)


def refusal_of(refused: CodeRefused) -> Refusal:
    """A refusal of the text, its key, its signature or its time, as a step of the scan."""
    return Refusal(_STEPS[refused.step], refused.reason, refused.expected, refused.received)
