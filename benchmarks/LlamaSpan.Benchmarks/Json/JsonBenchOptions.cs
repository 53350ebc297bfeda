using System.Globalization;

namespace LlamaSpan.Benchmarks.Json;

/// <summary>What the command line of <c>bench json</c> says.</summary>
internal sealed record JsonBenchOptions
{
    public const string Usage = """
        usage: ./build.sh bench json --data FILE.jsonl.gz [options]
        Runs maskbench's procedure: for each token of each instance compute the mask, test its bit, commit; each is timed.
          --data FILE    schemas and instances, one JSON object a line: name, schema, tests[{valid, data}]; plain or gzipped
          --vocab GGUF   vocabulary (default: native/llama.cpp/models/ggml-vocab-llama-bpe.gguf)
          --share X      draw this share of the schemas, 0 to 1 (default 1)
          --seed N       seed of that draw and of the halves of the warm pass (default 1)
          --only TEXT    only schemas whose name contains TEXT
          --verdicts     verdicts only: no warm pass and no check pass
          --refusals     list every refused schema, not only their number by keyword
          --slowest N    list the N slowest masks and compiles
          --results      file the tables under benchmarks/results
          --failures F   write every failing schema with its reason to the file F
        """;

    public required string Data { get; init; }
    public required string Vocabulary { get; init; }
    public double Share { get; init; } = 1;
    public int Seed { get; init; } = 1;
    public string? Only { get; init; }
    public bool VerdictsOnly { get; init; }
    public bool ListRefusals { get; init; }
    public int Slowest { get; init; }
    public bool KeepResults { get; init; }
    public string? FailuresFile { get; init; }

    /// <exception cref="ArgumentException">An option is unknown or lacks its value, or --data is missing.</exception>
    public static JsonBenchOptions Parse(ReadOnlySpan<string> args)
    {
        JsonBenchOptions options = new() { Data = "", Vocabulary = DefaultVocabulary() };
        for (int i = 0; i < args.Length; i++)
            options = args[i] switch
            {
                "--data" => options with { Data = Value(args, ref i) },
                "--vocab" => options with { Vocabulary = Value(args, ref i) },
                "--share" => options with { Share = double.Parse(Value(args, ref i), CultureInfo.InvariantCulture) },
                "--seed" => options with { Seed = int.Parse(Value(args, ref i), CultureInfo.InvariantCulture) },
                "--only" => options with { Only = Value(args, ref i) },
                "--verdicts" => options with { VerdictsOnly = true },
                "--refusals" => options with { ListRefusals = true },
                "--results" => options with { KeepResults = true },
                "--slowest" => options with { Slowest = int.Parse(Value(args, ref i), CultureInfo.InvariantCulture) },
                "--failures" => options with { FailuresFile = Value(args, ref i) },
                string other => throw new ArgumentException($"Unknown option {other}."),
            };
        return options.Data.Length > 0 ? options : throw new ArgumentException("--data FILE is missing.");
    }

    private static string Value(ReadOnlySpan<string> args, ref int i) =>
        ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} needs a value.");

    private static string DefaultVocabulary()
    {
        const string Inside = "native/llama.cpp/models/ggml-vocab-llama-bpe.gguf";
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, Inside)))
                return Path.Combine(folder.FullName, Inside);
        return Inside;
    }
}
