# The operator's image, which also holds the simulated vCenter: Node and the libraries it is linked with, production
# dependencies and compiled JavaScript, nothing else. No shell, no package manager; runs as a numeric non-root user on a
# read-only root; Node is process 1 and ends itself on SIGTERM. `docker build .` anywhere; NODE_IMAGE is any image with
# Node 24, npm, a shell and ldd.
ARG NODE_IMAGE=docker.io/library/node:24-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# optional ones are the Node binaries for development: the image has its own
RUN npm ci --ignore-scripts --omit=dev --omit=optional
# what no program reads: types, maps, tests and pages
RUN find node_modules -type f \( -name '*.ts' -o -name '*.map' -o -name '*.md' -o -name '*.mts' -o -name '*.cts' \) -delete

FROM ${NODE_IMAGE} AS root
RUN mkdir -p /image/etc /image/usr/local/bin /image/tmp \
 && chmod 1777 /image/tmp \
 && cp "$(command -v node)" /image/usr/local/bin/node \
 && for library in $(ldd "$(command -v node)" | grep -o '/[^ ]*'); do cp --parents --dereference "${library}" /image; done \
 && printf 'root:x:0:0::/root:/nologin\noperator:x:65532:65532::/app:/nologin\n' > /image/etc/passwd \
 && printf 'root:x:0:\noperator:x:65532:\n' > /image/etc/group \
 && printf 'hosts: files dns\n' > /image/etc/nsswitch.conf

FROM scratch
WORKDIR /app
COPY --from=root /image /
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
# the inventory that the simulator has by default
COPY deploy/simulator/inventory.yaml deploy/simulator/inventory.yaml
COPY package.json LICENSE NOTICE ./
# one malloc arena and a small young generation: half the memory at the same speed
ENV PATH=/usr/local/bin NODE_ENV=production MALLOC_ARENA_MAX=1
USER 65532:65532
ENTRYPOINT ["node", "--max-semi-space-size=4", "--heap-growing-percent=15", "/app/dist/main.js"]
# last: a new version doesn't change the layers
ARG VERSION=0.0.0-dev
ARG REVISION=unknown
LABEL org.opencontainers.image.title="linked-clone-operator" \
      org.opencontainers.image.description="Kubernetes operator for VMware vSphere linked clones" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
