# Sourced by run.sh: makes target/package/pneuma-VERSION-SYSTEM, which runs without Maven or a JDK, and
# its archive. docs/decisions/package.md says what is in it and why.
[[ $# == 1 ]] || complain "usage: ./run.sh [-Pcuda] package"

jdk="$("$java" -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.home = //p')"
[[ -x "$jdk/bin/jlink" && -x "$jdk/bin/jdeps" ]] ||
  complain "$jdk has no jlink or no jdeps, which choose what the package needs of Java; install a whole JDK 17 (on Debian openjdk-17-jdk-headless) and set JAVA_HOME to it"

packages="$home/target/package"
folder="$packages/pneuma"
rm -rf "$packages"
mkdir -p "$folder/data"

echo "Collecting the libraries ..." >&2
maven jar:jar dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$folder/lib" ||
  complain "the libraries could not be collected; what Maven says stands above"
mv "$home/target/pneuma.jar" "$folder/lib/"

# jdk.jshell, which the walk-throughs alone need, is 14 MB; what TLS needs is found at run time only.
echo "Making its Java ..." >&2
modules="$("$jdk/bin/jdeps" -q --multi-release 17 --ignore-missing-deps --print-module-deps \
  --class-path "$(cat "$classpath")" "$classes")" || complain "jdeps failed: $modules"
"$jdk/bin/jlink" --add-modules "${modules/,jdk.jshell/},jdk.crypto.ec" --compress=2 \
  --strip-java-debug-attributes --no-header-files --no-man-pages --output "$folder/runtime" >&2 ||
  complain "jlink could not make the package's Java from $jdk; a JDK with its folder jmods is needed (on Debian openjdk-17-jdk-headless)"

cp -R "$home/run.sh" "$home/README.md" "$home/CHANGELOG.md" "$home/LICENSE" "$home/conf" "$home/docs" "$folder/"
cp "$home/data/README.md" "$folder/data/"
"$home/run.sh" --version | sed -n 's/^commit //p' >"$folder/commit"

# Named after the machines that its native libraries are for.
system="$(basename "$folder"/lib/javacpp-*-*.jar .jar)"
version="$("$folder/run.sh" --version | sed -n '1s/^Pneuma \([^ ]*\).*/\1/p')"
name="pneuma-$version-${system#javacpp-*-}${profile/#-P/-}"
mv "$folder" "$packages/$name"
cd "$packages"
if [[ "$separator" == ";" ]]; then
  archive="$name.zip"
  "$jdk/bin/jar" --create --no-manifest --file "$archive" "$name"
else
  archive="$name.tar.gz"
  owner=()
  [[ "$(tar --version)" == *GNU* ]] && owner=(--sort=name --owner=0 --group=0 --numeric-owner)
  tar -cz ${owner[@]+"${owner[@]}"} -f "$archive" "$name"
fi
echo "$packages/$name"
echo "$packages/$archive"
