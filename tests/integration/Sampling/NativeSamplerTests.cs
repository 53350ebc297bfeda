using System.Text;
using Xunit;

namespace LlamaSpan.IntegrationTests.Sampling;

/// <summary>llama.cpp's own samplers: what they do is llama.cpp's business, that they are reached and never crash is ours.</summary>
public sealed class NativeSamplerTests : IDisposable
{
    private const string Digits = "root ::= \"a\" [0-9]+ \"b\"";

    private readonly LlamaModel _model = LlamaModel.Load(
        Repository.PathOf("native/llama.cpp/models/ggml-vocab-llama-bpe.gguf"), new ModelOptions { VocabularyOnly = true });

    private int Size => _model.Vocabulary.Size;

    public static TheoryData<string, NativeSamplerStep[]> Chains => new()
    {
        { "greedy", [NativeSamplerStep.Greedy()] },
        { "dist", [NativeSamplerStep.Draw(1)] },
        { "mirostat", [NativeSamplerStep.Temperature(0.9f), NativeSamplerStep.Mirostat(seed: 1)] },
        { "mirostat-v2", [NativeSamplerStep.MirostatV2(seed: 1)] },
        { "adaptive-p", [NativeSamplerStep.MinP(0.01f), NativeSamplerStep.AdaptiveP(0.4f, seed: 1)] },
        { "infill", [NativeSamplerStep.TopK(40), NativeSamplerStep.TopP(0.9f), NativeSamplerStep.Infill(), NativeSamplerStep.Draw(1)] },
        {
            "penalties",
            [
                NativeSamplerStep.LogitBias(new Dictionary<LlamaToken, float> { [new(4)] = 1 }), NativeSamplerStep.Penalties(64, 1.1f, 0.1f, 0.1f),
                NativeSamplerStep.Dry(0.8f, 1.75f, 2, 64, ["\n", ":"]), NativeSamplerStep.TopNSigma(3), NativeSamplerStep.Typical(0.9f),
                NativeSamplerStep.Xtc(0.5f, 0.1f, seed: 1), NativeSamplerStep.Temperature(1, 0.2f), NativeSamplerStep.Draw(1),
            ]
        },
    };

    [Theory]
    [MemberData(nameof(Chains), DisableDiscoveryEnumeration = true)]
    public void Every_sampler_runs_resets_and_clones(string name, NativeSamplerStep[] steps)
    {
        using NativeSampler sampler = NativeSampler.Create(_model, steps);
        Assert.Contains(name, sampler.Steps);
        LlamaToken[] first = Draw(sampler, 0, 20);
        using NativeSampler clone = sampler.Clone();
        LlamaToken[] next = Draw(sampler, 20, 5);
        if (name is not "adaptive-p")       // whose clone does not take over the state of its random numbers
            Assert.Equal(next, Draw(clone, 20, 5));
        sampler.Reset();
        Assert.Equal(first, Draw(sampler, 0, 20));
    }

    [Fact]
    public void A_drawing_chain_follows_our_distribution()
    {
        using NativeSampler native = NativeSampler.Create(
            _model, NativeSamplerStep.TopK(40), NativeSamplerStep.TopP(0.95f), NativeSamplerStep.MinP(0.05f), NativeSamplerStep.Temperature(0.8f), NativeSamplerStep.Draw(5));
        float[] logits = SyntheticLogits.Of(Size, 3);
        int[] draws = [.. Enumerable.Range(0, 1000).Select(_ => native.Sample(logits).Id)];
        Assert.InRange(Distributions.ChiSquareExcess(draws, Distributions.Of(new Sampler(), logits)), -4, 4);
    }

    [Fact]
    public void A_grammar_lets_only_its_texts_through()
    {
        using NativeSampler sampler = NativeSampler.Create(_model, NativeSamplerStep.Grammar(Digits), NativeSamplerStep.Draw(7));
        var text = new StringBuilder();
        for (int i = 0; i < 40; i++)
        {
            LlamaToken token = sampler.Sample(new float[Size]);
            if (_model.Vocabulary.IsEndOfGeneration(token))
                break;
            text.Append(_model.Vocabulary.DetokenizeToString([token]));
        }
        Assert.Matches("^a[0-9]+b?$", text.ToString());
    }

    [Fact]
    public void A_token_that_the_grammar_forbids_is_an_error_and_changes_nothing()
    {
        using NativeSampler sampler = NativeSampler.Create(_model, NativeSamplerStep.Grammar(Digits), NativeSamplerStep.Greedy());
        LlamaToken wrong = _model.Vocabulary.Tokenize("x", addSpecial: false)[0], right = _model.Vocabulary.Tokenize("a", addSpecial: false)[0];
        Assert.Throws<GbnfException>(() => sampler.Accept(wrong));
        Assert.Throws<GbnfException>(() => sampler.Accept(_model.Vocabulary.Eos));
        sampler.Accept(right);
        Assert.Matches("^[0-9]", _model.Vocabulary.DetokenizeToString([sampler.Sample(new float[Size])]));
    }

    [Fact]
    public void A_lazy_grammar_waits_for_its_trigger()
    {
        using NativeSampler sampler = NativeSampler.Create(
            _model, NativeSamplerStep.LazyGrammar(Digits, ["[\\s\\S]*?(a[\\s\\S]*)"], []), NativeSamplerStep.Greedy());
        float[] logits = new float[Size];
        LlamaToken free = _model.Vocabulary.Tokenize("zz", addSpecial: false)[0];
        logits[free.Id] = 5;
        Assert.Equal(free, sampler.Sample(logits));
        sampler.Accept(_model.Vocabulary.Tokenize("a", addSpecial: false)[0]);
        Assert.Matches("^[0-9]", _model.Vocabulary.DetokenizeToString([sampler.Sample(logits)]));
    }

    [Theory]
    [InlineData("root ::= \"a")]
    [InlineData("root ::= missing")]
    [InlineData("other ::= \"a\"")]
    [InlineData("root ::= root \"a\"")]
    [InlineData("root ::= [")]
    [InlineData("root ::= \"a\"{5,2}")]
    [InlineData("root ::= \"a\"{ 5 , 2 }")]
    [InlineData("root ::= \"a\"{5,99999999999999999999}")]
    [InlineData("root ::= \"a\"{2001}")]
    [InlineData("root ::= (((((")]
    [InlineData("root ::= \"a\"++ + +")]
    [InlineData("#\rroot ::= (\"a\"++ # and\n+ #\n+)")]
    public void A_broken_grammar_is_an_error(string gbnf) =>
        Assert.Throws<GbnfException>(() => NativeSampler.Create(_model, NativeSamplerStep.Grammar(gbnf), NativeSamplerStep.Greedy()));

    [Fact]
    public void A_grammar_that_would_fill_the_memory_is_an_error()
    {
        string literal = $"\"{new string('a', 5000)}\"";
        Assert.Throws<GbnfException>(() => NativeSamplerStep.Grammar($"root ::= {literal}{{2000}}"));
        Assert.Throws<GbnfException>(() => NativeSamplerStep.Grammar(string.Concat(Enumerable.Repeat($"r ::= {literal[..400]}\"{{0,2000}}\n", 40))));
        Assert.Throws<GbnfException>(() => NativeSampler.Create(_model, NativeSamplerStep.Grammar($"root ::= {new string('(', 300_000)}"), NativeSamplerStep.Greedy()));
    }

    [Theory]
    [InlineData("root ::= \"{9,1}\" [}{9,1] # {9,1}")]
    [InlineData("root ::= \"a\"+*{1,2} \"b++++\" [++++]+++")]
    [InlineData("root ::= \"\\\"{9,1}\" [\\]{9,1}]{2,3} \"x\"{2,} \"y\"{0,1}")]
    public void Braces_in_texts_are_no_repetitions(string gbnf) =>
        NativeSampler.Create(_model, NativeSamplerStep.Grammar(gbnf), NativeSamplerStep.Greedy()).Dispose();

    [Fact]
    public void A_chain_that_leaves_nothing_is_an_error()
    {
        using NativeSampler sampler = NativeSampler.Create(_model, NativeSamplerStep.Grammar(Digits), NativeSamplerStep.Draw(1));
        float[] logits = new float[Size];
        logits.AsSpan().Fill(float.NegativeInfinity);
        Assert.Throws<SamplingException>(() => sampler.Sample(logits));
        logits[7] = float.NaN;
        Assert.Equal(7, Assert.Throws<SamplingException>(() => sampler.Sample(logits)).Token.Id);
    }

    [Fact]
    public void Misuse_is_an_error()
    {
        Assert.Throws<ArgumentException>(() => NativeSampler.Create(_model));
        Assert.Throws<ArgumentException>("steps", () => NativeSampler.Create(_model, null!, NativeSamplerStep.Greedy()));
        Assert.Throws<ArgumentException>(() => NativeSampler.Create(_model, NativeSamplerStep.TopK(4)));
        Assert.Throws<ArgumentException>(() => NativeSampler.Create(_model, NativeSamplerStep.Greedy(), NativeSamplerStep.Draw()));
        Assert.Throws<ArgumentOutOfRangeException>(() => NativeSamplerStep.MirostatV2(float.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => NativeSamplerStep.Penalties(int.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>("repetition", () => NativeSamplerStep.Penalties(64, repetition: float.Epsilon));
        Assert.Throws<ArgumentOutOfRangeException>("frequency", () => NativeSamplerStep.Penalties(64, frequency: float.MinValue));
        Assert.Throws<ArgumentOutOfRangeException>("presence", () => NativeSamplerStep.Penalties(64, presence: float.NaN));
        Assert.Equal("patterns", Assert.Throws<ArgumentNullException>(() => NativeSamplerStep.LazyGrammar(Digits, null!, [])).ParamName);
        Assert.Equal("tokens", Assert.Throws<ArgumentNullException>(() => NativeSamplerStep.LazyGrammar(Digits, [], null!)).ParamName);
        Assert.Equal("breakers", Assert.Throws<ArgumentNullException>(() => NativeSamplerStep.Dry(1, 2, 2, 64, null!)).ParamName);
        Assert.Equal("bias", Assert.Throws<ArgumentNullException>(() => NativeSamplerStep.LogitBias(null!)).ParamName);
        Assert.Throws<ArgumentOutOfRangeException>(() => NativeSampler.Create(
            _model, NativeSamplerStep.LogitBias(new Dictionary<LlamaToken, float> { [new(Size)] = 1 }), NativeSamplerStep.Greedy()));
        NativeSampler sampler = NativeSampler.Create(_model, NativeSamplerStep.Greedy());
        Assert.Throws<ArgumentException>(() => sampler.Sample(new float[5]));
        Assert.Throws<ArgumentOutOfRangeException>(() => sampler.Accept(new LlamaToken(Size)));
        sampler.Dispose();
        Assert.Throws<ObjectDisposedException>(() => sampler.Sample(new float[Size]));
        Assert.Throws<ObjectDisposedException>(sampler.Reset);
    }

    [Fact]
    public void Outlives_its_model()
    {
        LlamaModel model = LlamaModel.Load(
            Repository.PathOf("native/llama.cpp/models/ggml-vocab-gpt-2.gguf"), new ModelOptions { VocabularyOnly = true },
            cancellationToken: TestContext.Current.CancellationToken);
        int size = model.Vocabulary.Size;
        using NativeSampler sampler = NativeSampler.Create(model, NativeSamplerStep.Grammar(Digits), NativeSamplerStep.Greedy());
        model.Dispose();
        sampler.Sample(new float[size]);
    }

    [Fact]
    public void Dry_needs_a_vocabulary_for_its_breakers()
    {
        Assert.Equal("vocabulary", Assert.Throws<ArgumentException>(() => new Sampler(new SamplingOptions { DryMultiplier = 1 })).ParamName);
        _ = new Sampler(new SamplingOptions { DryMultiplier = 1, DrySequenceBreakers = [] });
        _ = new Sampler(new SamplingOptions { DryMultiplier = 1 }, _model.Vocabulary);
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sampler(
            new SamplingOptions { LogitBias = new Dictionary<LlamaToken, float> { [new(Size)] = 1 } }, _model.Vocabulary));
    }

    public void Dispose() => _model.Dispose();

    private LlamaToken[] Draw(NativeSampler sampler, int from, int count) =>
        [.. Enumerable.Range(from, count).Select(position => sampler.Sample(SyntheticLogits.Of(Size, position)))];
}
