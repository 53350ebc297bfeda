using LlamaSpan.Native;
using Xunit;

namespace LlamaSpan.IntegrationTests.Models;

public sealed class TensorTypeTests
{
    [Fact]
    public void Every_type_has_the_blocks_that_ggml_gives_it()
    {
        for (int type = 0; type < (int)ggml_type.GGML_TYPE_COUNT; type++)
        {
            (long, long) ofGgml = (NativeMethods.ggml_blck_size((ggml_type)type), (long)NativeMethods.ggml_type_size((ggml_type)type));
            (int elements, int bytes) = ((TensorType)type).Block();
            Assert.True(ofGgml == (elements, bytes), $"{(ggml_type)type}: {ofGgml} in ggml, {(elements, bytes)} here");
        }
    }

    [Fact]
    public void Every_type_of_ggml_has_a_name_here() => Assert.Equal(
        Enum.GetValues<ggml_type>().Where(type => type < ggml_type.GGML_TYPE_COUNT).Select(type => $"{(int)type} {type.ToString()["GGML_TYPE_".Length..]}"),
        Enum.GetValues<TensorType>().Select(type => $"{(int)type} {type}"), StringComparer.OrdinalIgnoreCase);
}
