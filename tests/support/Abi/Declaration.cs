namespace LlamaSpan.TestSupport.Abi;

/// <summary>One declaration, with what the compiler made of it.</summary>
/// <param name="Kind">The probe's macro for it: STRUCT, FIELD, ENUM, INTEGER or TEXT.</param>
/// <param name="Name">Its name in C; a field's is that of the struct, a dot, and its path with | between parts.</param>
/// <param name="Size">Bytes, of a type or field.</param>
/// <param name="Offset">Bytes from the start of the struct, of a field.</param>
/// <param name="Value">Of an enum value or constant.</param>
/// <param name="Text">Of a constant that is text.</param>
public sealed record Declaration(string Kind, string Name, int Size = 0, int Offset = 0, long Value = 0, string Text = "")
{
    /// <summary>The key that the probe prints it under.</summary>
    public string Key => Name.Replace('|', '.');

    /// <summary>What the probe prints of it.</summary>
    public override string ToString() => Kind switch
    {
        "FIELD" => $$"""{"offset": {{Offset}}, "size": {{Size}}}""",
        "INTEGER" => $$"""{"value": {{Value}}}""",
        "TEXT" => $$"""{"text": "{{Text}}"}""",
        _ => $$"""{"size": {{Size}}}""",
    };
}
