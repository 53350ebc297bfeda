using System.Globalization;

namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>What the command line of <c>bench ratios</c> says.</summary>
internal sealed record RatioOptions
{
    public const string Usage = """
        usage: ./build.sh bench ratios [options]
        Measures LlamaSpan side by side with the native programs of ./build.sh peers and adds to benchmarks/results/<machine>/ratios.md.
          --only NAME    only what has exactly this name; where nothing has, all whose names begin with it and a dot (again for more)
          --model PATH   a model in place of the one of 135 million parameters (default: LLAMASPAN_MODEL, else random weights)
          --threads N    default: the physical cores
          --quick        few repeats: at most 10 minutes in all
          --dry-run      print only, write no results
        """;

    /// <summary>What all ratios together may take with --quick, less what the last one may be over.</summary>
    public static readonly TimeSpan QuickBudget = TimeSpan.FromMinutes(9);

    private readonly List<string> _only = [];

    public bool Quick { get; private init; }

    public bool DryRun { get; private init; }

    public int Threads { get; private init; } = DefaultThreads();

    /// <summary>The small model, where overhead shows.</summary>
    public RatioModel Pocket { get; } = RatioModel.Pocket();

    /// <summary>The larger one; made at its first use where there is none.</summary>
    public RatioModel Larger { get => field ??= RatioModel.Default(); private init; }

    /// <summary>Both.</summary>
    public IEnumerable<RatioModel> Models => [Pocket, Larger];

    /// <summary>One that is larger than caches; of random weights, made where it is first measured.</summary>
    public RatioModel Billion { get; } = RatioModel.Billion();

    /// <summary>The models that the engine and its cache are measured with.</summary>
    public IEnumerable<RatioModel> ModelsOfEngine => Quick ? Models : [.. Models, Billion];

    /// <summary>How many rounds a ratio takes at least and at most, and how long.</summary>
    public (int Least, int Most, TimeSpan Time) Limits => Quick ? (6, 20, TimeSpan.FromSeconds(15)) : (9, 60, TimeSpan.FromSeconds(75));

    /// <exception cref="ArgumentException">An option is unknown or lacks its value.</exception>
    /// <exception cref="FormatException">A number is none.</exception>
    public static RatioOptions Parse(ReadOnlySpan<string> args)
    {
        RatioOptions options = new();
        for (int i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--only": options._only.Add(Value(args, ref i)); break;
                case "--model": options = options with { Larger = RatioModel.OfFile(Value(args, ref i)) }; break;
                case "--threads": options = options with { Threads = int.Parse(Value(args, ref i), CultureInfo.InvariantCulture) }; break;
                case "--quick": options = options with { Quick = true }; break;
                case "--dry-run": options = options with { DryRun = true }; break;
                default: throw new ArgumentException($"Unknown option {args[i]}.");
            }
        }
        return options;
    }

    /// <summary>A name asked for that is no variant's, nor a row's, or null.</summary>
    public string? Unknown(IReadOnlyList<string> variants) => _only.Find(name => !Named(name, variants).Any());

    /// <summary>The variants asked for: of each name the one that has it, else all that begin with it and a dot.</summary>
    public IEnumerable<string> Wanted(IReadOnlyList<string> variants) =>
        _only.Count == 0 ? variants : _only.SelectMany(name => Named(name, variants)).Distinct();

    private static IEnumerable<string> Named(string name, IReadOnlyList<string> variants) =>
        variants.Contains(name) ? [name] : variants.Where(variant => variant.StartsWith($"{name}.", StringComparison.Ordinal));

    private static string Value(ReadOnlySpan<string> args, ref int i) =>
        ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} needs a value.");

    private static int DefaultThreads()
    {
        using LlamaThreadPool pool = new();
        return pool.Threads;
    }
}
