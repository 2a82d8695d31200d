"""Settings: read from the environment, stated in sections. `helpdesk.core.checks` refuses bad combinations."""

from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF

from helpdesk.embedded.layout import OPERATOR_ROLE, SUPERUSER, DataDirectory, celery_url
from helpdesk.env import (
    env_bool,
    env_bool_here,
    env_database,
    env_given,
    env_int,
    env_list,
    env_networks,
    env_secret,
    env_str,
)

BASE_DIR: Final = Path(__file__).resolve().parent.parent
# Where the demo keeps its files; gives what the environment does not, so that `manage.py shell` works beside it.
_HERE: Final = DataDirectory.default()

# --- what this process is ---------------------------------------------------------------------------------

DEBUG = env_bool("DEBUG", default=False)
DEMO = env_bool("DEMO", default=False)
SECRET_KEY = env_secret("SECRET_KEY", _HERE.secret_key_file)
REGION = env_str("REGION", "eu")

# --- where it is reached ----------------------------------------------------------------------------------

SITE_URL = env_str("SITE_URL", "http://app.localhost:8000").rstrip("/")
SITE_HOST: Final = urlsplit(SITE_URL).hostname or ""
SITE_ORIGIN: Final = "{0.scheme}://{0.netloc}".format(urlsplit(SITE_URL))
SHOP_HOST: Final = "shop.localhost"
# Origins of their own (`helpdesk.core.origins`): where visitors fill in secure forms, and where agents' keys live.
FORMS_URL = (env_str("FORMS_URL", "") or SITE_URL.replace("://", "://forms.", 1)).rstrip("/")
VAULT_URL = (env_str("VAULT_URL", "") or SITE_URL.replace("://", "://vault.", 1)).rstrip("/")
FORMS_ORIGIN: Final = "{0.scheme}://{0.netloc}".format(urlsplit(FORMS_URL))
# Where files that were sent in chats are handed over: nothing that was uploaded is ever answered under another origin.
FILES_URL = (env_str("FILES_URL", "") or SITE_URL.replace("://", "://files.", 1)).rstrip("/")
FILES_ORIGIN: Final = "{0.scheme}://{0.netloc}".format(urlsplit(FILES_URL))
VAULT_ORIGIN: Final = "{0.scheme}://{0.netloc}".format(urlsplit(VAULT_URL))
ALLOWED_HOSTS = [
    *env_list("ALLOWED_HOSTS", default=SITE_HOST),
    *(urlsplit(url).hostname or "" for url in (FORMS_URL, VAULT_URL, FILES_URL)),
    *([SHOP_HOST] if DEMO else []),
]
CSRF_TRUSTED_ORIGINS = [SITE_ORIGIN]
TRUSTED_PROXIES = env_list("TRUSTED_PROXIES")
# Whether the proxy checks clients' certificates, names them in X-Client-Cert-SHA256 and drops what clients send there.
CLIENT_CERTIFICATES = env_bool("CLIENT_CERTIFICATES", default=False)
# From where operators may come to the admin; none named: from anywhere.
OPERATOR_ADDRESSES = env_networks("OPERATOR_ADDRESSES")

_TLS: Final = SITE_URL.startswith("https://")
SECURE_SSL_REDIRECT = env_bool("SECURE_SSL_REDIRECT", default=_TLS)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = env_int("SECURE_HSTS_SECONDS", default=31_536_000 if _TLS else 0)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"

# --- applications -----------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "helpdesk.apps.HelpdeskConfig",
    "helpdesk.core.apps.CoreConfig",
    "tenants.apps.TenantsConfig",
    "tenants.keyring.apps.KeyringConfig",
    "compliance.apps.ComplianceConfig",
    "chat.apps.ChatConfig",
    "helpdesk.admin_site.HushdeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "django_otp",
    "django_otp_webauthn",
    "axes",
    "csp",
]

# What every answer passes, static files among them (helpdesk.core.staticfiles).
OUTER_MIDDLEWARE = [
    "helpdesk.core.middleware.RequestIdMiddleware",
    "helpdesk.core.origins.OriginsMiddleware",
    "django.middleware.security.SecurityMiddleware",
]
MIDDLEWARE = [
    *OUTER_MIDDLEWARE,
    "csp.middleware.CSPMiddleware",
    "helpdesk.core.middleware.SecurityHeadersMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "helpdesk.urls"
ASGI_APPLICATION = "helpdesk.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "helpdesk.core.context.site",
            ],
            "builtins": ["helpdesk.core.templatetags.ui", "django.templatetags.static"],
        },
    }
]

# --- data -------------------------------------------------------------------------------------------------

DATABASES = {
    "default": env_database("DATABASE_URL", _HERE.database_url()),
    "keys": env_database("KEYS_DATABASE_URL", _HERE.keys_database_url()),
}
# The operators' own role: what an admin page does, it does by these (`tenants.operator_role`). Workers have none.
if env_given("OPERATOR_DATABASE_URL") or not env_given("DATABASE_URL"):
    DATABASES |= {
        "operator": env_database("OPERATOR_DATABASE_URL", _HERE.database_url(OPERATOR_ROLE)),
        "operator_keys": env_database("OPERATOR_KEYS_DATABASE_URL", _HERE.keys_database_url(OPERATOR_ROLE)),
    }
DATABASE_ROUTERS = ["tenants.keyring.router.KeysRouter"]
for _database in DATABASES.values():
    # Connections outlive a request only as long as their thread; a dead one is noticed before use.
    _database |= {"CONN_MAX_AGE": env_int("CONN_MAX_AGE", default=60), "CONN_HEALTH_CHECKS": True}

# Off behind a transaction pooler that does not carry prepared statements over (PgBouncer before 1.21).
PREPARED_STATEMENTS = env_bool("PREPARED_STATEMENTS", default=True)

# With it row security takes only a tenant that this key has signed; the migrate step brings the databases to it.
TENANT_CONTEXT_KEY = env_str("TENANT_CONTEXT_KEY", "") if env_bool("SIGN_TENANT_CONTEXT", default=True) else ""

REDIS_URL = env_str("REDIS_URL", _HERE.redis_url())
# Hosts that carry messages between web processes, which share the conversations by hash; the same list everywhere.
MESSAGE_REDIS_URLS = env_list("MESSAGE_REDIS_URLS", default=REDIS_URL)
# Where what visitors send by secure forms waits, sealed: a Valkey of its own that keeps nothing on disk.
FORMS_REDIS_URL = env_str("FORMS_REDIS_URL", _HERE.forms_redis_url())
# Where files that were sent in chats lie, sealed: a directory or, where one is named, a bucket of S3.
FILES_DIR = env_str("FILES_DIR", str(_HERE.files))
FILES_BUCKET = env_str("FILES_BUCKET", "")
FILES_BUCKET_ENDPOINT = env_str("FILES_BUCKET_ENDPOINT", "")
# A ClamAV daemon, as tcp://host:port or unix:///path; without one, what is done with files follows a policy.
CLAMAV_URL = env_str("CLAMAV_URL", "")
# Whether an organisation's own system for secure forms may be on this machine; refused but under .localhost.
FORM_RECEIVERS_HERE = env_bool_here("FORM_RECEIVERS_HERE", host=SITE_HOST)
# Where organisations' payment providers are reached, and where their pages are.
STRIPE_API_URL = env_str("STRIPE_API_URL", "https://api.stripe.com")
STRIPE_PAGES = env_str("STRIPE_PAGES", "https://checkout.stripe.com").rstrip("/") + "/"
# How many times what is written here a visitor and a socket may send: for load runs, never in production.
CHAT_LIMITS_TIMES = env_int("CHAT_LIMITS_TIMES", default=1)

# How long an agent may be gone before what waits for them goes back to the queue.
AGENT_GRACE_S = env_int("AGENT_GRACE_S", default=120)

# Where `manage.py restore_drill` makes its scratch databases, as a superuser: for who runs that, not for the service.
# Beside a demo they are its own, which only whoever owns its files can reach, and the command does the owner's part.
IS_EMBEDDED = not env_given("DATABASE_URL")
RESTORE_SERVER_URL = env_str("RESTORE_SERVER_URL", _HERE.database_url(SUPERUSER, "postgres") if IS_EMBEDDED else "")
# How many days backups of the databases are kept: what was erased is in them for as long, as pages and proofs say.
BACKUP_KEEP_DAYS = env_int("BACKUP_KEEP_DAYS", default=35)

# Who holds the key-encryption key: local, aws or vault. An organisation may bring its own of the latter two.
KMS_PROVIDER = env_str("KMS_PROVIDER", "local")
KEY_ENCRYPTION_KEYS = (
    env_secret("KEY_ENCRYPTION_KEYS", _HERE.key_encryption_keys_file)
    if KMS_PROVIDER == "local"
    else env_str("KEY_ENCRYPTION_KEYS", "")
)
AWS_KMS_KEY = env_str("AWS_KMS_KEY", "")
AWS_REGION = env_str("AWS_REGION", "")
AWS_KMS_ENDPOINT = env_str("AWS_KMS_ENDPOINT", "")
VAULT_ADDR = env_str("VAULT_ADDR", "")
VAULT_TOKEN = env_str("VAULT_TOKEN", "")
VAULT_TRANSIT_KEY = env_str("VAULT_TRANSIT_KEY", "transit/hushdesk")

# Where anchors of the audit trail are kept, outside the databases: a folder of append-only files and, where one is
# named, a bucket of S3 with Object Lock (docs/audit.md).
AUDIT_ANCHORS = Path(env_str("AUDIT_ANCHORS", str(_HERE.anchors)))
AUDIT_ANCHOR_BUCKET = env_str("AUDIT_ANCHOR_BUCKET", "")
AUDIT_ANCHOR_ENDPOINT = env_str("AUDIT_ANCHOR_ENDPOINT", "")
AUDIT_ANCHOR_KEEP_DAYS = env_int("AUDIT_ANCHOR_KEEP_DAYS", default=2190)

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
        "KEY_FUNCTION": "helpdesk.core.names.cache_key",
    }
}

# --- jobs -------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = celery_url(REDIS_URL)

# --- people -----------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "tenants.sign_in.ConfirmedBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [{"NAME": "tenants.passwords.judging.JudgeValidator"}]
SILENCED_SYSTEM_CHECKS = [
    "auth.W004",  # an address is unique whatever its case, by a constraint on lower(email)
    # app.localhost is a secure context (W3C Secure Contexts, section 3.1), which the check does not know.
    *(["otp_webauthn.E031"] if SITE_HOST.endswith(".localhost") else []),
    "axes.W006",  # locking by user name alone is meant; see AXES_LOCKOUT_PARAMETERS
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "accounts:organisations"
LOGOUT_REDIRECT_URL = "landing"
PASSWORD_RESET_TIMEOUT = 60 * 60
OTP_TOTP_ISSUER = "Hushdesk"

# Passkeys belong to the host of SITE_URL: behind another they are not there (W3C Web Authentication, section 4).
OTP_WEBAUTHN_RP_ID = SITE_HOST
OTP_WEBAUTHN_RP_NAME = "Hushdesk"
OTP_WEBAUTHN_ALLOWED_ORIGINS = [SITE_ORIGIN]
OTP_WEBAUTHN_CREDENTIAL_MODEL = "tenants.Passkey"
OTP_WEBAUTHN_HELPER_CLASS = "tenants.relying_party.RelyingParty"
OTP_WEBAUTHN_EXCEPTION_LOGGER_NAME = ""

# By user name: by address, one user attacked from many addresses is never locked (PCI DSS 8.3.4). How many tries and
# for how long is in `tenants.lockout`.
AXES_HANDLER = "tenants.axes_handler.CountingHandler"
AXES_LOCKOUT_PARAMETERS = ["username"]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "password", "email"]
AXES_CLIENT_IP_CALLABLE = "helpdesk.core.client_address.client_address"
AXES_LOCKOUT_CALLABLE = "tenants.views.sign_in.locked_out"
AXES_VERBOSE = False

SESSION_COOKIE_SECURE = _TLS or SITE_HOST.endswith("localhost")
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
# The longest that any organisation may choose; the gate ends sessions before (`tenants.policies`).
SESSION_COOKIE_AGE = 30 * 24 * 60 * 60
SESSION_COOKIE_NAME = "__Host-session" if SESSION_COOKIE_SECURE else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if CSRF_COOKIE_SECURE else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "helpdesk.views.csrf_failure"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- what a browser may do --------------------------------------------------------------------------------

X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "EXCLUDE_URL_PREFIXES": [],
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [NONCE, "'strict-dynamic'"],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-src": [NONE],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
        "require-trusted-types-for": ["'script'"],
        "trusted-types": ["htmx", "hushdesk"],
    },
}

# --- mail -------------------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = env_str("DEFAULT_FROM_EMAIL", "Hushdesk <no-reply@hushdesk.example>")
if DEMO:
    EMAIL_BACKEND = "helpdesk.demo.mail.CatcherBackend"
else:
    EMAIL_HOST = env_str("EMAIL_HOST", "localhost")
    EMAIL_PORT = env_int("EMAIL_PORT", default=25)
    EMAIL_HOST_USER = env_str("EMAIL_HOST_USER", "")
    EMAIL_HOST_PASSWORD = env_str("EMAIL_HOST_PASSWORD", "")
    EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", default=False)
EMAIL_TIMEOUT = 10

# --- pages ------------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = env_str("STATIC_ROOT", str(BASE_DIR / ".static"))
STORAGES = {
    "default": {"BACKEND": "helpdesk.core.names.QualifiedStorage"},
    "staticfiles": {
        "BACKEND": (
            "django.contrib.staticfiles.storage.StaticFilesStorage"
            if DEBUG or DEMO
            else "helpdesk.core.staticfiles.ManifestStorage"
        )
    },
}
WHITENOISE_USE_FINDERS = DEBUG or DEMO
# Then a file is looked for when it is asked for: edits show at once, and no start reads them all.
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS
# No page names a file without its hash: to gather those as well would take twice as long.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
# No body is ever laid down on a disk on its way in; how long one may be, `helpdesk.core.bodies` sees to.
FILE_UPLOAD_MAX_MEMORY_SIZE = 32 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

# --- logs: events, never content --------------------------------------------------------------------------

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"content": {"()": "helpdesk.core.logging.ContentFilter"}},
    "formatters": {"json": {"()": "helpdesk.core.logging.JsonFormatter"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "filters": ["content"], "formatter": "json"},
    },
    "root": {"handlers": ["stderr"], "level": env_str("LOG_LEVEL", "INFO")},
    "loggers": {
        # Django's own handlers mail and print; ours is enough. Query text is never logged.
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.db.backends": {"level": "WARNING"},
        "axes": {"level": "ERROR"},
        # Beat tells what it sends, and it sends something every second.
        "celery.beat": {"level": "WARNING"},
        "websockets": {"level": "WARNING"},
        "daphne": {"level": "WARNING"},
    },
}
DEFAULT_EXCEPTION_REPORTER = "helpdesk.core.exceptions.BareExceptionReporter"

# --- an error tracker, where a deployment names one: type and place of errors, nothing else -------------------

SENTRY_DSN = env_str("SENTRY_DSN", "")
