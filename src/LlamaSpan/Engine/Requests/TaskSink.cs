namespace LlamaSpan;

/// <summary>Turns a request's end into a task.</summary>
internal sealed class TaskSink<T>(Func<EngineRequest, T> result) : RequestSink
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal Task<T> Task => _done.Task;

    internal override void Complete(EngineRequest request) => _done.TrySetResult(result(request));

    internal override void Fail(EngineRequest request, Exception error) => Fail(_done, request, error);
}
