namespace LlamaSpan;

/// <summary>How far some tokens are in the tree.</summary>
/// <param name="Node">The last node that matches, in part or whole.</param>
/// <param name="Length">How many tokens match.</param>
internal readonly record struct PrefixMatch(PrefixNode Node, int Length)
{
    /// <summary>The tokens that are cached where the match ends: one within a run, several where runs part, none at an end.</summary>
    internal IReadOnlyList<LlamaToken> Continuations =>
        Length < Node.End ? [Node.Tokens[Length - Node.Depth]] : [.. Node.Children.Keys];
}
