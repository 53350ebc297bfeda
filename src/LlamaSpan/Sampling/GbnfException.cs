namespace LlamaSpan;

/// <summary>llama.cpp refused a GBNF grammar, or a grammar refused a token.</summary>
public sealed class GbnfException : LlamaException
{
    internal GbnfException(string message, IReadOnlyList<string>? nativeLog = null)
        : base(message, nativeLog)
    {
    }
}
