using System.Text;
using LlamaSpan;

namespace RagOverFolder;

/// <summary>Answers questions over passages: one RAG prompt each, of which only what is new is computed.</summary>
sealed class Librarian : IDisposable
{
    const int LongestAnswer = 160;
    static readonly GenerationOptions s_options = new() { Sampling = SamplingOptions.Greedy with { Seed = 0 }, MaxTokens = LongestAnswer };

    readonly LlamaModel _model;
    readonly LlamaContext _warmContext, _coldContext;
    readonly TextGenerator _warm, _cold;
    readonly ChatTemplate _chat;
    readonly bool _knowsPrompts;
    readonly IReadOnlyList<Passage> _passages;
    readonly Bm25 _ranking;

    public Librarian(LlamaModel model, IReadOnlyList<Passage> passages, int threads)
    {
        (_model, _passages) = (model, passages);
        (_chat, _ranking) = (ChatTemplate.FromModel(model), new Bm25([.. passages.Select(passage => passage.Text)]));
        _knowsPrompts = model.Metadata.GetValueOrDefault("general.name") == "pocket";
        ContextOptions options = new() { Threads = threads, BatchThreads = threads };
        (_warmContext, _coldContext) = (model.CreateContext(options), model.CreateContext(options));
        (_warm, _cold) = (new TextGenerator(_warmContext), new TextGenerator(_coldContext));
    }

    public int ContextSize => _warmContext.SequenceSize;

    /// <summary>
    /// Reads and writes a few tokens with both caches, which are empty again afterwards: the first use compiles code and brings the weights
    /// into memory, which no question shall be charged with.
    /// </summary>
    public void WarmUp()
    {
        LlamaToken[] words = _model.Vocabulary.Tokenize("Once upon a time");
        foreach (TextGenerator generator in (TextGenerator[])[_warm, _cold])
        {
            generator.Complete(words, s_options with { MaxTokens = 2, IgnoreEndOfGeneration = true });
            generator.Forget();
        }
    }

    /// <summary>Answers, telling each piece of text as it comes.</summary>
    public Answer Ask(string question, bool json, Action<string> write)
    {
        (LlamaToken[] prompt, IReadOnlyList<Passage> shown) = Prompt(question, json);
        JsonConstraint? constraint = json
            ? QuotedAnswer.Grammar.CreateConstraint(_model.Vocabulary.Tokens, QuotedAnswer.GroundIn(shown.Select(passage => passage.Text)))
            : null;
        StringBuilder text = new();
        foreach (GeneratedPiece piece in _warm.Generate(prompt, s_options, constraint))
        {
            string words = piece.ToString();
            text.Append(words);
            write(words);
        }
        return new Answer(text.ToString(), shown, prompt, _warm.Usage);
    }

    /// <summary>Time to the first token of the answer's prompt on an empty cache.</summary>
    public TimeSpan TimeWithoutCache(Answer answer)
    {
        _cold.Forget();
        foreach (GeneratedPiece _ in _cold.Generate(answer.Prompt, s_options))
            break;
        return _cold.Usage.TimeToFirstToken;
    }

    public void Dispose()
    {
        _warmContext.Dispose();
        _coldContext.Dispose();
        _chat.Dispose();
    }

    /// <summary>All passages where they fit, in their own order; else the best for the question.</summary>
    (LlamaToken[] Prompt, IReadOnlyList<Passage> Shown) Prompt(string question, bool json)
    {
        int room = ContextSize - LongestAnswer;
        LlamaToken[] prompt = Words(_passages);
        if (prompt.Length <= room)
            return (prompt, _passages);
        int[] best = _ranking.Rank(question);
        for (int count = Math.Min(best.Length, ContextSize / 16); count > 0; count--)
        {
            Passage[] shown = [.. best.Take(count).Order().Select(i => _passages[i])];
            prompt = Words(shown);
            if (prompt.Length <= room)
                return (prompt, shown);
        }
        throw new InputException($"the question has {Words([]).Length} tokens; with a passage it does not fit a context of {ContextSize}");

        LlamaToken[] Words(IReadOnlyList<Passage> shown)
        {
            // small models lose sight of a document that stands far above the question; the default one was trained to look there
            string? reminder = _knowsPrompts || shown.Count == 0 ? null : _passages[_ranking.Rank(question)[0]].Text;
            RagOptions options = new() { Quote = json, Reminder = reminder };
            return RagPrompt.Create(_chat, question, [.. shown.Select(passage => passage.Text)], options).Tokens.ToArray();
        }
    }
}
