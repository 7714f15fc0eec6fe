# Sourced: `environment FOLDER LOCK` makes a virtual environment with the packages of a locked list, once for each list.

environment() {
  local folder="$1" lock="$2" stamp
  [ -f "$lock" ] || setup_fail "$lock is not there"
  stamp="$(cksum < "$lock")"
  if [ "$(cat "$folder/stamp" 2>/dev/null)" = "$stamp" ]; then
    return
  fi
  echo "set-up: installing $lock into $folder (once)" >&2
  [ -x "$folder/bin/python" ] || .venv/bin/python -m venv "$folder" || setup_fail "python -m venv $folder failed"
  if [ -x .venv/bin/uv ]; then
    .venv/bin/uv pip sync -q --python "$folder/bin/python" --require-hashes "$lock"
  else
    "$folder/bin/python" -m pip --disable-pip-version-check -q install --require-hashes -r "$lock"
  fi || setup_fail "$lock could not be installed (is a package index in reach?)"
  echo "$stamp" > "$folder/stamp"
}
