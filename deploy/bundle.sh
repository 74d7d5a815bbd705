# shellcheck shell=sh
# shellcheck disable=SC2154,SC2086  # its words are those of ./run
# shellcheck disable=SC2016,SC2094  # dpkg's own placeholders; the sums leave their own file out
# SPDX-License-Identifier: Apache-2.0
#
# Makes the archive for machines without network; read in by ./run bundle, whose words it uses.
# In it: this project's source and wheel, the wheels of all lock files for both machines, the Debian
# packages of both with all that they need on a bare system, their list, and the digests of all files.

machines='x86_64 aarch64'
bundle_pythons=${GOVBUS_BUNDLE_PYTHONS:-3.11} # Debian 12's; several may be named: "3.11 3.13"

make_bundle() { # [FILE] [--no-debs] [--with PART] …
    archive="" with_debs=yes parts=core
    while [ $# -gt 0 ]; do
        case $1 in
            --no-debs) with_debs= ;;
            --with)
                [ -n "$(packages_of "${2:-}")" ] || fail $EX_USAGE "Unknown part: ${2:-}" "未知部分：${2:-}"
                parts="$parts $2"
                shift
                ;;
            -*) fail $EX_USAGE "Unknown option: $1" "未知选项：$1" ;;
            *) archive=$1 ;;
        esac
        shift
    done
    (setup test) # it has parts of its own
    archive=${archive:-govbus-bundle.tar}
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    chmod 755 "$work"
    top=$work/govbus-bundle
    mkdir -p "$top/wheels"
    add_source
    add_wheels
    [ -z "$with_debs" ] || add_debs
    pack
}

# What is committed; without git, what the archive that this checkout came from held.
add_source() {
    mkdir "$top/govbus" "$work/build"
    if git -C "$project" rev-parse HEAD >/dev/null 2>&1; then
        git -C "$project" archive HEAD | tar -xf - -C "$top/govbus"
    else
        tar -C "$project" --exclude='./.venv*' --exclude='./.run-lock' --exclude='*.egg-info' --exclude=__pycache__ \
            --exclude='./build' --exclude='./dist' --exclude='./.*_cache' --exclude='*.tar' -cf - . | tar -xf - -C "$top/govbus"
    fi
    cp -r "$top/govbus/." "$work/build"
    "$venv/bin/python" -m pip --disable-pip-version-check -qq wheel --no-deps --no-build-isolation \
        -w "$top/wheels" "$work/build" >&2
}

add_wheels() {
    for lock in "$project"/requirements/*.lock; do
        for machine in $machines; do
            for version in $bundle_pythons; do
                say "Fetching wheels: $(basename "$lock"), $machine, Python $version" \
                    "下载 wheel：$(basename "$lock")，$machine，Python $version"
                fetch_wheels "$lock" "$machine" "$version"
            done
        done
    done
}

fetch_wheels() { # LOCK MACHINE VERSION
    platforms="--platform manylinux2014_$2"
    for glibc in 17 24 26 27 28 31 34; do # Debian 12 has 2.36
        platforms="$platforms --platform manylinux_2_${glibc}_$2"
    done
    # shellcheck disable=SC2086
    "$venv/bin/python" -m pip --disable-pip-version-check -qq download --dest "$top/wheels" --require-hashes \
        --no-deps --only-binary :all: $platforms --python-version "$3" --implementation cp \
        --abi "cp$(echo "$3" | tr -d .)" --abi abi3 --abi none -r "$1" >&2
}

add_debs() {
    packages=$(for part in $parts; do packages_of "$part"; done)
    if ! command -v apt-get >/dev/null 2>&1; then
        say "No apt-get here: the archive names the Debian packages and holds none" \
            "本机没有 apt-get：归档文件只列出 Debian 软件包名称，不含软件包"
        echo "$packages" >"$top/packages.txt"
        return
    fi
    for architecture in amd64 arm64; do
        say "Fetching Debian packages: $architecture" "下载 Debian 软件包：$architecture"
        fetch_debs "$architecture" "$packages"
    done
}

# As if on an empty system, so that whatever a bare one lacks is in the archive; the state of this machine
# is neither asked nor changed.
fetch_debs() { # ARCHITECTURE PACKAGES
    state=$work/apt-$1
    folder=$top/debs/$1
    mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$folder"
    : >"$state/status"
    elsewhere="-o APT::Architecture=$1 -o APT::Architectures=$1 -o Dir::State=$state -o Dir::Cache=$state/cache"
    elsewhere="$elsewhere -o Dir::State::status=$state/status -o APT::Sandbox::User="
    # shellcheck disable=SC2086
    {
        apt-get -qq $elsewhere update
        apt-get -qq $elsewhere install -y --no-install-recommends --download-only $2
    } </dev/null >&2
    for deb in "$state"/cache/archives/*.deb; do
        name=$(dpkg-deb -f "$deb" Package)_$(dpkg-deb -f "$deb" Version | tr : -)_$(dpkg-deb -f "$deb" Architecture).deb
        mv "$deb" "$folder/$name" # without the epoch's colon, which apt reads in its own way
        dpkg-deb --show --showformat '${Package} ${Version} ${Architecture}\n' "$folder/$name" >>"$top/packages.txt"
        describe_deb "$folder/$name" >>"$folder/Packages"
    done
}

describe_deb() { # FILE: its entry in the list from which apt installs
    dpkg-deb -f "$1"
    echo "Filename: ./$(basename "$1")"
    echo "Size: $(wc -c <"$1")"
    echo "SHA256: $(sha256sum "$1" | cut -d' ' -f1)"
    echo
}

pack() {
    (cd "$top" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum >SHA256SUMS)
    tar -C "$work" --sort=name --owner=0 --group=0 --numeric-owner -cf "$archive.new" govbus-bundle
    mv "$archive.new" "$archive"
    say "Made $archive, $(du -h "$archive" | cut -f1). On the other machine:

    tar -xf $(basename "$archive") govbus-bundle/govbus && cd govbus-bundle/govbus
    ./run setup --offline ../../$(basename "$archive")

Compare its digest there by another way: $(sha256sum "$archive" | cut -d' ' -f1)" \
        "已生成 $archive，$(du -h "$archive" | cut -f1)。在目标机器上执行：

    tar -xf $(basename "$archive") govbus-bundle/govbus && cd govbus-bundle/govbus
    ./run setup --offline ../../$(basename "$archive")

请通过其他途径核对其摘要：$(sha256sum "$archive" | cut -d' ' -f1)"
}
