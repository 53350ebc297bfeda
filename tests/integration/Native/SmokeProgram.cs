
namespace LlamaSpan.IntegrationTests;

/// <summary>The program of tests/aot, as the build left it: run by the .NET runtime.</summary>
internal static class SmokeProgram
{
    /// <summary>Its assembly.</summary>
    public static string Assembly { get; } = Path.Combine(
        AppContext.BaseDirectory.Replace(Repository.PathOf("tests/integration"), Repository.PathOf("tests/aot"), StringComparison.Ordinal),
        "LlamaSpan.AotSmoke.dll");

    public static ProgramResult Run(params string[] arguments) => Run([], arguments);

    public static ProgramResult Run(IEnumerable<(string Name, string Value)> environment, params string[] arguments) =>
        ProgramResult.Of("dotnet", environment, [Assembly, .. arguments]);
}
