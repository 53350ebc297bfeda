using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Xunit;

namespace LlamaSpan.IntegrationTests;

/// <summary>Our path against plain C: the same tokens, and logits equal to the bit.</summary>
public sealed class ReferenceTests
{
    private const int Count = 24;
    private const string Text = "Once upon a time, in a land of llamas, there was a small model.";

    public static TheoryData<string> Names => [.. TestModels.Generators];

    [Theory]
    [MemberData(nameof(Names))]
    public void Gives_the_tokens_and_logits_that_plain_C_gives(string name)
    {
        string path = TestModels.PathOf(name);
        (int[] expected, float[] logits) = ReferenceProgram.Generate(path, Count, Text);

        using LlamaModel model = LlamaModel.Load(path, cancellationToken: TestContext.Current.CancellationToken);
        using LlamaContext context = model.CreateContext(new ContextOptions { ContextSize = 512, Threads = 1, BatchThreads = 1 });
        List<LlamaToken> tokens = [.. model.Vocabulary.Tokenize(Text)];
        context.Prefill(Sequence.Zero, CollectionsMarshal.AsSpan(tokens), TestContext.Current.CancellationToken);
        int size = model.Vocabulary.Size;
        Assert.Equal(Count * size, logits.Length);
        for (int i = 0; i < Count; i++)
        {
            if (i > 0)
                context.Prefill(Sequence.Zero, [tokens[^1]], TestContext.Current.CancellationToken);
            Assert.True(context.Logits().SequenceEqual(logits.AsSpan(i * size, size)), $"the logits of step {i} differ");
            tokens.Add(new LlamaToken(TensorPrimitives.IndexOfMax(context.Logits())));
        }
        Assert.Equal(expected, tokens.Select(token => token.Id));
    }

    [Theory]
    [InlineData("encoder", 128)]
    [InlineData("ranker", 1)]
    public void Gives_the_embedding_or_rank_that_plain_C_gives(string name, int size)
    {
        using LlamaModel model = LlamaModel.Load(TestModels.PathOf(name), cancellationToken: TestContext.Current.CancellationToken);
        using LlamaContext context = model.CreateContext(new ContextOptions { ContextSize = 512, Threads = 1, BatchThreads = 1, Embeddings = true });
        context.Prefill(Sequence.Zero, model.Vocabulary.Tokenize(Text), TestContext.Current.CancellationToken);
        float[] expected = ReferenceProgram.Embed(TestModels.PathOf(name), Text);
        Assert.Equal(size, expected.Length);
        Assert.Equal(expected, context.Embeddings(Sequence.Zero).ToArray());
    }
}
