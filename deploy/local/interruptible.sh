# Sourced by the commands a person starts. A shell that waits for a command in the foreground sees
# a signal only afterwards, and leaves the command behind when it is killed; so long commands run as
# jobs that end with us.

child=""

# Runs a command; Ctrl-C and SIGTERM end it and then us.
run() {
  "$@" &
  child=$!
  local code=0
  wait "$child" || code=$?
  child=""
  return "$code"
}

end_with() {
  trap '' INT TERM
  if [[ -n $child ]]; then
    # A process of sudo's is not ours to signal.
    kill -TERM "$child" 2>/dev/null || sudo -n kill -TERM "$child" 2>/dev/null || :
    wait "$child" || :
  fi
  exit "$1"
}

trap 'end_with 130' INT
trap 'end_with 143' TERM
