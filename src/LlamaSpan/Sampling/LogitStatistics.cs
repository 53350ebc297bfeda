using System.Numerics.Tensors;

namespace LlamaSpan;

/// <summary>Sums over all logits: chunks that stay in the first-level cache, single precision within, double between them.</summary>
internal static class LogitStatistics
{
    /// <summary>Logits to a chunk.</summary>
    public const int Chunk = 1024;

    /// <summary>The highest logit; minus infinity if all are.</summary>
    /// <exception cref="SamplingException">A logit is NaN or plus infinity.</exception>
    public static float Max(ReadOnlySpan<float> logits)
    {
        float max = TensorPrimitives.Max(logits);
        if (max < float.PositiveInfinity)
            return max;
        for (int i = 0; ; i++)
            if (!(logits[i] < float.PositiveInfinity))
                throw SamplingException.BadLogit(logits[i], i);
    }

    /// <summary>Standard deviation of the logits that are not minus infinity.</summary>
    public static double Deviation(ReadOnlySpan<float> logits, float max)
    {
        (long count, double sum, _) = Moments(logits, max);
        float mean = (float)(max + sum / count);
        (_, sum, double squares) = Moments(logits, mean);
        return Math.Sqrt(Math.Max(0, squares / count - sum / count * (sum / count)));
    }

    /// <summary>
    /// Sum of exp((logit - max) * scale) over all logits; <paramref name="chunks"/>, if given, gets the running sum after each chunk.
    /// </summary>
    public static double ExpSum(ReadOnlySpan<float> logits, float max, float scale, Span<double> chunks = default)
    {
        double sum = 0;
        Span<float> weights = stackalloc float[Chunk];
        for (int start = 0; start < logits.Length; start += Chunk)
        {
            ReadOnlySpan<float> chunk = logits.Slice(start, Math.Min(Chunk, logits.Length - start));
            sum += ChunkWeights(chunk, max, scale, weights);
            if (!chunks.IsEmpty)
                chunks[start / Chunk] = sum;
        }
        return sum;
    }

    /// <summary>Logarithm of the sum of exp(logit), in double precision: what is subtracted from a logit to get a log-probability.</summary>
    public static double LogSumExp(ReadOnlySpan<float> logits)
    {
        float max = TensorPrimitives.Max(logits);
        double sum = 0;
        foreach (float logit in logits)
            sum += Math.Exp(logit - max);
        return max + Math.Log(sum);
    }

    /// <summary>Entropy of softmax(logits) in nats.</summary>
    public static double Entropy(ReadOnlySpan<float> logits, float max)
    {
        // H = log Z - sum(w * d) / Z with d = logit - max, w = exp(d), Z = sum(w); a d of minus infinity has w = 0 and adds nothing
        double sum = 0, weighted = 0;
        Span<float> weights = stackalloc float[Chunk];
        Span<float> distances = stackalloc float[Chunk];
        for (int start = 0; start < logits.Length; start += Chunk)
        {
            ReadOnlySpan<float> chunk = logits.Slice(start, Math.Min(Chunk, logits.Length - start));
            sum += ChunkWeights(chunk, max, 1, weights);
            Span<float> part = distances[..chunk.Length];
            TensorPrimitives.Subtract(chunk, max, part);
            TensorPrimitives.Max(part, -200f, part);
            weighted += TensorPrimitives.Dot<float>(part, weights[..part.Length]);
        }
        return Math.Log(sum) - weighted / sum;
    }

    /// <summary>exp((logit - max) * scale) of up to <see cref="Chunk"/> logits; returns their sum.</summary>
    public static float ChunkWeights(ReadOnlySpan<float> logits, float max, float scale, Span<float> weights)
    {
        weights = weights[..logits.Length];
        TensorPrimitives.Subtract(logits, max, weights);
        TensorPrimitives.Multiply(weights, scale, weights);
        TensorPrimitives.Exp<float>(weights, weights);
        return TensorPrimitives.Sum<float>(weights);
    }

    /// <summary>Number, sum and sum of squares of logit - center over the logits that are not minus infinity.</summary>
    private static (long Count, double Sum, double Squares) Moments(ReadOnlySpan<float> logits, float center)
    {
        (long count, double sum, double squares) = (0, 0, 0);
        Span<float> distances = stackalloc float[Chunk];
        for (int start = 0; start < logits.Length; start += Chunk)
        {
            ReadOnlySpan<float> chunk = logits.Slice(start, Math.Min(Chunk, logits.Length - start));
            Span<float> part = distances[..chunk.Length];
            TensorPrimitives.Subtract(chunk, center, part);
            if (float.IsNegativeInfinity(TensorPrimitives.Min<float>(part)))
                part = part[..DropInfinities(part)];
            count += part.Length;
            sum += TensorPrimitives.Sum<float>(part);
            squares += TensorPrimitives.SumOfSquares<float>(part);
        }
        return (count, sum, squares);
    }

    private static int DropInfinities(Span<float> values)
    {
        int kept = 0;
        foreach (float value in values)
            if (!float.IsInfinity(value))
                values[kept++] = value;
        return kept;
    }
}
