using System.Numerics;
using System.Numerics.Tensors;

namespace LlamaSpan;

/// <summary>
/// The tokens that are still in the race, best first as far as anyone has asked for: a short list as a rule, the whole vocabulary only
/// where no truncation is on that a threshold can stand for. Its memory is kept for reuse.
/// </summary>
internal sealed class Candidates
{
    private const int SortWhole = 1024;     // lists up to this length are sorted at once, longer ones from the front as needed

    private ulong[] _keys = new ulong[256];
    private float[] _weights = new float[256];
    private int _start, _sorted;

    /// <summary>How many tokens are left.</summary>
    public int Count { get; private set; }

    /// <summary>The highest logit left.</summary>
    public float MaxLogit
    {
        get
        {
            Sort(1);
            return CandidateKey.Logit(_keys[_start]);
        }
    }

    /// <summary>The token at a place of the order, best first.</summary>
    public int TokenAt(int place)
    {
        Sort(place + 1);
        return CandidateKey.Token(_keys[_start + place]);
    }

    /// <summary>The logit at a place of the order, best first.</summary>
    public float LogitAt(int place)
    {
        Sort(place + 1);
        return CandidateKey.Logit(_keys[_start + place]);
    }

    /// <summary>
    /// Starts over with the tokens of the highest logits: at most <paramref name="most"/> of them, none below <paramref name="floor"/>,
    /// none of minus infinity. One pass; the limit that a logit must beat rises as better ones are found.
    /// </summary>
    /// <exception cref="SamplingException">A logit that may be sampled is NaN or plus infinity.</exception>
    public void Select(LogitView view, int most, float floor)
    {
        (_start, _sorted, Count) = (0, 0, 0);
        float limit = MathF.BitDecrement(floor);
        int full = most > int.MaxValue / 4 ? int.MaxValue : 2 * most + 64;
        ReadOnlySpan<float> logits = view.Logits;
        for (int start = 0; start < logits.Length; start += LogitScan.Width)
        {
            ulong allowed = view.AllowedWord(start);
            if (allowed == 0)
                continue;
            ulong bits = LogitScan.Above(logits, start, limit) & allowed;
            if (bits == 0)
                continue;
            Append(view, start, bits);
            if (Count >= full)
                limit = Math.Max(limit, Keep(most));
        }
        for (int place = 0; place < view.Adjusted.Count; place++)
        {
            (int token, float logit) = (view.Adjusted.Tokens[place], view.Adjusted.Values[place]);
            if (logit < floor || float.IsNegativeInfinity(logit) || !view.IsAllowed(token))
                continue;
            Reserve(Count + 1);
            _keys[Count++] = CandidateKey.Of(logit, token);
            if (Count >= full)
                Keep(most);
        }
        if (Count > most)
            Keep(most);
        if (Count > 0 && float.IsPositiveInfinity(MaxLogit))
            throw SamplingException.BadLogit(MaxLogit, TokenAt(0));
    }

    /// <summary>Keeps the best tokens up to a share p of the probability, and at least <paramref name="minKeep"/>.</summary>
    /// <param name="p">The share, below 1.</param>
    /// <param name="minKeep">How many to keep at least.</param>
    /// <param name="mass">
    /// The sum of exp(logit - <see cref="MaxLogit"/>) that p is a share of, or null for that of this list.
    /// </param>
    /// <returns>False if the list ended before the share was reached; all of it is kept then.</returns>
    public bool TopP(float p, int minKeep, double? mass = null)
    {
        double own = Weigh(1), target = p * (mass ?? own), sum = 0;
        for (int i = 0; i < Count; i++)
        {
            if (i >= _sorted)
            {
                Sort(i + 1);
                Weigh(1, i, _sorted);
            }
            sum += _weights[i];
            if (sum >= target && i + 1 >= minKeep)
            {
                Count = i + 1;
                _sorted = Math.Min(_sorted, Count);
                return true;
            }
        }
        return false;
    }

    /// <summary>Keeps tokens at least p as probable as the best, and at least <paramref name="minKeep"/>.</summary>
    public void MinP(float p, int minKeep)
    {
        float least = LeastLogit(MaxLogit, p);
        int kept = 0;
        if (_sorted == Count)
        {
            while (kept < Count && CandidateKey.Logit(_keys[_start + kept]) >= least)
                kept++;
        }
        else
        {
            // what is sorted is the best, so the kept ones stay sorted as far as they were
            for (int i = 0; i < Count; i++)
                if (CandidateKey.Logit(_keys[_start + i]) >= least)
                    (_keys[_start + kept], _keys[_start + i], kept) = (_keys[_start + i], _keys[_start + kept], kept + 1);
            _sorted = Math.Min(_sorted, kept);
        }
        if (kept < minKeep)
        {
            Sort(Math.Min(minKeep, Count));
            kept = Math.Min(minKeep, Count);
        }
        Count = kept;
        _sorted = Math.Min(_sorted, kept);
    }

    /// <summary>The lowest logit that min-p keeps, as llama.cpp computes it.</summary>
    public static float LeastLogit(float maxLogit, float p) => maxLogit + MathF.Log(p);

    /// <summary>Keeps the tokens whose surprise is nearest the entropy, until their probability exceeds p.</summary>
    public void Typical(float p, int minKeep)
    {
        double mass = Weigh(1);
        (double entropy, double logMass, float max) = (Entropy(mass), Math.Log(mass), MaxLogit);
        // order by |surprise - entropy|, keys of the places: the smallest distance has the smallest key
        Reserve(_start + 2 * Count);
        Span<ulong> keys = _keys.AsSpan(_start, Count), order = _keys.AsSpan(_start + Count, Count);
        for (int i = 0; i < Count; i++)
            order[i] = CandidateKey.Of(-(float)Math.Abs(logMass - (CandidateKey.Logit(keys[i]) - max) - entropy), i);
        double sum = 0;
        int kept = Count, ordered = 0;
        for (int i = 0; i < Count; i++)
        {
            if (i == ordered)
            {
                int next = Count <= SortWhole ? Count : Math.Min(Count, Math.Max(256, 4 * ordered));
                CandidateKey.SelectSmallest(order[ordered..], next - ordered);
                order[ordered..next].Sort();
                ordered = next;
            }
            sum += _weights[CandidateKey.Token(order[i])];
            if (sum > p * mass && i + 1 >= minKeep)
            {
                kept = i + 1;
                break;
            }
        }
        for (int i = 0; i < kept; i++)
            order[i] = keys[CandidateKey.Token(order[i])];
        order[..kept].CopyTo(keys);
        (Count, _sorted) = (kept, 0);
    }

    /// <summary>Drops all but the last of the tokens at least this probable, unless too few of <paramref name="outOf"/> would be left.</summary>
    public void Xtc(float threshold, int minKeep, int outOf)
    {
        int drop = CountAtLeast(threshold, Weigh(1)) - 1;
        if (drop <= 0 || outOf - drop < minKeep)
            return;
        (_start, Count, _sorted) = (_start + drop, Count - drop, Math.Max(0, _sorted - drop));
    }

    /// <summary>How many tokens have at least this probability, of a given sum of exp(logit - <see cref="MaxLogit"/>).</summary>
    public int CountAtLeast(float threshold, double mass)
    {
        int count = 0;
        while (count < Count && MathF.Exp(LogitAt(count) - MaxLogit) / mass >= threshold)
            count++;
        return count;
    }

    /// <summary>Entropy in nats of the probabilities that <see cref="Weigh(float)"/> with scale 1 has left, of their sum.</summary>
    public double Entropy(double mass)
    {
        double weighted = 0;
        float max = MaxLogit;
        for (int i = 0; i < Count; i++)
            weighted += _weights[i] * (double)(CandidateKey.Logit(_keys[_start + i]) - max);
        return Math.Log(mass) - weighted / mass;
    }

    /// <summary>Computes exp((logit - <see cref="MaxLogit"/>) * scale) of each token; returns the sum.</summary>
    public double Weigh(float scale)
    {
        Sort(1);
        return Weigh(scale, 0, Count);
    }

    /// <summary>The token at which the running sum of the last weights passes a share of their sum, 0 to below 1.</summary>
    public int Draw(double share, double mass)
    {
        double target = share * mass, sum = 0;
        int last = 0;
        for (int i = 0; i < Count; i++)
        {
            if (_weights[i] > 0)
                last = i;
            sum += _weights[i];
            if (sum > target)
                break;
        }
        return CandidateKey.Token(_keys[_start + last]);
    }

    private double Weigh(float scale, int from, int to)
    {
        if (_weights.Length < Count)
            _weights = new float[BitOperations.RoundUpToPowerOf2((uint)Count)];
        float max = CandidateKey.Logit(_keys[_start]);
        for (int i = from; i < to; i++)
            _weights[i] = (CandidateKey.Logit(_keys[_start + i]) - max) * scale;
        Span<float> weights = _weights.AsSpan(from, to - from);
        TensorPrimitives.Exp<float>(weights, weights);
        double sum = 0;
        foreach (float weight in weights)
            sum += weight;
        return sum;
    }

    private void Append(LogitView view, int start, ulong bits)
    {
        Reserve(Count + LogitScan.Width);
        bool changed = view.Adjusted.Count > 0;
        for (; bits != 0; bits &= bits - 1)
        {
            int token = start + BitOperations.TrailingZeroCount(bits);
            float logit = view.Logits[token];
            if (float.IsNaN(logit))
                throw SamplingException.BadLogit(logit, token);
            if (changed && view.Adjusted.Contains(token))
                continue;
            _keys[Count++] = CandidateKey.Of(logit, token);
        }
    }

    /// <summary>Keeps the best; returns the lowest logit among them.</summary>
    private float Keep(int most)
    {
        CandidateKey.SelectSmallest(_keys.AsSpan(0, Count), most);
        Count = most;
        ulong worst = 0;
        foreach (ulong key in _keys.AsSpan(0, most))
            worst = Math.Max(worst, key);
        return CandidateKey.Logit(worst);
    }

    /// <summary>Brings at least so many of the best to the front, in order.</summary>
    private void Sort(int count)
    {
        if (count <= _sorted)
            return;
        int next = Count <= SortWhole ? Count : Math.Min(Count, Math.Max(count, Math.Max(256, 4 * _sorted)));
        Span<ulong> rest = _keys.AsSpan(_start + _sorted, Count - _sorted);
        CandidateKey.SelectSmallest(rest, next - _sorted);
        rest[..(next - _sorted)].Sort();
        _sorted = next;
    }

    private void Reserve(int count)
    {
        if (count > _keys.Length)
            Array.Resize(ref _keys, (int)BitOperations.RoundUpToPowerOf2((uint)count));
    }
}
