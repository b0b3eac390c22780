#!/usr/bin/env bash
# Installs the system packages that Swerve is built and run with (Debian 12 or Ubuntu).
# Usage: deploy/install-packages.sh build | run | check | python | roots | browser | train
set -euo pipefail

case "${1:-build}" in
build)
    packages=(
        librdkafka-dev libsqlite3-dev libssl-dev libcurl4-openssl-dev zlib1g-dev libsimdjson-dev
        pkg-config make
    )
    ;;
# OpenSSL 3 comes with librdkafka.
run) packages=(librdkafka1 libsqlite3-0 libcurl4 zlib1g libsimdjson14) ;;
# For Tests/Deploy: what runs a service under Prometheus, checks units, and what the pages call.
check) packages=(kcat strace systemd python3-venv curl jq openssl liblinear-tools libsvm-tools) ;;
# For packages that are tried out in a Debian root of their own.
roots) packages=(mmdebstrap lintian dpkg-dev binutils python3 kcat) ;;
# For Tests/API.
python) packages=(python3-venv) ;;
train) packages=(liblinear-tools libsvm-tools) ;;
browser) packages=(chromium chromium-driver python3-venv fonts-dejavu-core) ;;
*)
    echo "usage: $0 build | run | check | python | roots | browser | train" >&2
    exit 64
    ;;
esac

missing=()
for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
        missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || {
        echo "$0: installing ${missing[*]} needs root; run it as root" >&2
        exit 1
    }
    as_root=(sudo)
fi
echo "installing ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends \
    "${missing[@]}" >/dev/null
