using LlamaSpan.TestSupport.Pocket;
using Xunit;

namespace LlamaSpan.IntegrationTests.Recipes;

public sealed class QuestionAnsweringTests
{
    private static readonly PocketFolder s_folder = PocketFiles.Folders().First(folder => folder.Documents.Count >= 4 && folder.Questions.Count >= 4);

    private static LlamaEngine Start() => LlamaEngine.Start(Pocket.Model, new EngineOptions { Context = Pocket.Options with { ContextSize = 4096, FlashAttention = FlashAttention.Off } });

    [Fact]
    public async Task Answers_quote_the_document_they_were_read_from()
    {
        await using LlamaEngine engine = Start();
        int asked = 0, right = 0;
        foreach (PocketFolder folder in PocketFiles.Folders().Take(6))
            foreach (PocketQuestion question in folder.Questions)
            {
                RagAnswer answer = await engine.AnswerAsync(question.Question, folder.Documents);
                asked++;
                right += answer.Text == question.Value && answer.Quote == question.Quote && answer.Document + 1 == question.Document ? 1 : 0;
                Assert.Equal(FinishReason.EndOfGeneration, answer.FinishReason);
            }
        Assert.True(right >= 0.8 * asked, $"{right} of {asked}");
        TestContext.Current.SendDiagnosticMessage("{0} of {1} answers were right", right, asked);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_warm_answer_equals_a_cold_one_and_computes_only_the_question(bool quote)
    {
        RagOptions options = new() { Quote = quote };
        await using LlamaEngine warm = Start();
        RequestUsage before = await warm.WarmAsync(s_folder.Documents, options);
        foreach (PocketQuestion question in s_folder.Questions)
        {
            await using LlamaEngine cold = Start();
            RagAnswer first = await cold.AnswerAsync(question.Question, s_folder.Documents, options), again = await warm.AnswerAsync(question.Question, s_folder.Documents, options);
            Assert.Equal((first.Text, first.Quote, first.Document), (again.Text, again.Quote, again.Document));
            Assert.Equal((0, first.Usage.PromptTokens), (first.Usage.CachedTokens, again.Usage.PromptTokens));
            Assert.Equal(first.Usage.PromptTokens, again.Usage.CachedTokens + again.Usage.ComputedTokens);
            Assert.InRange(again.Usage.CachedTokens, before.PromptTokens, again.Usage.PromptTokens - 1);
            Assert.True(before.PromptTokens > 0.7 * first.Usage.PromptTokens);
        }
    }

    [Fact]
    public async Task Reordered_documents_are_found_in_the_cache_and_cited_by_the_callers_index()
    {
        await using LlamaEngine engine = Start();
        RagOptions options = new() { Reorder = true };
        int warmed = (await engine.WarmAsync(s_folder.Documents, options)).ComputedTokens;
        string[] reversed = [.. s_folder.Documents.Reverse()];
        PocketQuestion question = s_folder.Questions.First(question => question.Document is not null);
        RagAnswer inOrder = await engine.AnswerAsync(question.Question, s_folder.Documents), answer = await engine.AnswerAsync(question.Question, reversed, options);
        Assert.True(answer.Usage.CachedTokens >= warmed);
        Assert.Equal((inOrder.Text, inOrder.Quote), (answer.Text, answer.Quote));
        Assert.Equal(reversed.Length - 1 - inOrder.Document, answer.Document);
        RagAnswer fixedOrder = await engine.AnswerAsync(question.Question, reversed);
        Assert.True(fixedOrder.Usage.CachedTokens < warmed / 2);
    }

    [Fact]
    public async Task Passages_that_were_warmed_are_moved_to_where_they_stand()
    {
        RagOptions options = new() { RecomputedTokens = 4 };
        int asked = 0, same = 0;
        foreach (PocketFolder folder in PocketFiles.Folders().Where(folder => folder.Documents.Count >= 3).Take(4))
        {
            await using LlamaEngine engine = Start();
            await engine.WarmAsync(folder.Documents, options);
            string[] reversed = [.. folder.Documents.Reverse()];
            foreach (PocketQuestion question in folder.Questions)
            {
                RagAnswer moved = await engine.AnswerAsync(question.Question, reversed, options);
                Assert.True(moved.Usage.MovedTokens > 0, $"{asked} {folder.Documents.Count} {moved.Usage}");
                Assert.True(moved.Usage.ComputedTokens < moved.Usage.PromptTokens / 2 + 40, $"{moved.Usage}");
                RagAnswer exact = await engine.AnswerAsync(question.Question, reversed, new RagOptions { Request = options.Request with { KeepInCache = false } });
                Assert.Equal(0, exact.Usage.MovedTokens);
                asked++;
                same += moved.Text == exact.Text ? 1 : 0;
            }
        }
        TestContext.Current.SendDiagnosticMessage("{0} of {1} answers with moved passages were the exact ones", same, asked);
        Assert.True(same >= 0.5 * asked, $"{same} of {asked}");
    }

    [Fact]
    public async Task Where_passages_cannot_be_moved_they_are_warmed_as_they_stand()
    {
        RagOptions options = new() { RecomputedTokens = 4 };
        await using LlamaEngine engine = LlamaEngine.Start(Pocket.Model, new EngineOptions
        {
            Context = Pocket.Options with { ContextSize = 4096, FlashAttention = FlashAttention.Off },
            CacheLayout = CacheLayout.PerSequence,
            MaxSequences = 2,
            CachedSequences = 2,
        });
        Assert.NotNull(await engine.WhyNotMoveAsync());
        RequestUsage warmed = await engine.WarmAsync(s_folder.Documents, options);
        RagAnswer answer = await engine.AnswerAsync(s_folder.Questions[0].Question, s_folder.Documents, options);
        Assert.Equal((0, warmed.ComputedTokens), (answer.Usage.MovedTokens, answer.Usage.CachedTokens));
        Assert.True(answer.Usage.ComputedTokens < answer.Usage.CachedTokens / 2, $"{answer.Usage}");
    }

    [Fact]
    public async Task More_recomputed_tokens_lose_less_on_a_real_model()
    {
        string? path = Environment.GetEnvironmentVariable("LLAMASPAN_MODEL");
        Assert.SkipWhen(string.IsNullOrEmpty(path), "LLAMASPAN_MODEL names no model.");
        using LlamaModel model = LlamaModel.Load(path);
        using ChatTemplate template = ChatTemplate.FromModel(model);
        string[] documents = [.. PocketFiles.Folders().SelectMany(folder => folder.Documents).Take(6)];
        string question = PocketFiles.Folders()[0].Questions.First(question => question.Answer is not null).Question;
        RagPrompt prompt = RagPrompt.Create(template, question, documents, new RagOptions { Quote = false });
        List<double> losses = [];
        foreach (int recomputed in new[] { 0, 16 })
        {
            RagOptions options = new() { Quote = false, RecomputedTokens = recomputed };
            await using LlamaEngine engine = LlamaEngine.Start(model, new EngineOptions { Context = Pocket.Options with { ContextSize = 2048, FlashAttention = FlashAttention.Off } });
            RequestOptions greedy = options.Request with { MaxTokens = 24, IgnoreEndOfGeneration = true, KeepInCache = false };
            LlamaToken[] answer = [.. (await engine.CompleteAsync(prompt.Tokens.Span, greedy)).Tokens];
            await engine.WarmAsync([.. documents.Reverse()], options);
            ChunkLoss loss = await engine.MeasureLossAsync(prompt.Tokens, answer, new ChunkReuse(prompt.Documents, recomputed));
            TestContext.Current.SendDiagnosticMessage("{0} tokens recomputed a passage: {1}", recomputed, loss);
            Assert.True(loss.MovedTokens > 0);
            losses.Add(loss.Divergence);
        }
        Assert.True(losses[1] < losses[0], string.Join(" ", losses));
    }

    [Fact]
    public async Task Bad_input_is_refused_with_its_name()
    {
        await using LlamaEngine engine = Start();
        Assert.Equal("passages", (await Assert.ThrowsAsync<ArgumentNullException>(() => engine.AnswerAsync("?", null!))).ParamName);
        Assert.Equal("question", (await Assert.ThrowsAsync<ArgumentNullException>(() => engine.AnswerAsync(null!, ["a"]))).ParamName);
        Assert.Equal("passages", (await Assert.ThrowsAsync<ArgumentException>(() => engine.AnswerAsync("?", [""]))).ParamName);
        Assert.Contains("Document 0", (await Assert.ThrowsAsync<ArgumentException>(() => engine.AnswerAsync("?", [null!]))).Message);
        Assert.Contains("at most", (await Assert.ThrowsAsync<ArgumentException>(() => engine.AnswerAsync("?", [string.Concat(Enumerable.Repeat("word 1 ", 4000))]))).Message);
        await Assert.ThrowsAsync<ChatTemplateException>(() => engine.AnswerAsync("\ud800", ["a"]));
    }
}
