using Xunit;

namespace LlamaSpan.UnitTests.Gguf;

public sealed class SplitCheckTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llamaspan").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Reads_all_parts()
    {
        Write(Split());
        GgufModel model = GgufValidator.ValidateModel(PathOf(0));
        Assert.Equal(2, model.Parts.Count);
        Assert.Equal(2, GgufValidator.ValidateModel([PathOf(0)]).Parts.Count);
        Assert.Equal(TinyModels.Llama().Tensors.Count, model.TensorCount);
        Assert.True(model.TryGetTensor("blk.1.ffn_down.weight", out _));
    }

    [Fact]
    public void Takes_parts_of_any_name_when_they_are_given()
    {
        Write(Split());
        string[] paths = [Path.Combine(_folder, "one"), Path.Combine(_folder, "two")];
        File.Move(PathOf(0), paths[0]);
        File.Move(PathOf(1), paths[1]);
        Assert.Equal(2, GgufValidator.ValidateModel(paths).Parts.Count);
        Refusal.Check(() => GgufValidator.ValidateModel(paths[0]), ModelLoadFailure.Splits, "-00001-of-00002.gguf");
        Refusal.Check(() => GgufValidator.ValidateModel([.. paths, paths[0]]), ModelLoadFailure.Splits, "split.count", "3 files");
        Refusal.Check(() => GgufValidator.ValidateModel([paths[0], paths[0]]), ModelLoadFailure.Splits, "split.no");
        Assert.Throws<ArgumentException>(() => GgufValidator.ValidateModel(Array.Empty<string>()));
    }

    [Fact]
    public void Refuses_a_part_that_is_not_the_first()
    {
        Write(Split());
        Refusal.Check(() => GgufValidator.ValidateModel(PathOf(1)), ModelLoadFailure.Splits, "part 2 of 2");
    }

    [Fact]
    public void Refuses_a_missing_part()
    {
        Write(Split());
        File.Delete(PathOf(1));
        Refusal.Check(() => GgufValidator.ValidateModel(PathOf(0)), ModelLoadFailure.NotFound, "00002-of-00002");
    }

    [Fact]
    public void Refuses_a_damaged_part()
    {
        Write(Split());
        byte[] bytes = File.ReadAllBytes(PathOf(1));
        File.WriteAllBytes(PathOf(1), bytes[..^64]);
        Refusal.Check(() => GgufValidator.ValidateModel(PathOf(0)), ModelLoadFailure.Truncated, "00002-of-00002", "ends at byte");
    }

    [Fact]
    public void Refuses_a_part_number_of_another_type()
    {
        GgufWriter[] parts = Split();
        parts[1].Set("split.no", 1u);
        Write(parts);
        Refusal.Check(() => GgufValidator.ValidateModel(PathOf(0)), ModelLoadFailure.Splits, "split.no", "UInt32, not UInt16");
        parts[1].Remove("split.no");
        Write(parts);
        Refusal.Check(() => GgufValidator.ValidateModel(PathOf(0)), ModelLoadFailure.Splits, "split.no");
    }

    [Fact]
    public void Refuses_parts_that_hold_other_tensors_than_announced()
    {
        GgufWriter[] parts = Split();
        parts[0].Set("split.tensors.count", 7);
        Write(parts);
        Refusal.Check(() => GgufValidator.ValidateModel(PathOf(0)), ModelLoadFailure.Splits, "split.tensors.count", "is 7");
        parts = Split();
        parts[1].Tensors.Add(parts[0].Tensors[0]);
        Write(parts);
        Refusal.Check(() => GgufValidator.ValidateModel(PathOf(0)), ModelLoadFailure.Splits, parts[0].Tensors[0].Name, "earlier part");
    }

    private static GgufWriter[] Split()
    {
        GgufWriter whole = TinyModels.Llama();
        GgufWriter rest = new();
        rest.Tensors.AddRange(whole.Tensors.Skip(7));
        int count = whole.Tensors.Count;
        whole.Tensors.RemoveRange(7, count - 7);
        whole.Set("split.no", (ushort)0).Set("split.count", (ushort)2).Set("split.tensors.count", count);
        rest.Set("split.no", (ushort)1).Set("split.count", (ushort)2).Set("split.tensors.count", count);
        return [whole, rest];
    }

    private void Write(GgufWriter[] parts)
    {
        for (int i = 0; i < parts.Length; i++)
            File.WriteAllBytes(PathOf(i), parts[i].ToArray());
    }

    private string PathOf(int index) => Path.Combine(_folder, $"model-0000{index + 1}-of-00002.gguf");
}
