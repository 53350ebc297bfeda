using System.Buffers.Binary;
using System.Security.Cryptography;

namespace LlamaSpan;

/// <summary>
/// Chooses tokens from logits: the options' chain and the history of one sequence. A draw depends only on the seed, the stream and the
/// number of tokens in the history, so that batching, rollback and speculation do not change it. For one thread at a time. Logits are
/// only read. After the first few tokens nothing is allocated.
/// </summary>
public sealed class Sampler
{
    private readonly SamplingPipeline _pipeline;
    private readonly AdjustedLogits _adjusted = new();
    private readonly DryPenalty? _dry;
    private readonly DryBreakers _breakers;
    private readonly (int Token, float Bias)[] _bias;
    private readonly TokenHistory _history;

    /// <summary>Makes a sampler with an empty history.</summary>
    /// <param name="options">How to choose; null for the defaults.</param>
    /// <param name="vocabulary">
    /// The model's vocabulary, in which DRY's sequence breakers are looked up and whose <see cref="LlamaSpan.Vocabulary.Suppressed"/>
    /// tokens are forbidden; may be null unless DRY is on with breakers.
    /// </param>
    /// <param name="stream">Tells samplers of one seed apart: each stream has draws of its own.</param>
    /// <exception cref="ArgumentException">DRY needs a vocabulary.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The bias names a token that is not in the vocabulary.</exception>
    public Sampler(SamplingOptions? options = null, Vocabulary? vocabulary = null, ulong stream = 0)
        : this(options ??= new SamplingOptions(), stream, Breakers(options, vocabulary), vocabulary is null ? [] : vocabulary.Suppressed.Span)
    {
        foreach ((int token, _) in _bias)
            vocabulary?.CheckToken(new LlamaToken(token));
    }

    internal Sampler(SamplingOptions options, ulong stream, DryBreakers breakers, ReadOnlySpan<LlamaToken> forbidden = default)
        : this(options, stream, breakers, Bias(options, forbidden), new TokenHistory(PenaltyWindow(options), HasPenalties(options) || HasDry(options)))
    {
    }

    private Sampler(SamplingOptions options, ulong stream, DryBreakers breakers, (int Token, float Bias)[] bias, TokenHistory history)
    {
        (Options, Stream, _breakers, _bias, _history) = (options, stream, breakers, bias, history);
        Seed = options.Seed ?? RandomSeed();
        _pipeline = new SamplingPipeline(options);
        _dry = HasDry(options) ? new DryPenalty(options, breakers) : null;
    }

    /// <summary>How tokens are chosen.</summary>
    public SamplingOptions Options { get; }

    /// <summary>The seed in use: that of the options, or the random one taken in its place.</summary>
    public ulong Seed { get; private set; }

    /// <summary>Which of the seed's streams the draws come from.</summary>
    public ulong Stream { get; }

    /// <summary>How many tokens are in the history.</summary>
    public int Position => _history.Count;

    /// <summary>True if a choice depends on the tokens of the history, not only on their number.</summary>
    internal bool UsesHistory => HasPenalties(Options) || HasDry(Options);

    /// <summary>Chooses a token and appends it to the history.</summary>
    /// <inheritdoc cref="Choose"/>
    public LlamaToken Sample(ReadOnlySpan<float> logits, ITokenConstraint? constraint = null)
    {
        LlamaToken token = Choose(logits, constraint);
        _history.Add(token.Id);
        return token;
    }

    /// <summary>
    /// Chooses a token and changes nothing: with the same history the same logits give the same token. A constraint acts as if the logits
    /// of the tokens it forbids were minus infinity; it is asked, never advanced: its owner calls <see cref="ITokenConstraint.Accept"/>.
    /// </summary>
    /// <param name="logits">One logit for each token of the vocabulary; finite or minus infinity.</param>
    /// <param name="constraint">Which tokens may come next; null for all.</param>
    /// <returns>The token.</returns>
    /// <exception cref="SamplingException">
    /// A logit is NaN or plus infinity, or all that may be chosen are minus infinity. A logit of a forbidden token need not be noticed.
    /// </exception>
    /// <exception cref="ArgumentException">There are no logits, or not as many as the constraint has tokens.</exception>
    public LlamaToken Choose(ReadOnlySpan<float> logits, ITokenConstraint? constraint = null)
    {
        Check(logits, constraint);
        Adjust(logits);
        (double Draw, double Xtc) chances = default;
        if (_pipeline.IsGreedy && constraint != null)
        {
            // most often the best token is allowed, which is cheaper to find out than which tokens are
            int best = new LogitView(logits, _adjusted, default).Best(out _);
            if (best >= 0 && constraint.IsAllowed(new LlamaToken(best)))
                return new LlamaToken(best);
        }
        else
        {
            // from the masked logits: to draw first and again where that is refused would give the same distribution only where nothing truncates,
            // and tokens that hang on how a seed's draws are used; a mask takes about a microsecond
            chances = Chances();
        }
        int token = _pipeline.Draw(View(logits, constraint), chances);
        return token >= 0 ? new LlamaToken(token) : throw SamplingException.NothingLeft(constraint != null);
    }

    /// <summary>
    /// The log-probability of a token where <see cref="Choose"/> stands now, and the most probable tokens there. Computed afresh at each
    /// call; call it before the token is in the history.
    /// </summary>
    /// <param name="kind">The model's own distribution, or that which a token is drawn from.</param>
    /// <param name="logits">One logit for each token of the vocabulary.</param>
    /// <param name="token">The token asked about.</param>
    /// <param name="top">Gets the most probable tokens, best first; entries beyond them have no token.</param>
    /// <param name="constraint">Which tokens may come next; of no effect on the model's distribution.</param>
    /// <returns>Natural logarithm of the token's probability; minus infinity if it cannot be sampled.</returns>
    /// <exception cref="SamplingException">A logit is NaN or plus infinity, or all are minus infinity.</exception>
    /// <exception cref="ArgumentException">There are no logits, or not as many as the constraint has tokens.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The token is not in the vocabulary.</exception>
    public float LogProbability(
        DistributionKind kind, ReadOnlySpan<float> logits, LlamaToken token, Span<TokenLogProbability> top, ITokenConstraint? constraint = null)
    {
        Check(logits, constraint);
        if ((uint)token.Id >= (uint)logits.Length)
            throw new ArgumentOutOfRangeException(nameof(token), token.Id, $"The token must be one of the vocabulary, 0 to {logits.Length - 1}.");
        if (kind == DistributionKind.Model)
            return _pipeline.DescribeModel(logits, token.Id, top);
        Adjust(logits);
        return _pipeline.Describe(View(logits, constraint), Chances().Xtc, token.Id, top);
    }

    /// <summary>Appends a token that was not sampled here to the history: of the prompt, say, for penalties to see.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is below 0.</exception>
    public void Accept(LlamaToken token)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(token.Id, nameof(token));
        _history.Add(token.Id);
    }

    /// <inheritdoc cref="Accept(LlamaToken)"/>
    public void Accept(ReadOnlySpan<LlamaToken> tokens)
    {
        foreach (LlamaToken token in tokens)
            Accept(token);
    }

    /// <summary>Takes the last tokens out of the history; draws and penalties are then what they were before.</summary>
    /// <param name="tokens">How many, 0 to <see cref="Position"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">More than are in the history, or below 0.</exception>
    public void Rollback(int tokens)
    {
        if ((uint)tokens > (uint)_history.Count)
            throw new ArgumentOutOfRangeException(nameof(tokens), tokens, $"From 0 to {_history.Count} tokens can be taken back.");
        _history.Remove(tokens);
    }

    /// <summary>Empties the history.</summary>
    public void Reset() => _history.Clear();

    /// <summary>Empties the history and, where the options name no seed, takes another random one: as if made anew.</summary>
    internal void Renew()
    {
        Reset();
        Seed = Options.Seed ?? RandomSeed();
    }

    /// <summary>Makes room, so that histories up to this many tokens allocate nothing more.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Below 0.</exception>
    public void Reserve(int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(tokens);
        _history.Reserve(tokens);
        _dry?.Reserve(tokens);
        int changed = Math.Max(Math.Min(tokens, PenaltyWindow(Options)), _dry == null ? 0 : Math.Min(tokens, Options.DryWindow));
        _adjusted.Reserve(_bias.Length + changed);
    }

    /// <summary>A copy with the same seed and history, which then goes its own way.</summary>
    /// <param name="stream">The copy's stream; null for this one's, so that both draw alike.</param>
    public Sampler Clone(ulong? stream = null) => new(Options, stream ?? Stream, _breakers, _bias, _history.Clone()) { Seed = Seed };

    private static ulong RandomSeed()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }

    private static int PenaltyWindow(SamplingOptions options) => HasPenalties(options) ? options.PenaltyWindow : 0;

    private static bool HasPenalties(SamplingOptions options) =>
        options.PenaltyWindow > 0 && options is not { RepetitionPenalty: 1, FrequencyPenalty: 0, PresencePenalty: 0 };

    private static bool HasDry(SamplingOptions options) => options is { DryMultiplier: > 0, DryWindow: > 0 };

    private static (int Token, float Bias)[] Bias(SamplingOptions options, ReadOnlySpan<LlamaToken> forbidden) =>
    [
        .. options.LogitBias.Select(pair => (pair.Key.Id, pair.Value)),
        .. forbidden.ToArray().Select(token => (token.Id, float.NegativeInfinity)),
    ];

    private static DryBreakers Breakers(SamplingOptions options, Vocabulary? vocabulary)
    {
        if (!HasDry(options) || options.DrySequenceBreakers.Count == 0)
            return DryBreakers.None;
        return vocabulary is not null
            ? DryBreakers.For(vocabulary, options.DrySequenceBreakers)
            : throw new ArgumentException("DRY looks its sequence breakers up in a vocabulary: pass one, or set DrySequenceBreakers to none.", nameof(vocabulary));
    }

    private static void Check(ReadOnlySpan<float> logits, ITokenConstraint? constraint)
    {
        if (logits.IsEmpty)
            throw new ArgumentException("There must be at least one logit.", nameof(logits));
        if (constraint != null && constraint.VocabularySize != logits.Length)
            throw new ArgumentException(
                $"The constraint is for a vocabulary of {constraint.VocabularySize} tokens, but there are {logits.Length} logits.", nameof(constraint));
    }

    private LogitView View(ReadOnlySpan<float> logits, ITokenConstraint? constraint) =>
        new(logits, _adjusted, constraint == null ? default : constraint.AllowedMask());

    private (double Draw, double Xtc) Chances() => Philox.Uniforms(Seed, (ulong)_history.Count, Stream);

    /// <summary>Works out the logits that bias, penalties and DRY change, in llama.cpp's order.</summary>
    private void Adjust(ReadOnlySpan<float> logits)
    {
        _adjusted.Clear();
        foreach ((int token, float bias) in _bias)
            _adjusted[token, logits] += bias;
        ReadOnlySpan<int> tokens = _history.WindowTokens, counts = _history.WindowCounts;
        for (int i = 0; i < tokens.Length; i++)
        {
            ref float logit = ref _adjusted[tokens[i], logits];
            logit = logit <= 0 ? logit * Options.RepetitionPenalty : logit / Options.RepetitionPenalty;
            logit -= counts[i] * Options.FrequencyPenalty + Options.PresencePenalty;
        }
        _dry?.Apply(_history.Tokens, _adjusted, logits);
        if (_adjusted.Count > 0)
            _adjusted.Check();
    }
}
