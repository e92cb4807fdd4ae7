# shellcheck shell=sh disable=SC2034,SC2154 # its users set $root and read the lists
# SPDX-License-Identifier: MIT
# What ./vision, ./test and .ci/run share: the packages that must be there, and the build.
# To be sourced by sh, with $root set to the project's folder. Whatever it says goes to stderr:
# stdout belongs to the program (`vision analyze --json`).

# Debian's names. This is the only list of them.
packages_run="lua5.4 lua-cjson lua-lpeg lua-argparse ca-certificates poppler-utils tesseract-ocr-eng tzdata"
packages_build="gcc g++ libc6-dev cmake make pkg-config liblua5.4-dev libuv1-dev libcurl4-openssl-dev
  libssl-dev libsqlite3-dev libleptonica-dev libtesseract-dev libhiredis-dev libmicrohttpd-dev"
packages_test="lua-busted luajit2 libluajit2-5.1-dev libcmocka-dev python3 sqlite3 openssl git procps
  nginx-light libnginx-mod-http-lua redis-server libpq-dev postgresql lua-socket python3-jsonschema
  curl jq"
packages_hosts="love xvfb xauth fonts-dejavu-core python3-xlib"
packages_ci="ccache clang-14 libclang-rt-14-dev clang-format-14 clang-tidy-14 lua-check luarocks lua5.1
  liblua5.1-0-dev shellcheck chromium nodejs"

say() {
  printf '%s\n' "vision: $*" >&2
}

# die STATUS MESSAGE…
die() {
  status=$1
  shift
  say "$@"
  exit "$status"
}

# Prints those of the given packages that are not installed, on one line.
packages_missing() {
  installed=" $(dpkg-query -W -f '${db:Status-Abbrev}${Package}\n' "$@" 2>/dev/null |
    sed -n 's/^ii *//p' | tr '\n' ' ')"
  missing=
  for package in "$@"; do
    case $installed in
      *" $package "*) ;;
      *) missing="$missing $package" ;;
    esac
  done
  printf '%s' "${missing# }"
}

# Debian has two LuaJITs that exclude each other: the one that is there stays.
packages_of_luajit() {
  if [ -z "$(packages_missing luajit)" ]; then
    echo "luajit libluajit-5.1-dev"
  else
    echo "luajit2 libluajit2-5.1-dev"
  fi
}

# True where apt-get can be run as root without asking something that nobody sees.
may_install() {
  [ "${VISION_NO_INSTALL:-}" != 1 ] || return 1
  [ "$(id -u)" != 0 ] || return 0
  command -v sudo >/dev/null && { [ -t 2 ] || sudo -n true 2>/dev/null; }
}

# --no-remove: a package that conflicts with somebody's own is theirs to decide about.
apt_get() {
  if [ "$(id -u)" = 0 ]; then set -- env "$@"; else set -- sudo env "$@"; fi
  "$@" </dev/null
}

apt_install() {
  apt_get DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends --no-remove \
    -o DPkg::Lock::Timeout=300 "$@"
}

# True where LuaJIT is there, or can be installed.
may_have_luajit() {
  command -v luajit >/dev/null || { command -v dpkg-query >/dev/null && may_install; }
}

# setup_packages WHY PACKAGE…: installs what is missing, or says the one line to type and leaves.
# On a Linux without dpkg it does nothing: the build names what it does not find.
setup_packages() {
  why=$1
  shift
  command -v dpkg-query >/dev/null || return 0
  missing=$(packages_missing "$@")
  [ -n "$missing" ] || return 0
  line="apt-get install -y --no-install-recommends $missing"
  [ "$(id -u)" = 0 ] || line="sudo $line"
  if ! may_install; then
    say "some packages are missing that it needs $why. Please type this, then try again:"
    printf '  %s\n' "$line" >&2
    exit 2
  fi
  say "installing what is missing $why (once): $missing"
  log="$root/build/install.log"
  # The lists of a fresh system are empty, those of an old one name files that are gone.
  # shellcheck disable=SC2086 # a list of words on purpose
  apt_install $missing >"$log" 2>&1 ||
    { apt_get apt-get update && apt_install $missing; } >>"$log" 2>&1 ||
    { tail -n 15 "$log" >&2; die 1 "apt-get failed; the whole of it is in $log. It was: $line"; }
}

# One set-up at a time: two first runs side by side would build into each other's folder.
# The lock is descriptor 9, open until setup_unlock.
setup_lock() {
  if ! mkdir -p "$root/build" 2>/dev/null || [ ! -w "$root/build" ]; then
    die 1 "there is something to build, and $root/build cannot be written by $(id -un)"
  fi
  exec 9>"$root/build/.lock"
  command -v flock >/dev/null || return 0
  flock -n 9 || { say "another set-up is running here; waiting for it"; flock 9; }
}

setup_unlock() {
  exec 9>&-
}

# built STAMP: true when nothing that the build reads is newer. No compiler, cmake or dpkg is asked.
built() {
  [ -f "$root/build/$1" ] &&
    [ -z "$(find "$root/CMakeLists.txt" "$root/csrc" "$root/tools/setup.sh" \
      -newer "$root/build/$1" -print -quit)" ]
}

# build STAMP FOLDER [CMAKE-OPTION…]: configures and builds into build/FOLDER. The stamp is dated
# before the build begins, so that a file saved meanwhile is built the next time.
build() {
  stamp=$root/build/$1 folder=$root/build/$2
  shift 2
  mkdir -p "$folder"
  # A folder that was moved or copied cannot be configured again.
  grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$folder/CMakeCache.txt" ||
    rm -rf "$folder/CMakeCache.txt" "$folder/CMakeFiles"
  : >"$stamp.new"
  say "building $(basename "$folder")"
  if ! { cmake -S "$root" -B "$folder" -DCMAKE_BUILD_TYPE=Release "$@" &&
    cmake --build "$folder" --parallel "$(nproc)"; } >"$folder/build.log" 2>&1 </dev/null; then
    tail -n 30 "$folder/build.log" >&2
    die 1 "the build failed; the whole of it is in $folder/build.log"
  fi
  mv "$stamp.new" "$stamp"
}

# Both Luas with the C tests, for ./test and CI; in CI a warning is an error.
build_for_tests() {
  werror=OFF
  [ -z "${CI:-}" ] || werror=ON
  for lua in 5.4 5.1; do
    built "test-$lua.stamp" || build "test-$lua.stamp" "$lua" -DVISION_LUA="$lua" \
      -DVISION_TESTS=ON -DVISION_WERROR="$werror"
  done
}
