"""Pages at an app's origin for when the app or the platform cannot answer."""

from html import escape

from werkzeug.wrappers import Response

from minzhengtong.base.assets import app_asset

_PAGE = """<!doctype html>
<html lang="zh-Hans">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>{heading} · {heading_en}</title>
  <link rel="icon" href="{icon}" type="image/svg+xml">
  {sheets}
</head>
<body>
  <div class="frame"><main>
    <div class="card empty">
      <h1>{heading}</h1>
      <p lang="en">{heading_en}</p>
      <p>{note}</p>
      <p lang="en">{note_en}</p>
      <a class="button button-primary" href="{home}">
        <span>返回闽政通 · <span lang="en">Back</span></span>
      </a>
    </div>
  </main></div>
</body>
</html>
"""
_ALONE = "其他服务和您的一码通不受影响。", "Other services and your one code are not affected."
_WAIT = "请稍后再试，没有任何改动。", "Try again in a moment; nothing was changed."
_SHEET = '<link rel="stylesheet" href="{}">'
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


def app_is_off(public_url: str) -> Response:
    """503: the app is quarantined or suspended. The platform's own page shows the reason to those allowed."""
    headers = {**_HEADERS, "Retry-After": "60"}
    page = _page("这个服务暂时不能打开", "This service cannot be opened now", public_url)
    return Response(page, 503, headers, mimetype="text/html")


def app_is_busy(public_url: str) -> Response:
    """503: the app holds all the threads that it may hold; most likely it hangs."""
    page = _page("这个服务现在很忙，请稍后再试", "This service is busy, try again in a moment", public_url)
    return Response(page, 503, {**_HEADERS, "Retry-After": "2"}, mimetype="text/html")


def app_is_too_slow(public_url: str) -> Response:
    """504: the app did not answer in time."""
    page = _page("这个服务没有及时回答", "This service did not answer in time", public_url)
    return Response(page, 504, _HEADERS, mimetype="text/html")


def app_broke(public_url: str) -> Response:
    """500: the app raised what its web framework did not catch."""
    page = _page("这个服务出错了", "This service has a fault", public_url)
    return Response(page, 500, _HEADERS, mimetype="text/html")


def store_is_away(public_url: str) -> Response:
    """503: the app's own database cannot be opened, so the app was not called."""
    page = _page("这个服务现在存取不了数据", "This service cannot reach its data now", public_url, _WAIT)
    return Response(page, 503, {**_HEADERS, "Retry-After": "2"}, mimetype="text/html")


def platform_is_away(public_url: str) -> Response:
    """503: our database does not answer whether the app may run, so the app was not called."""
    page = _page("暂时联系不上平台", "The platform cannot be reached now", public_url, _WAIT)
    return Response(page, 503, {**_HEADERS, "Retry-After": "2"}, mimetype="text/html")


def host_is_foreign(public_url: str, host: str) -> Response:
    """421: the request names a host that is neither the platform's nor an app's."""
    name = escape(host)
    notes = (
        f"收到的 Host 是 <code>{name}</code>。前面的反向代理要原样传来它收到的 Host，见 deploy/nginx.conf。",
        f"The Host received is <code>{name}</code>. A proxy in front must send on the Host that it received "
        "(see deploy/nginx.conf).",
    )
    page = _page("这个网址不属于闽政通模拟平台", "This address is not the simulator's", public_url, notes)
    return Response(page, 421, _HEADERS, mimetype="text/html")


def _page(heading: str, heading_en: str, public_url: str, notes: tuple[str, str] = _ALONE) -> str:
    icon, home = app_asset("img/favicon.svg"), escape(public_url + "/", quote=True)
    sheets = "".join(_SHEET.format(app_asset(f"css/{name}.css")) for name in ("tokens", "base", "components"))
    words = {"heading": heading, "heading_en": heading_en, "note": notes[0], "note_en": notes[1]}
    return _PAGE.format(**words, icon=icon, sheets=sheets, home=home)
