using System.Runtime.CompilerServices;

namespace LlamaSpan;

/// <summary>
/// How a token is chosen from logits. The steps run in the order of llama.cpp's default chain (common/sampling.cpp): logit bias,
/// penalties, DRY, top-n-sigma, top-k, typical, top-p, min-p, XTC, temperature, draw; the defaults are that chain's too.
/// </summary>
/// <remarks>Every setter checks its value: NaN and values out of range throw <see cref="ArgumentOutOfRangeException"/>.</remarks>
public sealed record SamplingOptions
{
    /// <summary>Always the token with the highest logit (of equal ones that with the lowest id).</summary>
    public static SamplingOptions Greedy { get; } = new() { Temperature = 0, TopK = 0, TopP = 1, MinP = 0 };

    /// <summary>Divides the logits before the draw: below 1 sharper, above 1 flatter; 0 takes the best token that is left. At least 0.</summary>
    public float Temperature { get; init => field = InRange(value, 0, float.MaxValue); } = 0.8f;

    /// <summary>
    /// Half-width of the range in which the temperature follows the entropy of what is left (llama.cpp's dynamic temperature,
    /// arXiv:2309.02772); 0 keeps it fixed. At least 0.
    /// </summary>
    public float DynamicTemperatureRange { get; init => field = InRange(value, 0, float.MaxValue); }

    /// <summary>Exponent that shapes how the entropy maps to the temperature range. At least 0.</summary>
    public float DynamicTemperatureExponent { get; init => field = InRange(value, 0, float.MaxValue); } = 1;

    /// <summary>Keeps this many tokens of the highest logits; 0 keeps all. At least 0.</summary>
    public int TopK { get; init => field = InRange(value, 0); } = 40;

    /// <summary>Keeps the most probable tokens up to this total probability (nucleus, arXiv:1904.09751); 1 keeps all. 0 to 1.</summary>
    public float TopP { get; init => field = InRange(value, 0, 1); } = 0.95f;

    /// <summary>Keeps tokens at least this probable relative to the most probable one; 0 keeps all. 0 to 1.</summary>
    public float MinP { get; init => field = InRange(value, 0, 1); } = 0.05f;

    /// <summary>
    /// Keeps the tokens whose surprise is closest to the entropy, up to this total probability (locally typical, arXiv:2202.00666);
    /// 1 keeps all. 0 to 1.
    /// </summary>
    public float TypicalP { get; init => field = InRange(value, 0, 1); } = 1;

    /// <summary>
    /// Keeps tokens whose logit is within this many standard deviations of the highest one (arXiv:2411.07641); 0 keeps all. At least 0.
    /// </summary>
    public float TopNSigma { get; init => field = InRange(value, 0, float.MaxValue); }

    /// <summary>How often XTC ("exclude top choices") takes effect, 0 (never) to 1 (at each token).</summary>
    public float XtcProbability { get; init => field = InRange(value, 0, 1); }

    /// <summary>
    /// XTC removes every token at least this probable, except the least probable of them; above 0.5 it never can. 0 to 1.
    /// </summary>
    public float XtcThreshold { get; init => field = InRange(value, 0, 1); } = 0.1f;

    /// <summary>Typical, top-p, min-p and XTC leave at least this many tokens, where there are as many. At least 0.</summary>
    public int MinKeep { get; init => field = InRange(value, 0); }

    /// <summary>
    /// Divides positive and multiplies negative logits of tokens in the window (arXiv:1909.05858); 1 leaves them. Above 0, its inverse finite.
    /// </summary>
    public float RepetitionPenalty
    {
        get;
        init => field = value > 0 && float.IsFinite(value) && float.IsFinite(1 / value) ? value : throw OutOfRange(value, "a finite number above 0");
    } = 1;

    /// <summary>Subtracted from a token's logit once for each time it occurs in the window; 0 leaves it. Finite.</summary>
    public float FrequencyPenalty { get; init => field = InRange(value, float.MinValue, float.MaxValue); }

    /// <summary>Subtracted from a token's logit if it occurs in the window; 0 leaves it. Finite.</summary>
    public float PresencePenalty { get; init => field = InRange(value, float.MinValue, float.MaxValue); }

    /// <summary>
    /// How many of the last tokens the three penalties look at: 0 none, <see cref="int.MaxValue"/> all. At least 0.
    /// </summary>
    public int PenaltyWindow { get; init => field = InRange(value, 0); } = 64;

    /// <summary>
    /// Strength of DRY ("don't repeat yourself"), which lowers a token that would continue a repeated sequence by
    /// multiplier * base^(length - allowed length); 0 is off. At least 0.
    /// </summary>
    public float DryMultiplier { get; init => field = InRange(value, 0, float.MaxValue); }

    /// <summary>Base of DRY's penalty. At least 1.</summary>
    public float DryBase { get; init => field = InRange(value, 1, float.MaxValue); } = 1.75f;

    /// <summary>Longest repetition that DRY lets pass, in tokens. At least 0.</summary>
    public int DryAllowedLength { get; init => field = InRange(value, 0); } = 2;

    /// <summary>How many of the last tokens DRY searches for repetitions: 0 none, <see cref="int.MaxValue"/> all. At least 0.</summary>
    public int DryWindow { get; init => field = InRange(value, 0); } = 64;

    /// <summary>Texts that end a repetition for DRY, of at least one character; only their first 40 bytes of UTF-8 count.</summary>
    public IReadOnlyList<string> DrySequenceBreakers
    {
        get;
        init => field = value is not null && value.All(breaker => breaker is { Length: > 0 })
            ? [.. value]
            : throw new ArgumentException("DrySequenceBreakers must be a list of texts of at least one character.", nameof(DrySequenceBreakers));
    } = ["\n", ":", "\"", "*"];

    /// <summary>Added to the logits of these tokens before all else; minus infinity forbids a token. Finite or minus infinity.</summary>
    public IReadOnlyDictionary<LlamaToken, float> LogitBias { get; init => field = CheckBias(value); } = new Dictionary<LlamaToken, float>();

    /// <summary>Makes the draws repeatable: they depend only on it, the stream and the position; null takes a random one.</summary>
    public ulong? Seed { get; init; }

    private static float InRange(float value, float least, float most, [CallerMemberName] string name = "")
    {
        if (value >= least && value <= most)
            return value;
        string range = (least, most) switch
        {
            (float.MinValue, _) => "finite",
            (_, float.MaxValue) => $"finite and at least {least}",
            _ => $"from {least} to {most}",
        };
        throw OutOfRange(value, range, name);
    }

    private static int InRange(int value, int least, [CallerMemberName] string name = "") =>
        value >= least ? value : throw OutOfRange(value, $"at least {least}", name);

    private static ArgumentOutOfRangeException OutOfRange(object value, string range, [CallerMemberName] string name = "") =>
        new(name, value, $"{name} must be {range}.");

    private static IReadOnlyDictionary<LlamaToken, float> CheckBias(IReadOnlyDictionary<LlamaToken, float> bias)
    {
        if (bias is null)
            throw new ArgumentNullException(nameof(LogitBias), "LogitBias must not be null; an empty dictionary changes no logit.");
        foreach ((LlamaToken token, float value) in bias)
        {
            if (token.Id < 0)
                throw OutOfRange(token.Id, "of tokens whose id is at least 0", nameof(LogitBias));
            if (float.IsNaN(value) || float.IsPositiveInfinity(value))
                throw OutOfRange(value, $"finite or minus infinity, also of token {token.Id},", nameof(LogitBias));
        }
        return new Dictionary<LlamaToken, float>(bias);
    }
}
