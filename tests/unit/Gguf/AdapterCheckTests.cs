using Xunit;

namespace LlamaSpan.UnitTests.Gguf;

public sealed class AdapterCheckTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void Accepts_an_adapter_that_fits() => Validate(Adapter(), TinyModels.Llama());

    [Fact]
    public void Accepts_norms_which_llama_cpp_leaves_out() =>
        Validate(Adapter().Add("blk.0.attn_norm.weight", TensorType.F32, [64], new byte[256]), TinyModels.Llama());

    [Fact]
    public void Refuses_a_model_as_an_adapter() =>
        Refuses(TinyModels.Llama(), TinyModels.Llama(), "general.type");

    [Fact]
    public void Refuses_an_adapter_of_another_kind_or_architecture()
    {
        Refuses(Adapter().Set("adapter.type", "ia3"), TinyModels.Llama(), "adapter.type", "'ia3'");
        Refuses(Adapter().Set("general.architecture", "gemma2"), TinyModels.Llama(), "general.architecture", "'gemma2', not 'llama'");
        Refuses(Adapter().Remove("adapter.type"), TinyModels.Llama(), "adapter.type");
        Refuses(Adapter().Set("general.type", 1u), TinyModels.Llama(), "general.type", "UInt32, not String");
    }

    [Fact]
    public void Refuses_an_alpha_of_another_type_or_no_number()
    {
        Refuses(Adapter().Set("adapter.lora.alpha", 8.0), TinyModels.Llama(), "adapter.lora.alpha", "Float64");
        Refuses(Adapter().Set("adapter.lora.alpha", float.NaN), TinyModels.Llama(), "adapter.lora.alpha");
        Refuses(Adapter().Set("adapter.alora.invocation_tokens", new[] { 1 }), TinyModels.Llama(), "invocation_tokens");
    }

    [Fact]
    public void Refuses_halves_without_partner_and_tensors_of_other_names()
    {
        GgufWriter writer = Adapter();
        writer.Tensors.RemoveAt(1);
        Refuses(writer, TinyModels.Llama(), "no partner");
        writer = Adapter();
        writer.Tensors.RemoveAt(0);
        Refuses(writer, TinyModels.Llama(), "no partner");
        Refuses(Adapter().Add("blk.0.attn_q.weight", TensorType.F32, [1], new byte[4]), TinyModels.Llama(), "neither half");
        writer = Adapter();
        writer.Tensors.Clear();
        Refuses(writer, TinyModels.Llama(), "no tensors");
    }

    [Fact]
    public void Refuses_an_adapter_for_tensors_that_the_model_lacks() =>
        Refuses(TinyModels.Adapter("llama", ("blk.7.attn_q.weight", 64, 64)), TinyModels.Llama(), "'blk.7.attn_q.weight' that the model does not have");

    [Theory]
    [InlineData(32, 64)]
    [InlineData(64, 32)]
    public void Refuses_shapes_that_do_not_fit(int inputs, int outputs) =>
        Refuses(TinyModels.Adapter("llama", ("blk.0.attn_q.weight", inputs, outputs)), TinyModels.Llama(), "do not fit");

    [Fact]
    public void Refuses_ranks_that_differ()
    {
        GgufWriter writer = Adapter();
        (writer.Tensors[1].Shape, writer.Tensors[1].Data) = ([2, 64], writer.Tensors[1].Data[..512]);
        Refuses(writer, TinyModels.Llama(), "do not fit");
        foreach (GgufWriterTensor tensor in writer.Tensors[..2])
            (tensor.Shape, tensor.Data) = (tensor.Shape[0] == 64 ? [64, 0] : [0, 64], Array.Empty<byte>());
        Refuses(writer, TinyModels.Llama(), "nothing can be multiplied");
    }

    [Fact]
    public void Refuses_types_that_nothing_multiplies_with()
    {
        GgufWriter writer = Adapter();
        writer.Tensors[0].TypeCode = (uint)TensorType.I32;
        Refuses(writer, TinyModels.Llama(), "I32");
    }

    [Fact]
    public void Asks_for_a_stack_of_matrices_where_the_model_has_one()
    {
        Refuses(TinyModels.Adapter("llama", ("blk.0.ffn_up_exps.weight", 64, 96)), TinyModels.Experts(), "[64, 96, 4]");
        GgufWriter writer = TinyModels.Adapter("llama", ("blk.0.ffn_up_exps.weight", 64, 96));
        foreach (GgufWriterTensor tensor in writer.Tensors)
            (tensor.Shape, tensor.Data) = ([.. tensor.Shape, 4], Enumerable.Repeat(tensor.Data.ToArray(), 4).SelectMany(bytes => bytes).ToArray());
        Validate(writer, TinyModels.Experts());
    }

    [Fact]
    public void Refuses_an_adapter_on_an_embedding_that_serves_as_output()
    {
        GgufWriter writer = EmbeddingAdapter();
        Validate(writer, TinyModels.Llama());
        Refuses(writer, TinyModels.Llama(tied: true), "uses as its output too");
        (writer.Tensors[0].Shape, writer.Tensors[0].Data) = ([2, 270], writer.Tensors[0].Data[..(270 * 8)]);
        Refuses(writer, TinyModels.Llama(), "do not fit");
    }

    [Fact]
    public void Refuses_an_adapter_on_scaled_nvfp4_feed_forward_weights()
    {
        Refuses(TinyModels.Adapter("llama", ("blk.0.ffn_up.weight", 64, 128)), TinyModels.LlamaNvfp4(), "NVFP4");
        Validate(TinyModels.Adapter("llama", ("blk.0.attn_q.weight", 64, 64)), TinyModels.LlamaNvfp4());
    }

    [Fact]
    public void Checks_an_adapters_structure_like_a_models()
    {
        byte[] bytes = Adapter().ToArray();
        File.WriteAllBytes(_path, bytes[..^512]);
        GgufModel model = Refusal.None(TinyModels.Llama());
        Refusal.Check(() => GgufValidator.ValidateAdapter(_path, model), ModelLoadFailure.Truncated, "ends at byte");
    }

    private static GgufWriter Adapter() => TinyModels.Adapter("llama", ("blk.0.attn_q.weight", 64, 64), ("blk.1.ffn_up.weight", 64, 96));

    private static GgufWriter EmbeddingAdapter()
    {
        GgufWriter writer = TinyModels.Adapter();
        writer.Add("token_embd.weight.lora_a", TensorType.F32, [4, 270], new byte[4 * 270 * 4]);
        return writer.Add("token_embd.weight.lora_b", TensorType.F32, [4, 64], new byte[4 * 64 * 4]);
    }

    private void Validate(GgufWriter adapter, GgufWriter model)
    {
        File.WriteAllBytes(_path, adapter.ToArray());
        GgufValidator.ValidateAdapter(_path, Refusal.None(model));
    }

    private void Refuses(GgufWriter adapter, GgufWriter model, params ReadOnlySpan<string> words)
    {
        File.WriteAllBytes(_path, adapter.ToArray());
        GgufModel validated = Refusal.None(model);
        Refusal.Check(() => GgufValidator.ValidateAdapter(_path, validated), ModelLoadFailure.Adapter, words);
    }
}
