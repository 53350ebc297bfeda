namespace LlamaSpan;

/// <summary>Where a string stands, which decides what may follow its closing quote.</summary>
internal enum NearJsonPlace : byte
{
    Name,
    Member,
    Element,
    Alone,
}
