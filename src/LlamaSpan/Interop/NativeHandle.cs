using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LlamaSpan;

/// <summary>
/// Owner of one native object. A child (a context of a model) holds a reference on its parent's handle, so the parent is freed after it,
/// whatever the order of disposal.
/// </summary>
internal abstract unsafe class NativeHandle : SafeHandle
{
    private NativeHandle? _parent;

    protected NativeHandle(void* pointer, NativeHandle? parent = null)
        : base(0, ownsHandle: true)
    {
        if (parent is not null)
        {
            bool added = false;
            parent.DangerousAddRef(ref added);
            _parent = parent;
        }
        SetHandle((nint)pointer);
    }

    public sealed override bool IsInvalid => handle == 0;

    protected abstract void Free(nint pointer);

    protected sealed override bool ReleaseHandle()
    {
        Free(handle);
        _parent?.DangerousRelease();
        _parent = null;
        return true;
    }

    /// <summary>True once it was disposed, though references may still keep the native object alive.</summary>
    internal bool IsDisposed { get; private set; }

    /// <summary>Keeps the native object alive until the lease is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The object was closed; the message names <paramref name="owner"/>.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal Lease Use(object owner)
    {
        ObjectDisposedException.ThrowIf(IsDisposed, owner);      // SafeHandle itself asks only whether the last reference is gone
        bool added = false;
        try
        {
            DangerousAddRef(ref added);
        }
        catch (ObjectDisposedException)
        {
            throw new ObjectDisposedException(owner.GetType().FullName);
        }
        return new Lease(this);
    }

    protected override void Dispose(bool disposing)
    {
        IsDisposed = true;
        base.Dispose(disposing);
    }

    /// <summary>A reference on a handle for the length of one operation.</summary>
    internal readonly ref struct Lease(NativeHandle handle)
    {
        internal void* Pointer => (void*)handle.DangerousGetHandle();

        public void Dispose() => handle.DangerousRelease();
    }
}
