#!/usr/bin/env bash
# Runs the generator in every folder that has a generate.rsp. LLAMASPAN_BINDINGS_GENERATOR may name another build of
# ClangSharpPInvokeGenerator than the one of the tool manifest.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

if [ -n "${LLAMASPAN_BINDINGS_GENERATOR:-}" ]; then
    generator=("$LLAMASPAN_BINDINGS_GENERATOR")
    [ -x "$LLAMASPAN_BINDINGS_GENERATOR" ] ||
        { echo "LLAMASPAN_BINDINGS_GENERATOR names no program: $LLAMASPAN_BINDINGS_GENERATOR" >&2; exit 1; }
else
    generator=(dotnet ClangSharpPInvokeGenerator)
    dotnet tool restore ||
        { echo "The bindings generator of .config/dotnet-tools.json cannot be restored (see above). Set LLAMASPAN_BINDINGS_GENERATOR" \
               "to a ClangSharpPInvokeGenerator 22.1.8 of your own." >&2; exit 1; }
fi

for options in */generate.rsp; do
    echo "${options%/*}"
    # its exit status is the number of warnings, 255 after an error
    (cd "${options%/*}" && "${generator[@]}" @generate.rsp) ||
        { echo "bindings-gen/$options: the generator reported warnings or errors (see above)" >&2; exit 1; }
done
echo abi-probe
dotnet run abi-declarations.cs -- ../native/abi-probe/declarations.inc
