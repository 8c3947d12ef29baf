#!/bin/sh
# The steps of the images, in a file of their own so that they also run, and are tested, without Docker.
#
#   build.sh environment PREFIX         Python's environment, as requirements-hub.lock has it
#   build.sh course PREFIX FOLDER       package, lessons, exercises, data; settings of a trainee's server
#   build.sh instructor PREFIX FOLDER   solutions, and settings of an instructor's server
set -eu
from=$(cd "$(dirname "$0")/../.." && pwd)
here=$from/deploy/kubernetes
step=$1 prefix=$2 folder=${3:-}

case $step in
environment)
    python3 -m venv "$prefix"
    "$prefix/bin/pip" install --no-input --disable-pip-version-check --progress-bar off \
        --require-hashes -r "$from/requirements-hub.lock"
    ;;
course)
    mkdir -p "$folder" "$prefix/etc/jupyter/labconfig"
    for part in csmodels_helpers datasets notebooks exercises pyproject.toml README.md LICENSE; do
        cp -R "$from/$part" "$folder/"
    done
    "$prefix/bin/pip" install --no-input --disable-pip-version-check \
        --no-deps --no-build-isolation --editable "$folder"
    cp "$from"/deploy/laptop/labconfig/*.json "$prefix/etc/jupyter/labconfig/"
    cp -R "$here/trainee/." "$prefix/etc/jupyter/"
    install -m 755 "$here/csmodels-server" "$prefix/bin/"
    "$prefix/bin/python" -m compileall -q "$folder/csmodels_helpers" # nobody else may write there
    ;;
instructor)
    cp -R "$from/solutions" "$folder/"
    rm "$prefix/etc/jupyter/nbgrader_config.py" # a trainee's
    cp -R "$here/instructor/etc/." "$prefix/etc/jupyter/"
    cp "$here/instructor/nbgrader_config.py" "$folder/"
    mkdir -p "$folder/grading" # a volume lies over it
    ;;
*)
    echo "build.sh: no step $step; see its first lines" >&2
    exit 2
    ;;
esac
