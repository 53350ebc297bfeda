using System.Runtime.InteropServices;

namespace LlamaSpan;

/// <summary>A batch of texts that were embedded or ranked together.</summary>
internal sealed record RecordedTexts
{
    public int[][] Tokens { get; init; } = [];

    /// <summary>The outputs' floats, a text each.</summary>
    public byte[][] Outputs { get; init; } = [];

    internal static RecordedTexts Of(IEnumerable<LlamaToken[]> texts, IEnumerable<float[]> outputs) => new()
    {
        Tokens = [.. texts.Select(text => EngineRecorder.Ids(text))],
        Outputs = [.. outputs.Select(output => MemoryMarshal.AsBytes(output.AsSpan()).ToArray())],
    };

    internal float[] OutputOf(int text) => MemoryMarshal.Cast<byte, float>(Outputs[text]).ToArray();
}
