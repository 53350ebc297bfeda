using System.Runtime.InteropServices;
using System.Text;
using Xunit;

namespace LlamaSpan.IntegrationTests;

/// <summary>Runs tests/reference: plain C on llama.h.</summary>
internal static class ReferenceProgram
{
    /// <summary>The tokens of a text and the greedy ones behind them, and the logits of each step, one after another.</summary>
    public static (int[] Tokens, float[] Logits) Generate(string model, int count, string text)
    {
        string file = Path.GetTempFileName();
        try
        {
            int[] tokens = [.. Run(Encoding.UTF8.GetBytes(text), "generate", model, count.ToString(), file).Select(int.Parse)];
            return (tokens, MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(file)).ToArray());
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>The pooled embedding, or the ranks, of a text.</summary>
    public static float[] Embed(string model, string text)
    {
        string file = Path.GetTempFileName();
        try
        {
            Run(Encoding.UTF8.GetBytes(text), "embed", model, file);
            return MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(file)).ToArray();
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>The tokens of texts that are separated as in llama.cpp's test vectors; a line each.</summary>
    public static string[] Tokenize(string model, ReadOnlySpan<byte> texts) => Run(texts, "tokenize", model);

    /// <summary>What a model says of its special tokens, its description and its size: lines of a name and a value.</summary>
    public static string[] Special(string model) => Run([], "special", model);

    private static string[] Run(ReadOnlySpan<byte> input, params string[] arguments)
    {
        ProgramResult result = ProgramResult.Of(Repository.NativeProgram("reference"), [], input, arguments);
        Assert.True(result.ExitCode == 0, result.Errors);
        return result.Output.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n');
    }
}
