"""What a step expected and received, in the page's language and in Fujian's time.

The API says it in English and in UTC, also to the bench, so the Chinese is found by the English sentence.
"""

import re
from collections.abc import Callable, Mapping

from markupsafe import Markup

from minzhengtong.base.clock import with_local_times
from minzhengtong.codes.cose import CodeScope
from minzhengtong.wants.certificate_types import CERTIFICATE_TYPES
from minzhengtong.web.kit.filters import as_written
from minzhengtong.web.kit.i18n import language
from minzhengtong.web.kit.words import REASONS

CHINESE: Mapping[str, str] = {
    # the picture
    "at most {bytes} bytes": "不超过 {bytes} 字节",
    "{bytes} bytes": "{bytes} 字节",
    "one QR code": "一个二维码",
    "a picture without a QR code that can be read": "图片里没有能读出的二维码",
    "{count} different QR codes": "{count} 个不同的二维码",
    "a whole PNG or JPEG file": "完整的 PNG 或 JPEG 文件",
    "a file that breaks off or is damaged": "文件不完整或已损坏",
    "a PNG or JPEG file": "PNG 或 JPEG 文件",
    "a file of another kind": "其他格式的文件",
    "at most {pixels} pixels, {side} a side": "不超过 {pixels} 像素，每边不超过 {side}",
    "{width} x {height} pixels": "{width} × {height} 像素",
    "a JPEG of at most {count} segments": "不超过 {count} 段的 JPEG",
    "more segments": "段数超出",
    "a JPEG of at most {count} scans": "不超过 {count} 次扫描的 JPEG",
    "{count} scans": "{count} 次扫描",
    "a sequential or progressive JPEG of 8 bits": "8 位的顺序式或渐进式 JPEG",
    "a JPEG of another kind": "其他种类的 JPEG",
    # the text
    "half-width characters (ASCII)": "半角字符（ASCII）",
    "full-width characters, as a Chinese input method types them: switch the keyboard to English": (
        "全角字符，由中文输入法打出：请切换到英文输入"
    ),
    "{length} characters that begin with {prefix}": "以 {prefix} 开头的 {length} 个字符",
    "{length} characters that do not begin with {prefix}": "{length} 个字符，不以 {prefix} 开头",
    "base45 after the prefix": "前缀之后是 base45",
    "a character outside ASCII": "有 ASCII 以外的字符",
    "a character outside the base45 alphabet": "有 base45 字母表以外的字符",
    "a single character left over": "末尾多出一个字符",
    "a group above the value its bytes can hold": "有一组的值超出了字节能表示的范围",
    "the 120 bytes of a format A code": "A 格式码的 120 字节",
    "120 bytes in another layout": "120 字节，但布局不同",
    "a lifetime of 1 to {seconds} seconds": "有效期为 1 至 {seconds} 秒",
    "iat {iat}, exp {exp}": "签发 {iat}，到期 {exp}",
    "scope bits within {scope}": "用途位在 {scope} 之内",
    "scope {scope}": "用途位 {scope}",
    "{length} digits that begin with {prefix} and end with their check digit": (
        "{length} 位数字，以 {prefix} 开头，以校验位结尾"
    ),
    "{length} digits with a wrong check digit": "{length} 位数字，校验位不对",
    "{length} characters": "{length} 个字符",
    "the digits of a code in use": "一个有效码的数字",
    "digits of no code": "不属于任何码的数字",
    # signature and time
    "the kid of a key in use": "在用密钥的 kid",
    "kid {kid}": "kid {kid}",
    "aud {aud}, the region of key {kid}": "aud {aud}，即密钥 {kid} 的地区",
    "aud {aud}": "aud {aud}",
    "an Ed25519 signature by key {kid}": "密钥 {kid} 的 Ed25519 签名",
    "a signature that does not verify with this key": "用这个密钥验证不通过的签名",
    "iat at or before {iat}": "签发时间不晚于 {iat}",
    "iat {iat}": "签发时间 {iat}",
    "exp after {exp}": "到期时间晚于 {exp}",
    "exp {exp}": "到期时间 {exp}",
    "a code issued at or before {at}": "不晚于 {at} 签发的码",
    "a code issued at {at}": "{at} 签发的码",
    "a code that expires after {at}": "{at} 之后才到期的码",
    "a code that expired at {at}": "{at} 已到期的码",
    # spending
    "a code that was issued": "签发过的码",
    "a signed code that was never issued": "签名正确但从未签发的码",
    "a code that was not used": "没有用过的码",
    "a code that was used before": "已经用过的码",
    "a code older than one that was used": "比用过的码更早的码",
    "an account that is not frozen": "没有挂失的账户",
    "a frozen account": "已挂失的账户",
    "an account not frozen since the scan": "扫码之后没有挂失过的账户",
    "an account frozen since the scan": "扫码之后挂失过的账户",
    # what the terminal wants
    "a code for {uses}": "可用于{uses}的码",
    "claims of {certificate} within: none": "不要{certificate}的字段",
    "claims of {certificate} within: {claims}": "{certificate}的这些字段：{claims}",
    "a valid {certificate}": "有效的{certificate}",
    "no such certificate": "没有这种证照",
    "a certificate revoked on {day}": "{day} 已撤销的证照",
    "a certificate that expired on {day}": "{day} 已到期的证照",
    "a balance of {fen} or more": "余额不少于 {fen}",
    "a lower balance": "余额不足",
    # more within the scan
    "a scan that passed": "已通过的扫码",
    "a scan refused for {reason}": "未通过的扫码：{reason}",
    "a session open at {at}": "在 {at} 仍可继续的扫码",
    "a session from {start} to {end}": "{start} 至 {end} 可继续的扫码",
    "a session with the citizen's consent": "市民仍然同意的扫码",
    "a consent taken back since the scan": "扫码之后撤回的授权",
    "one payment in a scan": "一次扫码只扣一次款",
    "a second payment after {payment}": "{payment} 之后的第二次扣款",
    "one certificate of each type in a scan": "一次扫码每种证照只出示一次",
    "one predicate of each type in a scan": "一次扫码每种证照只回答一次",
    "{certificate} again": "再次要求{certificate}",
    # the terminal and its app
    "the id of a terminal in use": "在用终端的编号",
    "a terminal of {app}": "{app} 的终端",
    "a token with the scope {scope}": "有权限 {scope} 的令牌",
    "{app} to have the scope {scope}": "{app} 有权限 {scope}",
    "an active app behind the terminal": "终端的应用在用",
    "a running app behind the terminal": "终端的应用在运行",
    "an answer from the app's handler": "应用处理程序的应答",
    "{status} without JSON; the app's log says why": "{status}，没有 JSON；原因见应用的日志",
    "JSON of another form": "格式不同的 JSON",
    "the scan that the app made": "应用所做的扫码",
}
"""English sentences with their Chinese; a longer sentence stands before one that it contains."""

_USES = {
    CodeScope.PAY: "付款",
    CodeScope.CERTIFICATES: "亮证",
    CodeScope.TRANSIT: "乘车",
    CodeScope.MEDICAL_INSURANCE: "医保",
    CodeScope.LIBRARY: "图书馆",
    CodeScope.SERVICE_WINDOW: "办事窗口",
}


def fact(text: str) -> str:
    """What was expected or received, as a person reads it; a sentence that is not ours stays as it is."""
    said = with_local_times(text)
    if language() == "en":
        return as_written(said)
    for sentence, chinese in _SENTENCES:
        if found := sentence.fullmatch(said):
            parts = found.groupdict().items()
            return chinese.format(**{name: _WORDS.get(name, str)(part) for name, part in parts})
    return Markup('<span lang="en">{}</span>').format(said) if said.isascii() else said


def _uses(words: str) -> str:
    names = {bit.name.lower(): chinese for bit, chinese in _USES.items() if bit.name}
    return "、".join(names.get(word, "无") for word in words.split(", "))


def _certificate(type_id: str) -> str:
    return CERTIFICATE_TYPES[type_id].name if type_id in CERTIFICATE_TYPES else type_id


def _reason(reason: str) -> str:
    return str(REASONS.get(reason, reason))


_WORDS: Mapping[str, Callable[[str], str]] = {"uses": _uses, "certificate": _certificate, "reason": _reason}


def _pattern(sentence: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", sentence)
    texts = [f"(?P<{part}>.+?)" if number % 2 else re.escape(part) for number, part in enumerate(parts)]
    return re.compile("".join(texts), re.DOTALL)


_SENTENCES = [(_pattern(english), chinese) for english, chinese in CHINESE.items()]
