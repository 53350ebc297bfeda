using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

public sealed class LlamaEngineTests
{
    private const string Answer = "Velmora Optics is based in Tarnwick.";

    private static readonly LlamaToken[] s_prompt = Pocket.Prompt("Where is Velmora Optics based?");
    private static readonly RequestOptions s_greedy = new() { Sampling = SamplingOptions.Greedy with { Seed = 1 }, MaxTokens = 60 };

    private static LlamaEngine Start(EngineOptions? options = null, int contextSize = 2048) =>
        LlamaEngine.Start(Pocket.Model, (options ?? new EngineOptions()) with { Context = Pocket.Options with { ContextSize = contextSize, FlashAttention = FlashAttention.Off } });

    [Fact]
    public async Task It_streams_completes_and_writes_the_same_answer()
    {
        await using LlamaEngine engine = Start();
        TokenStream stream = engine.StreamAsync(s_prompt, s_greedy);
        StringBuilder text = new();
        await foreach (Utf8Piece piece in stream)
            text.Append(piece);
        Assert.Equal(Answer, text.ToString());
        Assert.Equal(FinishReason.EndOfGeneration, stream.FinishReason);
        Assert.Equal((s_prompt.Length, 0), (stream.Usage.ComputedTokens, stream.Usage.CachedTokens));

        Completion completion = await engine.CompleteAsync(s_prompt, s_greedy);
        Assert.Equal(Answer, completion.Text);
        Assert.Equal((1, s_prompt.Length - 1), (completion.Usage.ComputedTokens, completion.Usage.CachedTokens));
        Assert.Equal(completion.Tokens.Count, completion.Usage.GeneratedTokens);

        ArrayBufferWriter<byte> output = new();
        StreamEnd end = await engine.WriteAsync(s_prompt, output, s_greedy);
        Assert.Equal(Answer, Encoding.UTF8.GetString(output.WrittenSpan));
        Assert.Equal(s_prompt.Length, end.Usage.PromptTokens);
    }

    [Theory]
    [InlineData("[INST] Hi [/INST]")]
    [InlineData("<s>[INST] Hi [/INST]")]
    [InlineData("\n  <s>[INST] Hi [/INST]")]
    public async Task A_prompt_written_by_hand_has_one_BOS_spelled_or_not(string prompt)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.Mistral);
        await using LlamaEngine engine = LlamaEngine.Start(model, new EngineOptions { Context = new() { ContextSize = 256, Threads = 1, BatchThreads = 1 } });
        LlamaToken[] tokens = model.Vocabulary.TokenizePrompt("<s>[INST] Hi [/INST]");
        await engine.WarmAsync(tokens);
        RequestUsage usage = (await engine.CompleteAsync(prompt, s_greedy with { MaxTokens = 1 })).Usage;
        Assert.Equal((tokens.Length, tokens.Length - 1), (usage.PromptTokens, usage.CachedTokens));
    }

    [Fact]
    public async Task Requests_that_arrive_together_compute_what_they_share_once()
    {
        await using LlamaEngine engine = Start(new EngineOptions { TokensPerStep = 64 });
        string[] questions = ["Where is Velmora Optics based?", "What color is the Brillo kettle?", "When was Velmora Optics founded?", "How much does the Brillo kettle cost?"];
        LlamaToken[][] prompts = [.. questions.Select(Pocket.Prompt)];
        Completion[] answers = await Task.WhenAll(prompts.Select(prompt => engine.CompleteAsync(prompt, s_greedy)));
        Assert.Equal(Answer, answers[0].Text);
        int shared = prompts.Skip(1).Min(prompt => prompt.AsSpan().CommonPrefixLength(prompts[0]));
        foreach ((Completion answer, LlamaToken[] prompt) in answers.Zip(prompts))
            Assert.Equal(prompt.Length, answer.Usage.PromptTokens);
        Assert.True(answers.Sum(answer => answer.Usage.ComputedTokens) <= prompts.Sum(prompt => prompt.Length - shared) + shared);
        using LlamaContext context = Pocket.Context(Pocket.Options with { FlashAttention = FlashAttention.Off });
        for (int i = 0; i < prompts.Length; i++)
            Assert.Equal(new TextGenerator(context).Complete(prompts[i], s_greedy).Text, answers[i].Text);
    }

    [Fact]
    public async Task Samples_of_one_prompt_compute_it_once_and_differ()
    {
        await using LlamaEngine engine = Start();
        RequestOptions options = new() { Sampling = new SamplingOptions { Seed = 3, Temperature = 3, TopK = 0, TopP = 1, MinP = 0 }, MaxTokens = 20, IgnoreEndOfGeneration = true };
        Completion[] samples = await engine.SampleAsync(s_prompt, 8, options);
        Assert.Equal(s_prompt.Length, samples.Sum(sample => sample.Usage.ComputedTokens));
        Assert.Equal(8, samples.Select(sample => string.Join(" ", sample.Tokens)).Distinct().Count());
        Completion[] again = await engine.SampleAsync(s_prompt, 8, options);
        Assert.Equal(samples.Select(sample => sample.Text), again.Select(sample => sample.Text));
    }

    [Fact]
    public async Task A_batch_gives_its_answers_in_order_and_tells_how_far_it_is()
    {
        await using LlamaEngine engine = Start(new EngineOptions { MaxSequences = 3, MaxWaiting = 5 });      // far fewer than there are prompts
        string[] questions = ["Where is Velmora Optics based?", "What color is the Brillo kettle?"];
        ReadOnlyMemory<LlamaToken>[] prompts = [.. Enumerable.Range(0, 10).Select(i => (ReadOnlyMemory<LlamaToken>)Pocket.Prompt(questions[i % 2]))];
        ConcurrentBag<BatchProgress> reports = [];
        IReadOnlyList<Completion[]> answers = await engine.BatchAsync(prompts, 2, s_greedy, new Reports(reports.Add));
        Assert.Equal(Enumerable.Range(1, 10).Select(i => new BatchProgress(2 * i, 20)), reports.OrderBy(report => report.Completed));
        Assert.Equal(10, answers.Count);
        Assert.All(answers, (samples, i) => Assert.Equal([i % 2 == 0, i % 2 == 0], samples.Select(sample => sample.Text == Answer)));
        Assert.Empty(await engine.BatchAsync([]));
    }

    [Fact]
    public async Task A_batch_with_a_bad_prompt_computes_nothing_and_a_cancelled_one_ends()
    {
        await using LlamaEngine engine = Start(new EngineOptions { MaxSequences = 3 });
        EngineProbe probe = new(engine);
        await Assert.ThrowsAsync<ArgumentException>("prompts", () => engine.BatchAsync([s_prompt, Array.Empty<LlamaToken>()]));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>("samples", () => engine.BatchAsync([s_prompt], 0));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>("samples", () => engine.BatchAsync([s_prompt], 256));
        Assert.Equal(0, probe.Tokens);
        using CancellationTokenSource source = new();
        Task<IReadOnlyList<Completion[]>> batch = engine.BatchAsync([.. Enumerable.Repeat((ReadOnlyMemory<LlamaToken>)s_prompt, 50)], 1, s_greedy with { MaxTokens = 1000, IgnoreEndOfGeneration = true }, null, source.Token);
        source.CancelAfter(50);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => batch);
        Assert.Equal(Answer, (await engine.CompleteAsync(s_prompt, s_greedy)).Text);
        EngineStatistics after = await engine.GetStatisticsAsync();
        Assert.Equal((0, 0), (after.Running, after.Waiting));
    }

    [Fact]
    public async Task Scores_are_the_log_probabilities_of_a_fresh_context()
    {
        await using LlamaEngine engine = Start();
        EngineProbe probe = new(engine);
        LlamaToken[] likely = Pocket.Model.Vocabulary.Tokenize(Answer, addSpecial: false), unlikely = Pocket.Model.Vocabulary.Tokenize("The kettle is green.", addSpecial: false);
        RequestResults<IReadOnlyList<float>> scores = await engine.ScoreAsync(s_prompt, [likely, unlikely]);
        Assert.True(scores[0].Sum() > scores[1].Sum() + 5);
        Assert.Equal(s_prompt.Length + likely.Length + unlikely.Length - 1, await engine.Loop.Post(() => probe.Tokens));      // the prompt once, but for the output behind its last token
        Assert.Equal(await engine.Loop.Post(() => probe.Tokens), scores.Usage.ComputedTokens);
        Assert.Equal(2 * s_prompt.Length + likely.Length + unlikely.Length - 2, scores.Usage.PromptTokens);
        Assert.Equal(scores.Usage.PromptTokens, scores.Usage.CachedTokens + scores.Usage.ComputedTokens);
        Assert.True(scores.Usage.PrefillTime > TimeSpan.Zero);
        Assert.Equal(default, (await engine.ScoreAsync(s_prompt, [])).Usage);
        using LlamaContext context = Pocket.Context(Pocket.Options with { FlashAttention = FlashAttention.Off });
        context.Prefill(Sequence.Zero, s_prompt);
        foreach ((LlamaToken token, float score) in likely.Zip(scores[0]))
        {
            Assert.Equal(new Sampler().LogProbability(DistributionKind.Model, context.Logits(), token, default), score, 1e-3f);
            context.Prefill(Sequence.Zero, [token]);
        }
    }

    [Fact]
    public async Task A_pinned_prefix_stays_and_a_namespace_hits_only_its_own()
    {
        await using LlamaEngine engine = Start(new EngineOptions { CachedSequences = 2 }, contextSize: 512);
        LlamaToken[] system = s_prompt[..60];
        await using (await engine.PinAsync(system))
        {
            for (int i = 0; i < 8; i++)
                await engine.CompleteAsync([.. Enumerable.Range(0, 200).Select(j => new LlamaToken(300 + (i * 31 + j) % 500))], s_greedy with { MaxTokens = 5 });
            Assert.Equal(60, (await engine.CompleteAsync(s_prompt, s_greedy)).Usage.CachedTokens);
            Assert.Equal(0, (await engine.CompleteAsync(s_prompt, s_greedy with { Namespace = "other" })).Usage.CachedTokens);
        }
        PrefixMiss miss = await engine.ExplainAsync(new[] { s_prompt[0], new LlamaToken(77) });
        Assert.Equal((1, 77), (miss.MatchedTokens, miss.Wanted.Id));
        Assert.Equal([s_prompt[1]], miss.Cached);
        await engine.ClearCacheAsync();
        EngineStatistics empty = await engine.GetStatisticsAsync();
        Assert.Equal((0, 0, 0), (empty.UsedCells, empty.CachedSequences, empty.Namespaces));
    }

    [Fact]
    public async Task Bad_requests_are_refused_at_once()
    {
        await using LlamaEngine engine = Start(contextSize: 256);
        Assert.Throws<ArgumentException>(() => { engine.StreamAsync(ReadOnlySpan<LlamaToken>.Empty); });
        Assert.Throws<ArgumentException>(() => { engine.StreamAsync(new LlamaToken[256]); });
        Assert.Throws<ArgumentOutOfRangeException>(() => { engine.StreamAsync([new LlamaToken(99999)]); });
        Assert.Throws<ArgumentOutOfRangeException>(() => new RequestOptions { Timeout = TimeSpan.Zero });
        Assert.Throws<ArgumentOutOfRangeException>(() => LlamaEngine.Start(Pocket.Model, new EngineOptions { MaxSequences = 200, CachedSequences = 100 }));
        using CancellationTokenSource source = new();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => { engine.StreamAsync(s_prompt, s_greedy, source.Token); });
    }

    [Fact]
    public async Task A_buffer_that_takes_no_more_ends_its_own_request_and_the_caller_is_told()
    {
        await using LlamaEngine engine = Start();
        Task<StreamEnd> full = engine.WriteAsync(s_prompt, new Full(), s_greedy with { MaxTokens = 1000, IgnoreEndOfGeneration = true });
        Assert.Equal(Answer, (await engine.CompleteAsync(s_prompt, s_greedy)).Text);
        await Assert.ThrowsAsync<IOException>(() => full);
        await engine.ClearCacheAsync();
        EngineStatistics after = await engine.GetStatisticsAsync();
        Assert.Equal((0, 0), (after.Running, after.Waiting));
    }

    private sealed class Full : IBufferWriter<byte>
    {
        public void Advance(int count) => throw new IOException("no more");

        public Memory<byte> GetMemory(int sizeHint = 0) => new byte[Math.Max(sizeHint, 64)];

        public Span<byte> GetSpan(int sizeHint = 0) => new byte[Math.Max(sizeHint, 64)];
    }

    private sealed class Reports(Action<BatchProgress> report) : IProgress<BatchProgress>
    {
        public void Report(BatchProgress value) => report(value);
    }
}
