# The executable on a base that has nothing but the C library: no shell, no package manager, no root.
# docker build -t openai-balance .
FROM --platform=$BUILDPLATFORM node:22-bookworm-slim AS build
ARG TARGETARCH
WORKDIR /build
COPY . .
RUN case "$TARGETARCH" in amd64) target=linux-x64 ;; arm64) target=linux-arm64 ;; *) exit 1 ;; esac \
  && npm run release -- "$target" \
  && mkdir -p /out/bin /out/data \
  && tar -xzf "dist/release/openai-balance-$target.tar.gz" -C /out/bin

FROM gcr.io/distroless/base-debian12:nonroot
COPY --from=build /out/bin/openai-balance /usr/local/bin/openai-balance
COPY --from=build /out/bin/LICENSE /out/bin/THIRD-PARTY-LICENSES.txt /usr/share/doc/openai-balance/
# Keys, health, records and the control socket: the one place that is written to.
COPY --from=build --chown=65532:65532 --chmod=0700 /out/data /data
ENV OPENAI_BALANCE_DATA_DIR=/data \
  OPENAI_BALANCE_SERVER__HOST=0.0.0.0
USER 65532:65532
# A config.yaml that is mounted here is found; without one variables configure everything.
WORKDIR /config
VOLUME /data
EXPOSE 8000
# Requests in flight are finished first: server.drain_timeout, 30 s.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s CMD ["/usr/local/bin/openai-balance", "status", "--quiet"]
ENTRYPOINT ["/usr/local/bin/openai-balance"]
CMD ["serve"]
