# Sourced by run.sh for ./run.sh cluster: a Spark master and workers on this machine, processes of their own,
# that listen on loopback alone. Everything of it lies in target/spark/cluster.
cluster="$home/target/spark/cluster"
path="$classes$separator$(cat "$classpath")"

usage() {
  cat <<'TEXT'
./run.sh cluster start [--workers N] [--cores C] [--memory M]   a master and N workers of C cores and M memory each
                                                                (2 workers, 1 core, 4g), held to processors of their own
./run.sh cluster stop                                           stops them
./run.sh cluster status                                         tells which of them run
TEXT
}

# The processors of a worker, if there are so many and they can be held: more threads than cores would
# otherwise take those of the others.
held() {
  local part all=()
  for part in $(sed -n 's/,/ /g; s/Cpus_allowed_list://p' /proc/self/status 2>/dev/null); do
    all+=($(seq "${part%-*}" "${part#*-}"))
  done
  if command -v taskset >/dev/null && ((workers * cores <= ${#all[@]})); then
    local own=("${all[@]:$((($1 - 1) * cores)):$cores}")
    echo "taskset -c $(IFS=,; echo "${own[*]}")"
  fi
}

# Starts a process that outlives this script; its output goes to a log. Before it comes how it is started.
launch() {
  local name="$1" how="$2"
  shift 2
  nohup $how env SPARK_HOME="$cluster" SPARK_SCALA_VERSION=2.12 SPARK_LOCAL_IP=127.0.0.1 PNEUMA_LOG=INFO \
    "$java" -Xmx512m -Dpneuma.cluster="$name" "${opens[@]}" -cp "$path" "$@" >"$cluster/$name.log" 2>&1 &
  echo "$!" >"$cluster/$name.pid"
}

runs() { [[ -f "$1" ]] && kill -0 "$(cat "$1")" 2>/dev/null; }

# Waits until a log says something, or its process has ended.
await() {
  local name="$1" said="$2"
  for _ in $(seq 300); do
    grep -q "$said" "$cluster/$name.log" && return
    runs "$cluster/$name.pid" || break
    sleep 0.2
  done
  tail -n 5 "$cluster/$name.log" >&2
  stop
  complain "$name did not start; $cluster/$name.log says why"
}

stop() {
  local pid
  for pid in "$cluster/master.pid" "$cluster"/worker-*.pid; do # A master that is left would start executors anew.
    [[ -f "$pid" ]] || continue
    runs "$pid" && kill "$(cat "$pid")" 2>/dev/null
    for _ in $(seq 50); do runs "$pid" && sleep 0.2; done
    runs "$pid" && kill -9 "$(cat "$pid")" 2>/dev/null
    rm -f "$pid"
  done
  return 0
}

action="${1:-}"
case "$action" in
  start | stop | status | -h | --help) ;;
  *) echo "${action:-nothing}: ./run.sh cluster does start, stop and status" >&2; usage >&2; exit 2 ;;
esac
[[ $# -gt 0 ]] && shift
workers=2 cores=1 memory=4g
while [[ $# -gt 0 ]]; do
  case "$1" in
    --workers) workers="${2:-}" ;;
    --cores) cores="${2:-}" ;;
    --memory) memory="${2:-}" ;;
    *) echo "$1: is nothing that ./run.sh cluster knows" >&2; usage >&2; exit 2 ;;
  esac
  [[ -n "${2:-}" ]] || { echo "$1: a value is missing" >&2; usage >&2; exit 2; }
  shift 2
done
[[ "$memory" =~ ^[1-9][0-9]*[mg]$ ]] || { echo "--memory $memory: expected a size such as 4g or 900m" >&2; exit 2; }
[[ "$workers$cores" =~ ^[1-9][0-9]*$ ]] || { echo "--workers and --cores are whole numbers from 1 on" >&2; exit 2; }

case "$action" in
  start)
    runs "$cluster/master.pid" && complain "it runs already; ./run.sh cluster stop ends it"
    stop
    rm -rf "$cluster"
    mkdir -p "$cluster/jars" # Spark looks there for its libraries; they are on the class path.
    launch master "" org.apache.spark.deploy.master.Master --host 127.0.0.1 --port 0 --webui-port 0
    await master "Starting Spark master at"
    master="$(sed -n 's/.*Starting Spark master at \(spark:[^ ]*\).*/\1/p' "$cluster/master.log" | head -n 1)"
    for number in $(seq "$workers"); do
      launch "worker-$number" "$(held "$number")" org.apache.spark.deploy.worker.Worker --host 127.0.0.1 --webui-port 0 \
        --cores "$cores" --memory "$memory" --work-dir "$cluster/work-$number" "$master"
    done
    for number in $(seq "$workers"); do await "worker-$number" "Successfully registered with master"; done
    echo "$master" >"$cluster/master"
    echo "$master"
    ;;
  stop) stop ;;
  status)
    [[ -f "$cluster/master" ]] && runs "$cluster/master.pid" || complain "no cluster runs here"
    cat "$cluster/master"
    for pid in "$cluster"/worker-*.pid; do
      name="$(basename "$pid" .pid)"
      runs "$pid" && echo "$name: process $(cat "$pid")" || echo "$name: has ended"
    done
    ;;
  -h | --help) usage ;;
esac
