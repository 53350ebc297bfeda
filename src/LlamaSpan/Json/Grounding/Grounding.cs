using System.Runtime.CompilerServices;

namespace LlamaSpan;

/// <summary>
/// The texts behind the names that a schema's <c>"x-grounded": {"in": name}</c> uses. Immutable, safe to share; kept from one constraint to the
/// next it saves their masks.
/// </summary>
public sealed class Grounding
{
    private readonly Dictionary<string, GroundingTexts> _texts;
    private readonly ConditionalWeakTable<JsonGrammar, MaskCaches> _caches = [];
    private readonly ConditionalWeakTable<JsonGrammar, ShortTexts> _shortTexts = [];

    /// <summary>One name.</summary>
    /// <param name="name">The name that the schema uses.</param>
    /// <param name="texts">Its texts.</param>
    public Grounding(string name, GroundingTexts texts)
        : this([])
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(texts);
        _texts.Add(name, texts);
    }

    /// <summary>One name, any part of whose texts a string may be.</summary>
    /// <param name="name">The name that the schema uses.</param>
    /// <param name="texts">Its texts.</param>
    /// <exception cref="ArgumentException">There is none, they are too long, or a text has half of a surrogate pair.</exception>
    public Grounding(string name, params IEnumerable<string> texts)
        : this(name, new GroundingTexts(texts))
    {
    }

    private Grounding(Dictionary<string, GroundingTexts> texts) => _texts = texts;

    /// <summary>The same and one more name, or other texts for it.</summary>
    /// <param name="name">The name.</param>
    /// <param name="texts">Its texts.</param>
    public Grounding With(string name, GroundingTexts texts) => new(new Dictionary<string, GroundingTexts>(_texts) { [name] = texts });

    internal TextAutomaton? Find(string name) => _texts.GetValueOrDefault(name)?.Automaton;

    internal MaskCache CacheFor(JsonGrammar grammar, TokenTable table) => _caches.GetValue(grammar, static _ => new MaskCaches()).Of(table);

    internal ShortTexts ShortTextsFor(JsonGrammar grammar) => _shortTexts.GetValue(grammar, g => new ShortTexts(g.Options, node => Find(node.Source)));

    /// <exception cref="ArgumentException">A name is missing, or its texts are all shorter than the schema asks for.</exception>
    internal static void Check(JsonGrammar grammar, Grounding? grounding)
    {
        foreach ((string source, int min) in grammar.GroundedSources)
        {
            TextAutomaton texts = grounding?.Find(source)
                ?? throw new ArgumentException($"The schema grounds strings in '{source}', for which there are no texts.", nameof(grounding));
            if (texts.Longest(TextAutomaton.Root) < min)
                throw new ArgumentException($"The schema asks for strings of at least {min} characters from '{source}', whose texts are shorter.", nameof(grounding));
        }
    }
}
