using System.Text.Json;

namespace LlamaSpan.TestSupport.Maskbench;

/// <summary>One instance that maskbench tries against a schema.</summary>
/// <param name="Valid">Whether the schema admits it.</param>
/// <param name="Data">The instance.</param>
/// <param name="Text">The instance as Python's json.dumps writes it, UTF-8.</param>
public sealed record MaskbenchInstance(bool Valid, JsonElement Data, byte[] Text);
