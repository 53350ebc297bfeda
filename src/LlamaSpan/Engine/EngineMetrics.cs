using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LlamaSpan;

/// <summary>
/// What an engine tells OpenTelemetry and its like: the meter and the activity source <c>LlamaSpan</c>. A request is an activity from its
/// submission to its end, with its usage as tags.
/// </summary>
internal static class EngineMetrics
{
    internal const string Name = "LlamaSpan";

    private static readonly Meter s_meter = new(Name);
    private static readonly ActivitySource s_activities = new(Name);
    private static readonly Counter<long> s_requests = s_meter.CreateCounter<long>("llamaspan.requests", "{request}", "Requests that ended, by outcome.");
    private static readonly Counter<long> s_cached = s_meter.CreateCounter<long>("llamaspan.prompt_tokens.cached", "{token}", "Prompt tokens taken from the cache.");
    private static readonly Counter<long> s_computed = s_meter.CreateCounter<long>("llamaspan.prompt_tokens.computed", "{token}", "Prompt tokens computed.");
    private static readonly Counter<long> s_recomputed = s_meter.CreateCounter<long>("llamaspan.tokens.recomputed", "{token}", "Tokens computed once more for requests that had given up their cells.");
    private static readonly Counter<long> s_generated = s_meter.CreateCounter<long>("llamaspan.generated_tokens", "{token}", "Tokens generated.");
    private static readonly Counter<long> s_texts = s_meter.CreateCounter<long>("llamaspan.text_tokens", "{token}", "Tokens of texts that were embedded or ranked.");
    private static readonly Counter<long> s_speculated = s_meter.CreateCounter<long>("llamaspan.speculated_tokens", "{token}", "Tokens computed on a guess.");
    private static readonly Counter<long> s_accepted = s_meter.CreateCounter<long>("llamaspan.accepted_tokens", "{token}", "Guessed tokens that came true.");
    private static readonly Counter<long> s_preemptions = s_meter.CreateCounter<long>("llamaspan.preemptions", "{preemption}", "Times that a request gave up its cells.");
    private static readonly UpDownCounter<long> s_running = s_meter.CreateUpDownCounter<long>("llamaspan.requests.running", "{request}", "Requests that run.");
    private static readonly Histogram<double> s_queue = s_meter.CreateHistogram<double>("llamaspan.queue_time", "s", "From submission to admission.");
    private static readonly Histogram<double> s_first = s_meter.CreateHistogram<double>("llamaspan.time_to_first_token", "s", "From submission until the prompt was computed.");
    private static readonly Histogram<double> s_prefill = s_meter.CreateHistogram<double>("llamaspan.prefill_time", "s", "From admission until the prompt was computed.");
    private static readonly Histogram<double> s_decode = s_meter.CreateHistogram<double>("llamaspan.decode_time", "s", "From then until the end.");
    private static readonly Histogram<double> s_step = s_meter.CreateHistogram<double>("llamaspan.step_time", "s", "Time of one step of the engine.");

    /// <summary>Begins a request's activity, a child of the caller's; the caller's own stays the current one, since the request ends on another thread.</summary>
    internal static Activity? Begin(string name)
    {
        Activity? caller = Activity.Current;
        Activity? activity = s_activities.StartActivity(name, ActivityKind.Internal);
        Activity.Current = caller;
        return activity;
    }

    /// <summary>Begins the activity of texts that are embedded or ranked; it ends where it began.</summary>
    internal static Activity? BeginTexts(bool ranks, int texts) =>
        s_activities.StartActivity(ranks ? "llamaspan.rank" : "llamaspan.embed", ActivityKind.Internal)?.SetTag("llamaspan.texts", texts);

    /// <summary>Texts were computed, or not.</summary>
    internal static void EndTexts(Activity? activity, RequestUsage usage, Exception? error)
    {
        s_requests.Add(1, new KeyValuePair<string, object?>("outcome", Outcome(error)));
        s_texts.Add(usage.ComputedTokens);
        activity?.SetTag("llamaspan.text_tokens", usage.ComputedTokens);
        activity?.SetTag("llamaspan.queue_time", usage.QueueTime.TotalSeconds);
        activity?.SetTag("llamaspan.prefill_time", usage.PrefillTime.TotalSeconds);
        if (error is not null)
            activity?.SetStatus(ActivityStatusCode.Error, error.Message);
    }

    /// <summary>A request was not taken in.</summary>
    internal static void Refused(EngineRequest request, Exception error)
    {
        s_requests.Add(1, new KeyValuePair<string, object?>("outcome", error is OperationCanceledException ? "cancelled" : "refused"));
        EndActivity(request, error);
    }

    internal static void Admitted(EngineRequest request)
    {
        s_running.Add(1);
        if (request.AdmittedAt == 0)
            s_queue.Record(Stopwatch.GetElapsedTime(request.SubmittedAt).TotalSeconds);
    }

    internal static void Preempted()
    {
        s_running.Add(-1);
        s_preemptions.Add(1);
    }

    internal static void Step(long startedAt) => s_step.Record(Stopwatch.GetElapsedTime(startedAt).TotalSeconds);

    internal static void Ended(EngineRequest request, Exception? error)
    {
        if (request.Sequence is not null)
            s_running.Add(-1);
        RequestUsage usage = request.Usage;
        s_requests.Add(1, new KeyValuePair<string, object?>("outcome", Outcome(error)));
        s_cached.Add(usage.CachedTokens);
        s_computed.Add(usage.ComputedTokens);
        s_recomputed.Add(usage.RecomputedTokens);
        s_generated.Add(usage.GeneratedTokens);
        s_speculated.Add(usage.SpeculatedTokens);
        s_accepted.Add(usage.AcceptedTokens);
        if (request.PrefilledAt != 0 && request is GenerationRequest)
        {
            s_first.Record(usage.TimeToFirstToken.TotalSeconds);
            s_prefill.Record(usage.PrefillTime.TotalSeconds);
            s_decode.Record(usage.DecodeTime.TotalSeconds);
        }
        EndActivity(request, error);
    }

    private static string Outcome(Exception? error) => error switch
    {
        null => "completed",
        OperationCanceledException => "cancelled",
        RequestException { Reason: RequestFailure.TimedOut } => "timed_out",
        _ => "failed",
    };

    private static void EndActivity(EngineRequest request, Exception? error)
    {
        if (request.Activity is not { } activity)
            return;
        RequestUsage usage = request.Usage;
        activity.SetTag("llamaspan.prompt_tokens.cached", usage.CachedTokens);
        activity.SetTag("llamaspan.prompt_tokens.computed", usage.ComputedTokens);
        activity.SetTag("llamaspan.tokens.recomputed", usage.RecomputedTokens);
        activity.SetTag("llamaspan.generated_tokens", usage.GeneratedTokens);
        activity.SetTag("llamaspan.speculated_tokens", usage.SpeculatedTokens);
        activity.SetTag("llamaspan.accepted_tokens", usage.AcceptedTokens);
        activity.SetTag("llamaspan.preemptions", usage.Preemptions);
        activity.SetTag("llamaspan.queue_time", usage.QueueTime.TotalSeconds);
        activity.SetTag("llamaspan.prefill_time", usage.PrefillTime.TotalSeconds);
        activity.SetTag("llamaspan.decode_time", usage.DecodeTime.TotalSeconds);
        if (error is not null)
            activity.SetStatus(ActivityStatusCode.Error, error.Message);
        Activity? current = Activity.Current;
        activity.Dispose();
        Activity.Current = current;      // ending it makes its parent the current one of this thread
    }
}
