namespace LlamaSpan;

/// <summary>
/// Says whether llama.cpp may be given a file. llama.cpp ends the process on files that break its assertions; what is refused here never
/// reaches it. Structure and vocabulary are checked for every architecture; for llama (Mistral's models too), gemma2 and phi3 also
/// hyperparameters, tensor types and shapes. Reads headers only and calls no native code.
/// </summary>
public static class GgufValidator
{
    private const string ArchitectureKey = "general.architecture";

    /// <summary>Checks a model and, if it is split, its other parts, which are found by the first one's name.</summary>
    /// <param name="path">The model's file, of a split model its first.</param>
    /// <param name="vocabularyOnly">True if only the vocabulary will be loaded: hyperparameters and tensors are then not asked for.</param>
    /// <param name="overrides">Metadata overrides that llama.cpp will be given.</param>
    /// <returns>The headers that were read.</returns>
    /// <exception cref="ModelLoadException">The file is missing, unreadable, damaged or impossible; the message says where.</exception>
    public static GgufModel ValidateModel(string path, bool vocabularyOnly = false, IReadOnlyList<KvOverride>? overrides = null) =>
        Validate(GgufFile.Read(path), null, vocabularyOnly, overrides ?? []);

    /// <summary>Checks a split model whose parts are given.</summary>
    /// <param name="paths">The parts in order; of one path alone, the other parts are found by its name.</param>
    /// <param name="vocabularyOnly">True if only the vocabulary will be loaded.</param>
    /// <param name="overrides">Metadata overrides that llama.cpp will be given.</param>
    /// <returns>The headers that were read.</returns>
    /// <exception cref="ArgumentException">No path is given.</exception>
    /// <exception cref="ModelLoadException">A file is missing, unreadable, damaged or impossible; the message says where.</exception>
    public static GgufModel ValidateModel(IReadOnlyList<string> paths, bool vocabularyOnly = false, IReadOnlyList<KvOverride>? overrides = null)
    {
        ArgumentNullException.ThrowIfNull(paths);
        if (paths.Count == 0)
            throw new ArgumentException("At least one path is needed.", nameof(paths));
        return Validate(GgufFile.Read(paths[0]), paths.Count == 1 ? null : paths, vocabularyOnly, overrides ?? []);
    }

    /// <summary>Checks a LoRA adapter against the model it is for.</summary>
    /// <param name="path">The adapter's file.</param>
    /// <param name="model">The validated model.</param>
    /// <exception cref="ModelLoadException">The file is missing, unreadable, damaged, or does not fit the model.</exception>
    public static void ValidateAdapter(string path, GgufModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        GgufFile file = GgufFile.Read(path);
        TensorLayoutCheck.Check(file, mapped: false);
        AdapterCheck.Check(file, model);
    }

    /// <summary>Checks a header that was read already, with no other parts.</summary>
    internal static GgufModel ValidateModel(GgufFile file, bool vocabularyOnly = false, IReadOnlyList<KvOverride>? overrides = null) =>
        Validate(file, null, vocabularyOnly, overrides ?? []);

    private static GgufModel Validate(GgufFile first, IReadOnlyList<string>? paths, bool vocabularyOnly, IReadOnlyList<KvOverride> overrides)
    {
        IReadOnlyList<GgufFile> parts = SplitCheck.Read(first, paths, overrides);
        foreach (GgufFile part in parts)
            TensorLayoutCheck.Check(part, mapped: true);
        MetadataView metadata = new(first, overrides);
        string architecture = metadata.String(ArchitectureKey) ?? throw metadata.Missing(ArchitectureKey);
        int vocabularySize = VocabularyCheck.Check(metadata.Blaming(ModelLoadFailure.Vocabulary), architecture);
        GgufModel model = new(parts, architecture);
        if (!vocabularyOnly && HyperparameterCheck.Knows(architecture))
            TensorCheck.Check(model, HyperparameterCheck.Check(metadata, architecture, vocabularySize));
        else if (!vocabularyOnly && model.TensorCount == 0)
            throw TensorCheck.OnlyVocabulary(first.Path);
        return model;
    }
}
