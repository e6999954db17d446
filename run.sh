#!/usr/bin/env bash
# Builds what is missing and runs one verb of Pneuma; ./run.sh --help lists the verbs.
#   ./run.sh test       formatter, lint and all tests
#   ./run.sh format     lets the formatter mend the sources
#   ./run.sh bench      measures it against PyTorch and ONNX Runtime; --help tells how
#   ./run.sh package    makes Pneuma with a Java of its own, for machines like this one, in target/package
#   ./run.sh cluster    starts and stops a small Spark cluster on this machine, for --spark; --help tells how
#   ./run.sh -Pcuda ... the same program on the CUDA backend
# In such a package this script starts it, too.
# JAVA_OPTS is passed to the JVM, for instance JAVA_OPTS=-Xmx8g for a larger heap.
if [ -z "${BASH_VERSION:-}" ]; then exec bash "$0" "$@"; fi # As in: sh run.sh
set -euo pipefail

complain() { echo "$1" >&2; exit 1; }

# The folder of this script itself, whatever links lead to it and whatever CDPATH says.
script="${BASH_SOURCE[0]}"
while [[ -L "$script" ]]; do
  target="$(readlink "$script")"
  [[ "$target" == /* ]] || target="$(dirname "$script")/$target"
  script="$target"
done
home="$(CDPATH='' cd -P -- "$(dirname "$script")" >/dev/null && pwd)"
separator=":"
case "$(uname -s)" in MINGW* | MSYS* | CYGWIN*) separator=";" ;; esac
[[ "$separator" == ";" || "$home" != *:* ]] ||
  complain "$home: a folder with a colon cannot stand in Java's class path; move Pneuma elsewhere"

# Java decodes the names of files by the locale: without UTF-8 it would make question marks of them.
if [[ "$separator" == ":" && "$(locale charmap 2>/dev/null)" != UTF-8 ]]; then
  export LC_ALL=C.UTF-8
  if command -v locale >/dev/null && ! locale -a 2>/dev/null | grep -qix 'C\.utf-\?8'; then
    utf8="$(locale -a 2>/dev/null | grep -i 'utf-\?8$' | head -n 1 || true)"
    export LC_ALL="${utf8:-C.UTF-8}"
  fi
fi

java=java
[[ -n "${JAVA_HOME:-}" ]] && java="$JAVA_HOME/bin/java"
[[ -d "$home/runtime" ]] && java="$home/runtime/bin/java" # A package.
command -v "$java" >/dev/null ||
  complain "there is no Java ($java); install a JDK 17${JAVA_HOME:+, or mend JAVA_HOME}"

# The libraries of ND4J, oneDNN and OpenCV, and the room that Java reserves for its heap.
space="$(ulimit -v)"
[[ "$space" == unlimited || "$space" -ge 8388608 ]] ||
  complain "the address space is limited to $((space / 1024)) MiB (ulimit -v), of which Pneuma needs 8192; lift the limit, as in: ulimit -v unlimited"

# Runs Java; after the class path and the main class come the arguments.
start() {
  # Threads that wait for each other give way soon: spinning gains nothing on an idle machine and costs
  # a factor of ten on a busy one (docs/decisions/onednn.md).
  export GOMP_SPINCOUNT="${GOMP_SPINCOUNT:-10000}"

  # Images are answered by native code; the optimising compiler takes a core to itself meanwhile, and even 1,000
  # images do not pay for it (docs/decisions/cold-start.md).
  local short=""
  [[ "${3:-}" == predict ]] && short="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"

  # A bar is for a terminal alone; a file, a pipe or a build server gets lines.
  local bars=""
  [[ -t 2 && "${TERM:-dumb}" != dumb && -z "${CI:-}" ]] && bars="-Dpneuma.bars=true"

  # A user without an entry in the system's table has a home all the same.
  local user=()
  [[ "$separator" == ":" && "${HOME:-}" == /* ]] && user=("-Duser.home=$HOME")

  # A quarter of the memory for the heap; io.pneuma.platform.Memory gives the native side its part.
  exec "$java" -XX:MaxRAMPercentage=25 -Djdk.console=java.base -Dpneuma.home="$home" -Dpneuma.command="$0" $bars $short ${user[@]+"${user[@]}"} ${opens[@]+"${opens[@]}"} ${JAVA_OPTS:-} \
    -cp "$@"
}

if [[ -d "$home/runtime" ]]; then
  case "${1:-}" in
    test | format | bench | package | cluster) complain "./run.sh $1 needs the sources, which a package has not" ;;
  esac
fi
[[ -d "$home/runtime" ]] && start "$home/lib/pneuma.jar" io.pneuma.Main "$@" # Its manifest names the libraries.

profile=""
if [[ "${1:-}" == -P* ]]; then
  profile="$1"
  shift
fi

# Maven resets colours that it was told not to use.
maven() {
  mvn --quiet --batch-mode -Dstyle.color=never --file "$home/pom.xml" ${profile:+"$profile"} "$@" 2>&1 |
    sed $'s/\033\\[[0-9;]*m//g' >&2
}

need_maven() {
  command -v mvn >/dev/null || complain "there is no Maven (mvn); install it to build Pneuma"
  local version
  version="$("$java" -version 2>&1 | sed -n 's/.*version "\([0-9]*\).*/\1/p' | head -n 1)"
  [[ "${version:-0}" -ge 17 ]] || complain "$java is Java ${version:-of an unknown version}; Pneuma needs a JDK 17"
}

case "${1:-}" in
  test)
    shift
    need_maven
    # The tests are not quiet: what ran, what was skipped and why is their result.
    exec mvn --batch-mode --no-transfer-progress -Dstyle.color=never --file "$home/pom.xml" ${profile:+"$profile"} -Pchecks test "$@"
    ;;
  format) need_maven; maven -Pchecks spotless:apply; exit ;;
esac

# The benchmark is built apart, with the libraries that it measures against.
sources=("$home/src/main" "$home/pom.xml")
classes="$home/target/classes"
main=io.pneuma.Main
if [[ "${1:-}" == bench ]]; then
  shift
  profile="-Pbench"
  sources+=("$home/src/bench/java")
  classes="$home/target/bench/build/classes"
  main=io.pneuma.bench.Bench
fi

# Spark is built apart as well, for the calls that ask for it.
opens=()
for argument in "$@"; do
  case "$argument" in
    --spark | --spark=*) profile="-Pspark" ;;
    --) break ;;
  esac
done
[[ "${1:-}" == cluster ]] && profile="-Pspark"
if [[ "$profile" == -Pspark ]]; then
  sources+=("$home/src/spark/java" "$home/src/spark/resources")
  classes="$home/target/spark/build/classes"
  # What Spark reaches into on Java 17 (org.apache.spark.launcher.JavaModuleOptions).
  opens=("@$home/src/spark/java.options")
fi

# The class path is written last, so it is there and newer than the sources only after a whole build.
classpath="$home/target/classpath$profile"
stale() { [[ ! -f "$classpath" || ! -d "$classes" || -n "$(find "${sources[@]}" -newer "$classpath" -print -quit)" ]]; }
if stale; then
  need_maven
  mkdir -p "$home/target" 2>/dev/null && [[ -w "$home/target" ]] ||
    complain "$home/target: cannot be written, and Pneuma is not built yet; let its owner run ./run.sh --help once"
  if command -v flock >/dev/null; then # Of two first calls the second waits, and finds it built.
    exec 9>"$home/target/.building"
    flock 9
  fi
fi
if stale; then
  echo "Building Pneuma (the first build downloads its libraries) ..." >&2
  [[ "$profile" != -Pcuda ]] || echo "The CUDA backend adds 610 MB (Linux x86-64) to the download." >&2
  rm -f "$classpath"
  maven compile dependency:build-classpath -DincludeScope=runtime -Dmdep.outputFile="$classpath.new" ||
    complain "Pneuma could not be built; what Maven says stands above. Is the network there, and the disk not full?"
  mv "$classpath.new" "$classpath"
fi
exec 9>&-
if [[ "${1:-}" == package ]]; then
  need_maven
  source "$home/src/package/make.sh"
  exit
fi
if [[ "${1:-}" == cluster ]]; then
  shift
  source "$home/src/spark/cluster.sh"
  exit
fi
libraries="$(cat "$classpath")"
[[ "$profile" != -Pspark ]] || libraries+="${SPARK_DIST_CLASSPATH:+$separator$SPARK_DIST_CLASSPATH}" # Of file systems, say.
start "$classes$separator$libraries" "$main" "$@"
