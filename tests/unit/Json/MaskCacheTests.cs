using Xunit;

namespace LlamaSpan.UnitTests.Json;

/// <summary>What masks of all grammars are kept has a bound.</summary>
public class MaskCacheTests
{
    [Fact]
    public void At_the_bound_what_was_used_longest_ago_starts_afresh()
    {
        JsonGrammar grammar = JsonGrammar.AnyJson();
        var tape = new Tape(grammar);
        MaskCache[] caches = [new(), new(), new()];
        var entry = new MaskEntry { Base = new ulong[1 << 20], OwnsBase = true }; // counts as 8 MiB each time
        foreach (MaskCache cache in caches)
            for (int b = 0; b < 15; b++)
                cache.Use().Add(tape, tape[0], b, entry);
        Assert.Null(caches[0].Find(tape, tape[0], 0)); // 360 MiB were more than all may keep
        for (int b = 0; b < 15; b++)
            Assert.Same(entry, caches[2].Find(tape, tape[0], b));
        Assert.Null(caches[2].Find(tape, tape[0], 15));
    }
}
