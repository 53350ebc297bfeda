namespace LlamaSpan;

/// <summary>A value that a text does not have and that was filled in: where it stands, and what may stand there.</summary>
internal readonly record struct NearJsonHole(int Start, int Length, ValueNode Value);
