using System.Text;

namespace LlamaSpan;

/// <summary>
/// Reads texts that are almost JSON, as language models and people write them: with code fences and prose around, other quotes, commas and
/// colons too many or missing, names without quotes, words of Python and JavaScript, comments, brackets missing or crossed, cut short
/// anywhere. Reading never fails and takes time linear in the text, whatever it holds.
/// </summary>
public static class NearJson
{
    /// <summary>How deep values may nest before the rest is left out, by default.</summary>
    public const int DefaultMaxDepth = 64;

    /// <summary>Reads the value in a text that says most.</summary>
    /// <param name="utf8">The text, UTF-8; bytes that are not become U+FFFD.</param>
    /// <param name="maxDepth">How deep values may nest, at least 1; what lies deeper is left out.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxDepth"/> is less than 1.</exception>
    public static NearJsonResult Parse(ReadOnlySpan<byte> utf8, int maxDepth = DefaultMaxDepth)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(maxDepth, 1);
        NearJsonTape tape = NearJsonReader.Read(utf8);
        if (NearJsonReader.Best(tape, _ => true) is not int root)
            return new NearJsonResult([], tape.Changes, false, false);
        byte[] json = new NearJsonWriter(tape, maxDepth).Write(root);
        return new NearJsonResult(json, tape.Changes, true, true);
    }

    /// <inheritdoc cref="Parse(ReadOnlySpan{byte}, int)"/>
    /// <param name="text">The text.</param>
    /// <param name="maxDepth">How deep values may nest, at least 1; what lies deeper is left out.</param>
    public static NearJsonResult Parse(string text, int maxDepth = DefaultMaxDepth) => Parse(Encoding.UTF8.GetBytes(text), maxDepth);

    /// <summary>
    /// Makes an instance of a grammar of the value in a text that says most: what fits stays as it is, what converts is converted, names are
    /// respelled, other parts left out; what must be there and is not is filled in with something short.
    /// </summary>
    /// <param name="utf8">The text, UTF-8; bytes that are not become U+FFFD.</param>
    /// <param name="grammar">What it should be: a grammar of JSON values.</param>
    /// <returns>The instance; where the grammar's shortest value is too long to be found, one that is not valid.</returns>
    /// <exception cref="InvalidOperationException">The grammar is of plain text, or of JSON within other text.</exception>
    public static NearJsonResult Fit(ReadOnlySpan<byte> utf8, JsonGrammar grammar)
    {
        ArgumentNullException.ThrowIfNull(grammar);
        return NearJsonFitter.Fit(utf8, grammar, out _);
    }

    /// <inheritdoc cref="Fit(ReadOnlySpan{byte}, JsonGrammar)"/>
    /// <param name="text">The text.</param>
    /// <param name="grammar">What it should be.</param>
    public static NearJsonResult Fit(string text, JsonGrammar grammar) => Fit(Encoding.UTF8.GetBytes(text), grammar);
}
