using System.IO.Hashing;
using System.Runtime.InteropServices;
using LlamaSpan.Native;

namespace LlamaSpan;

public sealed unsafe partial class LlamaContext
{
    private ScaledAdapter[] _adapters = [];
    private UInt128 _steering;      // hash of the control vector and its layers, 0 for none

    /// <summary>The adapters in use.</summary>
    public IReadOnlyList<ScaledAdapter> Adapters => _adapters;

    /// <summary>Uses exactly these adapters from the next decode on; cached tokens keep what they were computed with.</summary>
    /// <param name="adapters">Adapters of this context's model, none for the plain model.</param>
    /// <exception cref="ArgumentException">An adapter belongs to another model, is given twice, or its scale is not finite.</exception>
    /// <exception cref="ObjectDisposedException">An adapter was closed.</exception>
    /// <exception cref="ContextException">llama.cpp refused them.</exception>
    public void SetAdapters(params ReadOnlySpan<ScaledAdapter> adapters)
    {
        nint[] pointers = new nint[adapters.Length];
        float[] scales = new float[adapters.Length];
        NativeHandle[] handles = new NativeHandle[adapters.Length];
        for (int i = 0; i < adapters.Length; i++)
        {
            LoraAdapter adapter = adapters[i].Adapter ?? throw new ArgumentException($"Adapter {i} is null.", nameof(adapters));
            if (adapter.Model != Model)
                throw new ArgumentException($"Adapter {adapter.Path} was loaded on another model.", nameof(adapters));
            if (!float.IsFinite(adapters[i].Scale))
                throw new ArgumentException($"The scale of adapter {adapter.Path} is not finite.", nameof(adapters));
            for (int j = 0; j < i; j++)
                if (adapters[j].Adapter == adapter)
                    throw new ArgumentException($"Adapter {adapter.Path} is given twice.", nameof(adapters));
            (handles[i], scales[i]) = (adapter.Owner, adapters[i].Scale);
        }
        using Operation operation = Begin();
        Handle.Acquire(handles);      // throws for a closed adapter, before anything changed
        try
        {
            for (int i = 0; i < handles.Length; i++)
                pointers[i] = handles[i].DangerousGetHandle();
            fixed (nint* first = pointers)
            fixed (float* scale = scales)
                Check(NativeGuard.SetAdapters(operation.Context, (llama_adapter_lora**)first, scale, adapters.Length), "adapters");
        }
        catch
        {
            Handle.Release(handles);
            throw;
        }
        _handle.Hold(handles);
        _adapters = adapters.ToArray();
    }

    /// <summary>Adds a control vector to the layers' outputs from the next decode on (representation engineering, Zou et al., 2023).</summary>
    /// <param name="vector">A vector made for this model's width.</param>
    /// <param name="firstLayer">First layer it steers, from 1.</param>
    /// <param name="lastLayer">Last layer it steers; by default the model's last.</param>
    /// <exception cref="ArgumentException">The vector has another width or number of layers.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The layers lie outside the model's.</exception>
    /// <exception cref="ContextException">llama.cpp refused it.</exception>
    public void SetControlVector(ControlVector vector, int firstLayer = 1, int lastLayer = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(vector);
        lastLayer = Math.Min(lastLayer, Model.LayerCount - 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(firstLayer, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(lastLayer, firstLayer);
        if (vector.Width != Model.EmbeddingSize || vector.Layers != Model.LayerCount - 1)
            throw new ArgumentException($"The vector has {vector.Layers} layers of width {vector.Width}; this model needs {Model.LayerCount - 1} of {Model.EmbeddingSize}.", nameof(vector));
        using Operation operation = Begin();
        ReadOnlySpan<float> values = vector.Values;
        fixed (float* data = values)
            Check(NativeGuard.SetControlVector(operation.Context, data, values.Length, vector.Width, firstLayer, lastLayer), "control vector");
        XxHash128 hash = new();
        hash.Append(MemoryMarshal.AsBytes(values));
        Append(hash, firstLayer);
        Append(hash, lastLayer);
        _steering = hash.GetCurrentHashAsUInt128();
    }

    /// <summary>Stops steering.</summary>
    public void ClearControlVector()
    {
        using Operation operation = Begin();
        Check(NativeGuard.SetControlVector(operation.Context, null, 0, 0, 0, 0), "control vector");
        _steering = 0;
    }

    private static void Check(bool done, string what)
    {
        if (!done)
            throw new ContextException($"The {what} could not be set: {NativeGuard.LastError()}");
    }
}
