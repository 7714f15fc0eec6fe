# Environments of the other extractors that `scripts/eval --peers` compares with, one each in .venv-peers/, from hash-
# locked files of their own; nothing of them enters the project. `setup_peers.sh --lock` compiles the files anew.
#
#     bash scripts/lib/setup_peers.sh PEER...

set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
peers="scripts/lib/peers"

setup_peer() {
  local folder=".venv-peers/$1" lock="$peers/$1.txt" stamp
  [ -f "$lock" ] || setup_fail "$lock is not there"
  stamp="$(cksum < "$lock")"
  if [ "$(cat "$folder/stamp" 2>/dev/null)" = "$stamp" ]; then
    return
  fi
  echo "set-up: installing $1 into $folder (once)" >&2
  .venv/bin/uv venv -q --clear --python .venv/bin/python "$folder"
  .venv/bin/uv pip sync -q --python "$folder/bin/python" --require-hashes "$lock" \
    || setup_fail "$lock could not be installed (is a package index in reach?)"
  echo "$stamp" > "$folder/stamp"
}

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
    setup_peer "$name"
  done
fi
