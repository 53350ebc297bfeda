namespace LlamaSpan;

/// <summary>Computes the log-probabilities of a given continuation.</summary>
internal sealed class ScoreRequest : EngineRequest
{
    internal const int OutputsPerStep = 64;

    private readonly LlamaToken _last;
    private readonly float[] _scores;

    /// <param name="tokens">Prompt and continuation.</param>
    /// <param name="promptLength">Tokens of the prompt, at least 1.</param>
    /// <param name="options">Namespace, priority, timeout.</param>
    /// <param name="sink">Gets the end.</param>
    internal ScoreRequest(ReadOnlySpan<LlamaToken> tokens, int promptLength, RequestOptions options, RequestSink sink)
        : base(tokens[..^1], options, sink)      // nothing comes behind the last token
    {
        (_last, FirstOutput, _scores) = (tokens[^1], promptLength - 1, new float[tokens.Length - promptLength]);
    }

    /// <summary>Natural logarithm of each token's probability behind those before it.</summary>
    internal IReadOnlyList<float> Scores => _scores;

    internal override int FirstOutput { get; }

    /// <summary>Each output takes a row of the vocabulary's size in memory.</summary>
    internal override int LongestPiece => LongestPieceOf(Computed, FirstOutput);

    internal static int LongestPieceOf(int computed, int firstOutput) => computed >= firstOutput ? OutputsPerStep : Math.Max(OutputsPerStep, firstOutput - computed);

    internal override string ActivityName => "llamaspan.score";

    internal override bool Take(int index, ReadOnlySpan<float> logits)
    {
        LlamaToken token = index + 1 < Count ? Tokens[index + 1] : _last;
        _scores[index - FirstOutput] = (float)(logits[token] - LogitStatistics.LogSumExp(logits));
        return index == Count - 1;
    }
}
