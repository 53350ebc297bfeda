using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace LlamaSpan;

/// <summary>Compares logits with a limit, 64 at a time, one bit a logit.</summary>
internal static class LogitScan
{
    /// <summary>Logits to a word of bits.</summary>
    public const int Width = 64;

    /// <summary>
    /// Bits of the up to 64 logits from <paramref name="start"/> that are above the limit or NaN; bits past the last logit are 0.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Above(ReadOnlySpan<float> logits, int start, float limit)
    {
        ref float first = ref Unsafe.Add(ref MemoryMarshal.GetReference(logits), start);
        if (start + Width > logits.Length)
            return AboveTail(logits[start..], limit);
        if (Vector512.IsHardwareAccelerated)
            return ~NotAbove512(ref first, Vector512.Create(limit));
        if (Vector256.IsHardwareAccelerated)
            return ~NotAbove256(ref first, Vector256.Create(limit));
        return ~NotAbove128(ref first, Vector128.Create(limit));
    }

    private static ulong AboveTail(ReadOnlySpan<float> logits, float limit)
    {
        ulong bits = 0;
        for (int i = 0; i < logits.Length; i++)
            if (!(logits[i] <= limit))
                bits |= 1UL << i;
        return bits;
    }

    // "less than or equal" is false for NaN, so its complement finds those too, at no cost

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong NotAbove512(ref float first, Vector512<float> limit)
    {
        ulong bits = 0;
        for (int i = 0; i < Width; i += 16)
            bits |= Vector512.LessThanOrEqual(Vector512.LoadUnsafe(ref first, (nuint)i), limit).ExtractMostSignificantBits() << i;
        return bits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong NotAbove256(ref float first, Vector256<float> limit)
    {
        ulong bits = 0;
        for (int i = 0; i < Width; i += 8)
            bits |= (ulong)Vector256.LessThanOrEqual(Vector256.LoadUnsafe(ref first, (nuint)i), limit).ExtractMostSignificantBits() << i;
        return bits;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong NotAbove128(ref float first, Vector128<float> limit)
    {
        ulong bits = 0;
        for (int i = 0; i < Width; i += 4)
            bits |= (ulong)Vector128.LessThanOrEqual(Vector128.LoadUnsafe(ref first, (nuint)i), limit).ExtractMostSignificantBits() << i;
        return bits;
    }
}
