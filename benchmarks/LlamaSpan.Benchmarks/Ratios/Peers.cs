using System.Globalization;
using System.Text.Json;

namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>The native programs that <c>./build.sh peers</c> builds.</summary>
internal static class Peers
{
    /// <summary>The path of one.</summary>
    /// <exception cref="RatioSkippedException">It was not built.</exception>
    public static string PathOf(string program)
    {
        string path = Repository.PathOf($"artifacts/peers/{(OperatingSystem.IsWindows() ? "lib" : "bin")}/{program}{(OperatingSystem.IsWindows() ? ".exe" : "")}");
        return File.Exists(path) ? path : throw new RatioSkippedException($"{program} is not there: run ./build.sh peers");
    }

    /// <summary>Runs one to its end.</summary>
    /// <returns>What it printed.</returns>
    /// <exception cref="IOException">It failed.</exception>
    public static string Run(string program, params string[] arguments)
    {
        ProgramResult result = ProgramResult.Of(PathOf(program), arguments);
        return result.ExitCode == 0
            ? result.Output
            : throw new IOException($"{program} ended with exit code {result.ExitCode}: {result.Errors.Trim().Split('\n')[^1]}");
    }

    /// <summary>Tokens a second by llama-bench, the median of its repeats, with flash attention and F16 caches.</summary>
    /// <param name="model">The model.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="prompt">Tokens of the prompt to time, or 0.</param>
    /// <param name="generate">Tokens to generate, or 0.</param>
    /// <param name="depth">Tokens in the cache before.</param>
    /// <param name="repeats">How often.</param>
    public static double LlamaBench(RatioModel model, int threads, int prompt = 0, int generate = 0, int depth = 0, int repeats = 3)
    {
        string output = Run("llama-bench", "-m", model.Path, "-t", Text(threads), "-p", Text(prompt), "-n", Text(generate), "-d", Text(depth),
            "-r", Text(repeats), "-fa", "1", "-ctk", "f16", "-ctv", "f16", "-o", "json");
        using JsonDocument document = JsonDocument.Parse(output);
        double nanoseconds = Series.MedianOf(document.RootElement[0].GetProperty("samples_ns").EnumerateArray().Select(value => value.GetDouble()));
        return (prompt + generate) * 1e9 / nanoseconds;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
