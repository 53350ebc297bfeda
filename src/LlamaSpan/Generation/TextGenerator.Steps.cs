using System.Diagnostics;
using System.Runtime.InteropServices;

namespace LlamaSpan;

public sealed partial class TextGenerator
{
    /// <summary>Makes the next step of a run; false at its end.</summary>
    internal bool Step(int run, out LlamaToken token, out ReadOnlySpan<byte> text, out float logProbability)
    {
        if (run != _run)
            throw new InvalidOperationException("This generation is over: another was begun on the generator.");
        (token, logProbability) = (LlamaToken.None, float.NaN);
        text = default;
        if (FinishReason != FinishReason.None)
            return false;
        if (_pending.Exists && !Advance())
            return Finish(FinishReason.Length, out text);

        ReadOnlySpan<float> logits = Context.Logits();
        token = _sampler.Choose(logits, _constraint);
        if (_options!.LogProbabilities is not null)
            logProbability = _sampler.LogProbability(DistributionKind.Model, logits, token, _top);
        _lastAt = Stopwatch.GetTimestamp();
        if (_generated == 0)
            _firstAt = _lastAt;
        if (_table.IsEndOfGeneration(token) && !_options.IgnoreEndOfGeneration)
        {
            token = LlamaToken.None;
            return Finish(FinishReason.EndOfGeneration, out text);
        }
        _sampler.Accept(token);
        _constraint?.Accept(token);
        _pending = token;
        _generated++;
        text = _stops.Append(_decoder.Append(token));
        if (_stops.Found)
            FinishReason = FinishReason.StopString;
        else if (_generated == _options.MaxTokens)
            text = FlushBehind(text, FinishReason.Length);
        return true;
    }

    internal ReadOnlySpan<TokenLogProbability> TopTokens => _top;

    /// <summary>Decodes the token chosen last; false if the context is full.</summary>
    private bool Advance()
    {
        if (_cached.Count >= Context.SequenceSize)
            return false;
        _cancellation.ThrowIfCancellationRequested();
        try
        {
            Context.Prefill(_sequence, MemoryMarshal.CreateReadOnlySpan(ref _pending, 1));
        }
        catch (DecodeException failure) when (failure.Reason == DecodeFailure.NoKvSlot)
        {
            return false;      // other sequences fill a shared cache: as full as if it were our own
        }
        _cached.Add(_pending);
        _pending = LlamaToken.None;
        return true;
    }

    /// <summary>Ends the run; true if text that was held back comes out as a last piece.</summary>
    private bool Finish(FinishReason reason, out ReadOnlySpan<byte> text)
    {
        text = FlushBehind(default, reason);
        return !text.IsEmpty;
    }

    /// <summary>Ends the run and appends what was held back to the last text.</summary>
    private ReadOnlySpan<byte> FlushBehind(ReadOnlySpan<byte> text, FinishReason reason)
    {
        FinishReason = reason;
        text.CopyTo(Last(text.Length));
        int length = text.Length;
        ReadOnlySpan<byte> tail = _stops.Append(_decoder.Finish());
        tail.CopyTo(Last(length + tail.Length)[length..]);
        length += tail.Length;
        if (_stops.Found)
        {
            FinishReason = FinishReason.StopString;
            return _last.AsSpan(0, length);
        }
        ReadOnlySpan<byte> held = _stops.Finish();
        held.CopyTo(Last(length + held.Length)[length..]);
        return _last.AsSpan(0, length + held.Length);
    }

    private byte[] _last = new byte[256];

    private Span<byte> Last(int length)
    {
        if (length > _last.Length)
            Array.Resize(ref _last, Math.Max(length, _last.Length * 2));
        return _last;
    }
}
