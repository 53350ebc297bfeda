namespace LlamaSpan;

/// <summary>
/// The few tokens whose logit differs from the model's, with their changed logits. The caller's logits stay as they are: passes over them
/// leave these tokens out and take the values from here.
/// </summary>
internal sealed class AdjustedLogits
{
    private readonly TokenIndex _index = new();
    private float[] _values = new float[64];

    /// <summary>No changes; shared, so nothing may be changed in it.</summary>
    public static AdjustedLogits None { get; } = new();

    /// <summary>How many tokens are changed.</summary>
    public int Count => _index.Count;

    /// <summary>The changed tokens, in no particular order.</summary>
    public ReadOnlySpan<int> Tokens => _index.Tokens;

    /// <summary>The changed logit of each of <see cref="Tokens"/>.</summary>
    public ReadOnlySpan<float> Values => _values.AsSpan(0, _index.Count);

    /// <summary>Whether a token is changed.</summary>
    public bool Contains(int token) => _index.Find(token) >= 0;

    /// <summary>A token's changed logit, which starts as the model's.</summary>
    /// <exception cref="SamplingException">The token is not in the vocabulary, or the model's logit is not valid.</exception>
    public ref float this[int token, ReadOnlySpan<float> logits]
    {
        get
        {
            int place = _index.FindOrAdd(token, out bool added);
            if (added)
            {
                if (_values.Length < _index.Capacity)
                    Array.Resize(ref _values, _index.Capacity);
                if ((uint)token >= (uint)logits.Length)
                    throw new SamplingException(
                        $"Token {token} of the history or the logit bias is outside the vocabulary of {logits.Length} logits.", new LlamaToken(token));
                _values[place] = logits[token];
                if (!(logits[token] < float.PositiveInfinity))
                    throw SamplingException.BadLogit(logits[token], token);
            }
            return ref _values[place];
        }
    }

    /// <summary>Makes room for so many changes.</summary>
    public void Reserve(int tokens)
    {
        _index.Reserve(tokens);
        Array.Resize(ref _values, _index.Capacity);
    }

    /// <summary>Checks the changed logits as the model's are checked.</summary>
    /// <exception cref="SamplingException">A changed logit is NaN or plus infinity.</exception>
    public void Check()
    {
        for (int place = 0; place < Count; place++)
            if (!(_values[place] < float.PositiveInfinity))
                throw SamplingException.BadLogit(_values[place], Tokens[place]);
    }

    /// <summary>Forgets every change.</summary>
    public void Clear() => _index.Clear();
}
