"""All settings, read from the environment. `docs/configuration.md` lists every `CC_*` variable."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from contactcenter.admin_site import UNFOLD as UNFOLD

BASE_DIR = Path(__file__).resolve().parent.parent


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def _number(name: str, default: int) -> int:
    value = os.environ.get(name, "")
    try:
        return int(value) if value else default
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value!r}.") from error


def _words(name: str) -> list[str]:
    return [word.strip() for word in os.environ.get(name, "").split(",") if word.strip()]


def _database(url: str) -> dict[str, Any]:
    """Django's DATABASES entry of a `postgresql://` address; `?host=/folder` names a socket folder."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(f"DATABASE_URL must start with postgresql://, not {parts.scheme}://.")
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    host = query.pop("host", "") or unquote(parts.hostname or "")
    port = query.pop("port", "") or str(parts.port or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": port,
        "CONN_MAX_AGE": 0,
        "OPTIONS": {
            **query,
            "pool": {"min_size": 1, "max_size": DATABASE_POOL_SIZE, "timeout": 10, "max_lifetime": 3600},
            # What a connection is asked again and again is parsed and planned once.
            "server_side_binding": True,
            "prepare_threshold": 5,
            # A stuck lock becomes an error, not a frozen floor.
            # One wrong letter in a name of seven is still found.
            "options": "-c lock_timeout=3s -c idle_in_transaction_session_timeout=10s"
            " -c pg_trgm.word_similarity_threshold=0.45",
        },
        "TEST": {
            "NAME": os.environ.get("CC_TEST_DATABASE") or None,
            # A migrated database to copy, which is much quicker than migrating one for each worker.
            "TEMPLATE": os.environ.get("CC_TEST_TEMPLATE") or None,
        },
    }


# -- the installation ---------------------------------------------------------------------------
DEMO = _flag("CC_DEMO")
PUBLIC_URL = os.environ.get("CC_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
DATA_DIR = Path(os.environ.get("CC_DATA_DIR", BASE_DIR / "var"))
SECRET_KEY = os.environ.get("CC_SECRET_KEY", "")
if not SECRET_KEY:
    raise ImproperlyConfigured("CC_SECRET_KEY is not set. Start with `python3 run.py`, which makes one.")
DEBUG = False
_public = urlsplit(PUBLIC_URL)
SECURE = _public.scheme == "https"
LOOPBACK_HOSTS = ["127.0.0.1", "localhost", "[::1]"]
# `--demo` said on a real address: the demo then answers that name and requests through a proxy too.
DEMO_OPEN = _flag("CC_DEMO_OPEN")
ALLOWED_HOSTS = sorted({_public.hostname or "127.0.0.1", *LOOPBACK_HOSTS, *_words("CC_ALLOWED_HOSTS")})
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

# -- engines ------------------------------------------------------------------------------------
DATABASE_POOL_SIZE = _number("CC_DATABASE_POOL_SIZE", 12)
DATABASES = {"default": _database(os.environ.get("DATABASE_URL", "postgresql://postgres@127.0.0.1/contactcenter"))}
REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
# A hint that cannot be sent at once is dropped: the rows it points at are found by the sweep.
REDIS_TIMEOUT_SECONDS = 0.2
# Threads that run database work of the sockets; at most as many as the pool has connections.
SOCKET_THREADS = _number("CC_SOCKET_THREADS", 8)

# -- applications -------------------------------------------------------------------------------
INSTALLED_APPS = [
    "contactcenter.apps.ContactCenterConfig",
    "contactcenter.accounts",
    "contactcenter.conversations",
    "routing",
    "selfservice.canned",
    "channels_app",
    "contactcenter.console",
    "channels_app.sandbox",
    "channels_app.webchat",
    "contactcenter.api",
    "contactcenter.administration",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "channels",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_celery_beat",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "django_htmx",
]
MIDDLEWARE = [
    "contactcenter.middleware.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "contactcenter.middleware.DemoGuardMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "contactcenter.middleware.UserPreferencesMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "contactcenter.middleware.SecurityHeadersMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "contactcenter.urls"
ASGI_APPLICATION = "contactcenter.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "contactcenter" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "contactcenter.context_processors.product",
            ],
        },
    },
]
CHANNEL_LAYERS: dict[str, Any] = {}

# -- people -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["contactcenter.accounts.backends.DemoAwareBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/console/"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_ADAPTER = "contactcenter.accounts.adapters.AccountAdapter"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
SOCIALACCOUNT_ADAPTER = "contactcenter.accounts.adapters.SocialAccountAdapter"
SOCIALACCOUNT_ONLY = False
MFA_TOTP_ISSUER = "Contact center"
if os.environ.get("CC_OIDC_SERVER_URL"):
    SOCIALACCOUNT_PROVIDERS = {
        "openid_connect": {
            "APPS": [
                {
                    "provider_id": "company",
                    "name": os.environ.get("CC_OIDC_NAME", "Company account"),
                    "client_id": os.environ.get("CC_OIDC_CLIENT_ID", ""),
                    "secret": os.environ.get("CC_OIDC_CLIENT_SECRET", ""),
                    "settings": {"server_url": os.environ["CC_OIDC_SERVER_URL"]},
                }
            ]
        }
    }

# -- security -----------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_AGE = 60 * 60 * 14
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
PROVIDER_HOSTS = _words("CC_PROVIDER_HOSTS")

# -- language and time --------------------------------------------------------------------------
LANGUAGE_CODE = os.environ.get("CC_LANGUAGE", "en")
LANGUAGES = [
    ("en", _("English")),
    ("et", _("Estonian")),
    ("lv", _("Latvian")),
    ("ru", _("Russian")),
    ("pl", _("Polish")),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = os.environ.get("CC_TIME_ZONE", "UTC")

# -- files --------------------------------------------------------------------------------------
STATIC_URL = "/static/"
MEDIA_ROOT = DATA_DIR / "files"
WHITENOISE_USE_FINDERS = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ATTACHMENT_MAX_BYTES = 10 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = ATTACHMENT_MAX_BYTES + 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600

# -- mail ---------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = os.environ.get("CC_MAIL_FROM", "contact-center@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_HOST = os.environ.get("CC_MAIL_HOST", "localhost")
EMAIL_PORT = _number("CC_MAIL_PORT", 25)
EMAIL_HOST_USER = os.environ.get("CC_MAIL_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("CC_MAIL_PASSWORD", "")
EMAIL_USE_TLS = _flag("CC_MAIL_TLS")
EMAIL_USE_SSL = _flag("CC_MAIL_SSL")
EMAIL_TIMEOUT = 10
EMAIL_FILE_PATH = DATA_DIR / "mail"
EMAIL_BACKEND = (
    "django.core.mail.backends.filebased.EmailBackend" if DEMO else "django.core.mail.backends.smtp.EmailBackend"
)

# -- Celery: delivery is decided by rows, so a lost broker loses hints only ---------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 5,
    "socket_connect_timeout": REDIS_TIMEOUT_SECONDS,
    "visibility_timeout": 300,
    "max_retries": 1,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TIMEZONE = TIME_ZONE

# -- routing ------------------------------------------------------------------------------------
PRESENCE_SECONDS = _number("CC_PRESENCE_SECONDS", 30)
AGENT_LOST_SECONDS = _number("CC_AGENT_LOST_SECONDS", 300)
CUSTOMER_RETURN_SECONDS = _number("CC_CUSTOMER_RETURN_SECONDS", 60)
# Dotted paths called by the sweeper, each once a second: `() -> int`, how many rows it found and mended.
SWEEPER_DUTIES = [
    "routing.sweeping.extend_leases_after_outage",
    "routing.sweeping.expire_due_offers",
    "routing.sweeping.end_due_wrap_ups",
    "routing.sweeping.wake_due_conversations",
    "routing.sweeping.send_due_scheduled_replies",
    "routing.sweeping.release_lost_agents",
    "routing.sweeping.advance_due_steps",
    "routing.sweeping.reprice_waiting",
    "routing.sweeping.keep_clocks",
    "routing.sweeping.repair_missed_dispatches",
    "routing.watching.join_duplicates",
    "routing.watching.apply_due_fallbacks",
    "routing.watching.watch_waiting",
    "routing.services.estimating.tell_waits",
    "routing.services.estimating.settle_waits",
    "contactcenter.conversations.effects.sweep_effects",
    "channels_app.webchat.sweeping.end_left_conversations",
    "channels_app.webchat.answers.plan_answer_mails",
    "channels_app.thanks.hide_due_thanks",
    "contactcenter.api.idempotency.delete_old_keys",
]
# Kind of channel account -> adapter.
CHANNEL_ADAPTERS = {
    "facebook": "channels_app.facebook.adapter.FacebookAdapter",
    "generic": "channels_app.generic.adapter.GenericAdapter",
    "instagram": "channels_app.instagram.adapter.InstagramAdapter",
    "messenger": "channels_app.messenger.adapter.MessengerAdapter",
    "sms": "channels_app.sms.adapter.SmsAdapter",
    "telegram": "channels_app.telegram.adapter.TelegramAdapter",
    "viber": "channels_app.viber.adapter.ViberAdapter",
    "whatsapp_cloud": "channels_app.whatsapp_cloud.adapter.WhatsAppCloudAdapter",
    "whatsapp_twilio": "channels_app.whatsapp_twilio.adapter.WhatsAppTwilioAdapter",
    "webchat": "channels_app.webchat.adapter.WebchatAdapter",
}
# Kinds of account that are made by form or command.
CHANNEL_KINDS = [
    "channels_app.sms.kind.SMS",
    "channels_app.whatsapp_twilio.kind.WHATSAPP_TWILIO",
    "channels_app.whatsapp_cloud.kind.WHATSAPP_CLOUD",
    "channels_app.messenger.kind.MESSENGER",
    "channels_app.facebook.kind.FACEBOOK",
    "channels_app.instagram.kind.INSTAGRAM",
    "channels_app.viber.kind.VIBER",
    "channels_app.telegram.kind.TELEGRAM",
    "channels_app.generic.kind.GENERIC",
]
# What a provider has not taken for so long is not sent any more; its author decides.
SEND_EXPIRES_MINUTES = _number("CC_SEND_EXPIRES_MINUTES", 60)
# Kinds whose messages are at the customer's device by the hub: nothing is sent to a provider.
PUSHED_KINDS = {"webchat"}
# Name of an effect -> the Celery task that carries it out (a system check verifies the names).
EFFECT_TASKS = {
    "deliver_message": "channels_app.deliver_message",
    "process_inbound": "channels_app.process_inbound",
    "fetch_file": "channels_app.fetch_file",
    "name_person": "channels_app.name_person",
    "describe_post": "channels_app.describe_post",
    "hide_comment": "channels_app.moderate_comment",
    "show_comment": "channels_app.moderate_comment",
    "like_comment": "channels_app.moderate_comment",
    "send_transcript": "conversations.send_transcript",
    "erase_inbound": "channels_app.erase_inbound",
    "run_trial": "routing.run_trial",
    "tell_status": "sandbox.tell_status",
    "mail_answers": "webchat.mail_answers",
    "mail_code": "webchat.mail_code",
}
# Rates of what visitors do in the widget; benchmarks and load tests from one address switch them off.
WIDGET_LIMITS = _flag("CC_WIDGET_LIMITS", True)

# -- API ----------------------------------------------------------------------------------------
# For each token: so many requests at once, and then so many a second.
API_RATE = (200, 20)
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "contactcenter.api.schema.Schema",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "contactcenter.api.access.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["contactcenter.api.access.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["contactcenter.api.access.TokenRate"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["contactcenter.api.parsing.BoundedJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "contactcenter.api.paging.ByCursor",
    "DEFAULT_FILTER_BACKENDS": ["contactcenter.api.paging.StrictFilters"],
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "contactcenter.api.errors.problem",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Contact center API",
    "DESCRIPTION": "Customers, records, conversations, messages, queues, agents and events. "
    "A token sees what its user sees, within its scopes. Errors are problem+json (RFC 9457).",
    "VERSION": "1",
    "SERVE_PERMISSIONS": ["contactcenter.api.access.HasScope"],
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "ENUM_NAME_OVERRIDES": {
        "ConversationState": "contactcenter.conversations.states.ConversationState",
        "AgentState": "routing.states.AgentState",
        "MessageKind": "contactcenter.conversations.states.MessageKind",
        "IdentityKind": "contactcenter.conversations.states.IdentityKind",
    },
}

# -- logs: one JSON object a line, with the conversation it is about ------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "contactcenter.base.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": os.environ.get("CC_LOG_LEVEL", "INFO")},
    "loggers": {"httpx": {"level": "WARNING"}, "django.request": {"level": "ERROR"}},
}

# W002 asks for X-Frame-Options; our content policies say `frame-ancestors`, which the widget needs per key.
SILENCED_SYSTEM_CHECKS = ["security.W002"]
