using System.Numerics.Tensors;

namespace LlamaSpan;

/// <summary>What moving documents changes, token by token of a given answer.</summary>
/// <param name="Divergence">Mean Kullback-Leibler divergence of the approximate distribution from the exact one, in nats.</param>
/// <param name="Agreement">Share of tokens at which both find the same token most probable.</param>
/// <param name="Tokens">Tokens compared.</param>
/// <param name="MovedTokens">Tokens of the prompt whose cells were moved; 0 where nothing was, so that there is no loss.</param>
public sealed record ChunkLoss(double Divergence, double Agreement, int Tokens, int MovedTokens)
{
    internal static ChunkLoss Between(IReadOnlyList<float[]> exact, IReadOnlyList<float[]> approximate, int movedTokens)
    {
        double divergence = 0;
        int agreed = 0;
        for (int i = 0; i < exact.Count; i++)
        {
            divergence += DivergenceOf(exact[i], approximate[i]);
            agreed += TensorPrimitives.IndexOfMax(exact[i]) == TensorPrimitives.IndexOfMax(approximate[i]) ? 1 : 0;
        }
        return new ChunkLoss(divergence / exact.Count, (double)agreed / exact.Count, exact.Count, movedTokens);
    }

    private static double DivergenceOf(ReadOnlySpan<float> exact, ReadOnlySpan<float> approximate)
    {
        double normExact = LogitStatistics.LogSumExp(exact), normApproximate = LogitStatistics.LogSumExp(approximate), sum = 0;
        for (int i = 0; i < exact.Length; i++)
        {
            double logProbability = exact[i] - normExact;
            if (!double.IsNegativeInfinity(logProbability))
                sum += Math.Exp(logProbability) * (logProbability - (approximate[i] - normApproximate));
        }
        return Math.Max(0, sum);
    }
}
