#!/usr/bin/env bash
# Builds what is missing and runs one verb of Pneuma; ./run.sh --help lists the verbs.
#   ./run.sh test       formatter, lint and all tests
#   ./run.sh format     lets the formatter mend the sources
#   ./run.sh bench      measures it against PyTorch and ONNX Runtime; --help tells how
#   ./run.sh -Pcuda ... the same program on the CUDA backend
# JAVA_OPTS is passed to the JVM, for instance JAVA_OPTS=-Xmx8g for a larger heap.
set -euo pipefail
home="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

profile=""
if [[ "${1:-}" == -P* ]]; then
  profile="$1"
  shift
fi

maven() { mvn --quiet --batch-mode -Dstyle.color=never --file "$home/pom.xml" ${profile:+"$profile"} "$@"; }

case "${1:-}" in
  test)
    shift
    # The tests are not quiet: what ran, what was skipped and why is their result.
    exec mvn --batch-mode --no-transfer-progress -Dstyle.color=never --file "$home/pom.xml" ${profile:+"$profile"} -Pchecks test "$@"
    ;;
  format) maven -Pchecks spotless:apply; exit ;;
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

# The class path is written last, so it is there and newer than the sources only after a whole build.
classpath="$home/target/classpath$profile"
if [[ ! -f "$classpath" || ! -d "$classes" || -n "$(find "${sources[@]}" -newer "$classpath" -print -quit)" ]]; then
  echo "Building Pneuma (the first build downloads its libraries) ..." >&2
  rm -f "$classpath"
  maven compile dependency:build-classpath -DincludeScope=runtime -Dmdep.outputFile="$classpath.new" >&2
  mv "$classpath.new" "$classpath"
fi

separator=":"
case "$(uname -s)" in MINGW* | MSYS* | CYGWIN*) separator=";" ;; esac

# Threads that wait for each other give way soon: spinning gains nothing on an idle machine and costs
# a factor of ten on a busy one (docs/decisions/onednn.md).
export GOMP_SPINCOUNT="${GOMP_SPINCOUNT:-10000}"

# A few images are answered before the optimising compiler pays, and it takes a core to itself meanwhile.
short=""
[[ "${1:-}" == predict ]] && short="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"

# A bar is for a terminal alone; a file, a pipe or a build server gets lines.
bars=""
[[ -t 2 && "${TERM:-dumb}" != dumb && -z "${CI:-}" ]] && bars="-Dpneuma.bars=true"

# A quarter of the memory for the heap; io.pneuma.platform.Memory gives the native side its part.
exec java -XX:MaxRAMPercentage=25 -Djdk.console=java.base -Dpneuma.home="$home" -Dpneuma.command="$0" $bars $short ${JAVA_OPTS:-} \
  -cp "$classes$separator$(cat "$classpath")" "$main" "$@"
