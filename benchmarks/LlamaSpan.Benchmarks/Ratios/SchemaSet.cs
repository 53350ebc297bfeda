using LlamaSpan.Benchmarks.Json;
using LlamaSpan.TestSupport.Maskbench;

namespace LlamaSpan.Benchmarks.Ratios;

/// <summary>The schemas that the json rows generate under: drawn from maskbench's sample, the same each time.</summary>
internal static class SchemaSet
{
    /// <summary>How many there are.</summary>
    public const int Count = 50;

    /// <summary>Rounds that between them measure every schema once.</summary>
    public const int Shares = 5;

    private const int Seed = 50;

    /// <summary>How the schemas are read, by the rows as by <c>bench json</c>.</summary>
    public static JsonGrammarOptions Options => MaskPass.Options;

    /// <summary>The first schemas, in a drawn order, that compile.</summary>
    /// <exception cref="RatioSkippedException">The sample is not there.</exception>
    public static byte[][] Draw()
    {
        string? folder = Environment.GetEnvironmentVariable("LLAMASPAN_CONFORMANCE");
        string path = Path.Combine(folder ?? "", "maskbench-dev.jsonl.gz");
        if (string.IsNullOrEmpty(folder) || !File.Exists(path))
            throw new RatioSkippedException("LLAMASPAN_CONFORMANCE names no folder with maskbench-dev.jsonl.gz");
        byte[][] all = [.. MaskbenchFile.Read(path).Select(schema => schema.Schema)];
        new Random(Seed).Shuffle(all);
        return [.. all.Where(Compiles).Take(Count)];
    }

    /// <summary>The schemas of one round.</summary>
    public static IEnumerable<byte[]> Share(IReadOnlyList<byte[]> schemas, int round) => schemas.Where((_, i) => i % Shares == round % Shares);

    private static bool Compiles(byte[] schema)
    {
        try
        {
            JsonGrammar.FromSchema(schema, Options);
            return true;
        }
        catch (GrammarException)
        {
            return false;
        }
    }
}
