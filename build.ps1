#!/usr/bin/env pwsh
# ./build.ps1 VERB [arguments]: everything one does with this repository. build.sh has the same verbs.
$ErrorActionPreference = 'Stop'
Set-Location $PSScriptRoot
# $args rather than parameters: PowerShell would take --long and -DNAME=VALUE for its own.
$verb = $args | Select-Object -First 1
$rest = @($args | Select-Object -Skip 1)
$onWindows = $PSVersionTable.PSVersion.Major -lt 6 -or $IsWindows

function Show-Help {
    @'
./build.ps1 VERB [arguments]      each verb does first whatever it needs

  native [-D...]      llama.cpp and our native parts, into artifacts/native; CMake options such as '-DLLAMASPAN_CUDA=ON'
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
'@
}

function Stop-Build([string] $Message) {
    [Console]::Error.WriteLine($Message)
    exit 1
}

function Find-Tool([string] $Name) { $null -ne (Get-Command $Name -CommandType Application -ErrorAction SilentlyContinue) }

function Assert-Tool([string] $Name, [string] $WhatToInstall) {
    if (-not (Find-Tool $Name)) { Stop-Build "$Name is missing: install $WhatToInstall" }
}

# Runs a program; its failure is the script's.
function Invoke-Tool([string] $Name, [string[]] $Arguments) {
    & $Name @Arguments
    if ($LASTEXITCODE -ne 0) { exit $LASTEXITCODE }
}

function Assert-Dotnet {
    Assert-Tool dotnet 'the .NET 10 SDK (https://dotnet.microsoft.com/download)'
    & dotnet --version *> $null
    if ($LASTEXITCODE -ne 0) { Stop-Build 'dotnet is too old: install the .NET 10 SDK (https://dotnet.microsoft.com/download)' }
}

function Assert-Compiler {
    Assert-Tool git 'git (https://git-scm.com/downloads)'
    Assert-Tool cmake 'CMake 3.21 or newer (https://cmake.org/download)'
    # On Windows CMake finds Visual Studio by itself.
    if (-not $onWindows -and -not $env:CXX -and -not (Find-Tool c++) -and -not (Find-Tool g++) -and -not (Find-Tool clang++)) {
        Stop-Build 'a C++ compiler is missing: install g++ or clang++'
    }
}

# Once, and again where options are given; what they set stays.
function Set-Configuration([string[]] $Arguments) {
    $build = "artifacts/build/$($Arguments[0])"
    if ($Arguments.Count -eq 1 -and (Test-Path "$build/configured")) { return }
    $generator = @()
    if (-not (Test-Path "$build/CMakeCache.txt") -and -not $env:CMAKE_GENERATOR -and -not $onWindows -and (Find-Tool ninja)) {
        $generator = @('-G', 'Ninja')
    }
    Invoke-Tool cmake (@('--preset') + $Arguments + $generator + @('--log-level=NOTICE', '-Wno-dev'))
    [IO.File]::WriteAllText("$PSScriptRoot/$build/configured", '')
}

function Build-Target([string] $Target, [string] $Preset = 'local') {
    Invoke-Tool cmake @('--build', "artifacts/build/$Preset", '--config', 'Release', '--target', $Target,
        '--parallel', [Environment]::ProcessorCount)
}

function Get-Llama {
    Assert-Compiler
    Invoke-Tool cmake @('-P', 'native/fetch-llama.cmake')
}

function Build-Native([string[]] $Options = @()) {
    Get-Llama
    Set-Configuration (@('local') + $Options)
    Build-Target native
}

function Build-Solution {
    Assert-Dotnet
    Build-Native
    Invoke-Tool dotnet @('build', 'LlamaSpan.slnx', '-c', 'Release', '--nologo', '-v', 'quiet')
}

function New-Bindings {
    Assert-Dotnet
    Get-Llama
    & bindings-gen/generate.ps1 @args
    exit $LASTEXITCODE
}

function Start-Sample([string[]] $Arguments = @()) {
    Assert-Dotnet
    Build-Native
    Invoke-Tool dotnet (@('run', '-c', 'Release', '--project', 'samples/RagOverFolder', '--') + $Arguments)
}

function Start-Tests([string[]] $Arguments = @()) {
    Assert-Dotnet
    Build-Native
    Invoke-Tool dotnet (@('run', 'tests/run.cs', '--') + $Arguments)
}

function Start-Soak([string[]] $Arguments = @()) {
    Assert-Dotnet
    for ($i = 0; $i -lt $Arguments.Count; $i += 2) {
        if ($i + 1 -lt $Arguments.Count -and $Arguments[$i] -eq '--minutes') { $env:LLAMASPAN_SOAK_MINUTES = $Arguments[$i + 1] }
        elseif ($i + 1 -lt $Arguments.Count -and $Arguments[$i] -eq '--seed') { $env:LLAMASPAN_SOAK_SEED = $Arguments[$i + 1] }
        else {
            [Console]::Error.WriteLine('usage: soak [--minutes N] [--seed N]')
            exit 2
        }
    }
    Build-Native
    Invoke-Tool dotnet @('run', '-c', 'Release', '--project', 'tests/integration', '--', '-explicit', 'only', '-class', '*.SoakTests', '-noLogo')
}

function Start-Benchmarks([string[]] $Arguments = @()) {
    Assert-Dotnet
    if ($Arguments -and $Arguments[0] -in 'ratios', 'plots') { Build-Peers } else { Build-Native }
    Invoke-Tool dotnet (@('run', '-c', 'Release', '--project', 'benchmarks/LlamaSpan.Benchmarks', '--') + $Arguments)
}

function Build-Peers {
    Build-Native
    Build-Target peers
}

# The packages' libraries serve any machine, so they are built apart: a CPU backend for each generation of processors.
function New-Packages {
    Assert-Dotnet
    Get-Llama
    Set-Configuration @('package')
    Build-Target native package
    if (Test-Path artifacts/packages) { Remove-Item artifacts/packages -Recurse -Force }
    $options = @('-c', 'Release', '--nologo', '-v', 'quiet', '-o', 'artifacts/packages')
    Invoke-Tool dotnet (@('pack', 'LlamaSpan.slnx') + $options)
    $runtime = dotnet msbuild src/LlamaSpan.Native -getProperty:NETCoreSdkPortableRuntimeIdentifier
    $project = "src/runtimes/LlamaSpan.Runtime.$runtime.Cpu"
    if (Test-Path $project) { Invoke-Tool dotnet (@('pack', $project) + $options) }
    else { [Console]::Error.WriteLine("src/runtimes has no package project for ${runtime}: its libraries stay in artifacts/package") }
    (Get-ChildItem artifacts/packages).Name
}

function Remove-Built {
    Assert-Dotnet
    Get-ChildItem artifacts -Directory -ErrorAction SilentlyContinue | Where-Object Name -notlike 'llama.cpp.*' |
        Remove-Item -Recurse -Force
    Invoke-Tool dotnet @('clean', 'LlamaSpan.slnx', '--nologo', '-v', 'quiet')
}

switch ($verb) {
    'native' { Build-Native $rest }
    'bindings' { New-Bindings @rest }
    'build' { Build-Solution }
    'run' { Start-Sample $rest }
    'test' { Start-Tests $rest }
    'soak' { Start-Soak $rest }
    'bench' { Start-Benchmarks $rest }
    'peers' { Build-Peers }
    'pack' { New-Packages }
    'clean' { Remove-Built }
    { $_ -in $null, '', 'help', '-h', '--help' } { Show-Help }
    default {
        [Console]::Error.WriteLine("unknown verb: $verb")
        Show-Help
        exit 2
    }
}
