using System.Runtime.InteropServices;
using LlamaSpan.Native;

namespace LlamaSpan;

/// <summary>
/// llama.cpp's entries that can throw C++ exceptions, called through the shim, which turns those into a status. A refusal of llama.cpp
/// itself comes back as its own value.
/// </summary>
internal static unsafe class NativeGuard
{
    /// <summary>A status that llama.cpp never gives: the shim refused the call, or it threw; <see cref="LastError"/> says why.</summary>
    internal const int Threw = int.MinValue;

    /// <summary>Decodes or encodes a batch; llama.cpp's status, or <see cref="Threw"/>.</summary>
    internal static int Compute(llama_context* context, llama_batch batch, bool encode)
    {
        int result = 0;
        llamaspan_status status = encode
            ? NativeMethods.llamaspan_encode(context, batch, &result)
            : NativeMethods.llamaspan_decode(context, batch, &result);
        return IsOk(status) ? result : Threw;
    }

    internal static llama_context* CreateContext(llama_model* model, llama_context_params parameters)
    {
        llama_context* context = null;
        return IsOk(NativeMethods.llamaspan_context_init(model, &parameters, &context)) ? context : null;
    }

    /// <summary>Has a context use exactly these adapters; false on failure.</summary>
    internal static bool SetAdapters(llama_context* context, llama_adapter_lora** adapters, float* scales, int count) =>
        IsOk(NativeMethods.llamaspan_set_adapters_lora(context, adapters, (nuint)count, scales));

    /// <summary>Has a context add a control vector to some layers, none where <paramref name="data"/> is null; false on failure.</summary>
    internal static bool SetControlVector(llama_context* context, float* data, int count, int width, int firstLayer, int lastLayer) =>
        IsOk(NativeMethods.llamaspan_set_adapter_cvec(context, data, (nuint)count, width, firstLayer, lastLayer));

    /// <summary>Empties the cache of all sequences; false on failure.</summary>
    internal static bool Clear(llama_context* context) => IsOk(NativeMethods.llamaspan_memory_clear(context, data: false));

    /// <summary>Removes positions of a sequence, -1 for the first and the last; false if llama.cpp cannot, or on failure.</summary>
    internal static bool Remove(llama_context* context, int sequence, int start, int end)
    {
        bool removed = false;
        return IsOk(NativeMethods.llamaspan_memory_seq_rm(context, sequence, start, end, &removed)) && removed;
    }

    /// <summary>Copies positions of a sequence to another, -1 for the first and the last; false on failure.</summary>
    internal static bool Copy(llama_context* context, int source, int destination, int start, int end) =>
        IsOk(NativeMethods.llamaspan_memory_seq_cp(context, source, destination, start, end));

    /// <summary>Removes all sequences but one; false on failure.</summary>
    internal static bool Keep(llama_context* context, int sequence) => IsOk(NativeMethods.llamaspan_memory_seq_keep(context, sequence));

    /// <summary>Moves positions of a sequence; false on failure.</summary>
    internal static bool Shift(llama_context* context, int sequence, int start, int end, int offset) =>
        IsOk(NativeMethods.llamaspan_memory_seq_add(context, sequence, start, end, offset));

    /// <summary>Bytes that the state of a sequence (-1: of all) takes now; 0 on failure.</summary>
    internal static nuint StateSize(llama_context* context, int sequence)
    {
        nuint size = 0;
        return IsOk(NativeMethods.llamaspan_state_get_size(context, sequence, 0, &size)) ? size : 0;
    }

    /// <summary>Copies the state of a sequence (-1: of all); 0 on failure.</summary>
    internal static nuint GetState(llama_context* context, byte* destination, nuint length, int sequence)
    {
        nuint written = 0;
        return IsOk(NativeMethods.llamaspan_state_get_data(context, sequence, 0, destination, length, &written)) ? written : 0;
    }

    /// <summary>Restores the state of a sequence (-1: of all); 0 on failure.</summary>
    internal static nuint SetState(llama_context* context, byte* source, nuint length, int sequence)
    {
        nuint read = 0;
        return IsOk(NativeMethods.llamaspan_state_set_data(context, sequence, 0, source, length, &read)) ? read : 0;
    }

    private static bool IsOk(llamaspan_status status) => status == llamaspan_status.LLAMASPAN_STATUS_OK;

    /// <summary>The message of this thread's last failure in the shim.</summary>
    internal static string LastError() => Marshal.PtrToStringUTF8((nint)NativeMethods.llamaspan_last_error()) ?? "";
}
