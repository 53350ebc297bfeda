using LlamaSpan.Native;

namespace LlamaSpan.Benchmarks;

/// <summary>
/// llama.cpp's sampler chain beside ours: the same options, logits and history of 64 tokens. Both draw a token and take it into their
/// history. llama.cpp's side does what llama_sampler_sample does: fill the candidates, apply, accept.
/// </summary>
internal sealed unsafe class ChainDuel : IDisposable
{
    private const int LogitSets = 4;

    private static readonly SamplingOptions s_options = new()
    {
        RepetitionPenalty = 1.1f,
        FrequencyPenalty = 0.1f,
        PresencePenalty = 0.1f,
        PenaltyWindow = 64,
        TopK = 40,
        TopP = 0.95f,
        MinP = 0.05f,
        Temperature = 0.8f,
        Seed = 1,
    };

    private readonly float[][] _logits;
    private readonly Sampler _ours = new(s_options);
    private readonly llama_sampler* _theirs;
    private readonly llama_token_data[] _candidates;
    private int _draw;

    public ChainDuel(int vocabulary)
    {
        NativeRuntime.Initialize();
        _logits = [.. Enumerable.Range(1, LogitSets).Select(seed => SyntheticLogits.Of(vocabulary, seed))];
        _candidates = new llama_token_data[vocabulary];
        _theirs = NativeMethods.llama_sampler_chain_init(NativeMethods.llama_sampler_chain_default_params());
        Add(NativeMethods.llama_sampler_init_penalties(
            vocabulary, s_options.PenaltyWindow, s_options.RepetitionPenalty, s_options.FrequencyPenalty, s_options.PresencePenalty));
        Add(NativeMethods.llama_sampler_init_top_k(s_options.TopK));
        Add(NativeMethods.llama_sampler_init_top_p(s_options.TopP, 1));
        Add(NativeMethods.llama_sampler_init_min_p(s_options.MinP, 1));
        Add(NativeMethods.llama_sampler_init_temp(s_options.Temperature));
        Add(NativeMethods.llama_sampler_init_dist(1));
        for (int token = 0; token < 64; token++)
        {
            NativeMethods.llama_sampler_accept(_theirs, token);
            _ours.Accept(new LlamaToken(token));
        }
    }

    /// <summary>Draws a token by our chain.</summary>
    public int Ours() => _ours.Sample(_logits[_draw++ % LogitSets]).Id;

    /// <summary>Draws a token by llama.cpp's chain.</summary>
    public int Theirs()
    {
        float[] logits = _logits[_draw++ % LogitSets];
        fixed (float* logit = logits)
        fixed (llama_token_data* first = _candidates)
        {
            for (int token = 0; token < logits.Length; token++)
                first[token] = new llama_token_data { id = token, logit = logit[token] };
            llama_token_data_array list = new() { data = first, size = (nuint)logits.Length, selected = -1 };
            NativeMethods.llama_sampler_apply(_theirs, &list);
            int chosen = list.data[list.selected].id;
            NativeMethods.llama_sampler_accept(_theirs, chosen);
            return chosen;
        }
    }

    public void Dispose() => NativeMethods.llama_sampler_free(_theirs);

    private void Add(llama_sampler* sampler) => NativeMethods.llama_sampler_chain_add(_theirs, sampler);
}
