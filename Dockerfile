FROM python:3.13.1-slim-bookworm AS build
WORKDIR /build
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.13.1-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /srv --create-home csm && mkdir /srv/media /srv/static && chown csm /srv/media /srv/static
COPY --from=build /venv /venv
WORKDIR /app
COPY --chown=root:root . .
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 DJANGO_SETTINGS_MODULE=csm.settings \
    MEDIA_ROOT=/srv/media STATIC_ROOT=/srv/static
# Static files are the same whatever the installation: the values here are for this one command.
RUN CSM_ENV=production SECRET_KEY=build SITE_URL=https://build.invalid DATABASE_URL=postgres://build@127.0.0.1/build \
    REDIS_URL=redis://127.0.0.1 STRIPE_SECRET_KEY=sk_test_build STRIPE_WEBHOOK_SECRET=build STRIPE_ACCOUNT=build EMAIL_HOST=build \
    python manage.py collectstatic --noinput --verbosity 0
USER csm
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", "--backpressure", "64", "csm.wsgi:application"]
