# One image for all services; the command chooses: node services/{api,chat-server,dispatcher,presence}/dist/main.js
FROM node:24-bookworm-slim AS base
WORKDIR /app

# Only what npm reads, so that packages are installed anew when it changes, and not with every line of code.
FROM base AS manifests
COPY . .
RUN find . -type f ! -name package.json ! -name package-lock.json -delete && find . -type d -empty -delete

# No install scripts: every native package in use ships its binary.
FROM base AS build
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY . .
RUN npx tsc -b services/api services/chat-server services/dispatcher services/presence && \
    node web/build.mjs && \
    mkdir /out && \
    cp -r --parents -t /out web/dist web/package.json && \
    find libs services -path '*/dist/*' -name '*.js' ! -path '*/dist/testing/*' -exec cp --parents -t /out {} + && \
    for folder in $(cd /out && find . -name dist); do cp --parents -t /out "${folder%/dist}/package.json"; done

FROM base AS production
COPY --from=manifests /app ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund --omit=dev \
    -w services/api -w services/chat-server -w services/dispatcher -w services/presence && \
    # A workspace has packages of its own where it needs other versions than the rest.
    mkdir /installed && \
    cp -r --parents -t /installed node_modules $(find libs services -name node_modules -prune)

FROM base
ENV NODE_ENV=production
COPY --from=production /installed ./
COPY --from=build /out ./
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=2s --retries=3 \
    CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "services/api/dist/main.js"]
