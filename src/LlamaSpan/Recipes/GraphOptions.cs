namespace LlamaSpan;

/// <summary>How a graph is extracted from a text.</summary>
public sealed record GraphOptions
{
    /// <summary>The types that nodes may have; empty, the default, for any word.</summary>
    public IReadOnlyList<string> NodeTypes { get; init => field = Checked(value, nameof(NodeTypes)); } = [];

    /// <summary>The relations that edges may have; empty, the default, for any word.</summary>
    public IReadOnlyList<string> Relations { get; init => field = Checked(value, nameof(Relations)); } = [];

    /// <summary>Most nodes, 1 to 999; default 64.</summary>
    public int MaxNodes
    {
        get;
        init => field = value is >= 1 and <= 999 ? value : throw new ArgumentOutOfRangeException(nameof(MaxNodes), value, "GraphOptions.MaxNodes must lie in 1..999.");
    } = 64;

    /// <summary>Most edges, 0 to 9,999; default 128.</summary>
    public int MaxEdges
    {
        get;
        init => field = value is >= 0 and <= 9999 ? value : throw new ArgumentOutOfRangeException(nameof(MaxEdges), value, "GraphOptions.MaxEdges must lie in 0..9999.");
    } = 128;

    /// <summary>What the model is told to be.</summary>
    public string System { get; init => field = value ?? throw new ArgumentNullException(nameof(System)); } = GraphExtraction.SystemText;

    /// <summary>What stands before the text.</summary>
    public string Instruction { get; init => field = value ?? throw new ArgumentNullException(nameof(Instruction)); } = GraphExtraction.InstructionText;

    /// <summary>The chat template; null for the model's own.</summary>
    public ChatTemplate? Template { get; init; }

    /// <summary>
    /// How it is generated: by default greedily, at most 1,024 tokens, and closed validly where they run out. A constraint of it is of no effect.
    /// </summary>
    public RequestOptions Request { get; init => field = value ?? throw new ArgumentNullException(nameof(Request)); } = new()
    {
        Sampling = SamplingOptions.Greedy,
        MaxTokens = 1024,
        CloseAtLimit = true,
    };

    private static IReadOnlyList<string> Checked(IReadOnlyList<string> words, string name) =>
        words is not null && words.All(word => !string.IsNullOrEmpty(word)) ? [.. words] : throw new ArgumentException($"GraphOptions.{name} must be a list of words, none empty.", name);
}
