using LlamaSpan.Native;

namespace LlamaSpan.TestSupport;

/// <summary>A LoRA adapter of random values: for each matrix W the change alpha / rank * B * A.</summary>
public sealed class LoraFile
{
    private readonly Dictionary<string, float[]> _changes = [];

    private LoraFile(string path) => Path = path;

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What is added to each matrix at scale 1: rows of its inputs, one for each output.</summary>
    public IReadOnlyDictionary<string, float[]> Changes => _changes;

    /// <summary>Writes an adapter.</summary>
    /// <param name="path">The file.</param>
    /// <param name="model">The model it is for.</param>
    /// <param name="seed">Other seeds give other values.</param>
    /// <param name="matrices">Names of the matrices it changes.</param>
    public static LoraFile Write(string path, string model, int seed, params ReadOnlySpan<string> matrices)
    {
        const int Rank = 4;
        const float Alpha = 8;
        GgufFile header = GgufFile.Read(model);
        Random random = new(seed);
        LoraFile lora = new(path);
        using GgufBuilder file = new();
        file.Set("general.type", "adapter").Set("general.architecture", header.Metadata["general.architecture"].AsString());
        file.Set("adapter.type", "lora").Set("adapter.lora.alpha", Alpha);
        foreach (string name in matrices)
        {
            if (!header.TryGetTensor(name, out GgufTensor? matrix))
                throw new ArgumentException($"{model} has no '{name}'.", nameof(matrices));
            int inputs = (int)matrix.Extent(0), outputs = (int)matrix.Extent(1);
            float[] a = Values(random, inputs * Rank), b = Values(random, Rank * outputs);
            file.Add($"{name}.lora_a", ggml_type.GGML_TYPE_F32, [inputs, Rank], a);
            file.Add($"{name}.lora_b", ggml_type.GGML_TYPE_F32, [Rank, outputs], b);
            float[] change = new float[inputs * outputs];
            for (int output = 0; output < outputs; output++)
                for (int input = 0; input < inputs; input++)
                    for (int rank = 0; rank < Rank; rank++)
                        change[(output * inputs) + input] += Alpha / Rank * b[(output * Rank) + rank] * a[(rank * inputs) + input];
            lora._changes[name] = change;
        }
        file.Save(path);
        return lora;
    }

    private static float[] Values(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (random.NextSingle() - 0.5f) * 0.2f)];
}
