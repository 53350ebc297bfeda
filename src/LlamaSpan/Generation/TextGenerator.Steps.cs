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
        if (_text.TryTakeForced(out token))
            return Emit(token, out text);
        if (_text.Forced.MustEnd)
            return Finish(FinishReason.ConstraintComplete, out text);
        if (_pending.Count > 0 && !Advance())
            return Finish(FinishReason.Length, out text);

        token = _text.Choose(Context.Logits(), Left, out logProbability);
        if (FinishReason != FinishReason.None)
        {
            Stamp();
            return Finish(FinishReason, out text);
        }
        Emit(token, out text);
        if (FinishReason == FinishReason.None)
            _text.Forced.Force(Left);
        return true;
    }

    /// <summary>Appends a token to the text.</summary>
    private bool Emit(LlamaToken token, out ReadOnlySpan<byte> text)
    {
        Stamp();
        text = _text.Append(token);
        _pending.Add(token);
        return true;
    }

    private void Stamp()
    {
        _lastAt = Stopwatch.GetTimestamp();
        if (_text.Count == 0)
            _firstAt = _lastAt;
    }

    internal ReadOnlySpan<TokenLogProbability> TopTokens => _text.Top;

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
        text = _text.Finish(reason);
        return !text.IsEmpty;
    }

    /// <summary>How many tokens may still come, the context's room counted.</summary>
    private int Left => Math.Min(_options.MaxTokens - _text.Count, Context.SequenceSize - _cached.Count - _pending.Count);
}
