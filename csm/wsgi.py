"""WSGI entry point."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from granian.utils.proxies import wrap_wsgi_with_proxy_headers

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "csm.settings")
# Consents are stored with the address of who gave them: the proxy's word counts, nobody else's.
application = wrap_wsgi_with_proxy_headers(get_wsgi_application(), trusted_hosts=settings.TRUSTED_PROXIES)
