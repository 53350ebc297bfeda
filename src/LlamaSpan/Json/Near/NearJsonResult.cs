using System.Text;

namespace LlamaSpan;

/// <summary>What <see cref="NearJson"/> made of a text.</summary>
public sealed class NearJsonResult
{
    internal NearJsonResult(byte[] utf8, NearJsonChanges changes, bool found, bool isValid) =>
        (Utf8, Changes, Found, IsValid) = (utf8, changes, found, isValid);

    /// <summary>A JSON text, UTF-8, with ", " and ": " between its parts; empty if no value was found.</summary>
    public ReadOnlyMemory<byte> Utf8 { get; }

    /// <summary>What had to be mended.</summary>
    public NearJsonChanges Changes { get; }

    /// <summary>Whether the text held any value.</summary>
    public bool Found { get; }

    /// <summary>Whether the value is one that the grammar admits; without a grammar, whether a value was found.</summary>
    public bool IsValid { get; }

    /// <summary>The JSON text; empty if no value was found.</summary>
    public override string ToString() => Encoding.UTF8.GetString(Utf8.Span);
}
