FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 \
    CC_DATA_DIR=/data

RUN useradd --system --uid 10001 --home-dir /app contactcenter
WORKDIR /app

COPY requirements.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.lock

COPY . .
# Uploads go to /data/files, where a volume belongs.
RUN mkdir -p /data/files && chown -R contactcenter /data

USER contactcenter
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["python", "-m", "launcher.web", "0.0.0.0:8000"]
