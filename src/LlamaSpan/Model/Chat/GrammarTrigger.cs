namespace LlamaSpan;

/// <summary>A condition under which a lazy grammar begins.</summary>
/// <param name="Kind">What it looks for.</param>
/// <param name="Value">The text or pattern; of a token its spelling.</param>
/// <param name="Token">The token, <see cref="LlamaToken.None"/> for other kinds.</param>
public readonly record struct GrammarTrigger(GrammarTriggerKind Kind, string Value, LlamaToken Token);
