using System.IO.Compression;
using System.Text;
using System.Text.Json;

namespace LlamaSpan.TestSupport.Maskbench;

/// <summary>Reads files of maskbench's form: a JSON object a line with name, schema and tests, plain or gzipped.</summary>
public static class MaskbenchFile
{
    private static readonly JsonDocumentOptions s_deep = new() { MaxDepth = 1000 };

    /// <summary>Reads a file's schemas, in its order.</summary>
    /// <param name="path">A .jsonl or .jsonl.gz file.</param>
    /// <param name="share">Which share of the lines to keep, 0 to 1, drawn by <paramref name="seed"/>.</param>
    /// <param name="seed">Draws the share; the same seed draws the same lines.</param>
    /// <exception cref="FormatException">A line is not of that form; the message says which.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static IEnumerable<MaskbenchSchema> Read(string path, double share = 1, int seed = 0)
    {
        Random random = new(seed);
        using Stream file = File.OpenRead(path);
        using Stream plain = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using StreamReader reader = new(plain, Encoding.UTF8);
        for (int number = 1; reader.ReadLine() is string line; number++)
            if (random.NextDouble() < share && line.Length > 0)
                yield return Parse(line, $"{path}, line {number}");
    }

    private static MaskbenchSchema Parse(string line, string place)
    {
        try
        {
            return Parse(line);
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException($"{place}: no object with name, schema and tests [{{valid, data}}]: {e.Message}", e);
        }
    }

    private static MaskbenchSchema Parse(string line)
    {
        using JsonDocument document = JsonDocument.Parse(line, s_deep);
        JsonElement root = document.RootElement;
        List<MaskbenchInstance> instances = [];
        foreach (JsonElement test in root.GetProperty("tests").EnumerateArray())
        {
            JsonElement data = test.GetProperty("data").Clone();
            instances.Add(new(test.GetProperty("valid").GetBoolean(), data, PythonJson.ToUtf8(data)));
        }
        return new(root.GetProperty("name").GetString()!, Encoding.UTF8.GetBytes(root.GetProperty("schema").GetRawText()), instances);
    }
}
