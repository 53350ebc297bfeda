using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>Writes models in other number formats.</summary>
public static unsafe class ModelQuantizer
{
    /// <summary>
    /// Quantizes a model. The result appears under its name only when it is complete and its header was checked; a file of that name is
    /// replaced then.
    /// </summary>
    /// <param name="input">The model; of a split model, its first part. It is checked as for loading.</param>
    /// <param name="output">The file to write.</param>
    /// <param name="options">What the tensors become.</param>
    /// <param name="progress">Told of each tensor that is written, on the calling thread.</param>
    /// <param name="cancellationToken">Stops before the next tensor.</param>
    /// <exception cref="ModelLoadException">The input is missing, damaged, or of a kind that is not supported.</exception>
    /// <exception cref="ArgumentException">An option is outside its limits or does not fit the model.</exception>
    /// <exception cref="QuantizeException">llama.cpp refused, or the result could not be written.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; no file was written.</exception>
    /// <exception cref="NativeLibraryException">The native libraries cannot be loaded.</exception>
    public static void Quantize(
        string input, string output, QuantizeOptions options, IProgress<QuantizedTensor>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(input);
        ArgumentException.ThrowIfNullOrEmpty(output);
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        cancellationToken.ThrowIfCancellationRequested();
        GgufModel model = GgufValidator.ValidateModel(input);
        MetadataView metadata = new(model.Parts[0], []);
        QuantizeCheck.Check(options, model, (int)(metadata.UInt32($"{model.Architecture}.block_count") ?? 0));
        string target = Path.GetFullPath(output);
        if (model.Parts.Any(part => Path.GetFullPath(part.Path) == target))
            throw new ArgumentException($"The output '{output}' is a file of the input.", nameof(output));
        if (!Directory.Exists(Path.GetDirectoryName(target)))
            throw new ArgumentException($"There is no folder '{Path.GetDirectoryName(target)}'.", nameof(output));
        NativeRuntime.Initialize();
        if (options.ProbeFirst)
            ModelProbe.Check(input, new ModelOptions().ProbeTimeout, cancellationToken);

        string unfinished = $"{target}.{Guid.NewGuid():N}.unfinished";
        try
        {
            Run(input, unfinished, options, progress, cancellationToken);
            Finish(unfinished, target);
        }
        finally
        {
            File.Delete(unfinished);
        }
    }

    private static void Run(string input, string output, QuantizeOptions options, IProgress<QuantizedTensor>? progress, CancellationToken cancellationToken)
    {
        using NativeArena arena = new();
        llama_model_quantize_params parameters = Parameters(options, arena);
        byte* source = arena.Text(input, nameof(input)), destination = arena.Text(output, nameof(output));
        int* stop = arena.Allocate<int>(1);
        nint stopAddress = (nint)stop;
        Exception? fault = null;
        using CancellationTokenRegistration registration = cancellationToken.UnsafeRegister(_ => Volatile.Write(ref *(int*)stopAddress, 1), null);
        using IDisposable observation = NativeLog.Observe(line =>
        {
            try
            {
                if (fault is null && progress is not null && QuantizedTensor.Parse(line) is { } tensor)
                    progress.Report(tensor);
            }
            catch (Exception thrown)
            {
                fault = thrown;
                Volatile.Write(ref *(int*)stopAddress, 1);
            }
        });
        long mark = NativeLog.Mark();
        llamaspan_status status = NativeMethods.llamaspan_model_quantize(source, destination, &parameters, stop);
        if (fault is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
        if (status == llamaspan_status.LLAMASPAN_STATUS_OK)
            return;
        cancellationToken.ThrowIfCancellationRequested();
        throw new QuantizeException($"'{input}' was not quantized: {NativeGuard.LastError()}.", NativeLog.Since(mark));
    }

    /// <summary>llama.cpp does not notice every failed write: what it wrote is checked before it gets its name.</summary>
    private static void Finish(string unfinished, string target)
    {
        try
        {
            GgufValidator.ValidateModel(unfinished);
            File.Move(unfinished, target, overwrite: true);
        }
        catch (Exception fault) when (fault is ModelLoadException or IOException or UnauthorizedAccessException)
        {
            throw new QuantizeException($"'{target}' could not be written: {fault.Message}", inner: fault);
        }
    }

    private static llama_model_quantize_params Parameters(QuantizeOptions options, NativeArena arena)
    {
        llama_model_quantize_params p = NativeMethods.llama_model_quantize_default_params();
        p.nthread = options.Threads > 0 ? options.Threads : Environment.ProcessorCount;
        p.only_copy = options.Type is null;
        if (options.Type is { } type)
            p.ftype = (llama_ftype)type;
        p.pure = options.Pure;
        p.quantize_output_tensor = options.QuantizeOutput;
        p.allow_requantize = options.AllowRequantize;
        if (options.OutputType is { } output)
            p.output_tensor_type = (ggml_type)output;
        if (options.EmbeddingType is { } embedding)
            p.token_embedding_type = (ggml_type)embedding;
        p.kv_overrides = KvOverrideList.Write(arena, options.KvOverrides);
        p.prune_layers = Layers(options.PruneLayers, arena);
        p.tt_overrides = Types(options.TensorTypes, arena);
        p.imatrix = Importance(options.ImportanceMatrix, arena);
        return p;
    }

    private static int* Layers(IReadOnlyCollection<int> layers, NativeArena arena)
    {
        if (layers.Count == 0)
            return null;
        int[] ordered = [.. layers.Distinct().Order(), -1];
        int* list = arena.Allocate<int>(ordered.Length);
        ordered.CopyTo(new Span<int>(list, ordered.Length));
        return list;
    }

    private static llama_model_tensor_override* Types(IReadOnlyList<TensorTypeOverride> types, NativeArena arena)
    {
        if (types.Count == 0)
            return null;
        llama_model_tensor_override* list = arena.Allocate<llama_model_tensor_override>(types.Count + 1);      // ended by a null pattern
        for (int i = 0; i < types.Count; i++)
        {
            list[i].pattern = arena.Text(types[i].Pattern, nameof(QuantizeOptions.TensorTypes));
            list[i].type = (ggml_type)types[i].Type;
        }
        return list;
    }

    private static llama_model_imatrix_data* Importance(ImportanceMatrix? matrix, NativeArena arena)
    {
        if (matrix is null)
            return null;
        llama_model_imatrix_data* list = arena.Allocate<llama_model_imatrix_data>(matrix.Names.Count + 1);     // ended by a null name
        int count = 0;
        foreach (string name in matrix.Names)
        {
            matrix.TryGet(name, out ReadOnlySpan<float> values);
            float* data = arena.Allocate<float>(Math.Max(values.Length, 1));
            values.CopyTo(new Span<float>(data, values.Length));
            list[count].name = arena.Text(name, nameof(QuantizeOptions.ImportanceMatrix));
            list[count].data = data;
            list[count++].size = (nuint)values.Length;
        }
        return list;
    }
}
