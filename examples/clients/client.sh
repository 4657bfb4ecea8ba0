#!/usr/bin/env bash
# Enlist over HTTP from a shell: a segment, contacts in bulk, a page, a reason, and the stream over a restart.
# Usage: client.sh API TOKEN, with API such as http://127.0.0.1:8080/v1/workspaces/shell.
set -euo pipefail
api=$1 token=$2

send() {
  local method=$1 path=$2
  shift 2
  curl -sS --fail-with-body -X "$method" "$api$path" -H "Authorization: Bearer $token" "$@"
}
json='Content-Type: application/json'

send PUT '' -H "$json" -d '{"time_zone": "Europe/Lisbon"}' >/dev/null
send PUT /fields/plan -H "$json" -d '{"kind": "select", "options": ["free", "pro"]}' >/dev/null
send PUT /segments/pro -H "$json" -d '{"name": "Pro", "rule": {"match": "all",
  "conditions": [{"field": "plan", "operator": "equals", "value": "pro"}]}}' >/dev/null

at=$(date -u +%Y-%m-%dT%H:%M:%SZ)
for ((n = 0; n < 2500; n++)); do
  plan=$([ $((n % 2)) = 0 ] && echo free || echo pro)
  echo "{\"type\": \"contact_saved\", \"at\": \"$at\", \"contact\": \"c$n\", \"set\": {\"plan\": \"$plan\"}}"
done | send POST /events -H 'Content-Type: application/x-ndjson' --data-binary @- | grep -o '"refused":0'

send GET '/segments/pro/members?size=3' | grep -o '"total":1250'
send GET /segments/pro/members/c0 | grep -o '"is_member":false'

last='' is_followed=''
while true; do
  # Each event ends with an empty line; `id` is where to continue.
  while IFS= read -r line; do
    case $line in
      'id: '*)
        last=${line#id: }
        # The process that started this program changes something when it reads this.
        [ -n "$is_followed" ] || echo following
        is_followed=yes
        ;;
      'event: gap') echo 'read the segments again' ;;
      'data: '*'"contact":"last"'*)
        echo "${line#data: }"
        exit 0
        ;;
      'data: '*) echo "${line#data: }" ;;
    esac
  done < <(send GET /stream -N ${last:+-H "Last-Event-ID: $last"} 2>/dev/null || true)
  sleep 0.2
done
