namespace LlamaSpan;

/// <summary>A token id of a model's vocabulary; four bytes, laid out as llama.cpp's <c>llama_token</c>.</summary>
/// <param name="Id">Index into the vocabulary, 0 to its size less 1; -1 means "no token".</param>
public readonly record struct LlamaToken(int Id)
{
    /// <summary>The absence of a token (llama.cpp's <c>LLAMA_TOKEN_NULL</c>).</summary>
    public static LlamaToken None => new(-1);

    /// <summary>True unless this is <see cref="None"/>.</summary>
    public bool Exists => Id >= 0;

    /// <summary>The id, as llama.cpp takes it.</summary>
    public static implicit operator int(LlamaToken token) => token.Id;

    /// <summary>Makes a token of a raw id.</summary>
    public static explicit operator LlamaToken(int id) => new(id);

    /// <inheritdoc/>
    public override string ToString() => $"#{Id}";
}
