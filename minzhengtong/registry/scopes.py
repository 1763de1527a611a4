"""The catalogue of scopes: what each one lets an app read or do."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum

from minzhengtong.base.errors import InvalidInput


class Tier(IntEnum):
    """Which approval a scope needs."""

    AUTOMATIC = 0  # none
    REVIEWED = 1  # of the platform's reviewer
    CONSENT = 2  # also of the citizen, for at most 365 days
    EACH_TIME = 3  # also of the citizen, every time
    OPERATOR = 9  # not of the citizen: for a department's own terminals; every use is in her log
    PLATFORM = 10  # of no mini-app: for the platform's own clients; people have a role instead


@dataclass(frozen=True, slots=True)
class Scope:
    """One scope. `reads` says which personal data an app gets by it."""

    name: str
    tier: Tier
    label: str
    label_en: str
    reads: str
    reads_en: str


class ScopeUnknown(InvalidInput):
    """No scope of this name is in the catalogue."""

    code = "scope_unknown"
    title = "There is no such scope"


_NO_DATA = ("不含个人信息", "No personal data")
_WHAT_YOU_ALLOW = ("其中您同意的各项", "What you allow of it")

SCOPES: dict[str, Scope] = {
    scope.name: scope
    for scope in (
        Scope(
            "openid",
            Tier.AUTOMATIC,
            "登录身份",
            "Sign-in",
            "仅本应用可识别的编号",
            "A number only this app sees",
        ),
        Scope("profile", Tier.AUTOMATIC, "基本资料", "Profile", *_WHAT_YOU_ALLOW),
        Scope("email", Tier.AUTOMATIC, "电子邮箱（标准名）", "Email (standard name)", *_WHAT_YOU_ALLOW),
        Scope("phone", Tier.AUTOMATIC, "手机号（标准名）", "Phone (standard name)", *_WHAT_YOU_ALLOW),
        Scope("address", Tier.AUTOMATIC, "地址（标准名）", "Address (standard name)", *_WHAT_YOU_ALLOW),
        Scope(
            "profile.account",
            Tier.AUTOMATIC,
            "用户名",
            "User name",
            "仅本应用可识别的用户名、时区和语言",
            "A user name only this app sees, time zone and language",
        ),
        Scope("profile.name", Tier.CONSENT, "姓名", "Name", "您的姓名", "Your name"),
        Scope("profile.gender", Tier.CONSENT, "性别", "Gender", "您的性别", "Your gender"),
        Scope(
            "profile.birthdate",
            Tier.CONSENT,
            "出生日期",
            "Date of birth",
            "您的出生日期",
            "Your date of birth",
        ),
        Scope(
            "profile.updated_at",
            Tier.CONSENT,
            "资料更新时间",
            "Time of last change",
            "您的资料最近一次变更的时间",
            "When your data last changed",
        ),
        Scope("profile.email", Tier.CONSENT, "电子邮箱", "Email", "您的电子邮箱", "Your email address"),
        Scope("profile.phone", Tier.CONSENT, "手机号", "Phone", "您的手机号码", "Your phone number"),
        Scope(
            "profile.address",
            Tier.CONSENT,
            "居住地",
            "Home",
            "您居住的省、市和区县",
            "The province, city and district where you live",
        ),
        Scope(
            "profile.idno_masked",
            Tier.CONSENT,
            "证件号码（脱敏）",
            "ID number, masked",
            "身份证号码的首位和末位",
            "The first and last character of your ID number",
        ),
        Scope("pay.collect", Tier.OPERATOR, "扫码收款", "Collect payments by code", *_NO_DATA),
        Scope("bench.scan", Tier.PLATFORM, "测试台扫码", "Scan at the bench", *_NO_DATA),
        Scope("ledger.read", Tier.PLATFORM, "查看总账", "Read the ledger's sums", *_NO_DATA),
    )
}

PLATFORM_SCOPES = frozenset(name for name, scope in SCOPES.items() if scope.tier is Tier.PLATFORM)

SETS: dict[str, tuple[str, ...]] = {
    "profile": (
        "profile.account",
        "profile.name",
        "profile.gender",
        "profile.birthdate",
        "profile.updated_at",
    ),
    "email": ("profile.email",),
    "phone": ("profile.phone",),
    "address": ("profile.address",),
}
"""What the scopes of OpenID Connect Core §5.4 mean here. The set itself lets an app read nothing."""

_FAMILIES: dict[str, Scope] = {
    "code.verify": Scope(
        "code.verify",
        Tier.OPERATOR,
        "核验一码通",
        "Verify codes",
        "本应用可识别的编号",
        "A number only this app sees",
    ),
    "cert.verify": Scope(
        "cert.verify",
        Tier.OPERATOR,
        "核验证照",
        "Verify certificates",
        "证照的指定字段",
        "Named certificate fields",
    ),
}


def scope_named(name: str) -> Scope:
    """The scope of this name, also `cert.verify:<type>` and `code.verify:<category>`.

    Raises: ScopeUnknown.
    """
    family, _, kind = name.partition(":")
    if name in SCOPES:
        return SCOPES[name]
    if kind and family in _FAMILIES:
        return replace(_FAMILIES[family], name=name)
    raise ScopeUnknown("a scope of the catalogue", name)


def with_members(names: Iterable[str]) -> tuple[str, ...]:
    """These scopes, each set followed by its members, and each name once."""
    return tuple(dict.fromkeys(member for name in names for member in (name, *SETS.get(name, ()))))


def needs_consent(name: str) -> bool:
    """Whether the scope, or one of its members, is the citizen's to allow. Raises: ScopeUnknown."""
    tiers = {scope_named(member).tier for member in with_members([name])}
    return not tiers.isdisjoint((Tier.CONSENT, Tier.EACH_TIME))
