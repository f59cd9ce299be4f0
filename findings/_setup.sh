# Sourced by every finding. It offers two commands:
#   install PACKAGE==VERSION ...  puts packages into a virtual environment that lives in a temporary folder
#   expect <<'PROGRAM'            runs the Python program there and compares what it prints with the output that the
#                                 comment on top of the script states: the lines below "Output seen:"
# A finding ends with 0 if it holds, with 1 if the output changed and with 2 if it could not be tried.
set -eu -o pipefail

name=$(basename "$0" .sh)
stated=$(sed -n '/^# Output seen:$/,/^[^#]/ s/^#     //p' "$0")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

install() {
  if ! "${PYTHON:-python3}" -m venv "$folder/venv" >"$folder/pip" 2>&1 ||
    ! "$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check "$@" >>"$folder/pip" 2>&1; then
    echo "$name: could not be tried, the installation failed"
    tail -n 5 "$folder/pip" >&2
    exit 2
  fi
}

expect() {
  local seen program
  program=$(cat)
  mkdir "$folder/work"
  # -I keeps boxlint and the packages of the user out; with HOME, caches go into the temporary folder.
  cd "$folder/work"
  if ! seen=$(HOME=$folder "$folder/venv/bin/python" -I -W ignore -c "$program" 2>"$folder/errors"); then
    seen+=$'\n'"the program failed: $(tail -n 1 "$folder/errors")"
  fi
  if [ -n "$stated" ] && [ "$seen" = "$stated" ]; then
    echo "$name: holds"
  else
    echo "$name: changed"
    diff --unchanged-line-format='  %L' --old-line-format='- %L' --new-line-format='+ %L' \
      <(echo "$stated") <(echo "$seen") >&2 || true
    exit 1
  fi
}
