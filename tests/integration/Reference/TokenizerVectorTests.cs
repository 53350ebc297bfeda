using System.Text;
using Xunit;

namespace LlamaSpan.IntegrationTests;

/// <summary>llama.cpp's own tokenizer vectors; vocabularies that come without any, against plain C.</summary>
public sealed class TokenizerVectorTests
{
    private const string Separator = "\n__ggml_vocab_test__\n";

    private static readonly string s_folder = Repository.PathOf("native/llama.cpp/models");

    public static TheoryData<string> Vocabularies => [.. Directory.GetFiles(s_folder, "ggml-vocab-*.gguf").Select(path => Path.GetFileName(path)).Order()];

    [Theory]
    [MemberData(nameof(Vocabularies))]
    public void Every_text_gives_the_tokens_it_should(string vocabulary)
    {
        string path = Path.Combine(s_folder, vocabulary);
        bool hasVectors = File.Exists(path + ".inp");
        byte[] texts = File.ReadAllBytes(hasVectors ? path + ".inp" : Path.Combine(s_folder, "ggml-vocab-llama-bpe.gguf.inp"));
        string[] expected = hasVectors ? Lines(File.ReadAllText(path + ".out")) : ReferenceProgram.Tokenize(path, texts);

        using LlamaModel model = LlamaModel.Load(path, new ModelOptions { VocabularyOnly = true }, cancellationToken: TestContext.Current.CancellationToken);
        string[] actual = [.. Encoding.UTF8.GetString(texts).Split(Separator)
            .Select(text => string.Join(' ', model.Vocabulary.Tokenize(text, addSpecial: false).Select(token => token.Id)))];
        Assert.True(expected.Length > 30);
        // a trailing empty text leaves no line behind
        Assert.Equal(expected, actual[..expected.Length]);
        Assert.All(actual[expected.Length..], Assert.Empty);
    }

    private static string[] Lines(string text) => [.. text.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n').Select(line => line.Trim())];
}
