# shellcheck shell=bash disable=SC2154,SC2016,SC2030,SC2031,SC2164
# SPDX-License-Identifier: MIT
# The stages of .ci/run, one function each; run in the project's folder with -euo pipefail. A stage fails
# by its exit status; what it prints goes to build/ci/NAME.log. (shellcheck: $root comes from .ci/run, -e
# makes a failed cd end the stage, and what a subshell exports is meant to end with it.)

# shellcheck source=../tools/setup.sh
. tools/setup.sh
jobs=$(nproc)
shared=$root/../shared

# Sources under version control, so that a developer's leftovers are not judged.
tracked() {
  git ls-files -- "$@"
}

# configure FOLDER [OPTION…], quietly; the log shows what it said when it failed.
configure() {
  local folder=$1
  shift
  cmake -S . -B "$folder" "$@" >"$folder.configure.log" 2>&1 || {
    cat "$folder.configure.log"
    return 1
  }
}

stage_tests() {
  ./test --shuffle
}

stage_format() {
  tracked '*.c' '*.h' | xargs -r clang-format-14 --dry-run -Werror
}

# What is installed: neither the tests nor the fuzzers, which have a compiler of their own.
stage_tidy() {
  configure build/ci/tidy -DCMAKE_EXPORT_COMPILE_COMMANDS=ON
  jq -r '.[].file' build/ci/tidy/compile_commands.json | sort -u |
    xargs -r -n 4 -P "$jobs" clang-tidy-14 --quiet -p build/ci/tidy
}

stage_luacheck() {
  luacheck --quiet lua csrc spec scripts examples bench bin rockspec/*.rockspec
}

stage_shellcheck() {
  {
    tracked '*.sh'
    git grep -lE '^#!.*\b(ba|da)?sh$' -- .
  } | sort -u | xargs -r shellcheck
}

# sanitized_interpreters FOLDER: lua5.4 and luajit for PATH that load the sanitizer's runtime first, as
# modules built with it need. What they start does not, unless it is one of them.
sanitized_interpreters() {
  local name
  mkdir -p "$1"
  gcc -shared -fPIC -o "$1/unpreload.so" .ci/unpreload.c
  for name in lua5.4 luajit; do
    printf '#!/bin/sh\nLD_PRELOAD="%s %s" exec %s "$@"\n' "$(gcc -print-file-name=libasan.so)" \
      "$1/unpreload.so" "$(command -v $name)" >"$1/$name"
    chmod +x "$1/$name"
  done
}

# Specs in which C could lose something, one a line: without rooms that are Lua alone, without what only
# starts programs (as themselves they were tested before), without what the reader sees in pictures.
specs_of_c() {
  local name away=()
  for name in reading cli report sheets; do away+=(! -path "spec/$name/*"); done
  for name in reading reader_pool hosts examples setup docs readme seed_names options complaints \
    durable_batch workers worker_death service_limits notify; do
    away+=(! -name "${name}_spec.lua")
  done
  find spec -name '*_spec.lua' "${away[@]}"
}

# Courses of the simulation where each step costs ten times as much; the tests take a thousand.
few_courses=100

# Those that are about what stands between C and Lua: the part that differs from Lua to Lua.
specs_of_bindings() {
  specs_of_c | grep -E '^spec/(base|core|database|layers|policy|server)/'
}

# sanitize 5.4|5.1 INTERPRETER LEAKS: the C tests and specs with AddressSanitizer and UBSan.
sanitize() {
  build_for_tests # before anything is named: it names a folder of its own
  local folder=$root/build/ci/sanitize-$1
  configure "$folder" -DVISION_LUA="$1" -DVISION_SANITIZE=ON -DVISION_TESTS=ON -DCMAKE_BUILD_TYPE=RelWithDebInfo
  cmake --build "$folder" --parallel "$jobs" | tail -n 3
  sanitized_interpreters "$folder/bin"
  export UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1
  export LSAN_OPTIONS=suppressions=$root/.ci/leaks:print_suppressions=0
  export ASAN_OPTIONS=detect_leaks=$3 VISION_SIMULATIONS=$few_courses
  ctest --test-dir "$folder" --output-on-failure --timeout 60
  local list beside=() status=0 one
  list=$(if [ "$1" = 5.4 ]; then specs_of_c; else specs_of_bindings; fi)
  # Side by side: much of it is waiting.
  if [ "$1" = 5.4 ]; then
    find spec/sheets -name '*_spec.lua' | sanitized_specs "$2" "$folder" >build/ci/sanitize_reader.log 2>&1 &
    beside+=($!)
    grep '^spec/integration/' <<<"$list" | sanitized_specs "$2" "$folder" >build/ci/sanitize_integration.log 2>&1 &
    beside+=($!)
  fi
  grep -v '^spec/integration/' <<<"$list" | sanitized_specs "$2" "$folder" || status=1
  for one in "${beside[@]}"; do wait "$one" || status=1; done
  if [ "$1" = 5.4 ]; then cat build/ci/sanitize_reader.log build/ci/sanitize_integration.log; fi
  [ "$status" = 0 ]
  # What limits and kills a reader is tried with a plain one: memory limits and system-call filters do not
  # go together with a sanitizer.
  VISION_READER=$root/build/5.4/lib/vision/vision-reader sanitized_specs "$2" "$folder" \
    <<<spec/integration/reader_pool_spec.lua
}

# sanitized_specs INTERPRETER FOLDER <FILES
sanitized_specs() {
  PATH=$2/bin:$PATH xargs "$1" "$(command -v busted)" --cpath="$2/lib/?.so" --output=plainTerminal
}

stage_sanitize_5.4() {
  sanitize 5.4 lua5.4 1
}

# LeakSanitizer takes LuaJIT's own heap for leaks.
stage_sanitize_luajit() {
  sanitize 5.1 luajit 0
}

# collect_always INTERPRETER FOLDER <FILES
collect_always() {
  xargs "$1" "$(command -v busted)" --cpath="build/$2/lib/?.so" --output=plainTerminal \
    --helper=spec/support/collect_always.lua
}

# Specs again with a collector that runs at all times: whatever is freed too early shows here. Those of
# the core under both Luas, side by side; the others are shared out between them.
stage_collector() {
  local status=0 core
  build_for_tests
  export VISION_SIMULATIONS=$few_courses
  core=$(find spec/core -name '*_spec.lua')
  {
    echo "$core"
    specs_of_c | grep -v '^spec/core/' | sort -t/ -k3 | sed -n 'p;n'
  } | collect_always luajit 5.1 >build/ci/collector_luajit.log 2>&1 &
  {
    echo "$core" spec/integration/reader_pool_spec.lua
    specs_of_c | grep -v '^spec/core/' | sort -t/ -k3 | sed -n 'n;p'
  } | collect_always lua5.4 5.4 || status=1
  wait $! || status=1
  cat build/ci/collector_luajit.log
  return $status
}

stage_fuzz() {
  CC=clang-14 configure build/ci/fuzz -DVISION_FUZZ=ON
  cmake --build build/ci/fuzz --parallel "$jobs" | tail -n 3
  local sources
  sources=$(tracked 'csrc/fuzz/fuzz_*.c')
  [ -n "$sources" ]
  # The list comes from the sources: a fuzzer that was not built is a failure.
  xargs -r -n 1 -P "$((2 * jobs))" .ci/fuzz <<<"$sources"
}

# rock LUA INTERPRETER: builds and installs the rock into an empty tree and works from there.
rock() {
  local tree=$root/build/ci/rock-$1 clone=$root/build/ci/rock-source-$1 answer
  rm -rf "$tree" "$clone"
  git clone --quiet . "$clone"
  (
    cd "$clone"
    luarocks --lua-version "$1" make --deps-mode=none --tree "$tree" rockspec/vision-scm-1.rockspec
    luarocks --lua-version "$1" lint rockspec/vision-scm-1.rockspec
  )
  # Away from the checkout, with nothing but the tree and the system's own modules.
  (
    cd /
    export LUA_PATH="$tree/share/lua/$1/?.lua;$tree/share/lua/$1/?/init.lua;;"
    export LUA_CPATH="$tree/lib/lua/$1/?.so;;"
    "$2" -e 'local v = require "vision"; print(v.version, v.create_vision_provider("stub").name)'
    command=$(find "$tree/lib/luarocks" -path '*/bin/vision')
    "$2" "$command" --version
    answer=$("$2" "$command" analyze --provider local --json "$root/examples/drawings/flange.pdf")
    jq -e '.success and .provider == "local" and (.description.drawing.callouts | length > 3)' <<<"$answer"
    # The command that LuaRocks made; for 5.1 it starts plain Lua, which is refused.
    [ "$1" = 5.1 ] || "$tree/bin/vision" --version
  )
}

stage_rocks() {
  local status=0 first second
  # Side by side: make is alone in each. Not behind ||, where -e would not hold.
  rock 5.4 lua5.4 >build/ci/rock-5.4.log 2>&1 &
  first=$!
  rock 5.1 luajit &
  second=$!
  wait "$first" || status=1
  wait "$second" || status=1
  cat build/ci/rock-5.4.log
  [ "$status" = 0 ]
  # The rockspec of a release is the same one with a version and an address.
  luarocks lint "$(rockspec/make https://example.org/vision.tar.gz build/ci)"
}

# Without Leptonica, Tesseract, libpq and hiredis the rest builds, works, and says what is missing when it is asked for.
stage_optional() {
  local without=$root/build/ci/pkgconfig folder=build/ci/optional out file
  rm -rf "$without" "$folder"
  mkdir -p "$without"
  for file in libuv libcurl libcrypto sqlite3 lua5.4 lua-5.4 lua54; do
    find /usr/lib /usr/share -name "$file.pc" -exec cp -L {} "$without" \; 2>/dev/null
  done
  PKG_CONFIG_LIBDIR=$without configure "$folder" -DVISION_LUA=5.4
  cmake --build "$folder" --parallel "$jobs" | tail -n 1
  [ ! -e "$folder/lib/vision/vision-reader" ]
  export LUA_CPATH="$folder/lib/?.so;;"
  lua5.4 bin/vision.lua analyze --provider stub --json examples/drawings/flange.png | jq -e .success
  out=$(lua5.4 bin/vision.lua analyze --provider local --json examples/drawings/flange.png) && return 1
  jq -e '.success == false and .reason == "missing_library"' <<<"$out"
  [ ! -e "$folder/lib/vision/postgres.so" ]
  LUA_PATH='lua/?.lua;lua/?/init.lua;;' lua5.4 -e 'print(select(2, require("vision.database.postgres").open "postgres://h/d"))' |
    grep 'libpq-dev.*(missing_library)'
  [ ! -e "$folder/lib/vision/redis.so" ]
  LUA_PATH='lua/?.lua;lua/?/init.lua;;' lua5.4 -e 'print(select(2, require("vision.database.redis").new "redis://"))' |
    grep 'libhiredis-dev.*(missing_library)'
  # A required library that is missing is named, with the package to install.
  rm "$without/libuv.pc"
  ! PKG_CONFIG_LIBDIR=$without cmake -S . -B "$folder-broken" >"$folder-broken.log" 2>&1
  grep -q 'libuv1-dev' "$folder-broken.log"
  # Plain Lua 5.1 is refused in one clear line.
  out=$(LUA_PATH='lua/?.lua;lua/?/init.lua;;' lua5.1 -e 'require "vision"' 2>&1) && return 1
  grep -q 'needs Lua 5.4 or LuaJIT' <<<"$out"
}

# The page of the service in a browser, and OpenAI's client library at its door. (Node from elsewhere than Debian brings its own npm, and Debian's does not
# go together with it.)
stage_page() {
  local tools=build/page
  command -v npm >/dev/null || apt_install npm
  mkdir -p "$tools"
  cp spec/page/package.json "$tools"
  npm install --prefix "$tools" --no-audit --no-fund --no-package-lock --ignore-scripts
  ./vision --version
  node --test spec/page/
}

# score LIMITS OPTION…: reads the labelled drawings and holds the figures against limits, a jq expression.
score() {
  local drawings=$shared/drawings readings limits=$1 figures file
  shift
  readings=build/ci/readings$*
  rm -rf "$readings"
  mkdir -p "$readings"
  for file in "$drawings"/*.json; do
    find "$drawings" -name "$(basename "$file" .json).*" ! -name '*.json'
  done | xargs -P "$jobs" -I '{}' sh -c '
    out=$2/$(basename "${1%.*}").json file=$1
    shift 2
    ./vision analyze --provider local --json "$@" "$file" >"$out"' read '{}' "$readings" "$@"
  figures=$(python3 "$drawings/score.py" "$drawings" "$readings" --json)
  echo "$figures"
  jq -e ".unread == [] and (.total | $limits)" <<<"$figures"
}

# Where the labelled drawings are: the local reading must be as good as it has been.
stage_scores() {
  [ -d "$shared/drawings" ] || {
    echo "no ../shared/drawings here: nothing to score"
    return 0
  }
  score '.number_f1 >= 0.93 and .callouts >= 0.80 and .diameters >= 0.85 and .frames >= 0.55
    and .title_block >= 0.85 and .invented <= 0.04'
  score '.number_f1 >= 0.88 and .callouts >= 0.70 and .diameters >= 0.80 and .frames >= 0.55
    and .title_block >= 0.80 and .invented <= 0.05' --no-text-layer
}

# What the README tells a newcomer to type, in a fresh clone: the lines of its shell blocks that need no key.
# `vision …` stands for the installed command; its files are the samples.
stage_readme() {
  local clone=$root/build/ci/clone desk=$root/build/ci/desk folder line
  rm -rf "$clone" "$desk"
  git clone --quiet . "$clone"
  mkdir -p "$desk/drawings"
  cp examples/drawings/*.p* "$desk"
  cp examples/drawings/*.p* "$desk/drawings"
  sed -n '/^```sh/,/^```/p' README.md | grep -E '^(\./(vision|test)|vision) ?' | sed 's/ *#.*//' >"$desk/commands"
  [ -s "$desk/commands" ]
  while read -r line; do
    case $line in
      ./test) line='./test spec/base' folder=$clone ;;
      ./*) folder=$clone ;;
      *) folder=$desk ;;
    esac
    echo "\$ $line"
    (cd "$folder" && PATH="$clone:$PATH" timeout 110 sh -c "$line") >"$desk/out" 2>&1 </dev/null || {
      tail -n 20 "$desk/out"
      return 1
    }
    head -n 5 "$desk/out"
  done <"$desk/commands"
}

# The example that needs a window, in one nobody sees: it reads a drawing and takes its own picture, and
# reads another that is dropped on it.
stage_hosts() {
  local picture=$root/build/ci/love.png dropped=$root/build/ci/love-dropped.png
  # shellcheck disable=SC2086 # a list of words on purpose
  setup_packages "to open a window" $packages_hosts
  rm -f "$picture"
  timeout 60 env -u DISPLAY examples/love/run examples/drawings/flange.pdf --shot "$picture" |
    tee build/ci/love.txt
  grep -q '^13 call-outs; ' build/ci/love.txt
  timeout 60 env -u DISPLAY xvfb-run -a -s '-screen 0 1280x800x24' sh -c '
    spec/support/drop_file.py "vision: drop a drawing" examples/drawings/bracket.png &
    examples/love/run --shot "$1" && wait $!' - "$dropped" | tee build/ci/love-dropped.txt
  grep -q '^15 call-outs; ' build/ci/love-dropped.txt
  LUA_PATH='lua/?.lua;lua/?/init.lua;;' LUA_CPATH='build/5.4/lib/?.so;;' lua5.4 - "$picture" <<'END'
    local image = assert(require("vision.drawing.image").image_file(arg[1]))
    assert(image:width() == 1280 and image:size() > 50000, "the picture shows no sheet")
END
}
