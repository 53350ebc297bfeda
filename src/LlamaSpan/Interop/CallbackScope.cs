using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;

namespace LlamaSpan;

/// <summary>
/// Carries a progress report and a cancellation token through a native callback. An exception in the report stops the operation and comes
/// out of the call that led to it.
/// </summary>
internal sealed unsafe class CallbackScope : IDisposable
{
    private readonly IProgress<float>? _progress;
    private readonly CancellationToken _cancellation;
    private GCHandle _self;
    private ExceptionDispatchInfo? _fault;

    internal CallbackScope(IProgress<float>? progress, CancellationToken cancellation)
    {
        (_progress, _cancellation) = (progress, cancellation);
        _self = GCHandle.Alloc(this);
    }

    internal void* UserData => (void*)GCHandle.ToIntPtr(_self);

    /// <summary>llama.cpp's progress callback: true goes on.</summary>
    internal static delegate* unmanaged[Cdecl]<float, void*, bool> Progress => &OnProgress;

    public void Dispose() => _self.Free();

    /// <summary>Throws what happened inside the callback, if anything.</summary>
    internal void ThrowIfStopped()
    {
        _fault?.Throw();
        _cancellation.ThrowIfCancellationRequested();
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static bool OnProgress(float progress, void* user)
    {
        CallbackScope scope = (CallbackScope)GCHandle.FromIntPtr((nint)user).Target!;
        try
        {
            scope._progress?.Report(progress);
            return !scope._cancellation.IsCancellationRequested;
        }
        catch (Exception fault)
        {
            scope._fault = ExceptionDispatchInfo.Capture(fault);
            return false;
        }
    }
}
