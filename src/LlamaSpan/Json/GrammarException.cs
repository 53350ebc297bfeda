namespace LlamaSpan;

/// <summary>A schema, pattern or type that cannot be turned into a <see cref="JsonGrammar"/>: malformed, or asking for what cannot be enforced.</summary>
public sealed class GrammarException : LlamaException
{
    /// <summary>Makes an exception that names the place in the schema.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="pointer">JSON pointer of the place in the schema; empty for its root.</param>
    /// <param name="keyword">The keyword that cannot be enforced, or null.</param>
    /// <param name="inner">What caused it, if anything.</param>
    public GrammarException(string message, string pointer = "", string? keyword = null, Exception? inner = null)
        : base($"{(pointer.Length == 0 ? "#" : "#" + pointer)}: {message}", null, inner) => (Pointer, Keyword) = (pointer, keyword);

    /// <summary>JSON pointer of the place in the schema; empty for its root.</summary>
    public string Pointer { get; }

    /// <summary>The keyword that cannot be enforced, or null where the schema as a whole is at fault.</summary>
    public string? Keyword { get; }
}
