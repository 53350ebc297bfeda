using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LlamaSpan;

/// <summary>
/// What an engine tells OpenTelemetry and its like: the meter and the activity source <c>LlamaSpan</c>. A request is an activity from its
/// submission to its end, with its usage as tags.
/// </summary>
internal sealed class EngineMetrics
{
    internal const string Name = "LlamaSpan";

    private static readonly Meter s_meter = new(Name);
    private static readonly ActivitySource s_activities = new(Name);
    private static readonly Counter<long> s_requests = s_meter.CreateCounter<long>("llamaspan.requests", "{request}", "Requests that ended, by outcome.");
    private static readonly Counter<long> s_cached = s_meter.CreateCounter<long>("llamaspan.prompt_tokens.cached", "{token}", "Prompt tokens taken from the cache.");
    private static readonly Counter<long> s_computed = s_meter.CreateCounter<long>("llamaspan.prompt_tokens.computed", "{token}", "Prompt tokens computed.");
    private static readonly Counter<long> s_generated = s_meter.CreateCounter<long>("llamaspan.generated_tokens", "{token}", "Tokens generated.");
    private static readonly Counter<long> s_speculated = s_meter.CreateCounter<long>("llamaspan.speculated_tokens", "{token}", "Tokens computed on a guess.");
    private static readonly Counter<long> s_accepted = s_meter.CreateCounter<long>("llamaspan.accepted_tokens", "{token}", "Guessed tokens that came true.");
    private static readonly Counter<long> s_preemptions = s_meter.CreateCounter<long>("llamaspan.preemptions", "{preemption}", "Times that a request gave up its cells.");
    private static readonly UpDownCounter<long> s_running = s_meter.CreateUpDownCounter<long>("llamaspan.requests.running", "{request}", "Requests that run.");
    private static readonly Histogram<double> s_queue = s_meter.CreateHistogram<double>("llamaspan.queue_time", "s", "From submission to admission.");
    private static readonly Histogram<double> s_first = s_meter.CreateHistogram<double>("llamaspan.time_to_first_token", "s", "From submission until the prompt was computed.");
    private static readonly Histogram<double> s_step = s_meter.CreateHistogram<double>("llamaspan.step_time", "s", "Time of one step of the engine.");

    internal static Activity? Begin(string name) => s_activities.StartActivity(name, ActivityKind.Internal);

    internal void Admitted(EngineRequest request)
    {
        s_running.Add(1);
        if (request.AdmittedAt == 0)
            s_queue.Record(Stopwatch.GetElapsedTime(request.SubmittedAt).TotalSeconds);
    }

    internal void Preempted(EngineRequest request)
    {
        s_running.Add(-1);
        s_preemptions.Add(1);
    }

    internal void Step(long startedAt) => s_step.Record(Stopwatch.GetElapsedTime(startedAt).TotalSeconds);

    internal void Ended(EngineRequest request, Exception? error)
    {
        if (request.Sequence is not null)
            s_running.Add(-1);
        RequestUsage usage = request.Usage;
        s_requests.Add(1, new KeyValuePair<string, object?>("outcome", Outcome(error)));
        s_cached.Add(usage.CachedTokens);
        s_computed.Add(usage.ComputedTokens);
        s_generated.Add(usage.GeneratedTokens);
        s_speculated.Add(usage.SpeculatedTokens);
        s_accepted.Add(usage.AcceptedTokens);
        if (request.PrefilledAt != 0)
            s_first.Record(usage.TimeToFirstToken.TotalSeconds);
        if (request.Activity is { } activity)
            Describe(activity, usage, error);
    }

    private static string Outcome(Exception? error) => error switch
    {
        null => "completed",
        OperationCanceledException => "cancelled",
        RequestException { Reason: RequestFailure.TimedOut } => "timed_out",
        _ => "failed",
    };

    private static void Describe(Activity activity, RequestUsage usage, Exception? error)
    {
        activity.SetTag("llamaspan.prompt_tokens.cached", usage.CachedTokens);
        activity.SetTag("llamaspan.prompt_tokens.computed", usage.ComputedTokens);
        activity.SetTag("llamaspan.prompt_tokens.recomputed", usage.RecomputedTokens);
        activity.SetTag("llamaspan.generated_tokens", usage.GeneratedTokens);
        activity.SetTag("llamaspan.speculated_tokens", usage.SpeculatedTokens);
        activity.SetTag("llamaspan.accepted_tokens", usage.AcceptedTokens);
        activity.SetTag("llamaspan.queue_time", usage.QueueTime.TotalSeconds);
        activity.SetTag("llamaspan.prefill_time", usage.PrefillTime.TotalSeconds);
        activity.SetTag("llamaspan.decode_time", usage.DecodeTime.TotalSeconds);
        if (error is not null)
            activity.SetStatus(ActivityStatusCode.Error, error.Message);
        activity.Dispose();
    }
}
