using System.Runtime.InteropServices;
using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>
/// A loaded model: weights and vocabulary, never changed, safe to use from any thread and to share between contexts. Contexts and
/// adapters keep its memory alive, whatever is disposed first.
/// </summary>
public sealed unsafe partial class LlamaModel : IDisposable
{
    private readonly Handle _handle;
    private readonly Lazy<UInt128> _fingerprint;

    private LlamaModel(Handle handle, GgufModel files, IReadOnlyList<string> paths, ModelOptions options)
    {
        (_handle, Files, Paths, Options) = (handle, files, paths, options);
        llama_model* model = handle.Model;
        Metadata = ReadMetadata(model);
        Vocabulary = new Vocabulary(this, model);
        Description = Text((buffer, size) => NativeMethods.llama_model_desc(handle.Model, buffer, size));
        Architecture = Metadata.GetValueOrDefault("general.architecture", "");
        SizeInBytes = (long)NativeMethods.llama_model_size(model);
        ParameterCount = (long)NativeMethods.llama_model_n_params(model);
        TrainedContextSize = NativeMethods.llama_model_n_ctx_train(model);
        EmbeddingSize = NativeMethods.llama_model_n_embd(model);
        OutputEmbeddingSize = NativeMethods.llama_model_n_embd_out(model);
        LayerCount = NativeMethods.llama_model_n_layer(model);
        SlidingWindow = NativeMethods.llama_model_n_swa(model);
        HasEncoder = NativeMethods.llama_model_has_encoder(model);
        HasDecoder = NativeMethods.llama_model_has_decoder(model);
        IsRecurrent = NativeMethods.llama_model_is_recurrent(model) || NativeMethods.llama_model_is_hybrid(model);
        RankOutputs = (int)NativeMethods.llama_model_n_cls_out(model);
        _fingerprint = new Lazy<UInt128>(() => FileFingerprint.Compute(Paths));
    }

    /// <summary>The files it was loaded from.</summary>
    public IReadOnlyList<string> Paths { get; }

    /// <summary>What it was loaded with.</summary>
    public ModelOptions Options { get; }

    /// <summary>Tokens, their bytes and what they mean.</summary>
    public Vocabulary Vocabulary { get; }

    /// <summary>The GGUF's scalar metadata as text, such as <c>general.name</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The architecture's name in llama.cpp, such as <c>llama</c>.</summary>
    public string Architecture { get; }

    /// <summary>Architecture, size and quantization in a few words.</summary>
    public string Description { get; }

    /// <summary>Bytes of all tensors.</summary>
    public long SizeInBytes { get; }

    /// <summary>Number of weights.</summary>
    public long ParameterCount { get; }

    /// <summary>Tokens of context it was trained with.</summary>
    public int TrainedContextSize { get; }

    /// <summary>Width of a layer, in floats.</summary>
    public int EmbeddingSize { get; }

    /// <summary>Floats of an embedding it puts out.</summary>
    public int OutputEmbeddingSize { get; }

    /// <summary>Number of layers.</summary>
    public int LayerCount { get; }

    /// <summary>Tokens of its sliding window, 0 if it has none.</summary>
    public int SlidingWindow { get; }

    /// <summary>True if it has an encoder to be run first.</summary>
    public bool HasEncoder { get; }

    /// <summary>True if it has a decoder.</summary>
    public bool HasDecoder { get; }

    /// <summary>True if it carries a recurrent state (Mamba, RWKV, hybrids).</summary>
    public bool IsRecurrent { get; }

    /// <summary>Scores of its classification head (rerankers); 1 where it says nothing.</summary>
    public int RankOutputs { get; }

    /// <summary>False if a token also attends to those behind it.</summary>
    internal bool IsCausal => Architecture is not ("gemma-embedding" or "rnd1" or "dream" or "llada" or "llada-moe")
        && Metadata.GetValueOrDefault($"{Architecture}.attention.causal") != "false";

    /// <summary>Tells the files apart from others, cheaply: see <see cref="FileFingerprint"/>.</summary>
    internal UInt128 Fingerprint => _fingerprint.Value;

    /// <summary>What was found in the files before they were loaded.</summary>
    internal GgufModel Files { get; }

    internal NativeHandle Owner => _handle;

    /// <summary>Loads a model from a GGUF file; of a split model, from its first part.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">How; by default all on the GPU where there is one.</param>
    /// <param name="progress">Told the share that is loaded, 0 to 1, on the loading thread.</param>
    /// <param name="cancellationToken">Stops the load.</param>
    /// <exception cref="ModelLoadException">The file is missing, damaged, or of a kind that is not supported.</exception>
    /// <exception cref="ArgumentException">An option is outside its limits.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; nothing stays in memory.</exception>
    /// <exception cref="RpcServerException">An RPC server cannot be used.</exception>
    /// <exception cref="NativeLibraryException">The native libraries cannot be loaded.</exception>
    public static LlamaModel Load(string path, ModelOptions? options = null, IProgress<float>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return Load([path], options, progress, cancellationToken);
    }

    /// <summary>Loads a model from parts with names of any form, in their order; else as <see cref="Load(string, ModelOptions, IProgress{float}, CancellationToken)"/>.</summary>
    public static LlamaModel Load(
        IReadOnlyList<string> paths, ModelOptions? options = null, IProgress<float>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        if (paths.Count == 0)
            throw new ArgumentException("There is no file.", nameof(paths));
        options ??= new ModelOptions();
        options.Validate();
        cancellationToken.ThrowIfCancellationRequested();
        GgufModel files = GgufValidator.ValidateModel(paths, options.VocabularyOnly, options.KvOverrides).WithoutMetadata();
        NativeRuntime.Initialize();
        if (options.ProbeFirst)
            ModelProbe.Check(files.Parts[0].Path, options.ProbeTimeout, cancellationToken);
        return new LlamaModel(
            Handle.Load(paths, options, progress, cancellationToken), files, [.. files.Parts.Select(part => part.Path)], options);
    }

    /// <summary>Loads a model on a thread of its own; else as <see cref="Load(string, ModelOptions, IProgress{float}, CancellationToken)"/>.</summary>
    public static Task<LlamaModel> LoadAsync(
        string path, ModelOptions? options = null, IProgress<float>? progress = null, CancellationToken cancellationToken = default) =>
        Task.Factory.StartNew(() => Load(path, options, progress, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Loads a model from parts on a thread of its own.</summary>
    public static Task<LlamaModel> LoadAsync(
        IReadOnlyList<string> paths, ModelOptions? options = null, IProgress<float>? progress = null, CancellationToken cancellationToken = default) =>
        Task.Factory.StartNew(() => Load(paths, options, progress, cancellationToken), cancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>Name of one of its <see cref="RankOutputs"/>, or null if it has none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">No such output.</exception>
    public string? RankLabel(int output)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(output);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(output, RankOutputs);
        using NativeHandle.Lease lease = Use();
        return Marshal.PtrToStringUTF8((nint)NativeMethods.llama_model_cls_label((llama_model*)lease.Pointer, (uint)output));
    }

    /// <summary>Frees the model once no context or adapter needs it.</summary>
    public void Dispose() => _handle.Dispose();

    internal NativeHandle.Lease Use() => _handle.Use(this);

    internal void RequireWeights(string operation)
    {
        if (Options.VocabularyOnly)
            throw new InvalidOperationException($"{operation}: the model was loaded with ModelOptions.VocabularyOnly and cannot compute.");
    }

    private static Dictionary<string, string> ReadMetadata(llama_model* model)
    {
        Dictionary<string, string> metadata = [];
        for (int i = 0; i < NativeMethods.llama_model_meta_count(model); i++)
        {
            int index = i;
            string key = Text((buffer, size) => NativeMethods.llama_model_meta_key_by_index(model, index, buffer, size));
            metadata[key] = Text((buffer, size) => NativeMethods.llama_model_meta_val_str_by_index(model, index, buffer, size));
        }
        return metadata;
    }

    private unsafe delegate int TextGetter(byte* buffer, nuint size);

    /// <summary>Reads a text that llama.cpp writes like snprintf: it returns the length, which may exceed the room.</summary>
    private static string Text(TextGetter get)
    {
        byte[] buffer = new byte[256];
        while (true)
        {
            int length;
            fixed (byte* first = buffer)
                length = get(first, (nuint)buffer.Length);
            if (length < buffer.Length)
                return System.Text.Encoding.UTF8.GetString(buffer, 0, Math.Max(length, 0));
            buffer = new byte[length + 1];
        }
    }

    private sealed class Handle : NativeHandle
    {
        private readonly ModelParameters _parameters;
        private readonly RpcConnections _servers;

        private Handle(llama_model* model, ModelParameters parameters, RpcConnections servers)
            : base(model) => (_parameters, _servers) = (parameters, servers);

        internal llama_model* Model => (llama_model*)handle;

        internal static Handle Load(IReadOnlyList<string> paths, ModelOptions options, IProgress<float>? progress, CancellationToken cancellationToken)
        {
            RpcConnections servers = RpcConnections.Open(options.RpcServers, options.RpcTimeout, cancellationToken);
            ModelParameters? parameters = null;
            try
            {
                parameters = new ModelParameters(options, servers.Devices);
                using CallbackScope scope = new(progress, cancellationToken);
                using NativeArena arena = new();
                llama_model_params native = parameters.Native;
                native.progress_callback = CallbackScope.Progress;
                native.progress_callback_user_data = scope.UserData;
                byte** names = (byte**)arena.Allocate<nint>(paths.Count);
                for (int i = 0; i < paths.Count; i++)
                    names[i] = arena.Text(paths[i], nameof(paths));

                long mark = NativeLog.Mark();
                llama_model* model = null;
                llamaspan_status status = NativeMethods.llamaspan_model_load(names, (nuint)paths.Count, &native, &model);
                if (status == llamaspan_status.LLAMASPAN_STATUS_OK)
                    return new Handle(model, parameters, servers);
                scope.ThrowIfStopped();
                throw new ModelLoadException(ModelLoadFailure.Refused, paths[0], NativeGuard.LastError(), NativeLog.Since(mark));
            }
            catch
            {
                parameters?.Dispose();
                servers.Dispose();
                throw;
            }
        }

        protected override void Free(nint pointer)
        {
            NativeMethods.llama_model_free((llama_model*)pointer);
            _parameters.Dispose();
            _servers.Dispose();
        }
    }
}
