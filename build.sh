#!/usr/bin/env bash
# ./build.sh VERB [arguments]: everything one does with this repository. build.ps1 has the same verbs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

help() {
    cat <<'TEXT'
./build.sh VERB [arguments]       each verb does first whatever it needs

  native [-D...]      llama.cpp and our native parts, into artifacts/native; CMake options such as -DLLAMASPAN_CUDA=ON
                      are kept until clean
  bindings            generate src/LlamaSpan.Native/Generated from the headers
  build               native, and the solution
  run [arguments]     the sample: questions over a folder of documents (samples/RagOverFolder; --help shows its options)
  test [--long]       all tests; --long also the long suites, summed up in tests/long-summary.md
  soak [--minutes N] [--seed N]   random load on engines for a while, 10 minutes by default; ends with a summary
  bench [arguments]   benchmarks (arguments go to BenchmarkDotNet); `bench ratios`, `bench plots`: side by side with the peers
  peers               what the ratios compare with: llama.cpp's own tools and plain C programs, into artifacts/peers
  pack                NuGet packages, into artifacts/packages
  clean               delete what was built; the fetched llama.cpp stays
TEXT
}

# need TOOL WHAT-TO-INSTALL
need() {
    command -v "$1" >/dev/null || { echo "$1 is missing: install $2" >&2; exit 1; }
}

need_dotnet() {
    need dotnet "the .NET 10 SDK (https://dotnet.microsoft.com/download)"
    dotnet --version >/dev/null 2>&1 || { echo "dotnet is too old: install the .NET 10 SDK (https://dotnet.microsoft.com/download)" >&2; exit 1; }
}

need_compiler() {
    need git "git (https://git-scm.com/downloads)"
    need cmake "CMake 3.21 or newer (https://cmake.org/download)"
    command -v ninja >/dev/null || need make "make or ninja"
    [ -n "${CXX:-}" ] || command -v c++ >/dev/null || command -v g++ >/dev/null || command -v clang++ >/dev/null ||
        { echo "a C++ compiler is missing: install g++ or clang++" >&2; exit 1; }
}

cores() { nproc 2>/dev/null || sysctl -n hw.ncpu; }

# configure PRESET [-D...]: once, and again where options are given; what they set stays
configure() {
    local build="artifacts/build/$1"
    [ $# -gt 1 ] || [ ! -e "$build/configured" ] || return 0
    local generator=()
    if [ ! -e "$build/CMakeCache.txt" ] && [ -z "${CMAKE_GENERATOR:-}" ] && command -v ninja >/dev/null; then
        generator=(-G Ninja)
    fi
    cmake --preset "$@" ${generator[@]+"${generator[@]}"} --log-level=NOTICE -Wno-dev
    touch "$build/configured"
}

# build_target native|peers [PRESET]
build_target() {
    cmake --build "artifacts/build/${2:-local}" --config Release --target "$1" --parallel "$(cores)"
}

fetch_llama() {
    need_compiler
    cmake -P native/fetch-llama.cmake
}

build_native() {
    fetch_llama
    configure local "$@"
    build_target native
}

build_solution() {
    need_dotnet
    build_native
    dotnet build LlamaSpan.slnx -c Release --nologo -v quiet
}

generate_bindings() {
    need_dotnet
    fetch_llama
    bindings-gen/generate.sh "$@"
}

run_sample() {
    need_dotnet
    build_native
    exec dotnet run -c Release --project samples/RagOverFolder -- "$@"
}

run_tests() {
    need_dotnet
    build_native
    exec dotnet run tests/run.cs -- "$@"
}

run_soak() {
    need_dotnet
    while [ $# -gt 0 ]; do
        case "$1 ${2:-}" in
            "--minutes "?*) export LLAMASPAN_SOAK_MINUTES="$2" ;;
            "--seed "?*) export LLAMASPAN_SOAK_SEED="$2" ;;
            *) echo "usage: soak [--minutes N] [--seed N]" >&2; exit 2 ;;
        esac
        shift 2
    done
    build_native
    export MALLOC_ARENA_MAX=1       # glibc keeps memory of ended threads apart, which would look like a leak
    exec dotnet run -c Release --project tests/integration -- -explicit only -class '*.SoakTests' -noLogo
}

run_benchmarks() {
    need_dotnet
    if [ "${1:-}" = ratios ] || [ "${1:-}" = plots ]; then build_peers; else build_native; fi
    exec dotnet run -c Release --project benchmarks/LlamaSpan.Benchmarks -- "$@"
}

build_peers() {
    build_native
    build_target peers
}

# The packages' libraries serve any machine, so they are built apart: a CPU backend for each generation of processors.
pack() {
    need_dotnet
    fetch_llama
    configure package
    build_target native package
    rm -rf artifacts/packages
    dotnet pack LlamaSpan.slnx -c Release --nologo -v quiet -o artifacts/packages
    local runtime project
    runtime=$(dotnet msbuild src/LlamaSpan.Native -getProperty:NETCoreSdkPortableRuntimeIdentifier)
    project="src/runtimes/LlamaSpan.Runtime.$runtime.Cpu"
    if [ -d "$project" ]; then
        dotnet pack "$project" -c Release --nologo -v quiet -o artifacts/packages
    else
        echo "src/runtimes has no package project for $runtime: its libraries stay in artifacts/package" >&2
    fi
    ls artifacts/packages
}

clean() {
    need_dotnet
    [ ! -d artifacts ] || find artifacts -mindepth 1 -maxdepth 1 ! -name 'llama.cpp.*' -exec rm -rf {} +
    dotnet clean LlamaSpan.slnx --nologo -v quiet
}

main() {
    local verb="${1:-help}"
    shift || true
    case "$verb" in
        native) build_native "$@" ;;
        bindings) generate_bindings "$@" ;;
        build) build_solution ;;
        run) run_sample "$@" ;;
        test) run_tests "$@" ;;
        soak) run_soak "$@" ;;
        bench) run_benchmarks "$@" ;;
        peers) build_peers ;;
        pack) pack ;;
        clean) clean ;;
        help | -h | --help) help ;;
        *) echo "unknown verb: $verb" >&2; help >&2; exit 2 ;;
    esac
}

# On one line: bash reads a script while it runs, and this one may change meanwhile.
main "$@"; exit
