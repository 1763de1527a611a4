"""Fulfils what a terminal wants of a spent code: certificates, answers, a payment; all of it or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from minzhengtong.audit.log import Entry, new_entry
from minzhengtong.base.clock import local_date
from minzhengtong.base.money import format_fen
from minzhengtong.certificates.hold import Certificate, certificates_of
from minzhengtong.certificates.present import NotHeld, holds, present
from minzhengtong.codes.cose import CodeScope
from minzhengtong.codes.reasons import Reason
from minzhengtong.payments.ledger import Charge, InsufficientBalance, charge
from minzhengtong.registry.terminals import Terminal
from minzhengtong.scans.outcome import Answered, Done, Paid, Refusal, Scan, Shown
from minzhengtong.wants.wants import CertificateWant, PayWant, Want, proofs_of


@dataclass(frozen=True, slots=True)
class Use:
    """One use of a code: the scan, the citizen, the code's scope, the terminal, the caller's key."""

    scan_id: str
    person_id: str
    scope: CodeScope
    terminal: Terminal
    idempotency_key: str


def fulfil(conn: Connection, now: datetime, use: Use, wants: Sequence[Want]) -> Done | Refusal:
    """Fulfil every want, or return a refusal with nothing written. `notes_of` says what to log.

    The payment comes last, and a refused one means that no certificate is shown either. The caller commits.
    """
    if refusal := _beyond_scope(use.scope, wants):
        return refusal
    proven = _prove(conn, now, use.person_id, wants)
    if isinstance(proven, Refusal):
        return proven
    paid = _pay(conn, now, use, wants)
    if isinstance(paid, Refusal):
        return paid
    return Done(*proven, paid)


def notes_of(now: datetime, use: Use, done: Done) -> list[Entry]:
    """The entries of the citizen's log for everything that was done."""
    where, scan_id = (now, use.terminal, use.person_id), use.scan_id
    shown = [
        _note(*where, "certificate.shown", scan_id=scan_id, type=one.type, claims=list(one.claim_names))
        for one in done.certificates
    ]
    answered = [
        _note(*where, "predicate.answered", scan_id=scan_id, type=one.type, answer=one.answer)
        for one in done.predicates
    ]
    paid = [
        _note(
            *where,
            "payment.made",
            scan_id=scan_id,
            amount_fen=one.amount_fen,
            payment_id=one.id,
            subject=one.subject,
            **_optional(one),
        )
        for one in (done.payment,)
        if one
    ]
    return [*shown, *answered, *paid]


def note_of_verdict(now: datetime, terminal: Terminal, made: Scan) -> Entry:
    """The log entry for the code: that it was scanned, or why it was refused."""
    if made.reason:
        return _note(now, terminal, made.person_id, "code.refused", scan_id=made.id, reason=made.reason)
    return _note(now, terminal, made.person_id, "code.scanned", scan_id=made.id)


def _note(now: datetime, terminal: Terminal, person_id: str | None, action: str, **detail: Any) -> Entry:
    place = {"app_id": terminal.app_id, "terminal_id": terminal.id}
    return new_entry(now, action, actor=f"app:{terminal.app_id}", person_id=person_id, **place, **detail)


def _optional(paid: Paid) -> dict[str, Any]:
    texts = {"subject_en": paid.subject_en, "reason": paid.reason, "reason_en": paid.reason_en}
    return {name: text for name, text in texts.items() if text}


def _beyond_scope(scope: CodeScope, wants: Sequence[Want]) -> Refusal | None:
    needed = CodeScope(0)
    for want in wants:
        needed |= CodeScope.PAY if isinstance(want, PayWant) else CodeScope.CERTIFICATES
    if needed in scope:
        return None
    expected, received = f"a code for {_words(needed)}", f"a code for {_words(scope)}"
    return Refusal("scopes", Reason.WRONG_SCOPE, expected, received)


def _words(scope: CodeScope) -> str:
    return ", ".join(bit.name.lower() for bit in scope if bit.name) or "nothing"


def _prove(
    conn: Connection, now: datetime, person_id: str, wants: Sequence[Want]
) -> tuple[tuple[Shown, ...], tuple[Answered, ...]] | Refusal:
    proofs = proofs_of(wants)
    held = certificates_of(conn, person_id) if proofs else []
    shown, answered, today = [], [], local_date(now)
    for want in proofs:
        if isinstance(want, CertificateWant):
            certificate = _show(held, now, want)
            if isinstance(certificate, Refusal):
                return certificate
            shown.append(certificate)
        else:
            answered.append(Answered(want.type, holds(held, today, want.type)))
    return tuple(shown), tuple(answered)


def _show(held: list[Certificate], now: datetime, want: CertificateWant) -> Shown | Refusal:
    presented = present(held, local_date(now), want.type, want.claims)
    if isinstance(presented, NotHeld):
        reason = Reason.CERTIFICATE_REVOKED if presented.revoked else Reason.CERTIFICATE_MISSING
        return Refusal("certificate", reason, f"a valid {want.type}", presented.received)
    return Shown(presented.id, want.type, presented.name, tuple(want.claims), presented.claims)


def _pay(conn: Connection, now: datetime, use: Use, wants: Sequence[Want]) -> Paid | Refusal | None:
    want = next((want for want in wants if isinstance(want, PayWant)), None)
    if want is None:
        return None
    made = charge(
        conn,
        now,
        Charge(
            scan_id=use.scan_id,
            app_id=use.terminal.app_id,
            terminal_id=use.terminal.id,
            payer_id=use.person_id,
            amount_fen=want.amount_fen,
            subject=want.subject,
            subject_en=want.subject_en,
            reason=want.reason,
            reason_en=want.reason_en,
            idempotency_key=use.idempotency_key,
        ),
    )
    if isinstance(made, InsufficientBalance):
        expected = f"a balance of {format_fen(made.needed_fen)} or more"
        return Refusal("money", Reason.INSUFFICIENT_BALANCE, expected, "a lower balance")
    return Paid(**{name: getattr(made, name) for name in Paid.__dataclass_fields__})
