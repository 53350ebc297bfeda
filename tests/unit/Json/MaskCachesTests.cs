using System.Runtime.CompilerServices;
using Xunit;

namespace LlamaSpan.UnitTests.Json;

/// <summary>A grammar's masks live as long as the grammar, and keep no vocabulary alive.</summary>
public class MaskCachesTests
{
    [Fact]
    public void A_vocabulary_has_one_cache()
    {
        var caches = new MaskCaches();
        TokenTable table = RandomInstances.Vocabulary, other = RandomInstances.MakeVocabulary();
        MaskCache cache = caches.Of(table);
        Assert.NotSame(cache, caches.Of(other));
        Assert.Same(cache, caches.Of(table));
    }

    [Fact]
    public void Masks_go_with_their_grammar_at_the_first_collection()
    {
        WeakReference cache = Made(RandomInstances.Vocabulary);
        GC.Collect();
        Assert.False(cache.IsAlive);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Made(TokenTable table) => new(new MaskCaches().Of(table));
    }

    [Fact]
    public void A_vocabulary_goes_though_a_grammar_with_its_masks_lives_on()
    {
        JsonGrammar grammar = JsonGrammar.AnyJson();
        WeakReference table = Used(grammar);
        for (int i = 0; i < 3 && table.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.False(table.IsAlive);
        GC.KeepAlive(grammar);

        [MethodImpl(MethodImplOptions.NoInlining)]
        static WeakReference Used(JsonGrammar grammar)
        {
            TokenTable table = RandomInstances.MakeVocabulary();
            JsonConstraint constraint = grammar.CreateConstraint(table);
            constraint.AllowedMask();
            return new WeakReference(table);
        }
    }
}
