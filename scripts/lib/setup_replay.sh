# What the replay tests run beside us, in build/replay (see scripts/test-replay); nothing of it is imported or shipped:
#   pywb/    pywb (GPL-3), in an environment of its own: it brings a library that breaks `brotli`
#   tools/   wacz and cdxj-indexer
#   page/    ui.js and sw.js of replayweb.page (AGPL-3), from its npm package
# and Chromium with its driver, by apt-get where they are missing and that may be used.
#
#     bash scripts/lib/setup_replay.sh [--lock]

set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/setup.sh"
. scripts/lib/environment.sh
locks="scripts/lib/replay"
page_version="2.5.3"
page_sha512="9c28f63d238ddc1c5e489284f00b183f250bbf45cf64a2567f2e25f4fc90adef52ab02d9f9629956cfec7cba8f390e06ac7fb46248dbc0e86bf1c4931f4f20b1"

lock_replay() {
  local name
  for name in pywb tools; do
    (cd "$locks" && "$OLDPWD/.venv/bin/uv" pip compile -q --universal --python-version 3.11 --generate-hashes \
      --no-emit-index-url --no-header --upgrade "$name.in" -o "$name.txt")
  done
}

replay_page() {
  local folder="build/replay/page" archive
  if [ "$(cat "$folder/stamp" 2>/dev/null)" = "$page_sha512" ]; then
    return
  fi
  command -v npm > /dev/null || setup_fail "npm is needed to fetch replayweb.page"
  echo "set-up: fetching replayweb.page $page_version into $folder (once)" >&2
  mkdir -p "$folder"
  archive="$(cd "$folder" && npm pack --silent "replaywebpage@$page_version")" \
    || setup_fail "npm could not fetch replaywebpage@$page_version (is a package registry in reach?)"
  [ "$(sha512sum < "$folder/$archive" | cut -d' ' -f1)" = "$page_sha512" ] \
    || setup_fail "$archive is not the file that this project knows"
  tar -xzf "$folder/$archive" -C "$folder" --strip-components=1 package/ui.js package/sw.js
  rm "$folder/$archive"
  echo "$page_sha512" > "$folder/stamp"
}

browser() {
  if command -v chromium > /dev/null && command -v chromedriver > /dev/null; then
    return
  fi
  if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
    setup_fail "install Chromium and its driver (Debian: apt-get install chromium chromium-driver)"
  fi
  echo "set-up: installing chromium and chromium-driver" >&2
  apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
    chromium chromium-driver > /dev/null || setup_fail "apt-get could not install chromium and chromium-driver"
}

if [ "${1:-}" = "--lock" ]; then
  lock_replay
else
  mkdir -p build/replay
  environment build/replay/pywb "$locks/pywb.txt"
  environment build/replay/tools "$locks/tools.txt"
  replay_page
  browser
fi
