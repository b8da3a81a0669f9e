"""Django settings: everything that differs between machines comes from the environment (.env.example)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.templatetags.static import static
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

from csm import api_description, environment

BASE_DIR = Path(__file__).resolve().parent.parent
MODE = environment.mode()
PRODUCTION = MODE == "production"
DEBUG = MODE == "development"

SECRET_KEY = environment.required("SECRET_KEY")
SITE_URL = environment.origin("SITE_URL")
ALLOWED_HOSTS = environment.listed("ALLOWED_HOSTS") or [SITE_URL.split("//")[1].split(":")[0]]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

# --- Stripe -----------------------------------------------------------------------------------------------------
STRIPE_SECRET_KEY = environment.required("STRIPE_SECRET_KEY")
STRIPE_WEBHOOK_SECRET = environment.required("STRIPE_WEBHOOK_SECRET")
STRIPE_ACCOUNT = environment.required("STRIPE_ACCOUNT")
STRIPE_API_BASE = environment.origin("STRIPE_API_BASE", "https://api.stripe.com")
STRIPE_CHECKOUT_ORIGIN = environment.origin("STRIPE_CHECKOUT_ORIGIN", "https://checkout.stripe.com")
# The specification that the local Stripe answers by; the client would otherwise send its own newest.
STRIPE_VERSION = "2026-05-27.dahlia"
STRIPE_LIVEMODE = STRIPE_SECRET_KEY.startswith(("sk_live_", "rk_live_"))
STRIPE_REQUESTS_PER_SECOND = environment.integer("STRIPE_REQUESTS_PER_SECOND", 20)
# What Stripe keeps of a card payment, a percentage and a fixed part in whole units of the currency: what the form for a
# new batch starts with. Its defaults are those for European cards.
CARD_FEE_PERCENT = environment.decimal("CARD_FEE_PERCENT", "1.5")
CARD_FEE_FIXED = environment.decimal("CARD_FEE_FIXED", "0.25")
# A person's refund above this many minor units waits for a second person.
REFUND_APPROVAL_MINOR = environment.integer("REFUND_APPROVAL_MINOR", 50_000)
if STRIPE_LIVEMODE and not PRODUCTION:
    raise ImproperlyConfigured(
        f"STRIPE_SECRET_KEY is a live key while CSM_ENV is {MODE}: no real money outside production."
    )
if STRIPE_LIVEMODE and STRIPE_API_BASE != "https://api.stripe.com":
    raise ImproperlyConfigured("STRIPE_SECRET_KEY is a live key while STRIPE_API_BASE is not Stripe's own address.")
if PRODUCTION and not SITE_URL.startswith("https://"):
    raise ImproperlyConfigured("SITE_URL must begin with https:// in production.")

# Ownership shares as a reward are a regulated offer in many countries: refused at the launch of a campaign until the
# operator names the opinion of its counsel that allows them.
SHARES_COUNSEL_REFERENCE = environment.optional("SHARES_COUNSEL_REFERENCE")

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "post_office",
    "rest_framework",
    "csm",
    "members",
    "payments",
    "funding",
    "facilities",
    "products",
    "campaigns",
    "orders",
]

MIDDLEWARE = [
    "csm.health.answer_probes",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "csm.policies.widen_for_admin",
    "csm.policies.refuse_null_characters",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "members.middleware.as_the_member_likes",
    "members.middleware.ask_for_terms",
    "django.contrib.messages.middleware.MessageMiddleware",
    "members.middleware.note_when_seen",
    "members.middleware.ask_for_second_factor",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "csm.urls"
WSGI_APPLICATION = "csm.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "members.requests.context",
            ],
        },
    },
    # Mails written with Django templates; post_office only keeps and sends them.
    {
        "BACKEND": "post_office.template.backends.post_office.PostOfficeTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": []},
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- PostgreSQL and Redis ---------------------------------------------------------------------------------------
DATABASES = {"default": environment.database(environment.required("DATABASE_URL"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = environment.required("REDIS_URL")
# Redis holds nothing that cannot be lost: wake-ups, the request rate to Stripe, cached pages.
CACHES = {
    "default": {
        "BACKEND": "csm.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "csm",
    }
}

# --- People -----------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "members.Member"
# E-mail is unique by a constraint on its lower case, which this check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
if MODE == "test":
    # Hashing is slow on purpose; the tests make many members.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
# A code by e-mail instead of a password; time enough to find the mail.
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
# Whoever loses an account to somebody else hears of it at the address that they had.
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_ADAPTER = "members.adapter.AccountAdapter"
ACCOUNT_SIGNUP_FORM_CLASS = "members.forms.SignupForm"
# allauth would name the site after the host it was asked under, in subjects and in authenticator apps.
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
MFA_TOTP_ISSUER = "CSM"
# Whoever acts for others proves who they are with a second factor. Off in development, whose log-ins are public.
MFA_FOR_ROLES = environment.switch("MFA_FOR_ROLES", PRODUCTION)
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]

# --- Words, numbers, time ---------------------------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
# Those whose words are all there; a half-translated page is worse than one in English.
LANGUAGES = [("en-gb", _("English")), ("en", _("English (US)"))]
# allauth's words as this site says them (CONTRIBUTING.md).
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
# Times are never shown without their zone, in the admin neither.
FORMAT_MODULE_PATH = ["csm.formats"]
# What new members start with, and the zone of what is about no workshop (members/zones.py).
TIME_ZONE = environment.optional("TIME_ZONE", "UTC")

# --- Files ------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(environment.optional("STATIC_ROOT", str(BASE_DIR / "staticfiles")))
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(environment.optional("MEDIA_ROOT", str(BASE_DIR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
# Outside production a file is looked for when it is asked for; looking at all of them slows every start, in tests too.
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = not PRODUCTION

# --- E-mail: everything goes through the outbox in the database and is sent by the worker -----------------------
EMAIL_BACKEND = "post_office.EmailBackend"
DEFAULT_FROM_EMAIL = environment.optional("DEFAULT_FROM_EMAIL", "CSM <noreply@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_HOST = environment.required("EMAIL_HOST") if PRODUCTION else environment.optional("EMAIL_HOST", "localhost")
EMAIL_PORT = environment.integer("EMAIL_PORT", 587)
EMAIL_HOST_USER = environment.optional("EMAIL_HOST_USER")
EMAIL_HOST_PASSWORD = environment.optional("EMAIL_HOST_PASSWORD")
EMAIL_USE_TLS = PRODUCTION
ADMINS = [("", address) for address in environment.listed("ADMINS")]
POST_OFFICE: dict[str, Any] = {
    "BACKENDS": {
        "default": "django.core.mail.backends.smtp.EmailBackend"
        if PRODUCTION
        else "django.core.mail.backends.dummy.EmailBackend"
    },
    "MAX_RETRIES": 8,
    "CELERY_ENABLED": False,
    "DEFAULT_PRIORITY": "medium",
}

# --- Security ---------------------------------------------------------------------------------------------------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "csm.errors.csrf_failed"
# A form that answers with a redirect to the hosted card page is blocked unless its origin is a form-action.
CONTENT_SECURITY_POLICY: dict[str, Any] = {
    "EXCLUDE_URL_PREFIXES": [],
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "form-action": [SELF, STRIPE_CHECKOUT_ORIGIN],
    },
}

# --- REST API ---------------------------------------------------------------------------------------------------
REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "members.authentication.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["members.parsing.BoundedJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "members.paging.NewestFirst",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "csm.problems.problem_response",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": [
        "rest_framework.throttling.AnonRateThrottle",
        "rest_framework.throttling.UserRateThrottle",
    ],
    # The address is the one that csm/wsgi.py found out, not what a header claims.
    "NUM_PROXIES": 0,
    "DEFAULT_THROTTLE_RATES": {"anon": "120/min", "user": "600/min"},
}
SPECTACULAR_SETTINGS = {
    "TITLE": "CSM",
    "DESCRIPTION": api_description.DESCRIPTION.replace("{site}", SITE_URL),
    "VERSION": "1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "csm.api_description.complete",
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
}
# Proxies whose X-Forwarded-For is believed.
TRUSTED_PROXIES = environment.listed("TRUSTED_PROXIES")
# Addresses outside this site to which a card page may send people back.
RETURN_URL_ORIGINS = environment.listed("RETURN_URL_ORIGINS")

# --- Admin ------------------------------------------------------------------------------------------------------
UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "CSM",
    "SITE_HEADER": "CSM",
    "SITE_URL": "/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("mark.svg")}],
    # The website's copper, from light to dark.
    "COLORS": {
        "primary": {
            "50": "#fdf5f0",
            "100": "#f9e5da",
            "200": "#f3cab4",
            "300": "#f0996a",
            "400": "#e07a45",
            "500": "#c25a27",
            "600": "#a3451b",
            "700": "#86360f",
            "800": "#6b2c0e",
            "900": "#55250e",
            "950": "#2e1206",
        }
    },
    "SHOW_HISTORY": True,
    "STYLES": [lambda request: static("admin.css")],
    "SIDEBAR": {"show_search": True, "show_all_applications": True},
    "LOGIN": {"redirect_after": lambda request: reverse_lazy("admin:index")},
}

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # One line a request tells nothing that the rows do not.
    "loggers": {"stripe": {"level": "WARNING"}},
}
