using System.Numerics.Tensors;
using LlamaSpan.Native;
using Xunit;

namespace LlamaSpan.IntegrationTests.Models;

public sealed class ModelQuantizerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llamaspan-").FullName;

    private string Output => Path.Combine(_folder, "out.gguf");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(QuantizationType.Q8_0, 0.02)]
    [InlineData(QuantizationType.BF16, 0.02)]
    [InlineData(QuantizationType.Q4_0, 0.4)]
    [InlineData(QuantizationType.Q4_K_M, 0.4)]
    [InlineData(QuantizationType.IQ4_NL, 0.4)]
    public void A_quantized_model_computes_almost_what_the_original_does(QuantizationType type, double bound)
    {
        List<QuantizedTensor> tensors = [];
        ModelQuantizer.Quantize(TestModels.LlamaF32, Output, new QuantizeOptions { Type = type, Threads = 2 }, new Collect(tensors.Add), TestContext.Current.CancellationToken);
        Assert.Equal(Enumerable.Range(1, tensors[0].Count), tensors.Select(tensor => tensor.Number));
        Assert.Equal(GgufFile.Read(TestModels.LlamaF32).Tensors.Select(tensor => tensor.Name).Order(), tensors.Select(tensor => tensor.Name).Order());
        Assert.All(GgufFile.Read(Output).Tensors, tensor => Assert.Equal(
            tensor.Type.ToString(), tensors.First(told => told.Name == tensor.Name).TargetType, ignoreCase: true));
        Assert.Equal((long)type, GgufFile.Read(Output).Metadata["general.file_type"].AsInt64());
        Assert.True(new FileInfo(Output).Length < new FileInfo(TestModels.LlamaF32).Length * 0.6);

        float[] original = Logits(TestModels.LlamaF32), quantized = Logits(Output);
        float error = TensorPrimitives.Distance(original, quantized) / TensorPrimitives.Norm(original);
        Assert.InRange(error, 1e-6, bound);
        Assert.Equal([Path.GetFileName(Output)], Directory.GetFiles(_folder).Select(Path.GetFileName));
    }

    [Fact]
    public void Pocket_made_smaller_still_answers()
    {
        QuantizeOptions options = new() { Type = QuantizationType.Q5_0 };
        QuantizeException refusal = Assert.Throws<QuantizeException>(() => ModelQuantizer.Quantize(Pocket.Path, Output, options, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("requantizing", refusal.Message);
        Assert.False(File.Exists(Output));
        ModelQuantizer.Quantize(Pocket.Path, Output, options with { AllowRequantize = true }, cancellationToken: TestContext.Current.CancellationToken);
        using LlamaModel model = LlamaModel.Load(Output, cancellationToken: TestContext.Current.CancellationToken);
        using LlamaContext context = model.CreateContext(Pocket.Options);
        string answer = new TextGenerator(context).Complete(
            Pocket.Prompt("Where is Velmora Optics based?"), new GenerationOptions { Sampling = SamplingOptions.Greedy, MaxTokens = 40 }, cancellationToken: TestContext.Current.CancellationToken).Text;
        Assert.Contains("Tarnwick", answer);
    }

    [Fact]
    public void Every_option_reaches_the_file()
    {
        ModelQuantizer.Quantize(TestModels.LlamaF32, Output, new QuantizeOptions
        {
            Type = QuantizationType.Q4_0,
            Pure = true,
            OutputType = TensorType.F16,
            EmbeddingType = TensorType.Q5_1,
            TensorTypes = [new("attn_[kv]", TensorType.Q8_0), new("blk\\.0\\.ffn", TensorType.IQ4_NL)],
            KvOverrides = [new("general.name", "smaller"), new("llama.rope.freq_base", 1000.0)],
            PruneLayers = [1],
            ImportanceMatrix = Importance(),
        }, cancellationToken: TestContext.Current.CancellationToken);
        GgufFile file = GgufFile.Read(Output);
        Assert.Equal(2, file.Metadata["llama.block_count"].AsInt64());
        Assert.Equal("smaller", file.Metadata["general.name"].AsString());
        Assert.Equal(1000, file.Metadata["llama.rope.freq_base"].AsDouble());
        Assert.Equal(TensorType.F16, TypeOf("output.weight"));
        Assert.Equal(TensorType.Q5_1, TypeOf("token_embd.weight"));
        Assert.Equal(TensorType.Q8_0, TypeOf("blk.1.attn_k.weight"));
        Assert.Equal(TensorType.IQ4_NL, TypeOf("blk.0.ffn_up.weight"));
        Assert.Equal(TensorType.Q4_0, TypeOf("blk.1.ffn_up.weight"));
        Assert.False(file.TryGetTensor("blk.2.attn_k.weight", out _));
        Assert.NotEmpty(Logits(Output));

        TensorType TypeOf(string name) => file.TryGetTensor(name, out GgufTensor? tensor) ? tensor.Type : throw new KeyNotFoundException(name);
    }

    [Fact]
    public void An_importance_matrix_is_read_from_its_file_and_changes_the_result()
    {
        string path = Path.Combine(_folder, "imatrix.gguf");
        using (GgufBuilder file = new())
        {
            file.Set("general.type", "imatrix");
            file.Add("blk.0.ffn_up.weight.in_sum2", ggml_type.GGML_TYPE_F32, [4, 2], [2, 4, 6, 8, 1, 1, 1, 1]);
            file.Add("blk.0.ffn_up.weight.counts", ggml_type.GGML_TYPE_F32, [1, 2], [2, 0]);
            file.Save(path);
        }
        Assert.True(ImportanceMatrix.Load(path).TryGet("blk.0.ffn_up.weight", out ReadOnlySpan<float> values));
        Assert.Equal([1f, 2, 3, 4, 1, 1, 1, 1], values.ToArray());
        Assert.Throws<ModelLoadException>(() => ImportanceMatrix.Load(TestModels.LlamaF32));
        Assert.Throws<ArgumentException>(() => new ImportanceMatrix(new Dictionary<string, float[]> { ["a"] = [1, float.NaN] }));

        QuantizeOptions options = new() { Type = QuantizationType.Q4_0, Pure = true };
        ModelQuantizer.Quantize(TestModels.LlamaF32, Output, options, cancellationToken: TestContext.Current.CancellationToken);
        byte[] plain = File.ReadAllBytes(Output);
        ModelQuantizer.Quantize(TestModels.LlamaF32, Output, options with { ImportanceMatrix = Importance() }, cancellationToken: TestContext.Current.CancellationToken);
        Assert.NotEqual(plain, File.ReadAllBytes(Output));
    }

    [Fact]
    public void A_cancelled_quantization_leaves_no_file()
    {
        using CancellationTokenSource source = new();
        int told = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => ModelQuantizer.Quantize(
            TestModels.LlamaF32, Output, new QuantizeOptions { Type = QuantizationType.Q4_0 }, new Collect(_ =>
            {
                told++;
                source.Cancel();
            }), source.Token));
        Assert.Equal(1, told);
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void What_progress_throws_comes_out()
    {
        Assert.Throws<TimeZoneNotFoundException>(() => ModelQuantizer.Quantize(
            TestModels.LlamaF32, Output, new QuantizeOptions { Type = QuantizationType.Q4_0 }, new Collect(_ => throw new TimeZoneNotFoundException()), TestContext.Current.CancellationToken));
        Assert.Empty(Directory.GetFiles(_folder));
    }

    [Fact]
    public void What_llama_cpp_would_abort_on_is_refused_with_the_options_name()
    {
        QuantizeOptions q4 = new() { Type = QuantizationType.Q4_0 };
        Refused("NVFP4", q4 with { Type = (QuantizationType)39 });
        Refused("QuantizeOptions.Type", q4 with { Type = (QuantizationType)99 });
        Refused("QuantizeOptions.Threads", q4 with { Threads = 513 });
        Refused("QuantizeOptions.OutputType", q4 with { OutputType = TensorType.Q4_K });               // rows of 128
        Refused("QuantizeOptions.OutputType", q4 with { OutputType = TensorType.I32 });
        Refused("QuantizeOptions.EmbeddingType", q4 with { EmbeddingType = TensorType.Q6_K });
        Refused("QuantizeOptions.TensorTypes", q4 with { TensorTypes = [new("token_embd", TensorType.IQ2_XXS)] });
        Refused("QuantizeOptions.TensorTypes", q4 with { TensorTypes = [new("(", TensorType.IQ2_XXS)] });
        Refused("QuantizeOptions.TensorTypes", q4 with { TensorTypes = [new("", TensorType.Q8_0)] });
        Refused("QuantizeOptions.Pure", q4 with { Type = QuantizationType.IQ2_XXS, Pure = true });
        Refused("QuantizeOptions.PruneLayers", q4 with { PruneLayers = [3] });
        Refused("QuantizeOptions.PruneLayers", q4 with { PruneLayers = [0, 1, 2] });
        Refused("QuantizeOptions.KvOverrides", q4 with { KvOverrides = [new("general.alignment", -1L)] });
        Assert.Throws<QuantizeException>(() => Quantize(q4 with { TensorTypes = [new("(", TensorType.Q8_0)] }));
        Assert.Throws<ArgumentException>(() => ModelQuantizer.Quantize(TestModels.LlamaF32, TestModels.LlamaF32, q4));
        Assert.Throws<ArgumentException>(() => ModelQuantizer.Quantize(TestModels.LlamaF32, Path.Combine(_folder, "none", "out.gguf"), q4));
        Assert.Throws<ModelLoadException>(() => ModelQuantizer.Quantize(Path.Combine(_folder, "none.gguf"), Output, q4));
        Assert.Empty(Directory.GetFiles(_folder));

        void Refused(string name, QuantizeOptions options) => Assert.Contains(name, Assert.ThrowsAny<ArgumentException>(() => Quantize(options)).Message);
        void Quantize(QuantizeOptions options) => ModelQuantizer.Quantize(TestModels.LlamaF32, Output, options);
    }

    private static ImportanceMatrix Importance() => new(GgufFile.Read(TestModels.LlamaF32).Tensors
        .Where(tensor => tensor.Shape.Length == 2)
        .ToDictionary(tensor => tensor.Name, tensor => Enumerable.Range(0, (int)tensor.Extent(0)).Select(i => i % 7 * 0.5f + 0.01f).ToArray()));

    private static float[] Logits(string path)
    {
        using LlamaModel model = LlamaModel.Load(path);
        using LlamaContext context = model.CreateContext(Pocket.Options);
        context.Prefill(Sequence.Zero, model.Vocabulary.Tokenize("Once upon a time"));
        return context.Logits().ToArray();
    }

    private sealed class Collect(Action<QuantizedTensor> report) : IProgress<QuantizedTensor>
    {
        public void Report(QuantizedTensor value) => report(value);
    }
}
