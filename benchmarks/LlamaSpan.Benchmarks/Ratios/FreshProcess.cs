using System.Globalization;

namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>What runs in a process of its own: an engine that was just started answers one RAG prompt.</summary>
internal static class FreshProcess
{
    /// <summary>The command that starts it.</summary>
    public const string Verb = "fresh-process";

    /// <summary>Has a new process ask, and gives the seconds to the first token that it needed.</summary>
    /// <param name="file">The model.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="length">Tokens of the documents.</param>
    /// <param name="folder">Where an earlier process left them; null for none.</param>
    public static double FirstToken(RatioModel file, int threads, int length, string? folder)
    {
        ProgramResult result = ProgramResult.Of(TimeSpan.FromMinutes(3), Environment.ProcessPath!, [], [],
            [.. Self.Arguments, Verb, file.Path, threads.ToString(CultureInfo.InvariantCulture), length.ToString(CultureInfo.InvariantCulture), folder ?? ""]);
        if (result.ExitCode != 0)
            throw new InvalidOperationException($"The new process ended with exit code {result.ExitCode}: {result.Errors}");
        string[] numbers = result.Output.Split(' ');
        int cached = int.Parse(numbers[1], CultureInfo.InvariantCulture), expected = folder is null ? 0 : length;
        return cached == expected
            ? double.Parse(numbers[0], CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"{cached} tokens came from the cache, not {expected}.");
    }

    /// <summary>Computes the documents and leaves them in a folder.</summary>
    public static void Fill(RatioModel file, int threads, int length, string folder)
    {
        using LoadedModel loaded = new(file, 256, threads);
        LlamaEngine engine = Start(loaded, threads, length, folder);
        engine.WarmAsync(loaded.Text(length)).GetAwaiter().GetResult();
        engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    public static int Run(string model, int threads, int length, string folder)
    {
        using LoadedModel loaded = new(RatioModel.OfFile(model), 256, threads);
        LlamaEngine engine = Start(loaded, threads, length, folder.Length > 0 ? folder : null);
        LlamaToken[] documents = loaded.Text(length), question = loaded.Text(RagPrompts.Question, from: length + 1);
        double seconds = EngineTimes.FirstToken(engine, [.. documents, .. question], new RequestOptions { KeepInCache = false }, out RequestUsage usage);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds} {usage.CachedTokens}"));
        engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
        return 0;
    }

    private static LlamaEngine Start(LoadedModel loaded, int threads, int length, string? folder) => LlamaEngine.Start(loaded.Model, new EngineOptions
    {
        Context = LoadedModel.Options((length + RagPrompts.Question + 511) / 256 * 256, threads),
        MaxSequences = 1,
        CachedSequences = 2,
        CacheFolder = folder,
    });
}
