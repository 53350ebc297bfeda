namespace LlamaSpan;

/// <summary>Syntax of an ECMA-262 pattern without backreferences.</summary>
internal abstract record RegexNode
{
    /// <summary>One character of a set.</summary>
    public sealed record Set(CharSet Chars) : RegexNode;

    /// <summary>One after another; none is the empty text.</summary>
    public sealed record Concat(RegexNode[] Parts) : RegexNode;

    /// <summary>One of several.</summary>
    public sealed record Alternate(RegexNode[] Choices) : RegexNode;

    /// <summary>Min to Max times; Max is -1 for no limit.</summary>
    public sealed record Repeat(RegexNode Inner, int Min, int Max) : RegexNode;

    /// <summary><c>^</c>.</summary>
    public sealed record Begin : RegexNode;

    /// <summary><c>$</c>.</summary>
    public sealed record End : RegexNode;

    /// <summary><c>\b</c> or, if negative, <c>\B</c>.</summary>
    public sealed record Boundary(bool Negative) : RegexNode;

    /// <summary><c>(?=...)</c> or, if negative, <c>(?!...)</c>.</summary>
    public sealed record Ahead(RegexNode Inner, bool Negative) : RegexNode;
}
