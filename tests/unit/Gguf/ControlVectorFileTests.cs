using System.Runtime.InteropServices;
using Xunit;

namespace LlamaSpan.UnitTests.Gguf;

public sealed class ControlVectorFileTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Reads_a_direction_for_each_layer_and_zeros_for_those_left_out()
    {
        Write(Direction("direction.3", 5, 6), Direction("direction.1", 1, 2));
        ControlVector vector = ControlVector.Load(_path);
        Assert.Equal((2, 3), (vector.Width, vector.Layers));
        Assert.Equal([1f, 2, 0, 0, 5, 6], vector.Values.ToArray());
    }

    [Theory]
    [InlineData("direction.0")]
    [InlineData("direction.512")]
    [InlineData("direction.-1")]
    [InlineData("direction.x")]
    [InlineData("token_embd.weight")]
    public void Refuses_other_names(string name)
    {
        Write(Direction(name, 1, 2));
        Refusal.Check(() => ControlVector.Load(_path), ModelLoadFailure.Adapter, $"'{name}'", "direction.N");
    }

    [Fact]
    public void Refuses_other_types_and_shapes()
    {
        Write(new GgufWriterTensor("direction.1", TensorType.F16, [2], new byte[4]));
        Refusal.Check(() => ControlVector.Load(_path), ModelLoadFailure.Adapter, "F16");
        Write(Direction("direction.1", 1, 2), Direction("direction.2", 1, 2, 3));
        Refusal.Check(() => ControlVector.Load(_path), ModelLoadFailure.Adapter, "direction.2", "[3]");
        Write(new GgufWriterTensor("direction.1", TensorType.F32, [2, 2], new byte[16]));
        Refusal.Check(() => ControlVector.Load(_path), ModelLoadFailure.Adapter, "[2, 2]");
        Write();
        Refusal.Check(() => ControlVector.Load(_path), ModelLoadFailure.Adapter, "no tensors");
        Write(Direction("direction.1", 1, float.NaN));
        Refusal.Check(() => ControlVector.Load(_path), ModelLoadFailure.Adapter, "layer 1", "not finite");
    }

    [Fact]
    public void Refuses_a_file_that_is_cut_off()
    {
        Write(Direction("direction.1", 1, 2), Direction("direction.2", 3, 4));
        File.WriteAllBytes(_path, File.ReadAllBytes(_path)[..^32]);
        Refusal.Check(() => ControlVector.Load(_path), ModelLoadFailure.Truncated, "direction.2");
    }

    private static GgufWriterTensor Direction(string name, params float[] values) =>
        new(name, TensorType.F32, [values.Length], MemoryMarshal.AsBytes<float>(values).ToArray());

    private void Write(params GgufWriterTensor[] tensors)
    {
        GgufWriter writer = new GgufWriter().Set("general.architecture", "controlvector");
        writer.Tensors.AddRange(tensors);
        File.WriteAllBytes(_path, writer.ToArray());
    }
}
