namespace LlamaSpan.TestSupport;

/// <summary>A string to be written as these bytes, which need not be UTF-8.</summary>
/// <param name="Bytes">The bytes.</param>
public readonly record struct Utf8Text(byte[] Bytes);
