using LlamaSpan.Native;

namespace LlamaSpan.IntegrationTests.Sampling;

/// <summary>llama.cpp's chain for some options, in the order of its common_sampler, over an array of candidates.</summary>
internal sealed unsafe class NativeChain : IDisposable
{
    private readonly llama_sampler* _chain;
    private readonly llama_token_data[] _candidates;

    /// <summary>Makes the chain; DRY needs a model for its breakers.</summary>
    public NativeChain(SamplingOptions options, int vocabulary, LlamaModel? model = null)
    {
        NativeRuntime.Initialize();
        _candidates = new llama_token_data[vocabulary];
        _chain = NativeMethods.llama_sampler_chain_init(NativeMethods.llama_sampler_chain_default_params());
        nuint keep = (nuint)options.MinKeep;
        llama_logit_bias[] bias = [.. options.LogitBias.Select(pair => new llama_logit_bias { token = pair.Key.Id, bias = pair.Value })];
        fixed (llama_logit_bias* first = bias)
            Add(NativeMethods.llama_sampler_init_logit_bias(vocabulary, bias.Length, first));
        Add(NativeMethods.llama_sampler_init_penalties(
            vocabulary, options.PenaltyWindow, options.RepetitionPenalty, options.FrequencyPenalty, options.PresencePenalty));
        if (options.DryMultiplier > 0)
            Add(Dry(options, model!));
        Add(NativeMethods.llama_sampler_init_top_n_sigma(options.TopNSigma));
        Add(NativeMethods.llama_sampler_init_top_k(options.TopK));
        Add(NativeMethods.llama_sampler_init_typical(options.TypicalP, keep));
        Add(NativeMethods.llama_sampler_init_top_p(options.TopP, keep));
        Add(NativeMethods.llama_sampler_init_min_p(options.MinP, keep));
        Add(NativeMethods.llama_sampler_init_xtc(options.XtcProbability, options.XtcThreshold, keep, 1));
        Add(NativeMethods.llama_sampler_init_temp_ext(options.Temperature, options.DynamicTemperatureRange, options.DynamicTemperatureExponent));
        Add(NativeMethods.llama_sampler_init_dist(1));
    }

    /// <summary>Tells the chain of a token.</summary>
    public void Accept(int token) => NativeMethods.llama_sampler_accept(_chain, token);

    /// <summary>The probabilities that the chain leaves.</summary>
    public Dictionary<int, double> Run(ReadOnlySpan<float> logits)
    {
        for (int token = 0; token < logits.Length; token++)
            _candidates[token] = new llama_token_data { id = token, logit = logits[token] };
        fixed (llama_token_data* first = _candidates)
        {
            var list = new llama_token_data_array { data = first, size = (nuint)logits.Length, selected = -1 };
            NativeMethods.llama_sampler_apply(_chain, &list);
            var left = new Dictionary<int, double>();
            for (nuint i = 0; i < list.size; i++)
                if (list.data[i].p > 0)
                    left.Add(list.data[i].id, list.data[i].p);
            return left;
        }
    }

    public void Dispose() => NativeMethods.llama_sampler_free(_chain);

    private void Add(llama_sampler* sampler) => NativeMethods.llama_sampler_chain_add(_chain, sampler);

    private static llama_sampler* Dry(SamplingOptions options, LlamaModel model)
    {
        using NativeArena arena = new();
        byte** breakers = (byte**)arena.Allocate<nint>(options.DrySequenceBreakers.Count + 1);
        for (int i = 0; i < options.DrySequenceBreakers.Count; i++)
            breakers[i] = arena.Text(options.DrySequenceBreakers[i], nameof(options));
        using NativeHandle.Lease lease = model.Use();
        return NativeMethods.llama_sampler_init_dry(
            NativeMethods.llama_model_get_vocab((llama_model*)lease.Pointer), options.DryMultiplier, options.DryBase, options.DryAllowedLength,
            options.DryWindow, breakers, (nuint)options.DrySequenceBreakers.Count);
    }
}
