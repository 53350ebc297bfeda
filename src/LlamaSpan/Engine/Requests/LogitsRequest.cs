namespace LlamaSpan;

/// <summary>Computes all logits behind each token of a given continuation.</summary>
internal sealed class LogitsRequest(ReadOnlySpan<LlamaToken> tokens, int promptLength, RequestOptions options, RequestSink sink)
    : EngineRequest(tokens, options, sink)
{
    private readonly List<float[]> _rows = [];

    /// <summary>The logits behind the prompt and behind each token of the continuation but the last.</summary>
    internal IReadOnlyList<float[]> Rows => _rows;

    internal override int FirstOutput { get; } = promptLength - 1;

    /// <summary>As for a <see cref="ScoreRequest"/>.</summary>
    internal override int LongestPiece => ScoreRequest.LongestPieceOf(Computed, FirstOutput);

    internal override string ActivityName => "llamaspan.measure";

    internal override bool Take(int index, ReadOnlySpan<float> logits)
    {
        _rows.Add(logits.ToArray());
        return index == Count - 1;
    }
}
