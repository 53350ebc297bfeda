using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Xunit;

namespace LlamaSpan.IntegrationTests.Engine;

[Collection(nameof(AllocationTests))]      // listens to the whole process, so nothing else may run
public sealed class TelemetryTests : IDisposable
{
    private static readonly LlamaToken[] s_prompt = Pocket.Prompt("Where is Velmora Optics based?");

    private readonly ConcurrentDictionary<string, double> _sums = new();
    private readonly ConcurrentDictionary<string, int> _outcomes = new();
    private readonly ConcurrentQueue<Activity> _activities = [];
    private readonly MeterListener _meters;
    private readonly ActivityListener _listener;

    public TelemetryTests()
    {
        _meters = new() { InstrumentPublished = (instrument, listener) => { if (instrument.Meter.Name == "LlamaSpan") listener.EnableMeasurementEvents(instrument); } };
        _meters.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            Add(instrument, value);
            foreach (KeyValuePair<string, object?> tag in tags)
                _outcomes.AddOrUpdate((string)tag.Value!, 1, (_, count) => count + 1);
        });
        _meters.SetMeasurementEventCallback<double>((instrument, value, _, _) => Add(instrument, value));
        _meters.Start();
        _listener = new()
        {
            ShouldListenTo = source => source.Name == "LlamaSpan",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
            ActivityStopped = _activities.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public void Dispose()
    {
        _meters.Dispose();
        _listener.Dispose();
    }

    [Fact]
    public async Task Meter_and_activities_tell_what_the_usage_tells()
    {
        List<RequestUsage> usages = [];
        EngineOptions options = new() { Context = Pocket.Options with { ContextSize = 256, FlashAttention = FlashAttention.Off }, ReservedTokens = 4, HostMemoryBytes = 0 };
        await using (LlamaEngine engine = LlamaEngine.Start(Pocket.Model, options))
        {
            engine.Loop.Scheduler.Speculation.Forced = most => Math.Min(most, 3);
            RequestOptions request = new() { MaxTokens = 100, IgnoreEndOfGeneration = true, PromptLookup = 3, Sampling = SamplingOptions.Greedy };
            Task<Completion>[] tasks = [.. Enumerable.Range(0, 3).Select(i => engine.CompleteAsync([.. s_prompt.AsSpan(0, 60), new(300 + i)], request))];      // three do not fit to their ends
            usages.AddRange((await Task.WhenAll(tasks)).Select(answer => answer.Usage));
            usages.Add((await engine.CompleteAsync(s_prompt.AsSpan(0, 60), request)).Usage);
        }
        Assert.Equal((4, 4), (_sums["llamaspan.requests"], _outcomes["completed"]));
        Assert.Equal(0, _sums["llamaspan.requests.running"]);
        Assert.Equal(4, _activities.Count);
        Same("llamaspan.prompt_tokens.cached", usage => usage.CachedTokens);
        Same("llamaspan.prompt_tokens.computed", usage => usage.ComputedTokens);
        Same("llamaspan.tokens.recomputed", usage => usage.RecomputedTokens);
        Same("llamaspan.generated_tokens", usage => usage.GeneratedTokens);
        Same("llamaspan.speculated_tokens", usage => usage.SpeculatedTokens);
        Same("llamaspan.accepted_tokens", usage => usage.AcceptedTokens);
        Same("llamaspan.preemptions", usage => usage.Preemptions);
        Same("llamaspan.prefill_time", usage => usage.PrefillTime.TotalSeconds);
        Same("llamaspan.decode_time", usage => usage.DecodeTime.TotalSeconds);
        Assert.Equal(usages.Sum(usage => usage.QueueTime.TotalSeconds), _activities.Sum(activity => (double)activity.GetTagItem("llamaspan.queue_time")!), 1e-9);
        Assert.InRange(_sums["llamaspan.queue_time"], 1e-9, usages.Sum(usage => usage.QueueTime.TotalSeconds));      // looked at a moment before
        Assert.Equal(usages.Sum(usage => usage.TimeToFirstToken.TotalSeconds), _sums["llamaspan.time_to_first_token"], 1e-9);
        Assert.True(_sums["llamaspan.step_time"] > 0);

        void Same(string name, Func<RequestUsage, double> ofUsage)
        {
            double expected = usages.Sum(ofUsage);
            Assert.True(expected > 0, name);
            Assert.Equal(expected, _sums[name], 1e-9);
            Assert.Equal(expected, _activities.Sum(activity => Convert.ToDouble(activity.GetTagItem(name))), 1e-9);
        }
    }

    [Fact]
    public async Task Activities_are_children_of_the_callers_whose_own_stays_the_current_one()
    {
        using ActivitySource source = new("LlamaSpan");      // listened to already
        await using LlamaEngine engine = LlamaEngine.Start(Pocket.Model, new EngineOptions { Context = Pocket.Options with { ContextSize = 2048 }, MaxSequences = 1, MaxWaiting = 2 });
        RequestOptions options = new() { MaxTokens = 3, IgnoreEndOfGeneration = true };
        using Activity caller = source.StartActivity("caller")!;
        Task<Completion> completion = engine.CompleteAsync(s_prompt, options);
        Assert.Same(caller, Activity.Current);
        await completion;
        await engine.SampleAsync(s_prompt, 2, options);
        await engine.ScoreAsync(s_prompt, [s_prompt.AsMemory(0, 3)]);
        await engine.WarmAsync(s_prompt);
        await Assert.ThrowsAsync<RequestException>(() => engine.SampleAsync(s_prompt, 3, options));
        await using (TokenStream stream = engine.StreamAsync(s_prompt, options with { MaxTokens = 1000 }))
            Assert.True(await stream.GetAsyncEnumerator().MoveNextAsync());
        await engine.CompleteAsync(s_prompt, options);      // when the one before has made room
        Assert.Same(caller, Activity.Current);
        Assert.Equal(
            ["generate", "generate", "generate", "score", "warm", "generate", "generate", "generate", "generate", "generate"],
            _activities.Select(activity => activity.OperationName["llamaspan.".Length..]));
        Assert.All(_activities, activity => Assert.Equal(caller.SpanId, activity.ParentSpanId));
        Assert.Equal(4, _activities.Count(activity => activity.Status == ActivityStatusCode.Error));      // three refused, one given up
        Assert.Equal((6, 3, 1), (_outcomes["completed"], _outcomes["refused"], _outcomes["cancelled"]));
        Assert.Equal((10, 0), (_sums["llamaspan.requests"], _sums["llamaspan.requests.running"]));
    }

    [Fact]
    public async Task Texts_that_are_embedded_are_told_too()
    {
        await using LlamaEngine engine = LlamaEngine.Start(Pocket.Model, new EngineOptions { Context = Pocket.Options });
        RequestUsage usage = (await engine.EmbedAsync([s_prompt.AsMemory(0, 10), s_prompt.AsMemory(0, 20)])).Usage;
        engine.Embedding().Context.Interposer = _ => -3;
        await Assert.ThrowsAsync<DecodeException>(() => engine.EmbedAsync([s_prompt.AsMemory(0, 10)]));
        Assert.Null(Activity.Current);
        Assert.Equal((2, 1, 1), (_sums["llamaspan.requests"], _outcomes["completed"], _outcomes["failed"]));
        Assert.Equal(30, _sums["llamaspan.text_tokens"]);
        Assert.Equal([("llamaspan.embed", 2, 30L, ActivityStatusCode.Unset), ("llamaspan.embed", 1, 0L, ActivityStatusCode.Error)], _activities.Select(activity =>
            (activity.OperationName, (int)activity.GetTagItem("llamaspan.texts")!, Convert.ToInt64(activity.GetTagItem("llamaspan.text_tokens")), activity.Status)));
        foreach ((string name, TimeSpan time) in new[] { ("llamaspan.queue_time", usage.QueueTime), ("llamaspan.prefill_time", usage.PrefillTime) })
            Assert.Equal(time.TotalSeconds, (double)_activities.First().GetTagItem(name)!);
    }

    [Fact]
    public async Task Listeners_that_throw_end_no_request()
    {
        int thrown = 0;
        Exception Thrown() => new InvalidOperationException($"listener {Interlocked.Increment(ref thrown)}");
        using MeterListener meters = new() { InstrumentPublished = (instrument, listener) => { if (instrument.Meter.Name == "LlamaSpan") listener.EnableMeasurementEvents(instrument); } };
        meters.SetMeasurementEventCallback<long>((_, _, _, _) => throw Thrown());
        meters.SetMeasurementEventCallback<double>((_, _, _, _) => throw Thrown());
        meters.Start();
        foreach (string place in new[] { "sample", "start", "stop" })
        {
            using ActivityListener listener = new()
            {
                ShouldListenTo = source => source.Name == "LlamaSpan",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => place == "sample" ? throw Thrown() : ActivitySamplingResult.AllData,
                ActivityStarted = _ => ThrowAt("start"),
                ActivityStopped = _ => ThrowAt("stop"),
            };
            ActivitySource.AddActivityListener(listener);
            EngineOptions options = new() { Context = Pocket.Options with { ContextSize = 256, FlashAttention = FlashAttention.Off }, ReservedTokens = 4, HostMemoryBytes = 0, MaxWaiting = 8 };
            await using LlamaEngine engine = LlamaEngine.Start(Pocket.Model, options);
            int before = thrown;
            RequestOptions request = new() { MaxTokens = 100, IgnoreEndOfGeneration = true };
            Completion[] answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => engine.CompleteAsync([.. s_prompt.AsSpan(0, 60), new(300 + i)], request)));      // three do not fit to their ends
            Assert.All(answers, answer => Assert.Equal(100, answer.Usage.GeneratedTokens));
            Assert.Equal(RequestFailure.QueueFull, (await Assert.ThrowsAsync<RequestException>(() => engine.SampleAsync(s_prompt, 9, request))).Reason);
            Assert.Equal(2, (await engine.EmbedAsync([s_prompt.AsMemory(0, 10), s_prompt.AsMemory(0, 20)])).Count);
            Assert.Null(Activity.Current);
            EngineStatistics after = await engine.GetStatisticsAsync();
            Assert.Equal((0, 0), (after.Running, after.Waiting));
            Assert.True(thrown > before + 100);

            void ThrowAt(string where)
            {
                if (where == place)
                    throw Thrown();
            }
        }
    }

    private void Add(Instrument instrument, double value) => _sums.AddOrUpdate(instrument.Name, value, (_, sum) => sum + value);
}
