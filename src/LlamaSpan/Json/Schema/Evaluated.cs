namespace LlamaSpan;

/// <summary>The properties and items of an instance that some schemas have evaluated, as unevaluatedProperties and unevaluatedItems see it.</summary>
internal sealed record Evaluated
{
    public static Evaluated Nothing { get; } = new();

    /// <summary>Names of evaluated properties.</summary>
    public string[] Names { get; init; } = [];

    /// <summary>Patterns of the names of evaluated properties.</summary>
    public StringLanguage[] Patterns { get; init; } = [];

    public bool AllProperties { get; init; }

    /// <summary>How many items at the beginning are evaluated.</summary>
    public int Prefix { get; init; }

    public bool AllItems { get; init; }

    /// <summary>Items that satisfy one of these are evaluated wherever they stand.</summary>
    public Expr[] Contained { get; init; } = [];

    public Evaluated And(Evaluated other) => new()
    {
        Names = [.. Names.Union(other.Names)],
        Patterns = [.. Patterns.Union(other.Patterns)],
        AllProperties = AllProperties || other.AllProperties,
        Prefix = Math.Max(Prefix, other.Prefix),
        AllItems = AllItems || other.AllItems,
        Contained = [.. Contained.Union(other.Contained)],
    };

    /// <summary>Whether all that is evaluated here is evaluated there too.</summary>
    public bool IsWithin(Evaluated other) =>
        (other.AllProperties || (!AllProperties && Names.All(other.Names.Contains) && Patterns.All(other.Patterns.Contains)))
        && (other.AllItems || (!AllItems && Prefix <= other.Prefix && Contained.All(other.Contained.Contains)));
}
