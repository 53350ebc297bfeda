namespace LlamaSpan;

/// <summary>Guesses how a text goes on. What it guesses costs time where it is wrong, never changes an answer.</summary>
internal interface IDrafter
{
    /// <summary>Appends a token to the text.</summary>
    void Accept(LlamaToken token);

    /// <summary>Writes tokens that may come next.</summary>
    /// <param name="draft">At least one place.</param>
    /// <returns>How many; 0 for no guess.</returns>
    int Draft(Span<LlamaToken> draft);

    /// <summary>Tells how a guess went.</summary>
    void Report(int drafted, int accepted);
}
