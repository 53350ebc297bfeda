using System.Diagnostics;
using System.Runtime.InteropServices;
using CommunityToolkit.HighPerformance.Buffers;

namespace LlamaSpan;

/// <summary>
/// Generates text on one sequence of a context, one prompt at a time. What a prompt shares with the tokens that are cached from the
/// prompt and the answer before is not computed again. After the first few tokens, generating allocates nothing.
/// </summary>
/// <remarks>For one thread at a time. While it is in use, nobody else may change its sequence; if somebody did, call <see cref="Forget"/>.</remarks>
public sealed partial class TextGenerator
{
    private static readonly GenerationOptions s_default = new();

    private readonly Sequence _sequence;
    private readonly TokenTable _table;
    private readonly List<LlamaToken> _cached = [];      // the tokens of the sequence, by position
    private GenerationOptions _options = s_default;
    private GeneratedText _text;                          // of the generation that runs, or ran last
    private CancellationToken _cancellation;
    private int _run;                                    // tells a stale enumerator from the running one
    private readonly List<LlamaToken> _pending = [];     // chosen and not decoded yet
    private long _startedAt, _promptAt, _firstAt, _lastAt;
    private int _reused, _promptLength;

    /// <summary>Makes a generator.</summary>
    /// <param name="context">The context; it stays the caller's to dispose.</param>
    /// <param name="sequence">Which of its sequences to use; it is emptied.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such sequence.</exception>
    /// <exception cref="ArgumentException">The model cannot generate: it has no cache, or no vocabulary.</exception>
    public TextGenerator(LlamaContext context, Sequence sequence = default)
    {
        ArgumentNullException.ThrowIfNull(context);
        if (!context.HasCache || context.Model.Vocabulary.Kind == VocabularyKind.None)
            throw new ArgumentException($"{context.Model.Description} cannot generate text.", nameof(context));
        (Context, _sequence) = (context, sequence);
        _table = context.Model.Vocabulary.Tokens;
        _text = new GeneratedText(_options, context.Model.Vocabulary);
        context.Cache.Remove(sequence);
    }

    /// <summary>The context it works on.</summary>
    public LlamaContext Context { get; }

    /// <summary>The tokens that the sequence has cached now; valid until the next generation or step.</summary>
    public ReadOnlySpan<LlamaToken> CachedTokens => CollectionsMarshal.AsSpan(_cached);

    /// <summary>Why the last generation ended.</summary>
    public FinishReason FinishReason => _text.FinishReason;

    /// <summary>What the last generation cost so far.</summary>
    public GenerationUsage Usage => new(_reused, _promptLength - _reused, _text.Count, Since(_promptAt), Since(_firstAt), Since(_lastAt)) { ForcedTokens = _text.Forced.Count };

    /// <summary>Computes a prompt and begins to generate; the rest happens step by step as the result is enumerated.</summary>
    /// <param name="prompt">At least one token, fewer than <see cref="LlamaContext.SequenceSize"/>. Read in place, not kept.</param>
    /// <param name="options">How to generate; null for the defaults.</param>
    /// <param name="constraint">Which tokens may come; advanced as they are chosen. A fresh one for each generation.</param>
    /// <param name="cancellationToken">Ends it with an exception, within a micro-batch.</param>
    /// <exception cref="ArgumentException">No token, more than fit, or a constraint for another vocabulary.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A token is not in the vocabulary.</exception>
    /// <exception cref="DecodeException">The prompt could not be computed.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; what was cached stays cached.</exception>
    public GenerationSteps Generate(
        ReadOnlySpan<LlamaToken> prompt, GenerationOptions? options = null, ITokenConstraint? constraint = null, CancellationToken cancellationToken = default)
    {
        CheckPrompt(prompt, constraint);
        Prepare(options ?? s_default);
        (_promptLength, _cancellation) = (prompt.Length, cancellationToken);
        _pending.Clear();
        _startedAt = _promptAt = _firstAt = _lastAt = Stopwatch.GetTimestamp();
        int run = ++_run;
        Compute(prompt, cancellationToken);
        _promptAt = Stopwatch.GetTimestamp();
        _text.Begin(prompt, constraint, Left);
        return new GenerationSteps(this, run);
    }

    /// <summary>Generates to the end.</summary>
    /// <param name="prompt">At least one token, fewer than <see cref="LlamaContext.SequenceSize"/>. Read in place, not kept.</param>
    /// <param name="options">How to generate; null for the defaults.</param>
    /// <param name="constraint">Which tokens may come; advanced as they are chosen. A fresh one for each generation.</param>
    /// <param name="cancellationToken">Ends it with an exception, within a micro-batch.</param>
    /// <exception cref="ArgumentException">No token, more than fit, or a constraint for another vocabulary.</exception>
    /// <exception cref="DecodeException">A decode failed.</exception>
    /// <exception cref="SamplingException">The model gave logits that no token can be chosen from.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public GenerationResult Complete(
        ReadOnlySpan<LlamaToken> prompt, GenerationOptions? options = null, ITokenConstraint? constraint = null, CancellationToken cancellationToken = default)
    {
        using ArrayPoolBufferWriter<byte> text = new();
        List<LlamaToken> tokens = [];
        foreach (GeneratedPiece piece in Generate(prompt, options, constraint, cancellationToken))
        {
            if (piece.Token.Exists)
                tokens.Add(piece.Token);
            System.Buffers.BuffersExtensions.Write(text, piece.Text);
        }
        return new GenerationResult(System.Text.Encoding.UTF8.GetString(text.WrittenSpan), tokens, FinishReason, Usage);
    }

    /// <summary>Empties the sequence: the next prompt is computed whole.</summary>
    public void Forget()
    {
        _run++;
        Context.Cache.Remove(_sequence);
        _cached.Clear();
    }

    private TimeSpan Since(long at) => Stopwatch.GetElapsedTime(_startedAt, at);

    private void CheckPrompt(ReadOnlySpan<LlamaToken> prompt, ITokenConstraint? constraint)
    {
        if (prompt.IsEmpty)
            throw new ArgumentException("The prompt has no token.", nameof(prompt));
        if (prompt.Length >= Context.SequenceSize)
            throw new ArgumentException($"The prompt has {prompt.Length} tokens; the context holds {Context.SequenceSize} a sequence, and one must be left to generate.", nameof(prompt));
        foreach (LlamaToken token in prompt)
            Context.Model.Vocabulary.CheckToken(token);
        if (constraint is not null && constraint.VocabularySize != _table.Count)
            throw new ArgumentException($"The constraint is for {constraint.VocabularySize} tokens; the vocabulary has {_table.Count}.", nameof(constraint));
    }

    /// <summary>Makes what the options need, or takes it from the generation before.</summary>
    private void Prepare(GenerationOptions options)
    {
        if (ReferenceEquals(options, _options))
        {
            _text.Reset();
            return;
        }
        _text = new GeneratedText(options, Context.Model.Vocabulary);
        _options = options;
    }

    /// <summary>Brings the sequence to the prompt, computing only what differs from what it has.</summary>
    private void Compute(ReadOnlySpan<LlamaToken> prompt, CancellationToken cancellationToken)
    {
        int shared = CachedTokens.CommonPrefixLength(prompt);
        shared = Math.Min(shared, prompt.Length - 1);      // the last one is computed for its logits
        if (shared < _cached.Count && !TryRollBack(shared))
            shared = 0;
        _reused = shared;
        CollectionsMarshal.SetCount(_cached, shared);
        Append(prompt[shared..], cancellationToken);
    }

    private void Append(ReadOnlySpan<LlamaToken> tokens, CancellationToken cancellationToken)
    {
        try
        {
            Context.Prefill(_sequence, tokens, cancellationToken);
        }
        catch
        {
            CollectionsMarshal.SetCount(_cached, Context.Cache.LastPosition(_sequence) + 1);      // 0 or what it was
            throw;
        }
        _cached.AddRange(tokens);
    }

    private bool TryRollBack(int count)
    {
        try
        {
            Context.Cache.Remove(_sequence, count);
            return true;
        }
        catch (CacheException)
        {
            Context.Cache.Remove(_sequence);      // a state that cannot be taken back: from the start
            return false;
        }
    }
}
