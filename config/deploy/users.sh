#!/bin/bash
# Gives Kibana its password and makes the users of copytrail: `copytrail` (the daemon) and `reader` (people).
# Twice does no harm: passwords become what the environment says. The roles come with config/elasticsearch/roles.json.
set -euo pipefail

send() { # PATH BODY
  curl --silent --show-error --fail-with-body --retry 10 --retry-all-errors --retry-delay 2 \
    --config <(printf 'user = "%s:%s"\n' "${ELASTIC_USER:-elastic}" "$ELASTIC_PASSWORD") \
    --request POST --header 'Content-Type: application/json' --data @- "$ELASTICSEARCH_URL/_security/user/$1" <<<"$2" >/dev/null
}

for name in ELASTIC_PASSWORD KIBANA_PASSWORD COPYTRAIL_PASSWORD READER_PASSWORD; do
  [[ ${!name:-} =~ ^[A-Za-z0-9_-]{8,}$ ]] || {
    echo "$name: eight or more letters, digits, - and _, please: set it in .env" >&2
    exit 2
  }
done

send kibana_system/_password "{\"password\": \"$KIBANA_PASSWORD\"}"
send copytrail "{\"password\": \"$COPYTRAIL_PASSWORD\", \"roles\": [\"copytrail_daemon\"]}"
send reader "{\"password\": \"$READER_PASSWORD\", \"roles\": [\"copytrail_reader\", \"viewer\"]}"
echo "users are as .env says"
