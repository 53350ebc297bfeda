using System.Text.RegularExpressions;
using LlamaSpan.TestSupport;

namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>A model to measure with.</summary>
/// <param name="Name">What variants are named after it: letters, digits and underscores.</param>
/// <param name="Path">Its file.</param>
internal sealed partial record RatioModel(string Name, string Path)
{
    /// <summary>The one of 135 million parameters: the real one where LLAMASPAN_MODEL names it, else one of random weights.</summary>
    public static RatioModel Default() =>
        Environment.GetEnvironmentVariable("LLAMASPAN_MODEL") is { Length: > 0 } path ? OfFile(path) : new("random_135m", TestModels.Llama135M);

    /// <exception cref="ArgumentException">There is no such file.</exception>
    public static RatioModel OfFile(string path)
    {
        if (!File.Exists(path))
            throw new ArgumentException($"There is no model {path}.");
        string name = System.IO.Path.GetFileNameWithoutExtension(path).ToLowerInvariant();
        // smollm2-135m-instruct-q4_1 is smollm2_135m: quantization and tuning do not change whose overhead is measured
        return new(string.Join('_', NotWord().Split(name).Take(2)), System.IO.Path.GetFullPath(path));
    }

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotWord();
}
