using LlamaSpan.Native;

namespace LlamaSpan;

public sealed unsafe partial class LlamaContext
{
    /// <summary>
    /// Logits of the last token that was asked for in the last decode: one float for each vocabulary entry, over native memory. Waits for
    /// the computation.
    /// </summary>
    /// <returns>A span that is valid until the next decode, encode or state restore on this context, or until it is disposed.</returns>
    /// <exception cref="InvalidOperationException">The last decode computed no logits, or there was none.</exception>
    public ReadOnlySpan<float> Logits() => Logits(-1);

    /// <summary>Logits of one token of the last decode, as <see cref="Logits()"/>.</summary>
    /// <param name="index">Its index in the batch (<see cref="LlamaBatch.Add(LlamaToken, int, Sequence, bool)"/>); -1 is the last one asked for.</param>
    /// <returns>A span that is valid until the next decode, encode or state restore on this context, or until it is disposed.</returns>
    /// <exception cref="InvalidOperationException">No logits were computed for that token.</exception>
    public ReadOnlySpan<float> Logits(int index)
    {
        using Operation operation = Begin();
        float* logits = NativeMethods.llama_get_logits_ith(operation.Context, index);
        if (logits is null)
            throw new InvalidOperationException($"There are no logits for batch index {index}: the last decode did not ask for them, or there was none.");
        return new ReadOnlySpan<float>(logits, _vocabularySize);
    }

    /// <summary>
    /// The embedding of one token of the last decode, where <see cref="Pooling"/> is <see cref="Pooling.None"/>:
    /// <see cref="LlamaModel.OutputEmbeddingSize"/> floats over native memory, not normalised.
    /// </summary>
    /// <param name="index">Its index in the batch; -1 is the last one.</param>
    /// <returns>A span that is valid until the next decode, encode or state restore on this context, or until it is disposed.</returns>
    /// <exception cref="InvalidOperationException">The context computes no embeddings, pools them, or has none for that token.</exception>
    public ReadOnlySpan<float> Embeddings(int index)
    {
        RequireEmbeddings();
        if (Pooling != Pooling.None)
            throw new InvalidOperationException($"This context pools embeddings ({Pooling}): ask for those of a sequence.");
        using Operation operation = Begin();
        float* embeddings = NativeMethods.llama_get_embeddings_ith(operation.Context, index);
        if (embeddings is null)
            throw new InvalidOperationException($"There is no embedding for batch index {index}: the last decode did not ask for it, or there was none.");
        return new ReadOnlySpan<float>(embeddings, Model.OutputEmbeddingSize);
    }

    /// <summary>
    /// The pooled embedding of a sequence of the last decode, where <see cref="Pooling"/> is not <see cref="Pooling.None"/>:
    /// <see cref="LlamaModel.OutputEmbeddingSize"/> floats, or <see cref="LlamaModel.RankOutputs"/> scores for
    /// <see cref="Pooling.Rank"/>; over native memory, not normalised.
    /// </summary>
    /// <returns>A span that is valid until the next decode, encode or state restore on this context, or until it is disposed.</returns>
    /// <exception cref="ArgumentOutOfRangeException">No such sequence.</exception>
    /// <exception cref="InvalidOperationException">The context computes no embeddings, does not pool them, or the sequence was not in the batch.</exception>
    public ReadOnlySpan<float> Embeddings(Sequence sequence)
    {
        RequireEmbeddings();
        CheckSequence(sequence);
        if (Pooling == Pooling.None)
            throw new InvalidOperationException("This context does not pool embeddings: ask for those of a token.");
        using Operation operation = Begin();
        float* embeddings = NativeMethods.llama_get_embeddings_seq(operation.Context, sequence.Id);
        if (embeddings is null)
            throw new InvalidOperationException($"There is no embedding for {sequence}: the last decode did not hold it.");
        return new ReadOnlySpan<float>(embeddings, Pooling == Pooling.Rank ? Model.RankOutputs : Model.OutputEmbeddingSize);
    }

    private void RequireEmbeddings()
    {
        if (!Options.Embeddings)
            throw new InvalidOperationException("This context computes no embeddings: set ContextOptions.Embeddings.");
    }
}
