"""Tables of the OpenID provider. Secrets, codes and tokens are kept as SHA-256 digests only."""

from sqlalchemy import JSON, Boolean, Column, ForeignKey, Index, PrimaryKeyConstraint, String, Table
from sqlalchemy.dialects.postgresql import JSONB

from minzhengtong.db.columns import JsonColumn, UtcDateTime, metadata

oauth_client = Table(
    "oauth_client",
    metadata,
    Column("client_id", String, primary_key=True),
    Column("app_id", String, unique=True),  # null for the platform's own command-line client
    Column("name", String, nullable=False),
    Column("application_type", String, nullable=False),
    Column("secret_digest", String),  # null for a client that proves itself by a key, or not at all
    Column("redirect_uris", JsonColumn, nullable=False),
    Column("post_logout_redirect_uris", JsonColumn, nullable=False),
    Column("backchannel_logout_uri", String),
    Column("grant_types", JsonColumn, nullable=False),
    Column("scope", String, nullable=False),  # space separated: all it may ask for
    Column("token_endpoint_auth_method", String, nullable=False),
    Column("id_token_signed_response_alg", String, nullable=False),
    Column("userinfo_signed_response_alg", String),  # null: plain JSON
    Column("jwks", JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")),
    Column("jwks_uri", String),
    Column("sector_identifier_uri", String),
    Column("sector", String, nullable=False),  # pairwise subjects differ by this
    Column("require_pkce", Boolean, nullable=False),
    Column("active", Boolean, nullable=False, default=True),
    Column("created_at", UtcDateTime, nullable=False),
)

interaction = Table(
    "interaction",
    metadata,
    Column("id_digest", String, primary_key=True),
    Column("client_id", String, ForeignKey("oauth_client.client_id"), nullable=False),
    Column("params", JsonColumn, nullable=False),  # the authorization request as it came
    Column("browser_digest", String, nullable=False),  # only the browser that began it may go on
    Column("login_after", UtcDateTime),  # prompt=login or max_age: an older login does not count
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("address", String, nullable=False),  # where it came from: the number from one is limited
    Index("ix_interaction_expires_at", "expires_at"),
    Index("ix_interaction_address_expires_at", "address", "expires_at"),
)

authorization_code = Table(
    "authorization_code",
    metadata,
    Column("code_digest", String, primary_key=True),
    Column("family_id", String, nullable=False, unique=True),  # all that descends from this code
    Column("client_id", String, ForeignKey("oauth_client.client_id"), nullable=False),
    Column("person_id", String, ForeignKey("person.id"), nullable=False),
    Column("session_digest", String, ForeignKey("login_session.id_digest"), nullable=False),
    Column("redirect_uri", String, nullable=False),
    Column("scope", String, nullable=False),
    Column("nonce", String),
    Column("code_challenge", String),
    Column("claims", JsonColumn),  # of the parameter `claims`; null if it names none
    Column("auth_time", UtcDateTime, nullable=False),
    Column("acr", String, nullable=False),
    Column("amr", JsonColumn, nullable=False),
    Column("sid", String, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Index("ix_authorization_code_expires_at", "expires_at"),
    Index("ix_authorization_code_session_digest", "session_digest"),  # looked at when a session is deleted
)

access_token = Table(
    "access_token",
    metadata,
    Column("token_digest", String, primary_key=True),
    Column("family_id", String),
    Column("client_id", String, ForeignKey("oauth_client.client_id"), nullable=False),
    Column("person_id", String, ForeignKey("person.id")),  # null: the client acts for itself
    Column("session_digest", String),
    Column("scope", String, nullable=False),
    Column("claims", JsonColumn),  # those that the parameter `claims` names for UserInfo
    Column("issued_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Index("ix_access_token_family_id", "family_id"),
    Index("ix_access_token_session_digest", "session_digest"),
    Index("ix_access_token_person_id_client_id", "person_id", "client_id"),
    Index("ix_access_token_expires_at", "expires_at"),
)

client_session = Table(
    "client_session",
    metadata,
    Column("session_digest", String, ForeignKey("login_session.id_digest"), nullable=False),
    Column("client_id", String, ForeignKey("oauth_client.client_id"), nullable=False),
    Column("sid", String, nullable=False, unique=True),
    PrimaryKeyConstraint("session_digest", "client_id"),
)
