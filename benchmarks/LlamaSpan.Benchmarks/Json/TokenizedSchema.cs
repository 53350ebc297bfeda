using LlamaSpan.TestSupport.Maskbench;

namespace LlamaSpan.Benchmarks.Json;

/// <summary>A maskbench schema whose instances are tokenised.</summary>
/// <param name="Source">The schema and its instances.</param>
/// <param name="Tokens">Tokens of each instance's text, in the order of the instances.</param>
internal sealed record TokenizedSchema(MaskbenchSchema Source, LlamaToken[][] Tokens)
{
    /// <summary>Reads the schemas that the options choose and tokenises their instances, without special tokens.</summary>
    public static List<TokenizedSchema> Read(JsonBenchOptions options, Vocabulary vocabulary)
    {
        List<TokenizedSchema> schemas = [];
        foreach (MaskbenchSchema schema in MaskbenchFile.Read(options.Data, options.Share, options.Seed))
            if (options.Only is not string only || schema.Name.Contains(only, StringComparison.Ordinal))
                schemas.Add(new(schema, [.. schema.Instances.Select(instance => vocabulary.Tokenize(instance.Text, addSpecial: false))]));
        return schemas;
    }
}
