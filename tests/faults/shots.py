"""One hostile request as it goes on the wire, and the words of all: fields, headers, values that exist."""

from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from minzhengtong.bench.client import CLIENT_ID
from tests.faults.samples import MARK
from tests.web.oidc.party import CHALLENGE, VERIFIER
from tests.world.facts import DESK, GATE, PLATFORM

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
ENDS_A_SESSION = {"auth.leave", "logout_confirmation.confirm", "oidc_logout.end_session"}
BEGINS_A_SESSION = {"auth.enter", "auth.enter_as_persona"}
FIELDS: dict[str, tuple[str, ...]] = {
    "auth": ("phone", "password", "persona", "next", "interaction"),
    "i18n": ("language", "next"),
    "authorize": (
        *("response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "prompt", "max_age"),
        *(
            "code_challenge",
            "code_challenge_method",
            "id_token_hint",
            "login_hint",
            "acr_values",
            "request",
            "claims",
        ),
    ),
    "consent": ("answer",),
    "token": ("grant_type", "code", "redirect_uri", "code_verifier", "client_id", "client_secret", "token"),
    "oidc_logout": ("id_token_hint", "post_logout_redirect_uri", "client_id", "state"),
    "logout_confirmation": ("post_logout_redirect_uri", "client_id", "state"),
    "bench": ("terminal_id", "code", "source", "ask", "key", "terminal", "q"),
    "code": ("seen",),
    "services": ("q", "page"),
    "api_payments": ("cursor", "limit"),
    "register": ("department",),
    "mzt": ("code", "state", "iss", "error", "logout_token", "lang"),
}
HEADERS = (
    *("Accept", "Accept-Language", "Authorization", "Content-Encoding", "Content-Length", "Content-Type"),
    *("Cookie", "Idempotency-Key", "If-None-Match", "Origin", "Range", "Referer", "X-Forwarded-For"),
)
KNOWN: dict[str, tuple[Any, ...]] = {
    "terminal_id": (DESK,),
    "phone": ("10000000001", "10000000016"),
    "password": ("minzhengtong-demo", "wrong"),
    "persona": ("lin", "qiu", "chen", "nobody"),
    "next": ("/", "/code", "//evil.example"),
    "language": ("zh", "en"),
    "response_type": ("code",),
    "client_id": ("example.fuzhou.transit", "example.fuzhou.clinic", CLIENT_ID),
    "redirect_uri": ("http://transit.localhost:8000/oidc/callback",),
    "post_logout_redirect_uri": ("http://transit.localhost:8000/",),
    "scope": ("openid profile.name", "openid", "pay.collect", ""),
    "state": ("s", MARK),
    "nonce": ("n",),
    "prompt": ("none", "login", "consent", "select_account", ""),
    "max_age": ("0", "60", ""),
    "claims": ("{}", '{"userinfo": {"name": null}}', '{"id_token": {"sub": {"value": "x"}}}'),
    "code_challenge": (CHALLENGE,),
    "code_challenge_method": ("S256",),
    "code_verifier": (VERIFIER,),
    "grant_type": ("authorization_code", "client_credentials", "password"),
    "answer": ("yes", "no"),
    "source": ("text", "picture", "camera"),
    "ask": ("", "medical-insurance"),
    "terminal": (GATE, DESK),
    "department": ("内科", "外科"),
    "lang": ("en", "zh"),
    "iss": (PLATFORM,),
    "filename": ("css/base.css", "img/favicon.svg"),
    "slug": ("transit", "clinic"),
    "app_id": ("example.fuzhou.transit",),
}


@dataclass
class Shot:
    """One request, as it goes on the wire."""

    method: str
    origin: str
    path: bytes
    query: bytes = b""
    body: bytes = b""
    who: str = ""  # whose session its cookie is
    headers: dict[str, str] = field(default_factory=dict)

    def environ(self) -> dict[str, Any]:
        host = self.origin.partition("://")[2]
        variables: dict[str, Any] = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": self.path.decode("latin-1"),
            "QUERY_STRING": self.query.decode("latin-1"),
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "8000",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": host,
            "CONTENT_LENGTH": str(len(self.body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(self.body),
            "wsgi.errors": BytesIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }
        for name, text in self.headers.items():
            variable = name.upper().replace("-", "_")
            prefix = "" if variable in ("CONTENT_TYPE", "CONTENT_LENGTH") else "HTTP_"
            variables[prefix + variable] = text
        return variables
