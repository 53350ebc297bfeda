namespace LlamaSpan;

/// <summary>
/// How much each input of each matrix matters: the mean square of what a calibration text feeds it, as llama.cpp's llama-imatrix measures.
/// </summary>
public sealed class ImportanceMatrix
{
    private const string Sums = ".in_sum2";
    private const string Counts = ".counts";
    private readonly Dictionary<string, float[]> _entries = new(StringComparer.Ordinal);

    /// <summary>Makes an importance matrix.</summary>
    /// <param name="entries">For a tensor's name, a value for each of its inputs, and of each expert in turn; copied.</param>
    /// <exception cref="ArgumentException">A name is empty or has a zero character, or a value is negative or not finite.</exception>
    public ImportanceMatrix(IReadOnlyDictionary<string, float[]> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        foreach ((string name, float[] values) in entries)
        {
            if (name.Length == 0 || name.Contains('\0'))
                throw new ArgumentException("A tensor's name is empty or has a zero character.", nameof(entries));
            ArgumentNullException.ThrowIfNull(values, nameof(entries));
            int bad = values.AsSpan().IndexOfAnyExceptInRange(0, float.MaxValue);
            if (bad >= 0)
                throw new ArgumentException($"Value {bad} of '{name}' is {values[bad]}; it must be finite and not negative.", nameof(entries));
            _entries[name] = [.. values];
        }
    }

    /// <summary>Reads the GGUF file that llama-imatrix writes.</summary>
    /// <exception cref="ModelLoadException">The file is missing, damaged or no importance matrix.</exception>
    public static ImportanceMatrix Load(string path)
    {
        GgufFile file = GgufFile.Read(path);
        TensorLayoutCheck.Check(file, mapped: false);
        Dictionary<string, float[]> entries = new(StringComparer.Ordinal);
        foreach (GgufTensor sums in file.Tensors)
            if (sums.Name.EndsWith(Sums, StringComparison.Ordinal))
                entries[sums.Name[..^Sums.Length]] = ReadEntry(file, sums);
        if (entries.Count == 0)
            throw new ModelLoadException(ModelLoadFailure.Adapter, path, $"it has no tensor that ends with '{Sums}'.");
        try
        {
            return new ImportanceMatrix(entries);
        }
        catch (ArgumentException fault)
        {
            throw new ModelLoadException(ModelLoadFailure.Adapter, path, fault.Message, inner: fault);
        }
    }

    /// <summary>Names of the tensors that it says something of.</summary>
    public IReadOnlyCollection<string> Names => _entries.Keys;

    /// <summary>The values for a tensor.</summary>
    public bool TryGet(string name, out ReadOnlySpan<float> values)
    {
        bool found = _entries.TryGetValue(name, out float[]? entry);
        values = entry;
        return found;
    }

    private static float[] ReadEntry(GgufFile file, GgufTensor sums)
    {
        string name = sums.Name[..^Sums.Length] + Counts;
        if (!file.TryGetTensor(name, out GgufTensor? counts))
            throw Wrong(file, sums, $"has no '{name}' beside it");
        if (sums.Type != TensorType.F32 || counts.Type != TensorType.F32 || counts.ElementCount != sums.Extent(1) || sums.ElementCount != sums.Extent(0) * sums.Extent(1))
            throw Wrong(file, sums, "and its counts are not F32 of a row of sums for each count");
        if (sums.ElementCount > Array.MaxLength)
            throw Wrong(file, sums, $"has more than {Array.MaxLength} values");
        float[] values = new float[sums.ElementCount], number = new float[counts.ElementCount];
        TensorData.Read(file, sums, values);
        TensorData.Read(file, counts, number);
        int width = (int)sums.Extent(0);
        for (int i = 0; i < values.Length; i++)
            values[i] = number[i / width] > 0 ? values[i] / number[i / width] : 1;      // an expert that was never used: all alike
        return values;
    }

    private static ModelLoadException Wrong(GgufFile file, GgufTensor tensor, string what) =>
        new(ModelLoadFailure.Adapter, file.Path, $"tensor '{tensor.Name}' (described at byte {tensor.EntryOffset}) {what}.");
}
