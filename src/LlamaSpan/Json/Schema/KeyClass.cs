namespace LlamaSpan;

/// <summary>A set of property names that a schema speaks of.</summary>
internal abstract record KeyClass
{
    /// <summary>One name, and its position among the properties of the schema that describes it.</summary>
    public sealed record Name(string Key, int Position = int.MaxValue) : KeyClass;

    /// <summary>The names a pattern is found in.</summary>
    public sealed record Matching(StringLanguage Keys) : KeyClass;

    /// <summary>All but some names and some patterns; equal to another only if it is the same object.</summary>
    public sealed record Rest(IReadOnlySet<string> Names, StringLanguage[] Patterns) : KeyClass;

    /// <summary>The names that a schema forbids.</summary>
    public sealed record Failing(StringLanguage Allowed) : KeyClass;

    /// <summary>Whether a name is in the set.</summary>
    public bool Contains(string key) => this switch
    {
        Name n => n.Key == key,
        Matching m => m.Keys.Contains(key),
        Failing f => !f.Allowed.Contains(key),
        Rest r => !r.Names.Contains(key) && !r.Patterns.Any(p => p.Contains(key)),
        _ => false,
    };
}
