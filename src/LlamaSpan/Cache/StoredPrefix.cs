namespace LlamaSpan;

/// <summary>Tokens whose cells are kept outside the context: in host memory, or in a file.</summary>
internal sealed record StoredPrefix(string Namespace, LlamaToken[] Tokens, int Peak)
{
    /// <summary>The cells in host memory; null if they are in a file.</summary>
    internal SavedSequence? Saved { get; set; }

    /// <summary>The file; null if there is none.</summary>
    internal string? Path { get; set; }

    /// <summary>A file's cells on their way to host memory; null if nobody asked for them, its result if the file is damaged.</summary>
    internal Task<SavedSequence?>? Fetch { get; set; }

    /// <summary>Bytes of the cells.</summary>
    internal long Size { get; set; }

    /// <summary>How it was used.</summary>
    internal PrefixUse Use { get; set; }

    /// <summary>What a byte of it is worth.</summary>
    internal double Value(long now) => Use.ValueOfToken(Tokens.Length / 2, now) * Tokens.Length / Math.Max(Size, 1);
}
