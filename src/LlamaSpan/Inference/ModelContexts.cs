namespace LlamaSpan;

/// <summary>Makes contexts of a model.</summary>
public static class ModelContexts
{
    /// <summary>Makes a context. It keeps the model's memory alive until it is disposed.</summary>
    /// <param name="model">The model.</param>
    /// <param name="options">How; by default one sequence of the model's trained context, at most 4,096 tokens.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option lies outside its limits.</exception>
    /// <exception cref="ContextException">llama.cpp could not make it: not enough memory, or options that do not fit the model.</exception>
    /// <exception cref="InvalidOperationException">The model has only its vocabulary.</exception>
    /// <exception cref="ObjectDisposedException">The model was closed.</exception>
    public static LlamaContext CreateContext(this LlamaModel model, ContextOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new LlamaContext(model, options ?? new ContextOptions());
    }
}
