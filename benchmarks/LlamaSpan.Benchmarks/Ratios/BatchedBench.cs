using System.Globalization;
using System.Text.Json;

namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>A line of llama-batched-bench.</summary>
/// <param name="GenerateSpeed">Tokens a second while generating (S_TG).</param>
/// <param name="TotalTime">Seconds from the prompt's start to the end (T).</param>
internal readonly record struct BatchedBench(double GenerateSpeed, double TotalTime)
{
    /// <summary>Context that holds all requests, as llama.cpp rounds it for a stream each.</summary>
    public static int ContextSize(int prompt, int generate, int requests) => requests * ((prompt + generate + 255) / 256 * 256);

    /// <summary>Runs it once.</summary>
    public static BatchedBench Run(RatioModel model, int threads, int prompt, int generate, int requests, bool unified, bool shared = false)
    {
        List<string> arguments = ["-m", model.Path, "-t", Text(threads), "-tb", Text(threads), "-c", Text(ContextSize(prompt, generate, requests)), "-fa", "on",
            "-npp", Text(prompt), "-ntg", Text(generate), "-npl", Text(requests), "--output-format", "jsonl", .. unified ? ["-kvu"] : Array.Empty<string>()];
        if (shared)
            arguments.Add("-pps");
        string line = Peers.Run("llama-batched-bench", [.. arguments]).Split('\n').Single(line => line.StartsWith('{'));
        using JsonDocument document = JsonDocument.Parse(line);
        return new BatchedBench(document.RootElement.GetProperty("speed_tg").GetDouble(), document.RootElement.GetProperty("t").GetDouble());
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
