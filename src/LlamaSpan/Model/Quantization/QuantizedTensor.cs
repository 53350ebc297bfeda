using System.Text.RegularExpressions;

namespace LlamaSpan;

/// <summary>A tensor that was just written, read from the line that llama.cpp logs of it.</summary>
/// <param name="Number">Its number, from 1 to <paramref name="Count"/>.</param>
/// <param name="Count">Number of tensors in all.</param>
/// <param name="Name">Its name.</param>
/// <param name="SourceType">Type it had, such as <c>f16</c>.</param>
/// <param name="TargetType">Type it has now; the same where it was copied.</param>
public readonly partial record struct QuantizedTensor(int Number, int Count, string Name, string SourceType, string TargetType)
{
    /// <summary>Reads a line of the log; null if it is of something else.</summary>
    internal static QuantizedTensor? Parse(string line)
    {
        Match match = Line().Match(line);
        if (!match.Success)
            return null;
        string source = match.Groups["source"].Value;
        Group target = match.Groups["target"];
        return new QuantizedTensor(int.Parse(match.Groups["number"].ValueSpan), int.Parse(match.Groups["count"].ValueSpan),
            match.Groups["name"].Value, source, target.Success ? target.Value : source);
    }

    // "[   3/  20] blk.0.attn_k.weight                  - [  128,    64,     1,     1], type =    f32, converting to q4_0 .. size = ..."
    [GeneratedRegex(@"^\[ *(?<number>\d{1,9})/ *(?<count>\d{1,9})\] (?<name>\S+) +- \[.*\], type = +(?<source>\w+), (converting to (?<target>\w+) .. )?size = ", RegexOptions.CultureInvariant)]
    private static partial Regex Line();
}
