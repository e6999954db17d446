# Pneuma in a container, from the package that ./run.sh package makes on Linux:
#   docker build -t pneuma -f Dockerfile target/package
#   docker run --rm -v "$PWD:/work" pneuma predict --run runs/NAME FOLDER --csv answers.csv
# The first verb that computes unpacks 0.5 GB of native libraries into the user's home, which takes some seconds.
FROM debian:bookworm-slim
# What Debian's Java takes from the system to draw pages and pictures. data audit and data clusters want
# libgtk2.0-0 besides, for OpenCV's video module.
RUN apt-get update \
 && apt-get install -y --no-install-recommends fontconfig fonts-dejavu-core libharfbuzz0b libjpeg62-turbo liblcms2-2 \
 && rm -rf /var/lib/apt/lists/*
ADD pneuma-*-linux-*.tar.gz /opt/
RUN ln -s /opt/pneuma-*/run.sh /usr/local/bin/pneuma && useradd --create-home pneuma
USER pneuma
WORKDIR /work
ENTRYPOINT ["pneuma"]
