using System.Buffers.Binary;

namespace LlamaSpan.TestSupport;

/// <summary>Writes a random-weight model of a shape; the same weights each time.</summary>
internal sealed class TinyModelBuilder
{
    private readonly Random _random = new(1);
    private readonly TinyShape _shape;
    private readonly GgufWriter _writer = new();
    private int _vocabulary;

    private TinyModelBuilder(TinyShape shape) => _shape = shape;

    /// <summary>Writes the model.</summary>
    public static GgufWriter Build(TinyShape shape) => new TinyModelBuilder(shape).Run();

    private GgufWriter Run()
    {
        SetMetadata();
        _vocabulary = _shape.BytePair ? TinyVocabulary.AddBytePair(_writer) : TinyVocabulary.AddSentencePiece(_writer);
        Matrix("token_embd.weight", _shape.EmbeddingWeights ?? _shape.Weights, _shape.Embedding, _vocabulary);
        Vector("output_norm.weight", _shape.Embedding);
        if (!_shape.Tied && _shape.Architecture != "gemma2")
            Matrix("output.weight", _shape.Embedding, _vocabulary);
        int rope = _shape.RopeSize > 0 ? _shape.RopeSize : _shape.EffectiveHeadSize;
        string[] factors = _shape.Architecture == "phi3" ? ["rope_factors_long.weight", "rope_factors_short.weight"] : ["rope_freqs.weight"];
        foreach (string name in _shape.RopeFactors ? factors : [])
            Vector(name, rope / 2);
        for (int block = 0; block < _shape.Blocks; block++)
            AddBlock($"blk.{block}.");
        return _writer;
    }

    private void SetMetadata()
    {
        string architecture = _shape.Architecture;
        _writer.Set("general.architecture", architecture).Set("general.name", "tiny");
        Set("context_length", 128).Set("embedding_length", _shape.Embedding).Set("block_count", _shape.Blocks);
        Set("feed_forward_length", _shape.FeedForward).Set("attention.head_count", _shape.Heads).Set("attention.head_count_kv", _shape.KvHeads);
        _writer.Set(architecture + ".attention.layer_norm_rms_epsilon", 1e-5f);
        if (_shape.HeadSize > 0)
            Set("attention.key_length", _shape.HeadSize).Set("attention.value_length", _shape.HeadSize);
        if (_shape.RopeSize > 0)
            Set("rope.dimension_count", _shape.RopeSize);
        if (_shape.Experts > 0)
            Set("expert_count", _shape.Experts).Set("expert_used_count", _shape.ExpertsUsed);
        if (architecture == "gemma2")
        {
            Set("attention.sliding_window", 16);
            _writer.Set("gemma2.attn_logit_softcapping", 50f).Set("gemma2.final_logit_softcapping", 30f);
        }
        else if (architecture == "phi3" && _shape.RopeFactors)
        {
            Set("rope.scaling.original_context_length", 64);
            _writer.Set("phi3.rope.scaling.attn_factor", 1.1f);
        }
    }

    private TinyModelBuilder Set(string name, int value)
    {
        _writer.Set($"{_shape.Architecture}.{name}", (uint)value);
        return this;
    }

    private void AddBlock(string block)
    {
        (int embedding, int inner) = (_shape.Embedding, _shape.FeedForward);
        AddAttention(block);
        Vector(block + "ffn_norm.weight", embedding);
        if (_shape.Architecture == "gemma2")
        {
            Vector(block + "post_attention_norm.weight", embedding);
            Vector(block + "post_ffw_norm.weight", embedding);
        }
        if (_shape.Architecture == "phi3")
        {
            Linear(block + "ffn_up", embedding, 2 * inner);
            Linear(block + "ffn_down", inner, embedding);
        }
        else if (_shape.Experts > 0)
        {
            Matrix(block + "ffn_gate_inp.weight", TensorType.F32, embedding, _shape.Experts);
            Matrix(block + "ffn_gate_exps.weight", embedding, inner, _shape.Experts);
            Matrix(block + "ffn_up_exps.weight", embedding, inner, _shape.Experts);
            Matrix(block + "ffn_down_exps.weight", inner, embedding, _shape.Experts);
        }
        else
        {
            Linear(block + "ffn_gate", embedding, inner, _shape.Biases);
            Linear(block + "ffn_up", embedding, inner, _shape.Biases);
            Linear(block + "ffn_down", inner, embedding, _shape.Biases);
        }
    }

    private void AddAttention(string block)
    {
        (int query, int kv) = (_shape.Heads * _shape.EffectiveHeadSize, _shape.KvHeads * _shape.EffectiveHeadSize);
        Vector(block + "attn_norm.weight", _shape.Embedding);
        if (_shape.Fused)
        {
            Linear(block + "attn_qkv", _shape.Embedding, query + (2 * kv), _shape.Biases);
        }
        else
        {
            Linear(block + "attn_q", _shape.Embedding, query, _shape.Biases);
            Linear(block + "attn_k", _shape.Embedding, kv, _shape.Biases);
            Linear(block + "attn_v", _shape.Embedding, kv, _shape.Biases);
        }
        Linear(block + "attn_output", query, _shape.Embedding, _shape.Biases && _shape.Architecture == "llama");
    }

    private void Linear(string name, int inputs, int outputs, bool bias = false)
    {
        Matrix(name + ".weight", inputs, outputs);
        if (bias)
            Vector(name + ".bias", outputs);
        if (!_shape.Scales)
            return;
        Vector(name + ".scale", 1);
        Vector(name + ".input_scale", 1);
    }

    private void Matrix(string name, params long[] shape) => Matrix(name, _shape.Weights, shape);

    private void Matrix(string name, TensorType type, params long[] shape) =>
        _writer.Add(name, type, shape, RandomTensors.Weights(_random, type, shape.Aggregate((a, b) => a * b)));

    private void Vector(string name, int size)
    {
        byte[] data = new byte[size * sizeof(float)];
        for (int i = 0; i < size; i++)
            BinaryPrimitives.WriteSingleLittleEndian(data.AsSpan(i * sizeof(float)), 0.9f + (0.2f * _random.NextSingle()));
        _writer.Add(name, TensorType.F32, [size], data);
    }
}
