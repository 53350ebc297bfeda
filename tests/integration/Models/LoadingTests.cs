using LlamaSpan.Native;
using Xunit;

namespace LlamaSpan.IntegrationTests.Models;

public sealed class LoadingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llamaspan-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_split_model_computes_what_the_whole_one_does()
    {
        string[] parts = SplitModel.Write(TestModels.LlamaF32, Path.Combine(_folder, "model"), 3);
        float[] whole = Logits(TestModels.LlamaF32);
        Assert.Equal(whole, Logits(parts[0]));

        string[] renamed = [.. parts.Select((part, i) => Path.Combine(_folder, $"{i}.part"))];
        for (int i = 0; i < parts.Length; i++)
            File.Copy(parts[i], renamed[i]);
        using (LlamaModel model = LlamaModel.Load(renamed))
        {
            Assert.Equal(renamed, model.Paths);
            Assert.Equal(whole, Logits(model));
        }
        Assert.Equal(ModelLoadFailure.Splits, Refused(() => LlamaModel.Load(parts[1])));
        Assert.Equal(ModelLoadFailure.Splits, Refused(() => LlamaModel.Load([renamed[0], renamed[2], renamed[1]])));
        Assert.Equal(ModelLoadFailure.Splits, Refused(() => LlamaModel.Load(renamed[..2])));
        File.Delete(parts[2]);
        Assert.Equal(ModelLoadFailure.NotFound, Refused(() => LlamaModel.Load(parts[0])));

        string joined = Path.Combine(_folder, "joined.gguf");
        SplitModel.Write(TestModels.LlamaF32, Path.Combine(_folder, "model"), 3);
        ModelQuantizer.Quantize(parts[0], joined, new QuantizeOptions { Type = null });
        Assert.Equal(whole, Logits(joined));
    }

    [Fact]
    public void Progress_goes_from_nothing_to_all()
    {
        List<float> told = [];
        using LlamaModel model = LlamaModel.Load(Pocket.Path, progress: new Told(told.Add));
        Assert.True(told.Count > 5);
        Assert.Equal(told.Order(), told);
        Assert.Equal((0f, 1f), (told[0], told[^1]));
    }

    [Fact]
    public async Task A_load_can_be_cancelled()
    {
        using CancellationTokenSource source = new();
        Assert.ThrowsAny<OperationCanceledException>(() => LlamaModel.Load(Pocket.Path, progress: new Told(_ => source.Cancel()), cancellationToken: source.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => LlamaModel.LoadAsync(Pocket.Path, cancellationToken: source.Token));
        Assert.Throws<TimeZoneNotFoundException>(() => LlamaModel.Load(Pocket.Path, progress: new Told(_ => throw new TimeZoneNotFoundException())));
        using LlamaModel model = await LlamaModel.LoadAsync(Pocket.Path, cancellationToken: CancellationToken.None);
        Assert.Equal("llama", model.Architecture);
    }

    [Theory]
    [InlineData(LoadMode.Read)]
    [InlineData(LoadMode.Map)]
    [InlineData(LoadMode.MapAndLock)]
    [InlineData(LoadMode.DirectIO)]
    public void However_weights_come_into_memory_they_are_the_same(LoadMode mode)
    {
        Assert.Equal(Logits(TestModels.LlamaF32), Logits(TestModels.LlamaF32, new ModelOptions { LoadMode = mode }));
        Assert.Equal(Logits(TestModels.LlamaF32), Logits(TestModels.LlamaF32, new ModelOptions { LoadMode = mode, NoHostBuffers = true }));
    }

    [Fact]
    public void Overrides_take_the_place_of_metadata()
    {
        float[] plain = Logits(TestModels.LlamaF32);
        Assert.NotEqual(plain, Logits(TestModels.LlamaF32, With(new("llama.rope.freq_base", 100.0))));
        Assert.Equal(plain, Logits(TestModels.LlamaF32, With(new("llama.rope.freq_base", 100L))));      // of another kind: does not count
        using LlamaModel model = LlamaModel.Load(TestModels.LlamaF32, With(new("tokenizer.ggml.add_bos_token", false)));
        Assert.False(model.Vocabulary.AddsBos);
        Assert.Equal(ModelLoadFailure.Hyperparameters, Refused(() => LlamaModel.Load(TestModels.LlamaF32, With(new("llama.block_count", 0L)))));
        Assert.ThrowsAny<Exception>(() => LlamaModel.Load(TestModels.LlamaF32, With(new("tokenizer.ggml.pre", "falcon"))));

        static ModelOptions With(KvOverride entry) => new() { KvOverrides = [entry] };
    }

    [Fact]
    public void Tensors_can_be_kept_on_a_device()
    {
        LlamaDevice cpu = LlamaDevice.All.First(device => device.Kind == DeviceKind.Cpu);
        Assert.True(cpu.TotalMemory >= cpu.FreeMemory && cpu.FreeMemory > 0);
        Assert.Equal(Logits(TestModels.LlamaF32), Logits(TestModels.LlamaF32, new ModelOptions { TensorBufferOverrides = [new("ffn_.*", cpu)], Devices = [] }));
        Assert.ThrowsAny<ModelLoadException>(() => LlamaModel.Load(TestModels.LlamaF32, new ModelOptions { TensorBufferOverrides = [new("(", cpu)] }));
        Assert.ThrowsAny<ArgumentException>(() => LlamaModel.Load(TestModels.LlamaF32, new ModelOptions { TensorBufferOverrides = [default] }));
        Assert.Throws<ArgumentException>("TensorBufferOverrides", () => LlamaModel.Load(TestModels.LlamaF32, new ModelOptions { TensorBufferOverrides = [new(null!, cpu)] }));
    }

    [Fact]
    public void Options_outside_their_limits_are_named()
    {
        foreach ((string name, ModelOptions options) in new (string, ModelOptions)[]
        {
            ("GpuLayers", new() { GpuLayers = -2 }), ("MainGpu", new() { MainGpu = -1 }), ("SplitMode", new() { SplitMode = (SplitMode)9 }),
            ("LoadMode", new() { LoadMode = (LoadMode)9 }), ("TensorSplit", new() { TensorSplit = [float.NaN] }), ("TensorSplit", new() { TensorSplit = [0, 0] }),
            ("TensorSplit", new() { TensorSplit = new float[1000].Append(1).ToArray() }), ("ProbeTimeout", new() { ProbeTimeout = TimeSpan.Zero }),
            ("RpcTimeout", new() { RpcTimeout = TimeSpan.FromSeconds(-1) }), ("RpcTimeout", new() { RpcTimeout = TimeSpan.MaxValue }),
            ("ProbeTimeout", new() { ProbeTimeout = TimeSpan.MaxValue }), ("RpcServers", new() { RpcServers = ["nowhere"] }),
            ("RpcServers", new() { RpcServers = [null!] }), ("KvOverrides", new() { KvOverrides = [null!] }), ("Devices", new() { Devices = [null!] }),
        })
        {
            Assert.Contains($"ModelOptions.{name}", Assert.ThrowsAny<ArgumentException>(() => LlamaModel.Load(Pocket.Path, options)).Message);
        }
        Assert.Equal(Logits(TestModels.LlamaF32), Logits(TestModels.LlamaF32, new ModelOptions { TensorSplit = [1, 3], GpuLayers = 1 }));
    }

    [Fact]
    public void Lists_that_are_null_are_named()
    {
        Assert.Throws<ArgumentNullException>("TensorSplit", () => new ModelOptions { TensorSplit = null! });
        Assert.Throws<ArgumentNullException>("RpcServers", () => new ModelOptions { RpcServers = null! });
        Assert.Throws<ArgumentNullException>("TensorBufferOverrides", () => new ModelOptions { TensorBufferOverrides = null! });
        Assert.Throws<ArgumentNullException>("KvOverrides", () => new ModelOptions { KvOverrides = null! });
        Assert.Throws<ArgumentNullException>("PruneLayers", () => new QuantizeOptions { Type = null, PruneLayers = null! });
        Assert.Throws<ArgumentNullException>("Processors", () => new ThreadPoolOptions { Processors = null! });
        Assert.Throws<ArgumentNullException>("Tools", () => new ChatPromptOptions { Tools = null! });
    }

    [Fact]
    public void Weights_that_are_no_numbers_are_found_where_asked()
    {
        string path = Path.Combine(_folder, "nan.gguf");
        ChangedModel.Write(TestModels.LlamaF32, path, (name, values) => values[3] = name == "blk.1.ffn_up.weight" ? float.NaN : values[3]);
        LlamaModel.Load(path).Dispose();
        ModelLoadException refusal = Assert.Throws<ModelLoadException>(() => LlamaModel.Load(path, new ModelOptions { CheckTensors = true }));
        Assert.Contains("blk.1.ffn_up.weight", refusal.Message);
        Assert.Throws<QuantizeException>(() => ModelQuantizer.Quantize(path, path + ".q8", new QuantizeOptions { Type = QuantizationType.Q8_0 }));
    }

    [Fact]
    public void A_file_that_ends_llama_cpp_ends_the_probe_instead()
    {
        ModelOptions probing = new() { ProbeFirst = true };
        using (LlamaModel encoder = LlamaModel.Load(TestModels.Encoder, probing))
            Assert.Equal("bert", encoder.Architecture);
        string path = Path.Combine(_folder, "deadly.gguf");
        using (GgufBuilder file = new())
        {
            file.CopyMetadata(TestModels.Encoder).Set("bert.block_count", 0);
            file.Add("token_embd.weight", ggml_type.GGML_TYPE_F32, [32], new float[32]);
            file.Save(path);
        }
        ModelLoadException refusal = Assert.Throws<ModelLoadException>(() => LlamaModel.Load(path, probing));
        Assert.Equal(ModelLoadFailure.Probe, refusal.Reason);
        Assert.Contains("GGML_ASSERT", refusal.Message);
    }

    [Theory]
    [InlineData("", ModelLoadFailure.Truncated)]
    [InlineData("GGUF", ModelLoadFailure.Truncated)]
    [InlineData("a file of text, not a model", ModelLoadFailure.NotGguf)]
    public void What_is_no_model_is_told_by_kind(string content, ModelLoadFailure reason)
    {
        string path = Path.Combine(_folder, "file");
        File.WriteAllText(path, content);
        Assert.Equal(reason, Refused(() => LlamaModel.Load(path)));
        Assert.Equal(ModelLoadFailure.NotFound, Refused(() => LlamaModel.Load(path + "x")));
        Assert.Equal(ModelLoadFailure.NotFound, Refused(() => LlamaModel.Load(_folder)));
        Assert.Throws<ArgumentException>(() => LlamaModel.Load(""));
        Assert.Throws<ArgumentException>(() => LlamaModel.Load(Array.Empty<string>()));
    }

    private static ModelLoadFailure Refused(Func<LlamaModel> load) => Assert.Throws<ModelLoadException>(() => load()).Reason;

    private static float[] Logits(string path, ModelOptions? options = null)
    {
        using LlamaModel model = LlamaModel.Load(path, options);
        return Logits(model);
    }

    private static float[] Logits(LlamaModel model)
    {
        using LlamaContext context = model.CreateContext(Pocket.Options);
        context.Prefill(Sequence.Zero, [new(3), new(500), new(77)]);
        return context.Logits().ToArray();
    }

    private sealed class Told(Action<float> report) : IProgress<float>
    {
        public void Report(float value) => report(value);
    }
}
