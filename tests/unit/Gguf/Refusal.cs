using Xunit;

namespace LlamaSpan.UnitTests.Gguf;

/// <summary>Asserts that the validator refuses a file for a reason and names the place.</summary>
internal static class Refusal
{
    public static void Of(GgufWriter writer, ModelLoadFailure reason, params ReadOnlySpan<string> words) =>
        Check(() => GgufValidator.ValidateModel(GgufFile.Read(writer.ToArray(), "test.gguf")), reason, words);

    public static void Of(byte[] bytes, ModelLoadFailure reason, params ReadOnlySpan<string> words) =>
        Check(() => GgufValidator.ValidateModel(GgufFile.Read(bytes, "test.gguf")), reason, words);

    public static void Of(GgufWriter writer, IReadOnlyList<KvOverride> overrides, ModelLoadFailure reason, params ReadOnlySpan<string> words) =>
        Check(() => GgufValidator.ValidateModel(GgufFile.Read(writer.ToArray(), "test.gguf"), false, overrides), reason, words);

    public static void Check(Action load, ModelLoadFailure reason, params ReadOnlySpan<string> words)
    {
        ModelLoadException error = Assert.Throws<ModelLoadException>(load);
        Assert.Equal(reason, error.Reason);
        foreach (string word in words)
            Assert.Contains(word, error.Message, StringComparison.Ordinal);
        Assert.StartsWith($"'{error.Path}' was not loaded: ", error.Message, StringComparison.Ordinal);
    }

    public static GgufModel None(GgufWriter writer, IReadOnlyList<KvOverride>? overrides = null) =>
        GgufValidator.ValidateModel(GgufFile.Read(writer.ToArray(), "test.gguf"), false, overrides);
}
