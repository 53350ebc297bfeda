using System.IO.Compression;
using Xunit;

namespace LlamaSpan.IntegrationTests.Inference;

public sealed class StateTests
{
    private static readonly LlamaToken[] s_prompt = Pocket.Prompt("When was Velmora Optics founded?");
    private static readonly LlamaToken[] s_next = [new(20)];

    [Fact]
    public void Contexts_made_alike_have_the_same_key()
    {
        using LlamaContext context = Pocket.Context();
        UInt128 key = context.Key();
        for (int i = 0; i < 100; i++)
        {
            using LlamaContext other = Pocket.Context();
            Assert.Equal(key, other.Key());
        }
        using LlamaContext another = Pocket.Context(Pocket.Options with { KeyType = CacheType.F32 });
        Assert.NotEqual(key, another.Key());
    }

    [Fact]
    public void A_sequence_restored_from_a_span_continues_bit_equal()
    {
        using LlamaContext context = Pocket.Context();
        context.Prefill(Sequence.Zero, s_prompt);
        byte[] state = new byte[context.StateSize(Sequence.Zero)];
        Assert.Equal(state.Length, context.SaveState(Sequence.Zero, state));
        float[] expected = Next(context);

        using LlamaContext other = Pocket.Context();
        other.LoadState(Sequence.Zero, state);
        Assert.Equal(s_prompt.Length - 1, other.Cache.LastPosition(Sequence.Zero));
        Assert.Equal(expected, Next(other));
    }

    [Fact]
    public void A_sequence_restored_from_a_file_into_another_sequence_continues_bit_equal()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("llamaspan-");
        string path = Path.Combine(folder.FullName, "sequence.state");
        ContextOptions options = Pocket.Options with { MaxSequences = 2, ContextSize = 1024 };
        using LlamaContext context = Pocket.Context(options);
        context.Prefill(Sequence.Zero, s_prompt);
        context.SaveState(Sequence.Zero, path);
        context.SaveState(Sequence.Zero, path);      // replaces
        float[] expected = Next(context);
        using LlamaContext other = Pocket.Context(options);
        other.LoadState(new Sequence(1), path);
        other.Prefill(new Sequence(1), s_next);
        Assert.Equal(expected, other.Logits().ToArray());
        Assert.Single(folder.GetFiles());
        folder.Delete(recursive: true);
    }

    [Fact]
    public void A_whole_context_goes_through_a_stream()
    {
        ContextOptions options = Pocket.Options with { MaxSequences = 2, ContextSize = 1024 };
        using LlamaContext context = Pocket.Context(options);
        context.Prefill(new Sequence(0), s_prompt);
        context.Prefill(new Sequence(1), s_prompt.AsSpan(0, 9));
        using MemoryStream stream = new();
        context.SaveState(stream);
        Assert.Equal(context.StateSize(), stream.Length);
        float[] expected = Next(context);
        stream.Position = 0;
        using LlamaContext other = Pocket.Context(options);
        other.LoadState(stream);
        Assert.Equal(8, other.Cache.LastPosition(new Sequence(1)));
        Assert.Equal(expected, Next(other));
    }

    [Fact]
    public void Every_damage_is_noticed_and_leaves_the_sequence_alone()
    {
        using LlamaContext context = Pocket.Context();
        context.Prefill(Sequence.Zero, s_prompt.AsSpan(0, 20));
        byte[] state = new byte[context.StateSize(Sequence.Zero)];
        context.SaveState(Sequence.Zero, state);
        Random random = new(1);
        for (int i = 0; i < 200; i++)
        {
            byte[] damaged = (byte[])state.Clone();
            damaged[i < 48 ? i : random.Next(state.Length)] ^= (byte)(1 << random.Next(8));
            Assert.Throws<StateException>(() => context.LoadState(Sequence.Zero, damaged));
        }
        foreach (int length in new[] { 0, 7, 47, 48, 100, state.Length - 1 })
        {
            Assert.Throws<StateException>(() => context.LoadState(Sequence.Zero, state.AsSpan(0, length)));
            Assert.Throws<StateException>(() => context.LoadState(Sequence.Zero, new MemoryStream(state, 0, length)));
        }
        Assert.Equal(19, context.Cache.LastPosition(Sequence.Zero));
    }

    [Fact]
    public void A_state_of_another_cache_format_is_refused()
    {
        using LlamaContext context = Pocket.Context();
        context.Prefill(Sequence.Zero, s_prompt);
        byte[] state = new byte[context.StateSize(Sequence.Zero)];
        context.SaveState(Sequence.Zero, state);
        using LlamaContext other = Pocket.Context(Pocket.Options with { KeyType = CacheType.F32 });
        Assert.Throws<StateException>(() => other.LoadState(Sequence.Zero, state));
        Assert.Throws<StateException>(() => context.LoadState(new MemoryStream(state)));
    }

    [Fact]
    public void A_state_is_of_its_adapters_and_steering_and_layout()
    {
        using LlamaContext context = Pocket.Context();
        context.Prefill(Sequence.Zero, s_prompt);
        byte[] state = new byte[context.StateSize(Sequence.Zero)];
        context.SaveState(Sequence.Zero, state);
        int width = context.Model.EmbeddingSize, layers = context.Model.LayerCount - 1;
        context.SetControlVector(new ControlVector(new float[width * layers], width));
        Assert.Throws<StateException>(() => context.LoadState(Sequence.Zero, state));
        context.SaveState(Sequence.Zero, state);
        context.SetControlVector(new ControlVector([.. Enumerable.Repeat(1f, width * layers)], width));
        Assert.Throws<StateException>(() => context.LoadState(Sequence.Zero, state));
        context.SetControlVector(new ControlVector(new float[width * layers], width));
        context.LoadState(Sequence.Zero, state);

        context.ClearControlVector();
        context.SaveState(Sequence.Zero, state);
        using LlamaContext other = Pocket.Context(Pocket.Options with { FlashAttention = FlashAttention.Off });
        Assert.Throws<StateException>(() => other.LoadState(Sequence.Zero, state));
        Assert.Equal(-1, other.Cache.LastPosition(Sequence.Zero));
    }

    [Fact]
    public void A_length_that_is_not_there_is_noticed_in_a_stream_that_cannot_tell()
    {
        using LlamaContext context = Pocket.Context();
        context.Prefill(Sequence.Zero, s_prompt);
        byte[] state = new byte[context.StateSize(Sequence.Zero)];
        context.SaveState(Sequence.Zero, state);
        foreach (int bit in (int[])[3, 30, 40, 46])
        {
            byte[] damaged = (byte[])state.Clone();
            damaged[16 + (bit / 8)] ^= (byte)(1 << (bit % 8));
            using BrotliStream stream = new(Compressed(damaged), CompressionMode.Decompress);
            Assert.Throws<StateException>(() => context.LoadState(Sequence.Zero, stream));
        }
        using BrotliStream whole = new(Compressed(state), CompressionMode.Decompress);
        context.LoadState(Sequence.Zero, whole);

        static MemoryStream Compressed(byte[] bytes)
        {
            MemoryStream target = new();
            using (BrotliStream stream = new(target, CompressionLevel.Fastest, leaveOpen: true))
                stream.Write(bytes);
            target.Position = 0;
            return target;
        }
    }

    [Fact]
    public void A_state_that_does_not_fit_leaves_the_sequence_empty()
    {
        using LlamaContext context = Pocket.Context(Pocket.Options with { ContextSize = 1024 });
        context.Prefill(Sequence.Zero, Enumerable.Repeat(new LlamaToken(10), 700).ToArray());
        byte[] state = new byte[context.StateSize(Sequence.Zero)];
        context.SaveState(Sequence.Zero, state);
        using LlamaContext small = Pocket.Context();
        StateException refusal = Assert.Throws<StateException>(() => small.LoadState(Sequence.Zero, state));
        Assert.NotEmpty(refusal.NativeLog);
        Assert.Equal(-1, small.Cache.LastPosition(Sequence.Zero));
        small.Prefill(Sequence.Zero, s_prompt);
    }

    [Fact]
    public void Where_a_state_goes_must_be_said()
    {
        using LlamaContext context = Pocket.Context();
        Assert.Throws<ArgumentNullException>("path", () => context.SaveState((string)null!));
        Assert.Throws<ArgumentNullException>("destination", () => context.SaveState((Stream)null!));
        Assert.Throws<ArgumentNullException>("source", () => context.LoadState(Sequence.Zero, (Stream)null!));
    }

    private static float[] Next(LlamaContext context)
    {
        context.Prefill(Sequence.Zero, s_next);
        return context.Logits().ToArray();
    }
}
