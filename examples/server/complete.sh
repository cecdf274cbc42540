#!/bin/sh
# Names the server's models, and lets the first go on with a text, marked, as server-sent events.
#
#   COUNTERMARK_URL            where the server listens, http://127.0.0.1:8080 by default
#   COUNTERMARK_API_KEY_FILE   file with an API key of the scope "sample"; countermark-data/admin-api-key by default
set -eu

url=${COUNTERMARK_URL:-http://127.0.0.1:8080}
key_file=${COUNTERMARK_API_KEY_FILE:-countermark-data/admin-api-key}

# The API key goes through a pipe: everybody on the machine can read arguments.
call() {
  printf 'header = "Authorization: Bearer %s"\n' "$(cat "$key_file")" |
    curl --config - --silent --show-error --fail-with-body "$@"
}

call "$url/v1/models"
echo
call "$url/v1/completions" \
  --no-buffer \
  --header 'Content-Type: application/json' \
  --data '{"model": "demo", "prompt": "The state of the nation is", "max_tokens": 20, "stream": true}'
