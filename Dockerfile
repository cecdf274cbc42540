# An image of the countermark command. It needs nothing but the repository, Debian's packages and the npm registry:
#   docker build -t countermark . && docker run -p 8080:8080 -v countermark:/data countermark
FROM node:22-bookworm-slim AS build
WORKDIR /countermark
COPY . .
# Builds what is to be built; the second line leaves out what only tests and builds need.
RUN npm run setup
# The image's package has the command with the engines and the dictionary that are optional for it.
RUN node .tools/pnpm/node_modules/pnpm/bin/pnpm.cjs --filter @countermark/image --prod deploy --legacy /app

FROM node:22-bookworm-slim
# The C library keeps freed memory for each thread in places of its own: a scan takes a hundred megabytes less in two of them.
ENV MALLOC_ARENA_MAX=2
ENV NODE_ENV=production COUNTERMARK_HOST=0.0.0.0 COUNTERMARK_DATA=/data
COPY --from=build /app /app
RUN ln -s /app/node_modules/@countermark/cli/bin/countermark.js /usr/local/bin/countermark && install -d -o node -g node -m 0700 /data
USER node
VOLUME /data
EXPOSE 8080
HEALTHCHECK CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["countermark"]
CMD ["serve"]
