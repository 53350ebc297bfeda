using Xunit;

namespace LlamaSpan.UnitTests.Gguf;

public sealed class TensorCheckTests
{
    [Fact]
    public void Refuses_a_model_that_lacks_any_tensor_it_needs()
    {
        string[] optional = ["output.weight", "rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight"];
        foreach ((string name, Func<GgufWriter> make) in TinyModels.All)
        {
            foreach (string tensor in make().Tensors.Select(tensor => tensor.Name).Where(tensor => tensor.EndsWith(".weight", StringComparison.Ordinal)))
            {
                GgufWriter writer = make();
                writer.Tensors.RemoveAll(other => other.Name == tensor);
                if (optional.Contains(tensor) || tensor.Contains("ffn_gate_exps", StringComparison.Ordinal))
                    Refusal.None(writer);
                else
                    Refusal.Of(writer, ModelLoadFailure.Tensors, tensor.Contains("attn_qkv", StringComparison.Ordinal) ? "attn_q.weight" : tensor);
            }
            Assert.NotEmpty(name);
        }
    }

    [Fact]
    public void Refuses_any_tensor_of_another_shape()
    {
        foreach (Func<GgufWriter> make in TinyModels.All.Values)
        {
            for (int i = 0; i < make().Tensors.Count; i++)
            {
                GgufWriter writer = make();
                GgufWriterTensor tensor = writer.Tensors[i];
                if (tensor.Shape.Length == 1)
                    (tensor.Shape, tensor.Data) = ([tensor.Shape[0] + 1], new byte[(tensor.Shape[0] + 1) * 4]);
                else
                    (tensor.Shape, tensor.Data) = ([.. tensor.Shape[..^1], tensor.Shape[^1] - 1], tensor.Data[..(int)(tensor.Data.Length / tensor.Shape[^1] * (tensor.Shape[^1] - 1))]);
                Refusal.Of(writer, ModelLoadFailure.Tensors, $"'{tensor.Name}' (described at byte", $"[{string.Join(", ", tensor.Shape)}]");
            }
        }
    }

    [Theory]
    [InlineData(TensorType.I8)]
    [InlineData(TensorType.I16)]
    [InlineData(TensorType.I32)]
    [InlineData(TensorType.I64)]
    [InlineData(TensorType.F64)]
    [InlineData(TensorType.Q8_1)]
    public void Refuses_weights_of_types_that_nothing_multiplies_with(TensorType type)
    {
        foreach (string name in (string[])["token_embd.weight", "output.weight", "blk.0.attn_k.weight", "blk.1.ffn_down.weight"])
        {
            GgufWriter writer = TinyModels.Llama();
            SetType(writer.Tensor(name), type);
            Refusal.Of(writer, ModelLoadFailure.Tensors, name, type.ToString());
        }
    }

    [Theory]
    [InlineData("output_norm.weight")]
    [InlineData("rope_freqs.weight")]
    [InlineData("blk.0.attn_norm.weight")]
    [InlineData("blk.1.ffn_norm.weight")]
    public void Refuses_norms_and_factors_that_are_not_F32(string name)
    {
        foreach (TensorType type in (TensorType[])[TensorType.F16, TensorType.BF16, TensorType.I32])
        {
            GgufWriter writer = TinyModels.Llama();
            SetType(writer.Tensor(name), type);
            Refusal.Of(writer, ModelLoadFailure.Tensors, name, type.ToString(), "only F32");
        }
    }

    [Fact]
    public void Refuses_biases_and_scales_that_do_not_fit()
    {
        GgufWriter writer = TinyModels.Llama();
        writer.Add("blk.0.attn_q.bias", TensorType.F32, [64], new byte[256]);
        Refusal.None(writer);
        SetType(writer.Tensor("blk.0.attn_q.bias"), TensorType.F16);
        Refusal.Of(writer, ModelLoadFailure.Tensors, "blk.0.attn_q.bias", "F16");
        writer = TinyModels.LlamaNvfp4();
        SetType(writer.Tensor("blk.1.ffn_up.scale"), TensorType.F16);
        Refusal.Of(writer, ModelLoadFailure.Tensors, "blk.1.ffn_up.scale");
    }

    [Fact]
    public void Refuses_nvfp4_where_llama_cpp_asserts_on_it()
    {
        GgufWriter writer = TinyModels.LlamaNvfp4();
        writer.Add("blk.0.ffn_up.bias", TensorType.F32, [128], new byte[512]);
        Refusal.Of(writer, ModelLoadFailure.Tensors, "blk.0.ffn_up.weight", "both a scale and a bias");
        writer = TinyModels.LlamaNvfp4();
        GgufWriterTensor embedding = writer.Tensor("token_embd.weight");
        SetType(embedding, TensorType.NVFP4);
        Refusal.None(writer);
        writer.Add("output.scale", TensorType.F32, [1], new byte[4]);
        Refusal.Of(writer, ModelLoadFailure.Tensors, "token_embd.weight", "NVFP4");
    }

    [Fact]
    public void Refuses_a_tensor_without_elements()
    {
        GgufWriter writer = TinyModels.Llama().Set("llama.feed_forward_length", 0u);
        foreach (GgufWriterTensor tensor in writer.Tensors.Where(tensor => tensor.Name.Contains("ffn_up", StringComparison.Ordinal) || tensor.Name.Contains("ffn_gate", StringComparison.Ordinal)))
            (tensor.Shape, tensor.Data) = ([64, 0], Array.Empty<byte>());
        foreach (GgufWriterTensor tensor in writer.Tensors.Where(tensor => tensor.Name.Contains("ffn_down", StringComparison.Ordinal)))
            (tensor.Shape, tensor.Data) = ([0, 64], Array.Empty<byte>());
        Refusal.Of(writer, ModelLoadFailure.Tensors, "blk.0.ffn_gate.weight", "[64, 0]");
    }

    [Fact]
    public void Says_that_a_vocabulary_can_be_loaded_as_such()
    {
        GgufWriter writer = TinyModels.Llama();
        writer.Tensors.Clear();
        Refusal.Of(writer, ModelLoadFailure.Tensors, "vocabulary only");
        Refusal.Of(writer.Set("general.architecture", "other"), ModelLoadFailure.Tensors, "vocabulary only");
        GgufModel model = GgufValidator.ValidateModel(GgufFile.Read(writer.Set("general.architecture", "llama").Remove("llama.block_count").ToArray(), "test"), vocabularyOnly: true);
        Assert.Equal(0, model.TensorCount);
    }

    private static void SetType(GgufWriterTensor tensor, TensorType type)
    {
        tensor.TypeCode = (uint)type;
        tensor.Data = new byte[RandomTensors.ByteCount(type, tensor.Shape.Aggregate((a, b) => a * b))];
    }
}
