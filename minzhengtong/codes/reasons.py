"""The reasons for which a scan can be refused."""

from enum import StrEnum


class Reason(StrEnum):
    """Stable names that terminals, tests and reports rely on."""

    NOT_A_CODE = "not_a_code"  # the text does not have the layout of a code
    BAD_SIGNATURE = "bad_signature"  # the layout is right, the signature is not by the key that it names
    UNKNOWN_KEY = "unknown_key"  # no key in use has this kid for this region
    EXPIRED = "expired"  # at or after its exp (RFC 8392 §3.1.4)
    NOT_YET_VALID = "not_yet_valid"  # issued further in the future than clocks may differ
    ALREADY_USED = "already_used"  # spent, or older than a code of the same citizen that was spent
    WRONG_SCOPE = "wrong_scope"  # the code was not issued for what the terminal wants
    ACCOUNT_FROZEN = "account_frozen"  # the citizen froze the code (口头挂失)
    INSUFFICIENT_BALANCE = "insufficient_balance"  # the balance is below the price
    CERTIFICATE_MISSING = "certificate_missing"  # the citizen holds no certificate of the wanted type
    CERTIFICATE_REVOKED = "certificate_revoked"  # the issuer took the certificate back
    PICTURE_UNREADABLE = "picture_unreadable"  # no code could be read from the picture
    SEVERAL_CODES = "several_codes"  # more than one code in the picture: show one


class Refused(Exception):
    """Raised with what was expected and what was received; both texts may be shown and logged."""

    def __init__(self, reason: Reason, expected: str, received: str) -> None:
        super().__init__(reason, expected, received)
        self.reason = reason
        self.expected = expected
        self.received = received

    def __str__(self) -> str:
        return f"{self.reason}: expected {self.expected}, received {self.received}"
