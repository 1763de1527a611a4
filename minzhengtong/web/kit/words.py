"""The texts that people read for stable names: reasons, verdicts, roles, errors."""

from flask_babel import LazyString, lazy_gettext

from minzhengtong.codes.reasons import Reason

REASONS: dict[str, LazyString] = {
    Reason.NOT_A_CODE: lazy_gettext("这不是一码通"),
    Reason.BAD_SIGNATURE: lazy_gettext("签名不对，码被改动过或不是本平台签发"),
    Reason.UNKNOWN_KEY: lazy_gettext("签发密钥不明"),
    Reason.EXPIRED: lazy_gettext("码已过期，请出示最新的码"),
    Reason.NOT_YET_VALID: lazy_gettext("码尚未生效"),
    Reason.ALREADY_USED: lazy_gettext("码已使用过，请出示最新的码"),
    Reason.WRONG_SCOPE: lazy_gettext("此码不含这项用途"),
    Reason.ACCOUNT_FROZEN: lazy_gettext("已挂失，暂停使用"),
    Reason.INSUFFICIENT_BALANCE: lazy_gettext("余额不足"),
    Reason.CERTIFICATE_MISSING: lazy_gettext("没有所需的证照"),
    Reason.CERTIFICATE_REVOKED: lazy_gettext("证照已被撤销"),
    Reason.PICTURE_UNREADABLE: lazy_gettext("图片里读不到码"),
    Reason.SEVERAL_CODES: lazy_gettext("图片里不止一个码，请只出示一个"),
}

VERDICTS: dict[str, LazyString] = {
    "pass": lazy_gettext("通过"),
    "see_phone": lazy_gettext("请看手机"),
    "refused": lazy_gettext("未通过"),
}

ROLES: dict[str, LazyString] = {
    "developer": lazy_gettext("开发者"),
    "owner": lazy_gettext("应用负责人"),
    "reviewer": lazy_gettext("审核员"),
    "release_manager": lazy_gettext("发布管理员"),
    "security_officer": lazy_gettext("安全员"),
    "tester": lazy_gettext("测试员"),
    "auditor": lazy_gettext("审计员"),
}
"""Staff roles of the demo's personas."""

ERRORS: dict[int, tuple[LazyString, LazyString]] = {
    400: (lazy_gettext("请求有误"), lazy_gettext("请返回上一页，检查后再试。")),
    401: (lazy_gettext("请先登录"), lazy_gettext("登录后即可继续。")),
    403: (lazy_gettext("没有权限"), lazy_gettext("您不能这样做。")),
    404: (lazy_gettext("没有找到"), lazy_gettext("地址可能有误，或内容已经不在。")),
    405: (lazy_gettext("请求方式不对"), lazy_gettext("请从页面上的按钮或链接进入。")),
    409: (lazy_gettext("现在不能这样做"), lazy_gettext("情况可能已经变化，请刷新后再看。")),
    413: (lazy_gettext("内容太大"), lazy_gettext("图片不超过 5 MB。")),
    429: (lazy_gettext("尝试太频繁"), lazy_gettext("请稍等一会儿再试。")),
    500: (lazy_gettext("系统出错"), lazy_gettext("不是您的问题。请稍后再试，数据没有受影响。")),
    503: (lazy_gettext("暂时无法服务"), lazy_gettext("请稍后再试，没有任何改动。")),
}
"""Heading and advice of an error page; a status that is not listed reads like 400."""


def error_words(status: int) -> tuple[LazyString, LazyString]:
    """Heading and advice for a status."""
    return ERRORS.get(status, ERRORS[400])
