using System.Runtime.CompilerServices;

namespace LlamaSpan;

/// <summary>
/// A token and its logit in one number that sorts by falling logit, then by rising token: one comparison orders candidates, and ties are
/// decided as llama.cpp's greedy sampler does, for the first.
/// </summary>
internal static class CandidateKey
{
    private const uint Sign = 0x80000000;

    /// <summary>The key of a token; the logit is not NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ulong Of(float logit, int token)
    {
        uint bits = BitConverter.SingleToUInt32Bits(logit + 0f);     // + 0 turns -0 into 0, which it equals
        uint falling = (bits & Sign) != 0 ? bits : ~(bits | Sign);
        return (ulong)falling << 32 | (uint)token;
    }

    /// <summary>The logit in a key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Logit(ulong key)
    {
        uint falling = (uint)(key >> 32);
        return BitConverter.UInt32BitsToSingle((falling & Sign) != 0 ? falling : ~falling & ~Sign);
    }

    /// <summary>The token in a key.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Token(ulong key) => (int)(uint)key;

    /// <summary>Moves the <paramref name="count"/> smallest keys to the front, in no particular order (Hoare's quickselect).</summary>
    public static void SelectSmallest(Span<ulong> keys, int count)
    {
        int low = 0, high = keys.Length - 1;
        while (count > low && count <= high)
        {
            ulong pivot = MedianOfThree(keys[low], keys[low + (high - low) / 2], keys[high]);
            int i = low, j = high;
            while (i <= j)
            {
                while (keys[i] < pivot)
                    i++;
                while (keys[j] > pivot)
                    j--;
                if (i > j)
                    break;
                (keys[i], keys[j]) = (keys[j], keys[i]);
                i++;
                j--;
            }
            if (count - 1 <= j)
                high = j;
            else if (count - 1 >= i)
                low = i;
            else
                return;
        }
    }

    private static ulong MedianOfThree(ulong a, ulong b, ulong c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
}
