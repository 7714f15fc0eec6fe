# Sourced by the other scripts: makes .venv with the locked dependencies and the project, once for each lock.
# Needs Python 3.11 or newer and a package index that pip can reach; says so in one line where that is missing.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1

setup_fail() {
  echo "set-up: $1" >&2
  exit 1
}

setup_python() {
  local candidate
  for candidate in "${PYTHON:-}" python3 python3.13 python3.12 python3.11; do
    [ -n "$candidate" ] || continue
    if "$candidate" -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
      echo "$candidate"
      return
    fi
  done
}

setup() {
  local stamp python
  stamp="$(cat requirements.lock pyproject.toml scripts/lib/setup.sh | cksum)"
  if [ "$(cat .venv/stamp 2>/dev/null)" = "$stamp" ] && [ -x .venv/bin/broadsheet ]; then
    return
  fi
  python="$(setup_python)"
  [ -n "$python" ] || setup_fail "needs Python 3.11 or newer with venv (set PYTHON to one)"
  echo "set-up: installing the locked dependencies into .venv (once)" >&2
  [ -x .venv/bin/python ] || "$python" -m venv .venv || setup_fail "python -m venv failed; is python3-venv installed?"
  local pip=(.venv/bin/python -m pip --disable-pip-version-check -q)
  local project=(--no-deps --no-build-isolation --config-settings editable_mode=compat -e .)
  if "${pip[@]}" install "uv==0.13.9" 2>/dev/null && [ -x .venv/bin/uv ]; then
    .venv/bin/uv pip sync -q --compile-bytecode --python .venv/bin/python --require-hashes requirements.lock \
      && .venv/bin/uv pip install -q --python .venv/bin/python "${project[@]}" \
      || setup_fail "uv could not install requirements.lock (is a package index in reach?)"
  else
    "${pip[@]}" install --require-hashes -r requirements.lock && "${pip[@]}" install "${project[@]}" \
      || setup_fail "pip could not install requirements.lock (is a package index in reach?)"
  fi
  .venv/bin/python -m compileall -q archive crawler
  echo "$stamp" > .venv/stamp
}

setup
