namespace LlamaSpan;

/// <summary>
/// Checks the hyperparameters of the architectures llama (Mistral's models too), gemma2 and phi3 against what llama.cpp asserts on when
/// it loads a model, makes a context and builds a graph: load_hparams of src/llama-model.cpp, src/models/llama.cpp, gemma2.cpp, phi3.cpp,
/// src/llama-graph.cpp and the operators in ggml.
/// </summary>
internal sealed class HyperparameterCheck
{
    private const uint MaxBlocks = 512;         // LLAMA_MAX_LAYERS
    private const uint MaxExperts = 1024;       // LLAMA_MAX_EXPERTS
    private const uint MaxWindow = 1 << 30;     // positions are 32-bit and sizes are added to the window
    private const uint MaxPooling = 4;          // LLAMA_POOLING_TYPE_RANK

    private static readonly string[] s_ropeScalings = ["none", "linear", "yarn", "longrope"];

    private readonly MetadataView _metadata;
    private readonly string _architecture;

    private HyperparameterCheck(MetadataView metadata, string architecture) => (_metadata, _architecture) = (metadata, architecture);

    /// <summary>True for the architectures that are checked beyond their structure.</summary>
    public static bool Knows(string architecture) => architecture is "llama" or "gemma2" or "phi3";

    /// <summary>Reads and checks the hyperparameters.</summary>
    /// <exception cref="ModelLoadException">One is missing, of the wrong type or impossible.</exception>
    public static Hyperparameters Check(MetadataView metadata, string architecture, long vocabularySize) =>
        new HyperparameterCheck(metadata, architecture).Run(vocabularySize);

    private Hyperparameters Run(long vocabularySize)
    {
        uint context = _metadata.RequiredUInt32(Key("context_length"));
        if (context is 0 or > int.MaxValue)
            throw Wrong("context_length", $"is {context}; 1 to {int.MaxValue} tokens are possible");
        uint embedding = _metadata.RequiredUInt32(Key("embedding_length"));
        if (embedding is 0 or > int.MaxValue)
            throw Wrong("embedding_length", $"is {embedding}; 1 to {int.MaxValue} are possible");
        if (_metadata.UInt32(Key("embedding_length_out")) is uint outputs && outputs != 0 && outputs != embedding)
            throw Wrong("embedding_length_out", $"is {outputs}, but this architecture gives embeddings of {embedding}");
        uint blocks = _metadata.RequiredUInt32(Key("block_count"));
        if (blocks is 0 or > MaxBlocks)
            throw Wrong("block_count", $"is {blocks}; 1 to {MaxBlocks} blocks are possible");
        if (_metadata.UInt32(Key("nextn_predict_layers")) is uint predicting && predicting != 0)
            throw Wrong("nextn_predict_layers", $"is {predicting}, but this architecture has no such layers");
        (uint experts, uint used) = CheckExperts(blocks);
        CheckPooling(embedding);
        (uint heads, uint kvHeads) = CheckHeadCounts(blocks);
        (uint headSize, uint ropeSize) = CheckHeadSizes(embedding, heads);
        string scaling = CheckRope();
        CheckEpsilon();
        if (_architecture == "llama")
            _ = _metadata.UInt32(Key("vocab_size"));
        if (_architecture == "gemma2")
            CheckGemma(blocks);
        if (_architecture == "phi3")
            CheckPhi(embedding, heads, headSize);
        return new Hyperparameters
        {
            Architecture = _architecture,
            BlockCount = (int)blocks,
            EmbeddingSize = embedding,
            VocabularySize = vocabularySize,
            HeadCount = heads,
            KvHeadCount = kvHeads,
            HeadSize = headSize,
            RopeSize = ropeSize,
            FeedForwardSize = Uniform("feed_forward_length", blocks) ?? throw _metadata.Missing(Key("feed_forward_length")),
            ExpertCount = experts,
            ExpertsUsed = used,
            HasLongRope = scaling == "longrope" || _architecture == "phi3",
        };
    }

    private (uint Experts, uint Used) CheckExperts(uint blocks)
    {
        uint experts = _metadata.UInt32(Key("expert_count")) ?? 0;
        uint groups = _metadata.UInt32(Key("expert_group_count")) ?? 0;
        uint groupsUsed = _metadata.UInt32(Key("expert_group_used_count")) ?? 0;
        uint[] usedBy = _metadata.PerLayer(Key("expert_used_count"), blocks) ?? new uint[blocks];
        uint used = usedBy.Max();
        if (experts > MaxExperts)
            throw Wrong("expert_count", $"is {experts}; at most {MaxExperts} are possible");
        if (used > experts || (experts > 0 && usedBy.Min() == 0))
            throw Wrong("expert_used_count", $"is {usedBy.Min()} to {used} of {experts} experts");
        if (usedBy.Any(count => count > usedBy[0]))
            throw Wrong("expert_used_count", "is larger in a later layer than in the first");
        if (groups == 0)
            return (experts, usedBy[0]);
        if (experts == 0 || groups >= experts)
            throw Wrong("expert_group_count", $"is {groups} for {experts} experts");
        if (groups > 1 && (experts % groups != 0 || experts / groups < 2))
            throw Wrong("expert_group_count", $"is {groups}, which does not part {experts} experts into groups of at least two");
        if (groups > 1 && (groupsUsed == 0 || groupsUsed >= groups))
            throw Wrong("expert_group_used_count", $"is {groupsUsed} of {groups} groups");
        return (experts, usedBy[0]);
    }

    private void CheckPooling(uint embedding)
    {
        _ = _metadata.Boolean(Key("attention.causal"));
        uint? pooling = _metadata.UInt32(Key("pooling_type"));
        if (pooling is > MaxPooling and not uint.MaxValue)
            throw Wrong("pooling_type", $"is {pooling}; llama.cpp knows 0 to {MaxPooling}");
        string labels = Key("classifier.output_labels");
        if (!_metadata.File.Metadata.TryGetValue(labels, out GgufValue found) || !found.IsArray)
            return;
        if (_metadata.Array(labels, GgufValueType.String)?.Count > embedding)
            throw Wrong("classifier.output_labels", $"has {found.Count} labels; a pooled output has {embedding} numbers");
    }

    private (uint Heads, uint KvHeads) CheckHeadCounts(uint blocks)
    {
        uint heads = Uniform("attention.head_count", blocks) ?? throw _metadata.Missing(Key("attention.head_count"));
        uint kvHeads = Uniform("attention.head_count_kv", blocks) ?? heads;
        if (heads is 0 or > int.MaxValue)
            throw Wrong("attention.head_count", $"is {heads}");
        if (kvHeads == 0 || kvHeads > heads || heads % kvHeads != 0)
            throw Wrong("attention.head_count_kv", $"is {kvHeads}, which does not divide the {heads} heads");
        return (heads, kvHeads);
    }

    private (uint HeadSize, uint RopeSize) CheckHeadSizes(uint embedding, uint heads)
    {
        uint size = _metadata.UInt32(Key("attention.key_length")) ?? embedding / heads;
        uint valueSize = _metadata.UInt32(Key("attention.value_length")) ?? embedding / heads;
        if (size is 0 or > ushort.MaxValue)
            throw Wrong("attention.key_length", $"makes heads of {size} elements");
        if (valueSize != size)
            throw Wrong("attention.value_length", $"makes values of {valueSize} elements, but keys have {size}");
        uint rope = _metadata.UInt32(Key("rope.dimension_count")) ?? size;
        if (rope % 2 != 0 || rope == 0 || rope > size || (_architecture == "llama" && rope != size))
            throw Wrong("rope.dimension_count", $"rotates {rope} of the {size} elements of a head");
        CheckAlike("attention.key_length_swa", size);
        CheckAlike("attention.value_length_swa", size);
        CheckAlike("rope.dimension_count_swa", rope);
        return (size, rope);
    }

    private void CheckAlike(string name, uint expected)
    {
        if (_metadata.UInt32(Key(name)) is uint value && value != expected)
            throw Wrong(name, $"is {value}, but {expected} elsewhere; all layers of this architecture are alike");
    }

    private string CheckRope()
    {
        _ = _metadata.Boolean(Key("rope.scaling.finetuned"));
        _ = _metadata.UInt32(Key("rope.scaling.original_context_length"));
        string scaling = _metadata.String(Key("rope.scaling.type")) ?? "linear";
        if (!s_ropeScalings.Contains(scaling))
            throw Wrong("rope.scaling.type", $"is '{scaling}'; llama.cpp knows {string.Join(", ", s_ropeScalings)}");
        if (_metadata.Float(Key("rope.freq_base")) is <= 0)
            throw Wrong("rope.freq_base", "is not above 0");
        if ((_metadata.Float(Key("rope.scaling.factor")) ?? _metadata.Float(Key("rope.scale_linear"))) is < 0)
            throw Wrong("rope.scaling.factor", "is below 0");
        _ = _metadata.Float(Key("rope.scaling.attn_factor"));
        _ = _metadata.Float(Key("rope.scaling.alpha"));
        return scaling;
    }

    private void CheckEpsilon()
    {
        const string Name = "attention.layer_norm_rms_epsilon";
        float epsilon = _metadata.Float(Key(Name)) ?? throw _metadata.Missing(Key(Name));
        if (epsilon < 0)
            throw Wrong(Name, $"is {epsilon}, below 0");
    }

    private void CheckGemma(uint blocks)
    {
        if (_metadata.Float(Key("rope.freq_base_swa")) is <= 0)
            throw Wrong("rope.freq_base_swa", "is not above 0");
        if ((_metadata.UInt32(Key("attention.sliding_window")) ?? 4096) is 0 or > MaxWindow)
            throw Wrong("attention.sliding_window", $"is not from 1 to {MaxWindow}");
        _ = _metadata.Float(Key("attn_logit_softcapping"));
        _ = _metadata.Float(Key("final_logit_softcapping"));
        const string Pattern = "attention.sliding_window_pattern";
        bool[] windowed = new bool[blocks];
        if (_metadata.Integers(Key(Pattern), (int)MaxBlocks) is uint[] flags)
        {
            for (int i = 0; i < windowed.Length; i++)
                windowed[i] = i < flags.Length && flags[i] != 0;
        }
        else
        {
            uint period = _metadata.UInt32(Key(Pattern)) ?? 2;
            for (uint i = 0; i < windowed.Length; i++)
                windowed[i] = period == 0 || i % period < period - 1;
        }
        if (!windowed.Contains(true) || !windowed.Contains(false))
            throw Wrong(Pattern, $"gives {(windowed[0] ? "every" : "no")} layer a sliding window; this architecture needs layers with one and without");
    }

    private void CheckPhi(uint embedding, uint heads, uint headSize)
    {
        _ = _metadata.UInt32(Key("attention.sliding_window"));
        if ((long)heads * headSize != embedding)
            throw Wrong("attention.head_count", $"and head size give {(long)heads * headSize} elements, but embeddings have {embedding}");
    }

    /// <summary>A value that llama.cpp allows to differ from layer to layer, which these architectures do not.</summary>
    private uint? Uniform(string name, uint blocks)
    {
        uint[]? values = _metadata.PerLayer(Key(name), blocks);
        if (values is null)
            return null;
        return values.AsSpan().ContainsAnyExcept(values[0])
            ? throw Wrong(name, "differs between layers; all layers of this architecture are alike")
            : values[0];
    }

    private string Key(string name) => $"{_architecture}.{name}";

    private ModelLoadException Wrong(string name, string what) => _metadata.Wrong(Key(name), what);
}
