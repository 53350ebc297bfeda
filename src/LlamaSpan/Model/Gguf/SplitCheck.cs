using System.Globalization;

namespace LlamaSpan;

/// <summary>Finds and checks the files of a split model, as llama_model_loader of src/llama-model-loader.cpp takes them together.</summary>
internal static class SplitCheck
{
    private const string NumberKey = "split.no";
    private const string CountKey = "split.count";
    private const string TensorsKey = "split.tensors.count";

    /// <summary>Reads the headers of all parts, given the first one's.</summary>
    /// <param name="first">The first part.</param>
    /// <param name="paths">The parts' paths; null to derive them from the first one's name.</param>
    /// <param name="overrides">Metadata overrides.</param>
    /// <exception cref="ModelLoadException">A part is missing, damaged, or another's.</exception>
    public static IReadOnlyList<GgufFile> Read(GgufFile first, IReadOnlyList<string>? paths, IReadOnlyList<KvOverride> overrides)
    {
        MetadataView metadata = new(first, overrides, ModelLoadFailure.Splits);
        int count = metadata.UInt16(CountKey) ?? 0;
        if (count <= 1)
        {
            return paths is null or { Count: 1 }
                ? [first]
                : throw metadata.Wrong(CountKey, $"is {count}, but {paths.Count} files were given");
        }
        int number = metadata.UInt16(NumberKey) ?? throw metadata.Missing(NumberKey);
        if (number != 0)
            throw metadata.Wrong(NumberKey, $"is {number}: this is part {number + 1} of {count}; load the first one");
        paths ??= PathsOf(first.Path, count);
        if (paths.Count != count)
            throw metadata.Wrong(CountKey, $"is {count}, but {paths.Count} files were given");
        List<GgufFile> parts = [first];
        for (int i = 1; i < count; i++)
            parts.Add(ReadPart(paths[i], i, count));
        CheckTensors(metadata, parts);
        return parts;
    }

    private static string[] PathsOf(string first, int count)
    {
        string postfix = Postfix(0, count);
        if (!first.EndsWith(postfix, StringComparison.Ordinal) || first.Length == postfix.Length)
        {
            throw new ModelLoadException(
                ModelLoadFailure.Splits, first, $"it is the first of {count} parts, but its name does not end in '{postfix}', by which the others are found.");
        }
        string prefix = first[..^postfix.Length];
        return [.. Enumerable.Range(0, count).Select(i => prefix + Postfix(i, count))];
    }

    private static string Postfix(int index, int count) =>
        string.Create(CultureInfo.InvariantCulture, $"-{index + 1:D5}-of-{count:D5}.gguf");

    private static GgufFile ReadPart(string path, int index, int count)
    {
        GgufFile part = GgufFile.Read(path);
        MetadataView metadata = new(part, [], ModelLoadFailure.Splits);
        int number = metadata.UInt16(NumberKey) ?? throw metadata.Missing(NumberKey);
        return number == index
            ? part
            : throw metadata.Wrong(NumberKey, $"is {number}, but the file stands in the place of part {index + 1} of {count}");
    }

    private static void CheckTensors(MetadataView metadata, List<GgufFile> parts)
    {
        HashSet<string> names = new(StringComparer.Ordinal);
        foreach (GgufFile part in parts)
            foreach (GgufTensor tensor in part.Tensors)
                if (!names.Add(tensor.Name))
                    throw new ModelLoadException(ModelLoadFailure.Splits, part.Path, $"tensor '{tensor.Name}' is in an earlier part too.");
        int announced = metadata.Int32(TensorsKey) ?? throw metadata.Missing(TensorsKey);
        if (announced != names.Count)
            throw metadata.Wrong(TensorsKey, $"is {announced}, but the parts hold {names.Count} tensors");
    }
}
