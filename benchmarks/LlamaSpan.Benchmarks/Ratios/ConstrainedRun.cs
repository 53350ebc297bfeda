using System.Diagnostics;

namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>
/// Greedy generation from one prompt with a vocabulary of 128,256 tokens, under a schema and free of it. The weights are random: under a schema
/// the best token is nearly always refused, which is the dearest case.
/// </summary>
internal sealed class ConstrainedRun : IDisposable
{
    /// <summary>What all texts begin with.</summary>
    public const string Prompt = "Answer with a JSON object that says what is known about the order, and nothing else:\n";

    /// <summary>Most tokens of a text.</summary>
    public const int Tokens = 24;

    private readonly LoadedModel _loaded;
    private readonly LlamaToken[] _prompt;

    public ConstrainedRun(int threads)
    {
        _loaded = new LoadedModel(Model, 256, threads);
        _prompt = _loaded.Model.Vocabulary.Tokenize(Prompt);
    }

    /// <summary>SmolLM2-135M's shape with Llama 3's vocabulary.</summary>
    public static RatioModel Model { get; } = RatioModel.Random135M();

    /// <summary>Tokens chosen, the end of generation counted, and the seconds from the schema's text to the last of them.</summary>
    public readonly record struct Measured(int Chosen, double Seconds)
    {
        public static Measured operator +(Measured a, Measured b) => new(a.Chosen + b.Chosen, a.Seconds + b.Seconds);

        public double PerSecond => Chosen / Seconds;
    }

    /// <summary>Under a schema, which is compiled for it.</summary>
    public Measured Under(byte[] schema, bool fastForward)
    {
        GenerationOptions options = new() { Sampling = SamplingOptions.Greedy, MaxTokens = Tokens, FastForward = fastForward };
        long start = Stopwatch.GetTimestamp();
        JsonConstraint constraint = JsonGrammar.FromSchema(schema, SchemaSet.Options).CreateConstraint(_loaded.Model.Vocabulary.Tokens);
        return Run(start, options, constraint);
    }

    /// <summary>Free, as many tokens.</summary>
    public Measured Free(int tokens) => Run(Stopwatch.GetTimestamp(), LoadedModel.Greedy(tokens), null);

    public void Dispose() => _loaded.Dispose();

    private Measured Run(long start, GenerationOptions options, JsonConstraint? constraint)
    {
        TextGenerator generator = _loaded.Generator;
        foreach (GeneratedPiece _ in generator.Generate(_prompt, options, constraint))
        {
        }
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new(generator.Usage.GeneratedTokens + (generator.FinishReason == FinishReason.EndOfGeneration ? 1 : 0), seconds);
    }
}
