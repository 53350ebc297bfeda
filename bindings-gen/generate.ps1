# Runs the generator in every folder that has a generate.rsp. LLAMASPAN_BINDINGS_GENERATOR may name another build of
# ClangSharpPInvokeGenerator than the one of the tool manifest.
$ErrorActionPreference = 'Stop'
Set-Location $PSScriptRoot

function Stop-Generation([string] $Message) {
    [Console]::Error.WriteLine($Message)
    exit 1
}

if ($env:LLAMASPAN_BINDINGS_GENERATOR) {
    if (-not (Get-Command $env:LLAMASPAN_BINDINGS_GENERATOR -ErrorAction SilentlyContinue)) {
        Stop-Generation "LLAMASPAN_BINDINGS_GENERATOR names no program: $env:LLAMASPAN_BINDINGS_GENERATOR"
    }
    $generator = @($env:LLAMASPAN_BINDINGS_GENERATOR)
} else {
    $generator = @('dotnet', 'ClangSharpPInvokeGenerator')
    dotnet tool restore
    if ($LASTEXITCODE -ne 0) {
        Stop-Generation 'The bindings generator of .config/dotnet-tools.json cannot be restored (see above). Set LLAMASPAN_BINDINGS_GENERATOR to a ClangSharpPInvokeGenerator 22.1.8 of your own.'
    }
}

$program, $arguments = $generator
foreach ($options in Get-ChildItem -Path */generate.rsp) {
    Write-Output $options.Directory.Name
    Push-Location $options.Directory
    # its exit status is the number of warnings, 255 after an error
    & $program @arguments '@generate.rsp'
    $status = $LASTEXITCODE
    Pop-Location
    if ($status -ne 0) { Stop-Generation "bindings-gen/$($options.Directory.Name)/generate.rsp: the generator reported warnings or errors (see above)" }
}
Write-Output 'abi-probe'
dotnet run abi-declarations.cs -- ../native/abi-probe/declarations.inc
exit $LASTEXITCODE
