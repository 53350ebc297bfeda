namespace LlamaSpan;

/// <summary>Computes tokens for the cache and wants no output.</summary>
internal sealed class WarmRequest(ReadOnlySpan<LlamaToken> tokens, RequestOptions options, RequestSink sink, bool pin)
    : EngineRequest(tokens, options, sink)
{
    internal override bool IsPinned => pin;

    internal override int FirstOutput => Count;

    internal override string ActivityName => "llamaspan.warm";

    internal override bool IsDoneWithoutOutput => Remaining == 0;

    internal override bool Take(int index, ReadOnlySpan<float> logits) => true;
}
