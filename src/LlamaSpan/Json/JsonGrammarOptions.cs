namespace LlamaSpan;

/// <summary>Where a grammar lets white space stand between the parts of a JSON text.</summary>
public enum JsonWhitespace
{
    /// <summary>Anywhere JSON allows it, as the model likes, at most <see cref="JsonGrammarOptions.MaxWhitespace"/> bytes in a row.</summary>
    Flexible,

    /// <summary>Nowhere.</summary>
    None,

    /// <summary>Exactly one space after each comma and each colon, none elsewhere.</summary>
    Separators,
}

/// <summary>In which order an object's properties may come.</summary>
public enum JsonPropertyOrder
{
    /// <summary>In the order in which the schema names them; properties it does not name come last.</summary>
    Schema,

    /// <summary>In any order.</summary>
    Any,
}

/// <summary>What to do with a <c>format</c> that is not known.</summary>
public enum UnknownFormats
{
    /// <summary>Take it as an annotation and list it in <see cref="JsonGrammar.Warnings"/>.</summary>
    Annotate,

    /// <summary>Refuse the schema.</summary>
    Refuse,
}

/// <summary>How a <see cref="JsonGrammar"/> reads its schema and which spellings of an instance it admits.</summary>
public sealed record JsonGrammarOptions
{
    /// <summary>Flexible white space, properties in the schema's order, unknown formats annotated.</summary>
    public static JsonGrammarOptions Default { get; } = new();

    /// <summary>Where white space may stand.</summary>
    public JsonWhitespace Whitespace { get; init; } = JsonWhitespace.Flexible;

    /// <summary>Most bytes of white space in a row with <see cref="JsonWhitespace.Flexible"/>, 1 to 1000.</summary>
    public int MaxWhitespace { get; init; } = 24;

    /// <summary>The order of an object's properties.</summary>
    public JsonPropertyOrder PropertyOrder { get; init; } = JsonPropertyOrder.Schema;

    /// <summary>What to do with a <c>format</c> that is not known.</summary>
    public UnknownFormats UnknownFormats { get; init; } = UnknownFormats.Annotate;

    /// <summary>How deep objects and arrays may nest, 1 to 1000.</summary>
    public int MaxDepth { get; init; } = 64;

    /// <summary>Most digits before, and most after, a number's decimal point, 1 to 1000; an exponent's count with those it follows.</summary>
    public int MaxDigits { get; init; } = 32;

    internal void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxWhitespace, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxWhitespace, 1000);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxDepth, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxDepth, 1000);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxDigits, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxDigits, 1000);
    }
}
