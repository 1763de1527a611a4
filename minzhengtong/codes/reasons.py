"""Every reason a scan can be refused for; no rule is decided here."""

from enum import StrEnum


class Reason(StrEnum):
    """Stable names that terminals, tests and reports rely on."""

    NOT_A_CODE = "not_a_code"  # the text has not the one shape a code can have
    BAD_SIGNATURE = "bad_signature"  # the shape is right, the signature is not by the key it names
    UNKNOWN_KEY = "unknown_key"  # no key in use has this kid for this region
    EXPIRED = "expired"  # dead since its exp, the second of exp included (RFC 8392 §3.1.4)
    NOT_YET_VALID = "not_yet_valid"  # issued further ahead than clocks may differ
    ALREADY_USED = "already_used"  # spent, or older than a code of the same citizen that was spent
    WRONG_SCOPE = "wrong_scope"  # the code does not carry the capability that was wanted
    ACCOUNT_FROZEN = "account_frozen"  # the citizen froze the code (口头挂失)
    INSUFFICIENT_BALANCE = "insufficient_balance"  # the balance is below the price
    CERTIFICATE_MISSING = "certificate_missing"  # the citizen holds no certificate of the wanted type
    CERTIFICATE_REVOKED = "certificate_revoked"  # the issuer took the certificate back
    PICTURE_UNREADABLE = "picture_unreadable"  # no code could be read from the picture
    SEVERAL_CODES = "several_codes"  # more than one code in the picture: show one


class Refused(Exception):
    """What was wanted and what came instead, in words that may be shown and logged."""

    def __init__(self, reason: Reason, expected: str, received: str) -> None:
        super().__init__(reason, expected, received)
        self.reason = reason
        self.expected = expected
        self.received = received

    def __str__(self) -> str:
        return f"{self.reason}: expected {self.expected}, received {self.received}"
