using System.Text;
using LlamaSpan.Native;

namespace LlamaSpan.TestSupport;

/// <summary>A model in the making: shapes, a vocabulary, and weights that are random, but the same each time.</summary>
internal sealed class ModelBuilder : IDisposable
{
    private readonly string _name;

    /// <summary>Starts a model; its vocabulary comes next.</summary>
    /// <param name="name">The model's name; other names give other weights.</param>
    /// <param name="architecture">The architecture, as llama.cpp names it.</param>
    /// <param name="weights">The type of matrices; vectors are F32.</param>
    public ModelBuilder(string name, string architecture, ggml_type weights = ggml_type.GGML_TYPE_Q8_0)
    {
        (_name, Architecture, Weights) = (name, architecture, weights);
        NativeLibraries.Load();
        File = new GgufBuilder();
    }

    public GgufBuilder File { get; }

    public string Architecture { get; }

    public ggml_type Weights { get; }

    public int Vocabulary { get; private set; }

    public int Embedding { get; init; } = 128;

    public int Blocks { get; init; } = 3;

    public int Heads { get; init; } = 4;

    public int KvHeads { get; init; } = 2;

    public int FeedForward { get; init; } = 256;

    /// <summary>How many of the vocabulary's normal tokens it takes.</summary>
    public int NormalTokens { get; init; } = 4096;

    public int HeadSize => Embedding / Heads;

    /// <summary>Sets the vocabulary and what each architecture has to say of its shape.</summary>
    public ModelBuilder Describe(string vocabulary, int contextLength, string? template = null, params string[] addedTokens)
    {
        Vocabulary = VocabularyCut.Add(File, vocabulary, NormalTokens, addedTokens);
        File.Set("general.architecture", Architecture).Set("general.name", _name);
        Set("context_length", contextLength).Set("embedding_length", Embedding).Set("block_count", Blocks).Set("feed_forward_length", FeedForward);
        Set("attention.head_count", Heads).Set("attention.head_count_kv", KvHeads).Set("vocab_size", Vocabulary);
        if (template is not null)
            File.Set("tokenizer.chat_template", System.IO.File.ReadAllText(Repository.PathOf($"native/llama.cpp/models/templates/{template}.jinja")));
        return this;
    }

    /// <summary>Sets a parameter of the architecture.</summary>
    public ModelBuilder Set(string key, object value)
    {
        File.Set($"{Architecture}.{key}", value);
        return this;
    }

    /// <summary>A matrix of the model's weight type, or several; its outputs are about as large as its inputs.</summary>
    public void Matrix(string name, int inputs, int outputs, int count = 1) =>
        Add(name, Weights, count == 1 ? [inputs, outputs] : [inputs, outputs, count], 1 / MathF.Sqrt(inputs), 0);

    /// <summary>A matrix of F32 whatever the model's weight type.</summary>
    public void ExactMatrix(string name, int inputs, int outputs) =>
        Add(name, ggml_type.GGML_TYPE_F32, [inputs, outputs], 1 / MathF.Sqrt(inputs), 0);

    /// <summary>A table with a row for each of its entries, such as the embeddings of tokens.</summary>
    public void Table(string name, int width, int rows) =>
        Add(name, Weights is ggml_type.GGML_TYPE_NVFP4 ? ggml_type.GGML_TYPE_Q8_0 : Weights, [width, rows], 1, 0);

    /// <summary>A vector of values around a center.</summary>
    public void Vector(string name, int length, float center = 0, float spread = 0.1f) => Values(name, [length], center, spread);

    /// <summary>Values around a center, in F32.</summary>
    public void Values(string name, long[] shape, float center, float spread) => Add(name, ggml_type.GGML_TYPE_F32, shape, spread, center);

    /// <summary>The weights of a normalisation.</summary>
    public void Norm(string name, int length) => Vector(name, length, center: 1);

    /// <summary>A matrix in NVFP4 with the scales that files in it carry: of the weights, and of the inputs they were calibrated for.</summary>
    public void ScaledMatrix(string name, int inputs, int outputs)
    {
        // what the largest weight becomes: the largest scale of a block (E4M3: 448) times the largest value in it (E2M1: 6)
        const float Range = 448 * 6;
        float[] values = Random(name, inputs * outputs, 1 / MathF.Sqrt(inputs), 0);
        float scale = values.Max(MathF.Abs) / Range;
        File.Add($"{name}.weight", ggml_type.GGML_TYPE_NVFP4, [inputs, outputs], [.. values.Select(value => value / scale)]);
        File.Add($"{name}.scale", ggml_type.GGML_TYPE_F32, [1], [scale]);
        File.Add($"{name}.input_scale", ggml_type.GGML_TYPE_F32, [1], [1 / Range]);
    }

    public void Dispose() => File.Dispose();

    private void Add(string name, ggml_type type, long[] shape, float spread, float center) =>
        File.Add(name, type, shape, Random(name, (int)shape.Aggregate((left, right) => left * right), spread, center));

    /// <summary>Evenly distributed values of a standard deviation around a center, by model and tensor name.</summary>
    private float[] Random(string tensor, int count, float spread, float center)
    {
        uint seed = 2166136261; // FNV-1a
        foreach (byte letter in Encoding.UTF8.GetBytes($"{_name}/{tensor}"))
            seed = (seed ^ letter) * 16777619;
        Random random = new((int)seed);
        float[] values = new float[count];
        float width = 2 * MathF.Sqrt(3) * spread;
        for (int i = 0; i < count; i++)
            values[i] = center + ((random.NextSingle() - 0.5f) * width);
        return values;
    }
}
