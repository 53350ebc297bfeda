using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace LlamaSpan;

/// <summary>
/// What an engine tells OpenTelemetry and its like: the meter and the activity source <c>LlamaSpan</c>. A request is an activity from its
/// submission to its end, with its usage as tags. Who listens is the application's affair: what listeners throw is ignored, so that it ends no request.
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

    /// <summary>Begins a request's activity, a child of the caller's, whose own stays the current one, since the request ends on another thread.</summary>
    internal static Activity? Begin(string name)
    {
        Activity? caller = Activity.Current;
        try
        {
            return s_activities.StartActivity(name, ActivityKind.Internal);
        }
        catch
        {
            return null;
        }
        finally
        {
            Activity.Current = caller;
        }
    }

    /// <summary>Texts were embedded or ranked, or not.</summary>
    internal static void EndTexts(Activity? activity, int texts, RequestUsage usage, Exception? error)
    {
        CountRequest(Outcome(error));
        Add(s_texts, usage.ComputedTokens);
        if (activity is null)
            return;
        activity.SetTag("llamaspan.texts", texts);
        activity.SetTag("llamaspan.text_tokens", usage.ComputedTokens);
        activity.SetTag("llamaspan.queue_time", usage.QueueTime.TotalSeconds);
        activity.SetTag("llamaspan.prefill_time", usage.PrefillTime.TotalSeconds);
        End(activity, error);
    }

    /// <summary>A request was not taken in.</summary>
    internal static void Refused(EngineRequest request, Exception error)
    {
        CountRequest(error is OperationCanceledException ? "cancelled" : "refused");
        EndActivity(request, error);
    }

    internal static void Admitted(EngineRequest request)
    {
        CountRunning(1);
        if (request.AdmittedAt == 0)
            Record(s_queue, Stopwatch.GetElapsedTime(request.SubmittedAt).TotalSeconds);
    }

    internal static void Preempted()
    {
        CountRunning(-1);
        Add(s_preemptions, 1);
    }

    internal static void Step(long startedAt) => Record(s_step, Stopwatch.GetElapsedTime(startedAt).TotalSeconds);

    internal static void Ended(EngineRequest request, Exception? error)
    {
        if (request.Sequence is not null)
            CountRunning(-1);
        RequestUsage usage = request.Usage;
        CountRequest(Outcome(error));
        Add(s_cached, usage.CachedTokens);
        Add(s_computed, usage.ComputedTokens);
        Add(s_recomputed, usage.RecomputedTokens);
        Add(s_generated, usage.GeneratedTokens);
        Add(s_speculated, usage.SpeculatedTokens);
        Add(s_accepted, usage.AcceptedTokens);
        if (request.PrefilledAt != 0 && request is GenerationRequest)
        {
            Record(s_first, usage.TimeToFirstToken.TotalSeconds);
            Record(s_prefill, usage.PrefillTime.TotalSeconds);
            Record(s_decode, usage.DecodeTime.TotalSeconds);
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
        End(activity, error);
    }

    private static void End(Activity activity, Exception? error)
    {
        if (error is not null)
            activity.SetStatus(ActivityStatusCode.Error, error.Message);
        Activity? current = Activity.Current;
        Tell(static activity => activity.Dispose(), activity);
        Activity.Current = current;      // ending it makes its parent the current one of this thread
    }

    private static void CountRequest(string outcome) => Tell(static outcome => s_requests.Add(1, new KeyValuePair<string, object?>("outcome", outcome)), outcome);

    private static void CountRunning(int change) => Tell(static change => s_running.Add(change), change);

    private static void Add(Counter<long> counter, long value) => Tell(static told => told.counter.Add(told.value), (counter, value));

    private static void Record(Histogram<double> histogram, double value) => Tell(static told => told.histogram.Record(told.value), (histogram, value));

    private static void Tell<T>(Action<T> tell, T told)
    {
        try
        {
            tell(told);
        }
        catch
        {
            // the listener's own affair
        }
    }
}
