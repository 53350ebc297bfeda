using System.Numerics;
using System.Runtime.Intrinsics;

namespace LlamaSpan;

/// <summary>
/// The logits to sample from, without a copy: the model's, except for the changed ones, and only of the tokens that a constraint allows
/// (no words: all). A forbidden token counts as one whose logit is minus infinity.
/// </summary>
internal readonly ref struct LogitView(ReadOnlySpan<float> logits, AdjustedLogits adjusted, ReadOnlySpan<ulong> allowed)
{
    /// <summary>The model's logits.</summary>
    public readonly ReadOnlySpan<float> Logits = logits;

    /// <summary>Tokens whose logit is another.</summary>
    public readonly AdjustedLogits Adjusted = adjusted;

    private readonly ReadOnlySpan<ulong> _allowed = allowed;

    /// <summary>Whether the model's logits are all there is.</summary>
    public bool IsPlain => _allowed.IsEmpty && Adjusted.Count == 0;

    /// <summary>One bit for each of the 64 tokens from <paramref name="start"/>: whether it is allowed.</summary>
    public ulong AllowedWord(int start) => _allowed.IsEmpty ? ulong.MaxValue : _allowed[start / LogitScan.Width];

    /// <summary>Whether a token is allowed.</summary>
    public bool IsAllowed(int token) => (AllowedWord(token) >> (token % LogitScan.Width) & 1) != 0;

    /// <summary>The token of the highest logit, of equal ones the first; -1 where every logit is minus infinity.</summary>
    /// <exception cref="SamplingException">A logit is NaN or plus infinity.</exception>
    public int Best(out float bestLogit)
    {
        float best = float.NegativeInfinity;
        int token = -1;
        for (int start = 0; start < Logits.Length; start += LogitScan.Width)
        {
            ulong allowed = AllowedWord(start);
            if (allowed == 0)
                continue;
            for (ulong bits = LogitScan.Above(Logits, start, best) & allowed; bits != 0; bits &= bits - 1)
            {
                int i = start + BitOperations.TrailingZeroCount(bits);
                float logit = Logits[i];
                if (!(logit < float.PositiveInfinity))
                    throw SamplingException.BadLogit(logit, i);
                if (logit > best && !(Adjusted.Count > 0 && Adjusted.Contains(i)))
                    (best, token) = (logit, i);
            }
        }
        ulong bestKey = token < 0 ? ulong.MaxValue : CandidateKey.Of(best, token);
        for (int place = 0; place < Adjusted.Count; place++)
            if (Adjusted.Values[place] > float.NegativeInfinity && IsAllowed(Adjusted.Tokens[place]))
                bestKey = Math.Min(bestKey, CandidateKey.Of(Adjusted.Values[place], Adjusted.Tokens[place]));
        bestLogit = bestKey == ulong.MaxValue ? float.NegativeInfinity : CandidateKey.Logit(bestKey);
        return bestKey == ulong.MaxValue ? -1 : CandidateKey.Token(bestKey);
    }

    /// <summary>Writes out what there is to sample from, one logit a token.</summary>
    public void CopyTo(Span<float> destination)
    {
        Logits.CopyTo(destination);
        for (int place = 0; place < Adjusted.Count; place++)
            destination[Adjusted.Tokens[place]] = Adjusted.Values[place];
        for (int word = 0; word < _allowed.Length; word++)
            Forbid(destination[(word * LogitScan.Width)..Math.Min(destination.Length, (word + 1) * LogitScan.Width)], ~_allowed[word]);
    }

    private static void Forbid(Span<float> logits, ulong forbidden)
    {
        if (forbidden == 0)
            return;
        if (logits.Length < LogitScan.Width)
        {
            for (int i = 0; i < logits.Length; i++)
                if ((forbidden >> i & 1) != 0)
                    logits[i] = float.NegativeInfinity;
            return;
        }
        Vector256<int> bit = Vector256.Create(1, 2, 4, 8, 16, 32, 64, 128);
        for (int i = 0; i < LogitScan.Width; i += Vector256<float>.Count)
        {
            Vector256<int> set = Vector256.Equals(Vector256.Create((int)(forbidden >> i)) & bit, bit);
            Vector256<float> kept = Vector256.Create<float>(logits[i..]);
            Vector256.ConditionalSelect(set.AsSingle(), Vector256.Create(float.NegativeInfinity), kept).CopyTo(logits[i..]);
        }
    }
}
