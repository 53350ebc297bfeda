using System.Text.RegularExpressions;
using LlamaSpan.TestSupport.Pocket;
using Xunit;

namespace LlamaSpan.IntegrationTests.Recipes;

public sealed partial class JudgingTests
{
    private static LlamaEngine Start() => LlamaEngine.Start(Pocket.Model, new EngineOptions { Context = Pocket.Options with { ContextSize = 4096, FlashAttention = FlashAttention.Off } });

    [Fact]
    public async Task The_best_candidate_comes_first()
    {
        await using LlamaEngine engine = Start();
        PocketPrompt[] prompts = [.. PocketFiles.Prompts().Where(prompt => prompt.Task == "rank")];
        int right = 0;
        foreach (PocketPrompt prompt in prompts)
        {
            (string question, string[] passages, string[] candidates) = Read(prompt.Messages[1].Content);
            Assert.Equal(prompt.Messages[1].Content, Reranking.UserText(question, passages, candidates));
            RequestResults<RankedCandidate> ranked = await engine.RerankAsync(question, passages, candidates);
            Assert.Equal(Enumerable.Range(0, candidates.Length), ranked.Select(each => each.Index).Order());
            Assert.Equal(1, ranked.Sum(each => each.Probability), 3);
            Assert.True(ranked.Usage.CachedTokens > ranked.Usage.ComputedTokens);      // the prompt is computed once
            right += $"{ranked[0].Index + 1}" == prompt.Answer ? 1 : 0;
        }
        Assert.True(right >= 0.7 * prompts.Length, $"{right} of {prompts.Length}");
    }

    [Fact]
    public async Task Of_more_than_nine_candidates_a_number_is_not_taken_for_the_beginning_of_another()
    {
        await using LlamaEngine engine = Start();
        string[] candidates = [.. Enumerable.Range(0, 12).Select(i => $"Velmora Optics is based in Tarnwick{i}.")];
        RequestResults<RankedCandidate> ranked = await engine.RerankAsync("Where is Velmora Optics based?", ["Velmora Optics is based in Tarnwick3."], candidates);
        Assert.Equal(12, ranked.Count);
        Assert.Equal(1, ranked.Sum(each => each.Probability), 3);
    }

    [Fact]
    public async Task Candidates_must_be_there_and_not_too_many()
    {
        await using LlamaEngine engine = Start();
        Assert.Equal("candidates", (await Assert.ThrowsAsync<ArgumentException>(() => engine.RerankAsync("?", [], []))).ParamName);
        Assert.Equal("candidates", (await Assert.ThrowsAsync<ArgumentException>(() => engine.RerankAsync("?", [], new string[100]))).ParamName);
        Assert.Equal("passages", (await Assert.ThrowsAsync<ArgumentException>(() => engine.RerankAsync("?", [null!], ["a"]))).ParamName);
    }

    [Fact]
    public async Task A_vote_counts_what_the_samples_say_and_computes_the_prompt_once()
    {
        await using LlamaEngine engine = Start();
        LlamaToken[] prompt = Pocket.Prompt("When was Velmora Optics founded?");
        RequestOptions options = new() { MaxTokens = 40, Sampling = new() { Seed = 1, Temperature = 1.2f } };
        Vote vote = await engine.VoteAsync(prompt, 9, options: options);
        Assert.Equal(9, vote.Samples.Count);
        Assert.Equal(vote.Samples.Count(sample => sample.Text.Trim() == vote.Answer), vote.Votes);
        Assert.Equal("Velmora Optics was founded in 1987.", vote.Answer);
        Assert.Equal(vote.Counts.Max(count => count.Votes), vote.Votes);
        Assert.Equal(prompt.Length, vote.Samples.Sum(sample => sample.Usage.ComputedTokens));

        Vote years = await engine.VoteAsync(prompt, 9, sample => Year().Match(sample.Text) is { Success: true } year ? year.Value : null, options);
        Assert.Equal("1987", years.Answer);
        Assert.True(years.Votes >= vote.Votes);
    }

    [Fact]
    public async Task A_vote_without_an_answer_says_so()
    {
        await using LlamaEngine engine = Start();
        Vote vote = await engine.VoteAsync(Pocket.Prompt("When was Velmora Optics founded?"), 3, _ => null, new RequestOptions { MaxTokens = 5 });
        Assert.Null(vote.Answer);
        Assert.Equal(0, vote.Votes);
        Assert.Empty(vote.Counts);
    }

    private static (string Question, string[] Passages, string[] Candidates) Read(string user)
    {
        string[] halves = user.Split("Question: ");
        string[] rest = halves[1].Split("\n\nCandidates:\n");
        string[] passages = [.. Document().Split(halves[0]).Where(text => text.Length > 0).Select(text => text.TrimEnd('\n'))];
        string[] candidates = [.. rest[1].Split("\n\n")[0].Split('\n').Select(line => line[3..])];
        return (rest[0], passages, candidates);
    }

    [GeneratedRegex(@"\[DOC \d+\]\n")]
    private static partial Regex Document();

    [GeneratedRegex(@"\d{4}")]
    private static partial Regex Year();
}
