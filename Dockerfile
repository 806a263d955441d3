# The operator's image: compiled in one stage, only production dependencies in the other. Runs as a numeric non-root user,
# writes nothing to its file system, and runs no install script of a dependency.
ARG NODE_IMAGE=node:24-slim

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

FROM ${NODE_IMAGE}
WORKDIR /app
# one malloc arena and a small young generation: half the memory at the same speed
ENV NODE_ENV=production MALLOC_ARENA_MAX=1
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE NOTICE ./
USER 65532:65532
ENTRYPOINT ["node", "--max-semi-space-size=4", "--heap-growing-percent=15", "/app/dist/main.js"]
