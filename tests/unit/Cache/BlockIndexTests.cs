using CsCheck;
using Xunit;

namespace LlamaSpan.UnitTests.Cache;

public class BlockIndexTests
{
    private static readonly Gen<LlamaToken[]> s_tokens =
        Gen.Select(Gen.Int[0, 2].Array[1, 5], Gen.Int[1, 200], (pattern, length) => Enumerable.Range(0, length).Select(i => new LlamaToken(pattern[i / 40 % pattern.Length])).ToArray());

    [Fact]
    public void It_finds_the_longest_stored_beginning_of_a_block_or_more() =>
        Gen.Select(s_tokens.Array[1, 6], s_tokens, Gen.Int[0, 5]).Sample((stored, prompt, removed) =>
        {
            BlockIndex index = new();
            List<StoredPrefix> prefixes = [];
            foreach (LlamaToken[] tokens in stored.DistinctBy(tokens => string.Join(' ', tokens)))
                prefixes.Add(new StoredPrefix(tokens.Length % 2 == 0 ? "a" : "b", tokens, tokens.Length));
            prefixes.ForEach(index.Add);
            Check();
            StoredPrefix gone = prefixes[removed % prefixes.Count];
            prefixes.Remove(gone);
            index.Remove(gone);
            Check();
            prefixes.ForEach(index.Remove);
            Assert.Null(index.Find("a", prompt).Prefix);

            void Check()
            {
                (StoredPrefix? found, int length) = index.Find("a", prompt);
                int longest = prefixes.Where(prefix => prefix.Namespace == "a").Select(prefix => prefix.Tokens.AsSpan().CommonPrefixLength(prompt)).DefaultIfEmpty().Max();
                Assert.Equal(longest < BlockIndex.BlockSize ? 0 : longest, length);
                if (found is not null)
                    Assert.Equal(("a", length), (found.Namespace, found.Tokens.AsSpan().CommonPrefixLength(prompt)));
            }
        });
}
