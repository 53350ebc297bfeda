namespace LlamaSpan;

/// <summary>Requests in the order in which they are served.</summary>
internal sealed class RequestQueue
{
    private readonly List<EngineRequest> _requests = [];

    internal int Count => _requests.Count;

    internal EngineRequest this[int index] => _requests[index];

    internal void Add(EngineRequest request)
    {
        int place = _requests.BinarySearch(request, Order.Instance);
        _requests.Insert(place < 0 ? ~place : place, request);
    }

    internal void Remove(EngineRequest request)
    {
        int place = _requests.BinarySearch(request, Order.Instance);
        if (place >= 0)
            _requests.RemoveAt(place);
    }

    private sealed class Order : IComparer<EngineRequest>
    {
        internal static Order Instance { get; } = new();

        public int Compare(EngineRequest? x, EngineRequest? y) => x!.IsBefore(y!) ? -1 : y!.IsBefore(x) ? 1 : 0;
    }
}
