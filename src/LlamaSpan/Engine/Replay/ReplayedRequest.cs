namespace LlamaSpan;

/// <summary>A recorded request: it is scheduled as it was, its outputs are compared, and it goes on with the tokens it had.</summary>
internal sealed class ReplayedRequest : EngineRequest
{
    private readonly RecordedRequest _recorded;
    private readonly ReplayScript _script;
    private readonly Sampler? _sampler;
    private LlamaToken[] _guesses = [];
    private int _drafted;
    private LlamaToken _drawn = LlamaToken.None;

    internal ReplayedRequest(RecordedRequest recorded, ReplayScript script, Vocabulary vocabulary)
        : base([.. recorded.Tokens.Select(id => new LlamaToken(id))], OptionsOf(recorded), new ReplaySink())
    {
        (_recorded, _script, Number, Rank) = (recorded, script, recorded.Number, recorded.Rank);
        if (recorded.Sampling is null)
            return;
        _sampler = new Sampler(recorded.Sampling, vocabulary, recorded.Stream);
        if (_sampler.UsesHistory)
            _sampler.Accept(Tokens);
    }

    /// <summary>What it guesses in the step to come.</summary>
    internal int[] Guesses { get; set; } = [];

    internal ReplaySink Consumer => (ReplaySink)Sink;

    internal override LlamaToken Drawn => _drawn;

    internal override int FirstOutput => _recorded.Generates ? Count - 1 : _recorded.FirstOutput;

    internal override bool IsStreaming => _recorded.Generates && PrefilledAt != 0 && Remaining is > 0 and <= GenerationRequest.LongestStep;

    internal override long LongestLength => _recorded.Generates ? (long)PromptLength + _recorded.MaxTokens : Count;

    internal override bool IsPinned => _recorded.IsPinned;

    internal override bool IsDoneWithoutOutput => IsWarm && Remaining == 0;

    internal override int LongestPiece => _recorded.Generates || IsWarm ? int.MaxValue : ScoreRequest.LongestPieceOf(Computed, FirstOutput);

    internal override ReadOnlySpan<LlamaToken> Drafted => _guesses.AsSpan(0, _drafted);

    private bool IsWarm => !_recorded.Generates && _recorded.FirstOutput >= PromptLength;

    internal override int Draft(Speculation speculation, int most)
    {
        _guesses = [.. Guesses.Select(id => new LlamaToken(id))];
        return _drafted = Math.Min(_guesses.Length, most);
    }

    internal override void KeepDrafted(int most) => _drafted = Math.Min(_drafted, most);

    internal override bool Begin() => _script.Take(Number, -1) is { } began && Follow(began);

    internal override bool Take(int index, ReadOnlySpan<float> logits)
    {
        if (_script.Take(Number, index) is not { } output)
        {
            _script.Differ(Number, index + 1, "no output", $"an output behind token {index}");
            return true;
        }
        _script.Compare(output, logits);
        if (_sampler is not null && output.Drawn >= 0)
            _script.CompareDraw(output, _sampler, logits);
        _drawn = new LlamaToken(output.Drawn);
        return Follow(output);
    }

    private bool Follow(RecordedOutput output)
    {
        foreach (int id in output.Appended)
        {
            Append(new LlamaToken(id));
            _sampler?.Accept(new LlamaToken(id));
        }
        return output.Done;
    }

    private static RequestOptions OptionsOf(RecordedRequest recorded) => new()
    {
        Namespace = recorded.Namespace,
        KeepInCache = recorded.KeepInCache,
        ChunkReuse = recorded.Documents is { } documents
            ? new ChunkReuse([.. documents.Chunk(3).Select(document => new DocumentSegment(document[0], document[1], document[2] != 0))], recorded.RecomputedTokens)
            : null,
    };
}
