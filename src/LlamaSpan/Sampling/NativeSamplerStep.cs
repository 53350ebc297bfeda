using System.Runtime.CompilerServices;
using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>
/// One of llama.cpp's own samplers with its parameters, as a step of a <see cref="NativeSampler"/>'s chain. Parameters mean what they mean
/// in llama.h; NaN and infinities are refused.
/// </summary>
public sealed unsafe partial class NativeSamplerStep
{
    /// <summary>A seed that stands for a random one.</summary>
    public const uint RandomSeed = 0xFFFFFFFF;

    private const int LongestWindow = 1 << 20;

    private NativeSamplerStep(string name, Maker make, bool selects = false) => (Name, Make, Selects) = (name, make, selects);

    internal delegate llama_sampler* Maker(LlamaModel model, llama_model* native);

    /// <summary>llama.cpp's name for it.</summary>
    public string Name { get; }

    /// <summary>Whether it picks a token, so that it can end a chain.</summary>
    public bool Selects { get; }

    internal Maker Make { get; }

    /// <summary>Picks the token of the highest logit.</summary>
    public static NativeSamplerStep Greedy() => new("greedy", (_, _) => NativeMethods.llama_sampler_init_greedy(), selects: true);

    /// <summary>Picks a token at random by its probability.</summary>
    public static NativeSamplerStep Draw(uint seed = RandomSeed) =>
        new("dist", (_, _) => NativeMethods.llama_sampler_init_dist(seed), selects: true);

    /// <summary>Mirostat (arXiv:2007.14966): holds the surprise of the picked tokens at a target; picks a token.</summary>
    /// <param name="tau">Target surprise in bits.</param>
    /// <param name="eta">Learning rate.</param>
    /// <param name="considered">How many of the best tokens the estimate looks at, at least 2.</param>
    /// <param name="seed">Seed of the draws.</param>
    public static NativeSamplerStep Mirostat(float tau = 5, float eta = 0.1f, int considered = 100, uint seed = RandomSeed)
    {
        (tau, eta, considered) = (Finite(tau), Finite(eta), Within(considered, 2, int.MaxValue));
        return new(
            "mirostat", (model, _) => NativeMethods.llama_sampler_init_mirostat(model.Vocabulary.Size, seed, tau, eta, considered), selects: true);
    }

    /// <summary>Mirostat 2.0: as <see cref="Mirostat"/>, by cutting off tokens that surprise too much; picks a token.</summary>
    public static NativeSamplerStep MirostatV2(float tau = 5, float eta = 0.1f, uint seed = RandomSeed)
    {
        (tau, eta) = (Finite(tau), Finite(eta));
        return new("mirostat-v2", (_, _) => NativeMethods.llama_sampler_init_mirostat_v2(seed, tau, eta), selects: true);
    }

    /// <summary>Adaptive-p: favours tokens near a target probability; picks a token.</summary>
    /// <param name="target">The probability, 0 to 1; below 0 turns it into a plain draw.</param>
    /// <param name="decay">How long it remembers, 0 to 0.99.</param>
    /// <param name="seed">Seed of the draws.</param>
    public static NativeSamplerStep AdaptiveP(float target, float decay = 0.9f, uint seed = RandomSeed)
    {
        (target, decay) = (Within(target, -1, 1), Within(decay, 0, 0.99f));
        return new("adaptive-p", (_, _) => NativeMethods.llama_sampler_init_adaptive_p(target, decay, seed), selects: true);
    }

    /// <summary>Forbids tokens that a GBNF grammar does not allow next.</summary>
    /// <param name="gbnf">The grammar (llama.cpp's grammars/README.md), at most 1 MiB.</param>
    /// <param name="root">Its first rule.</param>
    /// <exception cref="GbnfException">A repetition is out of bounds. Other faults show when the chain is made.</exception>
    public static NativeSamplerStep Grammar(string gbnf, string root = "root")
    {
        ArgumentException.ThrowIfNullOrEmpty(gbnf);
        ArgumentException.ThrowIfNullOrEmpty(root);
        GbnfRepetitions.Check(gbnf);
        return new("grammar", (_, native) =>
        {
            using NativeArena arena = new();
            llama_sampler* made = null;
            long mark = NativeLog.Mark();
            return NativeMethods.llamaspan_sampler_init_grammar(native, arena.Text(gbnf, nameof(gbnf)), arena.Text(root, nameof(root)), &made) == 0
                ? made
                : throw new GbnfException(NativeGuard.LastError(), NativeLog.Since(mark));
        });
    }

    /// <summary>A grammar that begins with the first match of a pattern or the first of some tokens.</summary>
    /// <param name="gbnf">The grammar, as for <see cref="Grammar"/>.</param>
    /// <param name="patterns">ECMAScript regular expressions, matched from the start of the answer; the grammar sees the text from the first group on.</param>
    /// <param name="tokens">Tokens that begin it.</param>
    /// <param name="root">Its first rule.</param>
    /// <exception cref="GbnfException">A repetition is out of bounds. Other faults show when the chain is made.</exception>
    public static NativeSamplerStep LazyGrammar(string gbnf, IReadOnlyList<string> patterns, IReadOnlyList<LlamaToken> tokens, string root = "root")
    {
        ArgumentException.ThrowIfNullOrEmpty(gbnf);
        ArgumentException.ThrowIfNullOrEmpty(root);
        ArgumentNullException.ThrowIfNull(patterns);
        ArgumentNullException.ThrowIfNull(tokens);
        if (patterns.Count + tokens.Count == 0)
            throw new ArgumentException("A lazy grammar needs at least one pattern or token that begins it.", nameof(patterns));
        GbnfRepetitions.Check(gbnf);
        int[] ids = [.. tokens.Select(token => token.Id)];
        return new("grammar", (model, native) =>
        {
            foreach (int id in ids)
                CheckToken(id, model, nameof(tokens));
            using NativeArena arena = new();
            byte** texts = Texts(arena, patterns, nameof(patterns));
            llama_sampler* made = null;
            long mark = NativeLog.Mark();
            llamaspan_status status;
            fixed (int* first = ids)
                status = NativeMethods.llamaspan_sampler_init_grammar_lazy(native, arena.Text(gbnf, nameof(gbnf)), arena.Text(root, nameof(root)),
                    texts, (nuint)patterns.Count, first, (nuint)ids.Length, &made);
            return status == 0 ? made : throw new GbnfException(NativeGuard.LastError(), NativeLog.Since(mark));
        });
    }

    /// <summary>For fill-in-the-middle: weighs the end of the answer against going on; after top-k and top-p, before a draw.</summary>
    public static NativeSamplerStep Infill() => new("infill", (_, native) =>
    {
        llama_sampler* made = null;
        return NativeMethods.llamaspan_sampler_init_infill(native, &made) == 0 ? made : throw new ArgumentException(NativeGuard.LastError(), "model");
    });

    /// <summary>Keeps the k best tokens; 0 keeps all.</summary>
    public static NativeSamplerStep TopK(int k)
    {
        Within(k, 0, int.MaxValue);
        return new("top-k", (_, _) => NativeMethods.llama_sampler_init_top_k(k));
    }

    /// <summary>Keeps the most probable tokens up to a total probability.</summary>
    public static NativeSamplerStep TopP(float p, int minKeep = 0) =>
        Share("top-p", Within(p, 0, 1), minKeep, &NativeMethods.llama_sampler_init_top_p);

    /// <summary>Keeps tokens at least p as probable as the best.</summary>
    public static NativeSamplerStep MinP(float p, int minKeep = 0) =>
        Share("min-p", Within(p, 0, 1), minKeep, &NativeMethods.llama_sampler_init_min_p);

    /// <summary>Keeps the tokens whose surprise is nearest the entropy, up to a total probability.</summary>
    public static NativeSamplerStep Typical(float p, int minKeep = 0) =>
        Share("typical", Within(p, 0, 1), minKeep, &NativeMethods.llama_sampler_init_typical);

    /// <summary>Keeps tokens within n standard deviations of the best.</summary>
    public static NativeSamplerStep TopNSigma(float n)
    {
        Finite(n);
        return new("top-n-sigma", (_, _) => NativeMethods.llama_sampler_init_top_n_sigma(n));
    }

    /// <summary>Now and then drops all but the last of the tokens above a threshold.</summary>
    public static NativeSamplerStep Xtc(float probability, float threshold, int minKeep = 0, uint seed = RandomSeed)
    {
        (probability, threshold, minKeep) = (Within(probability, 0, 1), Within(threshold, 0, 1), Within(minKeep, 0, int.MaxValue));
        return new("xtc", (_, _) => NativeMethods.llama_sampler_init_xtc(probability, threshold, (nuint)minKeep, seed));
    }

    /// <summary>Divides logits by the temperature, which follows the entropy if a range is given; 0 leaves the best.</summary>
    public static NativeSamplerStep Temperature(float temperature, float range = 0, float exponent = 1)
    {
        (temperature, range, exponent) = (Within(temperature, 0, float.MaxValue), Within(range, 0, float.MaxValue), Finite(exponent));
        return new("temp-ext", (_, _) => NativeMethods.llama_sampler_init_temp_ext(temperature, range, exponent));
    }

    /// <summary>Penalties on the last tokens, at most 1,048,576 of them.</summary>
    /// <param name="window">How many tokens.</param>
    /// <param name="repetition">Divides positive and multiplies negative logits; 0.000001 to 1,000,000: past that a logit may become infinite,
    /// and llama.cpp would pick whatever token comes last.</param>
    /// <param name="frequency">Subtracted for each time the token is there; at most 1,000,000 either way.</param>
    /// <param name="presence">Subtracted once; at most 1,000,000 either way.</param>
    public static NativeSamplerStep Penalties(int window, float repetition = 1, float frequency = 0, float presence = 0)
    {
        const float Largest = 1e6f;
        Within(window, 0, LongestWindow);
        (repetition, frequency, presence) = (Within(repetition, 1 / Largest, Largest), Within(frequency, -Largest, Largest), Within(presence, -Largest, Largest));
        return new("penalties", (model, _) =>
            NativeMethods.llama_sampler_init_penalties(model.Vocabulary.Size, window, repetition, frequency, presence));
    }

    /// <summary>DRY over the last tokens, at most 1,048,576 of them.</summary>
    public static NativeSamplerStep Dry(float multiplier, float @base, int allowedLength, int window, IReadOnlyList<string> breakers)
    {
        ArgumentNullException.ThrowIfNull(breakers);
        (multiplier, @base) = (Finite(multiplier), Within(@base, 1, float.MaxValue));
        (allowedLength, window) = (Within(allowedLength, 0, int.MaxValue), Within(window, 0, LongestWindow));
        return new("dry", (_, native) =>
        {
            using NativeArena arena = new();
            llama_sampler* made = null;
            return NativeMethods.llamaspan_sampler_init_dry(native, multiplier, @base, allowedLength, window,
                Texts(arena, breakers, nameof(breakers)), (nuint)breakers.Count, &made) == 0
                ? made
                : throw new ArgumentException(NativeGuard.LastError(), nameof(breakers));
        });
    }

    /// <summary>Adds to the logits of some tokens.</summary>
    public static NativeSamplerStep LogitBias(IReadOnlyDictionary<LlamaToken, float> bias)
    {
        ArgumentNullException.ThrowIfNull(bias);
        llama_logit_bias[] entries = [.. bias.Select(pair => new llama_logit_bias { token = pair.Key.Id, bias = pair.Value })];
        if (entries.Any(entry => float.IsNaN(entry.bias) || float.IsPositiveInfinity(entry.bias)))
            throw new ArgumentOutOfRangeException(nameof(bias), "A bias must be finite or minus infinity.");
        return new("logit-bias", (model, _) =>
        {
            foreach (llama_logit_bias entry in entries)
                CheckToken(entry.token, model, nameof(bias));
            fixed (llama_logit_bias* first = entries)
                return NativeMethods.llama_sampler_init_logit_bias(model.Vocabulary.Size, entries.Length, first);
        });
    }

    private static NativeSamplerStep Share(string name, float p, int minKeep, delegate*<float, nuint, llama_sampler*> init)
    {
        Within(minKeep, 0, int.MaxValue);
        return new(name, (_, _) => init(p, (nuint)minKeep));
    }

    private static byte** Texts(NativeArena arena, IReadOnlyList<string> texts, string name)
    {
        byte** pointers = (byte**)arena.Allocate<nint>(Math.Max(1, texts.Count));
        for (int i = 0; i < texts.Count; i++)
            pointers[i] = arena.Text(texts[i], name);
        return pointers;
    }

    private static void CheckToken(int id, LlamaModel model, string name)
    {
        if ((uint)id >= (uint)model.Vocabulary.Size)
            throw new ArgumentOutOfRangeException(name, id, $"Token {id} is outside the vocabulary, 0 to {model.Vocabulary.Size - 1}.");
    }

    private static float Finite(float value, [CallerArgumentExpression(nameof(value))] string name = "") =>
        float.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be finite.");

    private static float Within(float value, float least, float most, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value >= least && value <= most ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be from {least} to {most}.");

    private static int Within(int value, int least, int most, [CallerArgumentExpression(nameof(value))] string name = "") =>
        value >= least && value <= most ? value : throw new ArgumentOutOfRangeException(name, value, $"{name} must be from {least} to {most}.");
}
