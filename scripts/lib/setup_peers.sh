# Environments of the other extractors that `scripts/eval --peers` compares with, one each in .venv-peers/, from hash-
# locked files of their own; nothing of them enters the project. `setup_peers.sh --lock` compiles the files anew.
#
#     bash scripts/lib/setup_peers.sh PEER...

set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
. scripts/lib/environment.sh
peers="scripts/lib/peers"

lock_peers() {
  local wanted
  for wanted in "$peers"/*.in; do
    (cd "$peers" && "$OLDPWD/.venv/bin/uv" pip compile -q --universal --python-version 3.11 --generate-hashes \
      --no-emit-index-url --no-header --upgrade "$(basename "$wanted")" -o "$(basename "$wanted" .in).txt")
  done
}

if [ "${1:-}" = "--lock" ]; then
  lock_peers
else
  for name in "$@"; do
    environment ".venv-peers/$name" "$peers/$name.txt"
  done
fi
