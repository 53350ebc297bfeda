using System.Numerics.Tensors;
using Xunit;

namespace LlamaSpan.IntegrationTests.Inference;

public sealed class KvCacheTests
{
    private static readonly LlamaToken[] s_prompt = Pocket.Prompt("Where is Velmora Optics based?");
    private static readonly ContextOptions s_plain = Pocket.Options with { FlashAttention = FlashAttention.Off };

    [Fact]
    public void A_prompt_that_was_rolled_back_and_continued_gives_the_same_logits()
    {
        float[] cold = Cold();
        using LlamaContext context = Pocket.Context(s_plain);
        context.Prefill(Sequence.Zero, s_prompt);
        context.Cache.Remove(Sequence.Zero, 30);
        Assert.Equal(29, context.Cache.LastPosition(Sequence.Zero));
        context.Prefill(Sequence.Zero, s_prompt.AsSpan(30));
        Assert.Equal(cold, context.Logits().ToArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_copied_sequence_continues_as_the_first(bool unified)
    {
        using LlamaContext context = Pocket.Context(s_plain with { MaxSequences = 2, UnifiedCache = unified, ContextSize = 1024 });
        context.Prefill(new Sequence(0), s_prompt.AsSpan(0, s_prompt.Length - 1));
        context.Cache.Copy(new Sequence(0), new Sequence(1));
        context.Prefill(new Sequence(0), s_prompt.AsSpan(s_prompt.Length - 1));
        float[] first = context.Logits().ToArray();
        context.Prefill(new Sequence(1), s_prompt.AsSpan(s_prompt.Length - 1));
        Assert.Equal(first, context.Logits().ToArray());
        context.Cache.Keep(new Sequence(1));
        Assert.Equal(-1, context.Cache.LastPosition(new Sequence(0)));
        Assert.Equal(s_prompt.Length - 1, context.Cache.LastPosition(new Sequence(1)));
    }

    [Fact]
    public void A_copy_between_buffers_is_made_by_the_next_decode()
    {
        using LlamaContext context = Pocket.Context(s_plain with { MaxSequences = 2, UnifiedCache = false });
        context.Prefill(new Sequence(0), s_prompt.AsSpan(0, 20));
        byte[] state = new byte[context.StateSize(new Sequence(0))];
        context.SaveState(new Sequence(0), state);
        context.Cache.Copy(new Sequence(0), new Sequence(1));
        Assert.Contains("decode", Assert.Throws<StateException>(() => context.SaveState(new Sequence(1), new MemoryStream())).Message);
        Assert.Contains("decode", Assert.Throws<StateException>(() => context.LoadState(new Sequence(0), state)).Message);
        context.Prefill(new Sequence(1), s_prompt.AsSpan(20, 1));
        context.SaveState(new Sequence(1), new MemoryStream());
        context.LoadState(new Sequence(0), state);
    }

    [Fact]
    public void Part_of_a_sequence_cannot_be_copied_between_buffers()
    {
        using LlamaContext context = Pocket.Context(s_plain with { MaxSequences = 2, UnifiedCache = false });
        context.Prefill(new Sequence(0), s_prompt);
        CacheException refusal = Assert.Throws<CacheException>(() => context.Cache.Copy(new Sequence(0), new Sequence(1), 0, 10));
        Assert.Contains("UnifiedCache", refusal.Message);
    }

    [Fact]
    public void A_copy_onto_positions_that_are_taken_is_refused()
    {
        using LlamaContext context = Pocket.Context(s_plain with { MaxSequences = 2 });
        context.Prefill(new Sequence(0), s_prompt);
        context.Prefill(new Sequence(1), s_prompt.AsSpan(0, 5));
        Assert.Throws<CacheException>(() => context.Cache.Copy(new Sequence(0), new Sequence(1)));
    }

    [Fact]
    public void Keys_that_ggml_cannot_rotate_are_not_moved()
    {
        using LlamaContext context = Pocket.Context(s_plain with { KeyType = CacheType.BF16 });
        context.Prefill(Sequence.Zero, s_prompt.AsSpan(0, 10));
        Assert.False(context.Cache.CanShift);
        Assert.Contains("BF16", Assert.Throws<CacheException>(() => context.Cache.Shift(Sequence.Zero, 5, 10, -1)).Message);
    }

    [Fact]
    public void Moved_positions_are_where_they_were_moved_to()
    {
        using LlamaContext context = Pocket.Context(s_plain);
        context.Prefill(Sequence.Zero, s_prompt);
        Assert.True(context.Cache.CanShift);
        context.Cache.Remove(Sequence.Zero, 10, 20);
        context.Cache.Shift(Sequence.Zero, 20, int.MaxValue, -10);
        Assert.Equal(s_prompt.Length - 11, context.Cache.LastPosition(Sequence.Zero));
        Assert.Throws<StateException>(() => context.SaveState(Sequence.Zero, Stream.Null));
        context.Prefill(Sequence.Zero, [new(20)]);
        context.SaveState(Sequence.Zero, Stream.Null);
    }

    /// <summary>Rotary positions count by their differences only: moved together, keys that were rotated along give the same logits.</summary>
    [Theory]
    [InlineData(CacheType.F32, 1e-4)]
    [InlineData(CacheType.F16, 1e-2)]
    public void A_sequence_that_was_moved_as_a_whole_goes_on_as_before(CacheType keys, double bound)
    {
        float[][] logits = [.. ((int[])[0, 100]).Select(offset =>
        {
            using LlamaContext context = Pocket.Context(s_plain with { KeyType = keys });
            context.Prefill(Sequence.Zero, s_prompt);
            context.Cache.Shift(Sequence.Zero, 0, int.MaxValue, offset);
            context.Prefill(Sequence.Zero, [new(20)]);
            Assert.Equal(s_prompt.Length + offset, context.Cache.LastPosition(Sequence.Zero));
            return context.Logits().ToArray();
        })];
        Assert.InRange(TensorPrimitives.Distance(logits[0], logits[1]) / TensorPrimitives.Norm<float>(logits[0]), 0, bound);
    }

    [Fact]
    public void Moving_below_zero_is_refused()
    {
        using LlamaContext context = Pocket.Context(s_plain);
        context.Prefill(Sequence.Zero, s_prompt);
        Assert.Throws<ArgumentOutOfRangeException>(() => context.Cache.Shift(Sequence.Zero, 5, 10, -6));
    }

    [Fact]
    public void Moving_with_a_scaled_rotation_is_refused()
    {
        using LlamaContext context = Pocket.Context(s_plain with { RopeScaling = RopeScaling.Yarn });
        context.Prefill(Sequence.Zero, s_prompt);
        Assert.False(context.Cache.CanShift);
        Assert.Throws<CacheException>(() => context.Cache.Shift(Sequence.Zero, 5, 10, 1));
    }

    [Theory]
    [InlineData("llama", false)]      // heads of 32
    [InlineData("gemma2", true)]      // of 64
    public void Quantized_keys_move_only_where_llama_cpp_can_move_them(string name, bool canShift)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name));
        using LlamaContext context = model.CreateContext(s_plain with { KeyType = CacheType.Q8_0, FlashAttention = FlashAttention.On });
        context.Prefill(Sequence.Zero, [new(3), new(4), new(5)]);
        Assert.Equal(canShift, context.Cache.CanShift);
        context.Cache.Remove(Sequence.Zero, 0, 1);
        if (canShift)
            context.Cache.Shift(Sequence.Zero, 1, 3, -1);
        else
            Assert.Contains("quantized", Assert.Throws<CacheException>(() => context.Cache.Shift(Sequence.Zero, 1, 3, -1)).Message);
        context.Prefill(Sequence.Zero, [new(6)]);
        Assert.Equal(canShift ? 2 : 3, context.Cache.LastPosition(Sequence.Zero));
    }

    [Fact]
    public void Tokens_that_sequences_share_need_a_cache_they_share()
    {
        using LlamaContext context = Pocket.Context(s_plain with { MaxSequences = 2, UnifiedCache = false });
        using LlamaBatch batch = new(4, sequencesPerToken: 2);
        batch.Add(new(1), 0, [new Sequence(0), new Sequence(1)], output: true);
        Assert.Contains("UnifiedCache", Assert.Throws<ArgumentException>(() => context.Decode(batch)).Message);
    }

    [Fact]
    public void A_batch_of_two_sequences_gives_each_its_own_logits()
    {
        float[] cold = Cold();
        using LlamaContext context = Pocket.Context(s_plain with { MaxSequences = 2, ContextSize = 1024 });
        using LlamaBatch batch = new(512);
        int other = batch.AddRange(s_prompt.AsSpan(0, 50), 0, new Sequence(1), outputLast: true);
        int own = batch.AddRange(s_prompt, 0, new Sequence(0), outputLast: true);
        context.Decode(batch);
        Assert.Equal(2, batch.OutputCount);
        float[] logits = context.Logits(own).ToArray();
        Assert.All(cold.Zip(logits), pair => Assert.Equal(pair.First, pair.Second, 1e-3f));
        Assert.NotEqual(logits, context.Logits(other).ToArray());
    }

    private static float[] Cold()
    {
        using LlamaContext context = Pocket.Context(s_plain);
        context.Prefill(Sequence.Zero, s_prompt);
        return context.Logits().ToArray();
    }
}
