namespace LlamaSpan;

/// <summary>
/// Philox4x32-10, a counter-based random generator: the same key and counter always give the same bits, so a draw needs no state that
/// batching or a rollback could disturb (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011).
/// </summary>
internal static class Philox
{
    private const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57, Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;

    /// <summary>128 random bits of one key and counter.</summary>
    public static (ulong First, ulong Second) Bits(ulong key, ulong counterLow, ulong counterHigh)
    {
        (uint k0, uint k1) = ((uint)key, (uint)(key >> 32));
        (uint c0, uint c1, uint c2, uint c3) = ((uint)counterLow, (uint)(counterLow >> 32), (uint)counterHigh, (uint)(counterHigh >> 32));
        for (int round = 0; round < 10; round++)
        {
            ulong product0 = (ulong)Multiplier0 * c0;
            ulong product1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(product1 >> 32) ^ c1 ^ k0, (uint)product1, (uint)(product0 >> 32) ^ c3 ^ k1, (uint)product0);
            (k0, k1) = (k0 + Weyl0, k1 + Weyl1);
        }
        return (c0 | (ulong)c1 << 32, c2 | (ulong)c3 << 32);
    }

    /// <summary>Two independent numbers of [0, 1), each with 53 random bits.</summary>
    public static (double First, double Second) Uniforms(ulong key, ulong counterLow, ulong counterHigh)
    {
        (ulong first, ulong second) = Bits(key, counterLow, counterHigh);
        return ((first >> 11) * (1.0 / (1UL << 53)), (second >> 11) * (1.0 / (1UL << 53)));
    }
}
