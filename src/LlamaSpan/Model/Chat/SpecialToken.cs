namespace LlamaSpan;

/// <summary>A token that a tokenizer looks for before it splits text.</summary>
/// <param name="Token">The token.</param>
/// <param name="Spelling">Its text, UTF-8.</param>
/// <param name="IsControl">True if it counts only where special tokens are parsed; user-defined tokens always do.</param>
/// <param name="StripsLeft">True if white space before it goes with it.</param>
/// <param name="StripsRight">True if white space behind it goes with it.</param>
internal readonly record struct SpecialToken(LlamaToken Token, byte[] Spelling, bool IsControl, bool StripsLeft, bool StripsRight);
