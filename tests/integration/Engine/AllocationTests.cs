using System.Buffers;
using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

/// <summary>Counts what the whole process allocates, so nothing else may run.</summary>
[CollectionDefinition(nameof(AllocationTests), DisableParallelization = true)]
[Collection(nameof(AllocationTests))]
public sealed class AllocationTests
{
    [Theory]
    [InlineData(1, false, Form.Stream)]
    [InlineData(4, false, Form.Stream)]
    [InlineData(2, true, Form.Stream)]
    [InlineData(2, false, Form.StreamWithLogProbabilities)]
    [InlineData(2, false, Form.Write)]
    public async Task Once_warm_a_streamed_token_allocates_nothing(int streams, bool drafted, Form form)
    {
        EngineOptions engineOptions = new() { Context = Pocket.Options with { ContextSize = 4096 }, MaxSequences = 4, CachedSequences = 0 };
        await using LlamaEngine engine = LlamaEngine.Start(Pocket.Model, drafted ? engineOptions with { Draft = new DraftOptions { Model = Pocket.Model } } : engineOptions);
        if (drafted)
            engine.Loop.Scheduler.Speculation.Forced = most => Math.Min(most, 3);
        long fewer = long.MaxValue, more = long.MaxValue;
        for (int round = 0; round < 2 || (round < 20 && more - fewer >= 200 * streams); round++)      // the least of several: the runtime's own threads allocate too
        {
            fewer = Math.Min(fewer, await Allocated(engine, streams, 200, form));
            more = Math.Min(more, await Allocated(engine, streams, 400, form));
        }
        Assert.True(more - fewer < 200 * streams, $"{streams * 200} more tokens allocate {more - fewer} more bytes");
    }

    private static async Task<long> Allocated(LlamaEngine engine, int streams, int tokens, Form form)
    {
        LlamaToken[] prompt = Pocket.Prompt("Where is Velmora Optics based?");
        RequestOptions options = new() { Sampling = new SamplingOptions { Seed = 1 }, MaxTokens = tokens, IgnoreEndOfGeneration = true, LogProbabilities = form == Form.StreamWithLogProbabilities ? 5 : null };
        long before = GC.GetTotalAllocatedBytes(precise: true);
        await Task.WhenAll(Enumerable.Range(0, streams).Select(_ => form == Form.Write ? engine.WriteAsync(prompt, new Sink(), options) : Read(engine.StreamAsync(prompt, options))));
        return GC.GetTotalAllocatedBytes(precise: true) - before;
    }

    private static async Task Read(TokenStream stream)
    {
        int bytes = 0;
        await foreach (Utf8Piece piece in stream)
            bytes += piece.Text.Length;
        Assert.True(bytes > 0);
    }

    public enum Form
    {
        Stream,
        StreamWithLogProbabilities,
        Write,
    }

    /// <summary>Takes text and forgets it.</summary>
    private sealed class Sink : IBufferWriter<byte>
    {
        private readonly byte[] _buffer = new byte[4096];

        public void Advance(int count)
        {
        }

        public Memory<byte> GetMemory(int sizeHint = 0) => _buffer;

        public Span<byte> GetSpan(int sizeHint = 0) => _buffer;
    }
}
