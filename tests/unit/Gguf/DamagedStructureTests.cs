using System.Buffers.Binary;
using Xunit;

namespace LlamaSpan.UnitTests.Gguf;

public sealed class DamagedStructureTests
{
    [Fact]
    public void Refuses_a_file_with_another_magic() =>
        Refusal.Of(new GgufWriter { Magic = "GGML"u8.ToArray() }, ModelLoadFailure.NotGguf, "47474D4C");

    [Fact]
    public void Refuses_a_text_file() =>
        Refusal.Of("version https://git-lfs.github.com/spec/v1\n"u8.ToArray(), ModelLoadFailure.NotGguf, "not a GGUF");

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(4u)]
    [InlineData(0xFFFFFFFFu)]
    public void Refuses_a_version_it_does_not_know(uint version) =>
        Refusal.Of(new GgufWriter { Version = version }, ModelLoadFailure.UnsupportedVersion, $"version {version}");

    [Fact]
    public void Refuses_a_big_endian_file() =>
        Refusal.Of(new GgufWriter { Version = BinaryPrimitives.ReverseEndianness(3u) }, ModelLoadFailure.UnsupportedVersion, "big-endian");

    [Fact]
    public void Refuses_a_header_cut_off_anywhere()
    {
        GgufWriter writer = TinyModels.Phi3(longRope: true);
        byte[] header = writer.HeaderToArray();
        for (int length = 0; length < header.Length - 31; length += 7)
        {
            ModelLoadException error = Assert.Throws<ModelLoadException>(() => GgufFile.Read(header.AsMemory(0, length), "test.gguf"));
            Assert.Equal(ModelLoadFailure.Truncated, error.Reason);
        }
    }

    [Fact]
    public void Refuses_a_file_whose_data_is_cut_off()
    {
        byte[] bytes = TinyModels.Llama().ToArray();
        Refusal.Of(bytes[..^32], ModelLoadFailure.Truncated, "blk.1.ffn_down.weight", $"ends at byte {bytes.Length - 32}");
        Refusal.Of(bytes[..(bytes.Length / 2)], ModelLoadFailure.Truncated, "the file ends at byte");
    }

    [Theory]
    [InlineData(1ul << 63)]
    [InlineData(ulong.MaxValue)]
    [InlineData(1ul << 40)]
    [InlineData(65537ul)]
    public void Refuses_an_absurd_number_of_tensors(ulong count)
    {
        GgufWriter writer = TinyModels.Llama();
        writer.AnnouncedTensors = count;
        Refusal.Of(writer, ModelLoadFailure.Malformed, "number of tensors", count.ToString());
    }

    [Fact]
    public void Refuses_more_tensors_or_keys_than_the_file_has_room_for()
    {
        GgufWriter writer = new() { AnnouncedTensors = 60000 };
        Refusal.Of(writer, ModelLoadFailure.Truncated, "number of tensors is 60000");
        writer = new() { AnnouncedEntries = 60000 };
        Refusal.Of(writer, ModelLoadFailure.Truncated, "number of metadata keys is 60000");
        writer = new() { AnnouncedEntries = 1ul << 62 };
        Refusal.Of(writer, ModelLoadFailure.Malformed, "number of metadata keys");
    }

    [Fact]
    public void Refuses_a_string_longer_than_the_file()
    {
        GgufWriter writer = new();
        writer.Entries.Add(new GgufWriterEntry("text"u8.ToArray(), (uint)GgufValueType.String, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F, 65]));
        Refusal.Of(writer, ModelLoadFailure.Truncated, "'text'", "9223372036854775807 bytes");
    }

    [Theory]
    [InlineData(GgufValueType.UInt8)]
    [InlineData(GgufValueType.String)]
    [InlineData(GgufValueType.Float64)]
    public void Refuses_an_array_longer_than_the_file(GgufValueType type)
    {
        byte[] payload = new byte[12];
        BinaryPrimitives.WriteUInt32LittleEndian(payload, (uint)type);
        BinaryPrimitives.WriteUInt64LittleEndian(payload.AsSpan(4), 1ul << 61);
        GgufWriter writer = new();
        writer.Entries.Add(new GgufWriterEntry("list"u8.ToArray(), (uint)GgufValueType.Array, payload));
        Refusal.Of(writer, ModelLoadFailure.Truncated, "'list'", "2305843009213693952 elements");
    }

    [Fact]
    public void Refuses_unknown_value_types_and_arrays_of_arrays()
    {
        GgufWriter writer = new();
        writer.Entries.Add(new GgufWriterEntry("key"u8.ToArray(), 13, [0, 0, 0, 0, 0, 0, 0, 0]));
        Refusal.Of(writer, ModelLoadFailure.Malformed, "'key'", "value type 13");
        writer.Entries[0] = new GgufWriterEntry("key"u8.ToArray(), (uint)GgufValueType.Array, [9, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0]);
        Refusal.Of(writer, ModelLoadFailure.Malformed, "'key'", "array of arrays");
    }

    [Fact]
    public void Refuses_keys_that_are_empty_or_not_utf8_or_hold_a_nul()
    {
        foreach (byte[] key in (byte[][])[[], [0xC3, 0x28], [0xFF], "a\0b"u8.ToArray()])
        {
            GgufWriter writer = new();
            writer.Entries.Add(new GgufWriterEntry(key, (uint)GgufValueType.UInt8, [1]));
            Refusal.Of(writer, ModelLoadFailure.Malformed, "metadata key 0", "at byte 24");
        }
    }

    [Fact]
    public void Refuses_a_key_that_is_there_twice()
    {
        GgufWriter writer = TinyModels.Llama();
        writer.Entries.Add(GgufWriterEntry.Of("llama.block_count", 3u));
        Refusal.Of(writer, ModelLoadFailure.Malformed, "'llama.block_count' is there twice");
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(33u)]
    [InlineData(0x80000000u)]
    public void Refuses_an_alignment_that_is_no_power_of_two(uint alignment) =>
        Refusal.Of(TinyModels.Llama().Set("general.alignment", alignment), ModelLoadFailure.Malformed, "general.alignment", alignment.ToString());

    [Fact]
    public void Refuses_an_alignment_of_another_type() =>
        Refusal.Of(TinyModels.Llama().Set("general.alignment", 32L), ModelLoadFailure.Malformed, "general.alignment", "UInt32");

    [Fact]
    public void Refuses_tensors_that_a_mapped_file_would_have_misaligned()
    {
        GgufWriter writer = TinyModels.Llama().Set("general.alignment", 1u);
        writer.Alignment = 1;
        while (writer.HeaderToArray().Length % 32 == 0)
            writer.Set("padding", "x");
        Refusal.Of(writer, ModelLoadFailure.Malformed, "no multiple of 32");
    }

    [Fact]
    public void Refuses_a_tensor_that_is_there_twice()
    {
        GgufWriter writer = TinyModels.Llama();
        writer.Tensors.Add(writer.Tensors[0]);
        Refusal.Of(writer, ModelLoadFailure.Malformed, "second tensor of the name 'token_embd.weight'");
    }

    [Fact]
    public void Refuses_tensor_names_that_are_too_long_or_hold_a_nul()
    {
        GgufWriter writer = TinyModels.Llama();
        writer.Tensors[3].NameBytes = new byte[64].Select(_ => (byte)'a').ToArray();
        Refusal.Of(writer, ModelLoadFailure.Malformed, "name of tensor 3", "64 bytes");
        writer.Tensors[3].NameBytes = "token_embd.weight\0x"u8.ToArray();
        Refusal.Of(writer, ModelLoadFailure.Malformed, "name of tensor 3", "NUL");
    }

    [Fact]
    public void Refuses_too_many_dimensions()
    {
        GgufWriter writer = TinyModels.Llama();
        writer.Tensors[0].Shape = [64, 270, 1, 1, 1];
        Refusal.Of(writer, ModelLoadFailure.Malformed, "token_embd.weight", "5 dimensions");
    }

    [Theory]
    [InlineData(-1L, 1L)]
    [InlineData(1L << 33, 1L << 31)]     // the product is 2^64: 0 in ggml's arithmetic
    [InlineData(1L << 62, 4L)]
    [InlineData(long.MaxValue, long.MaxValue)]
    public void Refuses_extents_whose_product_cannot_be_counted(long first, long second)
    {
        GgufWriter writer = TinyModels.Llama();
        writer.Tensors[0].Shape = [first, second];
        Refusal.Of(writer, ModelLoadFailure.Malformed, "token_embd.weight");
    }

    [Theory]
    [InlineData(4u)]
    [InlineData(5u)]
    [InlineData(31u)]
    [InlineData(38u)]
    [InlineData(43u)]
    [InlineData(0xFFFFFFFFu)]
    public void Refuses_element_types_that_ggml_does_not_have(uint type)
    {
        GgufWriter writer = TinyModels.Llama();
        writer.Tensors[0].TypeCode = type;
        Refusal.Of(writer, ModelLoadFailure.Malformed, "token_embd.weight", $"element type {type}");
    }

    [Fact]
    public void Refuses_rows_that_are_no_whole_blocks()
    {
        GgufWriter writer = TinyModels.Llama();
        writer.Tensors[0].TypeCode = (uint)TensorType.Q4_K;
        Refusal.Of(writer, ModelLoadFailure.Malformed, "token_embd.weight", "64 elements", "blocks of 256");
    }

    [Fact]
    public void Refuses_tensors_that_overlap_or_leave_gaps_or_are_misaligned()
    {
        GgufWriter writer = TinyModels.Llama();
        writer.Tensors[5].Offset = 0;
        Refusal.Of(writer, ModelLoadFailure.Malformed, writer.Tensors[5].Name, "overlaps");
        writer.Tensors[5].Offset = 1 << 20;
        Refusal.Of(writer, ModelLoadFailure.Malformed, writer.Tensors[5].Name, "gap");
        writer.Tensors[5].Offset = 33;
        Refusal.Of(writer, ModelLoadFailure.Malformed, writer.Tensors[5].Name, "not aligned to 32");
        writer.Tensors[5].Offset = -32;
        Refusal.Of(writer, ModelLoadFailure.Malformed, "offset", writer.Tensors[5].Name);
    }

    [Fact]
    public void Refuses_a_tensor_beyond_the_end_of_the_file()
    {
        GgufWriter writer = TinyModels.Llama();
        writer.Tensors[^1].Shape = [96, 64L << 32];
        Refusal.Of(writer, ModelLoadFailure.Truncated, writer.Tensors[^1].Name);
    }
}
