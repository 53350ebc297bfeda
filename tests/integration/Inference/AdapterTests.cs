using System.Numerics.Tensors;
using LlamaSpan.Native;
using Xunit;

namespace LlamaSpan.IntegrationTests.Inference;

public sealed class AdapterTests : IDisposable
{
    private static readonly string[] s_matrices = ["blk.0.attn_q.weight", "blk.1.ffn_down.weight", "blk.2.attn_output.weight", "output.weight"];
    private readonly string _folder = Directory.CreateTempSubdirectory("llamaspan-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void An_adapter_computes_what_a_model_with_merged_weights_does()
    {
        LoraFile one = Lora("one.gguf", seed: 1), two = Lora("two.gguf", seed: 2);
        using LlamaModel model = LlamaModel.Load(TestModels.LlamaF32, cancellationToken: TestContext.Current.CancellationToken);
        using LoraAdapter first = LoraAdapter.Load(model, one.Path), second = LoraAdapter.Load(model, two.Path);
        using LlamaContext context = model.CreateContext(Pocket.Options);
        float[] plain = Logits(context);

        context.SetAdapters(new ScaledAdapter(first, 0));
        Assert.Equal(plain, Logits(context));

        context.SetAdapters(new ScaledAdapter(first));
        AssertMerged([(one, 1)], plain, Logits(context));
        context.SetAdapters(new ScaledAdapter(first, 0.5f), new ScaledAdapter(second, -2));
        Assert.Equal(2, context.Adapters.Count);
        AssertMerged([(one, 0.5f), (two, -2)], plain, Logits(context));

        context.SetAdapters();
        Assert.Equal(plain, Logits(context));
    }

    [Fact]
    public void An_adapter_outlives_its_disposal_while_a_context_uses_it()
    {
        LoraFile file = Lora("one.gguf", seed: 1);
        using LlamaModel model = LlamaModel.Load(TestModels.LlamaF32, cancellationToken: TestContext.Current.CancellationToken);
        using LlamaContext context = model.CreateContext(Pocket.Options);
        LoraAdapter adapter = LoraAdapter.Load(model, file.Path);
        context.SetAdapters(new ScaledAdapter(adapter));
        float[] before = Logits(context);
        adapter.Dispose();
        model.Dispose();
        Assert.Equal(before, Logits(context));
        Assert.Throws<ObjectDisposedException>(() => context.SetAdapters(new ScaledAdapter(adapter)));
        Assert.Equal(before, Logits(context));
    }

    [Fact]
    public void Adapters_that_do_not_belong_are_refused()
    {
        LoraFile file = Lora("one.gguf", seed: 1);
        using LlamaModel model = LlamaModel.Load(TestModels.LlamaF32, cancellationToken: TestContext.Current.CancellationToken);
        using LoraAdapter adapter = LoraAdapter.Load(model, file.Path);
        using LlamaContext context = model.CreateContext(Pocket.Options);
        Assert.Throws<ArgumentException>(() => context.SetAdapters(new ScaledAdapter(adapter, float.NaN)));
        Assert.Throws<ArgumentException>(() => context.SetAdapters(new ScaledAdapter(adapter), new ScaledAdapter(adapter)));
        Assert.Throws<ArgumentException>(() => context.SetAdapters(default(ScaledAdapter)));
        using LlamaContext other = Pocket.Context();
        Assert.Throws<ArgumentException>(() => other.SetAdapters(new ScaledAdapter(adapter)));
        Assert.Throws<ModelLoadException>(() => LoraAdapter.Load(Pocket.Model, file.Path));
        Assert.Throws<ModelLoadException>(() => LoraAdapter.Load(model, TestModels.LlamaF32));
    }

    [Fact]
    public void An_adapter_for_NVFP4_feed_forward_weights_is_refused()
    {
        using LlamaModel model = LlamaModel.Load(TestModels.LlamaNvfp4, cancellationToken: TestContext.Current.CancellationToken);
        string path = Path.Combine(_folder, "nvfp4.gguf");
        LoraFile.Write(path, TestModels.LlamaNvfp4, 1, "blk.1.ffn_up.weight");
        Assert.Contains("NVFP4", Assert.Throws<ModelLoadException>(() => LoraAdapter.Load(model, path)).Message);

        LoraFile.Write(path, TestModels.LlamaNvfp4, 1, "blk.1.attn_q.weight");
        using LoraAdapter adapter = LoraAdapter.Load(model, path);
        using LlamaContext context = model.CreateContext(Pocket.Options);
        float[] plain = Logits(context);
        context.SetAdapters(new ScaledAdapter(adapter));
        Assert.NotEqual(plain, Logits(context));
    }

    [Fact]
    public void A_control_vector_adds_its_directions_to_the_layers()
    {
        // blocks that add nothing: what the last one puts out is the token's embedding, and the directions
        string path = Path.Combine(_folder, "empty-blocks.gguf");
        ChangedModel.Write(TestModels.LlamaF32, path, (name, values) =>
        {
            if (name.Contains("attn_output") || name.Contains("ffn_down"))
                Array.Clear(values);
        });
        using LlamaModel model = LlamaModel.Load(path, cancellationToken: TestContext.Current.CancellationToken);
        using LlamaContext context = model.CreateContext(Pocket.Options);
        Random random = new(5);
        int width = model.EmbeddingSize;
        float[] directions = [.. Enumerable.Range(0, width * (model.LayerCount - 1)).Select(_ => random.NextSingle() - 0.5f)];
        float[] first = directions[..width], both = new float[width];
        TensorPrimitives.Add(first, directions.AsSpan(width), both);

        AssertSteered(new float[width]);
        context.SetControlVector(new ControlVector(directions, width));
        AssertSteered(both);
        context.SetControlVector(new ControlVector(directions, width), firstLayer: 1, lastLayer: 1);
        AssertSteered(first);
        context.SetControlVector(Saved(directions, width));
        AssertSteered(both);
        context.ClearControlVector();
        AssertSteered(new float[width]);

        Assert.Throws<ArgumentOutOfRangeException>(() => context.SetControlVector(new ControlVector(directions, width), firstLayer: 3));
        Assert.Throws<ArgumentException>(() => context.SetControlVector(new ControlVector(first, width)));
        Assert.Throws<ArgumentException>(() => new ControlVector([float.NaN], 1));

        void AssertSteered(float[] direction)
        {
            LlamaToken token = new(77);
            context.Cache.Clear();
            context.Prefill(Sequence.Zero, [token]);
            AssertClose(Expected(path, token, direction), context.Logits(), 1e-4f);
        }
    }

    private ControlVector Saved(float[] directions, int width)
    {
        string path = Path.Combine(_folder, "directions.gguf");
        using GgufBuilder file = new();
        file.Set("general.architecture", "controlvector");
        for (int layer = 1; layer <= directions.Length / width; layer++)
            file.Add($"direction.{layer}", ggml_type.GGML_TYPE_F32, [width], directions.AsSpan((layer - 1) * width, width));
        file.Save(path);
        return ControlVector.Load(path);
    }

    /// <summary>The logits of a model whose blocks add nothing: output * norm(embedding + direction).</summary>
    private static float[] Expected(string path, LlamaToken token, float[] direction)
    {
        const float Epsilon = 1e-5f;
        int width = direction.Length;
        float[] state = ChangedModel.Values(path, "token_embd.weight").AsSpan(token.Id * width, width).ToArray();
        TensorPrimitives.Add(state, direction, state);
        TensorPrimitives.Divide(state, MathF.Sqrt((TensorPrimitives.SumOfSquares(state) / width) + Epsilon), state);
        TensorPrimitives.Multiply(state, ChangedModel.Values(path, "output_norm.weight"), state);
        float[] output = ChangedModel.Values(path, "output.weight");
        return [.. Enumerable.Range(0, output.Length / width).Select(i => TensorPrimitives.Dot(state, output.AsSpan(i * width, width)))];
    }

    private void AssertMerged((LoraFile File, float Scale)[] adapters, float[] plain, float[] actual)
    {
        string path = Path.Combine(_folder, $"merged-{adapters.Length}.gguf");
        ChangedModel.Write(TestModels.LlamaF32, path, (name, values) =>
        {
            foreach ((LoraFile file, float scale) in adapters)
                if (file.Changes.TryGetValue(name, out float[]? change))
                    TensorPrimitives.MultiplyAdd(change, scale, values, values);
        });
        using LlamaModel model = LlamaModel.Load(path);
        using LlamaContext context = model.CreateContext(Pocket.Options);
        float[] merged = Logits(context);
        AssertClose(merged, actual, 1e-3f);
        Assert.True(TensorPrimitives.Distance(plain, merged) > 0.1f * TensorPrimitives.Norm<float>(plain));
    }

    private static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, float bound) =>
        Assert.InRange(TensorPrimitives.Distance(expected, actual) / TensorPrimitives.Norm(expected), 0, bound);

    private LoraFile Lora(string name, int seed) => LoraFile.Write(Path.Combine(_folder, name), TestModels.LlamaF32, seed, s_matrices);

    private static float[] Logits(LlamaContext context)
    {
        context.Cache.Clear();
        context.Prefill(Sequence.Zero, [new(3), new(500), new(77), new(1200)]);
        return context.Logits().ToArray();
    }
}
