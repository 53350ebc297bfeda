namespace LlamaSpan;

/// <summary>What makes a lazy grammar begin.</summary>
public enum GrammarTriggerKind
{
    /// <summary>A token.</summary>
    Token,

    /// <summary>A text anywhere in the answer.</summary>
    Word,

    /// <summary>An ECMAScript regular expression found anywhere in the answer.</summary>
    Pattern,

    /// <summary>An ECMAScript regular expression that matches the answer from its start.</summary>
    FullPattern,
}

/// <summary>A condition under which a lazy grammar begins.</summary>
/// <param name="Kind">What it looks for.</param>
/// <param name="Value">The text or pattern; of a token its spelling.</param>
/// <param name="Token">The token, <see cref="LlamaToken.None"/> for other kinds.</param>
public readonly record struct GrammarTrigger(GrammarTriggerKind Kind, string Value, LlamaToken Token);
