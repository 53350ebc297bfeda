using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

[Collection(nameof(AllocationTests))]      // listens to the whole process, so nothing else may run
public sealed class TelemetryTests
{
    [Fact]
    public async Task Meter_and_activities_tell_what_the_usage_tells()
    {
        ConcurrentDictionary<string, double> sums = new();
        ConcurrentBag<Activity> activities = [];
        using MeterListener meters = new() { InstrumentPublished = (instrument, listener) => { if (instrument.Meter.Name == "LlamaSpan") listener.EnableMeasurementEvents(instrument); } };
        meters.SetMeasurementEventCallback<long>((instrument, value, _, _) => sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
        meters.SetMeasurementEventCallback<double>((instrument, value, _, _) => sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value));
        meters.Start();
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == "LlamaSpan",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = activities.Add,
        };
        ActivitySource.AddActivityListener(listener);
        LlamaToken[] prompt = Pocket.Prompt("Where is Velmora Optics based?");
        List<RequestUsage> usages = [];
        await using (LlamaEngine engine = LlamaEngine.Start(Pocket.Model, new EngineOptions { Context = Pocket.Options with { ContextSize = 1024 } }))
            for (int i = 0; i < 3; i++)
                usages.Add((await engine.CompleteAsync(prompt, new RequestOptions { MaxTokens = 5, IgnoreEndOfGeneration = true })).Usage);
        Assert.Equal(3, sums["llamaspan.requests"]);
        Assert.Equal(0, sums["llamaspan.requests.running"]);
        Assert.Equal(usages.Sum(usage => usage.CachedTokens), sums["llamaspan.prompt_tokens.cached"]);
        Assert.Equal(usages.Sum(usage => usage.ComputedTokens), sums["llamaspan.prompt_tokens.computed"]);
        Assert.Equal(15, sums["llamaspan.generated_tokens"]);
        Assert.True(sums["llamaspan.time_to_first_token"] > 0);
        Assert.Equal(3, activities.Count);
        Assert.Equal(usages.Sum(usage => usage.CachedTokens), activities.Sum(activity => (int)activity.GetTagItem("llamaspan.prompt_tokens.cached")!));
    }
}
