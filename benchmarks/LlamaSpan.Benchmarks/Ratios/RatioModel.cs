using System.Text.RegularExpressions;

namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>A model to measure with.</summary>
internal sealed partial class RatioModel
{
    private readonly Lazy<string> _path;

    private RatioModel(string name, Func<string> find, bool isRandom = false) => (Name, _path, IsRandom) = (name, new Lazy<string>(find), isRandom);

    /// <summary>What variants are named after it: letters, digits and underscores.</summary>
    public string Name { get; }

    /// <summary>True where its weights are random, so that its answers mean nothing.</summary>
    public bool IsRandom { get; }

    /// <summary>Its file, made at first use where it is one of random weights.</summary>
    public string Path => _path.Value;

    /// <summary>The default model, where overhead shows.</summary>
    public static RatioModel Pocket() => new("pocket", () => Repository.PathOf("models/pocket.gguf"));

    /// <summary>One of a billion parameters, of random weights in 4 bits.</summary>
    public static RatioModel Billion() => new("random_1b", () => TestModels.Llama1B, isRandom: true);

    /// <summary>One of SmolLM2-135M's shape with Llama 3's vocabulary, of random weights.</summary>
    public static RatioModel Random135M() => new("random_135m", () => TestModels.Llama135M, isRandom: true);

    /// <summary>The one of 135 million parameters: the real one where LLAMASPAN_MODEL names it, else one of random weights.</summary>
    public static RatioModel Default() =>
        Environment.GetEnvironmentVariable("LLAMASPAN_MODEL") is { Length: > 0 } path ? OfFile(path) : Random135M();

    /// <exception cref="ArgumentException">There is no such file.</exception>
    public static RatioModel OfFile(string path)
    {
        if (!File.Exists(path))
            throw new ArgumentException($"There is no model {path}.");
        string name = System.IO.Path.GetFileNameWithoutExtension(path).ToLowerInvariant();
        // smollm2-135m-instruct-q4_1 is smollm2_135m: quantization and tuning do not change whose overhead is measured
        return new(string.Join('_', NotWord().Split(name).Take(2)), () => System.IO.Path.GetFullPath(path));
    }

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotWord();
}
