# syntax=docker/dockerfile:1
# The app on Microsoft's own host, for those who run containers instead of Flex Consumption.

FROM python:3.13-slim-bookworm AS packages
WORKDIR /build
COPY requirements.txt .
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --disable-pip-version-check --require-hashes --only-binary :all: \
    --target /packages --requirement requirements.txt

# Applies migrations and makes API keys; runs once and ends.
FROM python:3.13-slim-bookworm AS migrate
WORKDIR /opus
COPY requirements-local.txt .
RUN --mount=type=cache,target=/root/.cache/pip \
    pip install --disable-pip-version-check --require-hashes --requirement requirements-local.txt
COPY function_app.py ./
COPY activities ./activities
COPY http_api ./http_api
COPY local ./local
COPY orchestrators ./orchestrators
COPY shared ./shared
COPY sql ./sql
COPY triggers ./triggers
RUN useradd --uid 10001 --create-home opus
USER opus
HEALTHCHECK NONE
ENTRYPOINT ["python", "-m", "local.cli"]
CMD ["migrate", "--data-dir", "/home/opus/data"]

FROM mcr.microsoft.com/azure-functions/python:4-python3.13 AS app
ENV AzureWebJobsScriptRoot=/home/site/wwwroot \
    ASPNETCORE_URLS=http://+:8080 \
    AzureFunctionsJobHost__Logging__Console__IsEnabled=true
WORKDIR /home/site/wwwroot
COPY --from=packages /packages ./.python_packages/lib/site-packages
COPY host.json function_app.py requirements.txt ./
COPY activities ./activities
COPY http_api ./http_api
COPY orchestrators ./orchestrators
COPY shared ./shared
COPY sql ./sql
COPY triggers ./triggers
# The host keeps its keys and extension bundles below /home; the code stays the superuser's.
RUN useradd --uid 10001 --home-dir /home opus \
    && mkdir -p /home/data /home/LogFiles /home/.azurefunctions \
    && chown opus /home /home/data /home/LogFiles /home/.azurefunctions
USER opus
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/api/health', timeout=3)"]
