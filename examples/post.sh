#!/bin/sh
# Three ways to ask a running server (`make serve`) for a summary with curl: as JSON, as a stream of server-sent
# events, and with a webhook. Ends with 1 when a prediction fails, which Cog answers with HTTP 200.
#
#   examples/post.sh FILE [WEBHOOK_URL]
set -eu

url="${PRECIS_URL:-http://127.0.0.1:5000}"
file="${1:?usage: post.sh FILE [WEBHOOK_URL]}"
webhook="${2:-}"
[ -f "$file" ] && [ -r "$file" ] || { echo "post.sh: $file cannot be read" >&2; exit 2; }

# A file travels as a data URL; https:// addresses, which the server then fetches, work as well.
document="data:text/plain;base64,$(base64 <"$file" | tr -d '\n')"

# post BODY_FIELDS [HEADER]: the body comes from standard input, for a document may be larger than an argument may be.
post() {
  curl --silent --show-error --fail-with-body --no-buffer --noproxy '*' "$url/predictions" \
    --header 'Content-Type: application/json' --header "${2:-Accept: application/json}" --data-binary @- <<BODY | shown
{"input": {"document": "$document", "style": "executive", "length": "brief"}$1}
BODY
}

# Pass on what comes as it comes, and say at the end whether it went well.
shown() {
  awk '{ print; fflush() }
    /"status": *"(succeeded|starting|processing)"/ { well = 1 }
    /"status": *"(failed|canceled)"/ { ill = 1 }
    END { exit ill || !well }'
}

echo '--- JSON: one answer, when the summary is complete'
post ''

echo '--- server-sent events: each piece of the summary as it is generated'
post '' 'Accept: text/event-stream'

if [ -n "$webhook" ]; then
  echo "--- webhook: an answer at once, the prediction to $webhook when it is complete"
  post ", \"webhook\": \"$webhook\", \"webhook_events_filter\": [\"completed\"]" 'Prefer: respond-async'
fi
