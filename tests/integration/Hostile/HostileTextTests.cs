using System.Globalization;
using Xunit;

namespace LlamaSpan.IntegrationTests.Hostile;

/// <summary>
/// A million of one character, bytes that are no UTF-8, every special token spelled out: tokenised in a child process, which must live.
/// A few texts a vocabulary by default, all of them where LLAMASPAN_LONG is 1.
/// </summary>
public sealed class HostileTextTests
{
    public static TheoryData<string> Vocabularies =>
        [.. Directory.GetFiles(Repository.PathOf("native/llama.cpp/models"), "ggml-vocab-*.gguf").Select(path => Path.GetFileName(path)).Order()];

    [Theory]
    [MemberData(nameof(Vocabularies))]
    public void No_text_ends_the_process_or_becomes_a_special_token(string vocabulary)
    {
        int seed = vocabulary.Sum(letter => letter), share = TestRun.IsLong ? 1000 : 2;
        ProgramResult result = SmokeProgram.Run("hostile-text", Repository.PathOf($"native/llama.cpp/models/{vocabulary}"),
            seed.ToString(CultureInfo.InvariantCulture), share.ToString(CultureInfo.InvariantCulture));
        Assert.True(result.ExitCode == 0, $"seed {seed}: {result.Errors}");
        Assert.InRange(int.Parse(result.Output, CultureInfo.InvariantCulture), TestRun.IsLong ? 30 : 2, 1000);
    }
}
