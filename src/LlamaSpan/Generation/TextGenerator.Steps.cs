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
        (token, logProbability, _asked) = (LlamaToken.None, float.NaN, false);
        text = default;
        if (FinishReason != FinishReason.None)
            return false;
        if (_forced.TryTake(out token))
            return Emit(token, out text);
        if (_forced.MustEnd)
            return Finish(FinishReason.ConstraintComplete, out text);
        if (_pending.Count > 0 && !Advance())
            return Finish(FinishReason.Length, out text);

        ReadOnlySpan<float> logits = Context.Logits();
        token = _sampler.Choose(logits, _constraint);
        if (_options!.CloseAtLimit && !_forced.LeavesRoom(token, Left))
        {
            if (!_forced.TryTake(out token))
                return Finish(FinishReason.Length, out text);
            return Emit(token, out text);
        }
        _asked = true;
        if (_options.LogProbabilities is not null)
            logProbability = _sampler.LogProbability(DistributionKind.Model, logits, token, _top);
        if (_table.IsEndOfGeneration(token) && !_options.IgnoreEndOfGeneration)
        {
            Stamp();
            token = LlamaToken.None;
            return Finish(FinishReason.EndOfGeneration, out text);
        }
        bool more = Emit(token, out text);
        if (FinishReason == FinishReason.None)
            _forced.Force(Left);
        return more;
    }

    /// <summary>Appends a token to the text.</summary>
    private bool Emit(LlamaToken token, out ReadOnlySpan<byte> text)
    {
        Stamp();
        _sampler.Accept(token);
        _constraint?.Accept(token);
        _pending.Add(token);
        _generated++;
        text = _text.Append(token);
        if (_text.StopFound)
            FinishReason = FinishReason.StopString;
        else if (_generated == _options!.MaxTokens || _forced.IsClosed)
            text = FlushBehind(text, FinishReason.Length);
        return true;
    }

    private void Stamp()
    {
        _lastAt = Stopwatch.GetTimestamp();
        if (_generated == 0)
            _firstAt = _lastAt;
    }

    internal ReadOnlySpan<TokenLogProbability> TopTokens => _asked ? _top : default;

    private bool _asked;      // the model chose the last token

    /// <summary>Decodes the tokens chosen last; false if the context is full.</summary>
    private bool Advance()
    {
        if (_cached.Count + _pending.Count > Context.SequenceSize)
            return false;
        _cancellation.ThrowIfCancellationRequested();
        try
        {
            Append(CollectionsMarshal.AsSpan(_pending), _pending.Count > 1 ? _cancellation : default);      // for one token, asked above
        }
        catch (DecodeException failure) when (failure.Reason == DecodeFailure.NoKvSlot)
        {
            return false;      // other sequences fill a shared cache: as full as if it were our own
        }
        _pending.Clear();
        return true;
    }

    /// <summary>Ends the run; true if text that was held back comes out as a last piece.</summary>
    private bool Finish(FinishReason reason, out ReadOnlySpan<byte> text)
    {
        text = FlushBehind(default, reason);
        return !text.IsEmpty;
    }

    private ReadOnlySpan<byte> FlushBehind(ReadOnlySpan<byte> text, FinishReason reason)
    {
        text = _text.Finish(text);
        FinishReason = _text.StopFound ? FinishReason.StopString : reason;
        return text;
    }

    /// <summary>How many tokens may still come, the context's room counted.</summary>
    private int Left => Math.Min(_options!.MaxTokens - _generated, Context.SequenceSize - _cached.Count - _pending.Count);
}
