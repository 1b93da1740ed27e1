#!/bin/sh
# Installs openai-balance: finds the build for this machine, checks its SHA-256, and puts it in its place in one step.
# curl -fsSL https://github.com/openai-balance/openai-balance/releases/latest/download/install.sh | sh
# All of it is one group, which a shell reads to its end before it runs any of it: a script that was cut off does nothing.
{
set -u

NAME=openai-balance
RELEASES=https://github.com/openai-balance/openai-balance/releases

usage() {
  cat <<'END'
Installs openai-balance.

  sh install.sh [--version VERSION] [--dir FOLDER] [--uninstall]

  --version VERSION   this version, such as 1.2.3; the latest one by default
  --dir FOLDER        where to; /usr/local/bin for root, ~/.local/bin for others by default
  --uninstall         removes the program and its manual page; configuration and data stay
  --help              shows this

The variable OPENAI_BALANCE_RELEASES names another place of releases: its files are at
latest/download/ and download/vVERSION/ there.
END
}

say() {
  printf '%s\n' "$*" >&2
}

fail() {
  say "Cannot $action $NAME: $1"
  shift
  for line in "$@"; do [ -z "$line" ] || say "  $line"; done
  exit 1
}

has() {
  command -v "$1" >/dev/null 2>&1
}

main() {
  version=
  folder=
  action=install
  while [ $# -gt 0 ]; do
    case $1 in
      --version=* | --dir=*) take "${1%%=*}" "${1#*=}" ;;
      --version | --dir)
        take "$1" "${2-}"
        shift
        ;;
      --uninstall) action=uninstall ;;
      -h | --help)
        usage
        exit 0
        ;;
      *) fail "there is no option $1" "sh install.sh --help shows what there is" ;;
    esac
    shift
  done
  releases=${OPENAI_BALANCE_RELEASES:-$RELEASES}
  releases=${releases%/}
  [ -n "$folder" ] || folder=$(default_folder) || exit 1
  $action
}

# take OPTION VALUE
take() {
  [ -n "$2" ] || fail "$1 needs a value" "sh install.sh --help shows what there is"
  case $1 in
    --version)
      version=${2#v}
      case $version in
        "" | [!0-9]* | *[!0-9A-Za-z.+-]*)
          fail "\"$2\" is no version" "a version is such as 1.2.3; without one it is the latest"
          ;;
      esac
      ;;
    --dir)
      case $2 in
        /*) folder=$2 ;;
        # A shell leaves the tilde of --dir=~/bin as it is.
        [~]/*) folder=${HOME:-}/${2#??} ;;
        *) folder=$PWD/$2 ;;
      esac
      folder=${folder%/}
      ;;
  esac
}

default_folder() {
  if [ "$(id -u)" = 0 ]; then
    echo /usr/local/bin
  elif [ -n "${HOME:-}" ]; then
    echo "$HOME/.local/bin"
  else
    fail "HOME is not set, so that there is no folder to install to" "name one with --dir"
  fi
}

uninstall() {
  file=$folder/$NAME
  if [ ! -e "$file" ] && [ ! -L "$file" ]; then
    fail "$file does not exist" "name the folder that it was installed to with --dir"
  fi
  rm -f "$file" 2>/dev/null || fail "$file cannot be removed" "run it as the user that the folder belongs to"
  pages=$(man_folder)
  [ -z "$pages" ] || rm -f "$pages/$NAME.1" 2>/dev/null
  say "Removed $file. Configuration and data stay; $NAME status and config path said where they are."
}

install() {
  target=$(target_of) || exit 1
  has tar || fail "there is no tar to unpack the download with" "install it first"
  asset=$NAME-$target.tar.gz
  if [ -n "$version" ]; then base=$releases/download/v$version; else base=$releases/latest/download; fi
  # Others must be able to run what root installs.
  umask 022
  prepare_folder
  work=$(mktemp -d "$folder/.$NAME.XXXXXX" 2>/dev/null) || no_permission
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM HUP PIPE
  say "Downloading $base/$asset"
  fetch "$base/SHA256SUMS" "$work/SHA256SUMS"
  fetch "$base/$asset" "$work/$asset"
  check_sum "$work" "$asset"
  fault=$(tar -xzf "$work/$asset" -C "$work" 2>&1) ||
    fail "$asset cannot be unpacked" "$(first_line "$fault")" "is there enough room in $folder? df -h $folder shows it"
  chmod 755 "$work/$NAME"
  installed=$("$work/$NAME" version 2>&1) ||
    fail "the build for $target does not run on this machine" "$(first_line "$installed")" "$(needs_of "$target")"
  mv -f "$work/$NAME" "$folder/$NAME" || no_permission
  say "Installed $installed as $folder/$NAME"
  install_page
  path_hint
}

# The page is no reason to fail: the program is there.
install_page() {
  pages=$(man_folder)
  if [ -z "$pages" ] || [ ! -f "$work/$NAME.1" ]; then return; fi
  chmod 644 "$work/$NAME.1"
  { mkdir -p "$pages" && mv -f "$work/$NAME.1" "$pages/$NAME.1"; } 2>/dev/null ||
    say "The manual page is left out: $pages cannot be written to"
}

# Where man looks for the pages of the programs in a folder; nothing for a folder that it does not look beside.
man_folder() {
  case $folder in
    */bin) echo "${folder%/bin}/share/man/man1" ;;
  esac
}

needs_of() {
  case $1 in
    *-musl) echo "it needs libstdc++, which Alpine has by: apk add libstdc++" ;;
    linux-*) echo "it needs glibc 2.17 or newer, and a folder that programs may run in" ;;
    *) echo "the system or the processor may be too old" ;;
  esac
}

prepare_folder() {
  if [ -e "$folder" ] && [ ! -d "$folder" ]; then fail "$folder is no folder" "name another one with --dir"; fi
  [ -d "$folder" ] || mkdir -p "$folder" 2>/dev/null || no_permission
  [ -d "$folder/$NAME" ] && fail "$folder/$NAME is a folder" "name another one with --dir"
  return 0
}

no_permission() {
  fail "$folder cannot be written to" "name a folder of your own with --dir, or run it as root"
}

# linux-x64, linux-x64-baseline, linux-arm64, linux-x64-musl, linux-arm64-musl, darwin-x64, darwin-arm64
target_of() {
  system=$(uname -s)
  machine=$(uname -m)
  case $machine in
    x86_64 | amd64) machine=x64 ;;
    arm64 | aarch64) machine=arm64 ;;
    *) unsupported "$system" "$machine" ;;
  esac
  # A system of 32 bits may run on a kernel of 64.
  if [ "$(getconf LONG_BIT 2>/dev/null)" = 32 ]; then unsupported "$system" "$machine with programs of 32 bits"; fi
  case $system in
    Linux)
      if is_musl; then
        echo "linux-$machine-musl"
      elif [ "$machine" = x64 ] && ! has_avx2; then
        echo linux-x64-baseline
      else
        echo "linux-$machine"
      fi
      ;;
    Darwin)
      # A shell that Rosetta translates says x86_64 on an Apple chip.
      if [ "$(sysctl -n sysctl.proc_translated 2>/dev/null)" = 1 ]; then machine=arm64; fi
      echo "darwin-$machine"
      ;;
    *) unsupported "$system" "$machine" ;;
  esac
}

unsupported() {
  fail "there is no build for $1 on $2" "there are builds for Linux and macOS on x64 and arm64; for Windows see the README"
}

is_musl() {
  for loader in "${OPENAI_BALANCE_ROOT:-}"/lib/ld-musl-*.so.1; do
    [ -e "$loader" ] || continue
    # A machine with glibc may have musl besides.
    ldd --version 2>&1 | grep -qi 'glibc\|gnu libc' || return 0
  done
  return 1
}

has_avx2() {
  grep -qw avx2 "${OPENAI_BALANCE_ROOT:-}/proc/cpuinfo" 2>/dev/null
}

# fetch URL FILE: no redirect leads from https to anything else, and half a minute of silence ends it.
fetch() {
  protocols=all
  case $1 in https://*) protocols=https ;; esac
  if has curl; then
    fault=$(curl -fsSL --proto "=$protocols" --retry 2 --connect-timeout 15 --speed-limit 1 --speed-time 30 \
      -o "$2" "$1" 2>&1) && return 0
  elif has wget; then
    case $(wget --version 2>&1) in
      GNU*) limits='-t 3 -T 30' ;;
      # That of busybox 1.35 crashes by -T.
      *) limits= ;;
    esac
    # With -q it would not say what is wrong.
    # shellcheck disable=SC2086 # The limits are several words, or none.
    fault=$(wget $limits -O "$2" "$1" 2>&1) && return 0
  else
    fail "there is neither curl nor wget" "install one of them first"
  fi
  fail "$1 cannot be downloaded" "$(last_line "$fault")" \
    "is the version right, can this machine reach it, and is there room in $folder?"
}

first_line() {
  printf '%s\n' "$1" | awk 'NF { print; exit }'
}

last_line() {
  printf '%s\n' "$1" | awk 'NF { line = $0 } END { print line }'
}

# check_sum FOLDER ASSET
check_sum() {
  expected=$(awk -v name="$2" '{ sub(/\r$/, "") } $2 == name || $2 == "*" name { print $1; exit }' "$1/SHA256SUMS")
  [ -n "$expected" ] || fail "SHA256SUMS does not name $2" "this release may have no build for this machine" \
    "$releases may be another kind of place"
  if has sha256sum; then
    actual=$(sha256sum <"$1/$2" | awk '{ print $1 }')
  elif has shasum; then
    actual=$(shasum -a 256 <"$1/$2" | awk '{ print $1 }')
  elif has openssl; then
    actual=$(openssl dgst -sha256 <"$1/$2" | awk '{ print $NF }')
  else
    fail "there is none of sha256sum, shasum and openssl to check the download with" "install one of them first"
  fi
  [ "$actual" = "$expected" ] ||
    fail "the SHA-256 of $2 is wrong: the download was cut off or changed" "expected $expected" "got      $actual" \
      "nothing was installed; try again"
}

path_hint() {
  case :$PATH: in
    *:"$folder":*)
      found=$(command -v "$NAME")
      [ "$found" = "$folder/$NAME" ] || say "Another one comes before it in PATH: $found"
      say "Next: $NAME init"
      ;;
    *)
      say "$folder is not in PATH. To use $NAME in every new shell:"
      say "  $(path_command)"
      ;;
  esac
}

# For the shell that the user has, each of which reads another file.
path_command() {
  case ${SHELL:-} in
    */fish) echo "fish_add_path '$folder'" && return ;;
    */zsh) file=.zshrc ;;
    */bash) if [ "$(uname -s)" = Darwin ]; then file=.bash_profile; else file=.bashrc; fi ;;
    *) file=.profile ;;
  esac
  echo "echo 'export PATH=\"$folder:\$PATH\"' >> ~/$file"
}

main "$@"
}
