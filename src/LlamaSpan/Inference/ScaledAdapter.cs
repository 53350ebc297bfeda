namespace LlamaSpan;

/// <summary>A LoRA adapter and how strongly it is applied.</summary>
/// <param name="Adapter">An adapter of the context's model.</param>
/// <param name="Scale">Factor on its change of the weights; 1 as trained.</param>
public readonly record struct ScaledAdapter(LoraAdapter Adapter, float Scale = 1);
