using LlamaSpan.Native;
using Xunit;

namespace LlamaSpan.IntegrationTests.Inference;

public sealed class MisuseTests
{
    private static readonly LlamaToken[] s_three = [new(10), new(11), new(12)];

    [Fact]
    public void A_prompt_without_tokens_is_refused()
    {
        using LlamaContext context = Pocket.Context();
        Assert.Throws<ArgumentException>(() => context.Prefill(Sequence.Zero, []));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3520)]
    [InlineData(int.MaxValue)]
    public void A_token_outside_the_vocabulary_is_named(int id)
    {
        using LlamaContext context = Pocket.Context();
        ArgumentOutOfRangeException refusal = Assert.Throws<ArgumentOutOfRangeException>(() => context.Prefill(Sequence.Zero, [new(1), new(id)]));
        Assert.Contains("index 1", refusal.Message);
        Assert.Equal(-1, context.Cache.LastPosition(Sequence.Zero));
    }

    [Fact]
    public void A_prompt_longer_than_the_context_is_refused_with_both_lengths()
    {
        using LlamaContext context = Pocket.Context();
        LlamaToken[] tokens = Enumerable.Repeat(new LlamaToken(10), context.SequenceSize + 1).ToArray();
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => context.Prefill(Sequence.Zero, tokens));
        Assert.Contains("513", refusal.Message);
        Assert.Contains("512", refusal.Message);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    [InlineData(256)]
    public void A_sequence_that_the_context_does_not_have_is_refused(int id)
    {
        using LlamaContext context = Pocket.Context();
        Assert.Throws<ArgumentOutOfRangeException>(() => context.Prefill(new Sequence(id), s_three));
        Assert.Throws<ArgumentOutOfRangeException>(() => context.Cache.Remove(new Sequence(id)));
        Assert.Throws<ArgumentOutOfRangeException>(() => context.Cache.Copy(new Sequence(id), Sequence.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => context.Cache.LastPosition(new Sequence(id)));
        Assert.Throws<ArgumentOutOfRangeException>(() => context.StateSize(new Sequence(id)));
    }

    [Fact]
    public void An_empty_batch_is_refused()
    {
        using LlamaContext context = Pocket.Context();
        using LlamaBatch batch = new(4);
        Assert.Throws<ArgumentException>(() => context.Decode(batch));
    }

    [Fact]
    public void A_batch_larger_than_the_contexts_is_refused()
    {
        using LlamaContext context = Pocket.Context(Pocket.Options with { BatchSize = 8, MicroBatchSize = 8 });
        using LlamaBatch batch = new(16);
        batch.AddRange(Enumerable.Repeat(new LlamaToken(10), 9).ToArray(), 0, Sequence.Zero);
        ArgumentException refusal = Assert.Throws<ArgumentException>(() => context.Decode(batch));
        Assert.Contains("at most 8", refusal.Message);
    }

    [Fact]
    public void Positions_that_leave_a_gap_are_refused_and_nothing_changes()
    {
        using LlamaContext context = Pocket.Context();
        context.Prefill(Sequence.Zero, s_three);
        using LlamaBatch batch = new(4);
        batch.Add(new(13), 7, Sequence.Zero, output: true);
        DecodeException refusal = Assert.Throws<DecodeException>(() => context.Decode(batch));
        Assert.Equal(DecodeFailure.InvalidBatch, refusal.Reason);
        Assert.NotEmpty(refusal.NativeLog);
        Assert.Equal(2, context.Cache.LastPosition(Sequence.Zero));
    }

    [Fact]
    public void A_batch_refuses_positions_and_sequences_that_do_not_fit()
    {
        using LlamaBatch batch = new(4, sequencesPerToken: 2);
        batch.Add(new(1), 5, Sequence.Zero);
        Assert.Throws<ArgumentException>(() => batch.Add(new(1), 5, Sequence.Zero));
        Assert.Throws<ArgumentException>(() => batch.Add(new(1), 7, Sequence.Zero));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Add(new(1), -1, new Sequence(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => batch.Add(new(1), 0, new Sequence(256)));
        Assert.Throws<ArgumentException>(() => batch.Add(new(1), 0, [new Sequence(1), new Sequence(1)]));
        Assert.Throws<ArgumentException>(() => batch.Add(new(1), 0, ReadOnlySpan<Sequence>.Empty));
        Assert.Equal(1, batch.Count);
    }

    [Fact]
    public void A_full_batch_says_so()
    {
        using LlamaBatch batch = new(1);
        batch.Add(new(1), 0, Sequence.Zero);
        Assert.Throws<InvalidOperationException>(() => batch.Add(new(1), 1, Sequence.Zero));
        Assert.Throws<InvalidOperationException>(() => batch.AddRange(s_three, 1, Sequence.Zero));
    }

    [Fact]
    public void A_full_cache_is_a_decode_failure_that_changes_nothing()
    {
        using LlamaContext context = Pocket.Context(Pocket.Options with { ContextSize = 256, MaxSequences = 2 });
        context.Prefill(new Sequence(0), Enumerable.Repeat(new LlamaToken(10), 200).ToArray());
        DecodeException failure = Assert.Throws<DecodeException>(
            () => context.Prefill(new Sequence(1), Enumerable.Repeat(new LlamaToken(11), 100).ToArray()));
        Assert.Equal(DecodeFailure.NoKvSlot, failure.Reason);
        Assert.Equal(-1, context.Cache.LastPosition(new Sequence(1)));
        Assert.Equal(199, context.Cache.LastPosition(new Sequence(0)));
    }

    [Fact]
    public void Logits_before_the_first_decode_and_of_a_wrong_index_are_refused()
    {
        using LlamaContext context = Pocket.Context();
        Assert.Throws<InvalidOperationException>(() => context.Logits());
        context.Prefill(Sequence.Zero, s_three);
        Assert.Equal(3520, context.Logits().Length);
        Assert.Throws<InvalidOperationException>(() => context.Logits(7));
        Assert.Throws<InvalidOperationException>(() => context.Embeddings(0));
    }

    [Fact]
    public void A_closed_context_says_so()
    {
        LlamaContext context = Pocket.Context();
        context.Dispose();
        context.Dispose();
        Assert.Throws<ObjectDisposedException>(() => context.Prefill(Sequence.Zero, s_three));
        Assert.Throws<ObjectDisposedException>(() => context.Logits());
        Assert.Throws<ObjectDisposedException>(() => context.Cache.Clear());
    }

    [Fact]
    public void A_closed_batch_says_so()
    {
        using LlamaContext context = Pocket.Context();
        LlamaBatch batch = new(4);
        batch.Add(new(1), 0, Sequence.Zero);
        batch.Dispose();
        Assert.Throws<ObjectDisposedException>(() => context.Decode(batch));
        Assert.Throws<ObjectDisposedException>(() => batch.Add(new(1), 1, Sequence.Zero));
    }

    [Fact]
    public void Options_outside_their_limits_name_the_option()
    {
        foreach (ContextOptions options in new[]
        {
            Pocket.Options with { ContextSize = -1 }, Pocket.Options with { MaxSequences = 257 }, Pocket.Options with { MaxSequences = 9, BatchSize = 8, MicroBatchSize = 8 },
            Pocket.Options with { Embeddings = true, Pooling = Pooling.Mean, MaxSequences = 9, MicroBatchSize = 8 }, Pocket.Options with { MicroBatchSize = 4096 },
            Pocket.Options with { RopeFrequencyBase = float.NaN }, Pocket.Options with { KeyType = (CacheType)99 }, Pocket.Options with { Threads = 1000 },
        })
        {
            ArgumentOutOfRangeException refusal = Assert.Throws<ArgumentOutOfRangeException>(() => Pocket.Context(options));
            Assert.Contains("ContextOptions.", refusal.Message);
        }
    }

    [Fact]
    public void A_quantized_value_cache_without_flash_attention_is_explained_by_the_log()
    {
        ContextException refusal = Assert.Throws<ContextException>(
            () => Pocket.Context(Pocket.Options with { ValueType = CacheType.Q8_0, FlashAttention = FlashAttention.Off }));
        Assert.NotEmpty(refusal.NativeLog);
    }

    [Fact]
    public unsafe void A_decode_that_threw_is_explained_by_what_it_threw()
    {
        using LlamaContext context = Pocket.Context();
        context.Interposer = _ =>
        {
            llama_model* none = null;
            llama_model_params parameters = NativeMethods.llama_model_default_params();
            NativeMethods.llamaspan_model_load(null, 0, &parameters, &none);      // refused, and the reason kept
            return NativeGuard.Threw;
        };
        DecodeException failure = Assert.Throws<DecodeException>(() => context.Prefill(Sequence.Zero, [new(300)]));
        Assert.Equal(DecodeFailure.Failed, failure.Reason);
        Assert.Contains("n_paths", failure.Message);
    }

    [Fact]
    public void A_cache_format_that_does_not_fit_the_heads_is_explained()
    {
        using LlamaModel model = LlamaModel.Load(TestFiles.Get("heads-of-24.gguf", path => File.WriteAllBytes(path, TinyModels.Build(new TinyShape { HeadSize = 24 }).ToArray())));
        Assert.Contains("heads of a multiple of 32", Assert.Throws<ContextException>(() => model.CreateContext(new() { ContextSize = 256, KeyType = CacheType.Q8_0 })).Message);
    }

    [Fact]
    public void A_model_with_its_vocabulary_only_makes_no_context()
    {
        using LlamaModel model = LlamaModel.Load(Pocket.Path, new ModelOptions { VocabularyOnly = true });
        Assert.Throws<InvalidOperationException>(() => model.CreateContext());
        Assert.NotEmpty(model.Vocabulary.Tokenize("text"));
    }
}
