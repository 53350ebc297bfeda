using Xunit;

namespace LlamaSpan.IntegrationTests.Inference;

public sealed class MemoryBreakdownTests
{
    [Fact]
    public void Weights_cache_and_computing_are_told_apart()
    {
        using LlamaContext small = Pocket.Context(), large = Pocket.Context(Pocket.Options with { ContextSize = 1024 });
        IReadOnlyList<MemoryUsage> usages = small.MemoryBreakdown();
        Assert.All(usages, usage => Assert.NotEmpty(usage.Device));
        Assert.InRange(usages.Sum(usage => usage.Model), Pocket.Model.SizeInBytes, Pocket.Model.SizeInBytes * 2);
        Assert.True(usages.Sum(usage => usage.Compute) > 0);
        Assert.Equal(2 * usages.Sum(usage => usage.Context), large.MemoryBreakdown().Sum(usage => usage.Context));
    }
}
