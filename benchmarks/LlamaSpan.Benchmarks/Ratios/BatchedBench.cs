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

    private const int MostRuns = 5;

    /// <summary>Runs it once; again where its line is missing, which it may lose as it ends (common/log.cpp: its logger has a thread of its own).</summary>
    /// <exception cref="IOException">It failed, or never printed its line.</exception>
    public static BatchedBench Run(RatioModel model, int threads, int prompt, int generate, int requests, bool unified, bool shared = false)
    {
        List<string> arguments = ["-m", model.Path, "-t", Text(threads), "-tb", Text(threads), "-c", Text(ContextSize(prompt, generate, requests)), "-fa", "on",
            "-npp", Text(prompt), "-ntg", Text(generate), "-npl", Text(requests), "--output-format", "jsonl", .. unified ? ["-kvu"] : Array.Empty<string>()];
        if (shared)
            arguments.Add("-pps");
        string output = "";
        for (int run = 0; run < MostRuns; run++)
        {
            output = Peers.Run("llama-batched-bench", [.. arguments]);
            if (output.Split('\n').FirstOrDefault(line => line.StartsWith('{')) is not { } line)
                continue;
            using JsonDocument document = JsonDocument.Parse(line);
            return new BatchedBench(document.RootElement.GetProperty("speed_tg").GetDouble(), document.RootElement.GetProperty("t").GetDouble());
        }
        throw new IOException($"llama-batched-bench {string.Join(' ', arguments)} printed no line of JSON in {MostRuns} runs, the last time \"{output.Trim()}\".");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
