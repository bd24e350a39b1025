# syntax=docker/dockerfile:1
# One image for every role: the subcommand chooses (`router`, `subgraph users`, `migrate up`, …).

FROM rust:1.95-slim-bookworm AS build
WORKDIR /weft
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/weft/target \
    cargo build --release --locked --bin weft \
    && install -D target/release/weft /out/weft

FROM debian:bookworm-slim AS weft
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 weft \
    && useradd --system --uid 10001 --gid weft --no-create-home --shell /usr/sbin/nologin weft \
    && install --directory --owner weft --group weft /data
COPY --from=build /out/weft /usr/local/bin/weft
COPY schema/sdl /usr/share/weft/schema
COPY LICENSE-MIT LICENSE-APACHE /usr/share/doc/weft/
USER 10001:10001
WORKDIR /data
VOLUME /data
EXPOSE 4000
STOPSIGNAL SIGTERM
# What a role other than the router listens on stands in the compose file's own check.
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
    CMD ["weft", "health", "http://127.0.0.1:4000/ready"]
ENTRYPOINT ["weft"]
CMD ["up", "--data-dir", "/data", "--listen", "0.0.0.0:4000"]
