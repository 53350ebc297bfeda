using Xunit;

namespace LlamaSpan.IntegrationTests;

/// <summary>What vocabularies and models say of themselves, against plain C.</summary>
public sealed class SpecialTokenTests
{
    public static TheoryData<string> Files =>
        [.. TokenizerVectorTests.Vocabularies.Select(row => $"native/llama.cpp/models/{row.Data}"), "models/pocket.gguf"];

    [Theory]
    [MemberData(nameof(Files))]
    public void Special_tokens_description_and_size_are_those_that_llama_h_gives(string file)
    {
        string path = Repository.PathOf(file);
        using LlamaModel model = LlamaModel.Load(path, new ModelOptions { VocabularyOnly = true }, cancellationToken: TestContext.Current.CancellationToken);
        Vocabulary vocabulary = model.Vocabulary;
        string[] actual =
        [
            $"Bos {vocabulary.Bos.Id}", $"Eos {vocabulary.Eos.Id}", $"Eot {vocabulary.Eot.Id}", $"Separator {vocabulary.Separator.Id}",
            $"NewLine {vocabulary.NewLine.Id}", $"Padding {vocabulary.Padding.Id}", $"Mask {vocabulary.Mask.Id}",
            $"FillPrefix {vocabulary.FillPrefix.Id}", $"FillSuffix {vocabulary.FillSuffix.Id}", $"FillMiddle {vocabulary.FillMiddle.Id}",
            $"FillPadding {vocabulary.FillPadding.Id}", $"FillRepository {vocabulary.FillRepository.Id}", $"FillSeparator {vocabulary.FillSeparator.Id}",
            $"AddsBos {(vocabulary.AddsBos ? 1 : 0)}", $"AddsEos {(vocabulary.AddsEos ? 1 : 0)}", $"AddsSeparator {(vocabulary.AddsSeparator ? 1 : 0)}",
            .. Enumerable.Range(0, vocabulary.Size).Where(id => vocabulary.IsEndOfGeneration(new LlamaToken(id))).Select(id => $"EndOfGeneration {id}"),
            $"Description {model.Description}", $"SizeInBytes {model.SizeInBytes}",
        ];
        Assert.Equal(ReferenceProgram.Special(path), actual);
    }

    [Fact]
    public void A_loaded_model_describes_itself_and_counts_its_tensors_bytes()
    {
        Assert.Equal("llama ?B (guessed) Q8_0", Pocket.Model.Description);
        long tensors = GgufFile.Read(Pocket.Path).Tensors.Sum(tensor => tensor.ByteCount);
        Assert.Equal(tensors, Pocket.Model.SizeInBytes);
    }
}
