"""The desk's words for the steps of a scan, and for reasons that are not those of a scan."""

from flask_babel import LazyString, lazy_gettext

from minzhengtong.web.kit.words import REASONS

STEPS: dict[str, LazyString] = {
    "picture": lazy_gettext("图片"),
    "text": lazy_gettext("文本"),
    "signature": lazy_gettext("签名"),
    "time": lazy_gettext("时间"),
    "spend": lazy_gettext("一次性核销"),
    "scopes": lazy_gettext("码的用途"),
    "certificate": lazy_gettext("证照核验"),
    "money": lazy_gettext("扣款"),
}

OUTCOMES: dict[str, LazyString] = {
    "ok": lazy_gettext("通过"),
    "refused": lazy_gettext("未通过"),
    "skipped": lazy_gettext("未进行"),
}

_BEFORE_THE_SCAN: dict[str, LazyString] = {
    "terminal_unknown": lazy_gettext("没有登记这个终端"),
    "scope_not_granted": lazy_gettext("该应用没有这项权限，码没有被使用"),
    "app_down": lazy_gettext("应用已停用，码没有被使用"),
}
_APP_FAILED = lazy_gettext("应用没有完成处理")


def reason_words(reason: str) -> LazyString:
    """Words for the reason of a refusal; any other code means that the app failed."""
    return REASONS.get(reason) or _BEFORE_THE_SCAN.get(reason) or _APP_FAILED
