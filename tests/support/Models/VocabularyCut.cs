namespace LlamaSpan.TestSupport;

/// <summary>Takes a vocabulary of llama.cpp's own (native/llama.cpp/models/ggml-vocab-*.gguf), cut to its first few thousand tokens.</summary>
internal static class VocabularyCut
{
    private const int Normal = 1;
    private const int Control = 3;

    /// <summary>
    /// Puts the vocabulary into a file: all special and byte tokens, the first <paramref name="normal"/> others, the merges whose parts and
    /// results are among them, and at the end further control tokens.
    /// </summary>
    /// <returns>The number of tokens.</returns>
    public static int Add(GgufBuilder file, string vocabulary, int normal, params string[] added)
    {
        file.CopyMetadata(Repository.PathOf($"native/llama.cpp/models/ggml-vocab-{vocabulary}.gguf"));
        foreach (string key in file.Keys().Where(key => !key.StartsWith("tokenizer.", StringComparison.Ordinal)).ToList())
            file.Remove(key);

        string[] tokens = file.Strings("tokenizer.ggml.tokens");
        int[] types = file.Numbers<int>("tokenizer.ggml.token_type");
        float[] scores = file.Numbers<float>("tokenizer.ggml.scores");
        int[] kept = Kept(types, normal);
        file.Set("tokenizer.ggml.tokens", (string[])[.. kept.Select(id => tokens[id]), .. added]);
        file.Set("tokenizer.ggml.token_type", (int[])[.. kept.Select(id => types[id]), .. added.Select(_ => Control)]);
        if (scores.Length > 0)
            file.Set("tokenizer.ggml.scores", (float[])[.. kept.Select(id => scores[id]), .. added.Select(_ => 0f)]);
        CutMerges(file, kept.Select(id => tokens[id]).ToHashSet());
        foreach (string key in file.Keys().Where(key => key.EndsWith("_token_id", StringComparison.Ordinal)).ToList())
            file.Set(key, Array.IndexOf(kept, (int)file.Number(key)));
        return kept.Length + added.Length;
    }

    private static int[] Kept(int[] types, int normal)
    {
        int seen = 0;
        return [.. Enumerable.Range(0, types.Length).Where(id => types[id] != Normal || seen++ < normal)];
    }

    private static void CutMerges(GgufBuilder file, HashSet<string> tokens)
    {
        string[] merges = file.Strings("tokenizer.ggml.merges");
        if (merges.Length == 0)
            return;
        file.Set("tokenizer.ggml.merges", merges.Where(merge =>
        {
            int space = merge.IndexOf(' ', 1);
            return tokens.Contains(merge[..space]) && tokens.Contains(merge[(space + 1)..]) && tokens.Contains(merge.Remove(space, 1));
        }).ToArray());
    }
}
