# Chaski in a container: built from Debian packages and this tree alone, run without root on a read-only file system.
#   docker build -t chaski . && docker run --read-only --tmpfs /tmp -v chaski:/var/lib/chaski -p 8080:8080 chaski
FROM debian:bookworm-slim AS build
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends make
WORKDIR /src
COPY . .
RUN make deps && make -s -j"$(nproc)" && make -s install PREFIX=/usr DESTDIR=/out

FROM debian:bookworm-slim
RUN apt-get update -qq \
    && apt-get install -y -qq --no-install-recommends ca-certificates redis-server libevent-2.1-7 libevent-openssl-2.1-7 \
       libhiredis0.14 libcjson1 libcurl4 liblinear4 libpcre2-8-0 libyaml-0-2 libutf8proc2 libssl3 libsodium23 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --home-dir /var/lib/chaski --create-home --shell /usr/sbin/nologin chaski
COPY --from=build /out/usr /usr
COPY config/image.yaml /etc/chaski/chaski.yaml
USER chaski
WORKDIR /var/lib/chaski
VOLUME /var/lib/chaski
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /readyz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT []
CMD ["chaski", "serve"]
