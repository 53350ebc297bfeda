using System.Text;
using CommunityToolkit.HighPerformance.Buffers;

namespace LlamaSpan;

/// <summary>Collects a whole answer.</summary>
internal sealed class CompletionSink : RequestSink
{
    private readonly TaskCompletionSource<Completion> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ArrayPoolBufferWriter<byte> _text = new();
    private readonly List<LlamaToken> _tokens = [];
    private readonly List<float> _logProbabilities = [];

    internal Task<Completion> Task => _done.Task;

    internal override void Add(LlamaToken token, ReadOnlySpan<byte> text, float logProbability, ReadOnlySpan<TokenLogProbability> top)
    {
        System.Buffers.BuffersExtensions.Write(_text, text);
        if (!token.Exists)
            return;
        _tokens.Add(token);
        if (!float.IsNaN(logProbability))
            _logProbabilities.Add(logProbability);
    }

    internal override void Complete(EngineRequest request)
    {
        string text = Encoding.UTF8.GetString(_text.WrittenSpan);
        _text.Dispose();
        _done.TrySetResult(new Completion(text, _tokens, _logProbabilities, request.FinishReason, request.Usage));
    }

    internal override void Fail(EngineRequest request, Exception error)
    {
        _text.Dispose();
        Fail(_done, request, error);
    }
}
