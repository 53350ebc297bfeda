using System.Text;
using Xunit;

namespace LlamaSpan.UnitTests.Gguf;

public sealed class GgufFileTests
{
    [Fact]
    public void Reads_every_type_of_value_back()
    {
        GgufWriter writer = new();
        writer.Set("a", (byte)200).Set("b", (sbyte)-5).Set("c", (ushort)60000).Set("d", (short)-300).Set("e", 4_000_000_000u).Set("f", -7);
        writer.Set("g", 1.5f).Set("h", true).Set("i", "grüße").Set("j", ulong.MaxValue).Set("k", long.MinValue).Set("l", Math.PI);
        GgufMetadata metadata = GgufFile.Read(writer.ToArray(), "test").Metadata;

        Assert.Equal(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"], metadata.Keys);
        Assert.Equal([200L, -5, 60000, -300, 4_000_000_000, -7], "abcdef".Select(key => metadata[key.ToString()].AsInt64()));
        Assert.Equal(1.5, metadata["g"].AsDouble());
        Assert.True(metadata["h"].AsBoolean());
        Assert.Equal("grüße", metadata["i"].AsString());
        Assert.Equal("18446744073709551615", metadata["j"].ToString());
        Assert.Throws<OverflowException>(() => metadata["j"].AsInt64());
        Assert.Equal(long.MinValue, metadata["k"].AsInt64());
        Assert.Equal(Math.PI, metadata["l"].AsDouble());
    }

    [Fact]
    public void Reads_arrays_where_they_lie()
    {
        GgufWriter writer = new();
        writer.Set("odd", "x").Set("floats", new[] { 1f, 2f, 3f }).Set("texts", new[] { "", "ab", "ü" }).Set("flags", new[] { true, false }).Set("none", Array.Empty<int>());
        GgufMetadata metadata = GgufFile.Read(writer.ToArray(), "test").Metadata;

        Assert.Equal([1f, 2f, 3f], metadata["floats"].AsArray<float>().ToArray());
        Assert.Equal([1, 0], metadata["flags"].AsArray<byte>().ToArray());
        Assert.True(metadata["none"].AsArray<int>().IsEmpty);
        List<string> texts = [];
        foreach (ReadOnlySpan<byte> text in metadata["texts"].AsStrings())
            texts.Add(Encoding.UTF8.GetString(text));
        Assert.Equal(["", "ab", "ü"], texts);
        Assert.Equal("Float32[3]", metadata["floats"].ToString());
    }

    [Fact]
    public void Gives_a_value_only_as_what_it_is()
    {
        GgufMetadata metadata = GgufFile.Read(new GgufWriter().Set("n", 1).Set("s", "x").Set("a", new[] { 1 }).ToArray(), "test").Metadata;

        Assert.Throws<InvalidOperationException>(() => metadata["n"].AsString());
        Assert.Throws<InvalidOperationException>(() => metadata["s"].AsInt64());
        Assert.Throws<InvalidOperationException>(() => metadata["a"].AsInt64());
        Assert.Throws<InvalidOperationException>(() => metadata["a"].AsArray<float>().Length);
        Assert.Throws<KeyNotFoundException>(() => metadata["missing"]);
        Assert.False(metadata.TryGetInt64("s", out _));
        Assert.False(metadata.TryGetInt64("a", out _));
        Assert.False(metadata.TryGetString("n", out _));
        Assert.False(metadata.TryGetDouble("n", out _));
        Assert.False(metadata.TryGetBoolean("missing", out _));
        Assert.True(metadata.TryGetInt64("n", out long value) && value == 1);
        Assert.True(metadata.TryGetString("s", out string? text) && text == "x");
    }

    [Fact]
    public void Reads_what_the_header_says_of_tensors()
    {
        GgufFile file = GgufFile.Read(TinyModels.Experts(TensorType.Q8_0).ToArray(), "test");

        Assert.True(file.TryGetTensor("blk.1.ffn_up_exps.weight", out GgufTensor? tensor));
        Assert.Equal([64L, 96, 4], tensor.Shape.ToArray());
        Assert.Equal(TensorType.Q8_0, tensor.Type);
        Assert.Equal(64 * 96 * 4, tensor.ElementCount);
        Assert.Equal(64 * 96 * 4 / 32 * 34, tensor.ByteCount);
        Assert.Equal(1, tensor.Extent(3));
        Assert.Equal(3, file.Version);
        Assert.Equal(32, file.Alignment);
        Assert.Equal(0, file.DataOffset % 32);
        GgufTensor last = file.Tensors[^1];
        Assert.InRange(file.DataOffset + last.Offset + last.ByteCount, file.Length - 31, file.Length);
        Assert.False(file.TryGetTensor("blk.2.ffn_up_exps.weight", out _));
    }

    [Fact]
    public void Reads_version_2_and_other_alignments()
    {
        GgufWriter writer = TinyModels.Llama().Set("general.alignment", 128u);
        (writer.Version, writer.Alignment) = (2, 128);
        GgufFile file = GgufFile.Read(writer.ToArray(), "test");

        Assert.Equal((2, 128), (file.Version, file.Alignment));
        Assert.Equal(0, file.DataOffset % 128);
        Assert.True(GgufValidator.ValidateModel(file).IsFullyChecked);
    }

    [Fact]
    public void Reads_a_header_longer_than_what_is_read_at_once()
    {
        string[] texts = [.. Enumerable.Range(0, 100_000).Select(i => $"token number {i}")];
        GgufMetadata metadata = GgufFile.Read(new GgufWriter().Set("first", 7).Set("texts", texts).Set("last", 8).ToArray(), "test").Metadata;

        Assert.Equal(7, metadata["first"].AsInt64());
        Assert.Equal(8, metadata["last"].AsInt64());
        int index = 0;
        foreach (ReadOnlySpan<byte> text in metadata["texts"].AsStrings())
            Assert.True(text.SequenceEqual(Encoding.UTF8.GetBytes(texts[index++])));
        Assert.Equal(texts.Length, index);
    }

    [Fact]
    public void Takes_a_file_apart_and_puts_it_together_again()
    {
        byte[] bytes = TinyModels.Gemma2(TensorType.Q4_0).ToArray();
        Assert.Equal(bytes, GgufWriter.From(bytes).ToArray());
    }

    [Fact]
    public void Says_what_is_wrong_with_a_path()
    {
        string folder = Directory.CreateTempSubdirectory("llamaspan").FullName;
        try
        {
            Refusal.Check(() => GgufFile.Read(folder), ModelLoadFailure.NotFound, "folder");
            Refusal.Check(() => GgufFile.Read(Path.Combine(folder, "none.gguf")), ModelLoadFailure.NotFound, "no such file");
            Refusal.Check(() => GgufFile.Read(Path.Combine(folder, "no", "where.gguf")), ModelLoadFailure.NotFound, "no such file");
            string empty = Path.Combine(folder, "empty.gguf");
            File.WriteAllBytes(empty, []);
            Refusal.Check(() => GgufFile.Read(empty), ModelLoadFailure.Truncated, "empty");
            Assert.Throws<ArgumentException>(() => GgufFile.Read(""));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Says_that_a_file_may_not_be_read()
    {
        if (OperatingSystem.IsWindows() || Environment.IsPrivilegedProcess)
            Assert.Skip("Needs a user whom permissions hold back.");
        string path = Path.GetTempFileName();
        try
        {
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(path, UnixFileMode.None);
            Refusal.Check(() => GgufFile.Read(path), ModelLoadFailure.AccessDenied, "may not read");
        }
        finally
        {
            File.Delete(path);
        }
    }
}
