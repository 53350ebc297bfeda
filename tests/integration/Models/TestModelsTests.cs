using System.Numerics.Tensors;
using Xunit;

namespace LlamaSpan.IntegrationTests;

/// <summary>The models that other tests are built on load and compute.</summary>
public sealed class TestModelsTests
{
    public static TheoryData<string> Names => [.. TestModels.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_test_model_loads_and_computes_numbers(string name)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name), cancellationToken: TestContext.Current.CancellationToken);
        bool generates = TestModels.Generators.Contains(name);
        using LlamaContext context = model.CreateContext(new ContextOptions { ContextSize = 256, Threads = 1, BatchThreads = 1, Embeddings = !generates });
        LlamaToken[] tokens = model.Vocabulary.Tokenize("The quick brown fox jumps over the lazy dog.");
        Assert.InRange(tokens.Length, 10, 30);
        context.Prefill(Sequence.Zero, tokens, TestContext.Current.CancellationToken);
        ReadOnlySpan<float> output = generates ? context.Logits() : context.Embeddings(Sequence.Zero);
        Assert.Equal(generates ? model.Vocabulary.Size : name == "ranker" ? 1 : model.EmbeddingSize, output.Length);
        Assert.True(TensorPrimitives.IsFiniteAll(output));
        Assert.True(output.Length == 1 || TensorPrimitives.StdDev(output) > 0.01f);
    }
}
