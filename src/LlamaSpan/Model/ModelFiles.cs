namespace LlamaSpan;

/// <summary>What is checked before native code sees a model's files.</summary>
internal static class ModelFiles
{
    internal static void Check(IReadOnlyList<string> paths, ModelOptions options)
    {
        _ = options;
        foreach (string path in paths)
            if (!File.Exists(path))
                throw new ModelLoadException(ModelLoadFailure.NotFound, path, "there is no such file.");
    }

    internal static void CheckAdapter(LlamaModel model, string path)
    {
        _ = model;
        if (!File.Exists(path))
            throw new ModelLoadException(ModelLoadFailure.NotFound, path, "there is no such file.");
    }
}
