namespace LlamaSpan;

/// <summary>The kinds of JSON values, true and false apart.</summary>
[Flags]
internal enum JsonTypes : byte
{
    None = 0,
    Null = 1,
    True = 2,
    False = 4,
    Number = 8,
    String = 16,
    Array = 32,
    Object = 64,
    Boolean = True | False,
    All = 127,
}
