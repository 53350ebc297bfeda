using System.Runtime.InteropServices;
using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>
/// A chain of llama.cpp's own samplers, for what <see cref="Sampler"/> does not have: mirostat, GBNF grammars, infill, adaptive-p. It
/// builds an array of candidates for the whole vocabulary at each token. For one thread at a time; keeps its model alive.
/// </summary>
public sealed unsafe class NativeSampler : IDisposable
{
    private readonly LlamaModel _model;
    private readonly Handle _handle;

    private NativeSampler(LlamaModel model, Handle handle, IReadOnlyList<string> steps) => (_model, _handle, Steps) = (model, handle, steps);

    /// <summary>llama.cpp's names of the chain's samplers, in their order.</summary>
    public IReadOnlyList<string> Steps { get; }

    /// <summary>Makes a chain.</summary>
    /// <param name="model">The model whose vocabulary it is for.</param>
    /// <param name="steps">Its samplers, in the order they run; the last one picks the token, and no other does.</param>
    /// <exception cref="ArgumentException">The last step does not pick a token or another does, or a step does not fit the vocabulary.</exception>
    /// <exception cref="GbnfException">llama.cpp refuses a grammar.</exception>
    public static NativeSampler Create(LlamaModel model, params ReadOnlySpan<NativeSamplerStep> steps)
    {
        ArgumentNullException.ThrowIfNull(model);
        for (int i = 0; i < steps.Length; i++)
            if (steps[i] is null)
                throw new ArgumentException($"Step {i} is null.", nameof(steps));
        if (steps.IsEmpty || !steps[^1].Selects)
            throw new ArgumentException("The last step must pick a token: greedy, dist, mirostat, mirostat-v2 or adaptive-p.", nameof(steps));
        string[] names = new string[steps.Length];
        using NativeHandle.Lease lease = model.Use();
        Handle handle = new(NativeMethods.llama_sampler_chain_init(NativeMethods.llama_sampler_chain_default_params()), model);
        try
        {
            for (int i = 0; i < steps.Length; i++)
            {
                if (steps[i].Selects && i < steps.Length - 1)
                    throw new ArgumentException($"Step {i}, {steps[i].Name}, picks a token, but is not the last.", nameof(steps));
                NativeMethods.llama_sampler_chain_add(handle.Chain, steps[i].Make(model, (llama_model*)lease.Pointer));
                names[i] = steps[i].Name;
            }
        }
        catch
        {
            handle.Dispose();
            throw;
        }
        return new NativeSampler(model, handle, names);
    }

    /// <summary>Picks a token and tells the chain of it.</summary>
    /// <param name="logits">One logit for each token of the vocabulary; they are only read.</param>
    /// <exception cref="ArgumentException">Not as many logits as the vocabulary has tokens.</exception>
    /// <exception cref="SamplingException">A logit is NaN or plus infinity, or no token is left to pick.</exception>
    /// <exception cref="GbnfException">The grammar does not allow the token.</exception>
    /// <exception cref="ObjectDisposedException">The sampler was closed.</exception>
    public LlamaToken Sample(ReadOnlySpan<float> logits)
    {
        if (logits.Length != _model.Vocabulary.Size)
            throw new ArgumentException($"There are {logits.Length} logits for a vocabulary of {_model.Vocabulary.Size} tokens.", nameof(logits));
        using NativeHandle.Lease lease = _handle.Use(this);
        _ = LogitStatistics.Max(logits);
        llama_token_data* candidates = _handle.Candidates;
        for (int token = 0; token < logits.Length; token++)
            candidates[token] = new llama_token_data { id = token, logit = logits[token] };
        var list = new llama_token_data_array { data = candidates, size = (nuint)logits.Length, selected = -1 };
        if (NativeMethods.llamaspan_sampler_apply(_handle.Chain, &list) != 0)
            throw new SamplingException(NativeGuard.LastError(), LlamaToken.None);
        if ((ulong)list.selected >= list.size || float.IsNegativeInfinity(list.data[list.selected].logit))
            throw new SamplingException("Nothing to sample from: the chain leaves no token.", LlamaToken.None);
        LlamaToken picked = new(list.data[list.selected].id);
        Accept(picked);
        return picked;
    }

    /// <summary>Tells the chain of a token that was not sampled here.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The token is not in the vocabulary.</exception>
    /// <exception cref="GbnfException">The grammar does not allow the token; nothing has changed.</exception>
    /// <exception cref="ObjectDisposedException">The sampler was closed.</exception>
    public void Accept(LlamaToken token)
    {
        _model.Vocabulary.CheckToken(token);
        using NativeHandle.Lease lease = _handle.Use(this);
        if (NativeMethods.llamaspan_sampler_accept(_handle.Model, _handle.Chain, token.Id) != 0)
            throw new GbnfException(NativeGuard.LastError());
    }

    /// <summary>Puts every step back to its start.</summary>
    /// <exception cref="ObjectDisposedException">The sampler was closed.</exception>
    public void Reset()
    {
        using NativeHandle.Lease lease = _handle.Use(this);
        if (NativeMethods.llamaspan_sampler_reset(_handle.Chain) != 0)
            throw new GbnfException(NativeGuard.LastError());
    }

    /// <summary>A copy in the same state, which then goes its own way.</summary>
    /// <exception cref="ObjectDisposedException">The sampler was closed.</exception>
    public NativeSampler Clone()
    {
        using NativeHandle.Lease lease = _handle.Use(this);
        llama_sampler* clone = null;
        if (NativeMethods.llamaspan_sampler_clone(_handle.Chain, &clone) != 0)
            throw new GbnfException(NativeGuard.LastError());
        return new NativeSampler(_model, new Handle(clone, _model), Steps);
    }

    /// <summary>Frees the chain.</summary>
    public void Dispose() => _handle.Dispose();

    private sealed class Handle : NativeHandle
    {
        private readonly NativeHandle _model;

        internal Handle(llama_sampler* chain, LlamaModel model)
            : base(chain, model.Owner)
        {
            _model = model.Owner;
            Candidates = (llama_token_data*)NativeMemory.Alloc((nuint)model.Vocabulary.Size, (nuint)sizeof(llama_token_data));
        }

        internal llama_sampler* Chain => (llama_sampler*)handle;

        internal llama_model* Model => (llama_model*)_model.DangerousGetHandle();

        internal llama_token_data* Candidates { get; }

        protected override void Free(nint pointer)
        {
            NativeMethods.llama_sampler_free((llama_sampler*)pointer);
            NativeMemory.Free(Candidates);
        }
    }
}
