using CsCheck;
using Xunit;

namespace LlamaSpan.UnitTests.Cache;

public class PrefixTreeTests
{
    private enum Kind { Open, Grow, Trim, Remove, Unlock, Use }

    private readonly record struct Operation(Kind Kind, int Which, string Name, int[] Tokens);

    /// <summary>Few different tokens and namespaces, so that paths meet often.</summary>
    private static readonly Gen<Operation[]> s_operations = Gen.Select(
        Gen.Enum<Kind>(), Gen.Int[0, 20], Gen.OneOf(Gen.Const("a"), Gen.Const("b")), Gen.Int[0, 2].Array[1, 12],
        (kind, which, name, tokens) => new Operation(kind, which, name, tokens)).Array[1, 40];

    [Fact]
    public void It_agrees_with_a_list_of_token_sequences() => s_operations.Sample(operations =>
    {
        PrefixTree tree = new();
        List<Entry> entries = [];
        foreach (Operation operation in operations)
        {
            Apply(tree, entries, operation);
            Compare(tree, entries, operation.Name, Tokens(operation.Tokens));
        }
        foreach (Entry entry in entries)
            tree.Remove(entry.Sequence);
        Assert.Equal((0, 0, 0), (tree.TokenCount, tree.LockedTokens, tree.NamespaceCount));
    }, iter: 3000);

    [Fact]
    public void A_match_tells_what_is_cached_where_it_ends()
    {
        PrefixTree tree = new();
        Add(tree, "a", 1, 2, 3, 4);
        Add(tree, "a", 1, 2, 7);
        Assert.Equal(Tokens(2), PrefixTree.Find(tree.TryRoot("a")!, Tokens(1, 9)).Continuations);
        Assert.Equal(Tokens(3, 7), PrefixTree.Find(tree.TryRoot("a")!, Tokens(1, 2, 9)).Continuations.Order(Comparer<LlamaToken>.Create((x, y) => x.Id - y.Id)));
        Assert.Empty(PrefixTree.Find(tree.TryRoot("a")!, Tokens(1, 2, 7, 9)).Continuations);
        Assert.Null(tree.TryRoot("b"));
    }

    [Fact]
    public void What_was_used_often_and_lies_deep_is_worth_more()
    {
        PrefixUse once = new(0, 10), often = new(20, 10), old = new(0, 1);
        Assert.True(often.ValueOfToken(100, 12) > once.ValueOfToken(100, 12));
        Assert.True(once.ValueOfToken(100, 12) > old.ValueOfToken(100, 12));
        Assert.True(once.ValueOfToken(4000, 12) > once.ValueOfToken(100, 12));
    }

    private sealed record Entry(CachedSequence Sequence, string Name, List<LlamaToken> Tokens)
    {
        internal bool IsLocked { get; set; } = true;
    }

    private static void Apply(PrefixTree tree, List<Entry> entries, Operation operation)
    {
        Entry? entry = entries.Count == 0 ? null : entries[operation.Which % entries.Count];
        switch (operation.Kind)
        {
            case Kind.Open:
                entries.Add(Add(tree, operation.Name, operation.Tokens));
                break;
            case Kind.Grow when entry is not null:
                Grow(tree, entry, operation.Tokens);
                break;
            case Kind.Trim when entry is not null:
                int length = entry.Tokens.Count * operation.Tokens.Length / 12;
                tree.Trim(entry.Sequence, length);
                entry.Tokens.RemoveRange(length, entry.Tokens.Count - length);
                break;
            case Kind.Remove when entry is not null:
                tree.Remove(entry.Sequence);
                entries.Remove(entry);
                break;
            case Kind.Unlock when entry is not null:
                entry.IsLocked = !entry.IsLocked;
                tree.SetLock(entry.Sequence, entry.IsLocked, 0);
                break;
            case Kind.Use when entry is not null:
                tree.Tick();
                tree.Touch(entry.Sequence.Node);
                break;
        }
    }

    private static void Compare(PrefixTree tree, List<Entry> entries, string name, LlamaToken[] tokens)
    {
        Assert.Equal(Prefixes(entries), tree.TokenCount);
        Assert.Equal(Prefixes(entries.Where(entry => entry.IsLocked)), tree.LockedTokens);
        Entry[] own = [.. entries.Where(entry => entry.Name == name)];
        int expected = own.Select(entry => tokens.AsSpan().CommonPrefixLength(entry.Tokens.ToArray())).DefaultIfEmpty().Max();
        if (tree.TryRoot(name) is { } root)
        {
            PrefixMatch match = PrefixTree.Find(root, tokens);
            Assert.Equal(expected, match.Length);
            Entry holder = Assert.Single(own, entry => entry.Sequence == match.Node.AnyHolder());
            Assert.Equal(tokens[..expected], holder.Tokens[..expected]);
            Assert.Equal(
                expected - Enumerable.Range(1, expected).Count(i => own.Any(entry => entry.IsLocked && entry.Tokens.Count >= i && entry.Tokens.Take(i).SequenceEqual(tokens[..i]))),
                PrefixTree.UnlockedOnPath(match));
        }
        else
            Assert.Empty(own);
        foreach (Entry entry in entries)
        {
            Assert.Equal(entry.Tokens.Count, entry.Sequence.Length);
            Assert.Equal(Prefixes(entries) - Prefixes(entries.Where(other => other != entry)), PrefixTree.OwnTail(entry.Sequence));
        }
    }

    private static Entry Add(PrefixTree tree, string name, params int[] tokens)
    {
        Entry entry = new(tree.Open(default, name), name, []);
        Grow(tree, entry, tokens);
        return entry;
    }

    private static void Grow(PrefixTree tree, Entry entry, int[] ids)
    {
        LlamaToken[] tokens = Tokens(ids);
        PrefixMatch match = PrefixTree.Find(entry.Sequence.Node, tokens);
        int matched = match.Length - entry.Sequence.Length;
        tree.Advance(entry.Sequence, match.Node, match.Length);
        if (matched < tokens.Length)
            tree.Extend(entry.Sequence, tokens.AsSpan(matched));
        entry.Tokens.AddRange(tokens);
    }

    /// <summary>How many different prefixes some sequences have: the cells they need.</summary>
    private static int Prefixes(IEnumerable<Entry> entries) => entries
        .SelectMany(entry => Enumerable.Range(1, entry.Tokens.Count).Select(length => $"{entry.Name}:{string.Join(',', entry.Tokens.Take(length))}"))
        .Distinct().Count();

    private static LlamaToken[] Tokens(params int[] ids) => [.. ids.Select(id => new LlamaToken(id))];
}
